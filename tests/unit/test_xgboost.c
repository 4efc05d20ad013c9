/* SPDX-License-Identifier: MIT */
/*
 * test_xgboost.c - what is handed to the library, and what comes back: a tree
 * that can be had by hand, and models that are not trusted.
 */
#include "maker.h"

#include <float.h>
#include <math.h>

const struct mesa_plugin *xgboost_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "learners", "xgboost", xgboost_plugin },
    { NULL, NULL, NULL },
};

static const struct maker empty = { .registry.builtins = plugins };

enum { ROWS = 40 };

/* The second column parts the rows; 3 of 4 of the upper ones are class 1, 1
 * of 4 of the lower ones. */
struct rows {
    double              x[2 * ROWS], weight[ROWS];
    int32_t             y[ROWS];
    struct mesa_dataset data;
};

static void
make_rows(struct rows *r)
{
    for (size_t i = 0; i < ROWS; i++) {
        bool upper = i % 2;

        r->x[2 * i] = 1;
        r->x[2 * i + 1] = upper ? 5 : -5;
        r->y[i] = i / 2 % 4 == 0 ? !upper : upper;
        r->weight[i] = 3;
    }
    r->data = (struct mesa_dataset){ .struct_size = sizeof r->data,
                                     .x = { r->x, ROWS, 2, 2, NULL },
                                     .y = r->y,
                                     .n_classes = 2 };
}

static void
fit(struct maker *m, const char *params, const struct mesa_dataset *data)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 1);
    assert_ok(maker_make(m, MESA_KIND_ESTIMATOR, "xgboost", params, err));
    assert_ok(mesa_estimator_fit(m->made, data, NULL, &rng, err));
}

/* Chen and Guestrin 2016, equation 5: a leaf is -G / (H + lambda), where from
 * p = 1/2 each row adds 1/2 - y to G and 1/4 to H, times its weight. */
static void
expect_leaf(const char *params, const struct rows *rows, double eta,
            double lambda, double one)
{
    double w = rows->data.weight ? 3 : 1, upper = 0, lower = 0;
    double proba[2 * ROWS], g[2] = { 0 }, h[2] = { 0 };
    struct maker m = empty;

    for (size_t i = 0; i < ROWS; i++) {
        double s = w * (rows->y[i] ? one : 1);

        g[i % 2] += s * (0.5 - rows->y[i]);
        h[i % 2] += s * 0.25;
    }
    lower = 1 / (1 + exp(eta * g[0] / (h[0] + lambda)));
    upper = 1 / (1 + exp(eta * g[1] / (h[1] + lambda)));
    fit(&m, params, &rows->data);
    assert_ok(mesa_estimator_predict_proba(m.made, &rows->data.x, proba,
                                           err));
    for (size_t i = 0; i < ROWS; i++) {
        assert_close(proba[2 * i + 1], i % 2 ? upper : lower, 1e-6);
        assert_bits_equal(proba[2 * i], 1 - proba[2 * i + 1]);
    }
    maker_free(&m);
}

static void
test_one_tree(void **state)
{
    struct rows rows;

    (void)state;
    make_rows(&rows);
    expect_leaf("n_estimators=1", &rows, 0.3, 1, 1);
    expect_leaf("n_estimators=1 learning_rate=1 reg_lambda=0", &rows, 1, 0,
                1);
    expect_leaf("n_estimators=1 scale_pos_weight=2.5", &rows, 0.3, 1, 2.5);
    rows.data.weight = rows.weight;
    expect_leaf("n_estimators=1 max_depth=1", &rows, 0.3, 1, 1);
}

/* A leaf that needs more than there is: no split, all rows alike. */
static void
test_min_child_weight(void **state)
{
    double proba[2 * ROWS];
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows);
    fit(&m, "min_child_weight=6", &rows.data);
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, proba, err));
    assert_bits_equal(proba[1], proba[3]);
    maker_free(&m);
}

/* Without penalties they are shares, of any size that a float has. */
static void
test_weights(void **state)
{
    static const double scale[] = { 1, 8, 1e3, 1e6 };
    double first[2 * ROWS], proba[2 * ROWS];
    struct mesa_rng rng;
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows);
    rows.data.weight = rows.weight;
    for (size_t s = 0; s < MESA_COUNT(scale); s++) {
        for (size_t i = 0; i < ROWS; i++)
            rows.weight[i] = scale[s];
        fit(&m, "reg_lambda=0 min_child_weight=0", &rows.data);
        assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, proba,
                                               err));
        if (s == 0)
            memcpy(first, proba, sizeof proba);
        for (size_t i = 0; i < 2 * ROWS; i++)
            assert_close(proba[i], first[i], 1e-3);
    }
    rows.weight[3] = 1e39;
    mesa_rng_seed(&rng, 1);
    assert_error(mesa_estimator_fit(m.made, &rows.data, NULL, &rng, err),
                 MESA_EDATA,
                 "[estimator] xgboost: the weight of row 3 is 1e+39, more "
                 "than a float holds");
    maker_free(&m);
}

/* More than a float holds, and nothing at all. */
static void
test_odd_values(void **state)
{
    double proba[2 * ROWS], again[2 * ROWS];
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows);
    fit(&m, "", &rows.data);
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, proba, err));
    for (size_t i = 0; i < ROWS; i++) {
        rows.x[2 * i] = NAN;
        rows.x[2 * i + 1] *= 1e300;
    }
    rows.data.flags = MESA_DATA_MISSING;
    fit(&m, "", &rows.data);
    assert_ok(mesa_estimator_predict_proba(m.made, &rows.data.x, again, err));
    assert_memory_equal(proba, again, sizeof proba);
    maker_free(&m);
}

/* A fitted model with a value of one of its tensors replaced. */
static void
damage(struct maker *m, struct mesa_archive *a, const char *name, size_t at,
       uint64_t value)
{
    struct mesa_tensor t;
    struct rows rows;

    make_rows(&rows);
    fit(m, "n_estimators=3", &rows.data);
    assert_ok(mesa_instance_save(m->made, a, "it", 0, err));
    assert_ok(mesa_archive_get(a, name, &t, err));
    if (t.dtype == MESA_U8)
        ((uint8_t *)(uintptr_t)t.data)[at] = (uint8_t)value;
    else
        ((uint64_t *)(uintptr_t)t.data)[at] = value;
}

static void
test_damaged_files(void **state)
{
    static const struct {
        const char *name;
        size_t      at;
        uint64_t    value;
        const char *message;
    } cases[] = {
        { "it.0.model", 50, 0xff,
          "[estimator] xgboost: the model and its checksum do not agree" },
        { "it.0.mesa.shape", 1, 7,
          "[estimator] xgboost: a model of 2 columns is in the place of one "
          "of 7" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_archive *a = mesa_archive_new();
        struct maker m = empty;

        damage(&m, a, cases[i].name, cases[i].at, cases[i].value);
        assert_error(mesa_instance_load(m.made, a, "it", 0, err), MESA_EPARSE,
                     cases[i].message);
        mesa_archive_free(a);
        maker_free(&m);
    }
}

static void
test_more_classes_than_fitted(void **state)
{
    struct mesa_archive *a = mesa_archive_new();
    double proba[5 * ROWS];
    struct maker m = empty;
    struct rows rows;

    (void)state;
    make_rows(&rows);
    damage(&m, a, "it.0.mesa.shape", 2, 5);
    assert_ok(mesa_instance_load(m.made, a, "it", 0, err));
    assert_error(mesa_estimator_predict_proba(m.made, &rows.data.x, proba,
                                              err),
                 MESA_EPARSE,
                 "[estimator] xgboost: the model gives 40 probabilities for "
                 "40 rows of 5 classes");
    mesa_archive_free(a);
    maker_free(&m);
}

/* The library's own words. */
static void
test_not_a_model(void **state)
{
    const uint64_t shape[3] = { 1, 2, 2 }, sum = 0xaf64004c860229b8;
    struct mesa_archive *a = mesa_archive_new();
    const uint8_t letter = 'M';
    struct maker m = empty;
    struct mesa_error error;
    const char *begin = "[estimator] xgboost: model: ";

    (void)state;
    assert_ok(maker_make(&m, MESA_KIND_ESTIMATOR, "xgboost", "", err));
    assert_ok(mesa_archive_put_vector(a, "it.0.mesa.shape", MESA_U64, 3,
                                      shape, err));
    assert_ok(mesa_archive_put_vector(a, "it.0.model", MESA_U8, 1, &letter,
                                      err));
    assert_ok(mesa_archive_put_vector(a, "it.0.checksum", MESA_U64, 1, &sum,
                                      err));
    assert_int_equal(mesa_instance_load(m.made, a, "it", 0, &error),
                     MESA_ENUMERIC);
    assert_memory_equal(error.message, begin, strlen(begin));
    mesa_archive_free(a);
    maker_free(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_tree),
        cmocka_unit_test(test_min_child_weight),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_odd_values),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_more_classes_than_fitted),
        cmocka_unit_test(test_not_a_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
