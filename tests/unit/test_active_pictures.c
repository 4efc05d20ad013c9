/* SPDX-License-Identifier: MIT */
/* test_active_pictures.c - pictures of the metalearner active. */
#include "active_fixture.h"

/* All tables, one after the other. */
static char *
draw_all(const char *text, bool resumed)
{
    struct mesa_text out = { 0 };
    struct world w;

    assert_ok(run(&w, text, resumed, err));
    for (size_t i = 0; i < w.report.n_plots; i++) {
        mesa_text_printf(&out, "%s\n", w.report.plot[i]->name);
        mesa_plot_data(w.report.plot[i], &out);
    }
    world_close(&w);
    return mesa_text_take(&out);
}

/* What is drawn does not depend on interruptions. */
static void
test_resumed(void **state)
{
    static const char text[] = DATA "valid = yes\nclasses = 3\n" LEARNER
                               REST LOOP "max_iter = 4\n";
    char *one = draw_all(text, false), *other = draw_all(text, true);

    (void)state;
    assert_string_equal(one, other);
    assert_non_null(strstr(one, "label_curve\nseries,x,y\n"
                                "validation rows,"));
    assert_non_null(strstr(one, "\ntest rows,"));
    assert_non_null(strstr(one, "label_balance\nseries,x,y\nclass no,"));
    assert_non_null(strstr(one, "\nclass yes,"));
    assert_non_null(strstr(one, "queries\nseries,x,y,value\n,"));
    mesa_free(one);
    mesa_free(other);
}

/* A point for each fit, row, and label; of two classes the rarer one. */
static void
test_figures(void **state)
{
    size_t n = 0;
    char line[120];
    struct world w;
    char *table;

    (void)state;
    assert_ok(run(&w, DATA LEARNER REST LOOP "max_iter = 3\n", false, err));
    for (size_t i = 0; i < w.self->rows.n; i++)
        n += w.self->rows.label[i] == 1;
    table = table_of(&w, "label_balance");
    snprintf(line, sizeof line,
             "class yes,16,%.17g\n\n\nshare in the pool,4,0.2\n"
             "share in the pool,16,0.2\n",
             (double)n / 16);
    expect_lines(table, line);
    assert_int_equal(count_lines(table, "\nclass yes,"), 3);
    mesa_free(table);
    table = table_of(&w, "queries");
    assert_int_equal(count_lines(table, "\n,"), 40 - 16);
    assert_int_equal(count_lines(table, "\nlabelled,"), 16);
    assert_int_equal(count_lines(table, "of class yes\","), n);
    mesa_free(table);
    world_close(&w);
}

/* Drawn once more; free with mesa_report_free. */
static const struct mesa_plot *
redraw(struct world *w, struct mesa_report *r, const char *name)
{
    *r = (struct mesa_report){ .summary = &w->json, .table = &w->table,
                               .draws = true };
    assert_ok(active_pictures(w->self, r, err));
    for (size_t i = 0; i < r->n_plots; i++)
        if (strcmp(r->plot[i]->name, name) == 0)
            return r->plot[i];
    fail_msg("there is no picture %s", name);
    return NULL;
}

static size_t
count_marks(const struct mesa_plot *p, enum mesa_mark mark)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_series; i++)
        if (p->series[i].mark == mark)
            n += p->series[i].n;
    return n;
}

/* No class is rare where all have as many rows. */
static void
test_balanced(void **state)
{
    const struct mesa_plot *p;
    struct mesa_report r;
    struct world w;

    (void)state;
    assert_ok(run(&w, DATA LEARNER REST LOOP "max_iter = 3\n", false, err));
    for (size_t i = 0; i < w.self->rows.n; i++)
        w.self->rows.label[i] = i % 5 == 0;
    p = redraw(&w, &r, "queries");
    assert_int_equal(count_marks(p, MESA_MARK_CROSS), 4);
    assert_non_null(strstr(p->caption, "Crosses"));
    mesa_report_free(&r);
    for (size_t i = 0; i < w.self->rows.n; i++)
        w.self->rows.label[i] = i % 2;
    p = redraw(&w, &r, "queries");
    assert_int_equal(count_marks(p, MESA_MARK_CROSS), 0);
    assert_null(strstr(p->caption, "Crosses"));
    assert_null(strstr(p->caption, "One in"));
    mesa_report_free(&r);
    world_close(&w);
}

/* Lines of the pool have names, near ones one in common. */
static void
test_names(void **state)
{
    const struct mesa_plot *p;
    struct mesa_report r;
    struct world w;

    (void)state;
    assert_ok(run(&w, DATA "classes = 4\n" LEARNER REST LOOP
                      "max_iter = 3\n", false, err));
    p = redraw(&w, &r, "label_balance");
    assert_int_equal(p->n_words, 2);
    assert_string_equal(p->word[0].text, " pool: no");
    assert_string_equal(p->word[1].text, " pool: yes, a,b, third");
    mesa_report_free(&r);
    world_close(&w);
}

/* Of many rows some are drawn, and the caption says how many. */
static void
test_many_rows(void **state)
{
    const struct mesa_plot *p;
    struct mesa_report r;
    struct world w;

    (void)state;
    assert_ok(run(&w, DATA "rows = 6000\n" LEARNER REST
                      "[metalearner]\ntype = active\nn_init = 2001\n"
                      "budget = 1\nmax_iter = 1\n", false, err));
    p = redraw(&w, &r, "queries");
    assert_int_equal(w.self->rows.n, 2001);
    assert_int_equal(count_marks(p, MESA_MARK_POINT), 4000 / 2);
    assert_int_equal(count_marks(p, MESA_MARK_SCALED), 2002 / 2);
    assert_non_null(strstr(p->caption,
                           " One in 2 of the rows without a label is drawn. "
                           "One in 2 of the labelled rows is drawn."));
    mesa_report_free(&r);
    world_close(&w);
}

/* Labels that nobody knows, and no two columns to draw. */
static void
test_little(void **state)
{
    struct world w;
    char *table;

    (void)state;
    assert_ok(world_open(&w, DATA "known = 8\nsame = yes\n" LEARNER REST LOOP
                             "max_iter = 2\n", err));
    ask_people(&w);
    assert_ok(steps(&w, true, err));
    assert_int_equal(w.report.n_plots, 2);
    table = table_of(&w, "label_balance");
    assert_null(strstr(table, "in the pool"));
    mesa_free(table);
    world_close(&w);
}

/* No report, or all of it. */
static void
test_memory(void **state)
{
    struct world w;
    bool lost = true;

    (void)state;
    assert_ok(run(&w, DATA LEARNER REST LOOP "max_iter = 2\n", false, err));
    for (uint64_t k = 0; lost; k++) {
        struct mesa_report r = { .summary = &w.json, .table = &w.table,
                                 .draws = true };
        const uint64_t live = mesa_memory_live();
        mesa_status st;

        mesa_memory_fail_at(k);
        st = active_pictures(w.self, &r, NULL);
        mesa_memory_fail_at(UINT64_MAX);
        lost = st != MESA_OK || r.failed;
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        for (size_t i = 0; i < r.n_plots; i++)
            lost |= r.plot[i]->failed;
        mesa_report_free(&r);
        assert_int_equal(mesa_memory_live(), live);
        assert_true(k < 1000);
    }
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_balanced),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_little),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
