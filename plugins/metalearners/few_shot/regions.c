/* SPDX-License-Identifier: MIT */
/*
 * regions.c - what models say of a plane before and after they learn a test
 * task: for tasks with two inputs and two classes.
 */
#include "pictures.h"

#include <math.h>
#include <stdio.h>

enum { SIDE = 40, PLACES = SIDE * SIDE, MOST_ROWS = 300 };

/* Tasks, and a grid over the rows of all of them. */
struct plane {
    struct mesa_task_shape shape;
    struct mesa_task_batch rows, judged;
    double                 low[2], step[2];
    size_t                 n_steps; /* that models are adapted for */
    void                  *grid;
};

static size_t
rows_of(const struct plane *v)
{
    return v->shape.n_support + v->shape.n_query;
}

static void
find_range(struct plane *v)
{
    for (size_t j = 0; j < 2; j++) {
        double low = INFINITY, high = -INFINITY;

        for (size_t t = 0; t < v->rows.n; t++)
            for (size_t r = 0; r < rows_of(v); r++) {
                const double x = few_input(&v->rows, &v->shape, t, r, j);

                low = fmin(low, x);
                high = fmax(high, x);
            }
        v->low[j] = low;
        v->step[j] = (high - low) / (SIDE - 1);
    }
}

/* Input j of place i, row by row. */
static double
place(const struct plane *v, size_t i, size_t j)
{
    return v->low[j] + v->step[j] * (double)(j ? i / SIDE : i % SIDE);
}

static mesa_status
plane_new(const struct mesa_host *host, size_t n_tasks, enum mesa_dtype dtype,
          struct plane *v, struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    mesa_status st = mesa_task_batch_new(tasks, MESA_PART_TEST, n_tasks, dtype,
                                         &v->rows, err);

    if (st == MESA_OK)
        st = mesa_tasks_draw(tasks, MESA_PART_TEST, 0, &v->rows, err);
    if (st != MESA_OK)
        return st;
    find_range(v);
    v->grid = mesa_alloc_array(n_tasks, 2 * PLACES * sizeof(double));
    if (!v->grid)
        return mesa_nomem(err, PLACES, "places");
    for (size_t i = 0; i < n_tasks * PLACES; i++)
        for (size_t j = 0; j < 2; j++)
            if (dtype == MESA_F32)
                ((float *)v->grid)[2 * i + j] =
                    (float)place(v, i % PLACES, j);
            else
                ((double *)v->grid)[2 * i + j] = place(v, i % PLACES, j);
    v->judged = v->rows;
    v->judged.query_x = v->grid;
    return MESA_OK;
}

/* As points with labels: of their colours are probabilities of 0 and of 1. */
static void
draw_rows(const struct plane *v, size_t t, struct mesa_plot *p)
{
    const size_t every = rows_of(v) / MOST_ROWS + 1;

    for (size_t c = 0; c < 2; c++) {
        mesa_plot_series(p, MESA_MARK_POINT, c ? "class 1" : "class 0");
        for (size_t r = 0; r < rows_of(v); r += c ? 1 : every)
            if (few_output(&v->rows, &v->shape, t, r, c) > 0)
                mesa_plot_point(p, (double[]){
                    few_input(&v->rows, &v->shape, t, r, 0),
                    few_input(&v->rows, &v->shape, t, r, 1) });
    }
}

/* One panel: the probability of class 1 everywhere, and the rows. */
static void
draw_panel(const struct plane *v, const struct few_adapter *a, size_t t,
           const char *label, size_t made, struct mesa_plot *p)
{
    char title[120];

    snprintf(title, sizeof title, "test task %zu%s%.60s, %zu step%s", t,
             label ? ", " : "", label ? label : "", made,
             made == 1 ? "" : "s");
    mesa_plot_panel(p, title);
    mesa_plot_series(p, MESA_MARK_CELL, "");
    for (size_t i = 0; i < PLACES; i++)
        mesa_plot_point(p, (double[]){
            place(v, i, 0), place(v, i, 1),
            few_number(a->prediction, 2 * (t * PLACES + i) + 1,
                       v->rows.dtype) });
    draw_rows(v, t, p);
}

static mesa_status
draw_pupil(const struct plane *v, const struct few_pupil *pupil,
           struct mesa_plot *p, struct mesa_error *err)
{
    struct mesa_task_shape shape = v->shape;
    struct few_adapter a;
    mesa_status st;

    shape.n_query = PLACES;
    st = few_adapter_new(pupil->model, pupil->rule, &shape, &v->judged, &a,
                         err);
    if (st == MESA_OK && pupil->rng)
        few_adapter_draw(&a, pupil->rng, 0);
    else if (st == MESA_OK)
        few_adapter_reset(&a);
    for (int after = 0; after < 2 && st == MESA_OK; after++) {
        for (size_t k = 0; after && k < v->n_steps && st == MESA_OK; k++)
            st = few_adapter_step(&a, k, err);
        if (st == MESA_OK)
            st = few_adapter_predict(&a, err);
        for (size_t t = 0; t < v->rows.n && st == MESA_OK; t++)
            draw_panel(v, &a, t, pupil->label, after ? v->n_steps : 0, p);
    }
    few_adapter_free(&a);
    return st;
}

/* The largest number of steps that pictures may take. */
static size_t
count_steps(const struct mesa_list *steps)
{
    size_t n = 0;

    for (size_t i = 0; i < steps->n; i++)
        if (steps->value[i] <= (double)FEW_MOST_DRAWN)
            n = (size_t)steps->value[i];
    return n;
}

mesa_status
few_draw_regions(const struct mesa_host *host, const struct few_pupil *pupil,
                 size_t n, const struct mesa_list *steps,
                 struct mesa_report *report, struct mesa_error *err)
{
    static const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_RESULT,
        .name        = "regions",
        .title       = "What models say before and after they learn",
        .caption     = "The probability of class 1 that models give over the "
                       "plane of the two inputs, before they learn a test "
                       "task and after the last step; with rows of the task, "
                       "of class 0 up to 300.",
        .x_label     = "first input",
        .y_label     = "second input",
        .value_label = "probability of class 1"
    };
    const struct mesa_task_shape *shape =
        mesa_tasks_shape(mesa_host_tasks(host), MESA_PART_TEST);
    struct plane v = { .n_steps = count_steps(steps) };
    struct mesa_plot *p;
    mesa_status st;

    if (!shape || shape->n_inputs != 2 || shape->n_classes != 2)
        return MESA_OK;
    p = mesa_report_plot(report, &info);
    if (!p)
        return MESA_OK;
    v.shape = *shape;
    st = plane_new(host, n > 1 ? 1 : few_count_tasks(shape, 2),
                   pupil->model->dtype, &v, err);
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = draw_pupil(&v, &pupil[i], p, err);
    mesa_task_batch_free(&v.rows);
    mesa_free(v.grid);
    return st;
}
