/* SPDX-License-Identifier: MIT */
/*
 * test_svm.c - support vector machines: the decision values are those of
 * scikit-learn, probabilities rise with them, and limits are met.
 */
#include "maker.h"

#include "svm.h"
#include "warn.h"

#include <math.h>

#include "../golden/svm.h"

const struct mesa_plugin *svm_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "learners", "svm", svm_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

/* The generator's formula: n numbers in [-1, 1] without a pattern. */
static double
wave(size_t i, double phase)
{
    double v = ((double)i + 1) * ((double)i + phase) * 0.6180339887498949;

    return 2 * (v - floor(v)) - 1;
}

/* The rows of the generator. */
struct rows {
    double              x[GOLDEN_ROWS * GOLDEN_COLUMNS], weight[GOLDEN_ROWS];
    int32_t             y[GOLDEN_ROWS];
    struct mesa_dataset data;
};

static void
make_rows(struct rows *r, int n_classes, bool weighted)
{
    for (size_t i = 0; i < GOLDEN_ROWS * GOLDEN_COLUMNS; i++)
        r->x[i] = wave(i, 3) * (i % GOLDEN_COLUMNS == 2 ? 3 : 1);
    for (size_t i = 0; i < GOLDEN_ROWS; i++) {
        r->y[i] = n_classes == 3 ? golden_labels[i] : golden_labels[i] == 2;
        r->weight[i] = 1 + floor(2 + 2 * wave(i, 5)) / 2;
    }
    r->data = (struct mesa_dataset){
        .struct_size = sizeof r->data,
        .x = { r->x, GOLDEN_ROWS, GOLDEN_COLUMNS, GOLDEN_COLUMNS, NULL },
        .y = r->y,
        .weight = weighted ? r->weight : NULL,
        .n_classes = (uint32_t)n_classes
    };
}

static mesa_status
fit(struct maker *m, const char *params, const struct mesa_dataset *data,
    struct mesa_error *err)
{
    struct mesa_rng rng;
    mesa_status st = maker_make(m, MESA_KIND_ESTIMATOR, "svm", params, err);

    mesa_rng_seed(&rng, 1);
    return st == MESA_OK ? mesa_estimator_fit(m->made, data, NULL, &rng, err)
                         : st;
}

static const double *
tensor(const struct mesa_archive *a, const char *name, size_t *rows)
{
    struct mesa_tensor t;
    char full[40];

    snprintf(full, sizeof full, "it.0.%s", name);
    assert_ok(mesa_archive_get(a, full, &t, err));
    if (rows)
        *rows = t.shape[0];
    return t.data;
}

/* The kernel that the parameters of a golden case say. */
static struct svm_kernel
kernel_of(const char *params, double gamma)
{
    if (strstr(params, "linear"))
        return (struct svm_kernel){ KERNEL_LINEAR, 0, 0, 0, GOLDEN_COLUMNS };
    if (strstr(params, "poly"))
        return (struct svm_kernel){ KERNEL_POLY, gamma, 1, 2,
                                    GOLDEN_COLUMNS };
    if (strstr(params, "sigmoid"))
        return (struct svm_kernel){ KERNEL_SIGMOID, gamma, -0.5, 0,
                                    GOLDEN_COLUMNS };
    return (struct svm_kernel){ KERNEL_RBF, gamma, 0, 0, GOLDEN_COLUMNS };
}

/* What a fitted machine decides on a row, for each pair; and how likely the
 * second class of the pair is. */
static void
decide(const struct mesa_archive *a, const char *params, const double *row,
       double *decision, double *second)
{
    size_t n_sv, pairs;
    const double *sv = tensor(a, "sv", &n_sv);
    const double *coef = tensor(a, "coef", &pairs);
    const struct svm_kernel k = kernel_of(params, *tensor(a, "gamma", NULL));

    for (size_t p = 0; p < pairs; p++) {
        decision[p] = -tensor(a, "rho", NULL)[p];
        for (size_t i = 0; i < n_sv; i++)
            decision[p] += coef[p * n_sv + i] *
                           svm_kernel_value(&k, sv + i * GOLDEN_COLUMNS, row);
        second[p] = 1 / (1 + exp(tensor(a, "a", NULL)[p] * decision[p] +
                                 tensor(a, "b", NULL)[p]));
    }
}

/* libsvm has kernel values as floats. */
#define FLOATS 2e-5

static void
expect_golden(const struct golden_svm *g)
{
    const int pairs = g->n_classes == 3 ? 3 : 1;
    double decision[3], second[3], worst = 0;
    struct mesa_archive *a = mesa_archive_new();
    struct maker m = empty;
    struct rows rows;
    char params[120];

    make_rows(&rows, g->n_classes, g->weighted);
    snprintf(params, sizeof params, "%s%stol=1e-9", g->params,
             *g->params ? " " : "");
    assert_ok(fit(&m, params, &rows.data, err));
    assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
    for (int r = 0; r < GOLDEN_SHOWN; r++) {
        decide(a, g->params, rows.x + r * GOLDEN_COLUMNS, decision, second);
        for (int p = 0; p < pairs; p++)
            worst = fmax(worst,
                         fabs(decision[p] - g->decision[r * pairs + p]));
    }
    if (!(worst <= FLOATS))
        fail_msg("svm %s of %d classes: off by %g", g->params, g->n_classes,
                 worst);
    mesa_archive_free(a);
    maker_free(&m);
}

static void
test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_svms / sizeof *golden_svms; i++)
        expect_golden(&golden_svms[i]);
}

/* Two classes: the sigmoid of the decision, which rises. */
static void
test_two_classes(void **state)
{
    double proba[GOLDEN_ROWS * 2], decision[3], second[3];
    struct mesa_archive *a = mesa_archive_new();
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows, 2, true);
    assert_ok(fit(&m, "", &rows.data, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, proba, err));
    assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
    assert_true(*tensor(a, "a", NULL) < 0);
    for (size_t r = 0; r < GOLDEN_ROWS; r++) {
        decide(a, "", rows.x + r * GOLDEN_COLUMNS, decision, second);
        assert_close(proba[2 * r + 1], second[0], 1e-12);
    }
    mesa_archive_free(a);
    maker_free(&m);
}

/* Three: at the optimum, all derivatives of the sum of squares are the same
 * (Wu, Lin and Weng 2004, equation 21). */
static void
test_coupling(void **state)
{
    static const int first[] = { 0, 0, 1 }, other[] = { 1, 2, 2 };
    double proba[GOLDEN_ROWS * 3], decision[3], second[3];
    struct mesa_archive *a = mesa_archive_new();
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows, 3, false);
    assert_ok(fit(&m, "c=2", &rows.data, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, proba, err));
    assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
    for (size_t r = 0; r < GOLDEN_ROWS; r++) {
        double slope[3] = { 0 }, *p = proba + 3 * r;

        decide(a, "", rows.x + r * GOLDEN_COLUMNS, decision, second);
        for (int k = 0; k < 3; k++) {
            /* (second p[first] - (1 - second) p[other])^2 */
            double gap = second[k] * p[first[k]] -
                         (1 - second[k]) * p[other[k]];

            slope[first[k]] += gap * second[k];
            slope[other[k]] -= gap * (1 - second[k]);
        }
        assert_true(fabs(slope[0] - slope[1]) < 1e-10);
        assert_true(fabs(slope[0] - slope[2]) < 1e-10);
        assert_true(fabs(p[0] + p[1] + p[2] - 1) < 1e-12);
    }
    mesa_archive_free(a);
    maker_free(&m);
}

/* Kernel rows are made again where there is no memory to keep them. */
static void
test_small_cache(void **state)
{
    enum { MANY = 1200 };
    static double x[2 * MANY], p[2 * MANY], q[2 * MANY];
    static int32_t y[MANY];
    const struct mesa_dataset d = { .struct_size = sizeof d,
                                    .x = { x, MANY, 2, 2, NULL },
                                    .y = y,
                                    .n_classes = 2 };
    struct maker m = empty;

    (void)state;
    for (size_t r = 0; r < MANY; r++) {
        x[2 * r] = wave(2 * r, 3);
        x[2 * r + 1] = wave(2 * r + 1, 3);
        y[r] = x[2 * r] * x[2 * r + 1] + wave(r, 7) / 4 > 0;
    }
    assert_ok(fit(&m, "", &d, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &d.x, p, err));
    assert_ok(fit(&m, "cache_size=1", &d, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &d.x, q, err));
    assert_memory_equal(p, q, sizeof p);
    maker_free(&m);
}

static void
take_line(void *context, const char *line)
{
    snprintf(context, 200, "%s", line);
}

/* Few rows, absent classes, rows without weight, iterations cut short. */
static void
test_limits(void **state)
{
    double proba[GOLDEN_ROWS * 3];
    char said[200] = "";
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows, 2, true);
    rows.data.n_classes = 3;
    assert_ok(fit(&m, "", &rows.data, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, proba, err));
    for (size_t r = 0; r < GOLDEN_ROWS; r++)
        assert_bits_equal(proba[3 * r + 2], 0.0);
    /* A single row of class 1 counts: no folds. */
    for (size_t r = 0, seen = 0; r < GOLDEN_ROWS; r++)
        if (rows.y[r] == 1 && seen++)
            rows.weight[r] = 0;
    assert_ok(fit(&m, "c=100", &rows.data, err));
    for (size_t r = 0; r < GOLDEN_ROWS; r++)
        if (rows.y[r] == 1)
            rows.weight[r] = 0;
    assert_ok(fit(&m, "", &rows.data, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, proba, err));
    assert_bits_equal(proba[0], 1.0);
    memset(rows.weight, 0, sizeof rows.weight);
    assert_error(fit(&m, "", &rows.data, err), MESA_EDATA,
                 "[estimator] svm: all weights are 0");
    make_rows(&rows, 2, false);
    mesa_warn_to(take_line, said);
    assert_ok(fit(&m, "max_iter=3", &rows.data, err));
    mesa_warn_to(NULL, NULL);
    assert_string_equal(said, "svm has stopped after max_iter iterations, "
                              "before it was within tol = 0.001");
    maker_free(&m);
}

static void
test_numbers_too_large(void **state)
{
    double proba[GOLDEN_ROWS * 2];
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows, 2, false);
    assert_ok(fit(&m, "kernel=linear", &rows.data, err));
    rows.x[0] = 1e308;
    rows.x[2] = 1e308;
    rows.x[3] = -1e308;
    for (size_t j = 0; j < 4; j++)
        rows.x[j] *= j % 2 ? 1 : 1.7;
    assert_error(mesa_estimator_predict_proba(m.made, &rows.data.x, proba,
                                              err),
                 MESA_ENUMERIC,
                 "[estimator] svm: the values of a row are too large for the "
                 "kernel");
    assert_error(fit(&m, "kernel=linear", &rows.data, err), MESA_ENUMERIC,
                 "[estimator] svm: the values of a row are too large for the "
                 "kernel, which is inf");
    for (size_t i = 0; i < GOLDEN_ROWS; i++)
        rows.x[i * GOLDEN_COLUMNS] = i % 2 ? 1e200 : -1e200;
    assert_error(fit(&m, "", &rows.data, err), MESA_ENUMERIC,
                 "[estimator] svm: the values of two rows are too large for "
                 "the kernel, which is nan");
    maker_free(&m);
}

/* What is fitted, with the first value of a tensor replaced. */
static void
expect_unloadable(const char *name, const void *value, size_t size,
                  const char *message)
{
    struct mesa_archive *a = mesa_archive_new();
    struct maker m = empty;
    struct rows rows;

    make_rows(&rows, 2, false);
    assert_ok(fit(&m, "", &rows.data, err));
    assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
    memcpy((void *)(uintptr_t)tensor(a, name, NULL), value, size);
    assert_error(mesa_instance_load(m.made, a, "it", 0, err), MESA_EPARSE,
                 message);
    mesa_archive_free(a);
    maker_free(&m);
}

static void
test_damaged_files(void **state)
{
    const double nan = NAN;
    const int64_t one = 1;
    const uint64_t shape[3] = { 1, GOLDEN_COLUMNS, 1 };

    (void)state;
    expect_unloadable("rho", &nan, sizeof nan,
                      "[estimator] svm: rho holds nan");
    expect_unloadable("sv", &nan, sizeof nan, "[estimator] svm: sv holds nan");
    expect_unloadable("classes", &one, sizeof one,
                      "[estimator] svm: class 1 is 1");
    expect_unloadable("mesa.shape", shape, sizeof shape,
                      "[estimator] svm: there are 2 of 1 classes");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_two_classes),
        cmocka_unit_test(test_coupling),
        cmocka_unit_test(test_small_cache),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_numbers_too_large),
        cmocka_unit_test(test_damaged_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
