/* SPDX-License-Identifier: MIT */
/*
 * test_committee.c - the members of learners that are ensembles: who they
 * are, before fit, after it and after load, and that the others have none.
 */
#include "learner_fixture.h"

/* n: members there are, 0: it has none; mean: their mean is what it says. */
struct committee {
    struct learner learner;
    size_t         n, n_classes;
    bool           mean;
};

static const struct committee committees[] = {
    { { "bagging", "n_estimators=3", 0, 0 }, 3, 3, true },
    { { "forest", "n_estimators=4", 0, 0 }, 4, 3, true },
    { { "balanced_forest", "n_estimators=4", 0, 0 }, 4, 3, true },
    { { "underbagging", "n_estimators=3", 0, 0 }, 3, 3, true },
    { { "easy_ensemble", "n_estimators=2 easy.type=adaboost "
                         "easy.n_estimators=3 estimator=easy", 0, 0 },
      2, 3, true },
    { { "self_paced_ensemble", "n_estimators=3", 0, 0 }, 3, 3, true },
    { { "balance_cascade", "n_estimators=3", 0, 0 }, 3, 3, true },
    { { "smotebagging", "n_estimators=3 sampler=random_over", 0, 0 }, 3, 3,
      true },
    { { "adaboost", "n_estimators=4", 0, 0 }, 4, 3, false },
    { { "smoteboost", "n_estimators=3 sampler=random_over "
                      "early_termination=no", 0, 0 }, 3, 3, false },
    { { "rusboost", "n_estimators=3 early_termination=no", 0, 0 }, 3, 3,
      false },
    { { "ramoboost", "n_estimators=3 sampler=random_over "
                     "early_termination=no", 0, 0 }, 3, 3, false },
    { { "mesa", "n_estimators=3", 0, 0 }, 3, 2, true },
    { { "mesa", "n_estimators=3", 0, 0 }, 0, 3, false },
    { { "resampled", "estimator=bag bag.type=bagging bag.n_estimators=3",
        0, 0 }, 3, 3, true },
    { { "resampled", "estimator=tree", 0, 0 }, 0, 3, false },
    { { "tree", "", 0, 0 }, 0, 3, false },
    { { "knn", "", 0, 0 }, 0, 3, false },
    { { "calibrated", "estimator=gnb cv=2", 0, 0 }, 0, 3, false },
};

static struct maker maker;

static void
assert_members(const struct committee *c, const struct mesa_instance *e)
{
    const struct mesa_ensemble *members = mesa_estimator_members(e);

    if (c->n == 0) {
        assert_null(members);
        return;
    }
    if (!members || members->n != c->n)
        fail_msg("%s has %zu members", c->learner.name,
                 members ? members->n : 0);
    for (size_t i = 0; i < members->n; i++) {
        assert_int_equal(mesa_estimator_n_columns(members->member[i]),
                         LEARN_COLS);
        assert_int_equal(mesa_estimator_n_classes(members->member[i]),
                         c->n_classes);
    }
}

/* What members say are probabilities; of those that are averaged the mean is
 * what the ensemble says. */
static void
assert_mean(const struct committee *c, const struct mesa_cmatrix *x)
{
    const struct mesa_ensemble *members = mesa_estimator_members(maker.made);
    const size_t n = x->rows * c->n_classes;
    double all[LEARN_ROWS * 3], p[LEARN_ROWS * 3], sum[LEARN_ROWS * 3];

    memset(sum, 0, sizeof sum);
    assert_ok(mesa_estimator_predict_proba(maker.made, x, all, err));
    for (size_t i = 0; members && i < members->n; i++) {
        assert_ok(mesa_estimator_predict_proba(members->member[i], x, p,
                                               err));
        expect_proba(&c->learner, p, x->rows, c->n_classes);
        for (size_t v = 0; v < n; v++)
            sum[v] += p[v];
    }
    for (size_t v = 0; v < n && c->mean; v++)
        assert_true(fabs(sum[v] / (double)c->n - all[v]) < 1e-14);
}

static void
test_members(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESA_COUNT(committees); i++) {
        const struct committee *c = &committees[i];
        struct mesa_archive *a = mesa_archive_new();
        struct mesa_instance *other;
        struct learn_rows rows;

        learn_rows_make(&rows, LEARN_ROWS, (uint32_t)c->n_classes);
        assert_ok(learner_fit(&maker, &c->learner, &rows.data, err));
        assert_members(c, maker.made);
        assert_mean(c, &rows.data.x);
        assert_ok(learner_another(&maker, &other, err));
        assert_null(mesa_estimator_members(other)); /* not fitted */
        assert_ok(mesa_instance_save(maker.made, a, "it", 0, err));
        assert_ok(mesa_instance_load(other, a, "it", 0, err));
        assert_members(c, other);
        mesa_instance_free(other);
        mesa_archive_free(a);
    }
}

/* Of what was learnt last; of a fit that failed there are none. */
static void
test_fitted_again(void **state)
{
    static const struct learner bagging = { "bagging", "n_estimators=3", 0,
                                            0 };
    struct mesa_rng rng;
    struct mesa_error e;
    struct learn_rows rows;
    mesa_status st;

    (void)state;
    learn_rows_make(&rows, LEARN_ROWS, 2);
    assert_ok(learner_fit(&maker, &bagging, &rows.data, err));
    learn_rows_make(&rows, LEARN_ROWS, 3);
    mesa_rng_seed(&rng, 1);
    assert_ok(mesa_estimator_fit(maker.made, &rows.data, NULL, &rng, err));
    assert_members(&committees[0], maker.made);
    mesa_memory_fail_at(0);
    st = mesa_estimator_fit(maker.made, &rows.data, NULL, &rng, &e);
    mesa_memory_fail_at(UINT64_MAX);
    assert_int_equal(st, MESA_ENOMEM);
    assert_null(mesa_estimator_members(maker.made));
}

/* What is no estimator has no members. */
static void
test_others(void **state)
{
    (void)state;
    assert_ok(maker_make(&maker, MESA_KIND_SAMPLER, "random_under", "", err));
    assert_null(mesa_estimator_members(maker.made));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_fitted_again),
        cmocka_unit_test(test_others),
    };
    int failed;

    learner_open(&maker);
    failed = cmocka_run_group_tests_name("committee", tests, NULL, NULL);
    maker_free(&maker);
    return failed;
}
