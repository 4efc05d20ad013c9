/* SPDX-License-Identifier: MIT */
/*
 * landscape_picture.c - the learned loss over the weight that is watched, as
 * lines for a few times and as colours for all of them.
 *
 * A learned loss has no scale of its own: each curve goes from 0 to 1.
 */
#include "ml3.h"

#include <math.h>
#include <stdio.h>

enum { PANELS = 4, LINES = 4, MOST_TIMES = 200 };

static size_t
points(const struct ml3_landscape *l)
{
    return (size_t)l->points;
}

/* From 0 at the lowest point to 1 at the highest; where the lowest is. */
static size_t
scale(const float *loss, size_t n, double *out)
{
    double low = INFINITY, high = -INFINITY;
    size_t lowest = 0;

    for (size_t k = 0; k < n; k++) {
        const double v = (double)loss[k];

        if (isfinite(v) && v < low) {
            low = v;
            lowest = k;
        }
        high = isfinite(v) ? fmax(high, v) : high;
    }
    for (size_t k = 0; k < n; k++)
        out[k] = high > low ? ((double)loss[k] - low) / (high - low)
                            : (double)NAN;
    return lowest;
}

static const float *
loss_of(const struct ml3_landscape *l, size_t time, size_t task)
{
    return l->loss + (time * l->rows.n + task) * points(l);
}

static void
draw_line(const struct ml3_landscape *l, const double *scaled,
          struct mesa_plot *p)
{
    for (size_t k = 0; k < points(l); k++)
        mesa_plot_point(p, (double[]){ ml3_landscape_point(l, k),
                                       scaled[k] });
}

/* The loss that training judges by, over the same grid. */
static mesa_status
make_task_loss(const struct ml3 *m, size_t task, float *out,
               struct mesa_error *err)
{
    const struct ml3_landscape *l = &m->landscape;
    const struct mesa_task_shape *s = &l->shape;
    struct mesa_graph *g = mesa_graph_new(m->model.dtype, points(l));
    mesa_node *weight = mesa_alloc_array(m->model.n, sizeof *weight), x, y,
              loss;
    struct mesa_program *program = NULL;
    mesa_status st = g && weight ? MESA_OK
                                 : mesa_nomem(err, m->model.n, "nodes");

    for (size_t j = 0; j < m->model.n && st == MESA_OK; j++) {
        const struct mesa_weight *w = mesa_weights_get(m->model.weights, j);

        weight[j] = mesa_input(g, MESA_PER_TASK, w->rank, w->shape);
    }
    if (st == MESA_OK) {
        x = mesa_input(g, MESA_SHARED, MESA_SHAPE(s->n_support, s->n_inputs));
        y = mesa_input(g, MESA_SHARED, MESA_SHAPE(s->n_support, s->n_outputs));
        loss = few_loss(&m->model, g, weight, x, y);
        st = mesa_program_new(g, &loss, 1, &program, err);
    }
    for (size_t j = 0; j < m->model.n && st == MESA_OK; j++)
        mesa_program_bind(program, weight[j], l->weight[j]);
    if (st == MESA_OK) {
        const size_t row = task * s->n_support;

        mesa_program_bind(program, x,
                          (float *)l->rows.support_x + row * s->n_inputs);
        mesa_program_bind(program, y,
                          (float *)l->rows.support_y + row * s->n_outputs);
        mesa_program_bind(program, loss, out);
        st = mesa_program_run(program, err);
    }
    mesa_program_free(program);
    mesa_free(weight);
    mesa_graph_free(g);
    return st;
}

static void
open_panel(const struct ml3 *m, size_t task, struct mesa_plot *p)
{
    char title[32];

    snprintf(title, sizeof title, "test task %zu", task);
    mesa_plot_panel(p, title);
    mesa_plot_rule(p, 'x', ml3_landscape_truth(&m->landscape, task), "true");
}

/* A few times, each with its lowest point; the task loss behind them. */
static mesa_status
draw_times(const struct ml3 *m, size_t task, double *scratch,
           struct mesa_plot *p, struct mesa_error *err)
{
    const struct ml3_landscape *l = &m->landscape;
    const size_t n = l->n_times < LINES ? l->n_times : LINES;
    float *loss = mesa_alloc_array(points(l), sizeof *loss);
    mesa_status st = loss ? make_task_loss(m, task, loss, err)
                          : mesa_nomem(err, points(l), "points");

    if (st == MESA_OK) {
        scale(loss, points(l), scratch);
        mesa_plot_series(p, MESA_MARK_REFERENCE, "task loss");
        draw_line(l, scratch, p);
    }
    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        const size_t time = n > 1 ? i * (l->n_times - 1) / (n - 1) : 0;
        char label[48];
        size_t lowest;

        snprintf(label, sizeof label, "%llu iterations",
                 (unsigned long long)ml3_landscape_when(m, time));
        lowest = scale(loss_of(l, time, task), points(l), scratch);
        mesa_plot_series(p, MESA_MARK_LINE, label);
        draw_line(l, scratch, p);
        mesa_plot_series(p, MESA_MARK_CROSS, label);
        mesa_plot_point(p, (double[]){ ml3_landscape_point(l, lowest),
                                       scratch[lowest] });
    }
    mesa_free(loss);
    return st;
}

static mesa_status
draw_lines(const struct ml3 *m, size_t n, double *scratch,
           struct mesa_report *report, struct mesa_error *err)
{
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_UNIT_Y,
        .section     = MESA_PLOT_LEARNING,
        .name        = "landscape",
        .title       = "The learned loss over the watched weight",
        .caption     = "The learned loss of the support rows of test tasks, "
                       "as a function of the weight that is watched, after "
                       "some numbers of iterations; each curve from its "
                       "lowest value, the cross, to its highest. Dashed: the "
                       "task loss, and the true value.",
        .x_label     = m->watch,
        .y_label     = "loss, from lowest to highest"
    };
    struct mesa_plot *p = mesa_report_plot(report, &info);
    mesa_status st = MESA_OK;

    for (size_t t = 0; p && t < n && st == MESA_OK; t++) {
        open_panel(m, t, p);
        st = draw_times(m, t, scratch, p, err);
    }
    return st;
}

/* All times, if they are as far from one another; as many as fit. */
static void
draw_cells(const struct ml3 *m, size_t n, double *scratch,
           struct mesa_report *report)
{
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_SHARED,
        .section     = MESA_PLOT_LEARNING,
        .name        = "landscape_times",
        .title       = "How the learned loss changes in training",
        .caption     = "The learned loss of the support rows of test tasks, "
                       "over the weight that is watched and the iterations "
                       "of training; each row from its lowest value, the "
                       "point, to its highest. Dashed: the true value.",
        .x_label     = m->watch,
        .y_label     = "iteration",
        .value_label = "loss, from lowest to highest"
    };
    const struct ml3_landscape *l = &m->landscape;
    const bool even = m->iterations % l->interval == 0;
    const size_t times = even ? l->n_times : l->n_times - 1;
    const size_t every = times / MOST_TIMES + 1;
    struct mesa_plot *p = times > 2 ? mesa_report_plot(report, &info) : NULL;

    for (size_t t = 0; p && t < n; t++) {
        open_panel(m, t, p);
        mesa_plot_series(p, MESA_MARK_CELL, "");
        for (size_t i = 0; i < times; i += every) {
            scale(loss_of(l, i, t), points(l), scratch);
            for (size_t k = 0; k < points(l); k++)
                mesa_plot_point(p, (double[]){
                    ml3_landscape_point(l, k),
                    (double)ml3_landscape_when(m, i), scratch[k] });
        }
        mesa_plot_series(p, MESA_MARK_POINT, "lowest");
        for (size_t i = 0; i < times; i += every) {
            const size_t k = scale(loss_of(l, i, t), points(l), scratch);

            mesa_plot_point(p, (double[]){
                ml3_landscape_point(l, k), (double)ml3_landscape_when(m, i) });
        }
    }
}

mesa_status
ml3_landscape_draw(const struct ml3 *m, struct mesa_report *report,
                   struct mesa_error *err)
{
    const struct ml3_landscape *l = &m->landscape;
    const size_t n = l->rows.n < PANELS ? l->rows.n : PANELS;
    double *scratch;
    mesa_status st;

    if (!l->loss)
        return MESA_OK;
    scratch = mesa_alloc_array(points(l), sizeof *scratch);
    if (!scratch)
        return mesa_nomem(err, points(l), "points");
    st = draw_lines(m, n, scratch, report, err);
    if (st == MESA_OK)
        draw_cells(m, n, scratch, report);
    mesa_free(scratch);
    return st;
}
