/* SPDX-License-Identifier: MIT */
/*
 * test_calibrated.c - probabilities made honest: scikit-learn's curves, what
 * is fitted on which rows, and scores that become better.
 */
#include "inner_fixture.h"

#include <math.h>

#include "../golden/calibrated.h"

const struct mesa_plugin *calibrated_plugin(void);
const struct mesa_plugin *logistic_plugin(void);

/* Answers with the columns of a row, which are probabilities. */
struct echo {
    uint64_t rows;
};

static mesa_status
echo_fit(void *self, const struct mesa_dataset *train,
         const struct mesa_dataset *valid, struct mesa_rng *rng,
         struct mesa_error *err)
{
    struct echo *e = self;

    (void)valid;
    (void)rng;
    (void)err;
    e->rows = train->x.rows;
    return MESA_OK;
}

static mesa_status
echo_predict_proba(const void *self, const struct mesa_cmatrix *x,
                   double *proba, struct mesa_error *err)
{
    (void)self;
    (void)err;
    for (size_t r = 0; r < x->rows; r++)
        memcpy(proba + r * x->cols, mesa_row(x, r), x->cols * sizeof *proba);
    return MESA_OK;
}

static mesa_status
echo_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, "rows", MESA_U64, 1, self, err);
}

static mesa_status
echo_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    const size_t one = 1;
    const void *data;
    mesa_status st = mesa_archive_expect(from, "rows", MESA_U64, 1, &one,
                                         &data, err);

    if (st == MESA_OK)
        memcpy(self, data, sizeof(struct echo));
    return st;
}

static const struct mesa_estimator_class echo = {
    MESA_ESTIMATOR(struct echo),
    .head.name     = "echo",
    .head.title    = "The row",
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_WEIGHTS,
    .head.save     = echo_save,
    .head.load     = echo_load,
    .fit           = echo_fit,
    .predict_proba = echo_predict_proba,
};

MESA_PLUGIN(.name = "parts", .version = "1", .license = "MIT",
            .classes = MESA_CLASSES(&share.head, &thin.head, &echo.head));

static const struct mesa_builtin plugins[] = {
    { "learners", "calibrated", calibrated_plugin },
    { "learners", "logistic", logistic_plugin },
    { "learners", "share", mesa_plugin },
    { "learners", "echo", mesa_plugin },
    { "samplers", "thin", mesa_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

static void
make(struct maker *m, const char *words)
{
    assert_ok(maker_make(m, MESA_KIND_ESTIMATOR, "calibrated", words, err));
}

/* The generator's formula: n numbers in [-1, 1] without a pattern. */
static double
wave(size_t i, double phase)
{
    double v = ((double)i + 1) * ((double)i + phase) * 0.6180339887498949;

    return 2 * (v - floor(v)) - 1;
}

/* The rows of the generator. */
struct rows {
    double              x[GOLDEN_ROWS * 3], weight[GOLDEN_ROWS];
    int32_t             y[GOLDEN_ROWS];
    struct mesa_dataset data;
};

static void
make_rows(struct rows *r, size_t n_classes, bool weighted)
{
    for (size_t i = 0; i < GOLDEN_ROWS; i++) {
        double *x = r->x + i * n_classes, sum = 0;

        for (size_t c = 0; c < n_classes; c++) {
            x[c] = floor(1.5 + 4 * (wave(i * n_classes + c, 3) + 1));
            sum += x[c];
        }
        for (size_t c = 0; c < n_classes; c++)
            x[c] /= sum;
        r->y[i] = golden_labels[n_classes - 2][i];
        r->weight[i] = floor(2 + 2 * wave(i, 5));
    }
    r->data = (struct mesa_dataset){
        .struct_size = sizeof r->data,
        .x = { r->x, GOLDEN_ROWS, n_classes, n_classes, NULL },
        .y = r->y,
        .weight = weighted ? r->weight : NULL,
        .n_classes = (uint32_t)n_classes
    };
}

/* Fit on data, with valid, and predict data. */
static void
predict(struct maker *m, const struct mesa_dataset *data,
        const struct mesa_dataset *valid, double *proba)
{
    struct mesa_rng rng = seeded(1);

    assert_ok(mesa_estimator_fit(m->made, data, valid, &rng, err));
    assert_ok(mesa_estimator_predict_proba(m->made, &data->x, proba, err));
}

/* BFGS leaves off where the loss does not change in its last digits. */
#define PEER_STOPS 1e-6

static void
test_golden(void **state)
{
    (void)state;
    for (size_t i = 0;
         i < sizeof golden_calibrated / sizeof *golden_calibrated; i++) {
        const struct golden_calibrated *g = &golden_calibrated[i];
        double proba[GOLDEN_ROWS * 3], worst = 0;
        struct maker m = empty;
        struct rows rows;
        char words[80];

        snprintf(words, sizeof words, "estimator=echo on=valid method=%s",
                 g->method);
        make_rows(&rows, (size_t)g->n_classes, g->weighted);
        make(&m, words);
        predict(&m, &rows.data, &rows.data, proba);
        for (int k = 0; k < GOLDEN_SHOWN * g->n_classes; k++)
            worst = fmax(worst, fabs(proba[k] - g->proba[k]));
        if (!(worst <= PEER_STOPS))
            fail_msg("%s of %d classes, weighted %d: off by %g", g->method,
                     g->n_classes, g->weighted, worst);
        expect_reloads(&m, &rows.data.x);
        maker_free(&m);
    }
}

/* Predictions that do not depend on the fold give the curve of all rows. */
static void
test_one_curve(void **state)
{
    double expected[GOLDEN_ROWS * 3], found[GOLDEN_ROWS * 3];
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows, 3, true);
    make(&m, "estimator=echo on=valid method=isotonic");
    predict(&m, &rows.data, &rows.data, expected);
    make(&m, "estimator=echo ensemble=false method=isotonic");
    predict(&m, &rows.data, NULL, found);
    assert_memory_equal(found, expected, sizeof found);
    maker_free(&m);
}

/* A learner and a curve for each fold, averaged: by hand, from the members'
 * files.  The learner has seen four fifths of the rows. */
static void
test_folds(void **state)
{
    double proba[GOLDEN_ROWS * 2];
    struct mesa_archive *a = mesa_archive_new();
    struct maker m = empty;
    struct mesa_tensor t;
    struct rows rows;
    double curve[5][2];

    (void)state;
    make_rows(&rows, 2, false);
    make(&m, "estimator=echo");
    predict(&m, &rows.data, NULL, proba);
    assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
    for (int i = 0; i < 5; i++) {
        char name[40];

        snprintf(name, sizeof name, "it.0.member.%d.rows", i);
        assert_ok(mesa_archive_get(a, name, &t, err));
        assert_int_equal(*(const uint64_t *)t.data, GOLDEN_ROWS * 4 / 5);
        snprintf(name, sizeof name, "it.0.curve.%d", i);
        assert_ok(mesa_archive_get(a, name, &t, err));
        memcpy(curve[i], t.data, sizeof curve[i]);
        assert_true(i == 0 || curve[i][0] != curve[i - 1][0]);
    }
    for (size_t r = 0; r < GOLDEN_ROWS; r++) {
        double sum = 0;

        for (int i = 0; i < 5; i++)
            sum += 1 / (1 + exp(curve[i][0] * rows.x[2 * r + 1] +
                                curve[i][1]));
        assert_close(proba[2 * r + 1], sum / 5, 1e-14);
        assert_close(proba[2 * r], 1 - sum / 5, 1e-14);
    }
    mesa_archive_free(a);
    maker_free(&m);
}

/* The sampler sees the rows of fit, not those that are held out. */
static void
test_sampler_in_folds(void **state)
{
    struct maker m = empty;
    struct inner_rows in;
    double proba[2 * INNER_ROWS];

    (void)state;
    make_inner_rows(&in);
    make(&m, "estimator=share sampler=thin ensemble=false cv=5");
    predict(&m, &in.data, &in.data, proba);
    /* The last fit is of all rows, of which the sampler leaves 20. */
    assert_int_equal(told_rows, 20);
    assert_int_equal(told_valid, INNER_ROWS);
    make(&m, "estimator=share sampler=thin on=valid");
    predict(&m, &in.data, &in.data, proba);
    assert_int_equal(told_rows, 20);
    assert_int_equal(told_valid, 0);
    maker_free(&m);
}

/* 20 to 10 rows become 10 to 10: the odds of class 0 double again. */
static void
test_prior(void **state)
{
    double found[2 * INNER_ROWS];
    struct maker m = empty;
    struct inner_rows in;

    (void)state;
    make_inner_rows(&in);
    for (size_t r = 0; r < INNER_ROWS; r++)
        in.x[r] /= 4;
    make(&m, "estimator=share sampler=thin method=prior");
    predict(&m, &in.data, NULL, found);
    for (size_t r = 0; r < INNER_ROWS; r++) {
        struct mesa_rng rng = seeded(1);
        struct mesa_rng all = mesa_rng_derive(&rng, "all", 0);
        struct mesa_rng fit = mesa_rng_derive(&all, "fit", 0);
        double p0 = 0.5 + in.x[r], p1 = 0.5 + mesa_rng_uniform(&fit);

        assert_close(found[2 * r], 2 * p0 / (2 * p0 + p1), 1e-14);
    }
    expect_reloads(&m, &in.data.x);
    maker_free(&m);
}

enum { MANY = 4000 };

/* One column; P(1) = 1 / (1 + exp(4 - 3 x)). */
static void
make_many(double *x, int32_t *y, uint64_t seed)
{
    struct mesa_rng rng = seeded(seed);

    for (size_t i = 0; i < MANY; i++) {
        x[i] = 4 * mesa_rng_uniform(&rng) - 2;
        y[i] = mesa_rng_uniform(&rng) <
               mesa_math_sigmoid(3 * x[i] - 4);
    }
}

static double
score(const char *metric, const int32_t *y, const double *proba)
{
    struct mesa_outcome o = { sizeof o, 2, MANY, y, proba, 1 };
    double value = NAN;

    assert_ok(mesa_metric_value(mesa_metric_find(metric), &o, &value, err));
    return value;
}

/* Under-sampled probabilities are too large, on rows that nobody has seen;
 * each method makes them better. */
static void
test_honest_again(void **state)
{
    static double x[2][MANY], proba[2 * MANY];
    static int32_t y[2][MANY];
    static const char *const methods[] = { "sigmoid", "isotonic", "prior" };
    const struct mesa_dataset train = { .struct_size = sizeof train,
                                        .x = { x[0], MANY, 1, 1, NULL },
                                        .y = y[0],
                                        .n_classes = 2 };
    const struct mesa_cmatrix fresh = { x[1], MANY, 1, 1, NULL };
    struct mesa_rng rng = seeded(1);
    struct maker m = empty;
    double before[2];

    (void)state;
    make_many(x[0], y[0], 1);
    make_many(x[1], y[1], 2);
    /* A learner of balanced classes: what under-sampling amounts to. */
    assert_ok(maker_make(&m, MESA_KIND_ESTIMATOR, "logistic",
                         "class_weight=balanced", err));
    assert_ok(mesa_estimator_fit(m.made, &train, NULL, &rng, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &fresh, proba, err));
    before[0] = score("brier", y[1], proba);
    before[1] = score("ece", y[1], proba);
    for (size_t i = 0; i < 3; i++) {
        char words[90];

        snprintf(words, sizeof words,
                 "estimator=logistic sampler=thin thin.type=thin "
                 "thin.every=6 method=%s", methods[i]);
        make(&m, words);
        assert_ok(mesa_estimator_fit(m.made, &train, NULL, &rng, err));
        assert_ok(mesa_estimator_predict_proba(m.made, &fresh, proba, err));
        assert_true(score("brier", y[1], proba) < 0.8 * before[0]);
        assert_true(score("ece", y[1], proba) < 0.6 * before[1]);
    }
    maker_free(&m);
}

static void
expect_refusal(const char *words, const struct mesa_dataset *data,
               mesa_status status, const char *message)
{
    struct mesa_rng rng = seeded(1);
    struct maker m = empty;

    make(&m, words);
    assert_error(mesa_estimator_fit(m.made, data, NULL, &rng, err), status,
                 message);
    maker_free(&m);
}

static void
test_refusals(void **state)
{
    struct inner_rows in;

    (void)state;
    make_inner_rows(&in);
    expect_refusal("estimator=share method=prior", &in.data, MESA_EINVAL,
                   "[estimator] calibrated: method = prior undoes what a "
                   "sampler does, but no sampler is given");
    expect_refusal("estimator=share on=valid", &in.data, MESA_EDATA,
                   "[estimator] calibrated: on = valid, but there are no "
                   "validation rows");
    expect_refusal("estimator=share cv=11", &in.data, MESA_EDATA,
                   "[estimator] calibrated: class 1 has 10 of the rows, "
                   "fewer than cv = 11 folds");
}

/* What is fitted, with a value of a tensor replaced. */
static void
expect_unloadable(const char *words, const char *tensor, size_t at,
                  double value, const char *message)
{
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_rng rng = seeded(1);
    struct maker m = empty;
    struct inner_rows in;
    struct mesa_tensor t;

    make_inner_rows(&in);
    make(&m, words);
    assert_ok(mesa_estimator_fit(m.made, &in.data, NULL, &rng, err));
    assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
    assert_ok(mesa_archive_get(a, tensor, &t, err));
    ((double *)(uintptr_t)t.data)[at] = value;
    assert_error(mesa_instance_load(m.made, a, "it", 0, err), MESA_EPARSE,
                 message);
    mesa_archive_free(a);
    maker_free(&m);
}

static void
test_damaged_files(void **state)
{
    const char *const curve = "[estimator] calibrated: curve 0 is not made "
                              "of probabilities";

    (void)state;
    expect_unloadable("estimator=share sampler=thin method=prior",
                      "it.0.ratio", 1, -1,
                      "[estimator] calibrated: the ratio of class 1 is -1");
    expect_unloadable("estimator=share", "it.0.curve.0", 0, NAN, curve);
    expect_unloadable("estimator=share method=isotonic", "it.0.curve.0", 0,
                      5, curve);
}

/* A curve of another shape. */
static void
test_curve_of_another_shape(void **state)
{
    const double three[3] = { 0, 1, 2 };
    const uint64_t one = 1, shape[3] = { 1, 1, 2 };
    struct mesa_archive *a = mesa_archive_new();
    struct maker m = empty, inside = empty;
    struct mesa_rng rng = seeded(1);
    struct inner_rows in;

    (void)state;
    make_inner_rows(&in);
    make(&m, "estimator=share");
    assert_ok(maker_make(&inside, MESA_KIND_ESTIMATOR, "share", "", err));
    assert_ok(mesa_estimator_fit(inside.made, &in.data, NULL, &rng, err));
    assert_ok(mesa_archive_put_vector(a, "it.0.mesa.shape", MESA_U64, 3,
                                      shape, err));
    assert_ok(mesa_archive_put_vector(a, "it.0.n_members", MESA_U64, 1, &one,
                                      err));
    assert_ok(mesa_instance_save(inside.made, a, "it.0.member", 0, err));
    assert_ok(mesa_archive_put_vector(a, "it.0.curve.0", MESA_F64, 3, three,
                                      err));
    assert_error(mesa_instance_load(m.made, a, "it", 0, err), MESA_EPARSE,
                 "[estimator] calibrated: curve 0 has a wrong shape");
    mesa_archive_free(a);
    maker_free(&inside);
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_one_curve),
        cmocka_unit_test(test_folds),
        cmocka_unit_test(test_sampler_in_folds),
        cmocka_unit_test(test_prior),
        cmocka_unit_test(test_honest_again),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_curve_of_another_shape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
