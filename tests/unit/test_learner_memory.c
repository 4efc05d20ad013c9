/* SPDX-License-Identifier: MIT */
/*
 * test_learner_memory.c - every learner when memory runs out, at each
 * allocation of a fit, a prediction, and what files take: it says so, loses
 * nothing, and can go on when there is memory again.
 */
#include "learner_fixture.h"

static struct maker maker;

enum { FEW_ROWS = 24 };

/* Something that is tried with ever more memory, until it succeeds. */
struct attempt {
    struct learn_rows     rows;
    struct mesa_archive  *from, *to;
    double                proba[FEW_ROWS * 3];
};

static mesa_status
attempt_fit(struct attempt *a, struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 7);
    return mesa_estimator_fit(maker.made, &a->rows.data, NULL, &rng, err);
}

static mesa_status
attempt_predict(struct attempt *a, struct mesa_error *err)
{
    return mesa_estimator_predict_proba(maker.made, &a->rows.data.x, a->proba,
                                        err);
}

static mesa_status
attempt_save(struct attempt *a, struct mesa_error *err)
{
    mesa_status st;

    a->to = mesa_archive_new();
    st = a->to ? mesa_instance_save(maker.made, a->to, "it", 0, err)
               : mesa_nomem(err, 1, "archive");
    mesa_archive_free(a->to);
    return st;
}

static mesa_status
attempt_load(struct attempt *a, struct mesa_error *err)
{
    struct mesa_instance *other = NULL;
    mesa_status st = learner_another(&maker, &other, err);

    if (st == MESA_OK)
        st = mesa_instance_load(other, a->from, "it", 0, err);
    if (st == MESA_OK)
        st = mesa_estimator_predict_proba(other, &a->rows.data.x, a->proba,
                                          err);
    mesa_instance_free(other);
    return st;
}

/* Blocks that are alive do not grow; keeps: what may stay after success. */
static void
run_out(const struct learner *l, const char *what,
        mesa_status (*try)(struct attempt *, struct mesa_error *),
        struct attempt *a, bool keeps)
{
    struct mesa_error e = { MESA_OK, 0, "", "" };
    mesa_status st = MESA_ENOMEM;
    uint64_t before = mesa_memory_live(), k = 0;

    for (; st == MESA_ENOMEM && k < 5000; k++) {
        mesa_memory_fail_at(k);
        st = try(a, &e);
        mesa_memory_fail_at(UINT64_MAX);
        if (st == MESA_OK)
            break;
        if (st != MESA_ENOMEM || e.message[0] == '\0')
            fail_msg("%s %s, %s, allocation %llu: %s: %s", l->name, l->words,
                     what, (unsigned long long)k, mesa_status_name(st),
                     e.message);
        if (!keeps && mesa_memory_live() != before)
            fail_msg("%s %s, %s: lost after allocation %llu", l->name,
                     l->words, what, (unsigned long long)k);
    }
    assert_int_equal(st, MESA_OK);
    if (!keeps)
        assert_int_equal(mesa_memory_live(), before);
}

static void
test_out_of_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        const struct learner *l = &learners[i];
        double p[FEW_ROWS * 3];
        struct attempt a = { .from = NULL };

        learn_rows_make(&a.rows, FEW_ROWS, 3);
        assert_ok(learner_fit(&maker, l, &a.rows.data, err));
        assert_ok(attempt_predict(&a, err));
        memcpy(p, a.proba, sizeof p);
        run_out(l, "fit", attempt_fit, &a, true);
        run_out(l, "predict", attempt_predict, &a, false);
        assert_memory_equal(p, a.proba, sizeof p);
        run_out(l, "save", attempt_save, &a, false);
        a.from = mesa_archive_new();
        assert_ok(mesa_instance_save(maker.made, a.from, "it", 0, err));
        memset(a.proba, 0, sizeof a.proba);
        run_out(l, "load", attempt_load, &a, false);
        assert_memory_equal(p, a.proba, sizeof p);
        mesa_archive_free(a.from);
    }
}

/* A fit that has failed leaves a learner that says it is not fitted. */
static void
test_not_fitted_then(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct mesa_error e;
        struct attempt a;
        char said[100];

        learn_rows_make(&a.rows, FEW_ROWS, 3);
        assert_ok(learner_fit(&maker, &learners[i], &a.rows.data, err));
        mesa_memory_fail_at(0);
        assert_int_equal(attempt_fit(&a, &e), MESA_ENOMEM);
        mesa_memory_fail_at(UINT64_MAX);
        snprintf(said, sizeof said, "%s is not fitted yet",
                 learners[i].name);
        assert_error(attempt_predict(&a, err), MESA_ESTATE, said);
    }
}

/* Twice the input, and what is made, is the most that a fit may take. */
static void
test_blocks_do_not_pile_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct attempt a;
        uint64_t after;

        learn_rows_make(&a.rows, FEW_ROWS, 3);
        assert_ok(learner_fit(&maker, &learners[i], &a.rows.data, err));
        after = mesa_memory_live();
        for (int again = 0; again < 3; again++) {
            assert_ok(attempt_fit(&a, err));
            assert_ok(attempt_predict(&a, err));
        }
        assert_int_equal(mesa_memory_live(), after);
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
    return mesa_memory_live() == 0 ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_not_fitted_then),
        cmocka_unit_test(test_blocks_do_not_pile_up),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
