/* SPDX-License-Identifier: MIT */
/*
 * schedule.c - which nodes are computed, in what order, and which together.
 *
 * Nodes are visited once, in order.  One that works element by element joins
 * one of the newest groups, if that runs over the same elements and nothing
 * is needed that comes after it; so the order of groups stays valid.
 * Everything else starts a group.  What a group other than its own reads is
 * stored.
 */
#include "plan.h"

#include <string.h>

static mesa_status
new_group(struct schedule *s, uint16_t op, mesa_node x,
          struct mesa_error *err)
{
    struct group *group;

    if (s->n_groups == s->room) {
        size_t room = MESA_MAX(2 * s->room, (size_t)32);

        group = mesa_realloc_array(s->group, room, sizeof *group);
        if (!group)
            return mesa_nomem(err, room, "steps");
        s->group = group;
        s->room = room;
    }
    group = &s->group[s->n_groups++];
    group->op = op;
    group->n_nodes = 1;
    group->n_outside = 3;
    group->node[0] = x;
    s->at[x] = (uint32_t)s->n_groups;
    return MESA_OK;
}

/* The node whose slot x is read from. */
static mesa_node
base(const struct schedule *s, mesa_node x)
{
    size_t position = s->n_groups + 1;

    while (mesa_is_view(s, x, position)) {
        position = s->over[x];
        x = graph_arg(s->g, x, 0);
    }
    return x;
}

static bool
is_constant(const struct schedule *s, mesa_node x)
{
    double value;

    return !s->stored[x] && mesa_node_constant(s->g, x, &value);
}

/* Give a view or a constant a slot of its own. */
static mesa_status
materialise(struct schedule *s, mesa_node x, struct mesa_error *err)
{
    if (!is_constant(s, x))
        s->stored[base(s, x)] = true;
    s->stored[x] = true;
    return new_group(s, MESA_TILE_COPY, x, err);
}

/* A value that is read as a whole: dense, and stored. */
static mesa_status
want_dense(struct schedule *s, mesa_node x, struct mesa_error *err)
{
    struct view v;

    if (is_constant(s, x))
        return materialise(s, x, err);
    v = mesa_view_of(s, x, s->n_groups + 1);
    if (!mesa_view_dense_tasks(graph_at(s->g, x), &v))
        return materialise(s, x, err);
    s->stored[base(s, x)] = true;
    return MESA_OK;
}

static mesa_status
want_matrix(struct schedule *s, mesa_node x, struct mesa_error *err)
{
    struct view v;
    bool transposed = false;
    size_t ld;

    if (is_constant(s, x))
        return materialise(s, x, err);
    v = mesa_view_of(s, x, s->n_groups + 1);
    if (!mesa_view_matrix(graph_at(s->g, x), &v, &transposed, &ld))
        return materialise(s, x, err);
    s->stored[base(s, x)] = true;
    return MESA_OK;
}

/* x and y run over the same elements. */
static bool
same_elements(const struct node *x, const struct node *y)
{
    return x->span == y->span && x->rank == y->rank &&
           memcmp(x->shape, y->shape, sizeof x->shape) == 0;
}

/* Groups looked at for one that a node can join, the newest first. */
#define NEWEST 16

/* Can x be computed at the end of the group at a position?  What it needs is
 * there, or handed over within the tile. */
static bool
fits(const struct schedule *s, mesa_node x, uint32_t position)
{
    const struct mesa_graph *g = s->g;
    const struct group *group = &s->group[position - 1];

    if (group->op != MESA_TILE_COPY || group->n_nodes == MAX_TILE_OPS ||
        group->n_nodes + group->n_outside + 4 > MAX_SCRATCH ||
        !is_tile_op(graph_at(g, group->node[0])) ||
        !same_elements(graph_at(g, group->node[0]), graph_at(g, x)))
        return false;
    for (size_t i = 0; i < g->node[x].n_args; i++) {
        mesa_node arg = mesa_same_as(g, graph_arg(g, x, i));

        if (s->at[arg] > position ||
            (s->at[arg] == position && !is_tile_op(graph_at(g, arg))))
            return false;
    }
    return true;
}

/* The position of the group that x can join, or 0. */
static uint32_t
joinable(const struct schedule *s, mesa_node x)
{
    uint32_t newest = (uint32_t)s->n_groups;

    for (uint32_t i = 0; i < NEWEST && i < newest; i++)
        if (fits(s, x, newest - i))
            return newest - i;
    return 0;
}

/* Arguments that come from elsewhere must be in slots. */
static void
store_arguments(struct schedule *s, mesa_node x)
{
    struct group *group = &s->group[s->at[x] - 1];

    for (size_t i = 0; i < s->g->node[x].n_args; i++) {
        mesa_node arg = mesa_same_as(s->g, graph_arg(s->g, x, i));

        if (s->at[arg] == s->at[x])
            continue;
        if (!is_constant(s, arg))
            s->stored[base(s, arg)] = true;
        group->n_outside++;
    }
}

/* Can y be an operand of op, after a product, as the product's rows are
 * finished? */
static bool
can_come_after(const struct schedule *s, uint16_t op, mesa_node y,
               uint32_t position)
{
    struct view v;

    if (is_constant(s, y))
        return op != MESA_TILE_GATE;
    if (s->at[y] >= position)
        return false;
    v = mesa_view_of(s, y, position);
    return v.stride[1] == 1 || (v.stride[1] == 0 && op != MESA_TILE_GATE);
}

/* Node x works on a product that nothing else needs: let the product's own
 * step do it, and keep only the result. */
static bool
add_after_product(struct schedule *s, mesa_node x, mesa_node product,
                  mesa_node other)
{
    struct group *group;

    while (s->g->node[product].op == OP_STOP && s->uses[product] == 1)
        product = graph_arg(s->g, product, 0);
    group = s->at[product] ? &s->group[s->at[product] - 1] : NULL;
    if (!group || group->op != OP_MATMUL || s->uses[product] != 1 ||
        group->node[group->n_nodes - 1] != product ||
        group->n_nodes > MESA_MOST_AFTER ||
        !same_elements(graph_at(s->g, product), graph_at(s->g, x)) ||
        (other && !can_come_after(s, s->g->node[x].op, other,
                                  s->at[product])))
        return false;
    if (other && !is_constant(s, other))
        s->stored[base(s, other)] = true;
    group->node[group->n_nodes++] = x;
    s->at[x] = s->at[product];
    s->stored[product] = false;
    s->stored[x] = true;
    return true;
}

static bool
comes_after_product(struct schedule *s, mesa_node x)
{
    mesa_node a = graph_arg(s->g, x, 0), b;

    switch (s->g->node[x].op) {
    case MESA_TILE_RELU:
        return add_after_product(s, x, a, 0);
    case MESA_TILE_GATE:
    case MESA_TILE_SUB:
        b = graph_arg(s->g, x, 1);
        return add_after_product(s, x, b, a);
    case MESA_TILE_ADD:
    case MESA_TILE_MUL:
        b = graph_arg(s->g, x, 1);
        return add_after_product(s, x, a, b) || add_after_product(s, x, b, a);
    default:
        return false;
    }
}

static mesa_status
add_tile_op(struct schedule *s, mesa_node x, struct mesa_error *err)
{
    uint32_t last;
    mesa_status st = MESA_OK;

    if (comes_after_product(s, x))
        return MESA_OK;
    last = joinable(s, x);
    if (last) {
        struct group *group = &s->group[last - 1];

        group->node[group->n_nodes++] = x;
        s->at[x] = last;
    } else {
        st = new_group(s, MESA_TILE_COPY, x, err);
    }
    if (st == MESA_OK)
        store_arguments(s, x);
    return st;
}

/* It is found where what it is over was stored. */
static void
add_view(struct schedule *s, mesa_node x)
{
    s->over[x] = (uint32_t)s->n_groups + 1;
    s->at[x] = s->at[base(s, x)];
}

/* A reshaped value must lie densely within each task. */
static mesa_status
add_reshape(struct schedule *s, mesa_node x, struct mesa_error *err)
{
    mesa_node arg = graph_arg(s->g, x, 0);
    mesa_status st = MESA_OK;

    if (!is_constant(s, arg)) {
        struct view v = mesa_view_of(s, arg, s->n_groups + 1);

        if (!mesa_view_dense(graph_at(s->g, arg), &v))
            st = materialise(s, arg, err);
    }
    add_view(s, x);
    return st;
}

static mesa_status
add_other(struct schedule *s, mesa_node x, struct mesa_error *err)
{
    const struct node *node = graph_at(s->g, x);
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < node->n_args && st == MESA_OK; i++) {
        mesa_node arg = graph_arg(s->g, x, i);

        st = node->op == OP_MATMUL ? want_matrix(s, arg, err)
                                   : want_dense(s, arg, err);
    }
    s->stored[x] = true;
    return st == MESA_OK ? new_group(s, node->op, x, err) : st;
}

static mesa_status
add(struct schedule *s, mesa_node x, struct mesa_error *err)
{
    const struct node *node = graph_at(s->g, x);

    if (is_tile_op(node))
        return add_tile_op(s, x, err);
    switch (node->op) {
    case OP_INPUT:
    case OP_INDEX:
        s->stored[x] = true;
        return MESA_OK;
    case OP_SCALAR:
        return MESA_OK;
    case OP_RESHAPE:
        return add_reshape(s, x, err);
    case OP_BROADCAST:
    case OP_TRANSPOSE:
    case OP_SLICE:
    case OP_STOP:
    case OP_REPEAT:
        add_view(s, x);
        return MESA_OK;
    default:
        return add_other(s, x, err);
    }
}

static void
mark_needed(struct schedule *s, const mesa_node *output, size_t n)
{
    for (size_t i = 0; i < n; i++)
        s->needed[output[i]] = true, s->uses[output[i]]++;
    for (size_t x = s->g->n; x-- > 1;)
        for (size_t i = 0; i < s->g->node[x].n_args && s->needed[x]; i++) {
            mesa_node arg = graph_arg(s->g, (mesa_node)x, i);

            s->needed[arg] = true;
            s->uses[arg]++;
        }
}

static mesa_status
alloc_schedule(struct schedule *s, struct mesa_error *err)
{
    size_t n = s->g->n;

    s->at = mesa_alloc_array(n, sizeof *s->at);
    s->needed = mesa_alloc_array(n, sizeof *s->needed);
    s->stored = mesa_alloc_array(n, sizeof *s->stored);
    s->uses = mesa_alloc_array(n, sizeof *s->uses);
    s->over = mesa_alloc_array(n, sizeof *s->over);
    s->slot = mesa_alloc_array(n, sizeof *s->slot);
    return s->at && s->needed && s->stored && s->uses && s->over && s->slot
               ? MESA_OK
               : mesa_nomem(err, n, "nodes");
}

mesa_status
mesa_schedule(struct schedule *s, const struct mesa_graph *g,
              const mesa_node *output, size_t n, struct mesa_error *err)
{
    mesa_status st;

    memset(s, 0, sizeof *s);
    s->g = g;
    st = alloc_schedule(s, err);
    if (st == MESA_OK)
        mark_needed(s, output, n);
    for (mesa_node x = 1; x < g->n && st == MESA_OK; x++)
        if (s->needed[x])
            st = add(s, x, err);
    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        mesa_node x = output[i];

        if (is_constant(s, x) || mesa_is_view(s, x, s->n_groups + 1))
            st = materialise(s, x, err);
        else
            s->stored[x] = true;
    }
    return st;
}

void
mesa_schedule_free(struct schedule *s)
{
    mesa_free(s->group);
    mesa_free(s->at);
    mesa_free(s->needed);
    mesa_free(s->stored);
    mesa_free(s->uses);
    mesa_free(s->over);
    mesa_free(s->slot);
}
