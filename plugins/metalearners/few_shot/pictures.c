/* SPDX-License-Identifier: MIT */
/*
 * pictures.c - how tasks are learnt: scores after 0, 1, ... steps, and models
 * before and after them.
 *
 * Models are adapted to a few test tasks once more, which costs as much as
 * that many of the tasks that were scored.
 */
#include "pictures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRID = 100 }; /* inputs of a fitted curve */

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

double
few_number(const void *x, size_t i, enum mesa_dtype dtype)
{
    return dtype == MESA_F32 ? (double)((const float *)x)[i]
                             : ((const double *)x)[i];
}

size_t
few_count_tasks(const struct mesa_task_shape *s, size_t n)
{
    return s->n_distinct ? smaller(s->n_distinct, n) : n;
}

double
few_input(const struct mesa_task_batch *b, const struct mesa_task_shape *s,
          size_t t, size_t r, size_t j)
{
    const bool support = r < s->n_support;
    const size_t row = support ? t * s->n_support + r
                               : t * s->n_query + r - s->n_support;

    return few_number(support ? b->support_x : b->query_x,
                      row * s->n_inputs + j, b->dtype);
}

double
few_output(const struct mesa_task_batch *b, const struct mesa_task_shape *s,
           size_t t, size_t r, size_t j)
{
    const bool support = r < s->n_support;
    const size_t row = support ? t * s->n_support + r
                               : t * s->n_query + r - s->n_support;

    return few_number(support ? b->support_y : b->query_y,
                      row * s->n_outputs + j, b->dtype);
}

static int
compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* By inputs, and by outputs where those are equal. */
static int
compare_rows(const void *a, const void *b)
{
    const int order = compare(a, b);

    return order ? order : compare((const double *)a + 1,
                                   (const double *)b + 1);
}

void
few_draw_sorted(struct mesa_plot *p, const struct mesa_task_batch *b,
                const struct mesa_task_shape *s, size_t t,
                double (*scratch)[2])
{
    const size_t n = s->n_support + s->n_query;

    for (size_t r = 0; r < n; r++) {
        scratch[r][0] = few_input(b, s, t, r, 0);
        scratch[r][1] = few_output(b, s, t, r, 0);
    }
    qsort(scratch, n, sizeof *scratch, compare_rows);
    for (size_t r = 0; r < n; r++)
        mesa_plot_point(p, scratch[r]);
}

/* What a line is of. */
struct scores {
    const struct few_score *score;
    size_t                  metric;
};

static double
step_of(const void *context, size_t at)
{
    return (double)((const struct scores *)context)->score->step[at];
}

static double
score_of(const void *context, size_t at, size_t i)
{
    const struct scores *s = context;

    return few_score_value(s->score, s->metric, at, i);
}

static mesa_status
draw_metric(const struct few_lines *info, const struct few_curve *curve,
            size_t n, size_t metric, struct mesa_report *report,
            struct mesa_error *err)
{
    struct few_line line[FEW_CURVES];
    struct scores scores[FEW_CURVES];

    for (size_t i = 0; i < n; i++) {
        scores[i] = (struct scores){ curve[i].score, metric };
        line[i] = (struct few_line){
            curve[i].panel, curve[i].label, curve[i].score->n_steps,
            curve[i].score->n_tasks, &scores[i], step_of, score_of
        };
    }
    return few_draw_lines(info, line, n, report, err);
}

/* The share of rows that those who always say one class are right about. */
static mesa_status
find_largest(const struct mesa_host *host, double *out,
             struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    const struct mesa_task_shape *s = mesa_tasks_shape(tasks, MESA_PART_TEST);
    struct mesa_task_batch rows;
    mesa_status st = mesa_task_batch_new(tasks, MESA_PART_TEST, 1, MESA_F64,
                                         &rows, err);

    *out = 0;
    if (st == MESA_OK)
        st = mesa_tasks_draw(tasks, MESA_PART_TEST, 0, &rows, err);
    for (size_t c = 0; c < s->n_classes && st == MESA_OK; c++) {
        double n = 0;

        for (size_t r = 0; r < s->n_query; r++)
            n += few_output(&rows, s, 0, s->n_support + r, c) > 0;
        *out = fmax(*out, n / (double)s->n_query);
    }
    mesa_task_batch_free(&rows);
    return st;
}

mesa_status
few_draw_adaptation(const struct few_model *m, const struct mesa_host *host,
                    const struct few_curve *curve, size_t n, size_t trained,
                    struct mesa_report *report, struct mesa_error *err)
{
    struct few_lines info = {
        .name    = "adaptation",
        .title   = "Scores after steps of adaptation",
        .what    = "tasks",
        .caption = "How good models are after so many gradient steps on the "
                   "support rows of a task.",
        .x_label = "steps of adaptation",
        .y_label = m->classes ? "accuracy" : "mean squared error",
        .cost    = !m->classes,
        .trained = (double)trained,
        .least_label = "largest class"
    };
    mesa_status st = m->classes ? find_largest(host, &info.least, err)
                                : MESA_OK;

    if (st == MESA_OK)
        st = draw_metric(&info, curve, n, 0, report, err);
    if (st != MESA_OK || !m->classes)
        return st;
    info.name = "adaptation_loss";
    info.title = "Log loss after steps of adaptation";
    info.y_label = "log loss";
    info.cost = true;
    info.least = 0;
    return draw_metric(&info, curve, n, 1, report, err);
}

/* Test tasks of one input and one output, and what is made of them. */
struct fits {
    struct mesa_task_shape shape;
    struct mesa_task_batch rows, judged; /* judged at points of a grid */
    double                 low[2], high[2]; /* of inputs, of outputs */
    size_t                 step[FEW_LINES], n_steps;
    void                  *grid;
    double               (*scratch)[2];
};

static void
find_ranges(struct fits *f)
{
    const struct mesa_task_shape *s = &f->shape;
    double margin;

    for (int k = 0; k < 2; k++) {
        f->low[k] = INFINITY;
        f->high[k] = -INFINITY;
    }
    for (size_t t = 0; t < f->rows.n; t++)
        for (size_t r = 0; r < s->n_support + s->n_query; r++) {
            const double at[2] = { few_input(&f->rows, s, t, r, 0),
                                   few_output(&f->rows, s, t, r, 0) };

            for (int k = 0; k < 2; k++) {
                f->low[k] = fmin(f->low[k], at[k]);
                f->high[k] = fmax(f->high[k], at[k]);
            }
        }
    margin = 0.25 * (f->high[1] - f->low[1]);
    f->low[1] -= margin;
    f->high[1] += margin;
}

static double
grid_point(const struct fits *f, size_t i)
{
    return f->low[0] +
           (f->high[0] - f->low[0]) * (double)i / (double)(GRID - 1);
}

static mesa_status
make_grid(struct fits *f, struct mesa_error *err)
{
    const size_t n = f->rows.n * GRID;
    const size_t rows = f->shape.n_support + f->shape.n_query;

    f->grid = mesa_alloc_array(n, sizeof(double));
    f->scratch = mesa_alloc_array(rows, sizeof *f->scratch);
    if (!f->grid || !f->scratch)
        return mesa_nomem(err, n, "points");
    for (size_t i = 0; i < n; i++) {
        const double x = grid_point(f, i % GRID);

        if (f->rows.dtype == MESA_F32)
            ((float *)f->grid)[i] = (float)x;
        else
            ((double *)f->grid)[i] = x;
    }
    f->judged = f->rows;
    f->judged.query_x = f->grid;
    return MESA_OK;
}

/* At most FEW_LINES of these numbers, the first and the last among them. */
static void
choose_steps(struct fits *f, const struct mesa_list *steps)
{
    size_t n = 0;

    while (n < steps->n && steps->value[n] <= (double)FEW_MOST_DRAWN)
        n++;
    f->n_steps = smaller(n, FEW_LINES);
    for (size_t i = 0; i < f->n_steps; i++)
        f->step[i] = (size_t)steps->value[n <= FEW_LINES
                                              ? i
                                              : i * (n - 1) / (FEW_LINES - 1)];
}

/* The models of all tasks as curves, one panel of `every` each; what leaves
 * the picture breaks the line.  Values go to `out`, [task][step][point]. */
static mesa_status
adapt(const struct fits *f, const struct few_pupil *pupil, double *out,
      struct mesa_error *err)
{
    struct mesa_task_shape shape = f->shape;
    struct few_adapter a;
    size_t made = 0;
    mesa_status st;

    shape.n_query = GRID;
    st = few_adapter_new(pupil->model, pupil->rule, &shape, &f->judged, &a,
                         err);
    if (st == MESA_OK && pupil->rng)
        few_adapter_draw(&a, pupil->rng, 0);
    else if (st == MESA_OK)
        few_adapter_reset(&a);
    for (size_t k = 0; k < f->n_steps && st == MESA_OK; k++) {
        for (; made < f->step[k] && st == MESA_OK; made++)
            st = few_adapter_step(&a, made, err);
        if (st == MESA_OK)
            st = few_adapter_predict(&a, err);
        for (size_t i = 0; i < f->rows.n * GRID && st == MESA_OK; i++) {
            const double y = few_number(a.prediction, i, f->rows.dtype);
            const bool inside = y >= f->low[1] && y <= f->high[1];

            out[(i / GRID * f->n_steps + k) * GRID + i % GRID] =
                inside ? y : (double)NAN;
        }
    }
    few_adapter_free(&a);
    return st;
}

/* One task: its rows, the model's curves, what was learnt from. */
static void
draw_fit(const struct fits *f, size_t t, const double *curve,
         struct mesa_plot *p)
{
    mesa_plot_series(p, MESA_MARK_REFERENCE, "true");
    few_draw_sorted(p, &f->rows, &f->shape, t, f->scratch);
    for (size_t k = 0; k < f->n_steps; k++) {
        char label[32];

        snprintf(label, sizeof label, "%zu step%s", f->step[k],
                 f->step[k] == 1 ? "" : "s");
        mesa_plot_series(p, MESA_MARK_LINE, label);
        for (size_t i = 0; i < GRID; i++)
            mesa_plot_point(p, (double[]){
                grid_point(f, i), curve[(t * f->n_steps + k) * GRID + i] });
    }
    mesa_plot_series(p, MESA_MARK_CROSS, "");
    for (size_t r = 0; r < f->shape.n_support && f->shape.n_support <= 50; r++)
        mesa_plot_point(p, (double[]){
            few_input(&f->rows, &f->shape, t, r, 0),
            few_output(&f->rows, &f->shape, t, r, 0) });
}

static mesa_status
draw_panels(const struct fits *f, const struct few_pupil *pupil, size_t n,
            struct mesa_plot *p, struct mesa_error *err)
{
    const size_t per_pupil = f->rows.n * f->n_steps * GRID;
    double *curve = mesa_alloc_array(n, per_pupil * sizeof *curve);
    mesa_status st = curve ? MESA_OK : mesa_nomem(err, per_pupil, "points");

    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = adapt(f, &pupil[i], curve + i * per_pupil, err);
    for (size_t t = 0; t < f->rows.n && st == MESA_OK; t++)
        for (size_t i = 0; i < n; i++) {
            char title[100];

            snprintf(title, sizeof title, "test task %zu%s%.60s", t,
                     pupil[i].label ? ", " : "",
                     pupil[i].label ? pupil[i].label : "");
            mesa_plot_panel(p, title);
            draw_fit(f, t, curve + i * per_pupil, p);
        }
    mesa_free(curve);
    return st;
}

mesa_status
few_draw_fits(const struct mesa_host *host, const struct few_pupil *pupil,
              size_t n, const struct mesa_list *steps,
              struct mesa_report *report, struct mesa_error *err)
{
    static const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_SHARED,
        .section     = MESA_PLOT_RESULT,
        .name        = "fits",
        .title       = "Models before and after steps of adaptation",
        .caption     = "What a model makes of the first test tasks before it "
                       "learns (0 steps) and after some gradient steps on the "
                       "support rows (crosses, where there are 50 or fewer). "
                       "Dashed: all rows of the task. Curves are cut off "
                       "where they leave the rows by a quarter of their "
                       "range.",
        .x_label     = "input",
        .y_label     = "target"
    };
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    const struct mesa_task_shape *shape = mesa_tasks_shape(tasks,
                                                           MESA_PART_TEST);
    struct fits f = { .n_steps = 0 };
    struct mesa_plot *p;
    mesa_status st;

    choose_steps(&f, steps);
    if (!shape || shape->n_inputs != 1 || shape->n_outputs != 1 ||
        shape->n_classes > 0 || f.n_steps == 0)
        return MESA_OK;
    p = mesa_report_plot(report, &info);
    if (!p)
        return MESA_OK;
    f.shape = *shape;
    st = mesa_task_batch_new(tasks, MESA_PART_TEST,
                             few_count_tasks(shape, FEW_PANELS / n),
                             pupil->model->dtype, &f.rows, err);
    if (st == MESA_OK)
        st = mesa_tasks_draw(tasks, MESA_PART_TEST, 0, &f.rows, err);
    if (st == MESA_OK) {
        find_ranges(&f);
        st = make_grid(&f, err);
    }
    if (st == MESA_OK)
        st = draw_panels(&f, pupil, n, p, err);
    mesa_task_batch_free(&f.rows);
    mesa_free(f.grid);
    mesa_free(f.scratch);
    return st;
}
