/* SPDX-License-Identifier: MIT */
/*
 * test_learner_edges.c - learners on odd rows: scikit-learn's probabilities,
 * and what must not matter: the names of classes, the order of rows and
 * columns, a unit of measure, rows that are there twice or weigh double.
 */
#include "learner_fixture.h"

#include "../golden/learner_edges.h"

/* Both sides' solvers stop a little before the optimum. */
#define SOLVED 1e-6

static struct maker maker;

static void
bend(struct learn_rows *r, const char *kind)
{
    learn_rows_make(r, LEARN_ROWS, 3);
    for (size_t i = 0; i < LEARN_ROWS; i++) {
        double *row = r->x + i * LEARN_COLS;

        if (strcmp(kind, "far") == 0)
            row[1] += 1e6;
        if (strcmp(kind, "constant") == 0)
            row[0] = 1.5;
        for (size_t j = 0; j < LEARN_COLS; j++) {
            if (strcmp(kind, "rounded") == 0)
                row[j] = floor(row[j] * 2) / 2;
            if (strcmp(kind, "tiny") == 0)
                row[j] *= 1e-100;
        }
        r->weight[i] = strcmp(kind, "weighted") == 0 ? (double)(i % 4)
                                                     : 1e100;
    }
    if (strcmp(kind, "weighted") == 0 || strcmp(kind, "heavy") == 0)
        r->data.weight = r->weight;
}

static void
test_scikit_learn(void **state)
{
    double p[LEARN_ROWS * 3];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(edges); i++) {
        const struct learner l = { edges[i].name, edges[i].words, true,
                                   false };
        struct learn_rows r;
        double worst = 0;

        bend(&r, edges[i].kind);
        assert_ok(learner_fit(&maker, &l, &r.data, err));
        assert_ok(mesa_estimator_predict_proba(maker.made, &r.data.x, p,
                                               err));
        for (size_t j = 0; j < EDGE_SHOWN * 3; j++)
            worst = fmax(worst, fabs(p[j] - edges[i].proba[j]));
        if (!(worst <= SOLVED))
            fail_msg("%s %s, %s: off by %g", l.name, l.words, edges[i].kind,
                     worst);
    }
}

/* What is fitted on rows and predicted for the same, or for others. */
static void
predict(const struct learner *l, const struct mesa_dataset *train,
        const struct mesa_cmatrix *x, double *out)
{
    struct mesa_error e;

    if (learner_fit(&maker, l, train, &e) != MESA_OK)
        fail_msg("%s %s: %s", l->name, l->words, e.message);
    assert_ok(mesa_estimator_predict_proba(maker.made, x, out, err));
}

static void
expect_near(const struct learner *l, const double *p, const double *q,
            size_t n, double tolerance, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(p[i] - q[i]) <= tolerance))
            fail_msg("%s %s, %s: value %zu is %.17g, then %.17g", l->name,
                     l->words, what, i, p[i], q[i]);
}

/* Learners without chance in them, to which these symmetries apply. */
static const struct learner steady[] = {
    { "knn", "n_neighbors=3", false, false },
    { "knn", "n_neighbors=7 weights=distance metric=manhattan", false,
      false },
    { "gnb", "", true, false },
    { "logistic", "tol=1e-10", true, false },
    { "logistic", "penalty=l1 c=0.7 tol=1e-10", true, false },
    { "logistic", "class_weight=balanced tol=1e-10", true, false },
    { "adaboost", "n_estimators=3 estimator=gnb", true, false },
    { "adaboost", "n_estimators=3 estimator=gnb algorithm=samme", true,
      false },
    { "adaboost", "n_estimators=3 estimator=gnb algorithm=adaboost_m2", true,
      false },
};

enum { STEADY = sizeof steady / sizeof *steady };

static void
test_order_of_rows(void **state)
{
    double p[LEARN_ROWS * 3], q[LEARN_ROWS * 3];

    (void)state;
    for (size_t i = 0; i < STEADY; i++) {
        struct learn_rows r, other;

        learn_rows_make(&r, LEARN_ROWS, 3);
        learn_rows_make(&other, LEARN_ROWS, 3);
        for (size_t j = 0; j < LEARN_ROWS; j++) {
            size_t from = (j * 31 + 7) % LEARN_ROWS;

            memcpy(other.x + j * LEARN_COLS, r.x + from * LEARN_COLS,
                   LEARN_COLS * sizeof *r.x);
            other.y[j] = r.y[from];
        }
        predict(&steady[i], &r.data, &r.data.x, p);
        predict(&steady[i], &other.data, &r.data.x, q);
        expect_near(&steady[i], p, q, LEARN_ROWS * 3, SOLVED, "rows");
    }
}

static void
test_order_of_columns(void **state)
{
    double p[LEARN_ROWS * 3], q[LEARN_ROWS * 3];

    (void)state;
    for (size_t i = 0; i < STEADY; i++) {
        struct learn_rows r, other;

        learn_rows_make(&r, LEARN_ROWS, 3);
        learn_rows_make(&other, LEARN_ROWS, 3);
        for (size_t j = 0; j < LEARN_ROWS; j++)
            for (size_t c = 0; c < LEARN_COLS; c++)
                other.x[j * LEARN_COLS + c] =
                    r.x[j * LEARN_COLS + (c + 1) % LEARN_COLS];
        predict(&steady[i], &r.data, &r.data.x, p);
        predict(&steady[i], &other.data, &other.data.x, q);
        expect_near(&steady[i], p, q, LEARN_ROWS * 3, SOLVED, "columns");
    }
}

/* Classes 0, 1, 2 named 2, 0, 1. */
static void
test_names_of_classes(void **state)
{
    double p[LEARN_ROWS * 3], q[LEARN_ROWS * 3], back[LEARN_ROWS * 3];

    (void)state;
    for (size_t i = 0; i < STEADY; i++) {
        struct learn_rows r, other;

        learn_rows_make(&r, LEARN_ROWS, 3);
        learn_rows_make(&other, LEARN_ROWS, 3);
        for (size_t j = 0; j < LEARN_ROWS; j++) {
            memcpy(other.x + j * LEARN_COLS, r.x + j * LEARN_COLS,
                   LEARN_COLS * sizeof *r.x);
            other.y[j] = (r.y[j] + 2) % 3;
        }
        predict(&steady[i], &r.data, &r.data.x, p);
        predict(&steady[i], &other.data, &r.data.x, q);
        for (size_t j = 0; j < LEARN_ROWS * 3; j++)
            back[j] = q[j / 3 * 3 + (j + 2) % 3];
        expect_near(&steady[i], p, back, LEARN_ROWS * 3, SOLVED, "classes");
    }
}

/* A million times the unit: learners that measure nothing else. */
static void
test_unit(void **state)
{
    static const struct learner free_of_units[] = {
        { "knn", "n_neighbors=3", false, false },
        { "knn", "n_neighbors=3 weights=distance metric=heom", false,
          false },
        { "gnb", "", true, false },
        { "logistic", "penalty=none max_iter=20", true, false },
        { "svm", "", true, false },
        { "adaboost", "n_estimators=3 estimator=gnb", true, false },
        { "tree", "max_depth=3", true, false },
        { "forest", "n_estimators=4", true, true },
        { "rusboost", "n_estimators=4", true, true },
        { "self_paced_ensemble", "n_estimators=4", true, true },
    };
    double p[LEARN_ROWS * 3], q[LEARN_ROWS * 3];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(free_of_units); i++) {
        struct learn_rows r, other;

        learn_rows_make(&r, LEARN_ROWS, 3);
        learn_rows_make(&other, LEARN_ROWS, 3);
        for (size_t j = 0; j < LEARN_ROWS * LEARN_COLS; j++)
            other.x[j] = r.x[j] * 1048576;
        predict(&free_of_units[i], &r.data, &r.data.x, p);
        predict(&free_of_units[i], &other.data, &other.data.x, q);
        expect_near(&free_of_units[i], p, q, LEARN_ROWS * 3, SOLVED, "unit");
    }
}

/* Each row twice, or of weight 2. */
static void
test_rows_twice(void **state)
{
    static const struct learner alike[] = {
        { "gnb", "", true, false },
        { "logistic", "tol=1e-10", true, false },
        { "logistic", "class_weight=balanced tol=1e-10", true, false },
        { "tree", "max_depth=3", true, false },
        { "logistic", "penalty=l1 c=0.7 tol=1e-10", true, false },
        { "adaboost", "n_estimators=3 estimator=gnb algorithm=adaboost_m2",
          true, false },
    };
    double p[LEARN_ROWS * 3], q[LEARN_ROWS * 3];

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(alike); i++) {
        struct learn_rows r, twice;

        learn_rows_make(&r, LEARN_ROWS / 2, 3);
        learn_rows_make(&twice, LEARN_ROWS, 3);
        for (size_t j = 0; j < LEARN_ROWS; j++) {
            size_t from = j % (LEARN_ROWS / 2);

            memcpy(twice.x + j * LEARN_COLS, r.x + from * LEARN_COLS,
                   LEARN_COLS * sizeof *r.x);
            twice.y[j] = r.y[from];
        }
        for (size_t j = 0; j < LEARN_ROWS / 2; j++)
            r.weight[j] = 2;
        r.data.weight = r.weight;
        predict(&alike[i], &r.data, &r.data.x, p);
        predict(&alike[i], &twice.data, &r.data.x, q);
        expect_near(&alike[i], p, q, LEARN_ROWS / 2 * 3, SOLVED, "twice");
    }
}

static int
set_up(void **state)
{
    (void)state;
    learner_open(&maker);
    return 0;
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
        cmocka_unit_test(test_scikit_learn),
        cmocka_unit_test(test_order_of_rows),
        cmocka_unit_test(test_order_of_columns),
        cmocka_unit_test(test_names_of_classes),
        cmocka_unit_test(test_unit),
        cmocka_unit_test(test_rows_twice),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
