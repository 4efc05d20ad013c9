/* SPDX-License-Identifier: MIT */
/* test_plot.c - pictures: what plugins say, tables, scripts, and gnuplot. */
#include "test.h"

#include "files.h"
#include "report.h"

#include <math.h>
#include <unistd.h>

static const struct mesa_plot_info info = {
    .struct_size = sizeof info,
    .section     = MESA_PLOT_LEARNING,
    .name        = "all_marks",
    .title       = "Everything that can be drawn",
    .caption     = "A caption, with a comma.",
    .x_label     = "time in s",
    .y_label     = "it's a value",
    .value_label = "share"
};

/* One panel of lines, one of points and cells, one of bars, one of boxes. */
static void
draw_all(struct mesa_plot *p)
{
    mesa_plot_panel(p, "lines");
    mesa_plot_series(p, MESA_MARK_BAND, "train");
    for (int i = 0; i < 9; i++)
        mesa_plot_point(p, (double[]){ i, sin(i) - 0.2, sin(i) + 0.2 });
    mesa_plot_series(p, MESA_MARK_FAINT, "train");
    for (int i = 0; i < 9; i++)
        mesa_plot_point(p, (double[]){ i, sin(i) + 0.1 * (i % 2) });
    mesa_plot_series(p, MESA_MARK_LINE, "train");
    for (int i = 0; i < 9; i++)
        mesa_plot_point(p, (double[]){ i, i == 4 ? NAN : sin(i) });
    mesa_plot_series(p, MESA_MARK_REFERENCE, "chance");
    mesa_plot_point(p, (double[]){ 0, 0 });
    mesa_plot_point(p, (double[]){ 8, 0.5 });
    mesa_plot_rule(p, 'x', 3, "begins, here");
    mesa_plot_rule(p, 'y', -0.5, "");
    mesa_plot_panel(p, "points <b>&");
    mesa_plot_series(p, MESA_MARK_CELL, "");
    for (int i = 0; i < 16; i++)
        mesa_plot_point(p, (double[]){ i % 4, i / 4, i / 15.0 });
    mesa_plot_series(p, MESA_MARK_POINT, "'q' \"uo\" `ted` \\n");
    mesa_plot_point(p, (double[]){ 1, 2 });
    mesa_plot_series(p, MESA_MARK_CROSS, "made\nrows");
    mesa_plot_point(p, (double[]){ 2, 2 });
    mesa_plot_series(p, MESA_MARK_SCALED, "");
    mesa_plot_point(p, (double[]){ 3, 2, 0.7 });
    mesa_plot_note(p, 'l', 0.5, 3, "a note");
    mesa_plot_panel(p, "bars");
    mesa_plot_series(p, MESA_MARK_BAR, "a");
    mesa_plot_point(p, (double[]){ 0, 3 });
    mesa_plot_point(p, (double[]){ 1, 1 });
    mesa_plot_series(p, MESA_MARK_BAR, "b");
    mesa_plot_point(p, (double[]){ 0, 2 });
    mesa_plot_series(p, MESA_MARK_ERROR, "c");
    mesa_plot_point(p, (double[]){ 1, 2, 1.5, 2.75 });
    mesa_plot_panel(p, "boxes");
    mesa_plot_series(p, MESA_MARK_BOX, "one");
    for (int i = 0; i < 20; i++)
        mesa_plot_point(p, (double[]){ 0, (i * 7) % 11 });
    mesa_plot_series(p, MESA_MARK_SEGMENT, "");
    mesa_plot_point(p, (double[]){ 0.5, 1, 1.5, 1 });
}

static void
test_table(void **state)
{
    struct mesa_report r = { .draws = true };
    struct mesa_plot *p = mesa_report_plot(&r, &info);
    struct mesa_text text = { 0 };

    (void)state;
    mesa_plot_series(p, MESA_MARK_LINE, "a, b");
    mesa_plot_point(p, (double[]){ 0.1, 2 });
    mesa_plot_point(p, (double[]){ 3, NAN });
    mesa_plot_series(p, MESA_MARK_LINE, "nothing");
    mesa_plot_series(p, MESA_MARK_ERROR, "c");
    mesa_plot_point(p, (double[]){ 1, 2, 1.5, 2.5 });
    mesa_plot_data(p, &text);
    assert_string_equal(text.at, "series,x,y,low,high\n\"a, b\",0.1,2,,\n"
                                 "\"a, b\",3,nan,,\n\n\nc,1,2,1.5,2.5\n");
    mesa_free(text.at);
    mesa_report_free(&r);
}

/* Who takes no pictures, or gives no points. */
static void
test_nothing(void **state)
{
    struct mesa_report r = { .draws = false };
    struct mesa_plot *p = mesa_report_plot(&r, &info);

    (void)state;
    assert_null(p);
    mesa_plot_panel(p, "x");
    mesa_plot_series(p, MESA_MARK_LINE, "x");
    mesa_plot_point(p, (double[]){ 0, 0 });
    mesa_plot_tick(p, 'x', 0, "x");
    mesa_plot_rule(p, 'x', 0, "x");
    mesa_plot_note(p, 'l', 0, 0, "x");
    assert_int_equal(r.n_plots, 0);
    assert_false(r.failed);
    r.draws = true;
    p = mesa_report_plot(&r, &info);
    mesa_plot_point(p, (double[]){ 0, 0 }); /* of no series */
    assert_true(mesa_plot_is_empty(p));
    mesa_plot_rule(p, 'x', NAN, "nowhere");
    assert_int_equal(p->n_words, 0);
    mesa_report_free(&r);
}

/* A long line keeps its lowest and highest point. */
static void
test_thin(void **state)
{
    struct mesa_report r = { .draws = true };
    struct mesa_plot *p = mesa_report_plot(&r, &info);
    double low = 0, high = 0, last = -1;

    (void)state;
    mesa_plot_series(p, MESA_MARK_LINE, "");
    for (int i = 0; i < 100000; i++)
        mesa_plot_point(p, (double[]){ i, i == 77777   ? 5
                                          : i == 12345 ? -5
                                                       : i % 3 });
    mesa_plot_thin(p);
    assert_int_equal(p->series[0].n, 800);
    for (size_t i = 0; i < p->series[0].n; i++) {
        assert_true(p->series[0].value[2 * i] > last);
        last = p->series[0].value[2 * i];
        low = fmin(low, p->series[0].value[2 * i + 1]);
        high = fmax(high, p->series[0].value[2 * i + 1]);
    }
    assert_true(low == -5 && high == 5);
    mesa_report_free(&r);
}

/* Panels stand below each other where names would not fit beside. */
static void
test_crowded(void **state)
{
    (void)state;
    for (int names = 8; names <= 16; names += 8) {
        struct mesa_report r = { .draws = true };
        struct mesa_plot *p = mesa_report_plot(&r, &info);
        struct mesa_text text = { 0 };

        for (int i = 0; i < names; i++)
            mesa_plot_tick(p, 'x', i, "a name of some length");
        for (int panel = 0; panel < 2; panel++) {
            mesa_plot_panel(p, "panel");
            mesa_plot_series(p, MESA_MARK_BOX, "box");
            mesa_plot_point(p, (double[]){ names - 1, 1 });
        }
        mesa_plot_script(p, &text);
        assert_non_null(strstr(text.at, names == 8 ? "multiplot layout 1,2"
                                                   : "multiplot layout 2,1"));
        assert_null(strstr(text.at, "title \"box\"")); /* its axis says so */
        mesa_free(text.at);
        mesa_report_free(&r);
    }
}

static struct mesa_plot *
add_line(struct mesa_plot *p, double low, double high)
{
    mesa_plot_panel(p, "panel");
    mesa_plot_series(p, MESA_MARK_LINE, "line");
    mesa_plot_point(p, (double[]){ low, 1 });
    mesa_plot_point(p, (double[]){ high, 2 });
    return p;
}

/* Numbers of an axis have room, whatever their range. */
static void
test_steps(void **state)
{
    static const struct {
        double low, high;
        const char *script;
    } range[] = {
        { 0, 1, "xtics 0.2\n" },     { -1, 1, "xtics 0.5\n" },
        { 0, 0.03, "xtics 0.01\n" }, { 0, 90, "xtics 20\n" },
        { 0, 4e5, "xtics 100000\n" }, { 3, 3, "xtics autofreq\n" }
    };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(range); i++) {
        struct mesa_report r = { .draws = true };
        struct mesa_plot *p = mesa_report_plot(&r, &info);
        struct mesa_text text = { 0 };

        add_line(p, 0, 7777);
        add_line(p, range[i].low, range[i].high);
        mesa_plot_script(p, &text);
        assert_non_null(strstr(text.at, "xtics 2000\n"));
        if (!strstr(text.at, range[i].script))
            fail_msg("%s not in\n%s", range[i].script, text.at);
        mesa_free(text.at);
        mesa_report_free(&r);
    }
}

/* A colour is the same value in all panels. */
static void
test_colours(void **state)
{
    static const struct {
        double high;
        const char *script;
    } range[] = { { 1, "\nset cbrange [0:1]\n" },
                  { 1.5, "\nset cbrange [0.25:1.5]\n" } };

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(range); i++) {
        struct mesa_report r = { .draws = true };
        struct mesa_plot *p = mesa_report_plot(&r, &info);
        struct mesa_text text = { 0 };

        for (int panel = 0; panel < 2; panel++) {
            mesa_plot_panel(p, "panel");
            mesa_plot_series(p, MESA_MARK_SCALED, "");
            mesa_plot_point(p, (double[]){ 0, 0, panel ? 0.25 : NAN });
            mesa_plot_point(p, (double[]){ 1, 1,
                                           panel ? 0.5 : range[i].high });
        }
        mesa_plot_script(p, &text);
        assert_non_null(strstr(text.at, range[i].script));
        mesa_free(text.at);
        mesa_report_free(&r);
    }
}

/* Points of one picture are of one size. */
static void
test_sizes(void **state)
{
    struct mesa_report r = { .draws = true };
    struct mesa_plot *p = mesa_report_plot(&r, &info);
    struct mesa_text text = { 0 };

    (void)state;
    for (int n = 1; n <= 13; n += 12) {
        mesa_plot_series(p, MESA_MARK_POINT, n == 1 ? "one" : "many");
        for (int i = 0; i < n; i++)
            mesa_plot_point(p, (double[]){ i, n });
    }
    mesa_plot_script(p, &text);
    assert_non_null(strstr(text.at, "ps 0.45"));
    assert_null(strstr(text.at, "ps 0.8"));
    mesa_free(text.at);
    mesa_report_free(&r);
}

/* Crosses are seen on cells of all colours. */
static void
test_crosses(void **state)
{
    struct mesa_report r = { .draws = true };
    struct mesa_plot *p = mesa_report_plot(&r, &info);
    struct mesa_text text = { 0 };

    (void)state;
    mesa_plot_series(p, MESA_MARK_CELL, "");
    for (int i = 0; i < 16; i++)
        mesa_plot_point(p, (double[]){ i % 4, i / 4, i });
    mesa_plot_series(p, MESA_MARK_CROSS, "states");
    mesa_plot_point(p, (double[]){ 1, 2 });
    mesa_plot_script(p, &text);
    assert_non_null(strstr(text.at, "lc rgb 'white' notitle"));
    assert_non_null(strstr(text.at, "lc rgb '#000000'"));
    mesa_free(text.at);
    text = (struct mesa_text){ 0 };
    mesa_plot_series(p, MESA_MARK_POINT, "class"); /* these have pale cells */
    mesa_plot_point(p, (double[]){ 1, 2 });
    mesa_plot_script(p, &text);
    assert_null(strstr(text.at, "'white'"));
    mesa_free(text.at);
    mesa_report_free(&r);
}

/* Metres over metres are to scale, other things are not. */
static void
test_map(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct mesa_plot_info map = info;
        struct mesa_report r = { .draws = true };
        struct mesa_text text = { 0 };

        map.x_label = i ? "x in m" : "m";
        map.y_label = "height in m";
        mesa_plot_script(add_line(mesa_report_plot(&r, &map), 0, 1), &text);
        assert_true(!!strstr(text.at, "set size ratio -1\n") == i);
        mesa_free(text.at);
        mesa_report_free(&r);
    }
}

/* Series without points have colours, but nothing else. */
static void
test_reserved(void **state)
{
    struct mesa_report r = { .draws = true };
    struct mesa_plot *p = mesa_report_plot(&r, &info);
    struct mesa_text text = { 0 };

    (void)state;
    mesa_plot_series(p, MESA_MARK_LINE, "first");
    mesa_plot_series(p, MESA_MARK_LINE, "second");
    add_line(p, 0, 1);
    mesa_plot_series(p, MESA_MARK_LINE, "second");
    mesa_plot_point(p, (double[]){ 0, 0 });
    mesa_plot_script(p, &text);
    assert_null(strstr(text.at, "first"));
    assert_null(strstr(text.at, "#0072b2"));
    assert_non_null(strstr(text.at, "lc rgb '#d55e00' title \"second\""));
    assert_non_null(strstr(text.at, "lc rgb '#009e73' title \"line\""));
    mesa_free(text.at);
    mesa_report_free(&r);
}

/* Of very many names every nth stands on the axis. */
static void
test_names(void **state)
{
    struct mesa_report r = { .draws = true };
    struct mesa_plot *p = mesa_report_plot(&r, &info);
    struct mesa_text text = { 0 };
    char name[20];

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "class %d", i);
        mesa_plot_tick(p, 'x', i, name);
    }
    mesa_plot_series(p, MESA_MARK_BAR, "");
    mesa_plot_point(p, (double[]){ 99, 1 });
    mesa_plot_script(p, &text);
    assert_non_null(strstr(text.at, "(\"class 0\" 0, \"class 4\" 4, "));
    mesa_free(text.at);
    mesa_report_free(&r);
}

/* Titles of axes are as long as there is room. */
static void
test_titles(void **state)
{
    struct mesa_plot_info wide = info;
    struct mesa_report r = { .draws = true };
    struct mesa_text text = { 0 };
    struct mesa_plot *p;

    (void)state;
    wide.x_label = wide.y_label = "a label of more than fifty letters, which "
                                  "is long for a panel";
    p = mesa_report_plot(&r, &wide);
    add_line(p, 0, 1);
    add_line(p, 0, 1);
    mesa_plot_script(p, &text);
    assert_non_null(strstr(text.at, "set xlabel \"a label of more than fifty "
                                    "letters, which is lo...\""));
    assert_non_null(strstr(text.at, "set ylabel \"a label of more than fifty "
                                    "lette...\""));
    mesa_free(text.at);
    mesa_report_free(&r);
}

/* The folder, with gnuplot where there is one. */
static void
test_folder(void **state)
{
    char folder[] = "/tmp/mesa-plot.XXXXXX";
    struct mesa_report r = { .draws = true };
    struct mesa_plot_index index;
    char *why, *svg, path[100];
    size_t n;

    (void)state;
    assert_non_null(mkdtemp(folder));
    draw_all(mesa_report_plot(&r, &info));
    assert_ok(mesa_plots_write(r.plot, r.n_plots, folder, err));
    assert_ok(mesa_plot_index_read(&index, folder, err));
    assert_int_equal(index.n, 1);
    assert_string_equal(index.entry[0].name, "all_marks");
    assert_string_equal(index.entry[0].caption, "A caption, with a comma.");
    assert_int_equal(index.entry[0].section, MESA_PLOT_LEARNING);
    assert_ok(mesa_plots_draw(folder, NULL, &why, err));
    if (why) {
        assert_non_null(strstr(why, "1 picture"));
        if (!strstr(why, "is not installed") && !strstr(why, "is empty"))
            fail_msg("%s", why);
    } else {
        snprintf(path, sizeof path, "%s/plots/all_marks.svg", folder);
        assert_ok(mesa_file_get(path, 1 << 20, &svg, &n, err));
        assert_non_null(strstr(svg, "points &lt;b>&amp;"));
        assert_non_null(strstr(svg, "s a value"));
        mesa_free(svg);
    }
    mesa_free(why);
    mesa_plot_index_free(&index);
    mesa_report_free(&r);
    if (!getenv("MESA_KEEP")) {
        snprintf(path, sizeof path, "rm -r %s", folder);
        assert_int_equal(system(path), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_thin),
        cmocka_unit_test(test_crowded),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_crosses),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_colours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
