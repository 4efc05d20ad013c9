/* SPDX-License-Identifier: MIT */
/*
 * test_graph.c - graphs and programs as their callers see them: shapes, what
 * is refused, equal expressions, sizes at which things grow, memory out.
 */
#include "graph_reference.h"

/* Building this fails so; a is 2 x 3, v 4, s a number, index 5 indices. */
#define REFUSED(expression, status, text)                              \
    do {                                                               \
        struct world w;                                                \
        mesa_node a, v, s, index;                                      \
        world_open(&w, MESA_F64, 2);                                   \
        a = world_input(&w, MESA_PER_TASK, MESA_SHAPE(2, 3));          \
        v = world_input(&w, MESA_SHARED, MESA_SHAPE(4));               \
        s = world_input(&w, MESA_SHARED, 0, NULL);                     \
        index = world_index(&w, MESA_SHARED, 5, 2);                    \
        assert_true(a && v && s && index);                             \
        assert_int_equal((expression), 0);                             \
        assert_error(mesa_graph_status(w.g, err), status, text);       \
        world_close(&w);                                               \
    } while (0)

static void
test_shapes_refused(void **state)
{
    (void)state;
    REFUSED(mesa_add(w.g, a, v), MESA_ESHAPE, "sum of 2 x 3 and 4");
    REFUSED(mesa_sub(w.g, v, a), MESA_ESHAPE, "difference of 4 and 2 x 3");
    REFUSED(mesa_mul(w.g, a, v), MESA_ESHAPE, "product of 2 x 3 and 4");
    REFUSED(mesa_div(w.g, a, v), MESA_ESHAPE, "quotient of 2 x 3 and 4");
    REFUSED(mesa_min(w.g, a, v), MESA_ESHAPE, "minimum of 2 x 3 and 4");
    REFUSED(mesa_max(w.g, a, v), MESA_ESHAPE, "maximum of 2 x 3 and 4");
    REFUSED(mesa_less(w.g, a, v), MESA_ESHAPE, "comparison of 2 x 3 and 4");
    REFUSED(mesa_equal(w.g, a, v), MESA_ESHAPE, "comparison of 2 x 3 and 4");
    REFUSED(mesa_select(w.g, s, a, v), MESA_ESHAPE, "choice of 2 x 3 and 4");
    REFUSED(mesa_select(w.g, v, a, s), MESA_ESHAPE, "choice of 4 and 2 x 3");
    REFUSED(mesa_matmul(w.g, a, a, MESA_PLAIN, MESA_PLAIN), MESA_ESHAPE,
            "matrix product of 2 x 3 and 2 x 3");
    REFUSED(mesa_matmul(w.g, a, v, MESA_PLAIN, MESA_PLAIN), MESA_ESHAPE,
            "matrix product of 2 x 3 and 4");
    REFUSED(mesa_matmul(w.g, s, a, MESA_PLAIN, MESA_PLAIN), MESA_ESHAPE,
            "matrix product of a number and 2 x 3");
    REFUSED(mesa_log_softmax(w.g, s), MESA_ESHAPE, "log_softmax of a number");
    REFUSED(mesa_max_last(w.g, s), MESA_ESHAPE, "a number has no last axis");
    REFUSED(mesa_sum_axes(w.g, a, 5), MESA_ESHAPE,
            "axes 0x5 reduced of a value of 2 axes");
    REFUSED(mesa_transpose(w.g, v), MESA_ESHAPE, "transpose of 1 axes");
    REFUSED(mesa_reshape(w.g, a, MESA_SHAPE(4)), MESA_ESHAPE,
            "6 numbers reshaped into 4");
    REFUSED(mesa_broadcast(w.g, a, MESA_SHAPE(2, 4)), MESA_ESHAPE,
            "extent 3 of axis 1 broadcast into 2 axes");
    REFUSED(mesa_broadcast(w.g, a, MESA_SHAPE(3)), MESA_ESHAPE,
            "extent 2 of axis 0 broadcast into 1 axes");
    REFUSED(mesa_gather(w.g, s, index), MESA_ESHAPE, "a number has no rows");
    REFUSED(mesa_input(w.g, MESA_SHARED, MESA_SHAPE(1, 1, 1, 1, 1)),
            MESA_ESHAPE, "5 axes, but at most 4 are possible");
    REFUSED(mesa_input(w.g, MESA_SHARED, MESA_SHAPE(2, 0)), MESA_ESHAPE,
            "axis 1 has extent 0");
    REFUSED(mesa_input(w.g, MESA_SHARED,
                       MESA_SHAPE((size_t)1 << 40, (size_t)1 << 40)),
            MESA_ESHAPE, "axis 1 has extent 1099511627776");
    REFUSED(mesa_index_input(w.g, MESA_SHARED, 0), MESA_ESHAPE,
            "axis 0 has extent 0");
    REFUSED(mesa_one_hot(w.g, index, 0), MESA_ESHAPE, "axis 1 has extent 0");
}

static void
test_arguments_refused(void **state)
{
    (void)state;
    REFUSED(mesa_concat(w.g, NULL, 0, 0), MESA_EINVAL,
            "nothing to concatenate");
    REFUSED(mesa_concat(w.g, (mesa_node[]){ a, v }, 2, 0), MESA_ESHAPE,
            "part 1 does not fit the first along axis 0");
    REFUSED(mesa_concat(w.g, (mesa_node[]){ a, a }, 2, 2), MESA_ESHAPE,
            "part 0 does not fit the first along axis 2");
    REFUSED(mesa_concat(w.g, (mesa_node[]){ v, v }, 2, 9), MESA_ESHAPE,
            "part 0 does not fit the first along axis 9");
    REFUSED(mesa_slice(w.g, a, 1, 2, 2), MESA_ESHAPE,
            "slice of 2 from 2 of axis 1, which has 3");
    REFUSED(mesa_slice(w.g, a, 1, 1, SIZE_MAX), MESA_ESHAPE,
            "slice of 18446744073709551615 from 1 of axis 1, which has 3");
    REFUSED(mesa_slice(w.g, a, 0, 0, 0), MESA_ESHAPE,
            "slice of 0 from 0 of axis 0, which has 2");
    REFUSED(mesa_slice(w.g, a, 2, 0, 1), MESA_ESHAPE,
            "slice of 1 from 0 of axis 2, which has 0");
    REFUSED(mesa_clamp(w.g, a, 1, 0.5), MESA_EINVAL, "clamp between 1 and 0.5");
    REFUSED(mesa_clamp(w.g, a, NAN, 1), MESA_EINVAL,
            "clamp between nan and 1");
    REFUSED(mesa_exp(w.g, 77), MESA_EINVAL, "node 77 of a graph of 5");
    REFUSED(mesa_neg(w.g, index), MESA_EINVAL, "indices used as numbers");
    REFUSED(mesa_gather(w.g, a, v), MESA_EINVAL, "numbers used as indices");
    REFUSED(mesa_one_hot(w.g, 77, 3), MESA_EINVAL, "numbers used as indices");
    REFUSED(mesa_graph_fail(w.g, MESA_EDATA, "%s of %d", "none", 3),
            MESA_EDATA, "none of 3");
}

static mesa_node
gradient(struct mesa_graph *g, mesa_node y, mesa_node x)
{
    mesa_node d;

    mesa_grad(g, y, &x, 1, &d);
    return d;
}

static void
test_gradients_refused(void **state)
{
    (void)state;
    REFUSED(gradient(w.g, a, v), MESA_ESHAPE,
            "derivative of a value of 2 axes; take its sum or mean first");
    REFUSED(gradient(w.g, mesa_sum(w.g, mesa_mul(w.g, mesa_task_sum(w.g, a),
                                                 a)), a),
            MESA_EINVAL,
            "derivative for each task of what depends on a sum over the "
            "tasks");
    REFUSED(gradient(w.g, s, index), MESA_EINVAL, "indices used as numbers");
    REFUSED(gradient(w.g, s, 99), MESA_EINVAL, "node 99 of a graph of 5");
}

static void
test_graphs_refused(void **state)
{
    struct mesa_graph *g = mesa_graph_new(MESA_I64, 1);

    (void)state;
    assert_error(mesa_graph_status(g, err), MESA_EINVAL,
                 "a graph's numbers are F32 or F64, not type 2");
    mesa_graph_free(g);
    g = mesa_graph_new(MESA_F32, 0);
    assert_error(mesa_graph_status(g, err), MESA_EINVAL,
                 "a graph of 0 tasks");
    assert_int_equal(mesa_scalar(g, 1), 0);
    mesa_graph_free(g);
    mesa_graph_free(NULL);
    mesa_program_free(NULL);
}

/* The first failure stays; whatever is made of it is nothing. */
static void
test_failure_stays(void **state)
{
    struct world w;
    mesa_node a, b, d[2] = { 7, 7 };
    struct mesa_program *p = (void *)&w;

    (void)state;
    world_open(&w, MESA_F64, 1);
    a = world_input(&w, MESA_SHARED, MESA_SHAPE(2));
    b = mesa_slice(w.g, a, 0, 1, 2);
    b = mesa_add(w.g, b, mesa_transpose(w.g, a));
    assert_int_equal(mesa_neg(w.g, a), 0);
    assert_int_equal(mesa_scalar(w.g, 1), 0);
    assert_int_equal(mesa_input(w.g, MESA_SHARED, 0, NULL), 0);
    assert_int_equal(mesa_concat(w.g, &b, 1, 0), 0);
    assert_int_equal(mesa_task_mean(w.g, b), 0);
    assert_int_equal(mesa_one_hot(w.g, b, 2), 0);
    mesa_grad(w.g, b, (mesa_node[]){ a, b }, 2, d);
    assert_int_equal(d[0] | d[1], 0);
    mesa_graph_fail(w.g, MESA_EIO, "later");
    assert_int_equal(mesa_graph_status(w.g, NULL), MESA_ESHAPE);
    assert_error(mesa_program_new(w.g, &a, 1, &p, err), MESA_ESHAPE,
                 "slice of 2 from 1 of axis 0, which has 2");
    assert_null(p);
    world_close(&w);
    /* 0 alone, without a failure, is refused as an output. */
    world_open(&w, MESA_F64, 1);
    a = world_index(&w, MESA_SHARED, 3, 1);
    b = mesa_exp(w.g, 0);
    assert_int_equal(mesa_graph_status(w.g, NULL), MESA_OK);
    assert_error(mesa_program_new(w.g, &b, 1, &p, err), MESA_EINVAL,
                 "output 0 is node 0 of a graph of 2");
    assert_error(mesa_program_new(w.g, &a, 1, &p, err), MESA_EINVAL,
                 "output 0 is node 1 of a graph of 2");
    assert_error(mesa_program_new(w.g, (mesa_node[]){ 9 }, 1, &p, err),
                 MESA_EINVAL, "output 0 is node 9 of a graph of 2");
    world_close(&w);
}

static void
assert_shape(const struct world *w, mesa_node x, enum mesa_span span,
             uint32_t rank, const size_t *shape)
{
    size_t got[MESA_MAX_DIMS];

    assert_built(w);
    assert_int_equal(mesa_node_shape(w->g, x, NULL), rank);
    assert_int_equal(mesa_node_shape(w->g, x, got), rank);
    assert_int_equal(mesa_node_span(w->g, x), span);
    for (size_t i = 0; i < rank; i++)
        assert_int_equal(got[i], shape[i]);
}

static void
test_shapes(void **state)
{
    struct world w;
    mesa_node a, b, row, index;

    (void)state;
    world_open(&w, MESA_F32, 3);
    a = world_input(&w, MESA_PER_TASK, MESA_SHAPE(2, 1, 3));
    b = world_input(&w, MESA_SHARED, MESA_SHAPE(4, 1));
    row = world_input(&w, MESA_SHARED, MESA_SHAPE(1, 5));
    index = world_index(&w, MESA_PER_TASK, 7, 4);
    assert_int_equal(mesa_graph_tasks(w.g), 3);
    assert_shape(&w, mesa_mul(w.g, a, b), MESA_PER_TASK,
                 MESA_SHAPE(2, 4, 3));
    assert_shape(&w, mesa_less(w.g, b, row), MESA_SHARED, MESA_SHAPE(4, 5));
    assert_shape(&w, mesa_select(w.g, b, row, a = mesa_sum(w.g, a)),
                 MESA_PER_TASK, MESA_SHAPE(4, 5));
    assert_shape(&w, a, MESA_PER_TASK, 0, NULL);
    assert_shape(&w, mesa_gather(w.g, b, index), MESA_PER_TASK,
                 MESA_SHAPE(7, 1));
    assert_shape(&w, mesa_one_hot(w.g, index, 9), MESA_PER_TASK,
                 MESA_SHAPE(7, 9));
    assert_shape(&w, mesa_task_mean(w.g, a), MESA_SHARED, 0, NULL);
    assert_shape(&w, mesa_matmul(w.g, b, row, MESA_PLAIN, MESA_PLAIN),
                 MESA_SHARED, MESA_SHAPE(4, 5));
    assert_shape(&w, mesa_matmul(w.g, row, b, MESA_TRANSPOSED,
                                 MESA_TRANSPOSED), MESA_SHARED,
                 MESA_SHAPE(5, 4));
    assert_shape(&w, mesa_max_axes(w.g, mesa_add(w.g, b, row), 2),
                 MESA_SHARED, MESA_SHAPE(4, 1));
    assert_shape(&w, mesa_mean_last(w.g, mesa_add(w.g, b, row)),
                 MESA_SHARED, MESA_SHAPE(4));
    assert_shape(&w, mesa_concat(w.g, (mesa_node[]){ b, b }, 2, 0),
                 MESA_SHARED, MESA_SHAPE(8, 1));
    /* Of each task, though all get the same. */
    assert_shape(&w, mesa_pow(w.g, a, 0), MESA_PER_TASK, 0, NULL);
    assert_shape(&w, mesa_mul(w.g, b, mesa_pow(w.g, a, 0)), MESA_PER_TASK,
                 MESA_SHAPE(4, 1));
    assert_int_equal(mesa_node_shape(w.g, 0, NULL), 0);
    assert_int_equal(mesa_node_span(w.g, 12345), MESA_SHARED);
    world_close(&w);
}

static void
test_equal_expressions(void **state)
{
    struct world w;
    mesa_node a, b, one, zero, d = 0, e;

    (void)state;
    world_open(&w, MESA_F64, 2);
    a = world_input(&w, MESA_SHARED, MESA_SHAPE(3, 4));
    b = world_input(&w, MESA_SHARED, MESA_SHAPE(3, 4));
    one = mesa_scalar(w.g, 1);
    zero = mesa_scalar(w.g, 0);
    assert_true(a != b);
    assert_true(mesa_scalar(w.g, -0.0) != zero);
    assert_int_equal(mesa_scalar(w.g, 1), one);
    for (int again = 0; again < 2; again++) {
        /* Many more in between, so that the table grows. */
        for (int i = 0; i < 300 * again; i++)
            mesa_scalar(w.g, i);
        e = mesa_mul(w.g, mesa_exp(w.g, mesa_add(w.g, a, b)), b);
        assert_true(!again || e == d);
        d = e;
    }
    assert_true(mesa_clamp(w.g, a, 0, 1) != mesa_clamp(w.g, a, 0, 2));
    assert_true(mesa_pow(w.g, a, 3) != mesa_pow(w.g, a, 4));
    assert_true(mesa_slice(w.g, a, 0, 0, 2) != mesa_slice(w.g, a, 0, 1, 2));
    assert_true(mesa_slice(w.g, a, 0, 0, 2) != mesa_slice(w.g, a, 1, 0, 2));
    assert_true(mesa_sum_axes(w.g, a, 1) != mesa_max_axes(w.g, a, 1));
    assert_int_equal(mesa_add(w.g, a, zero), a);
    assert_int_equal(mesa_add(w.g, zero, a), a);
    assert_int_equal(mesa_sub(w.g, a, zero), a);
    assert_int_equal(mesa_mul(w.g, one, a), a);
    assert_int_equal(mesa_div(w.g, a, one), a);
    assert_int_equal(mesa_mul(w.g, a, mesa_scalar(w.g, -1)),
                     mesa_neg(w.g, a));
    assert_int_equal(mesa_neg(w.g, mesa_neg(w.g, a)), a);
    assert_int_equal(mesa_pow(w.g, a, 1), a);
    assert_int_equal(mesa_pow(w.g, a, 2), mesa_mul(w.g, a, a));
    assert_int_equal(mesa_pow(w.g, a, 0.5), mesa_sqrt(w.g, a));
    assert_int_equal(mesa_transpose(w.g, mesa_transpose(w.g, a)), a);
    assert_int_equal(mesa_reshape(w.g, mesa_reshape(w.g, a, MESA_SHAPE(12)),
                                  MESA_SHAPE(3, 4)), a);
    assert_int_equal(mesa_broadcast(w.g, a, MESA_SHAPE(3, 4)), a);
    assert_int_equal(mesa_slice(w.g, a, 1, 0, 4), a);
    assert_int_equal(mesa_concat(w.g, &a, 1, 0), a);
    assert_int_equal(mesa_task_mean(w.g, a), a);
    assert_int_equal(mesa_sum_axes(w.g, a, 0), a);
    d = gradient(w.g, mesa_sum(w.g, mesa_tanh(w.g, a)), a);
    assert_int_equal(gradient(w.g, mesa_sum(w.g, mesa_tanh(w.g, a)), a), d);
    world_close(&w);
}

/* More operations, operands and constants than one step can take. */
static void
test_long_chains(void **state)
{
    struct world w;
    mesa_node x[10], t, view;

    (void)state;
    world_open(&w, MESA_F64, 2);
    for (size_t i = 0; i < 10; i++)
        x[i] = world_input(&w, i % 2 ? MESA_SHARED : MESA_PER_TASK,
                           MESA_SHAPE(i % 3 ? 7 : 1, i % 4 ? 9 : 1));
    t = mesa_add(w.g, mesa_add(w.g, x[0], x[1]), x[5]);
    for (int i = 0; i < 300; i++) {
        view = mesa_mul(w.g, x[i % 10], mesa_scalar(w.g, 0.01 * (i % 57)));
        t = mesa_sin(w.g, mesa_select(w.g, mesa_less(w.g, t, x[i % 7]),
                                      mesa_add(w.g, t, view),
                                      mesa_sub(w.g, t, x[(i + 3) % 10])));
    }
    assert_planned(&w, &t, 1, 1e-10, "a long chain");
    world_close(&w);
}

/* Each operation with a constant and a repeated row of its own: all of them
 * need a place in the cache at once. */
static void
test_many_operands(void **state)
{
    (void)state;
    for (size_t n = 1; n < 40; n++) {
        struct world w;
        mesa_node x, rows, t, factor;

        world_open(&w, MESA_F64, 2);
        x = world_input(&w, MESA_PER_TASK, MESA_SHAPE(5, 9));
        rows = world_input(&w, MESA_SHARED, MESA_SHAPE(80, 9));
        for (size_t i = 0; i < 720; i += 3)
            value_of(&w, rows)[i] = 0;
        t = x;
        for (size_t i = 0; i < n; i++) {
            t = mesa_select(w.g, mesa_slice(w.g, rows, 0, i, 1), t,
                            mesa_slice(w.g, rows, 0, 40 + i, 1));
            factor = mesa_scalar(w.g, 1.5 - 0.03 * (double)i);
            t = i % 3 ? t : mesa_mul(w.g, t, factor);
        }
        for (size_t i = 0; i < n; i++)
            t = mesa_mul(w.g, t, mesa_scalar(w.g, 0.9 + 0.01 * (double)i));
        assert_planned(&w, &t, 1, 1e-12, "many operands");
        world_close(&w);
    }
}

/* At whatever size the arrays of the graph grow. */
static void
test_growth(void **state)
{
    (void)state;
    for (size_t n = 0; n < 140; n++) {
        struct world w;
        mesa_node x, d[2];

        world_open(&w, MESA_F64, 1);
        x = world_input(&w, MESA_SHARED, MESA_SHAPE(2, 3));
        for (size_t i = 0; i < n; i++)
            mesa_scalar(w.g, (double)i + 2);
        d[0] = mesa_pow(w.g, x, 0);
        mesa_grad(w.g, mesa_scalar(w.g, 2), &x, 1, &d[1]);
        assert_planned(&w, d, 2, 0, "growth");
        for (int i = 0; i < 2; i++) {
            size_t shape[MESA_MAX_DIMS];

            assert_int_equal(mesa_node_shape(w.g, d[i], shape), 2);
            assert_true(shape[0] == 2 && shape[1] == 3);
        }
        world_close(&w);
    }
}

/* Every allocation fails once: nothing is lost, and it is said. */
static mesa_status
build_and_run(struct mesa_error *err)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 5);
    struct mesa_program *p = NULL, *q = NULL;
    float x[15] = { 1, 2, 3, 4, 5, 6 }, y[5], d[15], sum;
    int64_t rows[2] = { 1, 0 };
    mesa_node in, index, out[3], t;
    mesa_status st;

    if (!g)
        return mesa_nomem(err, 1, "graph");
    in = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(3, 1));
    index = mesa_index_input(g, MESA_SHARED, 2);
    t = mesa_gather(g, mesa_exp(g, in), index);
    t = mesa_concat(g, (mesa_node[]){ t, in }, 2, 0);
    for (int i = 0; i < 70; i++)
        t = mesa_tanh(g, mesa_add(g, t, mesa_scalar(g, i)));
    t = mesa_matmul(g, t, t, MESA_PLAIN, MESA_TRANSPOSED);
    out[0] = mesa_sum(g, t);
    mesa_grad(g, out[0], &in, 1, &out[1]);
    out[2] = mesa_task_sum(g, out[0]);
    st = mesa_program_new(g, out, 3, &p, err);
    mesa_graph_free(g);
    if (st == MESA_OK)
        st = mesa_program_copy(p, &q, err);
    mesa_program_free(p);
    if (st == MESA_OK) {
        mesa_program_bind(q, in, x);
        mesa_program_bind(q, index, rows);
        mesa_program_bind(q, out[0], y);
        mesa_program_bind(q, out[1], d);
        mesa_program_bind(q, out[2], &sum);
        st = mesa_program_run(q, err);
    } else {
        assert_null(q);
    }
    mesa_program_free(q);
    return st;
}

static void
test_out_of_memory(void **state)
{
    uint64_t live = mesa_memory_live(), k = 0;
    struct mesa_error err;
    mesa_status st;

    (void)state;
    do {
        mesa_memory_fail_at(k++);
        st = build_and_run(&err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_int_equal(mesa_memory_live(), live);
        if (st != MESA_OK) {
            assert_int_equal(st, MESA_ENOMEM);
            assert_memory_equal(err.message, "out of memory: ", 15);
        }
    } while (st != MESA_OK && k < 1000);
    assert_int_equal(st, MESA_OK);
    assert_true(k > 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes_refused),
        cmocka_unit_test(test_arguments_refused),
        cmocka_unit_test(test_gradients_refused),
        cmocka_unit_test(test_graphs_refused),
        cmocka_unit_test(test_failure_stays),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_equal_expressions),
        cmocka_unit_test(test_long_chains),
        cmocka_unit_test(test_many_operands),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
