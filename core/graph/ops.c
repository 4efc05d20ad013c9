/* SPDX-License-Identifier: MIT */
/*
 * ops.c - operations element by element, and products of matrices.
 *
 * Operands of different shapes are made equal by explicit broadcasts, so that
 * rules of differentiation and plans never see two shapes in one node.  What
 * constants make trivial (x + 0, 1 x) is not built: gradients are full of it.
 */
#include "graph.h"

#include <stdio.h>
#include <string.h>

/* A node of x's shape. */
static struct node
like(const struct mesa_graph *g, enum op op, mesa_node x)
{
    struct node node = { .op = (uint16_t)op };

    node.rank = g->node[x].rank;
    node.span = g->node[x].span;
    memcpy(node.shape, g->node[x].shape, sizeof node.shape);
    return node;
}

/* "64 x 10" into text. */
static const char *
shape_text(const struct node *node, char text[96])
{
    size_t n = 0;

    snprintf(text, 96, "a number");
    for (size_t i = 0; i < node->rank; i++)
        n += (size_t)snprintf(text + n, 96 - n, i ? " x %zu" : "%zu",
                              node->shape[i]);
    return text;
}

static mesa_node
fail_shapes(struct mesa_graph *g, const char *what, mesa_node a, mesa_node b)
{
    char left[96], right[96];

    return mesa_graph_fail(g, MESA_ESHAPE, "%s of %s and %s", what,
                           shape_text(&g->node[a], left),
                           shape_text(&g->node[b], right));
}

bool
mesa_node_usable(struct mesa_graph *g, mesa_node x)
{
    if (x == 0 || g->error.status != MESA_OK)
        return false;
    if (x >= g->n) {
        mesa_graph_fail(g, MESA_EINVAL, "node %u of a graph of %zu",
                        (unsigned)x, g->n);
        return false;
    }
    if (g->node[x].op == OP_INDEX) {
        mesa_graph_fail(g, MESA_EINVAL, "indices used as numbers");
        return false;
    }
    return true;
}

/* The shape both operands can be broadcast to; false if there is none. */
static bool
common_shape(const struct node *a, const struct node *b, struct node *out)
{
    size_t rank = MESA_MAX(a->rank, b->rank);

    memset(out->shape, 0, sizeof out->shape);
    out->rank = (uint8_t)rank;
    for (size_t i = 0; i < rank; i++) {
        size_t in_a = rank - a->rank, in_b = rank - b->rank;
        size_t x = i < in_a ? 1 : a->shape[i - in_a];
        size_t y = i < in_b ? 1 : b->shape[i - in_b];

        if (x != y && x != 1 && y != 1)
            return false;
        out->shape[i] = x == 1 ? y : x;
    }
    return true;
}

static bool
same_shape(const struct node *a, const struct node *b)
{
    return a->rank == b->rank &&
           memcmp(a->shape, b->shape, sizeof a->shape) == 0;
}

/* Broadcast two operands to each other. */
static bool
align(struct mesa_graph *g, const char *what, mesa_node *a, mesa_node *b)
{
    struct node common;

    if (!mesa_node_usable(g, *a) || !mesa_node_usable(g, *b))
        return false;
    if (same_shape(&g->node[*a], &g->node[*b]))
        return true;
    if (!common_shape(&g->node[*a], &g->node[*b], &common)) {
        fail_shapes(g, what, *a, *b);
        return false;
    }
    *a = mesa_broadcast(g, *a, common.rank, common.shape);
    *b = mesa_broadcast(g, *b, common.rank, common.shape);
    return *a && *b;
}

static mesa_node
unary(struct mesa_graph *g, enum op op, mesa_node x)
{
    struct node node;

    if (!mesa_node_usable(g, x))
        return 0;
    node = like(g, op, x);
    node.n_args = 1;
    return mesa_graph_node(g, &node, &x);
}

/* Two operands that agree in shape. */
static mesa_node
aligned(struct mesa_graph *g, enum op op, mesa_node a, mesa_node b)
{
    const mesa_node arg[2] = { a, b };
    struct node node = like(g, op, a);

    node.span = MESA_MAX(g->node[a].span, g->node[b].span);
    node.n_args = 2;
    return mesa_graph_node(g, &node, arg);
}

static mesa_node
binary(struct mesa_graph *g, enum op op, const char *what, mesa_node a,
       mesa_node b)
{
    return align(g, what, &a, &b) ? aligned(g, op, a, b) : 0;
}

/* x, for an operation with a constant that changes nothing; as a result of
 * the other operand's span. */
static mesa_node
unchanged(struct mesa_graph *g, mesa_node x, mesa_node other)
{
    return g->node[other].span == MESA_PER_TASK ? mesa_repeat(g, x) : x;
}

static bool
is_constant(const struct mesa_graph *g, mesa_node x, double value)
{
    double v;

    return mesa_node_constant(g, x, &v) && v == value;
}

mesa_node
mesa_add(struct mesa_graph *g, mesa_node a, mesa_node b)
{
    if (!align(g, "sum", &a, &b))
        return 0;
    if (is_constant(g, b, 0))
        return unchanged(g, a, b);
    if (is_constant(g, a, 0))
        return unchanged(g, b, a);
    return aligned(g, (enum op)MESA_TILE_ADD, a, b);
}

mesa_node
mesa_sub(struct mesa_graph *g, mesa_node a, mesa_node b)
{
    if (!align(g, "difference", &a, &b))
        return 0;
    if (is_constant(g, b, 0))
        return unchanged(g, a, b);
    return aligned(g, (enum op)MESA_TILE_SUB, a, b);
}

mesa_node
mesa_mul(struct mesa_graph *g, mesa_node a, mesa_node b)
{
    if (!align(g, "product", &a, &b))
        return 0;
    if (is_constant(g, b, 1))
        return unchanged(g, a, b);
    if (is_constant(g, a, 1))
        return unchanged(g, b, a);
    if (is_constant(g, a, -1))
        return mesa_neg(g, unchanged(g, b, a));
    if (is_constant(g, b, -1))
        return mesa_neg(g, unchanged(g, a, b));
    return aligned(g, (enum op)MESA_TILE_MUL, a, b);
}

mesa_node
mesa_div(struct mesa_graph *g, mesa_node a, mesa_node b)
{
    if (!align(g, "quotient", &a, &b))
        return 0;
    if (is_constant(g, b, 1))
        return unchanged(g, a, b);
    return aligned(g, (enum op)MESA_TILE_DIV, a, b);
}

mesa_node
mesa_neg(struct mesa_graph *g, mesa_node x)
{
    if (mesa_node_usable(g, x) && g->node[x].op == MESA_TILE_NEG)
        return graph_arg(g, x, 0);
    return unary(g, (enum op)MESA_TILE_NEG, x);
}

#define BINARY(name, code, what)                               \
    mesa_node                                                  \
    mesa_##name(struct mesa_graph *g, mesa_node a, mesa_node b) \
    {                                                          \
        return binary(g, (enum op)MESA_TILE_##code, what, a, b); \
    }
#define UNARY(name, code)                                \
    mesa_node                                            \
    mesa_##name(struct mesa_graph *g, mesa_node x)       \
    {                                                    \
        return unary(g, (enum op)MESA_TILE_##code, x);   \
    }

BINARY(min, MIN, "minimum")
BINARY(max, MAX, "maximum")
BINARY(less, LESS, "comparison")
BINARY(equal, EQUAL, "comparison")
BINARY(gate, GATE, "choice")
UNARY(exp, EXP)
UNARY(log, LOG)
UNARY(sqrt, SQRT)
UNARY(sin, SIN)
UNARY(cos, COS)
UNARY(tanh, TANH)
UNARY(sigmoid, SIGMOID)
UNARY(softplus, SOFTPLUS)
UNARY(relu, RELU)
UNARY(elu, ELU)
UNARY(abs, ABS)
UNARY(sign, SIGN)

static mesa_node
with_immediates(struct mesa_graph *g, enum op op, mesa_node x, double first,
                double second)
{
    struct node node;

    if (!mesa_node_usable(g, x))
        return 0;
    node = like(g, op, x);
    node.n_args = 1;
    node.immediate[0] = first;
    node.immediate[1] = second;
    return mesa_graph_node(g, &node, &x);
}

mesa_node
mesa_pow(struct mesa_graph *g, mesa_node x, double exponent)
{
    if (!mesa_node_usable(g, x))
        return 0;
    if (exponent == 0)
        return unchanged(g, mesa_filled(g, 1.0, g->node[x].rank,
                                        g->node[x].shape), x);
    if (exponent == 1)
        return x;
    if (exponent == 2)
        return mesa_mul(g, x, x);
    if (exponent == 0.5)
        return mesa_sqrt(g, x);
    return with_immediates(g, (enum op)MESA_TILE_POW, x, exponent, 0);
}

mesa_node
mesa_clamp(struct mesa_graph *g, mesa_node x, double low, double high)
{
    if (!(low <= high))
        return mesa_graph_fail(g, MESA_EINVAL, "clamp between %g and %g",
                               low, high);
    return with_immediates(g, (enum op)MESA_TILE_CLAMP, x, low, high);
}

mesa_node
mesa_select(struct mesa_graph *g, mesa_node condition, mesa_node a,
            mesa_node b)
{
    mesa_node arg[3];
    struct node node;

    if (!align(g, "choice", &a, &b) ||
        !align(g, "choice", &condition, &a) || !align(g, "choice", &b, &a))
        return 0;
    node = like(g, (enum op)MESA_TILE_SELECT, a);
    for (size_t i = 0; i < 3; i++) {
        arg[i] = i == 0 ? condition : i == 1 ? a : b;
        node.span = MESA_MAX(node.span, g->node[arg[i]].span);
    }
    node.n_args = 3;
    return mesa_graph_node(g, &node, arg);
}

mesa_node
mesa_scalar(struct mesa_graph *g, double value)
{
    struct node node = { .op = OP_SCALAR, .immediate = { value, 0 } };

    return mesa_graph_node(g, &node, NULL);
}

mesa_node
mesa_stop_gradient(struct mesa_graph *g, mesa_node x)
{
    return unary(g, OP_STOP, x);
}

/* A transposed operand is the operand, and the flag turned. */
static mesa_node
strip_transpose(const struct mesa_graph *g, mesa_node x, bool *transposed)
{
    if (g->node[x].op != OP_TRANSPOSE)
        return x;
    *transposed = !*transposed;
    return graph_arg(g, x, 0);
}

mesa_node
mesa_matmul(struct mesa_graph *g, mesa_node a, mesa_node b,
            enum mesa_transposed ta, enum mesa_transposed tb)
{
    bool flip_a = ta == MESA_TRANSPOSED, flip_b = tb == MESA_TRANSPOSED;
    struct node node = { .op = OP_MATMUL, .rank = 2, .n_args = 2 };
    const struct node *x, *y;
    mesa_node arg[2];

    if (!mesa_node_usable(g, a) || !mesa_node_usable(g, b))
        return 0;
    if (g->node[a].rank != 2 || g->node[b].rank != 2)
        return fail_shapes(g, "matrix product", a, b);
    arg[0] = strip_transpose(g, a, &flip_a);
    arg[1] = strip_transpose(g, b, &flip_b);
    x = graph_at(g, arg[0]);
    y = graph_at(g, arg[1]);
    if (x->shape[!flip_a] != y->shape[flip_b])
        return fail_shapes(g, "matrix product", a, b);
    node.flag = (uint8_t)(flip_a | flip_b << 1);
    node.span = MESA_MAX(x->span, y->span);
    node.shape[0] = x->shape[flip_a];
    node.shape[1] = y->shape[!flip_b];
    return mesa_graph_node(g, &node, arg);
}

mesa_node
mesa_log_softmax(struct mesa_graph *g, mesa_node x)
{
    uint32_t last;
    mesa_node shifted, total;

    if (!mesa_node_usable(g, x))
        return 0;
    if (g->node[x].rank == 0)
        return mesa_graph_fail(g, MESA_ESHAPE, "log_softmax of a number");
    last = UINT32_C(1) << (g->node[x].rank - 1);
    /* The shift cancels out, so no derivative has to pass it. */
    shifted = mesa_sub(g, x,
                       mesa_stop_gradient(g, mesa_max_axes(g, x, last)));
    total = mesa_sum_axes(g, mesa_exp(g, shifted), last);
    return mesa_sub(g, shifted, mesa_log(g, total));
}
