/* SPDX-License-Identifier: MIT */
/*
 * grad.c - derivatives as nodes: reverse accumulation (Griewank and Walther
 * 2008, chapter 3).
 *
 * From y backwards every node that depends on wrt hands its adjoint, times
 * the derivative of its operation, to its arguments.  All of it is written
 * with the operations of mesa/ops.h, so the result can be differentiated
 * again.
 *
 * Tasks: while y is shared, a shared argument of a node that is per task
 * collects the sum over the tasks; while y is per task, each task keeps a
 * derivative of its own.
 */
#include "graph.h"

#include <string.h>

struct pass {
    struct mesa_graph *g;
    mesa_node         *adjoint; /* of nodes 1 ... y; 0: none yet */
    bool              *depends; /* on one of wrt                 */
    bool               per_task;
};

/* Add d to the adjoint of x. */
static void
give(struct pass *p, mesa_node x, mesa_node d)
{
    struct mesa_graph *g = p->g;

    if (!p->depends[x] || !d)
        return;
    if (!p->per_task && g->node[x].span == MESA_SHARED &&
        g->node[d].span == MESA_PER_TASK)
        d = mesa_task_sum(g, d);
    p->adjoint[x] = p->adjoint[x] ? mesa_add(g, p->adjoint[x], d) : d;
}

static mesa_node
zeros_like(struct mesa_graph *g, mesa_node x)
{
    return mesa_filled(g, 0.0, g->node[x].rank, g->node[x].shape);
}

/* d where c holds, and where it does not. */
static void
give_choice(struct pass *p, mesa_node c, mesa_node d, mesa_node where,
            mesa_node elsewhere)
{
    mesa_node zero = zeros_like(p->g, d);

    if (p->depends[where])
        give(p, where, mesa_select(p->g, c, d, zero));
    if (p->depends[elsewhere])
        give(p, elsewhere, mesa_select(p->g, c, zero, d));
}

static void
two_operands(struct pass *p, mesa_node x, mesa_node d)
{
    struct mesa_graph *g = p->g;
    mesa_node a = graph_arg(g, x, 0), b = graph_arg(g, x, 1);

    switch (g->node[x].op) {
    case MESA_TILE_ADD:
        give(p, a, d);
        give(p, b, d);
        break;
    case MESA_TILE_SUB:
        give(p, a, d);
        if (p->depends[b])
            give(p, b, mesa_neg(g, d));
        break;
    case MESA_TILE_MUL:
        if (p->depends[a])
            give(p, a, mesa_mul(g, d, b));
        if (p->depends[b])
            give(p, b, mesa_mul(g, d, a));
        break;
    case MESA_TILE_DIV:
        if (p->depends[a])
            give(p, a, mesa_div(g, d, b));
        if (p->depends[b])
            give(p, b, mesa_neg(g, mesa_mul(g, d, mesa_div(g, x, b))));
        break;
    case MESA_TILE_MIN:
        give_choice(p, mesa_less(g, b, a), d, b, a);
        break;
    default: /* MESA_TILE_MAX */
        give_choice(p, mesa_less(g, a, b), d, b, a);
        break;
    }
}

/* (1 - x^2) and (1 - x) without a constant in front: x's own shape. */
static mesa_node
one_minus(struct mesa_graph *g, mesa_node x)
{
    return mesa_sub(g, mesa_scalar(g, 1.0), x);
}

static mesa_node
choose(struct mesa_graph *g, mesa_node c, mesa_node a)
{
    return mesa_select(g, c, a, zeros_like(g, a));
}

/* d times the derivative of a function x of one operand a. */
static mesa_node
one_operand(struct mesa_graph *g, mesa_node x, mesa_node a, mesa_node d)
{
    const struct node node = g->node[x];
    mesa_node zero = mesa_scalar(g, 0.0);

    switch (node.op) {
    case MESA_TILE_NEG:
        return mesa_neg(g, d);
    case MESA_TILE_EXP:
        return mesa_mul(g, d, x);
    case MESA_TILE_LOG:
        return mesa_div(g, d, a);
    case MESA_TILE_SQRT:
        return mesa_div(g, mesa_mul(g, d, mesa_scalar(g, 0.5)), x);
    case MESA_TILE_SIN:
        return mesa_mul(g, d, mesa_cos(g, a));
    case MESA_TILE_COS:
        return mesa_neg(g, mesa_mul(g, d, mesa_sin(g, a)));
    case MESA_TILE_TANH:
        return mesa_mul(g, d, one_minus(g, mesa_mul(g, x, x)));
    case MESA_TILE_SIGMOID:
        return mesa_mul(g, d, mesa_mul(g, x, one_minus(g, x)));
    case MESA_TILE_SOFTPLUS:
        return mesa_mul(g, d, mesa_sigmoid(g, a));
    case MESA_TILE_RELU: /* x is above 0 where a is, and is kept anyway */
        return mesa_gate(g, x, d);
    case MESA_TILE_ELU:
        return mesa_mul(g, d,
                        mesa_select(g, mesa_less(g, zero, a),
                                    mesa_scalar(g, 1.0),
                                    mesa_add(g, x, mesa_scalar(g, 1.0))));
    case MESA_TILE_ABS:
        return mesa_mul(g, d, mesa_sign(g, a));
    case MESA_TILE_POW:
        return mesa_mul(g, d,
                        mesa_mul(g, mesa_scalar(g, node.immediate[0]),
                                 mesa_pow(g, a, node.immediate[0] - 1)));
    case MESA_TILE_CLAMP:
        return choose(g, mesa_equal(g, x, a), d);
    default: /* sign */
        return 0;
    }
}

/* op(a) op(b): with d, the products that have a's and b's own layout. */
static void
product(struct pass *p, mesa_node x, mesa_node d)
{
    struct mesa_graph *g = p->g;
    mesa_node a = graph_arg(g, x, 0), b = graph_arg(g, x, 1);
    enum mesa_transposed ta = g->node[x].flag & 1, tb = g->node[x].flag >> 1;

    if (p->depends[a])
        give(p, a,
             ta ? mesa_matmul(g, b, d, tb, MESA_TRANSPOSED)
                : mesa_matmul(g, d, b, MESA_PLAIN, !tb));
    if (p->depends[b])
        give(p, b,
             tb ? mesa_matmul(g, d, a, MESA_TRANSPOSED, ta)
                : mesa_matmul(g, a, d, !ta, MESA_PLAIN));
}

/* What a broadcast copied is added up again. */
static mesa_node
gathered(struct mesa_graph *g, mesa_node a, mesa_node d)
{
    const struct node from = g->node[a], to = g->node[d];
    size_t in = to.rank - from.rank;
    uint32_t axes = (UINT32_C(1) << in) - 1;

    for (size_t i = 0; i < from.rank; i++)
        if (from.shape[i] == 1)
            axes |= UINT32_C(1) << (in + i);
    return mesa_reshape(g, mesa_sum_axes(g, d, axes), from.rank, from.shape);
}

/* Where several elements are the largest they share. */
static mesa_node
largest(struct mesa_graph *g, mesa_node x, mesa_node a, mesa_node d)
{
    const struct node node = g->node[x];
    mesa_node mask = mesa_equal(g, a, x);
    uint32_t axes = 0;

    for (size_t i = node.first; i <= node.last; i++)
        axes |= UINT32_C(1) << i;
    return mesa_mul(g, mask, mesa_div(g, d, mesa_sum_axes(g, mask, axes)));
}

static void
concatenation(struct pass *p, mesa_node x, mesa_node d)
{
    const struct node node = p->g->node[x];
    size_t start = 0;

    for (size_t i = 0; i < node.n_args; i++) {
        mesa_node part = graph_arg(p->g, x, i);
        size_t count = p->g->node[part].shape[node.first];

        if (p->depends[part])
            give(p, part,
                 mesa_slice(p->g, d, node.first, start, count));
        start += count;
    }
}

/* Zeros before and behind what was cut out. */
static mesa_node
padded(struct mesa_graph *g, mesa_node x, mesa_node a, mesa_node d)
{
    const struct node node = g->node[x], from = g->node[a];
    size_t shape[MESA_MAX_DIMS], n = 0;
    size_t behind = from.shape[node.first] - node.start -
                    node.shape[node.first];
    mesa_node part[3];

    memcpy(shape, node.shape, sizeof shape);
    shape[node.first] = node.start;
    if (node.start > 0)
        part[n++] = mesa_filled(g, 0.0, node.rank, shape);
    part[n++] = d;
    shape[node.first] = behind;
    if (behind > 0)
        part[n++] = mesa_filled(g, 0.0, node.rank, shape);
    return mesa_concat(g, part, n, node.first);
}

/* Each task has an adjoint of its own from here on, be they all equal: what
 * shared arguments collect is their sum. */
static void
task_sum(struct pass *p, mesa_node x, mesa_node d)
{
    if (p->per_task && p->depends[graph_arg(p->g, x, 0)])
        mesa_graph_fail(p->g, MESA_EINVAL,
                        "derivative for each task of what depends on a sum "
                        "over the tasks");
    else
        give(p, graph_arg(p->g, x, 0), mesa_repeat(p->g, d));
}

static mesa_node
moved(struct mesa_graph *g, mesa_node x, mesa_node a, mesa_node d)
{
    const struct node node = g->node[x], from = g->node[a];

    switch (node.op) {
    case OP_SUM:
        return mesa_broadcast(g, d, from.rank, from.shape);
    case OP_MAX:
        return largest(g, x, a, d);
    case OP_BROADCAST:
        return gathered(g, a, d);
    case OP_RESHAPE:
        return mesa_reshape(g, d, from.rank, from.shape);
    case OP_TRANSPOSE:
        return mesa_transpose(g, d);
    case OP_SLICE:
        return padded(g, x, a, d);
    case OP_GATHER:
        return mesa_scatter_add(g, d, graph_arg(g, x, 1), from.shape[0]);
    case OP_SCATTER_ADD:
        return mesa_gather(g, d, graph_arg(g, x, 1));
    case OP_REPEAT:
        return d;
    default: /* nothing passes: OP_STOP, inputs */
        return 0;
    }
}

/* Hand the adjoint of x on to its arguments. */
static void
propagate(struct pass *p, mesa_node x, mesa_node d)
{
    uint16_t op = p->g->node[x].op;
    mesa_node a = p->g->node[x].n_args ? graph_arg(p->g, x, 0) : 0;

    switch (op) {
    case MESA_TILE_LESS:
    case MESA_TILE_EQUAL:
        break;
    case MESA_TILE_SELECT:
        give_choice(p, a, d, graph_arg(p->g, x, 1), graph_arg(p->g, x, 2));
        break;
    case MESA_TILE_GATE:
        if (p->depends[graph_arg(p->g, x, 1)])
            give(p, graph_arg(p->g, x, 1), mesa_gate(p->g, a, d));
        break;
    case OP_MATMUL:
        product(p, x, d);
        break;
    case OP_CONCAT:
        concatenation(p, x, d);
        break;
    case OP_TASK_SUM:
        task_sum(p, x, d);
        break;
    default:
        if (!a)
            break;
        if (op >= OP_TILE_END)
            give(p, a, moved(p->g, x, a, d));
        else if (p->g->node[x].n_args == 2)
            two_operands(p, x, d);
        else
            give(p, a, one_operand(p->g, x, a, d));
    }
}

/* Operations that are constant as far as derivatives go. */
static bool
stops(const struct node *node)
{
    return node->op == OP_STOP || node->op == MESA_TILE_SIGN ||
           node->op == MESA_TILE_LESS || node->op == MESA_TILE_EQUAL;
}

static void
find_dependents(struct pass *p, mesa_node y, const mesa_node *wrt, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (wrt[i] <= y)
            p->depends[wrt[i]] = true;
    for (mesa_node x = 1; x <= y; x++)
        for (size_t i = 0; i < p->g->node[x].n_args; i++)
            p->depends[x] |= p->depends[graph_arg(p->g, x, i)] &&
                             !stops(&p->g->node[x]);
}

/* The derivative, zero if none arrived, of the span that is promised. */
static mesa_node
result(struct pass *p, mesa_node y, mesa_node x)
{
    struct mesa_graph *g = p->g;
    mesa_node d = x <= y ? p->adjoint[x] : 0;

    if (g->error.status != MESA_OK)
        return 0;
    if (!d)
        d = zeros_like(g, x);
    return p->per_task || g->node[x].span == MESA_PER_TASK
               ? mesa_repeat(g, d)
               : d;
}

static bool
grad_usable(struct mesa_graph *g, mesa_node y, const mesa_node *wrt,
            size_t n)
{
    bool usable = mesa_node_usable(g, y);

    for (size_t i = 0; i < n && usable; i++)
        usable = mesa_node_usable(g, wrt[i]);
    if (usable && g->node[y].rank != 0) {
        mesa_graph_fail(g, MESA_ESHAPE,
                        "derivative of a value of %u axes; take its sum or "
                        "mean first",
                        (unsigned)g->node[y].rank);
        usable = false;
    }
    return usable;
}

void
mesa_grad(struct mesa_graph *g, mesa_node y, const mesa_node *wrt, size_t n,
          mesa_node *out)
{
    struct pass p = { .g = g };

    memset(out, 0, n * sizeof *out);
    if (!grad_usable(g, y, wrt, n))
        return;
    p.per_task = g->node[y].span == MESA_PER_TASK;
    p.adjoint = mesa_alloc_array((size_t)y + 1, sizeof *p.adjoint);
    p.depends = mesa_alloc_array((size_t)y + 1, sizeof *p.depends);
    if (!p.adjoint || !p.depends) {
        mesa_graph_fail(g, MESA_ENOMEM, "out of memory: %u adjoints",
                        (unsigned)y);
    } else {
        find_dependents(&p, y, wrt, n);
        p.adjoint[y] = mesa_scalar(g, 1.0);
        for (mesa_node x = y; x > 0 && p.depends[y]; x--)
            if (p.adjoint[x] && p.depends[x])
                propagate(&p, x, p.adjoint[x]);
        for (size_t i = 0; i < n; i++)
            out[i] = result(&p, y, wrt[i]);
    }
    mesa_free(p.adjoint);
    mesa_free(p.depends);
}
