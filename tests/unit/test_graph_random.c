/* SPDX-License-Identifier: MIT */
/*
 * test_graph_random.c - a thousand random graphs: programs against the
 * evaluation node by node, derivatives against differences; the same bits
 * for any number of threads.
 */
#include "graph_differences.h"

enum { GRAPHS = 1000, MOST_NODES = 60 };
enum { LARGE_GRAPHS = 100 }; /* of several tiles */

struct maker {
    struct world     w;
    struct reference r;
    struct mesa_rng  rng;
    mesa_node        pool[MOST_NODES];
    size_t           n;
    mesa_node        wrt[4];
    size_t           n_wrt, n_index;
    bool             is_large;
};

static size_t
below(struct maker *m, size_t n)
{
    return mesa_rng_below(&m->rng, n);
}

static mesa_node
pick(struct maker *m)
{
    /* The latest more often, so that graphs are deep too. */
    if (m->n > 4 && below(m, 2))
        return m->pool[m->n - 1 - below(m, 4)];
    return m->pool[below(m, m->n)];
}

static size_t
extent(struct maker *m)
{
    static const size_t extents[2][6] = { { 1, 2, 3, 3, 4, 5 },
                                          { 1, 2, 5, 12, 17, 20 } };

    return extents[m->is_large][below(m, 6)];
}

static bool
fits(const struct maker *m, mesa_node a, mesa_node b)
{
    size_t x[MESA_MAX_DIMS], y[MESA_MAX_DIMS];
    size_t p = mesa_node_shape(m->w.g, a, x);
    size_t q = mesa_node_shape(m->w.g, b, y);

    for (size_t i = 1; i <= MESA_MIN(p, q); i++)
        if (x[p - i] != y[q - i] && x[p - i] != 1 && y[q - i] != 1)
            return false;
    return true;
}

/* A node that x can be combined with: of another shape, if there is one. */
static mesa_node
partner(struct maker *m, mesa_node x)
{
    for (size_t i = 0; i < 12; i++) {
        mesa_node y = pick(m);

        if (fits(m, x, y))
            return y;
    }
    return mesa_scalar(m->w.g, 0.5 * (double)below(m, 5) - 1);
}

static mesa_node
plus(struct mesa_graph *g, mesa_node x, double value)
{
    return mesa_add(g, x, mesa_scalar(g, value));
}

/* Functions on domains where they are smooth and small. */
static mesa_node
make_bounded(struct maker *m, mesa_node x)
{
    static const double exponents[] = { -1.5, -1, 0, 0.5, 1, 2, 2.5, 3 };
    struct mesa_graph *g = m->w.g;

    switch (below(m, 6)) {
    case 0:
        return mesa_exp(g, mesa_tanh(g, x));
    case 1:
        return mesa_log(g, plus(g, mesa_softplus(g, x), 0.3));
    case 2:
        return mesa_sqrt(g, plus(g, mesa_mul(g, x, x), 0.3));
    case 3:
        return mesa_pow(g, plus(g, mesa_mul(g, x, x), 0.3),
                        exponents[below(m, MESA_COUNT(exponents))]);
    case 4:
        return mesa_div(g, x, plus(g, mesa_exp(g, mesa_sin(g, x)), 0.5));
    default:
        return mesa_clamp(g, x, -0.7, 0.9);
    }
}

static mesa_node
make_function(struct maker *m)
{
    static mesa_node (*const functions[])(struct mesa_graph *, mesa_node) = {
        mesa_neg,  mesa_sin,      mesa_cos,  mesa_tanh, mesa_sigmoid,
        mesa_relu, mesa_softplus, mesa_elu,  mesa_abs,  mesa_sign,
        mesa_stop_gradient,
    };
    size_t i = below(m, MESA_COUNT(functions) + 4);
    mesa_node x = pick(m);

    return i < MESA_COUNT(functions) ? functions[i](m->w.g, x)
                                     : make_bounded(m, x);
}

static mesa_node
make_pair(struct maker *m)
{
    static mesa_node (*const functions[])(struct mesa_graph *, mesa_node,
                                          mesa_node) = {
        mesa_add, mesa_sub, mesa_mul,  mesa_min,  mesa_max,
        mesa_add, mesa_sub, mesa_less, mesa_equal
    };
    size_t i = below(m, MESA_COUNT(functions) + 2);
    struct mesa_graph *g = m->w.g;
    mesa_node x = pick(m), y = partner(m, x), z;

    if (i < MESA_COUNT(functions))
        return functions[i](g, x, y);
    if (i == MESA_COUNT(functions))
        return mesa_div(g, x, plus(g, mesa_mul(g, y, y), 0.5));
    z = mesa_add(g, x, y);
    return mesa_select(g, mesa_less(g, x, mesa_scalar(g, 0.2)), y,
                       partner(m, z));
}

static mesa_node
make_reduction(struct maker *m)
{
    static mesa_node (*const axes[])(struct mesa_graph *, mesa_node,
                                     uint32_t) = { mesa_sum_axes,
                                                   mesa_mean_axes,
                                                   mesa_max_axes };
    static mesa_node (*const last[])(struct mesa_graph *, mesa_node) = {
        mesa_sum_last, mesa_mean_last, mesa_max_last, mesa_log_softmax
    };
    struct mesa_graph *g = m->w.g;
    mesa_node x = pick(m);
    uint32_t rank = mesa_node_shape(g, x, NULL);

    switch (below(m, 5)) {
    case 0:
        return below(m, 2) ? mesa_sum(g, x) : mesa_mean(g, x);
    case 1:
        return below(m, 2) ? mesa_task_sum(g, x) : mesa_task_mean(g, x);
    case 2:
        return rank > 0 ? last[below(m, 4)](g, x) : x;
    default:
        return axes[below(m, 3)](g, x,
                                 (uint32_t)below(m, (size_t)1 << rank));
    }
}

/* The extents of x in another arrangement. */
static mesa_node
make_reshape(struct maker *m, mesa_node x)
{
    size_t shape[MESA_MAX_DIMS], count = 1;
    uint32_t rank = mesa_node_shape(m->w.g, x, shape);

    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    if (count % 2 == 0 && below(m, 2))
        return mesa_reshape(m->w.g, x, MESA_SHAPE(count / 2, 2));
    if (rank == 2 && below(m, 2))
        return mesa_reshape(m->w.g, x, MESA_SHAPE(shape[1], shape[0]));
    return below(m, 2) ? mesa_reshape(m->w.g, x, MESA_SHAPE(count))
                       : mesa_reshape(m->w.g, x, MESA_SHAPE(1, count, 1));
}

static mesa_node
make_broadcast(struct maker *m, mesa_node x)
{
    size_t shape[MESA_MAX_DIMS] = { 0 }, from[MESA_MAX_DIMS];
    uint32_t rank = mesa_node_shape(m->w.g, x, from);
    uint32_t more = rank < 3 ? (uint32_t)below(m, 2) : 0;

    shape[0] = extent(m);
    for (size_t i = 0; i < rank; i++)
        shape[more + i] = from[i] == 1 ? extent(m) : from[i];
    return mesa_broadcast(m->w.g, x, rank + more, shape);
}

static mesa_node
make_slice(struct maker *m, mesa_node x)
{
    size_t shape[MESA_MAX_DIMS], start;
    uint32_t rank = mesa_node_shape(m->w.g, x, shape), axis;

    if (rank == 0)
        return x;
    axis = (uint32_t)below(m, rank);
    start = below(m, shape[axis]);
    return mesa_slice(m->w.g, x, axis, start,
                      1 + below(m, shape[axis] - start));
}

static mesa_node
make_concat(struct maker *m, mesa_node x)
{
    size_t shape[MESA_MAX_DIMS], n = 2 + below(m, 2);
    uint32_t rank = mesa_node_shape(m->w.g, x, shape), axis;
    mesa_node part[3] = { x, x, x };

    if (rank == 0)
        return x;
    axis = (uint32_t)below(m, rank);
    for (size_t i = 0; i < 10; i++) {
        size_t other[MESA_MAX_DIMS];
        mesa_node y = pick(m);

        if (mesa_node_shape(m->w.g, y, other) != rank)
            continue;
        other[axis] = shape[axis];
        if (memcmp(shape, other, rank * sizeof *shape) == 0)
            part[below(m, n)] = y;
    }
    return mesa_concat(m->w.g, part, n, axis);
}

static mesa_node
make_gather(struct maker *m, mesa_node x)
{
    size_t shape[MESA_MAX_DIMS] = { 0 };
    uint32_t rank = mesa_node_shape(m->w.g, x, shape);
    mesa_node index;

    if (rank == 0 || m->n_index == 4)
        return x;
    m->n_index++;
    index = world_index(&m->w, below(m, 2) ? MESA_SHARED : MESA_PER_TASK,
                        1 + below(m, 6), shape[0]);
    return below(m, 4) ? mesa_gather(m->w.g, x, index)
                       : mesa_one_hot(m->w.g, index, shape[0] + below(m, 2));
}

static mesa_node
make_moved(struct maker *m)
{
    mesa_node x = pick(m);

    switch (below(m, 7)) {
    case 0:
        return make_reshape(m, x);
    case 1:
        return make_broadcast(m, x);
    case 2:
        return make_slice(m, x);
    case 3:
        return make_concat(m, x);
    case 4:
        return make_gather(m, x);
    default:
        return mesa_node_shape(m->w.g, x, NULL) < 2
                   ? make_broadcast(m, x)
                   : mesa_transpose(m->w.g, x);
    }
}

/* A product with what fits, or with x itself, one of them transposed. */
static mesa_node
make_product(struct maker *m)
{
    struct mesa_graph *g = m->w.g;
    mesa_node a = 0, b;
    size_t x[MESA_MAX_DIMS], y[MESA_MAX_DIMS];
    size_t ta = below(m, 2), tb = below(m, 2);

    for (size_t i = 0; i < 10 && !a; i++) {
        b = pick(m);
        a = mesa_node_shape(g, b, x) == 2 ? b : 0;
    }
    if (!a)
        return pick(m);
    for (size_t i = 0; i < 10; i++) {
        b = pick(m);
        if (mesa_node_shape(g, b, y) == 2 && x[!ta] == y[tb])
            return mesa_matmul(g, a, b, (enum mesa_transposed)ta,
                               (enum mesa_transposed)tb);
    }
    return mesa_matmul(g, a, a, (enum mesa_transposed)ta,
                       (enum mesa_transposed)!ta);
}

static mesa_node
make_node(struct maker *m)
{
    switch (below(m, 10)) {
    case 0:
    case 1:
        return make_function(m);
    case 2:
    case 3:
    case 4:
        return make_pair(m);
    case 5:
        return make_reduction(m);
    case 6:
        return make_product(m);
    default:
        return make_moved(m);
    }
}

/* Large numbers are made small, many are summed up. */
static void
add_tame(struct maker *m, mesa_node x)
{
    double largest = 0;
    size_t most = m->is_large ? 3000 : 150;

    assert_built(&m->w);
    if (mesa_node_count(graph_at(m->w.g, x)) > most)
        x = mesa_mean_last(m->w.g, x);
    reference_extend(&m->r, m->w.g->n);
    for (size_t i = 0; i < all_elements(&m->w, x); i++)
        largest = fmax(largest, fabs(m->r.value[x][i]));
    if (largest > 3)
        x = below(m, 2) ? mesa_tanh(m->w.g, x) : mesa_sin(m->w.g, x);
    reference_extend(&m->r, m->w.g->n);
    m->pool[m->n++] = x;
}

static mesa_node
make_input(struct maker *m)
{
    size_t shape[3] = { extent(m), extent(m), extent(m) };

    return world_input(&m->w, below(m, 2) ? MESA_SHARED : MESA_PER_TASK,
                       (uint32_t)below(m, 4), shape);
}

/* The sum of what was made last, and of some of the rest. */
static mesa_node
make_y(struct maker *m)
{
    struct mesa_graph *g = m->w.g;
    mesa_node y = mesa_scalar(g, 0.0);

    for (size_t i = 0; i < 4; i++) {
        mesa_node x = i < 2 ? m->pool[m->n - 1 - i] : pick(m);

        y = mesa_add(g, y, mesa_mean(g, mesa_sin(g, x)));
    }
    if (below(m, 2))
        y = below(m, 2) ? mesa_task_mean(g, y) : mesa_task_sum(g, y);
    return y;
}

static bool
has_task_sum(const struct world *w)
{
    for (mesa_node x = 1; x < w->g->n; x++)
        if (w->g->node[x].op == OP_TASK_SUM)
            return true;
    return false;
}

static mesa_node
make_graph(struct maker *m, uint64_t i, bool is_large)
{
    struct mesa_rng root;
    size_t n;
    mesa_node y;

    memset(m, 0, sizeof *m);
    m->is_large = is_large;
    mesa_rng_seed(&root, is_large ? 8 : 7);
    m->rng = mesa_rng_derive(&root, "graph", i);
    /* Few tasks, or enough of them that they are taken in blocks. */
    world_open(&m->w, MESA_F64, 1 + i % 2 * 3 + below(m, 3));
    m->w.block = below(m, 3);
    m->w.rng = mesa_rng_derive(&root, "numbers", i);
    reference_open(&m->r, &m->w, 1, NULL);
    n = 5 + below(m, MOST_NODES - 5);
    for (m->n_wrt = 0; m->n_wrt < 1 + i % 4; m->n_wrt++) {
        m->wrt[m->n_wrt] = make_input(m);
        add_tame(m, m->wrt[m->n_wrt]);
        m->pool[m->n - 1] = m->wrt[m->n_wrt];
    }
    while (m->n < n)
        add_tame(m, make_node(m));
    y = make_y(m);
    /* Derivatives for each task cannot pass a sum over tasks. */
    if (has_task_sum(&m->w))
        y = mesa_task_mean(m->w.g, y);
    reference_close(&m->r);
    return y;
}

/* Programs for what was asked, and for any nodes, views and constants too.
 * Second derivatives of deep graphs magnify the last bits. */
static void
check_programs(struct maker *m, const struct derivatives *d, const char *what)
{
    mesa_node all[2 * MOST_WRT + 2], some[8];

    all[0] = d->y;
    all[1] = d->along;
    memcpy(all + 2, d->gradient, d->n * sizeof *all);
    memcpy(all + 2 + d->n, d->product, d->n * sizeof *all);
    assert_planned(&m->w, all, 1, 1e-12, what);
    assert_planned(&m->w, all, 2 * d->n + 2, 1e-10, what);
    for (size_t i = 0; i < MESA_COUNT(some); i++)
        do
            some[i] = (mesa_node)(1 + below(m, m->w.g->n - 1));
        while (m->w.g->node[some[i]].op == OP_INDEX);
    assert_planned(&m->w, some, MESA_COUNT(some), 1e-10, what);
}

/* Nothing can be said where the last bit decides. */
static bool
is_decided(const struct world *w)
{
    struct reference r;
    bool near;

    reference_open(&r, w, w->g->n, NULL);
    near = r.near;
    reference_close(&r);
    return !near;
}

static enum verdict
check_graph(struct maker *m, mesa_node y, const char *what)
{
    struct derivatives d;
    enum verdict verdict;

    derive(&m->w, &d, y, m->wrt, m->n_wrt);
    if (!is_decided(&m->w))
        return AT_A_KINK;
    check_programs(m, &d, what);
    verdict = check_derivatives(&m->w, &d);
    if (verdict == DIFFERS)
        fail_msg("%s: %s", what, d.message);
    return verdict;
}

static void
test_random_graphs(void **state)
{
    size_t kinks = 0;

    (void)state;
    for (uint64_t i = 0; i < GRAPHS; i++) {
        struct maker m;
        char what[40];
        mesa_node y = make_graph(&m, i, false);

        snprintf(what, sizeof what, "graph %d", (int)i);
        kinks += check_graph(&m, y, what) == AT_A_KINK;
        world_close(&m.w);
    }
    /* Where even the smallest step crosses one, nothing is compared. */
    assert_true(kinks < GRAPHS / 20);
}

/* Of values that span tiles, the programs only. */
static void
test_large_random_graphs(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < LARGE_GRAPHS; i++) {
        struct maker m;
        struct derivatives d;
        char what[40];
        mesa_node y = make_graph(&m, i, true);

        snprintf(what, sizeof what, "large graph %d", (int)i);
        derive(&m.w, &d, y, m.wrt, m.n_wrt);
        if (is_decided(&m.w))
            check_programs(&m, &d, what);
        world_close(&m.w);
    }
}

/* Networks and all kinds of steps, large enough that threads share them. */
static mesa_node
make_large(struct world *w, mesa_node *x)
{
    struct mesa_graph *g = w->g;
    mesa_node index, h, s;

    x[0] = world_input(w, MESA_PER_TASK, MESA_SHAPE(190, 170));
    x[1] = world_input(w, MESA_SHARED, MESA_SHAPE(170, 150));
    x[2] = world_input(w, MESA_SHARED, MESA_SHAPE(600, 170));
    index = world_index(w, MESA_PER_TASK, 900, 190);
    h = mesa_mul(g, mesa_scalar(g, 0.05),
                 mesa_matmul(g, x[0], x[1], MESA_PLAIN, MESA_PLAIN));
    h = mesa_log_softmax(g, mesa_sub(g, h, mesa_mean_axes(g, h, 1)));
    h = mesa_sum(g, mesa_tanh(g, mesa_gather(g, h, index)));
    s = mesa_matmul(g, x[2], x[1], MESA_PLAIN, MESA_PLAIN);
    s = mesa_add(g, mesa_sum(g, mesa_max_axes(g, s, 1)),
                 mesa_mean(g, mesa_sigmoid(g, mesa_transpose(g, s))));
    return mesa_task_mean(g, mesa_add(g, h, s));
}

/* The same bits whoever computes them. */
static void
test_threads(void **state)
{
    static const size_t threads[] = { 1, 2, 5 };
    struct world w;
    mesa_node x[3], all[4];
    double *out[3][4];

    (void)state;
    world_open(&w, MESA_F32, 5);
    all[3] = make_large(&w, x);
    mesa_grad(w.g, all[3], x, 3, all);
    for (size_t i = 0; i < MESA_COUNT(threads); i++) {
        assert_ok(mesa_parallel_set_threads(threads[i], err));
        compute(&w, all, 4, out[i]);
    }
    assert_ok(mesa_parallel_set_threads(1, err));
    for (size_t k = 0; k < 4; k++)
        for (size_t i = MESA_COUNT(threads); i-- > 0;) {
            assert_memory_equal(out[i][k], out[0][k],
                                all_elements(&w, all[k]) * sizeof(double));
            free(out[i][k]);
        }
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_graphs),
        cmocka_unit_test(test_large_random_graphs),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
