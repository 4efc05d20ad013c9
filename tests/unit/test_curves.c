/* SPDX-License-Identifier: MIT */
/* test_curves.c - lines with intervals: means, medians, axes, what is cut. */
#include "test.h"

#include "few_shot/curves.h"

#include "report.h"

#include <math.h>

enum { POINTS = 3, VALUES = 4 };

static double
x_of(const void *context, size_t at)
{
    (void)context;
    return 10 * (double)at;
}

static double
value_of(const void *context, size_t at, size_t i)
{
    return ((const double *)context)[at * VALUES + i];
}

static const struct few_lines info = {
    .name = "scores", .title = "Scores", .what = "tasks",
    .caption = "What is seen.", .x_label = "steps", .y_label = "score",
    .cost = true, .trained = 5, .least = 0.25, .least_label = "largest class"
};

static struct few_line
line_of(const char *panel, const char *label, const double *values)
{
    return (struct few_line){ panel, label, POINTS, VALUES, values, x_of,
                              value_of };
}

static const struct mesa_plot_series *
series_of(const struct mesa_plot *p, enum mesa_mark mark, const char *label)
{
    for (size_t i = 0; i < p->n_series; i++)
        if (p->series[i].mark == mark &&
            strcmp(p->series[i].label, label) == 0)
            return &p->series[i];
    fail_msg("no series %s", label);
    return NULL;
}

/* The picture of some lines, which is the last one said. */
static const struct mesa_plot *
draw(struct mesa_report *r, const struct few_lines *how,
     const struct few_line *line, size_t n)
{
    r->draws = true;
    assert_ok(few_draw_lines(how, line, n, r, err));
    assert_true(r->n_plots > 0);
    return r->plot[r->n_plots - 1];
}

static const double calm[POINTS * VALUES] = { 4, 5, 6, 5, 3, 4, 5, 4,
                                              3, 3, 3, 3 };

static void
test_means(void **state)
{
    const struct few_line line[] = { line_of("train", "ours", calm),
                                     line_of("train", "theirs", calm),
                                     line_of("test", "ours", calm) };
    struct mesa_report r = { .draws = true };
    const struct mesa_plot *p = draw(&r, &info, line, 3);
    const struct mesa_plot_series *s = series_of(p, MESA_MARK_LINE, "ours");
    const double far = 3.182446305284263 * sqrt(2.0 / 3 / 4);

    (void)state;
    assert_int_equal(p->flags, 0);
    assert_string_equal(p->name, "scores");
    assert_string_equal(p->caption,
                        "What is seen. Lines are means, bands their 95 % "
                        "intervals by Student's t, over 4 tasks.");
    assert_int_equal(p->n_panels, 2);
    assert_string_equal(p->panel[1], "test");
    assert_int_equal(s->n, POINTS);
    assert_true(s->value[0] == 0 && s->value[1] == 5);
    assert_true(s->value[4] == 20 && s->value[5] == 3);
    s = series_of(p, MESA_MARK_BAND, "ours");
    assert_close(s->value[1], 5 - far, 1e-12);
    assert_close(s->value[2], 5 + far, 1e-12);
    assert_int_equal(p->n_words, 4); /* two rules in either panel */
    mesa_report_free(&r);
}

/* A single value has no interval. */
static void
test_single(void **state)
{
    struct few_line line[] = { line_of(NULL, "ours", calm) };
    struct mesa_report r = { .draws = true };
    const struct mesa_plot *p;

    (void)state;
    line[0].n = 1;
    p = draw(&r, &info, line, 1);
    assert_int_equal(series_of(p, MESA_MARK_LINE, "ours")->n, POINTS);
    assert_int_equal(series_of(p, MESA_MARK_BAND, "ours")->n, 0);
    assert_string_equal(p->caption,
                        "What is seen. Lines are single values, which have "
                        "no intervals, of 1 tasks.");
    mesa_report_free(&r);
}

/* One of four diverges: medians, which it is the worst of. */
static void
test_medians(void **state)
{
    double wild[POINTS * VALUES] = { 1, 2, 3, 4, 1, 2, 3, (double)NAN,
                                     1e-3, 1e-2, 1e-3, 1e9 };
    const struct few_line line[] = { line_of(NULL, "wild", wild) };
    struct mesa_report r = { .draws = true };
    const struct mesa_plot *p = draw(&r, &info, line, 1);
    const struct mesa_plot_series *s = series_of(p, MESA_MARK_LINE, "wild");

    (void)state;
    assert_int_equal(p->flags, MESA_PLOT_LOG_Y);
    assert_non_null(strstr(p->caption, "medians"));
    assert_non_null(strstr(p->caption, "cut off"));
    assert_true(s->value[1] == 2.5 && s->value[3] == 2.5);
    s = series_of(p, MESA_MARK_BAND, "wild");
    assert_true(s->value[1] == 1.75 && s->value[2] == 3.25);
    assert_true(s->value[5] == 250); /* it was infinite */
    mesa_report_free(&r);
}

/* A line ends where it leaves the picture. */
static void
test_cut(void **state)
{
    double all[POINTS * VALUES] = { 1, 1, 1, 1, 2, 2, 2, 2, 1e6, 1e6, 1e6,
                                    1e6 };
    const struct few_line line[] = { line_of(NULL, "off", all),
                                     line_of(NULL, "calm", calm) };
    struct mesa_report r = { .draws = true };
    const struct mesa_plot *p = draw(&r, &info, line, 2);

    (void)state;
    assert_int_equal(series_of(p, MESA_MARK_LINE, "off")->n, 2);
    assert_int_equal(series_of(p, MESA_MARK_LINE, "calm")->n, 3);
    mesa_report_free(&r);
}

/* Scores of which more is better have neither medians nor a logarithm. */
static void
test_scores(void **state)
{
    double low[POINTS * VALUES] = { -9, -9, -9, -9, (double)NAN, 1, 1, 1,
                                    1e5, 1e5, 1e5, 1e5 };
    const struct few_line line[] = { line_of(NULL, "low", low) };
    struct few_lines more = info;
    struct mesa_report r = { .draws = true };
    const struct mesa_plot *p;

    (void)state;
    more.cost = false;
    p = draw(&r, &more, line, 1);
    assert_int_equal(p->flags, 0);
    assert_non_null(strstr(p->caption, "means"));
    assert_true(series_of(p, MESA_MARK_LINE, "low")->value[3] == 1);
    assert_true(series_of(p, MESA_MARK_LINE, "low")->value[5] == 1e5);
    more.cost = true; /* and of costs below 0 nothing is cut */
    p = draw(&r, &more, line, 1);
    assert_int_equal(series_of(p, MESA_MARK_LINE, "low")->n, 3);
    mesa_report_free(&r);
}

/* Nothing scored; nobody asks; no memory. */
static void
test_nothing(void **state)
{
    struct few_line line[] = { line_of(NULL, "calm", calm),
                               line_of(NULL, "none", calm) };
    struct mesa_report r = { .draws = true };

    (void)state;
    line[1].n = 0;
    assert_ok(few_draw_lines(&info, line, 2, &r, err));
    assert_int_equal(r.n_plots, 0);
    assert_true(few_wants_pictures(&r));
    mesa_report_free(&r);
    r = (struct mesa_report){ .draws = false };
    assert_ok(few_draw_lines(&info, line, 1, &r, err));
    assert_false(few_wants_pictures(&r));
    assert_int_equal(r.n_plots, 0);
    mesa_memory_fail_at(0);
    assert_error(few_draw_lines(&info, line, 1, &r, err), MESA_ENOMEM,
                 "out of memory: 4 scores");
    mesa_memory_fail_at(UINT64_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_means), cmocka_unit_test(test_medians),
        cmocka_unit_test(test_cut),   cmocka_unit_test(test_scores),
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_single),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
