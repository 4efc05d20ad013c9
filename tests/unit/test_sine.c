/* SPDX-License-Identifier: MIT */
/* test_sine.c - the learner sine: one frequency, and its derivative. */
#include "maker.h"

#include <math.h>

const struct mesa_plugin *mesa_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "learners", "sine", mesa_plugin },
    { NULL, NULL, NULL },
};

static struct maker maker = { .registry = { .builtins = plugins } };

static void
expect_start(const char *words, size_t inputs, size_t outputs, double from)
{
    struct mesa_weights *w;
    struct mesa_rng rng;
    const struct mesa_weight *frequency;

    assert_ok(maker_make(&maker, MESA_KIND_ESTIMATOR, "sine", words, err));
    assert_ok(mesa_estimator_weights(maker.made, inputs, outputs, MESA_F64,
                                     &w, err));
    mesa_rng_seed(&rng, 1);
    mesa_weights_draw(w, &rng);
    assert_int_equal(mesa_weights_count(w), 1);
    frequency = mesa_weights_get(w, 0);
    assert_string_equal(frequency->name, "frequency");
    assert_int_equal(frequency->shape[0], inputs);
    assert_int_equal(frequency->shape[1], outputs);
    for (size_t i = 0; i < inputs * outputs; i++)
        assert_bits_equal(((double *)mesa_weights_data(w, 0))[i], from);
    mesa_weights_free(w);
}

static void
test_starts_where_it_is_told(void **state)
{
    (void)state;
    expect_start("", 1, 1, 0.1);
    expect_start("frequency=-2.5", 3, 2, -2.5);
}

enum { ROWS = 3, INPUTS = 2, OUTPUTS = 2 };

/* sin(x W), and the derivative of its sum with respect to W. */
static void
test_is_a_sine_of_the_product(void **state)
{
    double x[ROWS * INPUTS] = { 0.5, -1, 2, 0.25, -3, 1.5 };
    double w[INPUTS * OUTPUTS] = { 0.1, -0.7, 1.3, 2 };
    double y[ROWS * OUTPUTS], d[INPUTS * OUTPUTS], expected[4] = { 0 };
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    mesa_node in = mesa_input(g, MESA_SHARED, MESA_SHAPE(ROWS, INPUTS));
    mesa_node at = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(INPUTS, OUTPUTS));
    mesa_node out[2];
    struct mesa_program *p;

    (void)state;
    assert_ok(maker_make(&maker, MESA_KIND_ESTIMATOR, "sine", "", err));
    out[0] = mesa_estimator_forward(maker.made, g, &at, in);
    mesa_grad(g, mesa_sum(g, out[0]), &at, 1, &out[1]);
    assert_ok(mesa_program_new(g, out, 2, &p, err));
    mesa_program_bind(p, in, x);
    mesa_program_bind(p, at, w);
    mesa_program_bind(p, out[0], y);
    mesa_program_bind(p, out[1], d);
    assert_ok(mesa_program_run(p, err));
    for (int r = 0; r < ROWS; r++)
        for (int o = 0; o < OUTPUTS; o++) {
            double angle = x[2 * r] * w[o] + x[2 * r + 1] * w[2 + o];

            assert_close(y[2 * r + o], sin(angle), 1e-14);
            for (int i = 0; i < INPUTS; i++)
                expected[2 * i + o] += cos(angle) * x[2 * r + i];
        }
    for (int i = 0; i < INPUTS * OUTPUTS; i++)
        assert_close(d[i], expected[i], 1e-13);
    mesa_program_free(p);
    mesa_graph_free(g);
}

static void
test_fits_nothing_by_itself(void **state)
{
    double x = 1;
    struct mesa_dataset data = { .x = { .data = &x, .rows = 1, .cols = 1 } };
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 1);
    assert_ok(maker_make(&maker, MESA_KIND_ESTIMATOR, "sine", "", err));
    assert_error(mesa_estimator_fit(maker.made, &data, NULL, &rng, err),
                 MESA_ENOTSUP,
                 "[estimator] sine cannot be fitted by itself: it is for "
                 "metalearners that take tasks");
}

static int
tear_down(void **state)
{
    (void)state;
    maker_free(&maker);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_where_it_is_told),
        cmocka_unit_test(test_is_a_sine_of_the_product),
        cmocka_unit_test(test_fits_nothing_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
