/* SPDX-License-Identifier: MIT */
/*
 * test_metrics_classes.c - scores of many classes: against scikit-learn and
 * imbalanced-learn, against their definitions, and what must not matter.
 */
#include "test.h"

#include <math.h>

#include "../golden/metrics_classes.h"

#define TOLERANCE 1e-12 /* relative, against the golden values */

enum { MOST = 1100, CLASSES = 7 };

static int32_t y[MOST];
static double p[MOST * CLASSES];

static double
score(const char *name, const struct mesa_outcome *o)
{
    double value = NAN;

    assert_non_null(mesa_metric_find(name));
    assert_ok(mesa_metric_value(mesa_metric_find(name), o, &value, err));
    return value;
}

/* Rows of which each class was predicted as often as the table says. */
static struct mesa_outcome
from_table(const struct golden_table *g)
{
    const uint32_t k = g->n_classes;
    size_t n = 0;

    for (size_t i = 0; i < (size_t)k * k; i++)
        for (size_t r = 0; r < g->count[i]; r++, n++) {
            y[n] = (int32_t)(i / k);
            for (size_t c = 0; c < k; c++)
                p[n * k + c] = c == i % k ? 0.5 : 0.5 / (k - 1) / 2;
        }
    assert_true(n > 0 && n <= MOST);
    return (struct mesa_outcome){ sizeof(struct mesa_outcome), k, n, y, p,
                                  1 };
}

static void
test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_tables / sizeof *golden_tables;
         i++) {
        const struct golden_table *g = &golden_tables[i];
        const struct mesa_outcome o = from_table(g);
        size_t count[36];

        mesa_confusion(&o, count);
        assert_memory_equal(count, g->count,
                            g->n_classes * g->n_classes * sizeof *count);
        for (size_t m = 0; m < 6; m++)
            assert_close(score(g->score[m].name, &o), g->score[m].value,
                         TOLERANCE);
    }
}

/* Skewed labels, and probabilities of a few levels, so that many are tied;
 * class 3 has no row. */
static struct mesa_outcome
draw(uint64_t seed, uint32_t k, size_t n, size_t levels)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    for (size_t r = 0; r < n; r++) {
        double sum = 0;

        y[r] = mesa_rng_below(&rng, 3) ? 0 : (int32_t)mesa_rng_below(&rng, k);
        y[r] = y[r] == 3 ? 2 : y[r];
        for (size_t c = 0; c < k; c++) {
            p[r * k + c] = 1 + (double)mesa_rng_below(&rng, levels) +
                           (c == (size_t)y[r]);
            sum += p[r * k + c];
        }
        for (size_t c = 0; c < k; c++)
            p[r * k + c] /= sum;
    }
    return (struct mesa_outcome){ sizeof(struct mesa_outcome), k, n, y, p,
                                  1 };
}

/* The share of pairs of a row of class c and another that are in the right
 * order, ties half. */
static double
pairs_in_order(const struct mesa_outcome *o, size_t c)
{
    double right = 0, pairs = 0;

    for (size_t a = 0; a < o->n; a++)
        for (size_t b = 0; b < o->n; b++) {
            double up = o->proba[a * o->n_classes + c];
            double low = o->proba[b * o->n_classes + c];

            if (o->y[a] != (int32_t)c || o->y[b] == (int32_t)c)
                continue;
            pairs++;
            right += up > low ? 1 : up < low ? 0 : 0.5;
        }
    return pairs > 0 ? right / pairs : NAN;
}

/* The precision at each row of class c, where it and all before it are taken
 * with whoever is tied: its mean is the average precision. */
static double
mean_precision(const struct mesa_outcome *o, size_t c)
{
    double sum = 0, rows = 0;

    for (size_t a = 0; a < o->n; a++) {
        double taken = 0, right = 0;

        if (o->y[a] != (int32_t)c)
            continue;
        for (size_t b = 0; b < o->n; b++)
            if (o->proba[b * o->n_classes + c] >=
                o->proba[a * o->n_classes + c]) {
                taken++;
                right += o->y[b] == (int32_t)c;
            }
        sum += right / taken;
        rows++;
    }
    return rows > 0 ? sum / rows : NAN;
}

static double
mean_of_classes(const struct mesa_outcome *o,
                double (*of)(const struct mesa_outcome *o, size_t c))
{
    double sum = 0, n = 0;

    for (size_t c = 0; c < o->n_classes; c++) {
        double v = of(o, c);

        sum += isnan(v) ? 0 : v;
        n += !isnan(v);
    }
    return sum / n;
}

static void
test_rankings_by_definition(void **state)
{
    static const struct {
        uint32_t k;
        size_t   n, levels;
    } cases[] = {
        { 3, 2, 3 },   { 3, 40, 2 },   { 4, 200, 5 },
        { 5, 300, 1 }, { 7, 300, 50 }, { 7, 37, 1000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mesa_outcome o = draw(i, cases[i].k, cases[i].n,
                                     cases[i].levels);

        y[0] = 0; /* two classes at least */
        y[1] = 1;
        assert_close(score("rocauc", &o), mean_of_classes(&o, pairs_in_order),
                     TOLERANCE);
        assert_close(score("aucprc", &o), mean_of_classes(&o, mean_precision),
                     TOLERANCE);
    }
}

/* Sums over the rows, written down as they are defined. */
static void
test_probabilities_by_definition(void **state)
{
    (void)state;
    for (uint32_t k = 3; k <= CLASSES; k++) {
        const struct mesa_outcome o = draw(k, k, 500, 9);
        double loss = 0, square = 0, gap[15] = { 0 }, ece = 0;

        for (size_t r = 0; r < o.n; r++) {
            const double *row = p + r * k;
            size_t best = 0, bin;

            for (size_t c = 0; c < k; c++) {
                double miss = row[c] - (c == (size_t)y[r]);

                square += miss * miss;
                best = row[c] > row[best] ? c : best;
            }
            loss -= log(row[y[r]]);
            for (bin = 0; bin < 14 && row[best] > (double)(bin + 1) / 15;)
                bin++;
            gap[bin] += row[best] - (best == (size_t)y[r]);
        }
        for (size_t b = 0; b < 15; b++)
            ece += fabs(gap[b]) / (double)o.n;
        assert_close(score("logloss", &o), loss / (double)o.n, TOLERANCE);
        assert_close(score("brier", &o), square / (double)o.n, TOLERANCE);
        assert_close(score("ece", &o), ece, 1e-11);
    }
}

/* Other numbers for the classes, rows in another order: nothing changes but
 * the rounding, where no probabilities are tied within a row. */
static void
test_numbers_and_order_do_not_matter(void **state)
{
    static int32_t turned_y[MOST];
    static double turned[MOST * CLASSES];
    const struct mesa_outcome o = draw(12, 5, 700, 100000);
    const struct mesa_outcome other = { sizeof other, 5, o.n, turned_y,
                                        turned, 3 };

    (void)state;
    for (size_t r = 0; r < o.n; r++) {
        size_t to = (r * 311 + 5) % o.n; /* 311 and 700 share no divisor */

        turned_y[to] = (y[r] * 2 + 1) % 5;
        for (size_t c = 0; c < 5; c++)
            turned[to * 5 + (c * 2 + 1) % 5] = p[r * 5 + c];
    }
    for (size_t m = 0; mesa_metric_at(m); m++) {
        const char *name = mesa_metric_name(mesa_metric_at(m));

        assert_close(score(name, &other), score(name, &o), TOLERANCE);
    }
}

/* Which class is the positive one matters for two classes only. */
static void
test_positive_of_many(void **state)
{
    (void)state;
    for (size_t m = 0; mesa_metric_at(m); m++) {
        const char *name = mesa_metric_name(mesa_metric_at(m));
        struct mesa_outcome o = draw(5, 4, 300, 20);
        double first = score(name, &o);

        for (o.positive = 0; o.positive < 4; o.positive++)
            assert_bits_equal(score(name, &o), first);
    }
}

/* A class that nobody has does not change what is said of the others, but
 * by the probability that it takes. */
static void
test_declared_classes_without_rows(void **state)
{
    static const char *const same[] = { "aucprc", "rocauc", "f1_weighted",
                                        "f1_macro", "gmean", "bacc",
                                        "accuracy", "mcc", "logloss",
                                        "brier", "ece" };
    static double wide[MOST * 40];
    const struct mesa_outcome o = draw(8, 3, 400, 30);
    const struct mesa_outcome declared = { sizeof o, 40, o.n, y, wide, 1 };

    (void)state;
    for (size_t r = 0; r < o.n; r++)
        for (size_t c = 0; c < 3; c++)
            wide[r * 40 + c] = p[r * 3 + c];
    for (size_t m = 0; m < sizeof same / sizeof *same; m++)
        assert_close(score(same[m], &declared), score(same[m], &o),
                     TOLERANCE);
}

/* Two rows: the least that all metrics can be made of. */
static void
test_two_rows(void **state)
{
    static const int32_t two[] = { 2, 0 };
    static const double right[] = { 0, 0, 1, 1, 0, 0 };
    static const double wrong[] = { 1, 0, 0, 0, 0, 1 };
    struct mesa_outcome o = { sizeof o, 3, 2, two, right, 1 };

    (void)state;
    for (size_t m = 0; mesa_metric_at(m); m++) {
        const struct mesa_metric *metric = mesa_metric_at(m);
        const char *name = mesa_metric_name(metric);
        double best, worst;

        o.proba = right;
        best = score(name, &o);
        o.proba = wrong;
        worst = score(name, &o);
        assert_true(isfinite(best) && isfinite(worst));
        if (mesa_metric_larger_is_better(metric)) {
            assert_bits_equal(best, 1);
            assert_true(worst < best);
        } else {
            assert_true(best < 1e-15 && worst >= 1);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_rankings_by_definition),
        cmocka_unit_test(test_probabilities_by_definition),
        cmocka_unit_test(test_numbers_and_order_do_not_matter),
        cmocka_unit_test(test_positive_of_many),
        cmocka_unit_test(test_declared_classes_without_rows),
        cmocka_unit_test(test_two_rows),
    };

    return cmocka_run_group_tests_name("metrics_classes", tests, NULL, NULL);
}
