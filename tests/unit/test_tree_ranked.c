/* SPDX-License-Identifier: MIT */
/*
 * test_tree_ranked.c - a tree says of ranks what it says of the values, by
 * whatever instructions.
 */

/* The file is here a second time, for what it keeps to itself. */
#define tree_add_ranked add_ranked_again
#define add_pairs add_pairs_again /* clang 14 exports what resolves clones */
#include "predict_ranked.c"

#include "tree_fixture.h"

/* Sums that begin anywhere, of any rows, are those of predict_proba. */
static void
expect_same(const struct instance *s, const struct mesa_cmatrix *x,
            const struct mesa_ranks *ranks, size_t first, size_t n)
{
    size_t k = s->t.model.n_classes;
    double *p = mesa_alloc_array(x->rows * k, sizeof *p);
    double *sum = mesa_alloc_array(n * k + 1, sizeof *sum);

    assert_ok(tree_class()->predict_proba(&s->t, x, p, err));
    for (size_t i = 0; i <= n * k; i++)
        sum[i] = (double)i / 3;
    assert_ok(tree_class()->add_ranked(&s->t, ranks, first, n, sum, err));
    for (size_t i = 0; i < n * k; i++)
        assert_bits_equal(sum[i], (double)i / 3 + p[first * k + i]);
    assert_bits_equal(sum[n * k], (double)(n * k) / 3);
    mesa_free(p);
    mesa_free(sum);
}

/* From pure leaves, which have as many values as there are classes, to mixed
 * ones; missing values on either side of the tests. */
static void
test_as_predict(void **state)
{
    static const char *const sets[][2] = {
        { NULL }, { "min_samples_leaf=9", NULL }, { "max_depth=2", NULL },
        { "max_leaf_nodes=4", NULL }, { "max_leaf_nodes=30", NULL }
    };
    size_t few = 0, many = 0;

    (void)state;
    for (size_t v = 0; v < 20; v++) {
        struct mesa_ranks *ranks;
        struct mesa_dataset some;
        struct instance s;
        struct rows r;

        random_rows(&r, 2000, 6, 2 + (v / 5 % 2), 90, v < 10 ? 0 : 8,
                    (uint32_t)v + 1);
        assert_ok(mesa_ranks_new(&r.data.x, &ranks, err));
        some = r.data;
        some.x.rows = 400;
        make(&s, sets[v % 5]);
        assert_ok(fit(&s, &some, 0, err));
        assert_true(s.t.model.n_tests > 0);
        few += s.t.model.n_shares <= 4;
        many += s.t.model.n_shares > 16;
        expect_same(&s, &r.data.x, ranks, 0, 2000);
        expect_same(&s, &r.data.x, ranks, 1, 512);
        expect_same(&s, &r.data.x, ranks, 511, 1489);
        expect_same(&s, &r.data.x, ranks, 1995, 5);
        expect_same(&s, &r.data.x, ranks, 77, 0);
        mesa_ranks_free(ranks);
        drop(&s);
        free_rows(&r);
    }
    assert_true(few >= 4 && many >= 4);
}

/* Trees that are walked leave it to predict_proba, and add nothing. */
static void
test_refused(void **state)
{
    struct mesa_ranks *ranks;
    struct instance s;
    struct rows r;
    double sum = 7;

    (void)state;
    random_rows(&r, 2000, 2, 2, 2000, 0, 3);
    make(&s, NULL);
    assert_ok(mesa_ranks_new(&r.data.x, &ranks, err));
    assert_error(tree_class()->add_ranked(&s.t, ranks, 0, 1, &sum, err),
                 MESA_ENOTSUP, "a tree of 0 nodes is not made of tests");
    assert_ok(fit(&s, &r.data, 0, err));
    assert_int_equal(s.t.model.n_tests, 0);
    assert_int_equal(tree_class()->add_ranked(&s.t, ranks, 0, 1, &sum, NULL),
                     MESA_ENOTSUP);
    assert_bits_equal(sum, 7);
    mesa_ranks_free(ranks);
    drop(&s);
    free_rows(&r);
}

typedef void ranked_run(const struct ranked_test *test, size_t n, size_t first,
                        tree_words *left);

static void
expect_answers(ranked_run *run, const struct ranked_test *test, size_t n,
               size_t first)
{
    tree_words left[8];

    run(test, n, first, left);
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < TREE_BLOCK; r++) {
            const uint8_t *bits = (const uint8_t *)&left[i];
            uint16_t rank = (uint16_t)(test[i].rank[first + r]
                                       - test[i].skip);

            assert_int_equal(bits[r / 8] >> r % 8 & 1, rank < test[i].bound);
        }
}

/* All ways that this machine can go, also those that it does not choose. */
static void
test_ways(void **state)
{
    static const uint16_t bounds[] = { 0, 1, 2, 100, 32767, 32768, 65534,
                                       65535 };
    uint16_t rank[TREE_BLOCK + 40];
    uint32_t seed = 5;

    (void)state;
    for (size_t r = 0; r < TREE_BLOCK + 40; r++) {
        rank[r] = (uint16_t)(bounds[draw(&seed) % 8] + draw(&seed) % 3);
        if (draw(&seed) % 4 == 0)
            rank[r] = 0;
    }
    for (size_t v = 0; v < 80; v++) {
        struct ranked_test test[8];

        for (size_t i = 0; i < 8; i++)
            test[i] = (struct ranked_test){ rank, draw(&seed) % 2,
                                            bounds[(v + i) % 8] };
        expect_answers(run_any, test, 1 + v % 8, v / 2);
#ifdef MESA_HAVE_TARGET_CLONES
        if (__builtin_cpu_supports("avx2"))
            expect_answers(run_256, test, 1 + v % 8, v / 2);
        if (__builtin_cpu_supports("avx512f")
            && __builtin_cpu_supports("avx512bw"))
            expect_answers(run_512, test, 1 + v % 8, v / 2);
#endif
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_predict),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ways),
    };

    return cmocka_run_group_tests_name("tree_ranked", tests, NULL, NULL);
}
