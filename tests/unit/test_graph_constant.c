/* SPDX-License-Identifier: MIT */
/* test_graph_constant.c - numbers that a graph and its programs bring along. */
#include "graph_fixture.h"

/* 2 by 3, none of them a float's neighbour of the other. */
static const double six[6] = { 0.1, -0.2, 3.0, 1e-3, -50.0, 0.7 };

/* x (3) times the constant, for each task. */
static void
multiplies(enum mesa_dtype dtype, size_t n_tasks)
{
    struct world w;
    double *out;
    mesa_node x, y;

    world_open(&w, dtype, n_tasks);
    x = world_input(&w, n_tasks > 1 ? MESA_PER_TASK : MESA_SHARED,
                    MESA_SHAPE(3));
    y = mesa_mul(w.g, x, mesa_constant(w.g, MESA_SHAPE(2, 3), six));
    compute(&w, &y, 1, &out);
    for (size_t i = 0; i < 6 * n_tasks; i++) {
        double a = value_of(&w, x)[i / 6 * 3 + i % 3], c = six[i % 6];

        assert_true(out[i] == (dtype == MESA_F32 ? (float)a * (float)c
                                                 : a * c));
    }
    free(out);
    world_close(&w);
}

static void
test_values(void **state)
{
    (void)state;
    multiplies(MESA_F64, 1);
    multiplies(MESA_F32, 1);
    multiplies(MESA_F64, 37);
    multiplies(MESA_F32, 37);
}

/* Neither the caller's numbers nor the graph need to be there any more. */
static void
test_copied(void **state)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    double mine[6], x[3] = { 1, 2, 3 }, y[2][2];
    struct mesa_program *p, *q;
    mesa_node in, out;

    (void)state;
    memcpy(mine, six, sizeof mine);
    in = mesa_input(g, MESA_SHARED, MESA_SHAPE(3));
    out = mesa_sum_last(g, mesa_mul(g, in, mesa_constant(g, MESA_SHAPE(2, 3),
                                                         mine)));
    memset(mine, 0, sizeof mine);
    assert_ok(mesa_program_new(g, &out, 1, &p, err));
    mesa_graph_free(g);
    assert_ok(mesa_program_copy(p, &q, err));
    mesa_program_bind(p, in, x);
    mesa_program_bind(p, out, y[0]);
    assert_ok(mesa_program_run(p, err));
    mesa_program_free(p);
    mesa_program_bind(q, in, x);
    mesa_program_bind(q, out, y[1]);
    assert_ok(mesa_program_run(q, err));
    mesa_program_free(q);
    assert_close(y[0][0], 8.7, 1e-15);
    assert_close(y[0][1], -97.899, 1e-15);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
}

/* As any input has them, of the first and second order; and nothing by what
 * it does not depend on. */
static void
test_derivatives(void **state)
{
    struct world w;
    double *out[3];
    mesa_node x, c, y, d[3];

    (void)state;
    world_open(&w, MESA_F64, 1);
    x = world_input(&w, MESA_SHARED, MESA_SHAPE(2, 3));
    c = mesa_constant(w.g, MESA_SHAPE(2, 3), six);
    y = mesa_sum(w.g, mesa_mul(w.g, c, mesa_mul(w.g, x, x)));
    mesa_grad(w.g, y, &x, 1, &d[0]);
    mesa_grad(w.g, mesa_sum(w.g, d[0]), &x, 1, &d[1]);
    mesa_grad(w.g, mesa_sum(w.g, mesa_mul(w.g, c, c)), &x, 1, &d[2]);
    compute(&w, d, 3, out);
    for (size_t i = 0; i < 6; i++) {
        assert_close(out[0][i], 2 * six[i] * value_of(&w, x)[i], 1e-15);
        assert_close(out[1][i], 2 * six[i], 1e-15);
        assert_bits_equal(out[2][i], 0);
    }
    for (size_t i = 0; i < 3; i++)
        free(out[i]);
    world_close(&w);
}

/* A derivative may be nothing but a constant, and is bound like any output:
 * that takes nothing away from whoever else reads the constant. */
static void
test_output(void **state)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    double x[6] = { 1, 1, 1, 1, 1, 1 }, gradient[6] = { 0 }, sum = 0;
    struct mesa_program *p;
    mesa_node in, out[2];

    (void)state;
    in = mesa_input(g, MESA_SHARED, MESA_SHAPE(2, 3));
    out[0] = mesa_sum(g, mesa_mul(g, in, mesa_constant(g, MESA_SHAPE(2, 3),
                                                       six)));
    mesa_grad(g, out[0], &in, 1, &out[1]);
    assert_ok(mesa_program_new(g, out, 2, &p, err));
    mesa_graph_free(g);
    mesa_program_bind(p, in, x);
    mesa_program_bind(p, out[0], &sum);
    mesa_program_bind(p, out[1], gradient);
    for (size_t i = 0; i < 2; i++) {
        assert_ok(mesa_program_run(p, err));
        assert_memory_equal(gradient, six, sizeof six);
        assert_close(sum, -46.399, 1e-14);
        memset(gradient, 0, sizeof gradient);
    }
    mesa_program_free(p);
}

/* Read through views, by products, as a single number. */
static void
test_views(void **state)
{
    struct world w;
    double *out[4];
    mesa_node x, c, y[4];

    (void)state;
    world_open(&w, MESA_F64, 1);
    x = world_input(&w, MESA_SHARED, MESA_SHAPE(3, 2));
    c = mesa_constant(w.g, MESA_SHAPE(2, 3), six);
    y[0] = mesa_matmul(w.g, c, x, MESA_PLAIN, MESA_PLAIN);
    y[1] = mesa_matmul(w.g, c, x, MESA_TRANSPOSED, MESA_TRANSPOSED);
    y[2] = mesa_add(w.g, mesa_transpose(w.g, c), x);
    y[3] = mesa_mul(w.g, mesa_constant(w.g, 0, NULL, &six[3]),
                    mesa_slice(w.g, c, 1, 2, 1));
    compute(&w, y, 4, out);
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 2; j++) {
            const double *v = value_of(&w, x) + j, *r = six + 3 * i;

            assert_close(out[0][2 * i + j],
                         r[0] * v[0] + r[1] * v[2] + r[2] * v[4], 1e-12);
        }
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            const double *v = value_of(&w, x) + 2 * j;

            assert_close(out[1][3 * i + j], six[i] * v[0] + six[3 + i] * v[1],
                         1e-12);
        }
    for (size_t i = 0; i < 6; i++)
        assert_true(out[2][i] == six[i % 2 * 3 + i / 2] + value_of(&w, x)[i]);
    assert_true(out[3][0] == six[3] * six[2]);
    assert_true(out[3][1] == six[3] * six[5]);
    for (size_t i = 0; i < 4; i++)
        free(out[i]);
    world_close(&w);
}

/* Many copies at a time; each reads what the first one brought. */
struct job {
    const struct mesa_program *program;
    mesa_node                  in, out;
    double                     found[16];
};

static mesa_status
run_copy(void *context, size_t i, struct mesa_error *err)
{
    struct job *job = context;
    double x[3] = { (double)i, 1, 1 };
    struct mesa_program *p;
    mesa_status st = mesa_program_copy(job->program, &p, err);

    if (st != MESA_OK)
        return st;
    mesa_program_bind(p, job->in, x);
    mesa_program_bind(p, job->out, &job->found[i]);
    st = mesa_program_run(p, err);
    mesa_program_free(p);
    return st;
}

static void
test_threads(void **state)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    struct mesa_program *p;
    struct job job;

    (void)state;
    job.in = mesa_input(g, MESA_SHARED, MESA_SHAPE(3));
    job.out = mesa_sum(g, mesa_mul(g, job.in, mesa_constant(g, MESA_SHAPE(3),
                                                            six + 2)));
    assert_ok(mesa_program_new(g, &job.out, 1, &p, err));
    mesa_graph_free(g);
    job.program = p;
    assert_ok(mesa_parallel_set_threads(4, err));
    assert_ok(mesa_parallel_for(16, run_copy, &job, err));
    assert_ok(mesa_parallel_set_threads(1, err));
    for (size_t i = 0; i < 16; i++)
        assert_close(job.found[i], 3.0 * (double)i - 49.999, 1e-14);
    mesa_program_free(p);
}

/* A shape that no input may have is refused as an input's is. */
static void
test_refused(void **state)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);

    (void)state;
    assert_int_equal(mesa_constant(g, MESA_SHAPE(2, 0), six), 0);
    assert_int_not_equal(mesa_graph_status(g, NULL), MESA_OK);
    mesa_graph_free(g);
}

static mesa_status
all_of_it(struct mesa_error *err)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 3);
    struct mesa_program *p = NULL, *q = NULL;
    mesa_status st = MESA_ENOMEM;
    mesa_node x, y;

    if (g) {
        x = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(2, 3));
        y = mesa_mul(g, x, mesa_constant(g, MESA_SHAPE(2, 3), six));
        y = mesa_add(g, y, mesa_constant(g, MESA_SHAPE(3), six));
        st = mesa_program_new(g, &y, 1, &p, err);
    }
    if (st == MESA_OK)
        st = mesa_program_copy(p, &q, err);
    mesa_program_free(p);
    mesa_program_free(q);
    mesa_graph_free(g);
    return st;
}

static void
test_memory(void **state)
{
    uint64_t live = mesa_memory_live();
    mesa_status st = MESA_ENOMEM;
    struct mesa_error err;

    (void)state;
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        mesa_memory_fail_at(k);
        st = all_of_it(&err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_int_equal(mesa_memory_live(), live);
    }
    assert_int_equal(st, MESA_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_copied),
        cmocka_unit_test(test_derivatives),
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests_name("graph_constant", tests, NULL, NULL);
}
