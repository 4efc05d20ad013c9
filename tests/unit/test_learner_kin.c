/* SPDX-License-Identifier: MIT */
/*
 * test_learner_kin.c - learners that are others with other defaults: given
 * the same parts and the same seed they predict the same bytes.  And what
 * each parameter of theirs changes.
 */
#include "learner_fixture.h"

static struct maker maker;

static double p[LEARN_ROWS * 3], q[LEARN_ROWS * 3];

static void
predict(const char *name, const char *words, const struct learn_rows *r,
        double *out)
{
    const struct learner l = { name, words, true, true };
    struct mesa_error e;

    if (learner_fit(&maker, &l, &r->data, &e) != MESA_OK)
        fail_msg("%s %s: %s", name, words, e.message);
    assert_ok(mesa_estimator_predict_proba(maker.made, &r->data.x, out, err));
    expect_proba(&l, out, r->data.x.rows, r->data.n_classes);
}

static bool
alike(const char *one, const char *words, const char *other,
      const char *others)
{
    for (uint32_t k = 2; k <= 3; k++) {
        struct learn_rows r;

        learn_rows_make(&r, LEARN_ROWS, k);
        predict(one, words, &r, p);
        predict(other, others, &r, q);
        if (memcmp(p, q, LEARN_ROWS * k * sizeof *p) != 0)
            return false;
    }
    return true;
}

struct pair {
    const char *name, *words, *other, *others;
};

static const struct pair same[] = {
    /* One loop, whatever the default sampler. */
    { "underbagging", "n_estimators=4 sampler=self_paced",
      "self_paced_ensemble", "n_estimators=4" },
    { "underbagging", "n_estimators=4 sampler=cascade",
      "balance_cascade", "n_estimators=4" },
    { "self_paced_ensemble", "n_estimators=4 sampler=random_under",
      "underbagging", "n_estimators=4" },
    { "easy_ensemble", "n_estimators=3 estimator=tree", "underbagging",
      "n_estimators=3" },
    { "easy_ensemble", "n_estimators=2", "underbagging",
      "n_estimators=2 estimator=adaboost" },
    /* One boosting loop. */
    { "smoteboost", "n_estimators=4 sampler=random_under", "rusboost",
      "n_estimators=4" },
    { "ramoboost", "n_estimators=4 sampler=random_under", "rusboost",
      "n_estimators=4" },
    { "smoteboost", "n_estimators=4 sampler=random_over", "ramoboost",
      "n_estimators=4 sampler=random_over" },
    /* A forest is bagging with another tree. */
    { "forest", "n_estimators=4", "bagging",
      "n_estimators=4 estimator=t t.type=tree t.max_features=sqrt" },
    { "forest", "n_estimators=4 estimator=gnb max_samples=0.5",
      "bagging", "n_estimators=4 estimator=gnb max_samples=0.5" },
    /* Without replacement and all rows each member learns the same. */
    { "bagging", "n_estimators=2 bootstrap=no estimator=knn", "bagging",
      "n_estimators=1 bootstrap=no estimator=knn" },
    /* A share, or as many rows by count. */
    { "bagging", "n_estimators=4 max_samples=0.25", "bagging",
      "n_estimators=4 max_samples=12" },
    { "bagging", "max_samples=1", "bagging", "" },
    { "balanced_forest", "n_estimators=4", "balanced_forest",
      "n_estimators=4 sampling_strategy=all replacement=yes" },
    /* Words for numbers, and defaults that are said. */
    { "smoteboost", "n_estimators=3 sampler=random_over",
      "smoteboost",
      "n_estimators=3 sampler=random_over variant=paper "
      "algorithm=adaboost_m2 n_samples=all accumulate=no "
      "early_termination=yes" },
    { "smoteboost", "n_estimators=3 sampler=random_over variant=mesa",
      "smoteboost",
      "n_estimators=3 sampler=random_over algorithm=samme.r "
      "n_samples=100 accumulate=yes early_termination=no" },
    { "adaboost", "n_estimators=3 algorithm=samme.r learning_rate=1",
      "adaboost", "n_estimators=3" },
    { "logistic", "class_weight=none", "logistic", "penalty=l2 c=1" },
    { "svm", "gamma=auto", "svm", "gamma=0.3333333333333333" },
    { "svm", "kernel=poly degree=1 coef0=0 gamma=1", "svm",
      "kernel=linear" },
    { "svm", "cache_size=1", "svm", "cache_size=1000" },
    { "knn", "n_neighbors=1 weights=distance", "knn", "n_neighbors=1" },
};

static void
test_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(same); i++)
        if (!alike(same[i].name, same[i].words, same[i].other,
                   same[i].others))
            fail_msg("%s %s is not %s %s", same[i].name, same[i].words,
                     same[i].other, same[i].others);
}

/* Keys that are read: another value, other bytes. */
static const struct pair other[] = {
    { "knn", "n_neighbors=3", "knn", "n_neighbors=4" },
    { "knn", "weights=uniform", "knn", "weights=distance" },
    { "knn", "metric=euclidean", "knn", "metric=manhattan" },
    { "knn", "metric=heom", "knn", "metric=manhattan" },
    { "gnb", "", "gnb", "var_smoothing=0.1" },
    { "logistic", "", "logistic", "c=0.1" },
    { "logistic", "penalty=none", "logistic", "" },
    { "logistic", "penalty=l1", "logistic", "" },
    { "logistic", "fit_intercept=no", "logistic", "" },
    { "logistic", "class_weight=balanced", "logistic", "" },
    { "svm", "kernel=rbf", "svm", "kernel=linear" },
    { "svm", "kernel=poly", "svm", "kernel=poly degree=2" },
    { "svm", "kernel=poly", "svm", "kernel=poly coef0=1" },
    { "svm", "kernel=sigmoid", "svm", "kernel=sigmoid coef0=0.5" },
    { "svm", "gamma=scale", "svm", "gamma=auto" },
    { "svm", "class_weight=balanced", "svm", "" },
    { "svm", "c=0.1", "svm", "" },
    { "calibrated", "estimator=gnb", "calibrated",
      "estimator=gnb method=isotonic" },
    { "calibrated", "estimator=gnb", "calibrated",
      "estimator=gnb cv=3" },
    { "calibrated", "estimator=gnb", "calibrated",
      "estimator=gnb ensemble=no" },
    { "adaboost", "algorithm=samme", "adaboost", "algorithm=samme.r" },
    { "adaboost", "algorithm=samme", "adaboost",
      "algorithm=adaboost_m2" },
    { "adaboost", "learning_rate=0.1", "adaboost", "" },
    { "adaboost", "n_estimators=2", "adaboost", "n_estimators=3" },
    { "rusboost", "n_estimators=4 estimator=gnb", "rusboost",
      "n_estimators=4 estimator=gnb learning_rate=0.5" },
    { "rusboost", "n_estimators=4 estimator=gnb algorithm=samme.p",
      "rusboost", "n_estimators=4 estimator=gnb algorithm=samme.r" },
    { "smoteboost",
      "n_estimators=4 sampler=smote estimator=gnb n_samples=1",
      "smoteboost",
      "n_estimators=4 sampler=smote estimator=gnb n_samples=9" },
    { "smoteboost",
      "n_estimators=4 sampler=smote estimator=gnb accumulate=yes",
      "smoteboost",
      "n_estimators=4 sampler=smote estimator=gnb accumulate=no" },
    { "smotebagging",
      "n_estimators=9 sampler=random_over", "smotebagging",
      "n_estimators=9" },
    { "bagging", "max_samples=0.3", "bagging", "max_samples=0.6" },
    { "bagging", "bootstrap=no max_samples=0.5", "bagging",
      "max_samples=0.5" },
    { "forest", "n_estimators=3", "forest", "n_estimators=4" },
    { "forest", "n_estimators=9", "bagging", "n_estimators=9" },
    { "balanced_forest", "n_estimators=4", "balanced_forest",
      "n_estimators=4 replacement=no" },
    { "balanced_forest", "n_estimators=4", "balanced_forest",
      "n_estimators=4 sampling_strategy=1:7" },
};

static void
test_other_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(other); i++)
        if (alike(other[i].name, other[i].words, other[i].other,
                  other[i].others))
            fail_msg("%s %s and %s %s are the same", other[i].name,
                     other[i].words, other[i].other, other[i].others);
}

/* Every choice of every key can be had; numbers at their limits too. */
static void
test_choices(void **state)
{
    static const struct { const char *name, *words; } cases[] = {
        { "knn", "metric=heom weights=distance n_neighbors=48" },
        { "knn", "metric=manhattan n_neighbors=1" },
        { "gnb", "var_smoothing=1e9" },
        { "gnb", "var_smoothing=0" },
        { "logistic", "c=1e300" },
        { "logistic", "c=1e-300" },
        { "logistic", "penalty=l1 c=1e-300" },
        { "logistic", "penalty=l1 c=1e300 max_iter=20" },
        { "logistic", "max_iter=1 tol=1" },
        { "svm", "kernel=sigmoid gamma=1e300" },
        { "svm", "kernel=rbf gamma=1e300" },
        { "svm", "kernel=rbf gamma=1e-300" },
        { "svm", "kernel=poly degree=0" },
        { "svm", "kernel=poly degree=100 gamma=1e-3" },
        { "svm", "c=1e-300" },
        { "svm", "c=1e300 max_iter=500" },
        { "svm", "tol=1" },
        { "svm", "max_iter=1" },
        { "calibrated", "estimator=logistic cv=8" },
        { "calibrated", "estimator=knn method=isotonic cv=2" },
        { "adaboost", "learning_rate=1e6" },
        { "adaboost", "learning_rate=1e-300" },
        { "adaboost", "learning_rate=1e6 algorithm=samme" },
        { "adaboost", "learning_rate=1e6 algorithm=adaboost_m2" },
        { "adaboost", "algorithm=adaboost_m2 estimator=tree" },
        { "rusboost", "learning_rate=1e6 estimator=gnb" },
        { "rusboost", "algorithm=samme estimator=gnb early_termination=no" },
        { "rusboost", "algorithm=samme.p learning_rate=1e6 estimator=gnb" },
        { "smoteboost", "n_samples=1 n_estimators=3" },
        { "smotebagging", "variant=mesa n_estimators=3 sampler=s s.type=smote "
                          "s.k_neighbors=auto" },
        { "smoteboost", "n_samples=9223372036854775807 sampler=random_over "
                        "n_estimators=2" },
        { "smoteboost", "sampler=random_over variant=mesa learning_rate=1e6 "
                        "n_estimators=9" },
        { "bagging", "max_samples=1e-300 n_estimators=3" },
        { "bagging", "max_samples=48 bootstrap=no n_estimators=2" },
        { "forest", "max_samples=1.5 n_estimators=3" },
        { "balanced_forest", "sampling_strategy=0:2,1:3 n_estimators=3" },
        { "balanced_forest", "sampling_strategy=auto n_estimators=3" },
        { "smotebagging", "n_estimators=12 sampler=random_over" },
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++)
        for (uint32_t k = 2; k <= 3; k++) {
            struct learn_rows r;

            learn_rows_make(&r, LEARN_ROWS, k);
            predict(cases[i].name, cases[i].words, &r, p);
        }
}

static void
test_messages(void **state)
{
    static const struct {
        const char *name, *words;
        mesa_status status;
        const char *message;
    } cases[] = {
        { "knn", "n_neighbors=49", MESA_EDATA,
          "[estimator] knn: n_neighbors is 49, but there are 48 training "
          "rows" },
        { "gnb", "priors=0.5,0.5", MESA_EINVAL,
          "[estimator] gnb: priors has 2 values for 3 classes" },
        { "gnb", "priors=1,0.5,0.5", MESA_EINVAL,
          "[estimator] gnb: priors sum to 2, not to 1" },
        { "svm", "kernel=poly degree=100 gamma=1e300", MESA_ENUMERIC,
          "[estimator] svm: the values of a row are too large for the "
          "kernel, which is inf" },
        { "calibrated", "cv=9", MESA_EDATA,
          "[estimator] calibrated: class 0 has 8 of the rows, fewer than cv "
          "= 9 folds" },
        { "calibrated", "method=prior", MESA_EINVAL,
          "[estimator] calibrated: method = prior undoes what a sampler "
          "does, but no sampler is given" },
        { "calibrated", "on=valid", MESA_EDATA,
          "[estimator] calibrated: on = valid, but there are no validation "
          "rows" },
        { "bagging", "max_samples=48.5", MESA_EINVAL,
          "[estimator] bagging: max_samples is 48.5 but there are 48 rows" },
        { "forest", "max_samples=1e15", MESA_EINVAL,
          "[estimator] forest: max_samples is 1e+15 but there are 48 rows" },
        { "balanced_forest", "sampling_strategy=minority", MESA_EINVAL,
          "[estimator] balanced_forest: sampling_strategy minority cannot be "
          "used for under-sampling" },
        { "balanced_forest", "sampling_strategy=0.5", MESA_EINVAL,
          "[estimator] balanced_forest: sampling_strategy 0.5 is a ratio, "
          "which needs two classes, but there are 3" },
        { "adaboost", "estimator=knn", MESA_EDATA,
          "[estimator] adaboost: knn takes no weights" },
        { "underbagging", "estimator=calibrated n_estimators=2", MESA_OK,
          "" },
    };
    struct learn_rows r;

    (void)state;
    learn_rows_make(&r, LEARN_ROWS, 3);
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        const struct learner l = { cases[i].name, cases[i].words, true,
                                   true };
        struct mesa_error e = { MESA_OK, 0, "", "" };

        if (learner_fit(&maker, &l, &r.data, &e) != cases[i].status)
            fail_msg("%s %s: %s", l.name, l.words, e.message);
        assert_string_equal(e.message, cases[i].message);
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
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_other_bytes),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_messages),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
