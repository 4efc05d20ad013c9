/* SPDX-License-Identifier: MIT */
/*
 * test_graph_grad.c - every operation and its derivatives, one by one: values
 * against the reference, derivatives against differences, kinks.
 */
#include "graph_differences.h"

#include "../golden/graph.h"

typedef mesa_node function(struct mesa_graph *g, mesa_node x);
typedef mesa_node pair(struct mesa_graph *g, mesa_node a, mesa_node b);

static mesa_node
positive(struct mesa_graph *g, mesa_node x)
{
    return mesa_add(g, mesa_softplus(g, x), mesa_scalar(g, 0.25));
}

static void
check_function(function *f, bool is_positive, const char *what)
{
    struct world w;
    mesa_node x;

    world_open(&w, MESA_F64, 2);
    x = world_input(&w, MESA_PER_TASK, MESA_SHAPE(3, 5));
    assert_derivatives(&w,
                       observed(w.g, f(w.g, is_positive ? positive(w.g, x)
                                                        : x)),
                       &x, 1, what);
    world_close(&w);
}

static mesa_node
third_root(struct mesa_graph *g, mesa_node x)
{
    return mesa_pow(g, x, 1.0 / 3);
}

static mesa_node
inverse_square(struct mesa_graph *g, mesa_node x)
{
    return mesa_pow(g, x, -2);
}

static mesa_node
cube(struct mesa_graph *g, mesa_node x)
{
    return mesa_pow(g, x, 3);
}

static mesa_node
clamped(struct mesa_graph *g, mesa_node x)
{
    return mesa_clamp(g, x, -0.5, 0.75);
}

static const struct {
    const char *name;
    function   *f;
    bool        is_positive;
} functions[] = {
    { "neg", mesa_neg, false },
    { "exp", mesa_exp, false },
    { "log", mesa_log, true },
    { "sqrt", mesa_sqrt, true },
    { "sin", mesa_sin, false },
    { "cos", mesa_cos, false },
    { "tanh", mesa_tanh, false },
    { "sigmoid", mesa_sigmoid, false },
    { "softplus", mesa_softplus, false },
    { "relu", mesa_relu, false },
    { "elu", mesa_elu, false },
    { "abs", mesa_abs, false },
    { "sign", mesa_sign, false },
    { "pow 1/3", third_root, true },
    { "pow -2", inverse_square, true },
    { "pow 3", cube, false },
    { "clamp", clamped, false },
    { "log_softmax", mesa_log_softmax, false },
    { "transpose", mesa_transpose, false },
    { "sum", mesa_sum, false },
    { "mean", mesa_mean, false },
    { "sum_last", mesa_sum_last, false },
    { "mean_last", mesa_mean_last, false },
    { "max_last", mesa_max_last, false },
    { "stop_gradient", mesa_stop_gradient, false },
};

static void
test_functions(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(functions); i++)
        check_function(functions[i].f, functions[i].is_positive,
                       functions[i].name);
}

/* Derivatives for two operands of the given shapes and spans. */
static void
check_pair(pair *f, const char *what, uint32_t rank_a, const size_t *shape_a,
           uint32_t rank_b, const size_t *shape_b)
{
    for (int spans = 0; spans < 4; spans++) {
        struct world w;
        mesa_node x[2];

        world_open(&w, MESA_F64, 3);
        x[0] = world_input(&w, spans & 1 ? MESA_PER_TASK : MESA_SHARED,
                           rank_a, shape_a);
        x[1] = world_input(&w, spans & 2 ? MESA_PER_TASK : MESA_SHARED,
                           rank_b, shape_b);
        assert_derivatives(&w, observed(w.g, f(w.g, x[0], x[1])), x, 2, what);
        world_close(&w);
    }
}

static mesa_node
divided(struct mesa_graph *g, mesa_node a, mesa_node b)
{
    return mesa_div(g, a, positive(g, b));
}

static mesa_node
selected(struct mesa_graph *g, mesa_node a, mesa_node b)
{
    return mesa_select(g, mesa_less(g, a, mesa_scalar(g, 0.1)),
                       mesa_mul(g, a, b), mesa_sin(g, b));
}

static mesa_node
masked(struct mesa_graph *g, mesa_node a, mesa_node b)
{
    return mesa_mul(g, mesa_equal(g, mesa_sign(g, a), mesa_sign(g, b)),
                    mesa_mul(g, a, b));
}

static const struct {
    const char *name;
    pair       *f;
} pairs[] = {
    { "add", mesa_add }, { "sub", mesa_sub },       { "mul", mesa_mul },
    { "div", divided },  { "min", mesa_min },       { "max", mesa_max },
    { "less", mesa_less }, { "select", selected }, { "equal", masked },
};

static void
test_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(pairs); i++) {
        pair *f = pairs[i].f;
        const char *name = pairs[i].name;

        check_pair(f, name, MESA_SHAPE(2, 3), MESA_SHAPE(2, 3));
        check_pair(f, name, MESA_SHAPE(2, 3), 0, NULL);
        check_pair(f, name, MESA_SHAPE(3), MESA_SHAPE(2, 1));
        check_pair(f, name, MESA_SHAPE(2, 1, 3), MESA_SHAPE(4, 1));
        check_pair(f, name, MESA_SHAPE(1, 1), MESA_SHAPE(2, 1, 1, 3));
    }
}

/* A node used twice by one operation. */
static void
test_same_operand(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(pairs); i++) {
        struct world w;
        mesa_node x;

        if (strcmp(pairs[i].name, "less") == 0 ||
            strcmp(pairs[i].name, "equal") == 0 ||
            pairs[i].f == mesa_min || pairs[i].f == mesa_max)
            continue; /* always at a kink: test_kinks */
        world_open(&w, MESA_F64, 1);
        x = world_input(&w, MESA_SHARED, MESA_SHAPE(4));
        assert_derivatives(&w, observed(w.g, pairs[i].f(w.g, x, x)), &x, 1,
                           pairs[i].name);
        world_close(&w);
    }
}

static void
test_matmul(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        bool ta = i & 1, tb = i & 2, ra = i & 16, rb = i & 32;
        const size_t a[2] = { ta ? 3 : 2, ta ? 2 : 3 };
        const size_t b[2] = { tb ? 4 : 3, tb ? 3 : 4 };
        const size_t back_a[2] = { a[1], a[0] }, back_b[2] = { b[1], b[0] };
        struct world w;
        mesa_node x[2], p, q;

        world_open(&w, MESA_F64, 2);
        /* r*: what is multiplied is a transpose itself. */
        x[0] = world_input(&w, i & 4 ? MESA_PER_TASK : MESA_SHARED, 2,
                           ra ? back_a : a);
        x[1] = world_input(&w, i & 8 ? MESA_PER_TASK : MESA_SHARED, 2,
                           rb ? back_b : b);
        p = ra ? mesa_transpose(w.g, x[0]) : x[0];
        q = rb ? mesa_transpose(w.g, x[1]) : x[1];
        p = mesa_matmul(w.g, p, q, ta ? MESA_TRANSPOSED : MESA_PLAIN,
                        tb ? MESA_TRANSPOSED : MESA_PLAIN);
        assert_derivatives(&w, observed(w.g, p), x, 2, "matmul");
        world_close(&w);
    }
}

/* Operands that are slices, broadcasts and constants. */
static void
test_matmul_of_views(void **state)
{
    struct world w;
    mesa_node x, row, part[4], y;

    (void)state;
    world_open(&w, MESA_F64, 2);
    x = world_input(&w, MESA_PER_TASK, MESA_SHAPE(4, 4));
    row = world_input(&w, MESA_SHARED, MESA_SHAPE(1, 4));
    part[0] = mesa_slice(w.g, x, 1, 1, 2);
    part[1] = mesa_broadcast(w.g, mesa_slice(w.g, row, 1, 1, 2),
                             MESA_SHAPE(4, 2));
    part[2] = mesa_broadcast(w.g, mesa_scalar(w.g, 0.5), MESA_SHAPE(4, 2));
    part[3] = mesa_reshape(w.g, mesa_slice(w.g, x, 0, 1, 2),
                           MESA_SHAPE(4, 2));
    y = mesa_scalar(w.g, 0.0);
    for (size_t i = 0; i < 16; i++)
        y = mesa_add(w.g, y,
                     observed(w.g, mesa_matmul(w.g, part[i / 4], part[i % 4],
                                               MESA_TRANSPOSED, MESA_PLAIN)));
    assert_derivatives(&w, y, (const mesa_node[]){ x, row }, 2, "views");
    world_close(&w);
}

static void
test_reductions(void **state)
{
    static mesa_node (*const over[])(struct mesa_graph *, mesa_node,
                                     uint32_t) = { mesa_sum_axes,
                                                   mesa_mean_axes,
                                                   mesa_max_axes };

    (void)state;
    for (uint32_t axes = 0; axes < 16; axes++)
        for (size_t i = 0; i < MESA_COUNT(over); i++) {
            struct world w;
            mesa_node x;

            world_open(&w, MESA_F64, 2);
            x = world_input(&w, axes & 1 ? MESA_PER_TASK : MESA_SHARED,
                            MESA_SHAPE(2, 3, 1, 4));
            assert_derivatives(&w, observed(w.g, over[i](w.g, x, axes)), &x,
                               1, "reduction");
            /* Of a view that is not dense. */
            assert_derivatives(&w,
                               observed(w.g, over[i](w.g,
                                                     mesa_transpose(w.g, x),
                                                     axes)),
                               &x, 1, "reduction of a transpose");
            world_close(&w);
        }
}

static void
test_moves(void **state)
{
    struct world w;
    mesa_node x, z, y;

    (void)state;
    world_open(&w, MESA_F64, 3);
    x = world_input(&w, MESA_PER_TASK, MESA_SHAPE(3, 4));
    z = world_input(&w, MESA_SHARED, MESA_SHAPE(3, 2));
    y = mesa_concat(w.g, (const mesa_node[]){ x, z, x }, 3, 1);
    y = mesa_concat(w.g, (const mesa_node[]){ y, mesa_exp(w.g, y) }, 2, 0);
    y = mesa_slice(w.g, mesa_slice(w.g, y, 1, 1, 7), 0, 2, 3);
    y = mesa_reshape(w.g, mesa_transpose(w.g, y), MESA_SHAPE(3, 7, 1));
    y = mesa_broadcast(w.g, y, MESA_SHAPE(2, 3, 7, 2));
    y = mesa_mul(w.g, y, mesa_slice(w.g, y, 1, 1, 1));
    assert_derivatives(&w, observed(w.g, y), (const mesa_node[]){ x, z }, 2,
                       "moves");
    world_close(&w);
}

/* Indices that repeat, and rows that none names. */
static void
test_gather(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        enum mesa_span of_x = i & 1 ? MESA_PER_TASK : MESA_SHARED;
        enum mesa_span of_index = i & 2 ? MESA_PER_TASK : MESA_SHARED;
        struct world w;
        mesa_node x, index, y, flat;

        world_open(&w, MESA_F64, 3);
        x = i & 4 ? world_input(&w, of_x, MESA_SHAPE(4))
                  : world_input(&w, of_x, MESA_SHAPE(4, 2, 3));
        index = world_index(&w, of_index, 7, 3);
        y = observed(w.g, mesa_gather(w.g, x, index));
        assert_derivatives(&w, y, &x, 1, "gather");
        flat = mesa_reshape(w.g, x, MESA_SHAPE(4, i & 4 ? 1 : 6));
        y = observed(w.g, mesa_matmul(w.g, mesa_one_hot(w.g, index, 4), flat,
                                      MESA_PLAIN, MESA_PLAIN));
        assert_derivatives(&w, y, &x, 1, "one_hot");
        y = observed(w.g, mesa_scatter_add(w.g, mesa_gather(w.g, x, index),
                                           index, 5));
        assert_derivatives(&w, y, &x, 1, "scatter_add");
        world_close(&w);
    }
}

/* The derivative of f at special values, exactly. */
static void
check_kink(function *f, size_t n, const double *at, const double *expected)
{
    struct world w;
    mesa_node x, d;
    double *out;

    world_open(&w, MESA_F64, 1);
    x = world_input(&w, MESA_SHARED, 1, &n);
    memcpy(value_of(&w, x), at, n * sizeof *at);
    mesa_grad(w.g, mesa_sum(w.g, f(w.g, x)), &x, 1, &d);
    compute(&w, &d, 1, &out);
    for (size_t i = 0; i < n; i++)
        assert_true(out[i] == expected[i]);
    free(out);
    world_close(&w);
}

static void
test_kinks(void **state)
{
    const double at[] = { -1, -0.5, -0.0, 0, 0.75, 1 };

    (void)state;
    check_kink(mesa_relu, 6, at, (double[]){ 0, 0, 0, 0, 1, 1 });
    check_kink(mesa_abs, 6, at, (double[]){ -1, -1, 0, 0, 1, 1 });
    check_kink(mesa_sign, 6, at, (double[]){ 0, 0, 0, 0, 0, 0 });
    check_kink(clamped, 6, at, (double[]){ 0, 1, 1, 1, 1, 0 });
    check_kink(mesa_elu, 2, at + 2, (double[]){ 1, 1 });
    check_kink(mesa_stop_gradient, 2, at, (double[]){ 0, 0 });
    /* The largest share, be they several. */
    check_kink(mesa_max_last, 4, (double[]){ 2, 1, 2, 0 },
               (double[]){ 0.5, 0, 0.5, 0 });
}

/* At a tie all is the first operand's; comparisons have none. */
static void
test_ties(void **state)
{
    static pair *const f[4] = { mesa_min, mesa_max, mesa_less, mesa_equal };
    static const double expected[4][2][3] = {
        { { 1, 0, 1 }, { 0, 1, 0 } },
        { { 0, 1, 1 }, { 1, 0, 0 } },
        { { 0, 0, 0 }, { 0, 0, 0 } },
        { { 0, 0, 0 }, { 0, 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct world w;
        mesa_node x[2], d[2];
        double *out[2];

        world_open(&w, MESA_F64, 1);
        for (size_t k = 0; k < 2; k++)
            x[k] = world_input(&w, MESA_SHARED, MESA_SHAPE(3));
        memcpy(value_of(&w, x[0]), (double[]){ 1, 2, 3 }, 24);
        memcpy(value_of(&w, x[1]), (double[]){ 2, 1, 3 }, 24);
        mesa_grad(w.g, mesa_sum(w.g, f[i](w.g, x[0], x[1])), x, 2, d);
        compute(&w, d, 2, out);
        for (size_t k = 0; k < 2; k++)
            assert_memory_equal(out[k], expected[i][k], 24);
        free(out[0]);
        free(out[1]);
        world_close(&w);
    }
}

/* x to the power of 5, and tanh: -2 (1 - u^2) (1 - 3 u^2) is its third. */
static void
test_higher_orders(void **state)
{
    struct world w;
    mesa_node x, y, order[7];
    double *out[7], t;

    (void)state;
    world_open(&w, MESA_F64, 1);
    x = world_input(&w, MESA_SHARED, 0, NULL);
    t = value_of(&w, x)[0] = 1.25;
    y = mesa_pow(w.g, x, 5);
    for (size_t i = 0; i < 6; i++, y = order[i - 1])
        mesa_grad(w.g, y, &x, 1, &order[i]);
    mesa_grad(w.g, mesa_tanh(w.g, x), &x, 1, &y);
    mesa_grad(w.g, y, &x, 1, &y);
    mesa_grad(w.g, y, &x, 1, &order[6]);
    compute(&w, order, 7, out);
    assert_close(out[0][0], 5 * t * t * t * t, 1e-14);
    assert_close(out[1][0], 20 * t * t * t, 1e-14);
    assert_close(out[2][0], 60 * t * t, 1e-14);
    assert_close(out[3][0], 120 * t, 1e-14);
    assert_close(out[4][0], 120.0, 1e-14);
    assert_bits_equal(out[5][0], 0.0);
    t = tanh(t);
    assert_close(out[6][0], -2 * (1 - t * t) * (1 - 3 * t * t), 1e-13);
    for (size_t i = 0; i < 7; i++)
        free(out[i]);
    world_close(&w);
}

/* Third derivatives of what has several arguments and shapes. */
static void
test_third_order(void **state)
{
    struct world w;
    mesa_node x, d, y;

    (void)state;
    world_open(&w, MESA_F64, 2);
    x = world_input(&w, MESA_PER_TASK, MESA_SHAPE(3, 3));
    y = mesa_matmul(w.g, x, x, MESA_TRANSPOSED, MESA_PLAIN);
    y = mesa_mean(w.g, mesa_mul(w.g, mesa_log_softmax(w.g, x), y));
    mesa_grad(w.g, y, &x, 1, &d);
    assert_derivatives(&w, mesa_sum(w.g, mesa_mul(w.g, d, d)), &x, 1,
                       "third order");
    world_close(&w);
}

/* As tests/golden/gen/graph.py makes them. */
static mesa_node
golden_input(struct world *w, size_t which, uint32_t rank,
             const size_t *shape)
{
    mesa_node x = world_input(w, MESA_SHARED, rank, shape);

    for (size_t i = 0; i < w->count[w->n - 1]; i++)
        w->value[w->n - 1][i] =
            ((double)((i * 37 + which * 11 + 5) % 101) - 50) / 64;
    return x;
}

static mesa_node
golden_network(struct world *w, const mesa_node *weights)
{
    struct mesa_graph *g = w->g;
    mesa_node h = golden_input(w, 0, MESA_SHAPE(5, 4));
    mesa_node target = world_index(w, MESA_SHARED, 5, 1);

    for (int64_t i = 0; i < 5; i++)
        w->index[w->n - 1][i] = i % 3;
    for (size_t k = 0; k < 3; k++) {
        h = mesa_matmul(g, h, weights[2 * k], MESA_PLAIN, MESA_PLAIN);
        h = mesa_add(g, h, weights[2 * k + 1]);
        h = k < 2 ? mesa_tanh(g, h) : mesa_log_softmax(g, h);
    }
    h = mesa_mul(g, mesa_one_hot(g, target, 3), h);
    return mesa_neg(g, mesa_mean(g, mesa_sum_last(g, h)));
}

static void
assert_golden(struct world *w, const mesa_node *x, size_t n,
              const double *golden)
{
    for (size_t i = 0; i < n; i++) {
        size_t count = all_elements(w, x[i]);
        double *out;

        compute(w, &x[i], 1, &out);
        assert_near(out, golden, count, 1e-10, "network");
        golden += count;
        free(out);
    }
}

static void
test_network(void **state)
{
    static const size_t shape[6][2] = { { 4, 6 }, { 6 },    { 6, 5 },
                                        { 5 },    { 5, 3 }, { 3 } };
    struct world w;
    mesa_node weights[6], v[6], d[6], product[6], y, along;

    (void)state;
    world_open(&w, MESA_F64, 1);
    for (size_t k = 0; k < 6; k++)
        weights[k] = golden_input(&w, 1 + k, 2 - k % 2, shape[k]);
    for (size_t k = 0; k < 6; k++)
        v[k] = golden_input(&w, 7 + k, 2 - k % 2, shape[k]);
    y = golden_network(&w, weights);
    mesa_grad(w.g, y, weights, 6, d);
    along = mesa_scalar(w.g, 0.0);
    for (size_t k = 0; k < 6; k++)
        along = mesa_add(w.g, along, inner(w.g, d[k], v[k], false));
    mesa_grad(w.g, along, weights, 6, product);
    assert_golden(&w, &y, 1, golden_loss_value);
    assert_golden(&w, d, 6, golden_gradient);
    assert_golden(&w, product, 6, golden_hvp);
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_same_operand),
        cmocka_unit_test(test_matmul),
        cmocka_unit_test(test_matmul_of_views),
        cmocka_unit_test(test_reductions),
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_gather),
        cmocka_unit_test(test_kinks),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_higher_orders),
        cmocka_unit_test(test_third_order),
        cmocka_unit_test(test_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
