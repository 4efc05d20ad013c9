/* SPDX-License-Identifier: MIT */
/* view.c - strides into what is stored, for values that are not. */
#include "plan.h"

#include <string.h>

mesa_node
mesa_same_as(const struct mesa_graph *g, mesa_node x)
{
    while (g->node[x].op == OP_STOP)
        x = graph_arg(g, x, 0);
    return x;
}

bool
mesa_is_view(const struct schedule *s, mesa_node x, size_t position)
{
    if (s->stored[x] && s->at[x] < position)
        return false;
    switch (s->g->node[x].op) {
    case OP_BROADCAST:
    case OP_RESHAPE:
    case OP_TRANSPOSE:
    case OP_SLICE:
    case OP_STOP:
    case OP_REPEAT:
        return true;
    default:
        return false;
    }
}

static void
row_major(const struct node *x, size_t *stride)
{
    size_t step = 1;

    for (size_t i = x->rank; i-- > 0;) {
        stride[i] = step;
        step *= x->shape[i];
    }
}

static struct view
own_slot(const struct schedule *s, mesa_node x)
{
    const struct node *node = graph_at(s->g, x);
    struct view v = { .slot = s->slot[x] };

    row_major(node, v.stride);
    if (node->span == MESA_PER_TASK)
        v.task = mesa_node_count(node);
    return v;
}

/* Axes are aligned at the last; those that are new or were 1 repeat. */
static void
stretch(const struct node *from, const struct node *to, struct view *v)
{
    size_t old[MESA_MAX_DIMS], in = to->rank - (size_t)from->rank;

    memcpy(old, v->stride, sizeof old);
    memset(v->stride, 0, sizeof v->stride);
    for (size_t i = 0; i < from->rank; i++)
        if (from->shape[i] != 1)
            v->stride[in + i] = old[i];
}

struct view
mesa_view_defined(const struct schedule *s, mesa_node x)
{
    const struct node *node = graph_at(s->g, x);
    mesa_node arg = graph_arg(s->g, x, 0);
    struct view v = mesa_view_of(s, arg, s->over[x]);
    size_t last = node->rank - (size_t)1, keep;

    switch (node->op) {
    case OP_BROADCAST:
        stretch(graph_at(s->g, arg), node, &v);
        break;
    case OP_RESHAPE:
        memset(v.stride, 0, sizeof v.stride);
        row_major(node, v.stride);
        break;
    case OP_TRANSPOSE:
        keep = v.stride[last];
        v.stride[last] = v.stride[last - 1];
        v.stride[last - 1] = keep;
        break;
    case OP_SLICE:
        v.offset += node->start * v.stride[node->first];
        break;
    default: /* OP_STOP, OP_REPEAT */
        break;
    }
    return v;
}

struct view
mesa_view_of(const struct schedule *s, mesa_node x, size_t position)
{
    return mesa_is_view(s, x, position) ? mesa_view_defined(s, x)
                                        : own_slot(s, x);
}

bool
mesa_view_dense(const struct node *x, const struct view *view)
{
    size_t step = 1;

    for (size_t i = x->rank; i-- > 0;) {
        if (x->shape[i] != 1 && view->stride[i] != step)
            return false;
        step *= x->shape[i];
    }
    return true;
}

bool
mesa_view_dense_tasks(const struct node *x, const struct view *view)
{
    return mesa_view_dense(x, view) &&
           (x->span == MESA_SHARED || view->task == mesa_node_count(x));
}

bool
mesa_view_matrix(const struct node *x, const struct view *view,
                 bool *transposed, size_t *ld)
{
    size_t rows = x->shape[0], cols = x->shape[1];

    if (cols == 1 || view->stride[1] == 1) {
        *ld = rows == 1 ? cols : view->stride[0];
        return (cols == 1 && rows == 1) || *ld >= cols;
    }
    if (rows == 1 || view->stride[0] == 1) {
        *ld = view->stride[1];
        *transposed = !*transposed;
        return *ld >= rows;
    }
    return false;
}
