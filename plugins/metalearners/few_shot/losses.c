/* SPDX-License-Identifier: MIT */
/*
 * losses.c - what losses look like: of a prediction, for some targets.
 *
 * The points of a grid are the tasks of a program, which predict the same for
 * all rows of one test task: losses may look at the inputs.
 */
#include "pictures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GRID = 121, TARGETS = 4, MOST_ROWS = 50 };

/* Predictions and targets that losses are drawn of. */
struct loss_view {
    struct mesa_task_shape shape;
    struct mesa_task_batch rows;   /* one task, its support rows */
    size_t                 n_rows; /* of those that are used     */
    size_t                 n_targets;
    double                 target[TARGETS];
    double                 low, high; /* of predictions          */
    float                 *prediction, *truth, *loss;
};

/* Numbers from a task's targets, evenly chosen; or a few classes. */
static void
choose_targets(struct loss_view *v)
{
    const struct mesa_task_shape *s = &v->shape;
    double low = INFINITY, high = -INFINITY;

    v->low = 0.005;
    v->high = 0.995;
    v->n_targets = s->n_classes < TARGETS ? s->n_classes : TARGETS;
    for (size_t k = 0; k < v->n_targets; k++)
        v->target[k] = (double)k;
    if (s->n_classes > 0)
        return;
    for (size_t r = 0; r < s->n_support + s->n_query; r++) {
        low = fmin(low, few_output(&v->rows, s, 0, r, 0));
        high = fmax(high, few_output(&v->rows, s, 0, r, 0));
    }
    v->n_targets = 3;
    for (size_t k = 0; k < v->n_targets; k++) {
        const double unit = (high - low) / 100; /* no more digits than that */
        const double at = low + (high - low) * (double)k / 2;

        v->target[k] = unit > 0 ? floor(at / unit + 0.5) * unit : at;
    }
    v->low = low - 0.25 * (high - low);
    v->high = high + 0.25 * (high - low);
}

static double
place(const struct loss_view *v, size_t i)
{
    return v->low + (v->high - v->low) * (double)i / (double)(GRID - 1);
}

/* Predictions: a number, or scores whose softmax gives the class that is the
 * true one its probability, and all others the same. */
static void
fill(struct loss_view *v, size_t target)
{
    const size_t n = v->shape.n_outputs;
    float *p = v->prediction, *y = v->truth;

    for (size_t r = 0; r < v->n_rows; r++)
        for (size_t j = 0; j < n; j++)
            *y++ = v->shape.n_classes ? (float)(j == target)
                                      : (float)v->target[target];
    for (size_t i = 0; i < GRID; i++) {
        const double x = place(v, i);
        const double true_ = v->shape.n_classes ? mesa_math_log(x) : x;
        const double other = mesa_math_log((1 - x) / (double)(n - 1));

        for (size_t r = 0; r < v->n_rows; r++)
            for (size_t j = 0; j < n; j++)
                *p++ = (float)(j == target || !v->shape.n_classes ? true_
                                                                  : other);
    }
}

static mesa_status
view_new(const struct mesa_host *host, const struct few_model *m,
         struct loss_view *v, struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    size_t n;
    mesa_status st;

    v->shape = *mesa_tasks_shape(tasks, MESA_PART_TEST);
    v->n_rows = v->shape.n_support < MOST_ROWS ? v->shape.n_support
                                               : MOST_ROWS;
    st = mesa_task_batch_new(tasks, MESA_PART_TEST, 1, m->dtype, &v->rows,
                             err);
    if (st == MESA_OK)
        st = mesa_tasks_draw(tasks, MESA_PART_TEST, 0, &v->rows, err);
    if (st != MESA_OK)
        return st;
    choose_targets(v);
    n = v->n_rows * v->shape.n_outputs;
    v->prediction = mesa_alloc_array(GRID, n * sizeof *v->prediction);
    v->truth = mesa_alloc_array(1, n * sizeof *v->truth);
    v->loss = mesa_alloc_array(GRID, sizeof *v->loss);
    return v->prediction && v->truth && v->loss ? MESA_OK
                                                : mesa_nomem(err, n, "rows");
}

static void
view_free(struct loss_view *v)
{
    mesa_task_batch_free(&v->rows);
    mesa_free(v->prediction);
    mesa_free(v->truth);
    mesa_free(v->loss);
}

static mesa_status
make_program(const struct loss_view *v, const struct few_pupil *pupil,
             struct mesa_program **out, struct mesa_error *err)
{
    const struct few_rule *rule = pupil->rule;
    struct mesa_graph *g = mesa_graph_new(pupil->model->dtype, GRID);
    struct mesa_loss_terms terms = { .struct_size = sizeof terms };
    mesa_node loss;
    mesa_status st;

    if (!g)
        return mesa_nomem(err, 1, "graph");
    terms.prediction = mesa_input(g, MESA_PER_TASK,
                                  MESA_SHAPE(v->n_rows, v->shape.n_outputs));
    terms.target = mesa_input(g, MESA_SHARED,
                              MESA_SHAPE(v->n_rows, v->shape.n_outputs));
    terms.input = mesa_input(g, MESA_SHARED,
                             MESA_SHAPE(v->n_rows, v->shape.n_inputs));
    loss = rule->loss ? rule->loss(rule->context, g, &terms)
                      : few_loss_terms(pupil->model, g, &terms);
    st = mesa_program_new(g, &loss, 1, out, err);
    if (st == MESA_OK) {
        mesa_program_bind(*out, terms.prediction, v->prediction);
        mesa_program_bind(*out, terms.target, v->truth);
        mesa_program_bind(*out, terms.input, v->rows.support_x);
        mesa_program_bind(*out, loss, v->loss);
        if (rule->bind)
            rule->bind(rule->context, *out);
    }
    mesa_graph_free(g);
    return st;
}

/* The curve of one target, and where the prediction is right. */
static void
draw_target(const struct loss_view *v, size_t target, struct mesa_plot *p)
{
    const bool classes = v->shape.n_classes > 0;
    char label[40];
    double at;
    size_t i;

    snprintf(label, sizeof label, classes ? "class %.0f" : "target %.3g",
             v->target[target]);
    mesa_plot_series(p, MESA_MARK_LINE, label);
    for (i = 0; i < GRID; i++)
        mesa_plot_point(p, (double[]){ place(v, i), (double)v->loss[i] });
    if (classes)
        return;
    at = (v->target[target] - v->low) / (v->high - v->low) * (GRID - 1);
    i = (size_t)(at + 0.5);
    mesa_plot_series(p, MESA_MARK_CROSS, label);
    mesa_plot_point(p, (double[]){ place(v, i), (double)v->loss[i] });
}

static mesa_status
draw_panel(struct loss_view *v, const struct few_pupil *pupil,
           struct mesa_plot *p, struct mesa_error *err)
{
    struct mesa_program *program = NULL;
    mesa_status st = make_program(v, pupil, &program, err);

    if (st == MESA_OK)
        mesa_plot_panel(p, pupil->label);
    for (size_t k = 0; k < v->n_targets && st == MESA_OK; k++) {
        fill(v, k);
        st = mesa_program_run(program, err);
        if (st == MESA_OK)
            draw_target(v, k, p);
    }
    mesa_program_free(program);
    return st;
}

mesa_status
few_draw_losses(const struct mesa_host *host, const struct few_pupil *pupil,
                size_t n, struct mesa_report *report, struct mesa_error *err)
{
    const bool classes = pupil->model->classes;
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = classes ? MESA_PLOT_UNIT_X : 0,
        .section     = MESA_PLOT_LEARNING,
        .name        = "loss_shapes",
        .title       = "What the losses look like",
        .caption     = classes ? "The loss of rows of each class, by the "
                                 "probability that they are given for it, all "
                                 "of them the same; inputs are those of the "
                                 "first test task. Scales differ."
                               : "The loss of a prediction, for targets from "
                                 "the range of the first test task, whose "
                                 "inputs the rows have. Crosses: where the "
                                 "prediction is right. Scales differ.",
        .x_label     = classes ? "probability of the true class"
                               : "prediction",
        .y_label     = "loss"
    };
    struct mesa_plot *p = NULL;
    struct loss_view v = { .n_rows = 0 };
    mesa_status st = MESA_OK;

    if (pupil->model->dtype == MESA_F32 &&
        (classes ? pupil->model->n_outputs > 1
                 : pupil->model->n_outputs == 1))
        p = mesa_report_plot(report, &info);
    if (!p)
        return MESA_OK;
    st = view_new(host, pupil->model, &v, err);
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = draw_panel(&v, &pupil[i], p, err);
    view_free(&v);
    return st;
}
