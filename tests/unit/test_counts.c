/* SPDX-License-Identifier: MIT */
/* test_counts.c - what models are made of: put together, and the same again
 * when they are loaded. */
#include "learner_fixture.h"

#include "counts.h"

static struct maker maker;

static int
open_maker(void **state)
{
    (void)state;
    learner_open(&maker);
    return 0;
}

static int
free_maker(void **state)
{
    (void)state;
    maker_free(&maker);
    return 0;
}

static const struct mesa_counted *
counted(const struct mesa_counts *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->at[i].name, name) == 0)
            return &c->at[i];
    return NULL;
}

static void
test_together(void **state)
{
    struct mesa_counts *c = mesa_counts_new();
    const struct mesa_counted *one;

    (void)state;
    assert_non_null(c);
    mesa_count(c, "leaves", 3);
    mesa_count(c, "nodes", 5);
    mesa_count(c, "leaves", 0);
    mesa_count(c, "leaves", 9);
    assert_int_equal(c->n, 2);
    one = counted(c, "leaves");
    assert_int_equal(one->n, 3);
    assert_int_equal(one->least, 0);
    assert_int_equal(one->largest, 9);
    assert_int_equal(one->total, 12);
    mesa_counts_free(c);
    mesa_counts_free(NULL);
}

/* Names that are too long are cut, and are the same again. */
static void
test_limits(void **state)
{
    struct mesa_counts *c = mesa_counts_new();

    (void)state;
    assert_non_null(c);
    mesa_count(c, "a_name_of_more_than_23_characters", 1);
    mesa_count(c, "a_name_of_more_than_23_characters", 2);
    assert_int_equal(c->n, 1);
    assert_string_equal(c->at[0].name, "a_name_of_more_than_23_");
    for (size_t i = 0; i < 100; i++) {
        char name[24];

        snprintf(name, sizeof name, "name_%zu", i);
        mesa_count(c, name, i);
    }
    assert_int_equal(c->n, MESA_MAX_COUNTS);
    mesa_count(c, "name_3", 7);
    assert_int_equal(counted(c, "name_3")->total, 10);
    mesa_counts_free(c);
}

/* A binary tree, an ensemble of them, one of those. */
static void
test_trees(void **state)
{
    static const struct learner nested = {
        "easy_ensemble", "n_estimators=2 easy.type=adaboost "
                         "easy.n_estimators=3 easy.estimator=tree "
                         "estimator=easy", false, false
    };
    struct mesa_counts *c = mesa_counts_new();
    const struct mesa_counted *nodes, *leaves, *levels;
    struct learn_rows r;

    (void)state;
    assert_non_null(c);
    learn_rows_make(&r, LEARN_ROWS, 2);
    assert_ok(learner_fit(&maker, &nested, &r.data, err));
    assert_ok(mesa_estimator_counts(maker.made, c, err));
    assert_int_equal(counted(c, "members")->total, 2);
    assert_int_equal(counted(c, "members_of_members")->n, 2);
    nodes = counted(c, "nodes");
    leaves = counted(c, "leaves");
    levels = counted(c, "levels");
    assert_int_equal(nodes->n, counted(c, "members_of_members")->total);
    assert_int_equal(nodes->total + nodes->n, 2 * leaves->total);
    assert_true(levels->largest < leaves->largest);
    assert_true(leaves->largest <= (uint64_t)1 << levels->largest);
    mesa_counts_free(c);
}

static void
test_not_fitted(void **state)
{
    struct mesa_counts *c = mesa_counts_new();

    (void)state;
    assert_non_null(c);
    assert_ok(maker_make(&maker, MESA_KIND_ESTIMATOR, "tree", "", err));
    assert_error(mesa_estimator_counts(maker.made, c, err), MESA_ESTATE,
                 "tree has not been fitted");
    assert_ok(maker_make(&maker, MESA_KIND_SAMPLER, "random_under", "", err));
    assert_error(mesa_estimator_counts(maker.made, c, err), MESA_ESTATE,
                 "random_under has not been fitted");
    assert_int_equal(c->n, 0);
    mesa_counts_free(c);
}

/* Every learner, fitted and loaded. */
static void
test_again(void **state)
{
    struct learn_rows r;

    (void)state;
    for (size_t i = 0; i < LEARNERS; i++) {
        struct mesa_counts *was = mesa_counts_new(), *is = mesa_counts_new();
        struct mesa_archive *a = mesa_archive_new();
        struct mesa_instance *again;

        assert_true(was && is && a);
        learn_rows_make(&r, LEARN_ROWS, 2);
        assert_ok(learner_fit(&maker, &learners[i], &r.data, err));
        assert_ok(mesa_estimator_counts(maker.made, was, err));
        assert_ok(mesa_instance_save(maker.made, a, "it", 0, err));
        assert_ok(learner_another(&maker, &again, err));
        assert_ok(mesa_instance_load(again, a, "it", 0, err));
        assert_ok(mesa_estimator_counts(again, is, err));
        if (memcmp(was, is, sizeof *was) != 0)
            fail_msg("%s %s: another model once it is loaded",
                     learners[i].name, learners[i].words);
        mesa_instance_free(again);
        mesa_archive_free(a);
        mesa_counts_free(was);
        mesa_counts_free(is);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_together), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_trees),    cmocka_unit_test(test_not_fitted),
        cmocka_unit_test(test_again),
    };

    return cmocka_run_group_tests(tests, open_maker, free_maker);
}
