/* SPDX-License-Identifier: MIT */
/*
 * samples.c - a few of the tasks: targets over inputs; classes over two
 * inputs, or over the two directions in which inputs differ most.
 *
 * Those directions are the principal components of the rows shown, by power
 * iteration: O(rows inputs^2).
 */
#include "pictures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TASKS = 5, ROUNDS = 200, MOST_INPUTS = 512 };

/* Tasks of one part. */
struct sample {
    const char             *name;
    struct mesa_task_shape  shape;
    struct mesa_task_batch  rows;
    double                 *view; /* two by inputs, and the middle: or NULL */
};

static size_t
rows_of(const struct mesa_task_shape *s)
{
    return s->n_support + s->n_query;
}

static mesa_status
sample_new(const struct mesa_host *host, enum mesa_part part, size_t n,
           struct sample *out, struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    mesa_status st;

    out->name = part == MESA_PART_TRAIN ? "training" : "test";
    out->shape = *mesa_tasks_shape(tasks, part);
    st = mesa_task_batch_new(tasks, part, few_count_tasks(&out->shape, n),
                             MESA_F64, &out->rows, err);
    return st == MESA_OK ? mesa_tasks_draw(tasks, part, 0, &out->rows, err)
                         : st;
}

static void
sample_free(struct sample *s)
{
    mesa_task_batch_free(&s->rows);
    mesa_free(s->view);
}

static mesa_status
draw_lines(const struct sample *s, struct mesa_plot *p,
           struct mesa_error *err)
{
    const size_t n = rows_of(&s->shape);
    double (*scratch)[2] = mesa_alloc_array(n, sizeof *scratch);
    char title[40];

    if (!scratch)
        return mesa_nomem(err, n, "rows");
    snprintf(title, sizeof title, "%s tasks", s->name);
    mesa_plot_panel(p, title);
    for (size_t t = 0; t < s->rows.n; t++) {
        snprintf(title, sizeof title, "task %zu", t);
        mesa_plot_series(p, MESA_MARK_LINE, title);
        few_draw_sorted(p, &s->rows, &s->shape, t, scratch);
    }
    mesa_free(scratch);
    return MESA_OK;
}

/* Sums of products of the inputs' differences from their middle. */
static void
make_covariance(const struct sample *s, const double *middle, double *out)
{
    const size_t d = s->shape.n_inputs;

    for (size_t t = 0; t < s->rows.n; t++)
        for (size_t r = 0; r < rows_of(&s->shape); r++)
            for (size_t i = 0; i < d; i++) {
                const double x = few_input(&s->rows, &s->shape, t, r, i) -
                                 middle[i];

                for (size_t j = 0; j < d; j++)
                    out[i * d + j] +=
                        x * (few_input(&s->rows, &s->shape, t, r, j) -
                             middle[j]);
            }
}

/* The direction of the largest eigenvalue, which then is none of a's. */
static void
take_direction(double *a, size_t d, double *scratch, double *out)
{
    double norm = 0;

    for (size_t i = 0; i < d; i++)
        out[i] = 1.0 + (double)i / (double)d; /* hardly ever at right angles */
    for (int round = 0; round < ROUNDS; round++) {
        norm = 0;
        for (size_t i = 0; i < d; i++) {
            scratch[i] = 0;
            for (size_t j = 0; j < d; j++)
                scratch[i] += a[i * d + j] * out[j];
            norm += scratch[i] * scratch[i];
        }
        norm = sqrt(norm);
        for (size_t i = 0; i < d && norm > 0; i++)
            out[i] = scratch[i] / norm;
    }
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < d; j++)
            a[i * d + j] -= norm * out[i] * out[j];
}

static mesa_status
choose_view(struct sample *s, struct mesa_error *err)
{
    const size_t d = s->shape.n_inputs, n = s->rows.n * rows_of(&s->shape);
    double *a = mesa_alloc_array(d + 1, d * sizeof *a), *middle;

    s->view = mesa_alloc_array(3, d * sizeof *s->view);
    if (!s->view || !a) {
        mesa_free(a);
        return mesa_nomem(err, d, "directions");
    }
    middle = s->view + 2 * d;
    for (size_t t = 0; t < s->rows.n; t++)
        for (size_t r = 0; r < rows_of(&s->shape); r++)
            for (size_t j = 0; j < d; j++)
                middle[j] += few_input(&s->rows, &s->shape, t, r, j) /
                             (double)n;
    make_covariance(s, middle, a);
    take_direction(a, d, a + d * d, s->view);
    take_direction(a, d, a + d * d, s->view + d);
    mesa_free(a);
    return MESA_OK;
}

static void
find_place(const struct sample *s, size_t t, size_t r, double out[2])
{
    const size_t d = s->shape.n_inputs;

    out[0] = few_input(&s->rows, &s->shape, t, r, 0);
    out[1] = few_input(&s->rows, &s->shape, t, r, 1);
    if (!s->view)
        return;
    out[0] = out[1] = 0;
    for (size_t j = 0; j < d; j++) {
        const double x = few_input(&s->rows, &s->shape, t, r, j) -
                         s->view[2 * d + j];

        out[0] += x * s->view[j];
        out[1] += x * s->view[d + j];
    }
}

static void
draw_cloud(const struct sample *s, size_t t, struct mesa_plot *p)
{
    char text[40];

    snprintf(text, sizeof text, "%s task %zu", s->name, t);
    mesa_plot_panel(p, text);
    for (uint32_t c = 0; c < s->shape.n_classes; c++) {
        snprintf(text, sizeof text, "class %u", c);
        mesa_plot_series(p, MESA_MARK_POINT, text);
        for (size_t r = 0; r < rows_of(&s->shape); r++) {
            double at[2];

            if (few_output(&s->rows, &s->shape, t, r, c) <= 0)
                continue;
            find_place(s, t, r, at);
            mesa_plot_point(p, at);
        }
    }
}

static mesa_status
draw_clouds(struct sample *s, struct mesa_plot *p, struct mesa_error *err)
{
    mesa_status st = s->shape.n_inputs > 2 ? choose_view(s, err) : MESA_OK;

    for (size_t t = 0; t < s->rows.n && st == MESA_OK; t++)
        draw_cloud(s, t, p);
    return st;
}

/* What tasks of that shape can be shown as. */
static bool
is_line(const struct mesa_task_shape *s)
{
    return s->n_classes == 0 && s->n_inputs == 1 && s->n_outputs == 1;
}

static bool
is_cloud(const struct mesa_task_shape *s)
{
    return s->n_classes > 0 && s->n_inputs > 1 && s->n_inputs <= MOST_INPUTS;
}

static struct mesa_plot *
new_picture(const struct mesa_task_shape *s, struct mesa_report *report)
{
    const bool lines = is_line(s), two = s->n_inputs == 2;
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = lines ? MESA_PLOT_SHARED : 0,
        .section     = MESA_PLOT_DATA,
        .name        = "tasks",
        .title       = "Some of the tasks",
        .caption     = lines ? "All rows, support and query, of the first "
                               "tasks of either part, joined by their inputs."
                       : two ? "Rows, support and query, of the first two "
                               "tasks of either part."
                             : "Rows, support and query, of the first two "
                               "tasks of either part, along the first "
                               "two principal components of the rows of that "
                               "part.",
        .x_label     = lines ? "input"
                       : two ? "first input" : "component 1",
        .y_label     = lines ? "target"
                       : two ? "second input" : "component 2"
    };

    return lines || is_cloud(s) ? mesa_report_plot(report, &info) : NULL;
}

mesa_status
few_draw_tasks(const struct mesa_host *host, struct mesa_report *report,
               struct mesa_error *err)
{
    static const enum mesa_part part[2] = { MESA_PART_TRAIN, MESA_PART_TEST };
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    const struct mesa_task_shape *shape = mesa_tasks_shape(tasks, part[0]);
    struct mesa_plot *p = new_picture(shape, report);
    mesa_status st = MESA_OK;

    for (int i = 0; p && i < 2 && st == MESA_OK; i++) {
        struct sample s = { .view = NULL };

        if (!mesa_tasks_shape(tasks, part[i]))
            continue;
        st = sample_new(host, part[i], is_line(shape) ? TASKS : 2, &s, err);
        if (st == MESA_OK)
            st = is_line(shape) ? draw_lines(&s, p, err)
                                : draw_clouds(&s, p, err);
        sample_free(&s);
    }
    return st;
}
