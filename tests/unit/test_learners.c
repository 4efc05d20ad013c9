/* SPDX-License-Identifier: MIT */
/*
 * test_learners.c - learners that have an answer: the probabilities are those
 * of scikit-learn, and what cannot be learnt is said.
 */
#include "maker.h"

#include "warn.h"

#include <math.h>

#include "../golden/learners.h"

const struct mesa_plugin *gnb_plugin(void);
const struct mesa_plugin *logistic_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "learners", "gnb", gnb_plugin },
    { "learners", "logistic", logistic_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

/* Both sides' solvers stop a little before the optimum. */
#define SOLVED 1e-6

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
make_rows(struct rows *r, int n_classes, bool weighted, bool plain)
{
    for (size_t i = 0; i < GOLDEN_ROWS * GOLDEN_COLUMNS; i++) {
        r->x[i] = wave(i, 3);
        if (i % GOLDEN_COLUMNS == 2 && !plain)
            r->x[i] = 50 * r->x[i] + 200;
    }
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
fit(struct maker *m, const char *type, const char *params,
    const struct mesa_dataset *data, struct mesa_error *err)
{
    struct mesa_rng rng;
    mesa_status st = maker_make(m, MESA_KIND_ESTIMATOR, type, params, err);

    mesa_rng_seed(&rng, 1);
    return st == MESA_OK ? mesa_estimator_fit(m->made, data, NULL, &rng, err)
                         : st;
}

static void
expect_golden(const struct golden_learner *g)
{
    double proba[GOLDEN_ROWS * 3], worst = 0;
    struct maker m = empty;
    struct rows rows;

    make_rows(&rows, g->n_classes, g->weighted, g->plain);
    assert_ok(fit(&m, g->type, g->params, &rows.data, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, proba, err));
    for (int i = 0; i < GOLDEN_SHOWN * g->n_classes; i++)
        worst = fmax(worst, fabs(proba[i] - g->proba[i]));
    if (!(worst <= SOLVED))
        fail_msg("%s %s of %d classes: off by %g", g->type, g->params,
                 g->n_classes, worst);
    maker_free(&m);
}

static void
test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_learners / sizeof *golden_learners;
         i++)
        expect_golden(&golden_learners[i]);
}

static void
expect_refusal(const char *type, const char *params,
               const struct mesa_dataset *data, mesa_status status,
               const char *message)
{
    struct maker m = empty;

    assert_error(fit(&m, type, params, data, err), status, message);
    maker_free(&m);
}

static void
test_gnb_refusals(void **state)
{
    struct rows rows;

    (void)state;
    make_rows(&rows, 3, true, true);
    expect_refusal("gnb", "priors=0.5,0.5", &rows.data, MESA_EINVAL,
                   "[estimator] gnb: priors has 2 values for 3 classes");
    expect_refusal("gnb", "priors=0.5,0.25,0.125", &rows.data, MESA_EINVAL,
                   "[estimator] gnb: priors sum to 0.875, not to 1");
    for (size_t i = 0; i < GOLDEN_ROWS; i++)
        rows.weight[i] = rows.y[i] == 1;
    expect_refusal("gnb", "priors=0.5,0,0.5", &rows.data, MESA_EDATA,
                   "[estimator] gnb: no class has both weight and a prior "
                   "above 0");
    rows.x[3 * GOLDEN_COLUMNS + 1] = 1e200;
    expect_refusal("gnb", "", &rows.data, MESA_ENUMERIC,
                   "[estimator] gnb: the values of column 1 are too large to "
                   "be squared and summed");
    make_rows(&rows, 2, false, true);
    for (size_t i = 0; i < GOLDEN_ROWS; i++)
        rows.x[i * GOLDEN_COLUMNS + 3] = rows.y[i] ? 2.5 : rows.x[i];
    expect_refusal("gnb", "var_smoothing=0", &rows.data, MESA_EDATA,
                   "[estimator] gnb: column 3 is constant in class 1; raise "
                   "var_smoothing, which is 0");
}

/* A class without rows is never predicted; far from everything there are no
 * numbers left. */
static void
test_gnb_limits(void **state)
{
    double proba[GOLDEN_ROWS * 3];
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows, 2, false, true);
    rows.data.n_classes = 3;
    assert_ok(fit(&m, "gnb", "", &rows.data, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, proba, err));
    for (size_t i = 0; i < GOLDEN_ROWS; i++)
        assert_bits_equal(proba[3 * i + 2], 0.0);
    rows.x[0] = 1e200;
    assert_error(mesa_estimator_predict_proba(m.made, &rows.data.x, proba,
                                              err),
                 MESA_ENUMERIC,
                 "[estimator] gnb: the values of a row are too large to be "
                 "squared and summed");
    maker_free(&m);
}

/* What is fitted, with the first value of a tensor replaced. */
static void
expect_unloadable(const char *type, const char *params, const char *tensor,
                  const void *value, const char *message)
{
    struct mesa_archive *a = mesa_archive_new();
    struct maker m = empty;
    struct mesa_tensor t;
    struct rows rows;
    char name[64];

    make_rows(&rows, 2, false, true);
    snprintf(name, sizeof name, "it.0.%s", tensor);
    assert_ok(fit(&m, type, params, &rows.data, err));
    assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
    assert_ok(mesa_archive_get(a, name, &t, err));
    memcpy((void *)(uintptr_t)t.data, value, 8);
    assert_error(mesa_instance_load(m.made, a, "it", 0, err), MESA_EPARSE,
                 message);
    mesa_archive_free(a);
    maker_free(&m);
}

#define NUMBER(v) (&(const double){ v })

static void
test_damaged_files(void **state)
{
    const char *const gnb = "[estimator] gnb: a prior, mean or variance is "
                            "out of range";

    (void)state;
    expect_unloadable("gnb", "", "prior", NUMBER(-0.5), gnb);
    expect_unloadable("gnb", "", "theta", NUMBER(NAN), gnb);
    expect_unloadable("gnb", "", "var", NUMBER(0.0), gnb);
    expect_unloadable("logistic", "", "coef", NUMBER(NAN),
                      "[estimator] logistic: coefficient 0 is nan");
    expect_unloadable("logistic", "", "classes", &(const int64_t){ 1 },
                      "[estimator] logistic: class 1 is 1");
}

/* Sizes in a file that nobody could multiply, or that do not fit. */
static void
test_damaged_shapes(void **state)
{
    const uint64_t large[3] = { 1, UINT64_MAX, 2 }, one[3] = { 1, 4, 1 };
    struct mesa_archive *a = mesa_archive_new();
    struct maker m = empty;
    struct mesa_tensor t;
    struct rows rows;

    (void)state;
    make_rows(&rows, 2, false, true);
    assert_ok(fit(&m, "logistic", "", &rows.data, err));
    assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
    assert_ok(mesa_archive_get(a, "it.0.mesa.shape", &t, err));
    memcpy((void *)(uintptr_t)t.data, large, sizeof large);
    assert_error(mesa_instance_load(m.made, a, "it", 0, err), MESA_EPARSE,
                 "[estimator] logistic: a model of 18446744073709551615 "
                 "columns and 2 classes");
    memcpy((void *)(uintptr_t)t.data, one, sizeof one);
    assert_error(mesa_instance_load(m.made, a, "it", 0, err), MESA_EPARSE,
                 "[estimator] logistic: there are 2 of 1 classes");
    mesa_archive_free(a);
    maker_free(&m);
}

static void
test_logistic_refusals(void **state)
{
    struct rows rows;

    (void)state;
    make_rows(&rows, 2, true, true);
    memset(rows.weight, 0, sizeof rows.weight);
    expect_refusal("logistic", "", &rows.data, MESA_EDATA,
                   "[estimator] logistic: all weights are 0");
    rows.data.weight = NULL;
    rows.x[3 * GOLDEN_COLUMNS + 1] = 1e200;
    expect_refusal("logistic", "", &rows.data, MESA_ENUMERIC,
                   "[estimator] logistic: the values of column 1 are too "
                   "large to be squared and summed");
}

/* Two classes of three; classes that a plane parts, without a penalty, whose
 * coefficients have no end; a row from far away. */
static void
test_logistic_limits(void **state)
{
    double two[GOLDEN_ROWS * 2], three[GOLDEN_ROWS * 3];
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows, 2, false, true);
    assert_ok(fit(&m, "logistic", "", &rows.data, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, two, err));
    rows.data.n_classes = 3;
    assert_ok(fit(&m, "logistic", "", &rows.data, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, three, err));
    for (size_t i = 0; i < GOLDEN_ROWS; i++) {
        assert_bits_equal(three[3 * i + 1], two[2 * i + 1]);
        assert_bits_equal(three[3 * i + 2], 0.0);
    }
    for (size_t i = 0; i < GOLDEN_ROWS; i++)
        rows.y[i] = rows.x[i * GOLDEN_COLUMNS] > 0.3;
    rows.data.n_classes = 2;
    assert_ok(fit(&m, "logistic", "penalty=none", &rows.data, err));
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, two, err));
    for (size_t i = 0; i < GOLDEN_ROWS; i++)
        assert_true(two[2 * i + (size_t)rows.y[i]] > 0.999);
    rows.x[0] = 1e308;
    rows.x[1] = -1e308;
    assert_error(mesa_estimator_predict_proba(m.made, &rows.data.x, two, err),
                 MESA_ENUMERIC,
                 "[estimator] logistic: the values of a row are too large to "
                 "be summed");
    maker_free(&m);
}

/* A large penalty leaves no coefficient; a smaller one some. */
static void
test_logistic_sparse(void **state)
{
    const struct { const char *params; size_t zeros; } cases[] = {
        { "penalty=l1 c=0.001", 4 }, { "penalty=l1 c=0.3", 2 },
        { "penalty=l2 c=0.001", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_archive *a = mesa_archive_new();
        struct maker m = empty;
        struct mesa_tensor t;
        struct rows rows;
        size_t zeros = 0;

        make_rows(&rows, 2, false, true);
        assert_ok(fit(&m, "logistic", cases[i].params, &rows.data, err));
        assert_ok(mesa_instance_save(m.made, a, "it", 0, err));
        assert_ok(mesa_archive_get(a, "it.0.coef", &t, err));
        for (size_t j = 0; j < GOLDEN_COLUMNS; j++)
            zeros += ((const double *)t.data)[j] == 0.0;
        assert_int_equal(zeros, cases[i].zeros);
        mesa_archive_free(a);
        maker_free(&m);
    }
}

static void
take_line(void *context, const char *line)
{
    snprintf(context, 200, "%s", line);
}

static void
test_logistic_stops_early(void **state)
{
    char said[200] = "";
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows, 2, false, true);
    mesa_warn_to(take_line, said);
    assert_ok(fit(&m, "logistic", "max_iter=1 tol=1e-12", &rows.data, err));
    mesa_warn_to(NULL, NULL);
    assert_string_equal(said, "logistic has stopped before its gradient is "
                              "below tol = 1e-12; max_iter is 1");
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_gnb_refusals),
        cmocka_unit_test(test_gnb_limits),
        cmocka_unit_test(test_logistic_refusals),
        cmocka_unit_test(test_logistic_limits),
        cmocka_unit_test(test_logistic_sparse),
        cmocka_unit_test(test_logistic_stops_early),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_damaged_shapes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
