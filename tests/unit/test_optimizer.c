/* SPDX-License-Identifier: MIT */
/* test_optimizer.c - sgd and adam against torch, schedules, state, refusals. */
#include "test.h"

#include <math.h>

#include "../golden/optimizer.h"

enum { MOST = 3 };

/* The same arithmetic as in gen/optimizer.py. */
static double
gradient(size_t step, size_t i)
{
    return ((double)((step * 7 + i * 5) % 11) - 5) / 8 + (i == 4) * 1e3;
}

/* A program that is one step of an optimizer, with gradients from outside. */
struct stepper {
    struct mesa_optimizer *o;
    struct mesa_program   *p;
    double param[2 * GOLDEN_WIDTH], grad[2 * GOLDEN_WIDTH];
    float  param32[GOLDEN_WIDTH], grad32[GOLDEN_WIDTH];
};

static void
make_stepper(struct stepper *s, const struct mesa_optimizer_options *options,
             enum mesa_dtype dtype, enum mesa_span span)
{
    struct mesa_graph *g = mesa_graph_new(dtype, 2);
    mesa_node param = mesa_input(g, span, MESA_SHAPE(GOLDEN_WIDTH));
    mesa_node grad = mesa_input(g, span, MESA_SHAPE(GOLDEN_WIDTH));
    mesa_node out[MOST];

    assert_ok(mesa_optimizer_new(g, options, &param, &grad, 1, out, &s->o,
                                 err));
    assert_true(mesa_optimizer_n_state(s->o) < MOST);
    mesa_optimizer_state(s->o, out + 1);
    assert_ok(mesa_program_new(g, out, 1 + mesa_optimizer_n_state(s->o),
                               &s->p, err));
    mesa_graph_free(g);
    mesa_optimizer_bind(s->o, s->p);
    for (size_t i = 0; i < 2 * GOLDEN_WIDTH; i++) {
        s->param[i] = golden_start[i % GOLDEN_WIDTH];
        s->param32[i % GOLDEN_WIDTH] = (float)s->param[i];
    }
    if (dtype == MESA_F32) {
        mesa_program_bind(s->p, param, s->param32);
        mesa_program_bind(s->p, grad, s->grad32);
        mesa_program_bind(s->p, out[0], s->param32);
    } else {
        mesa_program_bind(s->p, param, s->param);
        mesa_program_bind(s->p, grad, s->grad);
        mesa_program_bind(s->p, out[0], s->param);
    }
}

static void
free_stepper(struct stepper *s)
{
    mesa_optimizer_free(s->o);
    mesa_program_free(s->p);
}

/* Steps from ... to - 1; the second task's gradients are twice the first's. */
static void
go(struct stepper *s, size_t from, size_t to)
{
    for (size_t step = from; step < to; step++) {
        for (size_t i = 0; i < GOLDEN_WIDTH; i++) {
            s->grad[i] = gradient(step, i);
            s->grad[GOLDEN_WIDTH + i] = 2 * s->grad[i];
            s->grad32[i] = (float)s->grad[i];
        }
        mesa_optimizer_step(s->o);
        assert_ok(mesa_program_run(s->p, err));
    }
}

static void
expect_golden(const struct mesa_optimizer_options *options,
              const double *golden)
{
    struct stepper s;

    make_stepper(&s, options, MESA_F64, MESA_SHARED);
    go(&s, 0, GOLDEN_STEPS);
    for (size_t i = 0; i < GOLDEN_WIDTH; i++)
        assert_close(s.param[i], golden[i], 1e-12);
    free_stepper(&s);
    make_stepper(&s, options, MESA_F32, MESA_SHARED);
    go(&s, 0, GOLDEN_STEPS);
    for (size_t i = 0; i < GOLDEN_WIDTH; i++)
        assert_true(fabs((double)s.param32[i] - golden[i]) <=
                    1e-5 * fmax(1, fabs(golden[i])));
    free_stepper(&s);
}

static void
test_adam(void **state)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();

    (void)state;
    expect_golden(&o, golden_adam);
    o.learning_rate = 0.1;
    o.beta1 = 0.5;
    o.beta2 = 0.7;
    o.epsilon = 0.01;
    expect_golden(&o, golden_adam_constants);
    o = mesa_optimizer_defaults();
    o.learning_rate = 0.01;
    o.beta1 = 0;
    o.beta2 = 0.99;
    expect_golden(&o, golden_adam_no_mean);
    o = mesa_optimizer_defaults();
    o.learning_rate = 0.05;
    o.schedule = MESA_STEP;
    o.period = 5;
    o.gamma = 0.3;
    expect_golden(&o, golden_adam_step);
    o.schedule = MESA_COSINE;
    o.period = 12;
    expect_golden(&o, golden_adam_cosine);
}

static void
test_sgd(void **state)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();

    (void)state;
    o.solver = MESA_SGD;
    o.learning_rate = 0.1;
    expect_golden(&o, golden_sgd);
    o.schedule = MESA_LINEAR;
    o.period = 8;
    expect_golden(&o, golden_sgd_linear);
    o.schedule = MESA_CONSTANT;
    o.momentum = 0.9;
    expect_golden(&o, golden_sgd_momentum);
    o.nesterov = true;
    expect_golden(&o, golden_sgd_nesterov);
}

static void
test_rates(void **state)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();

    (void)state;
    o.learning_rate = 2;
    assert_bits_equal(mesa_optimizer_rate(&o, 1000), 2);
    o.schedule = MESA_STEP;
    o.period = 10;
    o.gamma = 0.5;
    assert_bits_equal(mesa_optimizer_rate(&o, 9), 2);
    assert_bits_equal(mesa_optimizer_rate(&o, 10), 1);
    assert_bits_equal(mesa_optimizer_rate(&o, 39), 0.25);
    o.schedule = MESA_COSINE;
    assert_bits_equal(mesa_optimizer_rate(&o, 0), 2);
    assert_close(mesa_optimizer_rate(&o, 5), 1, 1e-15);
    assert_bits_equal(mesa_optimizer_rate(&o, 10), 0);
    assert_bits_equal(mesa_optimizer_rate(&o, 99), 0);
    o.schedule = MESA_LINEAR;
    assert_bits_equal(mesa_optimizer_rate(&o, 5), 1);
    assert_bits_equal(mesa_optimizer_rate(&o, 11), 0);
}

/* Each task has moments of its own; Adam does not see a gradient's scale. */
static void
test_tasks(void **state)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();
    struct stepper s, one;

    (void)state;
    make_stepper(&s, &o, MESA_F64, MESA_PER_TASK);
    make_stepper(&one, &o, MESA_F64, MESA_SHARED);
    go(&s, 0, 5);
    go(&one, 0, 5);
    for (size_t i = 0; i < GOLDEN_WIDTH; i++) {
        assert_bits_equal(s.param[i], one.param[i]);
        assert_close(s.param[GOLDEN_WIDTH + i], one.param[i], 1e-6);
    }
    free_stepper(&s);
    free_stepper(&one);
}

/* scale multiplies from the next step on; reset forgets that too. */
static void
test_scale(void **state)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();
    struct stepper s;

    (void)state;
    o.solver = MESA_SGD;
    o.learning_rate = 0.5;
    make_stepper(&s, &o, MESA_F64, MESA_SHARED);
    assert_int_equal(mesa_optimizer_n_state(s.o), 0);
    mesa_optimizer_scale(s.o, 0.5);
    mesa_optimizer_scale(s.o, 0.5);
    go(&s, 0, 1);
    assert_bits_equal(s.param[0], golden_start[0] - 0.125 * gradient(0, 0));
    mesa_optimizer_reset(s.o);
    s.param[0] = golden_start[0];
    go(&s, 0, 1);
    assert_bits_equal(s.param[0], golden_start[0] - 0.5 * gradient(0, 0));
    free_stepper(&s);
}

/* Six steps, saved, loaded elsewhere, six more: as if twelve in one go. */
static void
resume(const struct mesa_optimizer_options *o, enum mesa_dtype dtype)
{
    struct mesa_archive *a = mesa_archive_new();
    struct stepper s, t;

    make_stepper(&s, o, dtype, MESA_SHARED);
    make_stepper(&t, o, dtype, MESA_SHARED);
    mesa_optimizer_scale(s.o, 0.75);
    go(&s, 0, 6);
    assert_ok(mesa_optimizer_save(s.o, a, "opt", err));
    memcpy(t.param, s.param, sizeof t.param);
    memcpy(t.param32, s.param32, sizeof t.param32);
    go(&s, 6, 12);
    assert_ok(mesa_optimizer_load(t.o, a, "opt", err));
    go(&t, 6, 12);
    assert_memory_equal(s.param, t.param, sizeof s.param);
    assert_memory_equal(s.param32, t.param32, sizeof s.param32);
    mesa_archive_free(a);
    free_stepper(&s);
    free_stepper(&t);
}

static void
test_resume(void **state)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();

    (void)state;
    o.schedule = MESA_STEP;
    o.period = 4;
    o.gamma = 0.5;
    resume(&o, MESA_F32);
    resume(&o, MESA_F64);
    o.solver = MESA_SGD;
    o.momentum = 0.5;
    resume(&o, MESA_F32);
}

/* An archive of one moment of Adam's and the counters, one of them bad. */
static struct mesa_archive *
damaged(uint64_t steps, double scale, double first, size_t width)
{
    struct mesa_archive *a = mesa_archive_new();
    double moment[GOLDEN_WIDTH] = { 0 };

    moment[0] = first;
    assert_ok(mesa_archive_put_vector(a, "o.step", MESA_U64, 1, &steps, err));
    assert_ok(mesa_archive_put_vector(a, "o.scale", MESA_F64, 1, &scale,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "o.0", MESA_F64, width, moment,
                                      err));
    return a;
}

static void
expect_unloadable(struct stepper *s, struct mesa_archive *a, const char *text)
{
    assert_error(mesa_optimizer_load(s->o, a, "o", err), MESA_EPARSE, text);
    mesa_archive_free(a);
}

static void
test_damage(void **state)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();
    struct stepper s;

    (void)state;
    o.solver = MESA_SGD;
    o.momentum = 0.5;
    make_stepper(&s, &o, MESA_F64, MESA_SHARED);
    expect_unloadable(&s, damaged(1, 1, NAN, GOLDEN_WIDTH),
                      "o.0 has values that are not finite");
    expect_unloadable(&s, damaged(1, INFINITY, 0, GOLDEN_WIDTH),
                      "o.scale has values that are not finite");
    expect_unloadable(&s, damaged(UINT64_MAX, 1, 0, GOLDEN_WIDTH),
                      "o.step is 18446744073709551615");
    expect_unloadable(&s, damaged(1, 1, 0, 2),
                      "tensor 'o.0' is F64 of 2, expected F64 of 5");
    go(&s, 0, 1);
    assert_bits_equal(s.param[0],
                      golden_start[0] - 0.001 * gradient(0, 0));
    free_stepper(&s);
}

static void
expect_refusal(const struct mesa_optimizer_options *o, const char *text)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 1);
    mesa_node x = mesa_input(g, MESA_SHARED, MESA_SHAPE(2)), out;
    struct mesa_optimizer *optimizer;

    assert_error(mesa_optimizer_new(g, o, &x, &x, 1, &out, &optimizer, err),
                 MESA_EINVAL, text);
    assert_null(optimizer);
    mesa_graph_free(g);
}

static void
test_refusals(void **state)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();

    (void)state;
    o.learning_rate = -1;
    expect_refusal(&o, "learning_rate is -1, must be >= 0");
    o.learning_rate = 1;
    o.epsilon = -1;
    expect_refusal(&o, "epsilon is -1, must be >= 0");
    o.beta2 = 1;
    expect_refusal(&o, "beta1 is 0.9 and beta2 1, must be >= 0 and < 1");
    o.solver = MESA_SGD;
    o.momentum = 1;
    expect_refusal(&o, "momentum is 1, must be >= 0 and < 1");
    o.schedule = MESA_STEP;
    o.period = 0;
    expect_refusal(&o, "period is 0, must be > 0");
}

static void
test_shapes(void **state)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();
    struct mesa_graph *g = mesa_graph_new(MESA_F32, 2);
    mesa_node x[2] = { mesa_input(g, MESA_SHARED, MESA_SHAPE(2)),
                       mesa_input(g, MESA_SHARED, MESA_SHAPE(2)) };
    mesa_node grad[2] = { x[0], mesa_input(g, MESA_SHARED, MESA_SHAPE(3)) };
    mesa_node out[2];
    struct mesa_optimizer *optimizer;

    (void)state;
    assert_error(mesa_optimizer_new(g, &o, x, grad, 2, out, &optimizer, err),
                 MESA_ESHAPE,
                 "gradient 1 is not of its parameter's shape and span");
    grad[1] = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(2));
    assert_error(mesa_optimizer_new(g, &o, x, grad, 2, out, &optimizer, err),
                 MESA_ESHAPE,
                 "gradient 1 is not of its parameter's shape and span");
    grad[1] = mesa_graph_fail(g, MESA_EINVAL, "no loss");
    assert_error(mesa_optimizer_new(g, &o, x, grad, 2, out, &optimizer, err),
                 MESA_EINVAL, "no loss");
    mesa_graph_free(g);
}

static void
test_allocation_failures(void **state)
{
    struct mesa_optimizer_options o = mesa_optimizer_defaults();
    uint64_t before = mesa_memory_live();
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st != MESA_OK && k < 100; k++) {
        struct mesa_graph *g = mesa_graph_new(MESA_F32, 2);
        mesa_node x = mesa_input(g, MESA_SHARED, MESA_SHAPE(2)), out;
        struct mesa_optimizer *optimizer;
        struct mesa_error err;

        mesa_memory_fail_at(k);
        st = mesa_optimizer_new(g, &o, &x, &x, 1, &out, &optimizer, &err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        mesa_optimizer_free(optimizer);
        mesa_graph_free(g);
        assert_int_equal(mesa_memory_live(), before);
    }
    assert_int_equal(st, MESA_OK);
    mesa_optimizer_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adam),
        cmocka_unit_test(test_sgd),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_tasks),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_allocation_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
