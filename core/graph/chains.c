/* SPDX-License-Identifier: MIT */
/*
 * chains.c - operations in a row that one loop does.
 *
 * Only what is spelt node by node as below is found: anything else runs one
 * operation after the other, and gives the same bits.
 */
#include "plan.h"

/* An operand: the link of that number, or from outside of the chain, any
 * array, or one number for all elements and tasks. */
enum { ARRAY = 100, NUMBER, SAME /* as the first link's second */ };

struct link {
    uint16_t op;
    uint8_t  a, b;
    bool     kept; /* else nothing but the chain needs it */
};

static const struct link adam[MESA_ADAM_OPS] = {
    { MESA_TILE_MUL, NUMBER, ARRAY, false },
    { MESA_TILE_MUL, NUMBER, ARRAY, false },
    { MESA_TILE_ADD, 1, 0, true },
    { MESA_TILE_MUL, SAME, SAME, false },
    { MESA_TILE_MUL, NUMBER, 3, false },
    { MESA_TILE_MUL, NUMBER, ARRAY, false },
    { MESA_TILE_ADD, 5, 4, true },
    { MESA_TILE_SQRT, 6, 6, false },
    { MESA_TILE_MUL, 7, NUMBER, false },
    { MESA_TILE_ADD, 8, NUMBER, false },
    { MESA_TILE_MUL, NUMBER, 2, false },
    { MESA_TILE_DIV, 10, 9, false },
    { MESA_TILE_SUB, ARRAY, 11, true },
};

static const struct link follow[MESA_FOLLOW_OPS] = {
    { MESA_TILE_SUB, ARRAY, ARRAY, false },
    { MESA_TILE_MUL, NUMBER, 0, false },
    { MESA_TILE_ADD, ARRAY, 1, true },
};

static const struct {
    uint16_t           op;
    size_t             n;
    const struct link *link;
} chains[] = {
    { MESA_TILE_ADAM, MESA_ADAM_OPS, adam },
    { MESA_TILE_FOLLOW, MESA_FOLLOW_OPS, follow },
};

static bool
is_number(const struct mesa_graph *g, mesa_node x)
{
    while (g->node[x].op == OP_BROADCAST || g->node[x].op == OP_REPEAT)
        x = graph_arg(g, x, 0);
    return g->node[x].span == MESA_SHARED &&
           mesa_node_count(graph_at(g, x)) == 1;
}

/* Is x what a link wants, the chain's nodes so far being node[0 ... n - 1]? */
static bool
operand_matches(const struct mesa_graph *g, const mesa_node *node, size_t n,
                uint8_t want, mesa_node x)
{
    if (want < ARRAY)
        return x == node[want];
    if (want == SAME)
        return x == graph_arg(g, node[0], 1);
    for (size_t i = 0; i < n; i++)
        if (mesa_same_as(g, x) == node[i])
            return false;
    return want == ARRAY || is_number(g, x);
}

static bool
matches(const struct schedule *s, const mesa_node *node,
        const struct link *link, size_t n)
{
    const struct mesa_graph *g = s->g;

    for (size_t i = 0; i < n; i++) {
        const struct node *x = graph_at(g, node[i]);
        mesa_node a = graph_arg(g, node[i], 0);
        mesa_node b = graph_arg(g, node[i], x->n_args - UINT32_C(1));

        if (x->op != link[i].op || s->stored[node[i]] != link[i].kept ||
            (!link[i].kept && s->uses[node[i]] > 1) ||
            !operand_matches(g, node, i, link[i].a, a) ||
            !operand_matches(g, node, i, link[i].b, b))
            return false;
    }
    return true;
}

void
mesa_find_chains(const struct schedule *s, const struct group *group,
                 struct mesa_tile_op *op)
{
    for (size_t i = 0; i < group->n_nodes; i++)
        for (size_t k = 0; k < sizeof chains / sizeof *chains; k++)
            if (i + chains[k].n <= group->n_nodes &&
                matches(s, group->node + i, chains[k].link, chains[k].n)) {
                op[i].op = chains[k].op;
                i += chains[k].n - 1;
                break;
            }
}
