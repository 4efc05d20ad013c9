/* SPDX-License-Identifier: MIT */
/*
 * test_evaluate_pictures.c - the pictures of an evaluation of ten rows: what
 * is in them, and that lack of memory is told.
 */
#include "test.h"

#include "evaluate.h"
#include "interval.h"
#include "report.h"

enum { ROWS = 10 };

static const double score[] = { 0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.5,
                                0.3, 0.2, 0.1 };
static const int32_t label[] = { 1, 1, 0, 0, 1, 0, 0, 1, 0, 0 };
static const char *const class_names[] = { "common", "rare" };

struct world {
    struct mesa_evaluate e;
    struct mesa_host     host;
    struct mesa_schema   schema;
    struct mesa_dataset  test;
    double               proba[2 * ROWS];
    struct mesa_curve_sum sum;
};

static void
open_world(struct world *w)
{
    memset(w, 0, sizeof *w);
    w->schema = (struct mesa_schema){ .struct_size = sizeof w->schema,
                                      .n_classes   = 2,
                                      .class_name  = class_names };
    w->test = (struct mesa_dataset){ .struct_size = sizeof w->test,
                                     .x           = { .rows = ROWS },
                                     .y           = label,
                                     .n_classes   = 2,
                                     .schema      = &w->schema };
    for (size_t r = 0; r < ROWS; r++) {
        w->proba[2 * r + 1] = score[r];
        w->proba[2 * r] = 1 - score[r];
    }
    w->host.parts.data[MESA_PART_TEST] = &w->test;
    mesa_rng_seed(&w->host.root, 1);
    w->e.repeats = 1;
    w->e.scores_positive = 1;
    w->e.proba[MESA_PART_TEST] = w->proba;
    w->e.n_curves = 1;
    w->e.curve = &w->sum;
    assert_ok(mesa_evaluate_take_curves(&w->e, &w->test, w->proba, err));
}

static const struct mesa_plot *
find_plot(const struct mesa_report *r, const char *name)
{
    for (size_t i = 0; i < r->n_plots; i++)
        if (strcmp(r->plot[i]->name, name) == 0)
            return r->plot[i];
    fail_msg("there is no picture %s", name);
    return NULL;
}

/* Bins by tenths; empty ones have no share, and no count is written. */
static void
test_calibration(void **state)
{
    static const double point[][2] = {
        { 0.1, 0 }, { 0.2, 0 }, { 0.3, 1 }, { 0.5, 0 },
        { 0.6, 1 }, { 0.7, 0 }, { 0.8, 0.5 }, { 0.9, 1 }
    };
    static const double rows[] = { 0, 1, 1, 1, 0, 2, 1, 1, 2, 1 };
    struct mesa_report r = { .draws = true };
    const struct mesa_plot *p;
    double low, high;
    struct world w;

    (void)state;
    open_world(&w);
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    p = find_plot(&r, "calibration");
    assert_string_equal(p->x_label, "predicted probability of rare");
    assert_int_equal(p->n_panels, 2);
    assert_int_equal(p->n_series, 3);
    assert_int_equal(p->series[1].mark, MESA_MARK_ERROR);
    assert_int_equal(p->series[1].n, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_close(p->series[1].value[4 * i], point[i][0], 1e-15);
        assert_bits_equal(p->series[1].value[4 * i + 1], point[i][1]);
    }
    mesa_wilson(1, 2, &low, &high);
    assert_bits_equal(p->series[1].value[4 * 6 + 2], low);
    assert_bits_equal(p->series[1].value[4 * 6 + 3], high);
    assert_int_equal(p->series[2].n, 10);
    for (size_t i = 0; i < 10; i++)
        assert_bits_equal(p->series[2].value[2 * i + 1], rows[i]);
    assert_int_equal(p->n_words, 8);
    mesa_report_free(&r);
}

/* A band, the curve and chance, of one fit by a bootstrap. */
static void
test_curves(void **state)
{
    struct mesa_report r = { .draws = true };
    const struct mesa_plot *p;
    struct world w;

    (void)state;
    open_world(&w);
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    assert_int_equal(r.n_plots, 3);
    p = find_plot(&r, "precision_recall");
    assert_int_equal(p->n_series, 3);
    assert_int_equal(p->series[0].mark, MESA_MARK_BAND);
    assert_int_equal(p->series[1].n, 101);
    assert_bits_equal(p->series[1].value[2 * 50 + 1], 2.0 / 3);
    assert_bits_equal(p->series[2].value[1], 0.4);
    assert_non_null(strstr(p->caption, "'rare', the area 0.692"));
    assert_non_null(strstr(p->caption, "of one fit, with pointwise"));
    p = find_plot(&r, "roc");
    assert_int_equal(p->series[1].n, 102); /* from the corner */
    assert_bits_equal(p->series[1].value[1], 0);
    assert_bits_equal(p->series[1].value[3], 0.25);
    mesa_report_free(&r);
}

/* Curves of fewer fits than there are have no interval of another's. */
static void
test_fewer(void **state)
{
    struct mesa_report r = { .draws = true };
    struct world w;

    (void)state;
    open_world(&w);
    w.e.repeats = 2;
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    assert_int_equal(find_plot(&r, "roc")->n_series, 2);
    mesa_report_free(&r);
    w.sum.n = 0; /* none at all */
    r.draws = true;
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    assert_int_equal(r.n_plots, 1);
    mesa_report_free(&r);
    w.e.curve = NULL; /* nobody wants any */
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    assert_int_equal(r.n_plots, 0);
}

/* How wide a band is, summed over the grid. */
static double
band_width(const struct mesa_plot *p)
{
    double width = 0;

    assert_int_equal(p->series[0].mark, MESA_MARK_BAND);
    for (size_t i = 0; i < p->series[0].n; i++)
        width += p->series[0].value[3 * i + 2] - p->series[0].value[3 * i + 1];
    return width;
}

/* Fits that are all the same say nothing of how sure they are: rows do. */
static void
test_same(void **state)
{
    struct mesa_report one = { .draws = true }, r = { .draws = true };
    const struct mesa_plot *p;
    struct world w;

    (void)state;
    open_world(&w);
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &one, err));
    w.e.repeats = 2;
    assert_ok(mesa_evaluate_take_curves(&w.e, &w.test, w.proba, err));
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    p = find_plot(&r, "roc");
    assert_bits_equal(band_width(p), band_width(find_plot(&one, "roc")));
    assert_true(band_width(p) > 1);
    assert_non_null(strstr(p->caption, "2 fits, which are all the same"));
    assert_non_null(strstr(p->caption, "rows of the first, 200 draws"));
    mesa_report_free(&r);
    mesa_report_free(&one);
}

/* What fits share is said with the interval of their mean. */
static void
test_shared(void **state)
{
    static const double share[] = { 0.2, 0.9, 0.4, 0.1, 0.6,
                                    0.5, 0.5, 0.3, 0.2, 0.1 };
    struct mesa_report r = { .draws = true };
    const struct mesa_plot *p;
    double proba[2 * ROWS];
    struct world w;

    (void)state;
    open_world(&w);
    w.e.repeats = 2;
    for (size_t i = 0; i < ROWS; i++) {
        proba[2 * i + 1] = share[i];
        proba[2 * i] = 1 - share[i];
    }
    assert_ok(mesa_evaluate_take_curves(&w.e, &w.test, proba, err));
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    p = find_plot(&r, "roc");
    assert_true(band_width(p) > 0);
    assert_non_null(strstr(p->caption, "2 fits, with pointwise"));
    assert_non_null(strstr(p->caption, "which share their rows"));
    mesa_report_free(&r);
    w.e.repeats = 1;
    w.e.folds = 2;
    w.host.parts.data[MESA_PART_ALL] = &w.test;
    w.e.proba[MESA_PART_ALL] = w.proba;
    r = (struct mesa_report){ .draws = true };
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    p = find_plot(&r, "roc");
    assert_non_null(strstr(p->caption, "which share training rows"));
    mesa_report_free(&r);
}

/* Of many classes: how many are drawn, and of how many fits at most. */
static void
test_classes(void **state)
{
    static const char *const names[] = { "a", "b", "c" };
    struct mesa_report r = { .draws = true };
    struct mesa_curve_sum sum[3];
    double proba[3 * ROWS];
    struct world w;

    (void)state;
    open_world(&w);
    memset(sum, 0, sizeof sum);
    for (size_t i = 0; i < ROWS; i++) {
        proba[3 * i] = 1 - score[i];
        proba[3 * i + 1] = score[i];
        proba[3 * i + 2] = 0;
    }
    w.schema.class_name = names;
    w.schema.n_classes = w.test.n_classes = 3;
    w.e.proba[MESA_PART_TEST] = proba;
    w.e.n_curves = 3;
    w.e.curve = sum;
    assert_ok(mesa_evaluate_take_curves(&w.e, &w.test, proba, err));
    assert_ok(mesa_evaluate_take_curves(&w.e, &w.test, proba, err));
    sum[0].n = 1; /* rows of a fold had none of it */
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    assert_non_null(strstr(find_plot(&r, "roc")->caption,
                           "mean of up to 2 fits; 2 of 3 classes, each"));
    mesa_report_free(&r);
}

/* Losses are apart from scores, and boxes are said where there are any. */
static void
test_scores(void **state)
{
    static const char *const names[] = { "rocauc", "logloss", "mcc" };
    const struct mesa_metric *metric[3];
    struct mesa_report r = { .draws = true };
    const struct mesa_plot *p;
    double value[4 * MESA_SCORED_PARTS * 3];
    struct world w;

    (void)state;
    open_world(&w);
    for (size_t m = 0; m < 3; m++)
        metric[m] = mesa_metric_find(names[m]);
    for (size_t i = 0; i < MESA_COUNT(value); i++)
        value[i] = (double)i;
    w.e.repeats = 3;
    w.e.n_metrics = 3;
    w.e.metric = metric;
    w.e.value = value;
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    p = find_plot(&r, "scores");
    assert_int_equal(p->n_series, 2);
    assert_bits_equal(p->series[1].value[0], 1); /* no gap between them */
    assert_null(strstr(p->caption, "boxes"));
    p = find_plot(&r, "losses");
    assert_int_equal(p->n_series, 1);
    assert_int_equal(p->series[0].n, 3);
    assert_non_null(strstr(p->caption, "Smaller is better"));
    mesa_report_free(&r);
    w.e.repeats = 4;
    r = (struct mesa_report){ .draws = true };
    assert_ok(mesa_evaluate_report(&w.e, &w.host, &r, err));
    assert_non_null(strstr(find_plot(&r, "scores")->caption, "quartiles"));
    mesa_report_free(&r);
}

static void
test_memory(void **state)
{
    mesa_status st = MESA_ENOMEM;
    struct world w;

    (void)state;
    open_world(&w);
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        const uint64_t live = mesa_memory_live();
        struct mesa_report r = { .draws = true };
        struct mesa_error err;

        mesa_memory_fail_at(k);
        st = mesa_evaluate_report(&w.e, &w.host, &r, &err);
        mesa_memory_fail_at(UINT64_MAX);
        for (size_t i = 0; i < r.n_plots && st == MESA_OK; i++)
            if (r.plot[i]->failed)
                st = MESA_ENOMEM;
        if (r.failed)
            st = MESA_ENOMEM;
        mesa_report_free(&r);
        assert_int_equal(mesa_memory_live(), live);
        assert_true(k < 1000);
    }
    assert_int_equal(st, MESA_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calibration), cmocka_unit_test(test_curves),
        cmocka_unit_test(test_fewer),       cmocka_unit_test(test_same),
        cmocka_unit_test(test_shared),      cmocka_unit_test(test_classes),
        cmocka_unit_test(test_scores),      cmocka_unit_test(test_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
