/* SPDX-License-Identifier: MIT */
/*
 * test_plot_edges.c - whatever is in a picture, gnuplot draws it: every mark,
 * of nothing, of one point, of points that are all the same or no numbers, on
 * every kind of axis.
 */
#include "test.h"

#include "report.h"

#include <math.h>
#include <unistd.h>

struct desk {
    char               folder[32];
    struct mesa_report report;
};

static void
open_desk(struct desk *d)
{
    *d = (struct desk){ "/tmp/mesa-edges.XXXXXX", { .draws = true } };
    assert_non_null(mkdtemp(d->folder));
}

static bool
runs(const struct desk *d, const char *command)
{
    char line[300];

    snprintf(line, sizeof line, "cd %s && { %s; } >/dev/null 2>&1", d->folder,
             command);
    return system(line) == 0;
}

static struct mesa_plot *
new_plot(struct desk *d, const char *name, uint32_t flags)
{
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = flags,
        .name        = name,
        .title       = "A picture",
        .x_label     = "x",
        .y_label     = "y",
        .value_label = "value"
    };

    return mesa_report_plot(&d->report, &info);
}

/* Everything that has been said is drawn, without a complaint that would have
 * left something out; and for people who edit it, in other formats. */
static void
draw_all(struct desk *d, size_t n)
{
    struct mesa_plot_index index;
    char *why;

    assert_ok(mesa_plots_write(d->report.plot, d->report.n_plots, d->folder,
                               err));
    assert_ok(mesa_plot_index_read(&index, d->folder, err));
    assert_int_equal(index.n, n);
    assert_ok(mesa_plots_draw(d->folder, NULL, &why, err));
    if (why && !strstr(why, "is not installed"))
        fail_msg("%s", why);
    if (!why && n > 0) {
        assert_false(runs(d, "test -e plots/gnuplot.log"));
        assert_true(runs(d, "! command -v xmllint || "
                            "xmllint --noout plots/*.svg"));
    }
    mesa_free(why);
    mesa_plot_index_free(&index);
}

static void
close_desk(struct desk *d)
{
    mesa_report_free(&d->report);
    if (!getenv("MESA_KEEP"))
        assert_true(runs(d, "rm -r plots && rmdir $PWD"));
}

static void
add_points(struct mesa_plot *p, enum mesa_mark mark, size_t n, double x,
           double value)
{
    mesa_plot_series(p, mark, "series");
    for (size_t i = 0; i < n; i++)
        mesa_plot_point(p, (double[]){ x + (double)i, value, value, value });
}

/* Each mark alone: one point, points of one value, of none but one. */
static void
test_marks(void **state)
{
    static const char *const name[] = { "one", "same", "hole" };
    struct desk d;

    (void)state;
    open_desk(&d);
    for (int mark = 0; mark < MESA_MARK_COUNT_; mark++)
        for (int kind = 0; kind < 3; kind++) {
            char file[40];
            struct mesa_plot *p;

            snprintf(file, sizeof file, "%s%d", name[kind], mark);
            p = new_plot(&d, file, 0);
            add_points(p, (enum mesa_mark)mark, kind == 0 ? 1 : 3, 1, 2);
            if (kind == 2)
                add_points(p, (enum mesa_mark)mark, 3, 1, NAN);
        }
    draw_all(&d, 3 * MESA_MARK_COUNT_);
    close_desk(&d);
}

/* What no axis can show is no picture. */
static void
test_nothing(void **state)
{
    struct desk d;

    (void)state;
    open_desk(&d);
    for (int mark = 0; mark < MESA_MARK_COUNT_; mark++) {
        char file[40];

        snprintf(file, sizeof file, "nan%d", mark);
        add_points(new_plot(&d, file, 0), (enum mesa_mark)mark, 3, 1, NAN);
    }
    add_points(new_plot(&d, "inf", 0), MESA_MARK_LINE, 2, 1, INFINITY);
    add_points(new_plot(&d, "zero", MESA_PLOT_LOG_Y), MESA_MARK_BAR, 2, 1, 0);
    add_points(new_plot(&d, "minus", MESA_PLOT_LOG_X), MESA_MARK_POINT, 2, -5,
               1);
    draw_all(&d, 0);
    close_desk(&d);
}

/* Every flag, and every two, on points of which some have no place on a
 * logarithmic axis, with words there, too. */
static void
test_flags(void **state)
{
    static const enum mesa_mark mark[] = {
        MESA_MARK_LINE, MESA_MARK_BAND, MESA_MARK_BAR, MESA_MARK_POINT,
        MESA_MARK_ERROR
    };
    struct desk d;

    (void)state;
    open_desk(&d);
    for (unsigned pair = 0; pair < 7 * 7; pair++) {
        const unsigned flags = 1U << pair % 7 | 1U << pair / 7;
        char file[40];
        struct mesa_plot *p;

        if (pair % 7 < pair / 7)
            continue;
        snprintf(file, sizeof file, "flags%u", flags);
        p = new_plot(&d, file, flags);
        for (size_t i = 0; i < MESA_COUNT(mark); i++) {
            if (i % 2 == 0)
                mesa_plot_panel(p, "panel");
            add_points(p, mark[i], 5, -1, 0.5);
            add_points(p, mark[i], 1, 2, -1);
        }
        mesa_plot_rule(p, 'x', 0, "nowhere on a logarithmic axis");
        mesa_plot_rule(p, 'y', -1, "");
        mesa_plot_note(p, 'l', 0, 0, "a note");
    }
    draw_all(&d, 7 * 8 / 2);
    close_desk(&d);
}

/* Long names on the axis, more series than colours, panels without points. */
static void
test_many(void **state)
{
    struct desk d;
    struct mesa_plot *p;

    (void)state;
    open_desk(&d);
    p = new_plot(&d, "many", 0);
    mesa_plot_panel(p, "nothing");
    mesa_plot_series(p, MESA_MARK_LINE, "nothing");
    mesa_plot_panel(p, "all");
    for (int i = 0; i < 20; i++) {
        char label[40];

        snprintf(label, sizeof label, "a method with a long name %d", i);
        mesa_plot_tick(p, 'x', i, label);
        mesa_plot_series(p, MESA_MARK_LINE, label);
        mesa_plot_point(p, (double[]){ 0, i });
        mesa_plot_point(p, (double[]){ i, 2 * i });
        mesa_plot_series(p, MESA_MARK_POINT, label);
        mesa_plot_point(p, (double[]){ i, 2 * i });
    }
    draw_all(&d, 1);
    assert_true(runs(&d, "grep -q 'rotate by' plots/many.gp"));
    assert_true(runs(&d, "grep -q \"pt 5 lc rgb '#0072b2'\" plots/many.gp"));
    assert_true(runs(&d, "grep -q \"dt 3 lc rgb '#0072b2'\" plots/many.gp"));
    assert_false(runs(&d, "grep -q multiplot plots/many.gp"));
    close_desk(&d);
}

/* People's own: PDF and PNG of every mark, from the same script. */
static void
test_formats(void **state)
{
    struct desk d;
    struct mesa_plot *p;

    (void)state;
    open_desk(&d);
    p = new_plot(&d, "marks", 0);
    for (int mark = 0; mark < MESA_MARK_COUNT_; mark++) {
        mesa_plot_panel(p, "a panel");
        add_points(p, (enum mesa_mark)mark, 4, 0, 1);
    }
    draw_all(&d, 1);
    if (runs(&d, "command -v gnuplot")) {
        assert_true(runs(&d, "cd plots; gnuplot -e \"format='pdf'\" marks.gp"
                             " && test -s marks.pdf"));
        assert_true(runs(&d, "cd plots; gnuplot -e \"format='png'\" marks.gp"
                             " && test -s marks.png"));
    }
    close_desk(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks), cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_flags), cmocka_unit_test(test_many),
        cmocka_unit_test(test_formats)
    };

    unsetenv("MESA_GNUPLOT");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
