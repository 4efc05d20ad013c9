/* SPDX-License-Identifier: MIT */
/* test_metrics.c - scores against scikit-learn, and what must hold of them. */
#include "test.h"

#include <math.h>

#include "../golden/metrics.h"

#define TOLERANCE 1e-12 /* relative, against the golden values */

static double
score(const char *name, const struct mesa_outcome *o)
{
    double value = NAN;

    assert_non_null(mesa_metric_find(name));
    assert_ok(mesa_metric_value(mesa_metric_find(name), o, &value, err));
    return value;
}

/* Two classes, from the probability of class 1 of at most 8 rows. */
struct few {
    double              p[16];
    struct mesa_outcome o;
};

static const struct mesa_outcome *
few(struct few *f, size_t n, const int32_t *y, const double *p1)
{
    for (size_t r = 0; r < n; r++) {
        f->p[2 * r] = 1 - p1[r];
        f->p[2 * r + 1] = p1[r];
    }
    f->o = (struct mesa_outcome){ sizeof f->o, 2, n, y, f->p, 1 };
    return &f->o;
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

static void
test_names(void **state)
{
    static const char *const names[] = {
        "aucprc", "rocauc", "fscore", "f1_weighted", "f1_macro", "mcc",
        "gmean", "bacc", "accuracy", "logloss", "brier", "ece",
    };
    size_t i;

    (void)state;
    for (i = 0; mesa_metric_at(i); i++) {
        const struct mesa_metric *m = mesa_metric_at(i);

        assert_true(i < 12);
        assert_string_equal(mesa_metric_name(m), names[i]);
        assert_ptr_equal(mesa_metric_find(names[i]), m);
        assert_true(strlen(mesa_metric_title(m)) > 5);
        assert_int_equal(mesa_metric_larger_is_better(m), i < 9);
    }
    assert_int_equal(i, 12);
    assert_null(mesa_metric_at(SIZE_MAX));
    assert_null(mesa_metric_find("auc"));
    assert_null(mesa_metric_find(""));
}

static void
test_ties_count_half_in_roc_and_as_one_threshold(void **state)
{
    static const int32_t y[] = { 0, 1, 0, 1 };
    static const double same[] = { 0.5, 0.5, 0.5, 0.5 };
    static const double zeros[] = { -0.0, 0.0, 0.0, -0.0 };
    static const double mixed[] = { 0.75, 0.75, 0.25, 0.25 };
    struct few f;

    (void)state;
    assert_bits_equal(score("rocauc", few(&f, 4, y, same)), 0.5);
    assert_bits_equal(score("aucprc", few(&f, 4, y, same)), 0.5);
    assert_bits_equal(score("rocauc", few(&f, 4, y, zeros)), 0.5);
    assert_bits_equal(score("aucprc", few(&f, 4, y, zeros)), 0.5);
    assert_bits_equal(score("rocauc", few(&f, 4, y, mixed)), 0.5);
    assert_bits_equal(score("aucprc", few(&f, 4, y, mixed)), 0.5);
}

static void
test_perfect_and_hopeless(void **state)
{
    static const int32_t y[] = { 0, 0, 0, 1, 1, 0, 1 };
    static const double right[] = { 0, 0, 0, 1, 1, 0, 1 };
    static const double wrong[] = { 1, 1, 1, 0, 0, 1, 0 };
    struct few f;

    (void)state;
    for (size_t m = 0; m < 12; m++) {
        double good, bad;
        const char *name = mesa_metric_name(mesa_metric_at(m));

        good = score(name, few(&f, 7, y, right));
        bad = score(name, few(&f, 7, y, wrong));
        if (m != 9)
            assert_bits_equal(good, m < 9 ? 1.0 : 0.0);
        assert_true(m < 9 ? bad < 0.6 : bad > 0.9);
        assert_true(isfinite(bad));
    }
    assert_bits_equal(score("mcc", &f.o), -1.0);
    assert_bits_equal(score("rocauc", &f.o), 0.0);
    assert_bits_equal(score("aucprc", &f.o), 3.0 / 7.0);
}

/* At p = 0.5 the lower class is predicted. */
static void
test_ties_go_to_the_lower_class(void **state)
{
    static const int32_t y[] = { 0, 1 };
    static const double p[] = { 0.5, 0.5 };
    static const double thirds[] = { 0.2, 0.4, 0.4, 0.4, 0.2, 0.4 };
    static const int32_t y3[] = { 1, 0 };
    const struct mesa_outcome three = { sizeof three, 3, 2, y3, thirds, 1 };
    struct few f;
    size_t count[9];

    (void)state;
    mesa_confusion(few(&f, 2, y, p), count);
    assert_int_equal(count[0], 1);
    assert_int_equal(count[1], 0);
    assert_int_equal(count[2], 1);
    assert_int_equal(count[3], 0);
    assert_bits_equal(score("fscore", &f.o), 0.0);
    assert_bits_equal(score("mcc", &f.o), 0.0);
    assert_bits_equal(score("accuracy", &f.o), 0.5);
    mesa_confusion(&three, count);
    assert_int_equal(count[1 * 3 + 1], 1);
    assert_int_equal(count[0 * 3 + 0], 1);
    assert_bits_equal(score("accuracy", &three), 1.0);
}

static void
test_positive_class(void **state)
{
    static const int32_t y[] = { 0, 0, 0, 1 };
    static const double p[] = { 0.25, 0.75, 0.125, 0.75 };
    struct few f;

    (void)state;
    few(&f, 4, y, p);
    assert_bits_equal(score("fscore", &f.o), 2.0 / 3.0);
    f.o.positive = 0;
    assert_bits_equal(score("fscore", &f.o), 0.8);
    assert_close(score("aucprc", &f.o), (1 + 1 + 0.75) / 3, 1e-15);
    assert_bits_equal(score("brier", &f.o),
                      (0.0625 + 0.5625 + 0.015625 + 0.0625) / 4);
    /* A caller from before the field: class 1. */
    f.o.struct_size = offsetof(struct mesa_outcome, positive);
    assert_bits_equal(score("fscore", &f.o), 2.0 / 3.0);
}

static void
test_bins_of_ece(void **state)
{
    static const int32_t y[] = { 1, 0, 1, 0 };
    static const double p[] = { 0.6, 0.6, 0.6000000000000001, 1.0 };
    struct few f;

    (void)state;
    /* 9/15 closes its bin: rows 0 and 1 share one, row 2 has the next. */
    assert_close(score("ece", few(&f, 4, y, p)), (0.2 + 0.4 + 1) / 4, 1e-12);
    /* Rounded past 1, a probability stays in the last bin. */
    f.p[7] = 1 + 2.3e-16;
    assert_close(score("ece", &f.o), (0.2 + 0.4 + 1) / 4, 1e-12);
}

static void
test_log_loss_is_finite(void **state)
{
    static const int32_t y[] = { 0, 1 };
    static const double wrong[] = { 1.0, 0.0 };
    static const double right[] = { 0.0, 1.0 };
    struct few f;

    (void)state;
    assert_close(score("logloss", few(&f, 2, y, wrong)), 36.04365338911715,
                 1e-13);
    assert_close(score("logloss", few(&f, 2, y, right)),
                 2.220446049250313e-16, 0.01);
}

/* Class 2 has no rows: it is left out, but a prediction of it is wrong. */
static void
test_absent_class(void **state)
{
    static const int32_t y[] = { 0, 0, 1, 1 };
    static const double p[] = { 0.5, 0.25, 0.25, 0.25, 0.25, 0.5,
                                0.25, 0.5, 0.25, 0.25, 0.5, 0.25 };
    const struct mesa_outcome o = { sizeof o, 3, 4, y, p, 1 };

    (void)state;
    assert_bits_equal(score("bacc", &o), 0.75);
    assert_close(score("gmean", &o), sqrt(0.5), 1e-14);
    assert_close(score("f1_macro", &o), (2.0 / 3 + 1) / 3, 1e-14);
    assert_close(score("f1_weighted", &o), (2.0 / 3 + 1) / 2, 1e-14);
    assert_bits_equal(score("rocauc", &o), (0.75 + 1) / 2);
    assert_close(score("aucprc", &o), (0.75 + 1) / 2, 1e-14);
}

/* A product of 600 recalls of 0.25 would be 0. */
static void
test_gmean_of_many_classes(void **state)
{
    enum { CLASSES = 600, ROWS = 4 * CLASSES };
    int32_t *y = malloc(ROWS * sizeof *y);
    double *p = calloc((size_t)ROWS * CLASSES, sizeof *p);
    struct mesa_outcome o = { sizeof o, CLASSES, ROWS, y, p, 1 };

    (void)state;
    assert_non_null(y);
    assert_non_null(p);
    for (size_t r = 0; r < ROWS; r++) {
        size_t c = r / 4;

        y[r] = (int32_t)c;
        p[r * CLASSES + (r % 4 == 0 ? c : (c + 1) % CLASSES)] = 1;
    }
    assert_close(score("gmean", &o), 0.25, 1e-14);
    assert_close(score("bacc", &o), 0.25, 1e-14);
    p[0] = 0;
    p[1] = 1;
    assert_bits_equal(score("gmean", &o), 0.0);
    free(y);
    free(p);
}

/* A million terms of 0.01 and one of 1: the sum has to know them all. */
static void
test_long_sums_are_exact(void **state)
{
    enum { ROWS = 1000001 };
    int32_t *y = calloc(ROWS, sizeof *y);
    double *p = malloc(2 * ROWS * sizeof *p);
    struct mesa_outcome o = { sizeof o, 2, ROWS, y, p, 1 };

    (void)state;
    assert_non_null(y);
    assert_non_null(p);
    for (size_t r = 0; r < ROWS; r++) {
        p[2 * r] = 0.9;
        p[2 * r + 1] = 0.1;
    }
    p[0] = 0;
    p[1] = 1;
    assert_close(score("brier", &o), 10001.0 / 1000001, 3e-16);
    free(y);
    free(p);
}

#define assert_refused(name, o, status, text)                                \
    do {                                                                     \
        double value_ = 7;                                                   \
        assert_error(mesa_metric_value(mesa_metric_find(name), o, &value_,   \
                                       err), status, text);                  \
        assert_bits_equal(value_, 7);                                        \
    } while (0)

static void
test_undefined_scores(void **state)
{
    static const int32_t none[] = { 0, 0, 0 }, all[] = { 1, 1, 1 };
    static const double p[] = { 0.25, 0.125, 0.375 };
    struct few f;

    (void)state;
    few(&f, 3, none, p);
    assert_refused("aucprc", &f.o, MESA_EDATA,
                   "aucprc needs rows of class 1, there are none");
    assert_refused("rocauc", &f.o, MESA_EDATA,
                   "rocauc needs rows of class 1, there are none");
    assert_refused("fscore", &f.o, MESA_EDATA,
                   "fscore needs rows of class 1, there are none and none is "
                   "predicted");
    assert_refused("mcc", &f.o, MESA_EDATA, "mcc needs rows of two classes, "
                   "all 3 are of class 0");
    assert_bits_equal(score("f1_macro", &f.o), 1.0);
    assert_bits_equal(score("accuracy", &f.o), 1.0);
    few(&f, 3, all, p);
    assert_bits_equal(score("aucprc", &f.o), 1.0);
    assert_bits_equal(score("fscore", &f.o), 0.0);
    assert_refused("rocauc", &f.o, MESA_EDATA, "rocauc needs rows of two "
                   "classes, all 3 are of class 1");
    assert_refused("gmean", &f.o, MESA_EDATA, "gmean needs rows of two "
                   "classes, all 3 are of class 1");
    assert_refused("bacc", &f.o, MESA_EDATA, "bacc needs rows of two "
                   "classes, all 3 are of class 1");
}

/* Rows are looked at by runs: no place may be missed. */
static void
test_hostile_rows(void **state)
{
    enum { N = 300 };
    static int32_t y[N];
    static double p[2 * N];
    struct mesa_outcome o = { sizeof o, 2, N, y, p, 1 };
    char said[80];

    (void)state;
    for (size_t r = 0; r < N; r++) {
        snprintf(said, sizeof said,
                 "row %zu is of class -7, but there are 2 classes", r);
        y[r] = -7;
        assert_refused("brier", &o, MESA_EDATA, said);
        y[r] = 0;
        snprintf(said, sizeof said,
                 "the probability of class 1 in row %zu is not finite", r);
        p[2 * r + 1] = -INFINITY;
        assert_refused("brier", &o, MESA_ENUMERIC, said);
        p[2 * r + 1] = 0.25;
    }
}

static void
test_hostile_outcomes(void **state)
{
    static const int32_t y[] = { 0, 1, 1 }, low[] = { 0, -1, 1 };
    static const int32_t high[] = { 0, 1, 2 };
    static const double p[] = { 0.25, 0.125, 0.375 };
    struct few f;

    (void)state;
    few(&f, 0, y, p);
    assert_refused("ece", &f.o, MESA_EDATA, "ece needs rows, there are none");
    few(&f, 3, low, p);
    assert_refused("mcc", &f.o, MESA_EDATA,
                   "row 1 is of class -1, but there are 2 classes");
    few(&f, 3, high, p);
    assert_refused("logloss", &f.o, MESA_EDATA,
                   "row 2 is of class 2, but there are 2 classes");
    few(&f, 3, y, p);
    f.o.n_classes = 1;
    assert_refused("accuracy", &f.o, MESA_EDATA,
                   "accuracy needs 2 classes, there are 1");
    f.o.n_classes = 2;
    f.o.positive = 2;
    assert_refused("aucprc", &f.o, MESA_EINVAL,
                   "aucprc of class 2, but there are 2 classes");
    f.o.positive = 1;
    f.p[3] = NAN;
    assert_refused("aucprc", &f.o, MESA_ENUMERIC,
                   "the probability of class 1 in row 1 is not finite");
    f.p[3] = INFINITY;
    assert_refused("brier", &f.o, MESA_ENUMERIC,
                   "the probability of class 1 in row 1 is not finite");
}

static void
test_memory_running_out(void **state)
{
    uint64_t live = mesa_memory_live();

    (void)state;
    for (size_t i = 0; i < 12; i++) {
        struct mesa_error err;
        double value = 7;
        mesa_status st;

        mesa_memory_fail_at(0);
        st = mesa_metric_value(mesa_metric_at(i), &four, &value, &err);
        mesa_memory_fail_at(UINT64_MAX);
        assert_int_equal(st, i < 8 ? MESA_ENOMEM : MESA_OK);
        if (st != MESA_OK)
            assert_string_equal(err.message, i < 2
                                                 ? "out of memory: 4 scores"
                                                 : "out of memory: 2 class "
                                                   "counts");
        assert_int_equal(mesa_memory_live(), live);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_ties_count_half_in_roc_and_as_one_threshold),
        cmocka_unit_test(test_perfect_and_hopeless),
        cmocka_unit_test(test_ties_go_to_the_lower_class),
        cmocka_unit_test(test_positive_class),
        cmocka_unit_test(test_bins_of_ece),
        cmocka_unit_test(test_log_loss_is_finite),
        cmocka_unit_test(test_absent_class),
        cmocka_unit_test(test_gmean_of_many_classes),
        cmocka_unit_test(test_long_sums_are_exact),
        cmocka_unit_test(test_undefined_scores),
        cmocka_unit_test(test_hostile_rows),
        cmocka_unit_test(test_hostile_outcomes),
        cmocka_unit_test(test_memory_running_out),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
