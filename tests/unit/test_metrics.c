/* SPDX-License-Identifier: MIT */
/* test_metrics.c - scores against scikit-learn and by hand. */
#include "test.h"

#include <math.h>

#include "../golden/metrics.h"

#define TOLERANCE 1e-12 /* relative, against the golden values */

static double
score(const char *name, const struct mesa_outcome *o)
{
    double value = NAN;

    assert_ok(mesa_metric_value(mesa_metric_find(name), o, &value, err));
    return value;
}

static uint32_t
draw(uint32_t *state)
{
    *state = (uint32_t)((uint64_t)*state * 48271 % 2147483647);
    return *state;
}

/* The labels and probabilities of gen/metrics.py. */
static void
fill(const struct golden_case *g, int32_t *y, double *p)
{
    uint32_t state = g->seed;

    for (size_t i = 0; i < g->n; i++) {
        double *row = p + i * g->n_classes, sum = 0.0;
        uint32_t r = draw(&state) % 100;

        y[i] = r < 70 ? 0 : (int32_t)(1 + r % (g->n_classes - 1));
        for (uint32_t c = 0; c < g->n_classes; c++)
            row[c] = 1 + draw(&state) % g->levels;
        row[y[i]] += g->levels / 3;
        for (uint32_t c = 0; c < g->n_classes; c++)
            sum += row[c];
        for (uint32_t c = 0; c < g->n_classes; c++)
            row[c] /= sum;
    }
}

static void
test_golden(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof golden_cases / sizeof *golden_cases; k++) {
        const struct golden_case *g = &golden_cases[k];
        int32_t *y = malloc(g->n * sizeof *y);
        double *p = malloc(g->n * g->n_classes * sizeof *p);
        const struct mesa_outcome o = { sizeof o, g->n_classes, g->n, y, p,
                                        1 };

        fill(g, y, p);
        for (size_t i = 0; i < 12; i++)
            assert_close(score(g->score[i].name, &o), g->score[i].value,
                         TOLERANCE);
        free(y);
        free(p);
    }
}

/* Four rows worked out on paper: scores .9 (pos), .6 (neg), .6 (pos), .2. */
static const int32_t y4[] = { 1, 0, 1, 0 };
static const double  p4[] = { 0.1, 0.9, 0.4, 0.6, 0.4, 0.6, 0.8, 0.2 };
static const struct mesa_outcome four = { sizeof four, 2, 4, y4, p4, 1 };

static void
test_by_hand(void **state)
{
    size_t count[4];

    (void)state;
    assert_close(score("aucprc", &four), 0.5 * 1 + 0.5 * 2 / 3, 1e-15);
    assert_close(score("rocauc", &four), 3.5 / 4, 1e-15);
    assert_close(score("fscore", &four), 0.8, 1e-15);
    assert_close(score("accuracy", &four), 0.75, 1e-15);
    assert_close(score("bacc", &four), 0.75, 1e-15);
    assert_close(score("gmean", &four), sqrt(0.5), 1e-15);
    assert_close(score("brier", &four),
                 (0.01 + 0.36 + 0.16 + 0.04) / 4, 1e-14);
    mesa_confusion(&four, count);
    assert_int_equal(count[0], 1);
    assert_int_equal(count[1], 1);
    assert_int_equal(count[2], 0);
    assert_int_equal(count[3], 2);
}

/* The other class as positive: the mirrored scores. */
static void
test_positive_class(void **state)
{
    struct mesa_outcome o = four;

    (void)state;
    o.positive = 0;
    assert_close(score("fscore", &o), 2.0 / 3, 1e-15);
    assert_close(score("rocauc", &o), 3.5 / 4, 1e-15);
    assert_close(score("aucprc", &o), 0.5 + 0.5 * 2 / 3, 1e-15);
}

static void
test_perfect_and_useless(void **state)
{
    static const int32_t y[] = { 0, 1, 0, 1 };
    static const double perfect[] = { 1, 0, 0, 1, 1, 0, 0, 1 };
    static const double useless[] = { 1, 0, 1, 0, 1, 0, 1, 0 };
    struct mesa_outcome o = { sizeof o, 2, 4, y, perfect, 1 };

    (void)state;
    assert_bits_equal(score("aucprc", &o), 1.0);
    assert_bits_equal(score("rocauc", &o), 1.0);
    assert_bits_equal(score("mcc", &o), 1.0);
    assert_bits_equal(score("brier", &o), 0.0);
    assert_bits_equal(score("ece", &o), 0.0);
    assert_true(score("logloss", &o) < 1e-14);
    o.proba = useless;
    assert_bits_equal(score("aucprc", &o), 0.5);
    assert_bits_equal(score("rocauc", &o), 0.5);
    assert_bits_equal(score("mcc", &o), 0.0);
    assert_bits_equal(score("fscore", &o), 0.0);
    assert_bits_equal(score("gmean", &o), 0.0);
    assert_true(score("logloss", &o) > 17 && score("logloss", &o) < 18);
}

static void
test_ties_go_to_the_lower_class(void **state)
{
    static const int32_t y[] = { 0 };
    static const double p[] = { 0.4, 0.4, 0.2 };
    const struct mesa_outcome o = { sizeof o, 3, 1, y, p, 1 };

    (void)state;
    assert_bits_equal(score("accuracy", &o), 1.0);
}

/* A class that is declared but absent is left out of means over classes. */
static void
test_absent_class(void **state)
{
    static const int32_t y[] = { 0, 1, 0, 1 };
    static const double p[] = { .6, .3, .1, .2, .7, .1,
                                .5, .3, .2, .6, .3, .1 };
    const struct mesa_outcome o = { sizeof o, 3, 4, y, p, 1 };

    (void)state;
    assert_close(score("bacc", &o), 0.75, 1e-15);
    assert_close(score("gmean", &o), sqrt(0.5), 1e-15);
    assert_close(score("f1_macro", &o), (0.8 + 2.0 / 3) / 2, 1e-15);
}

static void
test_undefined(void **state)
{
    static const int32_t zeros[] = { 0, 0, 0, 0 }, ones[] = { 1, 1, 1, 1 };
    struct mesa_outcome o = four;
    double v;

    (void)state;
    o.y = zeros;
    assert_error(mesa_metric_value(mesa_metric_find("aucprc"), &o, &v, err),
                 MESA_EDATA,
                 "aucprc needs rows of the positive class, there are none");
    assert_error(mesa_metric_value(mesa_metric_find("rocauc"), &o, &v, err),
                 MESA_EDATA, "rocauc needs rows of two classes");
    o.y = ones;
    assert_bits_equal(score("aucprc", &o), 1.0);
    o.n = 0;
    assert_error(mesa_metric_value(mesa_metric_find("mcc"), &o, &v, err),
                 MESA_EDATA, "mcc is not defined for 0 rows of 2 classes");
}

static void
test_catalogue(void **state)
{
    size_t n = 0;

    (void)state;
    for (const struct mesa_metric *m; (m = mesa_metric_at(n)); n++) {
        assert_ptr_equal(mesa_metric_find(mesa_metric_name(m)), m);
        assert_true(strlen(mesa_metric_title(m)) > 0);
    }
    assert_int_equal(n, 12);
    assert_null(mesa_metric_find("aucpr"));
    assert_true(mesa_metric_larger_is_better(mesa_metric_find("mcc")));
    assert_false(mesa_metric_larger_is_better(mesa_metric_find("ece")));
}

static void
test_allocation_failures(void **state)
{
    uint64_t live = mesa_memory_live();

    (void)state;
    for (size_t i = 0; mesa_metric_at(i); i++) {
        struct mesa_error err;
        mesa_status st = MESA_ENOMEM;
        double v;

        for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
            mesa_memory_fail_at(k);
            st = mesa_metric_value(mesa_metric_at(i), &four, &v, &err);
            mesa_memory_fail_at(UINT64_MAX);
            assert_int_equal(mesa_memory_live(), live);
        }
        assert_int_equal(st, MESA_OK);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_positive_class),
        cmocka_unit_test(test_perfect_and_useless),
        cmocka_unit_test(test_ties_go_to_the_lower_class),
        cmocka_unit_test(test_absent_class),
        cmocka_unit_test(test_undefined),
        cmocka_unit_test(test_catalogue),
        cmocka_unit_test(test_allocation_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
