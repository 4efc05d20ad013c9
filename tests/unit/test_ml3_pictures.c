/* SPDX-License-Identifier: MIT */
/* test_ml3_pictures.c - what ml3 draws: against what it has learnt. */
#include "test.h"

const struct mesa_plugin *sine_plugin(void);

#define MORE_LINKED { "learners", "sine", sine_plugin },
#include "ml3_fixture.h"

#include "report.h"

/* A run to its end, and its report. */
static void
run_all(struct world *w, struct mesa_report *r, bool draws)
{
    const struct mesa_metalearner_class *class_ = class_of();
    static struct mesa_text table, json;
    static struct mesa_json_writer summary;

    table = json = (struct mesa_text){ 0 };
    summary = mesa_json_writer(&json);
    summary.depth = 1; /* of an object that is open */
    assert_ok(steps(w, 0, class_->total(w->ml3, &w->host), err));
    *r = (struct mesa_report){ .summary = &summary, .table = &table,
                               .draws = draws };
    assert_ok(class_->report(w->ml3, &w->host, r, err));
    mesa_free(table.at);
    mesa_free(json.at);
}

static void
sines_begin(struct world *w, const char *lines)
{
    char text[1000];

    snprintf(text, sizeof text,
             "[data]\ntype = sinusoid\namplitude = 1, 1\nphase = 0, 0\n"
             "frequency = -5, 5\nshots = 8\nquery = 1\n[estimator]\n"
             "type = sine\n[loss]\ntype = learned\n"
             "hidden_layer_sizes = 4, 3\nactivation = elu\noutput = none\n"
             "use_input = yes\n[metalearner]\ntype = ml3\neval_tasks = 3\n"
             "inner_lr = 0.1\neval_train_tasks = 2\n"
             "eval_steps = 0, 1, 2, 3, 4, 5\n%s", lines);
    assert_ok(world_parse(w, text, err));
    assert_ok(class_of()->begin(w->ml3, &w->host, err));
}

static const struct mesa_plot *
plot_of(const struct mesa_report *r, const char *name)
{
    const struct mesa_plot *p = NULL;

    for (size_t i = 0; i < r->n_plots; i++)
        if (strcmp(r->plot[i]->name, name) == 0)
            p = r->plot[i]; /* of two of one name the later */
    return p;
}

/* The first such series of a panel. */
static const struct mesa_plot_series *
series_of(const struct mesa_plot *p, size_t panel, enum mesa_mark mark,
          const char *label)
{
    assert_non_null(p);
    for (size_t i = 0; i < p->n_series; i++)
        if (p->series[i].panel == panel && p->series[i].mark == mark &&
            strcmp(p->series[i].label, label) == 0)
            return &p->series[i];
    fail_msg("%s has no series %s in panel %zu", p->name, label, panel);
    return NULL;
}

/* Lines of scores are means of those that the table has. */
static void
check_adaptation(const struct world *w, const struct mesa_plot *p)
{
    const struct mesa_plot_series *s =
        series_of(p, 1, MESA_MARK_LINE, "baseline");
    const struct few_score *score = &w->ml3->test[1].score[ML3_BASELINE];

    assert_int_equal(p->n_panels, 2);
    assert_string_equal(p->panel[0], "training tasks");
    assert_int_equal(s->n, score->n_steps);
    for (size_t k = 0; k < s->n; k++) {
        assert_true(s->value[2 * k] == (double)k);
        assert_close(s->value[2 * k + 1],
                     few_score_summary(&w->ml3->tested, score, 0, k).mean,
                     1e-12);
    }
}

/* Both losses begin with one model; rows that were learnt from are crosses. */
static void
check_fits(const struct mesa_plot *p)
{
    const struct mesa_plot_series *s[2];

    assert_int_equal(p->n_panels, 4);
    assert_string_equal(p->panel[0], "test task 0, learned loss");
    assert_string_equal(p->panel[3], "test task 1, baseline");
    for (size_t i = 0; i < 2; i++)
        s[i] = series_of(p, i, MESA_MARK_LINE, "0 steps");
    assert_int_equal(s[0]->n, 100);
    assert_memory_equal(s[0]->value, s[1]->value,
                        2 * s[0]->n * sizeof *s[0]->value);
    for (size_t i = 0; i < 2; i++)
        s[i] = series_of(p, i, MESA_MARK_LINE, "5 steps");
    assert_memory_not_equal(s[0]->value, s[1]->value,
                            2 * s[0]->n * sizeof *s[0]->value);
    assert_int_equal(series_of(p, 0, MESA_MARK_CROSS, "")->n, 8);
    assert_int_equal(series_of(p, 0, MESA_MARK_REFERENCE, "true")->n, 108);
    series_of(p, 0, MESA_MARK_LINE, "1 step");
}

/* The baseline is the squared error: of predictions, for three targets. */
static void
check_losses(const struct mesa_plot *p)
{
    size_t checked = 0;

    assert_int_equal(p->n_panels, 2);
    for (size_t i = 0; i < p->n_series; i++) {
        const struct mesa_plot_series *s = &p->series[i];
        double target;

        if (s->panel != 1 || s->mark != MESA_MARK_LINE)
            continue;
        assert_int_equal(sscanf(s->label, "target %lf", &target), 1);
        for (size_t k = 0; k < s->n; k++) {
            const double d = s->value[2 * k] - target;

            assert_true(fabs(s->value[2 * k + 1] - d * d) < 0.03);
        }
        checked++;
    }
    assert_int_equal(checked, 3);
}

/* Each curve from 0 to 1; its cross at the lowest point. */
static void
check_landscape(const struct mesa_plot *p)
{
    assert_int_equal(p->n_panels, 3);
    for (size_t t = 0; t < 3; t++) {
        const struct mesa_plot_series *s =
            series_of(p, t, MESA_MARK_LINE, "6 iterations");
        const struct mesa_plot_series *lowest =
            series_of(p, t, MESA_MARK_CROSS, "6 iterations");
        double high = 0;

        series_of(p, t, MESA_MARK_REFERENCE, "task loss");
        assert_int_equal(s->n, 29);
        for (size_t k = 0; k < s->n; k++) {
            high = fmax(high, s->value[2 * k + 1]);
            assert_true(s->value[2 * k + 1] >= 0);
        }
        assert_true(high == 1);
        assert_true(lowest->value[1] == 0);
    }
}

static void
test_sines(void **state)
{
    struct mesa_report r;
    struct world w;
    const struct mesa_plot *p;

    (void)state;
    sines_begin(&w, "iterations = 6\nwatch = frequency\n"
                    "landscape_interval = 2\nlandscape_points = 29\n");
    run_all(&w, &r, true);
    check_adaptation(&w, plot_of(&r, "adaptation"));
    check_fits(plot_of(&r, "fits"));
    check_losses(plot_of(&r, "loss_shapes"));
    check_landscape(plot_of(&r, "landscape"));
    p = plot_of(&r, "landscape_times");
    assert_int_equal(series_of(p, 2, MESA_MARK_CELL, "")->n, 4 * 29);
    p = plot_of(&r, "tasks");
    assert_int_equal(p->section, MESA_PLOT_DATA);
    assert_int_equal(series_of(p, 1, MESA_MARK_LINE, "task 4")->n, 108);
    mesa_report_free(&r);
    world_close(&w);
}

/* What is drawn changes nothing, and nothing is drawn unless asked for. */
static void
test_not_asked(void **state)
{
    struct mesa_report r;
    struct world w;

    (void)state;
    sines_begin(&w, "iterations = 3\nwatch = frequency\n"
                    "landscape_interval = 2\n");
    run_all(&w, &r, false);
    assert_int_equal(r.n_plots, 0);
    assert_true(r.n_files > 0);
    mesa_report_free(&r);
    world_close(&w);
}

/* Nothing of a run that is not at its end. */
static void
test_too_early(void **state)
{
    struct mesa_report r = { .draws = true };
    struct world w;

    (void)state;
    world_begin(&w, SINES, "", "iterations = 3\n");
    assert_ok(steps(&w, 0, 1, err));
    assert_ok(ml3_draw(w.ml3, &w.host, &r, err));
    assert_int_equal(r.n_plots, 0);
    mesa_report_free(&r);
    world_close(&w);
}

/* Classes: losses by the probability of the true one, rows in a plane. */
static void
test_classes(void **state)
{
    struct mesa_report r;
    struct world w;
    const struct mesa_plot *p;
    const struct mesa_plot_series *s;

    (void)state;
    world_begin(&w, TOY "classes = 3\n", "", "iterations = 2\n");
    run_all(&w, &r, true);
    assert_null(plot_of(&r, "fits"));
    assert_null(plot_of(&r, "landscape"));
    p = plot_of(&r, "loss_shapes");
    assert_int_equal(p->flags, MESA_PLOT_UNIT_X);
    for (int c = 0; c < 3; c++) {
        char label[20];

        snprintf(label, sizeof label, "class %d", c);
        series_of(p, 0, MESA_MARK_LINE, label);
        s = series_of(p, 1, MESA_MARK_LINE, label);
        for (size_t k = 0; k < s->n; k++)
            assert_true(fabs(s->value[2 * k + 1] + log(s->value[2 * k])) <
                        1e-5);
    }
    p = plot_of(&r, "adaptation");
    assert_string_equal(p->y_label, "accuracy");
    p = plot_of(&r, "tasks");
    assert_int_equal(p->n_panels, 4);
    assert_string_equal(p->x_label, "first input");
    for (size_t t = 0, n = 0; t < 4; t++, n = 0) {
        for (size_t i = 0; i < p->n_series; i++)
            n += p->series[i].panel == t ? p->series[i].n : 0;
        assert_int_equal(n, SUPPORT + QUERY);
    }
    mesa_report_free(&r);
    world_close(&w);
}

/* Two classes over two inputs: a plane that both losses begin with. */
static void
test_regions(void **state)
{
    struct mesa_report r;
    struct world w;
    const struct mesa_plot *p;
    const struct mesa_plot_series *s[2];

    (void)state;
    world_begin(&w, TOY "classes = 2\n", "", "iterations = 2\n");
    run_all(&w, &r, true);
    p = plot_of(&r, "regions");
    assert_non_null(p);
    assert_int_equal(p->n_panels, 4);
    assert_string_equal(p->panel[1], "test task 0, learned loss, 3 steps");
    assert_string_equal(p->panel[2], "test task 0, baseline, 0 steps");
    s[0] = series_of(p, 0, MESA_MARK_CELL, "");
    s[1] = series_of(p, 2, MESA_MARK_CELL, "");
    assert_int_equal(s[0]->n, 1600);
    assert_memory_equal(s[0]->value, s[1]->value,
                        3 * s[0]->n * sizeof *s[0]->value);
    s[1] = series_of(p, 3, MESA_MARK_CELL, "");
    assert_memory_not_equal(s[0]->value, s[1]->value,
                            3 * s[0]->n * sizeof *s[0]->value);
    for (size_t i = 0; i < s[1]->n; i++)
        assert_true(s[1]->value[3 * i + 2] > 0 && s[1]->value[3 * i + 2] < 1);
    assert_int_equal(series_of(p, 0, MESA_MARK_POINT, "class 0")->n +
                         series_of(p, 0, MESA_MARK_POINT, "class 1")->n,
                     SUPPORT + QUERY);
    mesa_report_free(&r);
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sines),     cmocka_unit_test(test_not_asked),
        cmocka_unit_test(test_too_early), cmocka_unit_test(test_classes),
        cmocka_unit_test(test_regions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
