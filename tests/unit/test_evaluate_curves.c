/* SPDX-License-Identifier: MIT */
/*
 * test_evaluate_curves.c - precision-recall and ROC curves of ten rows that
 * fit on paper, their intervals, and the intervals of means and shares.
 */
#include "test.h"

#include "evaluate_curves.h"
#include "interval.h"

#include <math.h>

/* By falling score, ties in brackets: + (+ -) - + (- -) + - -.  */
static const double score[] = { 0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.5,
                                0.3, 0.2, 0.1 };
static const int32_t label[] = { 1, 1, 0, 0, 1, 0, 0, 1, 0, 0 };

enum { ROWS = 10 };

struct table {
    double              proba[2 * ROWS];
    struct mesa_outcome outcome;
};

static void
open_table(struct table *t, const double *of)
{
    for (size_t r = 0; r < ROWS; r++) {
        t->proba[2 * r + 1] = of[r];
        t->proba[2 * r] = 1 - of[r];
    }
    t->outcome = (struct mesa_outcome){ sizeof t->outcome, 2, ROWS, label,
                                        t->proba, 1 };
}

static void
curves(const double *of, double curve[MESA_CURVES][MESA_CURVE_VALUES])
{
    struct mesa_ordered_row row[ROWS];
    struct table t;

    open_table(&t, of);
    mesa_curve_order(&t.outcome, 1, row);
    assert_true(mesa_curves_of(row, ROWS, curve));
}

/* Thresholds 0.9: 1 of 4 found, 1/1 right; 0.8: 2 of 4, 2/3; 0.6: 3 of 4,
 * 3/5; 0.3: 4 of 4, 4/8.  Recalls up to 0.25 are reached at the first. */
static void
test_precision(void **state)
{
    double curve[MESA_CURVES][MESA_CURVE_VALUES];
    const double *p = curve[MESA_CURVE_PRECISION];

    (void)state;
    curves(score, curve);
    assert_bits_equal(p[0], 1.0);
    assert_bits_equal(p[25], 1.0);
    assert_bits_equal(p[26], 2.0 / 3);
    assert_bits_equal(p[50], 2.0 / 3);
    assert_bits_equal(p[51], 3.0 / 5);
    assert_bits_equal(p[75], 3.0 / 5);
    assert_bits_equal(p[76], 4.0 / 8);
    assert_bits_equal(p[100], 4.0 / 8);
    assert_close(p[MESA_CURVE_GRID], 0.25 * (1 + 2.0 / 3 + 0.6 + 0.5), 1e-15);
}

/* Corners (0, 1/4), (1/6, 2/4), (2/6, 2/4), (2/6, 3/4), (4/6, 3/4),
 * (4/6, 1): ties are a slope, the tie of two negatives is a longer step. */
static void
test_roc(void **state)
{
    double curve[MESA_CURVES][MESA_CURVE_VALUES];
    const double *t = curve[MESA_CURVE_ROC];

    (void)state;
    curves(score, curve);
    assert_bits_equal(t[0], 0.25);
    assert_close(t[8], 0.25 + 0.08 * 6 * 0.25, 1e-15);
    assert_close(t[17], 0.5, 1e-15);
    assert_close(t[33], 0.5, 1e-15);
    assert_close(t[34], 0.75, 1e-15);
    assert_close(t[66], 0.75, 1e-15);
    assert_bits_equal(t[67], 1.0);
    assert_bits_equal(t[100], 1.0);
    /* Of 24 pairs 17.5 are in order. */
    assert_close(t[MESA_CURVE_GRID],
                 (0.375 + 0.5 + 2 * 0.75 + 2) / 6, 1e-15);
}

/* The areas are what the metrics say, whatever the scores. */
static void
test_areas(void **state)
{
    static const char *const metric[MESA_CURVES] = { "aucprc", "rocauc" };
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 5);
    for (int i = 0; i < 200; i++) {
        double curve[MESA_CURVES][MESA_CURVE_VALUES], of[ROWS], value;
        struct table t;

        for (size_t r = 0; r < ROWS; r++)
            of[r] = (double)mesa_rng_below(&rng, 6) / 5;
        open_table(&t, of);
        curves(of, curve);
        for (int kind = 0; kind < MESA_CURVES; kind++) {
            assert_ok(mesa_metric_value(mesa_metric_find(metric[kind]),
                                        &t.outcome, &value, err));
            assert_close(curve[kind][MESA_CURVE_GRID], value, 1e-14);
        }
    }
}

/* Rows of one kind have no curve; rows that count twice are two rows. */
static void
test_times(void **state)
{
    double curve[MESA_CURVES][MESA_CURVE_VALUES];
    struct mesa_ordered_row row[3] = { { 0.9, 0, 1, true },
                                       { 0.8, 1, 2, false },
                                       { 0.7, 2, 2, true } };

    (void)state;
    assert_true(mesa_curves_of(row, 3, curve));
    assert_bits_equal(curve[MESA_CURVE_PRECISION][33], 1.0);
    assert_bits_equal(curve[MESA_CURVE_PRECISION][34], 3.0 / 5);
    assert_false(mesa_curves_of(row + 1, 1, curve));
    assert_false(mesa_curves_of(row + 2, 1, curve));
    row[0].times = row[2].times = 0;
    assert_false(mesa_curves_of(row, 3, curve));
}

/* Mean and interval over fits. */
static void
test_sum(void **state)
{
    static const double other[] = { 0.1, 0.8, 0.8, 0.7, 0.6, 0.5, 0.5,
                                    0.3, 0.2, 0.9 };
    double one[MESA_CURVES][MESA_CURVE_VALUES];
    double two[MESA_CURVES][MESA_CURVE_VALUES];
    static struct mesa_curve_sum sum;
    struct table t;

    (void)state;
    open_table(&t, score);
    assert_ok(mesa_curves_add(&sum, 1, &t.outcome, err));
    assert_true(isnan(mesa_curve_half(&sum, MESA_CURVE_ROC, 10)));
    open_table(&t, other);
    assert_ok(mesa_curves_add(&sum, 1, &t.outcome, err));
    curves(score, one);
    curves(other, two);
    assert_bits_equal(sum.n, 2);
    for (int kind = 0; kind < MESA_CURVES; kind++)
        for (size_t i = 0; i < MESA_CURVE_VALUES; i++) {
            assert_close(sum.mean[kind][i], (one[kind][i] + two[kind][i]) / 2,
                         1e-14);
            /* s / sqrt(2) of two is half of what they differ by. */
            assert_true(fabs(mesa_curve_half(&sum, kind, i) -
                             12.706204736 * 0.5 *
                                 fabs(one[kind][i] - two[kind][i])) < 1e-8);
        }
    assert_int_equal(mesa_curve_sums(2), 1);
    assert_int_equal(mesa_curve_sums(5), 5);
    assert_int_equal(mesa_curve_sums(50), 8);
}

/* Each class of three against the rest. */
static void
test_classes(void **state)
{
    static const double proba[] = { 0.7, 0.2, 0.1, 0.1, 0.6, 0.3,
                                    0.2, 0.3, 0.5, 0.3, 0.4, 0.3 };
    static const int32_t y[] = { 0, 1, 2, 0 };
    const struct mesa_outcome o = { sizeof o, 3, 4, y, proba, 2 };
    struct mesa_curve_sum sum[3] = { { .n = 0 } };

    (void)state;
    assert_ok(mesa_curves_add(sum, 3, &o, err));
    for (int c = 0; c < 3; c++) {
        assert_bits_equal(sum[c].n, 1);
        assert_bits_equal(sum[c].mean[MESA_CURVE_ROC][MESA_CURVE_GRID], 1);
    }
}

/* Between curves of draws, around that of the rows; always the same. */
static void
test_bootstrap(void **state)
{
    double low[2][MESA_CURVES * MESA_CURVE_GRID];
    double high[2][MESA_CURVES * MESA_CURVE_GRID];
    double curve[MESA_CURVES][MESA_CURVE_VALUES];
    struct table t;
    struct mesa_outcome many;
    struct mesa_rng rng;
    bool done;

    (void)state;
    open_table(&t, score);
    curves(score, curve);
    for (int i = 0; i < 2; i++) {
        mesa_rng_seed(&rng, 3);
        assert_ok(mesa_curves_bootstrap(&t.outcome, 1, &rng, low[i], high[i],
                                        &done, err));
        assert_true(done);
    }
    assert_memory_equal(low[0], low[1], sizeof low[0]);
    assert_memory_equal(high[0], high[1], sizeof high[0]);
    for (size_t i = 0; i < MESA_CURVES * MESA_CURVE_GRID; i++) {
        const double at = curve[i / MESA_CURVE_GRID][i % MESA_CURVE_GRID];

        assert_true(low[0][i] <= at && at <= high[0][i]);
        assert_true(low[0][i] >= 0 && high[0][i] <= 1);
    }
    assert_true(low[0][50] < high[0][50]);
    many = t.outcome;
    many.n = 50001; /* none of which is looked at */
    assert_ok(mesa_curves_bootstrap(&many, 1, &rng, low[0], high[0], &done,
                                    err));
    assert_false(done);
}

/* scipy: stats.t.ppf(0.975, v), and Wilson's formula with its normal quantile
 * in Python. */
static void
test_intervals(void **state)
{
    static const struct {
        size_t v;
        double t;
    } student[] = { { 1, 12.706204736432095 }, { 2, 4.302652729696142 },
                    { 3, 3.182446305284263 },  { 4, 2.7764451051977987 },
                    { 9, 2.2621571628540993 }, { 19, 2.093024054408263 },
                    { 100, 1.9839715184496334 }, { 999, 1.9623414611334487 } };
    double low, high;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(student); i++)
        assert_close(mesa_student_975(student[i].v), student[i].t, 1e-10);
    assert_true(isnan(mesa_student_975(0)));
    assert_close(mesa_student_975(SIZE_MAX), 1.959963984540054, 3e-4);
    mesa_wilson(0, 10, &low, &high);
    assert_bits_equal(low, 0);
    assert_close(high, 0.2775327998628892, 1e-12);
    mesa_wilson(10, 10, &low, &high);
    assert_close(low, 0.7224672001371107, 1e-12);
    assert_close(high, 1, 1e-15);
    mesa_wilson(3, 20, &low, &high);
    assert_close(low, 0.052368745896216595, 1e-12);
    assert_close(high, 0.36041886474075696, 1e-12);
}

static void
test_memory(void **state)
{
    static double low[MESA_CURVES * MESA_CURVE_GRID];
    static double high[MESA_CURVES * MESA_CURVE_GRID];
    struct table t;
    mesa_status st = MESA_ENOMEM;

    (void)state;
    open_table(&t, score);
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        const uint64_t live = mesa_memory_live();
        struct mesa_curve_sum sum = { .n = 0 };
        struct mesa_error err;
        struct mesa_rng rng;
        bool done;

        mesa_rng_seed(&rng, 3);
        mesa_memory_fail_at(k);
        st = mesa_curves_add(&sum, 1, &t.outcome, &err);
        if (st == MESA_OK)
            st = mesa_curves_bootstrap(&t.outcome, 1, &rng, low, high, &done,
                                       &err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        assert_true(k < 20);
        assert_int_equal(mesa_memory_live(), live);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precision), cmocka_unit_test(test_roc),
        cmocka_unit_test(test_areas),     cmocka_unit_test(test_times),
        cmocka_unit_test(test_sum),       cmocka_unit_test(test_classes),
        cmocka_unit_test(test_bootstrap), cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
