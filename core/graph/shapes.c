/* SPDX-License-Identifier: MIT */
/* shapes.c - inputs, reductions, and operations that move numbers. */
#include "graph.h"

#include <string.h>

/* A node of the given shape; MESA_ESHAPE if it has too many axes, none of
 * the extents may be 0, or its size does not fit. */
static bool
shaped(struct mesa_graph *g, enum op op, uint32_t rank, const size_t *shape,
       struct node *node)
{
    size_t limit = SIZE_MAX / 64 / MESA_MAX(g->n_tasks, (size_t)1);

    memset(node, 0, sizeof *node);
    if (rank > MESA_MAX_DIMS) {
        mesa_graph_fail(g, MESA_ESHAPE, "%u axes, but at most %d are possible",
                        (unsigned)rank, MESA_MAX_DIMS);
        return false;
    }
    node->op = (uint16_t)op;
    node->rank = (uint8_t)rank;
    for (size_t i = 0; i < rank; i++) {
        if (shape[i] == 0 || shape[i] > limit) {
            mesa_graph_fail(g, MESA_ESHAPE, "axis %zu has extent %zu", i,
                            shape[i]);
            return false;
        }
        limit /= shape[i];
        node->shape[i] = shape[i];
    }
    return true;
}

mesa_node
mesa_input(struct mesa_graph *g, enum mesa_span span, uint32_t rank,
           const size_t *shape)
{
    struct node node;

    if (!shaped(g, OP_INPUT, rank, shape, &node))
        return 0;
    node.span = (uint8_t)span;
    return mesa_graph_node(g, &node, NULL);
}

mesa_node
mesa_index_input(struct mesa_graph *g, enum mesa_span span, size_t n)
{
    struct node node;

    if (!shaped(g, OP_INDEX, 1, &n, &node))
        return 0;
    node.span = (uint8_t)span;
    return mesa_graph_node(g, &node, NULL);
}

mesa_node
mesa_reshape(struct mesa_graph *g, mesa_node x, uint32_t rank,
             const size_t *shape)
{
    struct node node;

    if (!mesa_node_usable(g, x) ||
        !shaped(g, OP_RESHAPE, rank, shape, &node))
        return 0;
    if (g->node[x].op == OP_RESHAPE)
        x = graph_arg(g, x, 0);
    if (mesa_node_count(&node) != mesa_node_count(&g->node[x]))
        return mesa_graph_fail(g, MESA_ESHAPE,
                               "%zu numbers reshaped into %zu",
                               mesa_node_count(&g->node[x]),
                               mesa_node_count(&node));
    if (rank == g->node[x].rank &&
        memcmp(node.shape, g->node[x].shape, sizeof node.shape) == 0)
        return x;
    node.span = g->node[x].span;
    node.n_args = 1;
    return mesa_graph_node(g, &node, &x);
}

mesa_node
mesa_broadcast(struct mesa_graph *g, mesa_node x, uint32_t rank,
               const size_t *shape)
{
    const struct node *from;
    struct node node;

    if (!mesa_node_usable(g, x) ||
        !shaped(g, OP_BROADCAST, rank, shape, &node))
        return 0;
    from = graph_at(g, x);
    if (rank == from->rank &&
        memcmp(node.shape, from->shape, sizeof node.shape) == 0)
        return x;
    for (size_t i = 0; i < from->rank; i++) {
        size_t in = rank - from->rank + i;

        if (from->rank > rank ||
            (from->shape[i] != 1 && from->shape[i] != node.shape[in]))
            return mesa_graph_fail(
                g, MESA_ESHAPE,
                "extent %zu of axis %zu broadcast into %u axes",
                from->shape[i], i, (unsigned)rank);
    }
    node.span = from->span;
    node.n_args = 1;
    return mesa_graph_node(g, &node, &x);
}

mesa_node
mesa_filled(struct mesa_graph *g, double value, uint32_t rank,
            const size_t *shape)
{
    size_t extents[MESA_MAX_DIMS];

    /* A node's shape moves with the nodes, when one more is made. */
    memcpy(extents, shape, rank * sizeof *extents);
    return mesa_broadcast(g, mesa_scalar(g, value), rank, extents);
}

mesa_node
mesa_transpose(struct mesa_graph *g, mesa_node x)
{
    struct node node;
    size_t rank;

    if (!mesa_node_usable(g, x))
        return 0;
    rank = g->node[x].rank;
    if (rank < 2)
        return mesa_graph_fail(g, MESA_ESHAPE, "transpose of %zu axes", rank);
    if (g->node[x].op == OP_TRANSPOSE)
        return graph_arg(g, x, 0);
    shaped(g, OP_TRANSPOSE, (uint32_t)rank, g->node[x].shape, &node);
    node.shape[rank - 2] = g->node[x].shape[rank - 1];
    node.shape[rank - 1] = g->node[x].shape[rank - 2];
    node.span = g->node[x].span;
    node.n_args = 1;
    return mesa_graph_node(g, &node, &x);
}

/* Axes first ... last, which are adjacent, become 1. */
static mesa_node
reduce_run(struct mesa_graph *g, enum op op, mesa_node x, size_t first,
           size_t last)
{
    struct node node;
    size_t count = 1;

    shaped(g, op, g->node[x].rank, g->node[x].shape, &node);
    for (size_t i = first; i <= last; i++) {
        count *= node.shape[i];
        node.shape[i] = 1;
    }
    if (count == 1)
        return x;
    node.first = (uint8_t)first;
    node.last = (uint8_t)last;
    node.span = g->node[x].span;
    node.n_args = 1;
    return mesa_graph_node(g, &node, &x);
}

static mesa_node
reduce(struct mesa_graph *g, enum op op, mesa_node x, uint32_t axes)
{
    size_t rank;

    if (!mesa_node_usable(g, x))
        return 0;
    rank = g->node[x].rank;
    if (axes >> rank)
        return mesa_graph_fail(g, MESA_ESHAPE,
                               "axes 0x%x reduced of a value of %zu axes",
                               (unsigned)axes, rank);
    for (size_t i = rank; i-- > 0 && x;) {
        size_t last = i;

        if (!(axes >> i & 1))
            continue;
        while (i > 0 && (axes >> (i - 1) & 1))
            i--;
        x = reduce_run(g, op, x, i, last);
    }
    return x;
}

static uint32_t
all_axes(const struct mesa_graph *g, mesa_node x)
{
    return (UINT32_C(1) << g->node[x].rank) - 1;
}

mesa_node
mesa_sum_axes(struct mesa_graph *g, mesa_node x, uint32_t axes)
{
    return reduce(g, OP_SUM, x, axes);
}

mesa_node
mesa_max_axes(struct mesa_graph *g, mesa_node x, uint32_t axes)
{
    return reduce(g, OP_MAX, x, axes);
}

mesa_node
mesa_mean_axes(struct mesa_graph *g, mesa_node x, uint32_t axes)
{
    mesa_node sum = mesa_sum_axes(g, x, axes);

    if (!sum)
        return 0;
    return mesa_mul(g, sum,
                    mesa_scalar(g, (double)mesa_node_count(&g->node[sum]) /
                                       (double)mesa_node_count(&g->node[x])));
}

/* Without the last axis, which has extent 1. */
static mesa_node
drop_last(struct mesa_graph *g, mesa_node x)
{
    size_t shape[MESA_MAX_DIMS];

    if (!x)
        return 0;
    memcpy(shape, g->node[x].shape, sizeof shape);
    return mesa_reshape(g, x, g->node[x].rank - UINT32_C(1), shape);
}

static bool
last_axis(struct mesa_graph *g, mesa_node x, uint32_t *axes)
{
    if (!mesa_node_usable(g, x))
        return false;
    if (g->node[x].rank == 0) {
        mesa_graph_fail(g, MESA_ESHAPE, "a number has no last axis");
        return false;
    }
    *axes = UINT32_C(1) << (g->node[x].rank - 1);
    return true;
}

#define REDUCTION(name)                                                    \
    mesa_node                                                              \
    mesa_##name##_last(struct mesa_graph *g, mesa_node x)                  \
    {                                                                      \
        uint32_t axes;                                                     \
                                                                           \
        return last_axis(g, x, &axes)                                      \
                   ? drop_last(g, mesa_##name##_axes(g, x, axes))          \
                   : 0;                                                    \
    }

REDUCTION(sum)
REDUCTION(mean)
REDUCTION(max)

mesa_node
mesa_sum(struct mesa_graph *g, mesa_node x)
{
    return mesa_node_usable(g, x)
               ? mesa_reshape(g, mesa_sum_axes(g, x, all_axes(g, x)), 0, NULL)
               : 0;
}

mesa_node
mesa_mean(struct mesa_graph *g, mesa_node x)
{
    return mesa_node_usable(g, x)
               ? mesa_reshape(g, mesa_mean_axes(g, x, all_axes(g, x)), 0,
                              NULL)
               : 0;
}

mesa_node
mesa_task_sum(struct mesa_graph *g, mesa_node x)
{
    struct node node;

    if (!mesa_node_usable(g, x))
        return 0;
    if (g->node[x].span == MESA_SHARED)
        return mesa_mul(g, x, mesa_scalar(g, (double)g->n_tasks));
    shaped(g, OP_TASK_SUM, g->node[x].rank, g->node[x].shape, &node);
    node.n_args = 1;
    return mesa_graph_node(g, &node, &x);
}

mesa_node
mesa_task_mean(struct mesa_graph *g, mesa_node x)
{
    if (mesa_node_usable(g, x) && g->node[x].span == MESA_SHARED)
        return x;
    return mesa_mul(g, mesa_task_sum(g, x),
                    mesa_scalar(g, 1.0 / (double)g->n_tasks));
}

mesa_node
mesa_repeat(struct mesa_graph *g, mesa_node x)
{
    struct node node;

    if (!mesa_node_usable(g, x) || g->node[x].span == MESA_PER_TASK)
        return x;
    shaped(g, OP_REPEAT, g->node[x].rank, g->node[x].shape, &node);
    node.span = MESA_PER_TASK;
    node.n_args = 1;
    return mesa_graph_node(g, &node, &x);
}

/* Parts can be joined if all but the extent of the axis agrees. */
static bool
joinable(const struct node *a, const struct node *b, size_t axis)
{
    bool same = a->rank == b->rank;

    for (size_t i = 0; i < a->rank && same; i++)
        same = i == axis || a->shape[i] == b->shape[i];
    return same;
}

mesa_node
mesa_concat(struct mesa_graph *g, const mesa_node *x, size_t n,
            uint32_t axis)
{
    struct node node;

    if (n == 0)
        return mesa_graph_fail(g, MESA_EINVAL, "nothing to concatenate");
    for (size_t i = 0; i < n; i++)
        if (!mesa_node_usable(g, x[i]))
            return 0;
    if (n == 1)
        return x[0];
    shaped(g, OP_CONCAT, g->node[x[0]].rank, g->node[x[0]].shape, &node);
    node.shape[axis % MESA_MAX_DIMS] = 0;
    for (size_t i = 0; i < n; i++) {
        const struct node *part = graph_at(g, x[i]);

        if (axis >= node.rank || !joinable(graph_at(g, x[0]), part, axis))
            return mesa_graph_fail(g, MESA_ESHAPE,
                                   "part %zu does not fit the first along "
                                   "axis %u",
                                   i, (unsigned)axis);
        node.shape[axis] += part->shape[axis];
        node.span = MESA_MAX(node.span, part->span);
    }
    node.first = (uint8_t)axis;
    node.n_args = (uint32_t)n;
    return mesa_graph_node(g, &node, x);
}

mesa_node
mesa_slice(struct mesa_graph *g, mesa_node x, uint32_t axis, size_t start,
           size_t count)
{
    struct node node;
    size_t extent;

    if (!mesa_node_usable(g, x))
        return 0;
    extent = axis < g->node[x].rank ? g->node[x].shape[axis] : 0;
    if (count == 0 || count > extent || start > extent - count)
        return mesa_graph_fail(g, MESA_ESHAPE,
                               "slice of %zu from %zu of axis %u, which has "
                               "%zu",
                               count, start, (unsigned)axis, extent);
    if (count == extent)
        return x;
    shaped(g, OP_SLICE, g->node[x].rank, g->node[x].shape, &node);
    node.shape[axis] = count;
    node.first = (uint8_t)axis;
    node.start = start;
    node.span = g->node[x].span;
    node.n_args = 1;
    return mesa_graph_node(g, &node, &x);
}

static bool
is_index(struct mesa_graph *g, mesa_node index)
{
    if (index == 0 || g->error.status != MESA_OK)
        return false;
    if (index < g->n && g->node[index].op == OP_INDEX)
        return true;
    mesa_graph_fail(g, MESA_EINVAL, "numbers used as indices");
    return false;
}

/* rows of x's kind, moved between x and the result by an index. */
static mesa_node
indexed(struct mesa_graph *g, enum op op, mesa_node x, mesa_node index,
        size_t rows)
{
    const mesa_node arg[2] = { x, index };
    size_t shape[MESA_MAX_DIMS];
    struct node node;

    if (g->node[x].rank == 0)
        return mesa_graph_fail(g, MESA_ESHAPE, "a number has no rows");
    memcpy(shape, g->node[x].shape, sizeof shape);
    shape[0] = rows;
    if (!shaped(g, op, g->node[x].rank, shape, &node))
        return 0;
    node.span = MESA_MAX(g->node[x].span, g->node[index].span);
    node.n_args = 2;
    return mesa_graph_node(g, &node, arg);
}

mesa_node
mesa_gather(struct mesa_graph *g, mesa_node x, mesa_node index)
{
    return mesa_node_usable(g, x) && is_index(g, index)
               ? indexed(g, OP_GATHER, x, index, g->node[index].shape[0])
               : 0;
}

mesa_node
mesa_scatter_add(struct mesa_graph *g, mesa_node x, mesa_node index,
                 size_t rows)
{
    return mesa_node_usable(g, x) && is_index(g, index)
               ? indexed(g, OP_SCATTER_ADD, x, index, rows)
               : 0;
}

mesa_node
mesa_one_hot(struct mesa_graph *g, mesa_node index, size_t depth)
{
    struct node node;

    if (!is_index(g, index) ||
        !shaped(g, OP_ONE_HOT, 2,
                (const size_t[]){ g->node[index].shape[0], depth }, &node))
        return 0;
    node.span = g->node[index].span;
    node.n_args = 1;
    return mesa_graph_node(g, &node, &index);
}
