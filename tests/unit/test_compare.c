/* SPDX-License-Identifier: MIT */
/* test_compare.c - the statistics of the metalearner compare. */
#include "test.h"

#include "compare.h"

#include <math.h>

#include "../golden/compare.h"

/* Of what SciPy gives; the tails here are good to more than that. */
#define TOLERANCE 1e-10

static void
test_normal_tail(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_normal / sizeof *golden_normal; i++)
        assert_close(compare_normal_tail(golden_normal[i].x),
                     golden_normal[i].tail, TOLERANCE);
    assert_bits_equal(compare_normal_tail(0.0), 0.5);
    assert_bits_equal(compare_normal_tail(INFINITY), 0.0);
    assert_bits_equal(compare_normal_tail(-INFINITY), 1.0);
}

static void
test_chi_square_tail(void **state)
{
    const size_t n = sizeof golden_chi_square / sizeof *golden_chi_square;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct golden_tail *g = &golden_chi_square[i];

        assert_close(compare_chi_square_tail(g->x, (size_t)g->degrees),
                     g->tail, TOLERANCE);
    }
    assert_bits_equal(compare_chi_square_tail(0.0, 3), 1.0);
    assert_bits_equal(compare_chi_square_tail(-1.0, 2), 1.0);
    assert_bits_equal(compare_chi_square_tail(1e6, 1), 0.0);
}

static void
test_t_quantile(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_t / sizeof *golden_t; i++)
        assert_close(compare_t_95((size_t)golden_t[i].degrees),
                     golden_t[i].quantile, TOLERANCE);
}

static void
test_ranks(void **state)
{
    const size_t n = sizeof golden_ranks / sizeof *golden_ranks;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct golden_ranks *g = &golden_ranks[i];
        size_t k = (size_t)g->k, pairs = k * (k - 1) / 2;
        struct compare_friedman f;
        struct compare_pair pair[28];
        double rank[8];

        compare_friedman(g->score, (size_t)g->n, k, true, rank, &f);
        assert_int_equal(f.degrees, k - 1);
        assert_close(f.statistic, g->chi_square, TOLERANCE);
        assert_close(f.p, g->p, TOLERANCE);
        for (size_t m = 0; m < k; m++)
            assert_close(rank[m], g->rank[m], TOLERANCE);
        compare_pairs(rank, (size_t)g->n, k, pair);
        for (size_t j = 0; j < pairs; j++) {
            assert_true(pair[j].a < pair[j].b && pair[j].b < k);
            assert_close(pair[j].p, g->pair_p[j], TOLERANCE);
            assert_close(pair[j].holm, g->holm[j], TOLERANCE);
        }
    }
}

/* Smaller is better: ranks the other way round. */
static void
test_direction(void **state)
{
    const double loss[] = { 0.1, 0.3, 0.2, 0.4, 0.9, 0.5 };
    struct compare_friedman f;
    double rank[3];

    (void)state;
    compare_friedman(loss, 2, 3, false, rank, &f);
    assert_bits_equal(rank[0], 1.0);
    assert_bits_equal(rank[1], 3.0);
    assert_bits_equal(rank[2], 2.0);
    assert_close(f.statistic, 4.0, TOLERANCE);
}

/* A method without a score comes last, whichever way is better; two of them
 * share the last places. */
static void
test_no_score(void **state)
{
    const double score[] = { NAN, 0.3, 0.2, 0.4, NAN, NAN };
    struct compare_friedman f;
    double rank[3];

    (void)state;
    for (int larger = 0; larger < 2; larger++) {
        compare_friedman(score, 1, 3, larger, rank, &f);
        assert_bits_equal(rank[0], 3.0);
        assert_bits_equal(rank[1], larger ? 1.0 : 2.0);
        assert_bits_equal(rank[2], larger ? 2.0 : 1.0);
        assert_close(f.statistic, 2.0, TOLERANCE);
        compare_friedman(score + 3, 1, 3, larger, rank, &f);
        assert_bits_equal(rank[0], 1.0);
        assert_bits_equal(rank[1], 2.5);
        assert_bits_equal(rank[2], 2.5);
        assert_close(f.statistic, 2.0, TOLERANCE);
        assert_int_equal(compare_ranked(score, 3, larger, 2), 0);
        assert_int_equal(compare_ranked(score + 3, 3, larger, 0), 0);
        assert_int_equal(compare_ranked(score + 3, 3, larger, 1), 1);
        assert_int_equal(compare_ranked(score + 3, 3, larger, 2), 2);
    }
}

/* Nothing differs: no division by nothing. */
static void
test_all_alike(void **state)
{
    const double score[6] = { 0.5, 0.5, 0.5, 0.7, 0.7, 0.7 };
    struct compare_friedman f;
    struct compare_pair pair[3];
    double rank[3];

    (void)state;
    compare_friedman(score, 2, 3, true, rank, &f);
    assert_bits_equal(f.statistic, 0.0);
    assert_bits_equal(f.p, 1.0);
    compare_pairs(rank, 2, 3, pair);
    for (size_t i = 0; i < 3; i++) {
        assert_bits_equal(rank[i], 2.0);
        assert_bits_equal(pair[i].holm, 1.0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_tail),
        cmocka_unit_test(test_chi_square_tail),
        cmocka_unit_test(test_t_quantile),
        cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_direction),
        cmocka_unit_test(test_no_score),
        cmocka_unit_test(test_all_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
