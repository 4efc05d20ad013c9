/* SPDX-License-Identifier: MIT */
/* test_knn.c - the learner knn beside scikit-learn, and where rows tie. */
#include "source_fixture.h"

#include "../golden/knn.h"

const struct mesa_plugin *mesa_plugin(void);

static double x[(ROWS + ASKED) * COLS];
static int32_t y[ROWS + ASKED];

/* As tests/golden/gen/knn.py makes them. */
static struct mesa_dataset
golden_rows(void)
{
    struct mesa_dataset d = { .struct_size = sizeof d,
                              .x = { x, ROWS, COLS, COLS, NULL }, .y = y,
                              .n_classes = CLASSES };
    uint64_t state = 7;

    for (size_t i = 0; i < ROWS + ASKED; i++) {
        for (size_t j = 0; j < COLS; j++) {
            state = state * 48271 % 2147483647;
            x[i * COLS + j] = (double)(state % 65536) / 1024;
        }
        state = state * 48271 % 2147483647;
        y[i] = state % 4 == 0 ? (int32_t)(state / 4 % CLASSES)
                              : (int32_t)(x[i * COLS] / 24);
    }
    memcpy(x + ROWS * COLS, x, 3 * COLS * sizeof *x);
    return d;
}

static mesa_status
fit(struct fixture *fx, const struct mesa_dataset *d, const char *lines,
    struct mesa_error *err)
{
    mesa_status st = fixture_make(fx, mesa_plugin(), lines, err);
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 0);
    return st == MESA_OK ? mesa_estimator_fit(fx->source, d, NULL, &rng, err)
                         : st;
}

static void
test_scikit_learn(void **state)
{
    struct mesa_dataset d = golden_rows();
    struct mesa_cmatrix asked = { x + ROWS * COLS, ASKED, COLS, COLS, NULL };
    double proba[ASKED * CLASSES];
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    for (size_t g = 0; g < sizeof golden / sizeof golden[0]; g++) {
        assert_ok(fit(&fx, &d, golden[g].lines, err));
        assert_ok(mesa_estimator_predict_proba(fx.source, &asked, proba,
                                               err));
        for (size_t i = 0; i < ASKED * CLASSES; i++)
            assert_close(proba[i], golden[g].proba[i], 1e-12);
    }
    fixture_free(&fx);
}

/* Blocks of rows, rows through an index, and two threads: the same. */
static void
test_however_rows_are_asked(void **state)
{
    enum { MANY = 3000 };
    static size_t index[MANY];
    static double all[MANY * CLASSES], some[ROWS * CLASSES];
    struct mesa_dataset d = golden_rows();
    struct mesa_cmatrix many = { x, MANY, COLS, COLS, index };
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    for (size_t i = 0; i < MANY; i++)
        index[i] = i % ROWS;
    assert_ok(fit(&fx, &d, "weights = distance\n", err));
    assert_ok(mesa_estimator_predict_proba(fx.source, &d.x, some, err));
    assert_ok(mesa_parallel_set_threads(2, err));
    assert_ok(mesa_estimator_predict_proba(fx.source, &many, all, err));
    assert_ok(mesa_parallel_set_threads(1, err));
    for (size_t i = 0; i < MANY; i++)
        assert_memory_equal(all + i * CLASSES, some + i % ROWS * CLASSES,
                            CLASSES * sizeof *all);
    fixture_free(&fx);
}

/* Of four rows at one distance, three share two places. */
static void
test_ties_share(void **state)
{
    static const double line[] = { 0, 1, 1, 1, 9 };
    static const int32_t class_[] = { 1, 0, 0, 1, 0 };
    static const double at[] = { 2, 0 };
    struct mesa_dataset d = { .struct_size = sizeof d,
                              .x = { line, 5, 1, 1, NULL }, .y = class_,
                              .n_classes = 2 };
    struct mesa_cmatrix asked = { at, 2, 1, 1, NULL };
    double proba[4];
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    assert_ok(fit(&fx, &d, "n_neighbors = 2\n", err));
    assert_ok(mesa_estimator_predict_proba(fx.source, &asked, proba, err));
    assert_close(proba[1], 1.0 / 3, 1e-15);
    assert_close(proba[3], (1 + 1.0 / 3) / 2, 1e-15);
    /* From 0.5 on, row 0 and the three are equally far: of 3 places. */
    assert_ok(fit(&fx, &d, "n_neighbors = 4\nweights = distance\n", err));
    assert_ok(mesa_estimator_predict_proba(fx.source, &asked, proba, err));
    assert_close(proba[1], (1 + 0.5) / 3.5, 1e-15);
    assert_close(proba[3], 1, 1e-15); /* row 0 alone is equal */
    fixture_free(&fx);
}

/* Equal rows of two classes, by distance: what the clump is made of. */
static void
test_equal_rows_share(void **state)
{
    static const double line[] = { 3, 3, 3, 3, 5 };
    static const int32_t class_[] = { 0, 0, 0, 1, 1 };
    static const double at = 3;
    struct mesa_dataset d = { .struct_size = sizeof d,
                              .x = { line, 5, 1, 1, NULL }, .y = class_,
                              .n_classes = 2 };
    struct mesa_cmatrix asked = { &at, 1, 1, 1, NULL };
    double proba[2];
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    assert_ok(fit(&fx, &d, "n_neighbors = 2\nweights = distance\n", err));
    assert_ok(mesa_estimator_predict_proba(fx.source, &asked, proba, err));
    assert_close(proba[1], 0.25, 1e-15);
    fixture_free(&fx);
}

/* A model that is read again says the same; categories are kept. */
static void
test_categories_and_files(void **state)
{
    static const char *const colour[] = { "blue", "red", "green" };
    static const struct mesa_column column[] = {
        { "size", MESA_NUMERIC, 0, NULL },
        { "colour", MESA_CATEGORICAL, 3, colour },
    };
    static const struct mesa_schema schema = { sizeof schema, 2, 2, column,
                                               NULL, NULL, 0, NULL };
    static const double mixed[] = { 0, 0, 9, 0, 10, 2 };
    static const int32_t class_[] = { 1, 0, 0 };
    static const double at[] = { 4, 0, 4, 1, 9, 2 };
    struct mesa_dataset d = { .struct_size = sizeof d,
                              .x = { mixed, 3, 2, 2, NULL }, .y = class_,
                              .n_classes = 2, .schema = &schema };
    struct mesa_cmatrix asked = { at, 3, 2, 2, NULL };
    struct mesa_archive *a = mesa_archive_new();
    double proba[6], again[6];
    struct fixture fx;
    const char *lines = "n_neighbors = 1\nmetric = heom\n";

    (void)state;
    fixture_init(&fx);
    assert_ok(fit(&fx, &d, lines, err));
    assert_ok(mesa_estimator_predict_proba(fx.source, &asked, proba, err));
    assert_close(proba[1], 1, 1e-15);
    assert_close(proba[3], 1, 1e-15); /* each is of another colour */
    assert_close(proba[4], 1, 1e-15);
    assert_ok(mesa_instance_save(fx.source, a, "knn", 0, err));
    assert_ok(fixture_make(&fx, mesa_plugin(), lines, err));
    assert_ok(mesa_instance_load(fx.source, a, "knn", 0, err));
    assert_ok(mesa_estimator_predict_proba(fx.source, &asked, again, err));
    assert_memory_equal(proba, again, sizeof proba);
    mesa_archive_free(a);
    fixture_free(&fx);
}

static void
test_messages(void **state)
{
    struct mesa_dataset d = golden_rows();
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_tensor t;
    struct fixture fx;

    (void)state;
    fixture_init(&fx);
    d.x.rows = 4;
    assert_error(fit(&fx, &d, "", err), MESA_EDATA,
                 "[data] knn: n_neighbors is 5, but there are 4 training "
                 "rows");
    assert_ok(fit(&fx, &d, "n_neighbors = 2\n", err));
    assert_ok(mesa_instance_save(fx.source, a, "knn", 0, err));
    /* The archive holds copies of its own: change them. */
    assert_ok(mesa_archive_get(a, "knn.0.y", &t, err));
    ((int32_t *)(uintptr_t)t.data)[2] = CLASSES;
    assert_error(mesa_instance_load(fx.source, a, "knn", 0, err), MESA_EPARSE,
                 "[data] knn: training row 2 is of class 3 of 3");
    ((int32_t *)(uintptr_t)t.data)[2] = 0;
    assert_ok(mesa_archive_get(a, "knn.0.x", &t, err));
    ((double *)(uintptr_t)t.data)[COLS + 1] = __builtin_nan("");
    assert_error(mesa_instance_load(fx.source, a, "knn", 0, err), MESA_EPARSE,
                 "[data] knn: training row 1 has no number in column 1");
    mesa_archive_free(a);
    fixture_free(&fx);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scikit_learn),
        cmocka_unit_test(test_however_rows_are_asked),
        cmocka_unit_test(test_ties_share),
        cmocka_unit_test(test_equal_rows_share),
        cmocka_unit_test(test_categories_and_files),
        cmocka_unit_test(test_messages),
    };

    return cmocka_run_group_tests_name("knn", tests, NULL, NULL);
}
