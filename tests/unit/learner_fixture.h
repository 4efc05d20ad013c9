/* SPDX-License-Identifier: MIT */
/*
 * learner_fixture.h - every learner as it is installed, and rows that are
 * awkward to learn from.
 */
#ifndef MESA_TESTS_LEARNER_FIXTURE_H
#define MESA_TESTS_LEARNER_FIXTURE_H

#include "maker.h"

#include "builtin.h"

#include <math.h>

enum { LEARN_ROWS = 48, LEARN_COLS = 3, LEARN_CLASSES = 4 };

/* A learner and parameters that make it quick. */
struct learner {
    const char *name, *words;
    bool        weights; /* takes them                                  */
    bool        sampler; /* that changes rows: weights are not repeats  */
};

static const struct learner learners[] = {
    { "knn", "n_neighbors=3", false, false },
    { "knn", "n_neighbors=2 weights=distance", false, false },
    { "gnb", "", true, false },
    { "logistic", "", true, false },
    { "logistic", "penalty=l1 c=0.5", true, false },
    { "svm", "max_iter=1000", true, false },
    { "svm", "kernel=linear class_weight=balanced max_iter=1000", true,
      false },
    { "tree", "max_depth=3", true, false },
    { "gradient_boosting", "max_iter=3 min_samples_leaf=2", true, false },
    { "calibrated", "estimator=gnb cv=2", true, false },
    { "calibrated", "estimator=gnb cv=2 method=isotonic ensemble=no", true,
      false },
    { "calibrated", "estimator=tree sampler=random_under method=prior", true,
      true },
    { "resampled", "estimator=tree", true, true },
    { "adaboost", "n_estimators=4", true, false },
    { "adaboost", "n_estimators=4 algorithm=samme", true, false },
    { "adaboost", "n_estimators=4 algorithm=adaboost_m2", true, false },
    { "smoteboost", "n_estimators=3 sampler=random_over", true, true },
    { "smoteboost",
      "n_estimators=3 sampler=random_over variant=mesa estimator=gnb", true,
      true },
    { "rusboost", "n_estimators=3", true, true },
    { "rusboost", "n_estimators=3 variant=mesa", true, true },
    { "ramoboost", "n_estimators=3 sampler=random_over", true, true },
    { "underbagging", "n_estimators=3", true, true },
    { "balance_cascade", "n_estimators=3", true, true },
    { "self_paced_ensemble", "n_estimators=3", true, true },
    { "easy_ensemble", "n_estimators=2 easy.type=adaboost "
                       "easy.n_estimators=2 estimator=easy", true, true },
    { "smotebagging", "n_estimators=3 sampler=random_over", true, true },
    { "bagging", "n_estimators=3", true, true },
    { "forest", "n_estimators=3", true, true },
    { "balanced_forest", "n_estimators=3", true, true },
};

enum { LEARNERS = sizeof learners / sizeof *learners };

static inline void
learner_open(struct maker *m)
{
    memset(m, 0, sizeof *m);
    assert_ok(mesa_registry_init(&m->registry, mesa_builtins, err));
}

/* Rows without a pattern but for the classes', in labels 0, 1, 2, 3. */
struct learn_rows {
    double              x[LEARN_ROWS * LEARN_COLS], weight[LEARN_ROWS];
    int32_t             y[LEARN_ROWS];
    struct mesa_dataset data;
};

/* n numbers in [-1, 1]. */
static inline double
learn_wave(size_t i, double phase)
{
    double v = ((double)i + 1) * ((double)i + phase) * 0.6180339887498949;

    return 2 * (v - floor(v)) - 1;
}

/* Of n_classes, of which the last has the most rows. */
static inline void
learn_rows_make(struct learn_rows *r, size_t n, uint32_t n_classes)
{
    memset(r, 0, sizeof *r);
    for (size_t i = 0; i < n; i++) {
        size_t c = i % (2 * n_classes);

        r->y[i] = (int32_t)MESA_MIN(c, n_classes - 1);
        r->weight[i] = 1;
        for (size_t j = 0; j < LEARN_COLS; j++)
            r->x[i * LEARN_COLS + j] = learn_wave(i * LEARN_COLS + j, 3) +
                                       (j < 2 ? r->y[i] : 0);
    }
    r->data = (struct mesa_dataset){
        .struct_size = sizeof r->data,
        .x = { r->x, n, LEARN_COLS, LEARN_COLS, NULL },
        .y = r->y, .n_classes = n_classes
    };
}

static inline mesa_status
learner_fit(struct maker *m, const struct learner *l,
            const struct mesa_dataset *data, struct mesa_error *err)
{
    struct mesa_rng rng;
    mesa_status st;

    st = maker_make(m, MESA_KIND_ESTIMATOR, l->name, l->words, err);
    mesa_rng_seed(&rng, 7);
    return st == MESA_OK ? mesa_estimator_fit(m->made, data, NULL, &rng, err)
                         : st;
}

/* Another instance of the same component, not fitted. */
static inline mesa_status
learner_another(const struct maker *m, struct mesa_instance **out,
                struct mesa_error *err)
{
    const struct mesa_component *c = m->recipe.components;

    while (strcmp(c->section, "estimator") != 0)
        c = c->next;
    return mesa_instance_new(c, out, err);
}

/* Probabilities that are some: between 0 and 1, summing to 1. */
static inline void
expect_proba(const struct learner *l, const double *p, size_t rows,
             size_t classes)
{
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;

        for (size_t c = 0; c < classes; c++) {
            double v = p[r * classes + c];

            if (!(v >= 0 && v <= 1))
                fail_msg("%s %s: row %zu, class %zu: %g", l->name, l->words,
                         r, c, v);
            sum += v;
        }
        if (!(fabs(sum - 1) < 1e-9))
            fail_msg("%s %s: row %zu sums to %.17g", l->name, l->words, r,
                     sum);
    }
}

#endif
