/* SPDX-License-Identifier: MIT */
/* test_layers.c - perceptrons as tensors and as nodes: shapes, initial values,
 * every activation by hand. */
#include "test.h"

#include <math.h>

static const double three_two[] = { 3, 2 };

static struct mesa_layers
layers_of(enum mesa_activation activation, enum mesa_layers_init init)
{
    return (struct mesa_layers){ .hidden = { .n = 2, .value = three_two },
                                 .activation = activation,
                                 .init = init };
}

static void
assert_tensor(const struct mesa_weight *w, const char *name, uint32_t rank,
              size_t rows, double scale)
{
    assert_string_equal(w->name, name);
    assert_int_equal(w->rank, rank);
    assert_int_equal(w->shape[0], rows);
    assert_close(w->scale, scale, 1e-15);
    assert_int_equal(w->initial, MESA_UNIFORM);
}

static void
test_tensors(void **state)
{
    struct mesa_layers l = layers_of(MESA_ACTIVATION_TANH, MESA_INIT_GLOROT);
    struct mesa_weight w[8];

    (void)state;
    assert_int_equal(mesa_layers_parameters(&l, 5, 4, NULL, 0), 6);
    assert_int_equal(mesa_layers_parameters(&l, 5, 4, w, 8), 6);
    assert_tensor(&w[0], "coef.0", 2, 5, sqrt(6.0 / 8));
    assert_tensor(&w[1], "intercept.0", 1, 3, sqrt(6.0 / 8));
    assert_tensor(&w[2], "coef.1", 2, 3, sqrt(6.0 / 5));
    assert_tensor(&w[5], "intercept.2", 1, 4, sqrt(6.0 / 6));
    assert_int_equal(w[4].shape[1], 4);
    l.activation = MESA_ACTIVATION_LOGISTIC;
    mesa_layers_parameters(&l, 5, 4, w, 8);
    assert_tensor(&w[0], "coef.0", 2, 5, sqrt(2.0 / 8));
    l.init = MESA_INIT_FAN_IN;
    mesa_layers_parameters(&l, 5, 4, w, 8);
    assert_tensor(&w[0], "coef.0", 2, 5, 1 / sqrt(5));
    assert_tensor(&w[3], "intercept.1", 1, 2, 1 / sqrt(3));
    l.no_intercepts = true;
    assert_int_equal(mesa_layers_parameters(&l, 5, 4, w, 8), 3);
    assert_tensor(&w[1], "coef.1", 2, 3, 1 / sqrt(3));
    l.hidden.n = 0;
    assert_int_equal(mesa_layers_parameters(&l, 5, 4, w, 8), 1);
    assert_tensor(&w[0], "coef.0", 2, 5, 1 / sqrt(5));
}

/* Xavier's bound does not ask for the activation; intercepts are alike. */
static void
test_xavier(void **state)
{
    struct mesa_layers l = layers_of(MESA_ACTIVATION_LOGISTIC,
                                     MESA_INIT_XAVIER);
    struct mesa_weight w[6];

    (void)state;
    l.intercept = 0.25;
    mesa_layers_parameters(&l, 5, 4, w, 6);
    assert_tensor(&w[0], "coef.0", 2, 5, sqrt(6.0 / 8));
    assert_int_equal(w[1].initial, MESA_FILLED);
    assert_bits_equal(w[1].scale, 0.25);
}

static void
test_whole_numbers(void **state)
{
    static const double half[] = { 3, 2.5 }, few[] = { 3, -3 };
    static const double many[] = { 3, 1e300 };
    struct mesa_layers l = layers_of(MESA_ACTIVATION_RELU, MESA_INIT_GLOROT);

    (void)state;
    assert_ok(mesa_layers_check(&l, "units", err));
    l.hidden.value = half;
    assert_error(mesa_layers_check(&l, "units", err), MESA_EINVAL,
                 "units has 2.5, expected whole numbers");
    l.hidden.value = few;
    assert_error(mesa_layers_check(&l, "units", err), MESA_EINVAL,
                 "units has -3, expected whole numbers");
    l.hidden.value = many;
    assert_error(mesa_layers_check(&l, "units", err), MESA_EINVAL,
                 "units has 1e+300, expected whole numbers");
}

static double
activated(enum mesa_activation a, double x)
{
    switch (a) {
    case MESA_ACTIVATION_RELU:
        return x > 0 ? x : 0;
    case MESA_ACTIVATION_TANH:
        return tanh(x);
    case MESA_ACTIVATION_LOGISTIC:
        return 1 / (1 + exp(-x));
    case MESA_ACTIVATION_ELU:
        return x > 0 ? x : exp(x) - 1;
    default:
        return x;
    }
}

/* One hidden layer of two: y = act(x coef.0 + intercept.0) coef.1 + ... */
static double
by_hand(enum mesa_activation a, const double *x, const double *const *w,
        bool intercepts)
{
    const double *last = w[intercepts ? 2 : 1];
    double y = intercepts ? w[3][0] : 0;

    for (size_t k = 0; k < 2; k++) {
        double h = intercepts ? w[1][k] : 0;

        for (size_t j = 0; j < 3; j++)
            h += x[j] * w[0][2 * j + k];
        y += last[k] * activated(a, h);
    }
    return y;
}

static void
forward(enum mesa_activation activation, bool intercepts)
{
    static const double two[] = { 2 };
    const struct mesa_layers l = { .hidden = { .n = 1, .value = two },
                                   .activation = activation,
                                   .no_intercepts = !intercepts };
    double x[6] = { 0.5, -1, 2, -0.25, 3, -2 }, y[2];
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    struct mesa_weight list[4];
    struct mesa_weights *w;
    struct mesa_program *p;
    struct mesa_rng rng;
    const double *value[4];
    mesa_node in = mesa_input(g, MESA_SHARED, MESA_SHAPE(2, 3)), node[4], out;
    size_t n = mesa_layers_parameters(&l, 3, 1, list, 4);

    assert_ok(mesa_weights_new(list, n, MESA_F64, &w, err));
    mesa_rng_seed(&rng, 3);
    mesa_weights_draw(w, &rng);
    mesa_weights_inputs(w, g, node);
    out = mesa_layers_forward(&l, g, node, in);
    assert_ok(mesa_program_new(g, &out, 1, &p, err));
    mesa_graph_free(g);
    mesa_weights_bind(w, p, node);
    mesa_program_bind(p, in, x);
    mesa_program_bind(p, out, y);
    assert_ok(mesa_program_run(p, err));
    for (size_t i = 0; i < n; i++)
        value[i] = mesa_weights_data(w, i);
    for (size_t r = 0; r < 2; r++)
        assert_close(y[r], by_hand(activation, x + 3 * r, value, intercepts),
                     1e-12);
    mesa_program_free(p);
    mesa_weights_free(w);
}

/* Activations of the last hidden layer; without any, x. */
static void
test_hidden(void **state)
{
    struct mesa_layers l = layers_of(MESA_ACTIVATION_LOGISTIC,
                                     MESA_INIT_GLOROT);
    double coef[2] = { 0.5, -2 }, intercept[2] = { 0.25, 1 };
    double x[2] = { 3, -1 }, y[2];
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    mesa_node node[3] = { mesa_input(g, MESA_SHARED, MESA_SHAPE(2, 1)),
                          mesa_input(g, MESA_SHARED, MESA_SHAPE(1, 1)),
                          mesa_input(g, MESA_SHARED, MESA_SHAPE(1)) };
    const mesa_node weight[4] = { node[1], node[2], node[1], node[2] };
    mesa_node out;
    struct mesa_program *p;

    (void)state;
    l.hidden.value = (const double[]){ 1, 1 };
    out = mesa_layers_hidden(&l, g, weight, node[0]);
    assert_ok(mesa_program_new(g, &out, 1, &p, err));
    for (size_t i = 0; i < 2; i++) {
        mesa_program_bind(p, node[0], x);
        mesa_program_bind(p, node[1], &coef[i]);
        mesa_program_bind(p, node[2], &intercept[i]);
        mesa_program_bind(p, out, y);
        assert_ok(mesa_program_run(p, err));
        for (size_t r = 0; r < 2; r++) {
            double h = activated(MESA_ACTIVATION_LOGISTIC,
                                 x[r] * coef[i] + intercept[i]);

            assert_close(y[r],
                         activated(MESA_ACTIVATION_LOGISTIC,
                                   h * coef[i] + intercept[i]),
                         1e-14);
        }
    }
    mesa_program_free(p);
    l.hidden.n = 0;
    assert_true(mesa_layers_hidden(&l, g, weight, node[0]) == node[0]);
    mesa_graph_free(g);
}

static void
test_forward(void **state)
{
    (void)state;
    for (int a = MESA_ACTIVATION_RELU; a <= MESA_ACTIVATION_ELU; a++) {
        forward((enum mesa_activation)a, true);
        forward((enum mesa_activation)a, false);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_xavier),
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_hidden),
    };

    return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
