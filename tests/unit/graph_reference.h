/* SPDX-License-Identifier: MIT */
/*
 * graph_reference.h - graphs evaluated node by node, for comparison.
 *
 * Nothing is fused, viewed or reused: every node has an array of its own,
 * also a shared one as many values as there are tasks, and every operation a
 * loop over its definition.  Along the way a signature collects on which side
 * of each kink the arguments lie, so that differences are not taken across.
 */
#ifndef MESA_GRAPH_REFERENCE_H
#define MESA_GRAPH_REFERENCE_H

#include "graph_fixture.h"

struct reference {
    const struct world *w;
    size_t              n; /* nodes done */
    double            **value;
    double *const      *stopped; /* of what is constant, or NULL */
    uint64_t            signature;
    bool                near; /* rounding decides on which side */
};

static inline double
log_of_sum(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static inline double
tile_value(const struct node *node, double a, double b, double c)
{
    const double *k = node->immediate;

    switch (node->op) {
    case MESA_TILE_ADD:
        return a + b;
    case MESA_TILE_SUB:
        return a - b;
    case MESA_TILE_MUL:
        return a * b;
    case MESA_TILE_DIV:
        return a / b;
    case MESA_TILE_MIN:
        return b < a ? b : a;
    case MESA_TILE_MAX:
        return a < b ? b : a;
    case MESA_TILE_NEG:
        return -a;
    case MESA_TILE_POW:
        return pow(a, k[0]);
    case MESA_TILE_CLAMP:
        return a < k[0] ? k[0] : a > k[1] ? k[1] : a;
    case MESA_TILE_LESS:
        return a < b;
    case MESA_TILE_EQUAL:
        return a == b;
    case MESA_TILE_GATE:
        return a > 0 ? b : 0;
    default: /* MESA_TILE_SELECT */
        return a != 0 ? b : c;
    }
}

static inline double
function_value(const struct node *node, double a, double b, double c)
{
    switch (node->op) {
    case MESA_TILE_EXP:
        return exp(a);
    case MESA_TILE_LOG:
        return log(a);
    case MESA_TILE_SQRT:
        return sqrt(a);
    case MESA_TILE_SIN:
        return sin(a);
    case MESA_TILE_COS:
        return cos(a);
    case MESA_TILE_TANH:
        return tanh(a);
    case MESA_TILE_SIGMOID:
        return 1 / (1 + exp(-a));
    case MESA_TILE_SOFTPLUS:
        return log_of_sum(a);
    case MESA_TILE_RELU:
        return a > 0 ? a : 0;
    case MESA_TILE_ELU:
        return a > 0 ? a : expm1(a);
    case MESA_TILE_ABS:
        return fabs(a);
    case MESA_TILE_SIGN:
        return (a > 0) - (a < 0);
    default:
        return tile_value(node, a, b, c);
    }
}

/* The side of a kink, as a number; 0 for what is smooth. */
static inline int
side(const struct node *node, double a, double b)
{
    switch (node->op) {
    case MESA_TILE_RELU:
    case MESA_TILE_ELU:
    case MESA_TILE_ABS:
    case MESA_TILE_SIGN:
        return 2 + (a > 0) - (a < 0);
    case MESA_TILE_MIN:
    case MESA_TILE_MAX:
    case MESA_TILE_LESS:
    case MESA_TILE_EQUAL:
        return 2 + (a > b) - (a < b);
    case MESA_TILE_SELECT:
        return a != 0;
    case MESA_TILE_CLAMP:
        return 5 + (a > node->immediate[0]) - (a < node->immediate[0]) +
               3 * ((a > node->immediate[1]) - (a < node->immediate[1]));
    default:
        return 0;
    }
}

/* So close to a kink that another order of a sum would cross it. */
static inline bool
is_near(const struct node *node, double a, double b)
{
    double gap = a - b;

    if (side(node, a, b) == 0 || node->op == MESA_TILE_SELECT)
        return false;
    if (node->op == MESA_TILE_CLAMP)
        gap = fmin(fabs(a - node->immediate[0]), fabs(a - node->immediate[1]));
    else if (node->n_args == 1)
        gap = a;
    return gap != 0 && fabs(gap) < 1e-12;
}

static inline void
sign_with(struct reference *r, uint64_t what)
{
    r->signature = (r->signature ^ what) * UINT64_C(0x9e3779b97f4a7c15);
    r->signature ^= r->signature >> 31;
}

/* One task's value of argument i of x. */
static inline const double *
argument(const struct reference *r, mesa_node x, size_t i, size_t task)
{
    mesa_node arg = graph_arg(r->w->g, x, i);

    return r->value[arg] + task * mesa_node_count(graph_at(r->w->g, arg));
}

static inline void
tile_task(struct reference *r, mesa_node x, size_t task, double *out)
{
    const struct node *node = graph_at(r->w->g, x);
    const double *arg[3];

    for (size_t i = 0; i < 3; i++)
        arg[i] = argument(r, x, i < node->n_args ? i : 0, task);
    for (size_t i = 0; i < mesa_node_count(node); i++) {
        out[i] = function_value(node, arg[0][i], arg[1][i], arg[2][i]);
        sign_with(r, (uint64_t)side(node, arg[0][i], arg[1][i]));
        r->near |= is_near(node, arg[0][i], arg[1][i]);
    }
}

static inline void
matmul_task(struct reference *r, mesa_node x, size_t task, double *out)
{
    const struct node *node = graph_at(r->w->g, x);
    const struct node *a = graph_at(r->w->g, graph_arg(r->w->g, x, 0));
    const struct node *b = graph_at(r->w->g, graph_arg(r->w->g, x, 1));
    const double *p = argument(r, x, 0, task), *q = argument(r, x, 1, task);
    bool ta = node->flag & 1, tb = node->flag >> 1;

    for (size_t i = 0; i < node->shape[0]; i++)
        for (size_t j = 0; j < node->shape[1]; j++) {
            double sum = 0;

            for (size_t k = 0; k < a->shape[!ta]; k++)
                sum += p[ta ? k * a->shape[1] + i : i * a->shape[1] + k] *
                       q[tb ? j * b->shape[1] + k : k * b->shape[1] + j];
            out[i * node->shape[1] + j] = sum;
        }
}

/* Coordinates of element i, and back, for a node's shape. */
static inline void
coordinates(const struct node *node, size_t i, size_t *at)
{
    for (size_t d = node->rank; d-- > 0;) {
        at[d] = i % node->shape[d];
        i /= node->shape[d];
    }
}

static inline size_t
position(const struct node *node, const size_t *at)
{
    size_t i = 0;

    for (size_t d = 0; d < node->rank; d++)
        i = i * node->shape[d] + at[d];
    return i;
}

static inline void
reduce_task(struct reference *r, mesa_node x, size_t task, double *out)
{
    const struct node *node = graph_at(r->w->g, x);
    const struct node *from = graph_at(r->w->g, graph_arg(r->w->g, x, 0));
    const double *arg = argument(r, x, 0, task);
    size_t at[MESA_MAX_DIMS];
    size_t *largest = calloc(mesa_node_count(node), sizeof *largest);

    assert_non_null(largest);
    for (size_t i = 0; i < mesa_node_count(node); i++)
        out[i] = node->op == OP_SUM ? 0 : -INFINITY;
    for (size_t i = 0; i < mesa_node_count(from); i++) {
        size_t to;

        coordinates(from, i, at);
        for (size_t d = node->first; d <= node->last; d++)
            at[d] = 0;
        to = position(node, at);
        if (node->op == OP_SUM) {
            out[to] += arg[i];
        } else if (arg[i] > out[to]) {
            out[to] = arg[i];
            largest[to] = i;
        }
    }
    for (size_t i = 0; i < mesa_node_count(node) && node->op == OP_MAX; i++)
        sign_with(r, largest[i]);
    free(largest);
}

/* The element of the argument that is moved to element i. */
static inline size_t
origin(const struct node *node, const struct node *from, size_t i)
{
    size_t at[MESA_MAX_DIMS] = { 0 }, keep, last = node->rank - (size_t)1;
    size_t in = (size_t)node->rank - from->rank;

    if (node->op != OP_BROADCAST && node->op != OP_TRANSPOSE &&
        node->op != OP_SLICE)
        return i;
    coordinates(node, i, at);
    if (node->op == OP_TRANSPOSE) {
        keep = at[last];
        at[last] = at[last - 1];
        at[last - 1] = keep;
    } else if (node->op == OP_SLICE) {
        at[node->first] += node->start;
    } else {
        for (size_t d = 0; d < from->rank; d++)
            at[d] = from->shape[d] == 1 ? 0 : at[in + d];
    }
    return position(from, at);
}

static inline void
move_task(struct reference *r, mesa_node x, size_t task, double *out)
{
    const struct node *node = graph_at(r->w->g, x);
    const struct node *from = graph_at(r->w->g, graph_arg(r->w->g, x, 0));
    const double *arg = argument(r, x, 0, task);

    if (node->op == OP_STOP && r->stopped)
        arg = r->stopped[x] + task * mesa_node_count(node);
    for (size_t i = 0; i < mesa_node_count(node); i++)
        out[i] = arg[origin(node, from, i)];
}

static inline void
concat_task(struct reference *r, mesa_node x, size_t task, double *out)
{
    const struct node *node = graph_at(r->w->g, x);
    size_t at[MESA_MAX_DIMS], start = 0;

    for (size_t k = 0; k < node->n_args; k++) {
        const struct node *part = graph_at(r->w->g,
                                           graph_arg(r->w->g, x, k));

        for (size_t i = 0; i < mesa_node_count(part); i++) {
            coordinates(part, i, at);
            at[node->first] += start;
            out[position(node, at)] = argument(r, x, k, task)[i];
        }
        start += part->shape[node->first];
    }
}

static inline void
indexed_task(struct reference *r, mesa_node x, size_t task, double *out)
{
    const struct world *w = r->w;
    const struct node *node = graph_at(w->g, x);
    mesa_node of = graph_arg(w->g, x, node->n_args - UINT32_C(1));
    const struct node *index = graph_at(w->g, of);
    const int64_t *at = w->index[input_number(w, of)];
    size_t width = mesa_node_count(node) / node->shape[0];

    if (index->span == MESA_PER_TASK)
        at += task * index->shape[0];
    for (size_t i = 0; i < index->shape[0]; i++)
        for (size_t j = 0; j < width; j++) {
            size_t row = (size_t)at[i];

            if (node->op == OP_ONE_HOT)
                out[i * width + j] = j == row;
            else if (node->op == OP_GATHER)
                out[i * width + j] = argument(r, x, 0, task)[row * width + j];
            else
                out[row * width + j] += argument(r, x, 0, task)[i * width + j];
        }
}

static inline void
task_sum(struct reference *r, mesa_node x, double *out)
{
    for (size_t task = 0; task < mesa_graph_tasks(r->w->g); task++)
        for (size_t i = 0; i < mesa_node_count(graph_at(r->w->g, x)); i++)
            out[i] += argument(r, x, 0, task)[i];
}

static inline void
input_task(struct reference *r, mesa_node x, size_t task, double *out)
{
    const struct node *node = graph_at(r->w->g, x);
    size_t count = mesa_node_count(node);
    const double *from = value_of(r->w, x);

    if (node->span == MESA_PER_TASK)
        from += task * count;
    memcpy(out, from, count * sizeof *out);
}

static inline void
one_task(struct reference *r, mesa_node x, size_t task, double *out)
{
    const struct node *node = graph_at(r->w->g, x);

    if (is_tile_op(node)) {
        tile_task(r, x, task, out);
        return;
    }
    switch (node->op) {
    case OP_INPUT:
        input_task(r, x, task, out);
        break;
    case OP_SCALAR:
        out[0] = node->immediate[0];
        break;
    case OP_MATMUL:
        matmul_task(r, x, task, out);
        break;
    case OP_SUM:
    case OP_MAX:
        reduce_task(r, x, task, out);
        break;
    case OP_TASK_SUM:
        task_sum(r, x, out);
        break;
    case OP_CONCAT:
        concat_task(r, x, task, out);
        break;
    case OP_GATHER:
    case OP_SCATTER_ADD:
    case OP_ONE_HOT:
        indexed_task(r, x, task, out);
        break;
    default:
        move_task(r, x, task, out);
    }
}

/* Evaluate the nodes before `end` that were not evaluated yet. */
static inline void
reference_extend(struct reference *r, size_t end)
{
    const struct mesa_graph *g = r->w->g;

    r->value = realloc(r->value, end * sizeof *r->value);
    assert_non_null(r->value);
    for (mesa_node x = (mesa_node)r->n; x < end; x++) {
        size_t count = x ? mesa_node_count(graph_at(g, x)) : 1;
        double *out = calloc(count * g->n_tasks, sizeof *out);

        assert_non_null(out);
        r->value[x] = out;
        if (x == 0 || g->node[x].op == OP_INDEX)
            continue;
        for (size_t task = 0; task < g->n_tasks; task++)
            one_task(r, x, task, out + task * count);
    }
    r->n = end;
}

static inline void
reference_open(struct reference *r, const struct world *w, size_t end,
               double *const *stopped)
{
    memset(r, 0, sizeof *r);
    r->w = w;
    r->stopped = stopped;
    assert_built(w);
    reference_extend(r, end);
}

static inline void
reference_close(struct reference *r)
{
    for (size_t i = 0; i < r->n; i++)
        free(r->value[i]);
    free(r->value);
}

/* Equal up to a tolerance relative to the largest number, or to 1. */
static inline void
assert_near(const double *got, const double *expected, size_t n,
            double tolerance, const char *what)
{
    double scale = 1;

    for (size_t i = 0; i < n; i++)
        scale = fmax(scale, fabs(expected[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabs(got[i] - expected[i]) <= tolerance * scale) &&
            memcmp(&got[i], &expected[i], sizeof *got) != 0)
            fail_msg("%s: element %zu of %zu is %.17g, expected %.17g", what,
                     i, n, got[i], expected[i]);
}

/* Programs agree with the evaluation node by node. */
static inline void
assert_planned(const struct world *w, const mesa_node *x, size_t n,
               double tolerance, const char *what)
{
    double **out = calloc(n, sizeof *out);
    struct reference r;

    assert_non_null(out);
    reference_open(&r, w, w->g->n, NULL);
    compute(w, x, n, out);
    for (size_t i = 0; i < n; i++) {
        assert_near(out[i], r.value[x[i]], all_elements(w, x[i]), tolerance,
                    what);
        free(out[i]);
    }
    free(out);
    reference_close(&r);
}

#endif
