/* SPDX-License-Identifier: MIT */
/* build.c - graphs: their memory, their nodes made once, their failures. */
#include "graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct mesa_graph *
mesa_graph_new(enum mesa_dtype dtype, size_t n_tasks)
{
    struct mesa_graph *g = mesa_alloc_array(1, sizeof *g);

    if (!g)
        return NULL;
    g->dtype = dtype;
    g->n_tasks = n_tasks;
    g->n = 1;
    if (dtype != MESA_F32 && dtype != MESA_F64)
        mesa_graph_fail(g, MESA_EINVAL,
                        "a graph's numbers are F32 or F64, not type %d",
                        (int)dtype);
    if (n_tasks == 0)
        mesa_graph_fail(g, MESA_EINVAL, "a graph of 0 tasks");
    return g;
}

void
mesa_graph_free(struct mesa_graph *g)
{
    if (!g)
        return;
    mesa_free(g->node);
    mesa_free(g->arg);
    mesa_free(g->table);
    mesa_graph_free_constants(g);
    mesa_free(g);
}

mesa_status
mesa_graph_status(const struct mesa_graph *g, struct mesa_error *err)
{
    if (g->error.status != MESA_OK && err)
        *err = g->error;
    return g->error.status;
}

mesa_node
mesa_graph_fail(struct mesa_graph *g, mesa_status st, const char *fmt, ...)
{
    char message[sizeof g->error.message];
    va_list ap;

    if (g->error.status != MESA_OK)
        return 0;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    mesa_fail(&g->error, st, "%s", message);
    return 0;
}

size_t
mesa_graph_tasks(const struct mesa_graph *g)
{
    return g->n_tasks;
}

size_t
mesa_node_count(const struct node *node)
{
    size_t count = 1;

    for (size_t i = 0; i < node->rank; i++)
        count *= node->shape[i];
    return count;
}

uint32_t
mesa_node_shape(const struct mesa_graph *g, mesa_node x, size_t *shape)
{
    if (x == 0 || x >= g->n)
        return 0;
    if (shape)
        memcpy(shape, g->node[x].shape, sizeof g->node[x].shape);
    return g->node[x].rank;
}

enum mesa_span
mesa_node_span(const struct mesa_graph *g, mesa_node x)
{
    return x && x < g->n ? (enum mesa_span)g->node[x].span : MESA_SHARED;
}

/* The parts of a node that make it what it is, apart from its arguments. */
static bool
same_kind(const struct node *a, const struct node *b)
{
    return a->op == b->op && a->rank == b->rank && a->span == b->span &&
           a->flag == b->flag && a->first == b->first &&
           a->last == b->last && a->n_args == b->n_args &&
           a->start == b->start &&
           memcmp(a->immediate, b->immediate, sizeof a->immediate) == 0 &&
           memcmp(a->shape, b->shape, sizeof a->shape) == 0;
}

static uint64_t
mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static uint64_t
hash_node(const struct node *node, const mesa_node *arg)
{
    uint64_t hash = mix(node->op, (uint64_t)node->flag << 16 |
                                      (uint64_t)node->first << 8 | node->last);
    uint64_t bits[2];

    memcpy(bits, node->immediate, sizeof bits);
    hash = mix(mix(mix(hash, bits[0]), bits[1]), node->start);
    for (size_t i = 0; i < node->rank; i++)
        hash = mix(hash, node->shape[i]);
    for (size_t i = 0; i < node->n_args; i++)
        hash = mix(hash, arg[i]);
    return hash;
}

/* Where in the table the node is, or could be put. */
static size_t
find(const struct mesa_graph *g, const struct node *want,
     const mesa_node *arg)
{
    size_t at = (size_t)hash_node(want, arg) & (g->table_size - 1);

    for (; g->table[at]; at = (at + 1) & (g->table_size - 1)) {
        const struct node *node = &g->node[g->table[at]];

        if (same_kind(node, want) &&
            (node->n_args == 0 ||
             memcmp(g->arg + node->args, arg,
                    node->n_args * sizeof *arg) == 0))
            break;
    }
    return at;
}

/* Room for one more node; the table at most half full. */
static bool
grow_table(struct mesa_graph *g)
{
    size_t size = g->table_size ? 2 * g->table_size : 64;
    mesa_node *old = g->table;

    if (2 * g->n < g->table_size)
        return true;
    g->table = mesa_alloc_array(size, sizeof *g->table);
    if (!g->table) {
        g->table = old;
        return false;
    }
    g->table_size = size;
    for (mesa_node x = 1; x < g->n; x++)
        if (g->node[x].op != OP_INPUT && g->node[x].op != OP_INDEX)
            g->table[find(g, &g->node[x], g->arg + g->node[x].args)] = x;
    mesa_free(old);
    return true;
}

static bool
grow(void **block, size_t *room, size_t need, size_t size)
{
    size_t more = MESA_MAX(2 * *room, MESA_MAX(need, (size_t)64));
    void *bigger;

    if (need <= *room)
        return true;
    bigger = mesa_realloc_array(*block, more, size);
    if (!bigger)
        return false;
    *block = bigger;
    *room = more;
    return true;
}

static mesa_node
append(struct mesa_graph *g, const struct node *want, const mesa_node *arg)
{
    mesa_node x = (mesa_node)g->n;
    void *nodes = g->node, *args = g->arg;

    if (g->n >= UINT32_MAX ||
        !grow(&nodes, &g->room, g->n + 1, sizeof *g->node))
        return mesa_graph_fail(g, MESA_ENOMEM, "out of memory: node %zu",
                               g->n);
    g->node = nodes;
    if (!grow(&args, &g->arg_room, g->n_arg + want->n_args, sizeof *g->arg))
        return mesa_graph_fail(g, MESA_ENOMEM, "out of memory: node %zu",
                               g->n);
    g->arg = args;
    g->node[x] = *want;
    g->node[x].args = (uint32_t)g->n_arg;
    if (want->n_args > 0)
        memcpy(g->arg + g->n_arg, arg, want->n_args * sizeof *arg);
    g->n_arg += want->n_args;
    g->n++;
    return x;
}

mesa_node
mesa_graph_node(struct mesa_graph *g, const struct node *want,
                const mesa_node *arg)
{
    size_t at;
    mesa_node x;

    if (g->error.status != MESA_OK)
        return 0;
    if (want->op == OP_INPUT || want->op == OP_INDEX)
        return append(g, want, arg);
    if (!grow_table(g))
        return mesa_graph_fail(g, MESA_ENOMEM, "out of memory: %zu nodes",
                               g->n);
    at = find(g, want, arg);
    if (g->table[at])
        return g->table[at];
    x = append(g, want, arg);
    g->table[at] = x;
    return x;
}

bool
mesa_node_constant(const struct mesa_graph *g, mesa_node x, double *value)
{
    while (g->node[x].op == OP_BROADCAST || g->node[x].op == OP_RESHAPE ||
           g->node[x].op == OP_TRANSPOSE || g->node[x].op == OP_SLICE ||
           g->node[x].op == OP_STOP || g->node[x].op == OP_REPEAT)
        x = graph_arg(g, x, 0);
    *value = g->node[x].immediate[0];
    return g->node[x].op == OP_SCALAR;
}
