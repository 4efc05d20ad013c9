/* SPDX-License-Identifier: MIT */
/* test_run_curves.c - the picture of what metrics.csv has over the steps. */
#include "test.h"

#include "run_state.h"

#include <math.h>
#include <unistd.h>

struct desk {
    char               folder[32];
    FILE              *file;
    struct mesa_report report;
};

static void
open_desk(struct desk *d)
{
    char path[60];

    *d = (struct desk){ "/tmp/mesa-curves.XXXXXX", NULL, { .draws = true } };
    assert_non_null(mkdtemp(d->folder));
    snprintf(path, sizeof path, "%s/metrics.csv", d->folder);
    d->file = fopen(path, "w");
    assert_non_null(d->file);
    fputs("step,split,metric,value\n", d->file);
}

/* NULL: there is none. */
static const struct mesa_plot *
draw(struct desk *d, uint64_t n_steps)
{
    fflush(d->file);
    assert_ok(mesa_run_add_curves(&d->report, d->folder, n_steps, err));
    return d->report.n_plots ? d->report.plot[d->report.n_plots - 1] : NULL;
}

static void
close_desk(struct desk *d)
{
    char path[60];

    fclose(d->file);
    mesa_report_free(&d->report);
    snprintf(path, sizeof path, "%s/metrics.csv", d->folder);
    unlink(path);
    assert_int_equal(rmdir(d->folder), 0);
}

/* Few figures are drawn as they are; what is no number is left out, and so
 * are the steps of the evaluation. */
static void
test_few(void **state)
{
    struct desk d;
    const struct mesa_plot *p;

    (void)state;
    open_desk(&d);
    fputs("0,train,loss,3\n0,test,loss,4\n1,train,loss,nan\n"
          "2,train,loss,2.5\n2,test,loss,1e300\n3,test,loss,7\n", d.file);
    mesa_report_event(&d.report, 2, "learning begins");
    p = draw(&d, 3);
    assert_string_equal(p->name, "learning");
    assert_string_equal(p->y_label, "loss");
    assert_int_equal(p->n_panels, 0);
    assert_int_equal(p->n_series, 2);
    assert_int_equal(p->series[0].mark, MESA_MARK_LINE);
    assert_string_equal(p->series[0].label, "train");
    assert_int_equal(p->series[0].n, 2);
    assert_bits_equal(p->series[0].value[2], 2);
    assert_bits_equal(p->series[0].value[3], 2.5);
    assert_string_equal(p->series[1].label, "test");
    assert_int_equal(p->series[1].n, 2);
    assert_bits_equal(p->series[1].value[3], 1e300);
    assert_int_equal(p->n_words, 1);
    assert_int_equal(p->word[0].what, 'r');
    assert_bits_equal(p->word[0].x, 2);
    assert_string_equal(p->word[0].text, "learning begins");
    assert_null(strstr(p->caption, "Faint"));
    assert_non_null(strstr(p->caption, "vertical line"));
    close_desk(&d);
}

/* The mean of the last five of twenty-one; over a hundred, of a twentieth. */
static void
test_average(void **state)
{
    struct desk d;
    const struct mesa_plot *p;

    (void)state;
    open_desk(&d);
    for (int i = 0; i < 21; i++)
        fprintf(d.file, "%d,,a,%d\n", i, i * i);
    p = draw(&d, 21);
    assert_int_equal(p->n_series, 2);
    assert_int_equal(p->series[0].mark, MESA_MARK_FAINT);
    assert_int_equal(p->series[0].n, 21);
    assert_int_equal(p->series[1].mark, MESA_MARK_LINE);
    assert_int_equal(p->series[1].n, 17);
    for (int i = 4; i < 21; i++) {
        double sum = 0;

        for (int k = i - 4; k <= i; k++)
            sum += k * k;
        assert_bits_equal(p->series[1].value[2 * (i - 4)], i);
        assert_bits_equal(p->series[1].value[2 * (i - 4) + 1], sum / 5);
    }
    assert_non_null(strstr(p->caption, "(at least 5)"));
    assert_non_null(strstr(p->caption, "Faint"));
    assert_null(strstr(p->caption, "Bands"));
    close_desk(&d);
}

/* A panel for each of the first six metrics, whatever they are called; halves
 * of intervals are none. */
static void
test_panels(void **state)
{
    struct desk d;
    const struct mesa_plot *p;

    (void)state;
    open_desk(&d);
    for (int i = 0; i < 3; i++) {
        if (i == 0)
            fputs("0,,once,4\n", d.file);
        fprintf(d.file, "%d,test,\"a, \nb\",1\n%d,test,m_ci95,1\n", i, i);
        for (int k = 0; k < 8; k++)
            fprintf(d.file, "%d,valid,m%d,%d\n", i, k, k);
    }
    mesa_report_event(&d.report, 1, "now");
    p = draw(&d, 3);
    assert_int_equal(p->n_panels, 6);
    assert_string_equal(p->panel[0], "a, \nb");
    assert_string_equal(p->panel[5], "m4");
    assert_int_equal(p->n_series, 6);
    assert_int_equal(p->series[5].panel, 5);
    assert_int_equal(p->series[5].n, 3);
    assert_bits_equal(p->series[5].value[1], 4);
    assert_string_equal(p->word[0].text, "now"); /* said once */
    assert_string_equal(p->word[1].text, "");
    assert_non_null(strstr(p->caption, "steps from 0 to 2, 6 of 9 figures."));
    close_desk(&d);
}

/* What tells of learning comes before what the file begins with. */
static void
test_worth(void **state)
{
    static const char *const panel[] = { "mse", "mae", "valid_loss", "both",
                                         "loss", "gain" };
    struct desk d;
    const struct mesa_plot *p;

    (void)state;
    open_desk(&d);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 4; k++)
            fprintf(d.file, "%d,test,mse@%d,1\n", i, k);
        fprintf(d.file, "%d,test,mse,1\n%d,test,mae,1\n"
                        "%d,valid,valid_loss,1\n%d,valid,both,2\n"
                        "%d,test,both,3\n%d,train,loss,4\n"
                        "%d,train,gain,5\n", i, i, i, i, i, i, i);
    }
    p = draw(&d, 7); /* the last four steps reported nothing */
    assert_int_equal(p->n_panels, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(p->panel[i], panel[i]);
    assert_non_null(strstr(p->caption, "steps from 0 to 2, 6 of 10 figures."));
    close_desk(&d);
}

/* A baseline is beside what it is the baseline of. */
static void
test_baseline(void **state)
{
    struct desk d;
    const struct mesa_plot *p;

    (void)state;
    open_desk(&d);
    for (int i = 0; i < 3; i++)
        fprintf(d.file, "%d,test,baseline_a,1\n%d,test,a,2\n"
                        "%d,test,baseline_b,3\n", i, i, i);
    p = draw(&d, 3);
    assert_int_equal(p->n_panels, 2);
    assert_string_equal(p->panel[0], "a");
    assert_string_equal(p->panel[1], "baseline_b"); /* of nothing */
    assert_int_equal(p->n_series, 3);
    assert_string_equal(p->series[0].label, "test, baseline");
    assert_string_equal(p->series[1].label, "test");
    assert_string_equal(p->series[2].label, "test");
    assert_non_null(strstr(p->caption, "with its baseline if it has one."));
    close_desk(&d);
}

/* However many steps there are, a few hundred points show what is low and
 * high of them, and what they are in the mean. */
static void
test_long(void **state)
{
    const int n = 100000;
    struct desk d;
    const struct mesa_plot *p;
    double low = 0, high = 0;

    (void)state;
    open_desk(&d);
    for (int i = 0; i < n; i++)
        fprintf(d.file, "%d,train,a,%d\n", i,
                i == 4321 ? -9 : i == 98765 ? 9 : i % 2);
    p = draw(&d, (uint64_t)n);
    assert_int_equal(p->n_series, 2);
    assert_int_equal(p->series[0].mark, MESA_MARK_BAND);
    assert_int_equal(p->series[0].n, 300);
    assert_null(strstr(p->caption, "Faint"));
    assert_non_null(strstr(p->caption, "Bands"));
    for (size_t i = 0; i < p->series[0].n; i++) {
        low = fmin(low, p->series[0].value[3 * i + 1]);
        high = fmax(high, p->series[0].value[3 * i + 2]);
        assert_true(fabs(p->series[0].value[3 * i] -
                         (double)n * ((double)i + 0.5) / 300) < 1);
    }
    assert_true(low == -9 && high == 9);
    assert_true(p->series[1].n > 350 && p->series[1].n <= 400);
    for (size_t i = 0; i < p->series[1].n; i++)
        assert_true(fabs(p->series[1].value[2 * i + 1] - 0.5) < 0.01);
    close_desk(&d);
}

/* No steps, no figures, nobody who looks, or somebody who knows better. */
static void
test_none(void **state)
{
    static const struct mesa_plot_info own = { .struct_size = sizeof own,
                                               .name        = "learning",
                                               .title       = "None" };
    struct desk d;

    (void)state;
    open_desk(&d);
    assert_null(draw(&d, 10));
    fputs("9,test,last,1\n9,test,other,1\n", d.file); /* of one step */
    assert_null(draw(&d, 10));
    fputs("0,train,a,1\n1,train,a,1\n", d.file);
    assert_null(draw(&d, 1));
    d.report.draws = false;
    assert_null(draw(&d, 2));
    d.report.draws = true;
    mesa_report_plot(&d.report, &own);
    draw(&d, 2);
    assert_int_equal(d.report.n_plots, 1);
    close_desk(&d);
}

static void
test_missing(void **state)
{
    struct mesa_report r = { .draws = true };

    (void)state;
    assert_error(mesa_run_add_curves(&r, "/nonexistent", 5, err), MESA_EIO,
                 "cannot read /nonexistent/metrics.csv: No such file or "
                 "directory");
    mesa_report_free(&r);
}

static void
test_memory(void **state)
{
    struct desk d;
    mesa_status st = MESA_ENOMEM;

    (void)state;
    open_desk(&d);
    fputs("0,train,a,1\n1,train,a,1\n0,train,b,1\n", d.file);
    fflush(d.file);
    for (uint64_t k = 0; st == MESA_ENOMEM; k++) {
        const uint64_t live = mesa_memory_live();
        struct mesa_report r = { .draws = true };
        struct mesa_error err;

        mesa_memory_fail_at(k);
        st = mesa_run_add_curves(&r, d.folder, 2, &err);
        mesa_memory_fail_at(UINT64_MAX);
        if (st == MESA_OK && (r.failed || r.plot[0]->failed))
            st = MESA_ENOMEM;
        mesa_report_free(&r);
        assert_int_equal(mesa_memory_live(), live);
        assert_true(k < 100);
    }
    assert_int_equal(st, MESA_OK);
    close_desk(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few),     cmocka_unit_test(test_average),
        cmocka_unit_test(test_panels),  cmocka_unit_test(test_worth),
        cmocka_unit_test(test_baseline), cmocka_unit_test(test_long),
        cmocka_unit_test(test_none),    cmocka_unit_test(test_missing),
        cmocka_unit_test(test_memory)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
