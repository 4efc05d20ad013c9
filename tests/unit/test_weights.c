/* SPDX-License-Identifier: MIT */
/* test_weights.c - initial values, copies, programs, archives, refusals. */
#include "test.h"

#include <math.h>

static const struct mesa_weight list[] = {
    { "hidden.weight", 2, { 30, 50 }, MESA_UNIFORM, 0.25 },
    { "hidden.bias", 1, { 50 }, MESA_ZEROS, 0 },
    { "scale", 0, { 0 }, MESA_ONES, 0 },
    { "noise", 1, { 2000 }, MESA_NORMAL, 2 },
};
enum { N_WEIGHTS = sizeof list / sizeof *list };

static struct mesa_weights *
make(enum mesa_dtype dtype, uint64_t seed)
{
    struct mesa_weights *w;
    struct mesa_rng rng;

    assert_ok(mesa_weights_new(list, N_WEIGHTS, dtype, &w, err));
    mesa_rng_seed(&rng, seed);
    if (seed)
        mesa_weights_draw(w, &rng);
    return w;
}

/* Glorot and Bengio's bound, as torch's xavier_uniform_ and scikit-learn's
 * perceptrons with factor 6 have it. */
static void
test_glorot(void **state)
{
    (void)state;
    assert_close(mesa_glorot(6, 10, 50), 0.31622776601683794, 1e-15);
    assert_close(mesa_glorot(2, 3, 5), 0.5, 1e-15);
}

static void
test_draw(void **state)
{
    struct mesa_weights *w = make(MESA_F64, 1), *f = make(MESA_F32, 1);
    const double *u = mesa_weights_data(w, 0), *z = mesa_weights_data(w, 3);
    double least = 1, most = -1, sum = 0, square = 0;

    (void)state;
    for (size_t k = 0; k < 1500; k++) {
        least = fmin(least, u[k]);
        most = fmax(most, u[k]);
        assert_true((float)u[k] == ((float *)mesa_weights_data(f, 0))[k]);
    }
    assert_true(least >= -0.25 && least < -0.24);
    assert_true(most <= 0.25 && most > 0.24);
    for (size_t k = 0; k < 50; k++)
        assert_bits_equal(((double *)mesa_weights_data(w, 1))[k], 0);
    assert_bits_equal(*(double *)mesa_weights_data(w, 2), 1);
    for (size_t k = 0; k < 2000; k++) {
        sum += z[k];
        square += z[k] * z[k];
    }
    assert_true(fabs(sum / 2000) < 0.15);
    assert_close(sqrt(square / 2000), 2, 0.05);
    mesa_weights_free(w);
    mesa_weights_free(f);
}

/* A tensor's values do not depend on the others'. */
static void
test_streams(void **state)
{
    struct mesa_weights *all = make(MESA_F64, 7), *first;
    struct mesa_rng rng;

    (void)state;
    assert_ok(mesa_weights_new(list, 1, MESA_F64, &first, err));
    mesa_rng_seed(&rng, 7);
    mesa_weights_draw(first, &rng);
    assert_memory_equal(mesa_weights_data(all, 0),
                        mesa_weights_data(first, 0), 1500 * sizeof(double));
    mesa_weights_free(all);
    mesa_weights_free(first);
}

static void
test_assign(void **state)
{
    struct mesa_weights *a = make(MESA_F32, 1), *b = make(MESA_F32, 0);

    (void)state;
    assert_int_equal(mesa_weights_count(a), N_WEIGHTS);
    assert_string_equal(mesa_weights_get(a, 2)->name, "scale");
    assert_true(*(float *)mesa_weights_data(b, 2) == 0);
    mesa_weights_assign(b, a);
    assert_memory_equal(mesa_weights_data(a, 3), mesa_weights_data(b, 3),
                        2000 * sizeof(float));
    mesa_weights_free(a);
    mesa_weights_free(b);
}

/* hidden.bias = the sum of hidden.weight over its rows, in place. */
static void
test_program(void **state)
{
    struct mesa_weights *w = make(MESA_F64, 3);
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    mesa_node node[N_WEIGHTS], sum;
    struct mesa_program *p;
    const double *x = mesa_weights_data(w, 0);
    double expected = 0;

    (void)state;
    mesa_weights_inputs(w, g, node);
    assert_int_equal(mesa_node_shape(g, node[0], NULL), 2);
    assert_int_equal(mesa_node_shape(g, node[2], NULL), 0);
    sum = mesa_reshape(g, mesa_sum_axes(g, node[0], 1), MESA_SHAPE(50));
    sum = mesa_add(g, sum, mesa_mul(g, node[1], node[2]));
    assert_ok(mesa_program_new(g, &sum, 1, &p, err));
    mesa_graph_free(g);
    mesa_weights_bind(w, p, node);
    mesa_program_bind(p, sum, mesa_weights_data(w, 1));
    assert_ok(mesa_program_run(p, err));
    assert_ok(mesa_program_run(p, err));
    for (size_t r = 0; r < 30; r++)
        expected += 2 * x[r * 50 + 4];
    assert_close(((double *)mesa_weights_data(w, 1))[4], expected, 1e-12);
    mesa_program_free(p);
    mesa_weights_free(w);
}

static void
round_trip(const char *prefix, const char *expected_name)
{
    struct mesa_weights *a = make(MESA_F32, 5), *b = make(MESA_F32, 0);
    struct mesa_archive *archive = mesa_archive_new();
    struct mesa_tensor tensor;

    assert_ok(mesa_weights_save(a, archive, prefix, err));
    assert_ok(mesa_archive_get(archive, expected_name, &tensor, err));
    assert_int_equal(tensor.n_dims, 2);
    assert_int_equal(tensor.shape[1], 50);
    assert_ok(mesa_weights_load(b, archive, prefix, err));
    for (size_t i = 0; i < 4; i++)
        assert_memory_equal(mesa_weights_data(a, i), mesa_weights_data(b, i),
                            sizeof(float));
    assert_memory_equal(mesa_weights_data(a, 3), mesa_weights_data(b, 3),
                        2000 * sizeof(float));
    mesa_archive_free(archive);
    mesa_weights_free(a);
    mesa_weights_free(b);
}

static void
test_save_load(void **state)
{
    (void)state;
    round_trip("policy", "policy.hidden.weight");
    round_trip("", "hidden.weight");
    round_trip(NULL, "hidden.weight");
}

/* What is wrong with the last tensor leaves the first one alone. */
static void
test_unloadable(void **state)
{
    struct mesa_weights *w = make(MESA_F32, 5), *b = make(MESA_F64, 5);
    struct mesa_archive *archive = mesa_archive_new();
    struct mesa_archive *empty = mesa_archive_new();
    float first = *(float *)mesa_weights_data(w, 0);

    (void)state;
    ((float *)mesa_weights_data(w, 3))[17] = NAN;
    *(float *)mesa_weights_data(w, 0) = 9;
    assert_ok(mesa_weights_save(w, archive, "q", err));
    *(float *)mesa_weights_data(w, 0) = first;
    assert_error(mesa_weights_load(w, archive, "q", err), MESA_EPARSE,
                 "q.noise has values that are not finite");
    assert_true(*(float *)mesa_weights_data(w, 0) == first);
    assert_error(mesa_weights_load(b, archive, "q", err), MESA_EPARSE,
                 "tensor 'q.hidden.weight' is F32 of 30 by 50, expected "
                 "F64 of 30 by 50");
    assert_error(mesa_weights_load(w, empty, NULL, err), MESA_EPARSE,
                 "there is no tensor 'hidden.weight'");
    mesa_archive_free(archive);
    mesa_archive_free(empty);
    mesa_weights_free(w);
    mesa_weights_free(b);
}

static void
test_refusals(void **state)
{
    static const struct mesa_weight deep = { "deep", 5, { 1, 1, 1, 1 },
                                             MESA_ZEROS, 0 };
    static const struct mesa_weight large[] = {
        { "a", 2, { SIZE_MAX / 2, 3 }, MESA_ZEROS, 0 },
        { "b", 1, { SIZE_MAX / 32 }, MESA_ZEROS, 0 },
        { "c", 1, { SIZE_MAX / 17 }, MESA_ZEROS, 0 },
    };
    struct mesa_weights *w;

    (void)state;
    assert_error(mesa_weights_new(list, 1, MESA_U8, &w, err), MESA_EINVAL,
                 "weights are F32 or F64, not type 6");
    assert_error(mesa_weights_new(&deep, 1, MESA_F32, &w, err), MESA_EINVAL,
                 "deep has 5 dimensions, at most 4");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(mesa_weights_new(large + i, 1, MESA_F64, &w, NULL),
                         MESA_ENOMEM);
        assert_null(w);
    }
    assert_int_equal(mesa_weights_new(large + 1, 2, MESA_F64, &w, NULL),
                     MESA_ENOMEM);
}

/* Everything that allocates, until nothing fails any more. */
static mesa_status
whole_life(struct mesa_archive *archive, struct mesa_weights **w,
           struct mesa_error *err)
{
    mesa_status st = mesa_weights_new(list, N_WEIGHTS, MESA_F32, w, err);

    if (st == MESA_OK)
        st = mesa_weights_save(*w, archive, "p", err);
    return st == MESA_OK ? mesa_weights_load(*w, archive, "p", err) : st;
}

static void
test_allocation_failures(void **state)
{
    uint64_t before = mesa_memory_live();
    mesa_status st = MESA_ENOMEM;

    (void)state;
    for (uint64_t k = 0; st != MESA_OK && k < 200; k++) {
        struct mesa_archive *archive = mesa_archive_new();
        struct mesa_weights *w;
        struct mesa_error err;

        mesa_memory_fail_at(k);
        st = whole_life(archive, &w, &err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        mesa_weights_free(w);
        mesa_archive_free(archive);
        assert_int_equal(mesa_memory_live(), before);
    }
    assert_int_equal(st, MESA_OK);
    mesa_weights_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_glorot),
        cmocka_unit_test(test_draw),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_assign),
        cmocka_unit_test(test_program),
        cmocka_unit_test(test_save_load),
        cmocka_unit_test(test_unloadable),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_allocation_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
