/* SPDX-License-Identifier: MIT */
/*
 * landscape.c - the learned loss of a few test tasks as a function of the
 * weight that is watched, from time to time in training: how it loses the
 * minima that the task loss has.
 *
 * The points of the grid are the tasks of a program; what it finds is kept
 * with the run's state, and written at the end.
 */
#include "ml3.h"

#include <string.h>

/* Times: before iterations 0, interval, 2 interval ..., and at the end. */
static size_t
count_times(const struct ml3 *m)
{
    const uint64_t n = (uint64_t)m->iterations;
    const uint64_t interval = (uint64_t)m->landscape.interval;

    return (size_t)((n + interval - 1) / interval) + 1;
}

double
ml3_landscape_point(const struct ml3_landscape *l, size_t k)
{
    const size_t last = (size_t)l->points - 1;

    return k == last ? l->to
                     : l->from + (double)k * ((l->to - l->from) /
                                              (double)last);
}

/* The grid as weights, one model a point. */
static mesa_status
make_weights(struct ml3 *m, const struct mesa_host *host,
             struct mesa_error *err)
{
    const struct mesa_rng rng = mesa_host_rng(host, "ml3.landscape", 0);
    struct ml3_landscape *l = &m->landscape;
    mesa_status st = few_tensors_new(&m->model, (size_t)l->points, &l->weight,
                                     err);

    for (size_t k = 0; k < (size_t)l->points && st == MESA_OK; k++) {
        few_tensors_draw(&m->model, &rng, k, l->weight);
        ((float *)l->weight[l->at.weight])[k] =
            (float)ml3_landscape_point(l, k);
    }
    return st;
}

/* Inputs, and the loss of them: one task's rows, all points' weights. */
static mesa_status
build(struct ml3 *m, struct mesa_graph *g, mesa_node *weight,
      struct mesa_error *err)
{
    struct ml3_landscape *l = &m->landscape;
    const struct mesa_task_shape *s = &l->shape;
    struct mesa_loss_terms terms = { .struct_size = sizeof terms };

    teacher_inputs(&m->teacher, g);
    for (size_t j = 0; j < m->model.n; j++) {
        const struct mesa_weight *w = mesa_weights_get(m->model.weights, j);

        weight[j] = mesa_input(g, MESA_PER_TASK, w->rank, w->shape);
    }
    l->x = mesa_input(g, MESA_SHARED, MESA_SHAPE(s->n_support, s->n_inputs));
    l->y = mesa_input(g, MESA_SHARED, MESA_SHAPE(s->n_support, s->n_outputs));
    terms.prediction = few_forward(&m->model, g, weight, l->x);
    terms.target = l->y;
    terms.input = l->x;
    l->out = teacher_loss(&m->teacher, g, &terms);
    return mesa_graph_status(g, err);
}

static mesa_status
make_program(struct ml3 *m, struct mesa_error *err)
{
    struct ml3_landscape *l = &m->landscape;
    struct mesa_graph *g = mesa_graph_new(m->model.dtype, (size_t)l->points);
    mesa_node *weight = mesa_alloc_array(m->model.n, sizeof *weight);
    mesa_status st = g && weight ? build(m, g, weight, err)
                                 : mesa_nomem(err, m->model.n, "nodes");

    if (st == MESA_OK)
        st = mesa_program_new(g, &l->out, 1, &l->program, err);
    if (st == MESA_OK)
        teacher_bind(&m->teacher, l->program);
    for (size_t j = 0; j < m->model.n && st == MESA_OK; j++)
        mesa_program_bind(l->program, weight[j], l->weight[j]);
    mesa_free(weight);
    mesa_graph_free(g);
    return st;
}

static size_t
per_time(const struct ml3_landscape *l)
{
    return l->rows.n * (size_t)l->points;
}

/* The first test tasks; room for all that will be found. */
static mesa_status
make_room(struct ml3 *m, const struct mesa_tasks *tasks,
          struct mesa_error *err)
{
    struct ml3_landscape *l = &m->landscape;
    mesa_status st = mesa_task_batch_new(tasks, MESA_PART_TEST,
                                         (size_t)l->n_tasks, m->model.dtype,
                                         &l->rows, err);

    if (st == MESA_OK)
        st = mesa_tasks_draw(tasks, MESA_PART_TEST, 0, &l->rows, err);
    if (st != MESA_OK)
        return st;
    l->n_times = count_times(m);
    l->loss = mesa_alloc_array(l->n_times, per_time(l) * sizeof *l->loss);
    return l->loss ? MESA_OK
                   : mesa_nomem(err, l->n_times, "landscapes");
}

mesa_status
ml3_landscape_open(struct ml3 *m, const struct mesa_host *host,
                   struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    struct ml3_landscape *l = &m->landscape;
    mesa_status st;

    if (l->interval == ML3_NEVER)
        return MESA_OK;
    if (!m->watch)
        return mesa_fail(err, MESA_EINVAL,
                         "landscape_interval is %lld, but of which weight? "
                         "watch names it",
                         (long long)l->interval);
    if (l->from >= l->to)
        return mesa_fail(err, MESA_EINVAL,
                         "landscape_from is %g but landscape_to %g", l->from,
                         l->to);
    l->shape = *mesa_tasks_shape(tasks, MESA_PART_TEST);
    st = ml3_find("watch", m->watch, &m->model, &l->shape, &l->at, err);
    if (st == MESA_OK)
        st = make_room(m, tasks, err);
    if (st == MESA_OK)
        st = make_weights(m, host, err);
    return st == MESA_OK ? make_program(m, err) : st;
}

void
ml3_landscape_close(struct ml3 *m)
{
    struct ml3_landscape *l = &m->landscape;

    mesa_program_free(l->program);
    few_tensors_free(&m->model, l->weight);
    mesa_task_batch_free(&l->rows);
    mesa_free(l->loss);
}

/* Is there one before iteration i?  *at: how many there were before. */
static bool
is_time(const struct ml3 *m, uint64_t i, size_t *at)
{
    const uint64_t interval = (uint64_t)m->landscape.interval;

    if (!m->landscape.loss)
        return false;
    *at = i < (uint64_t)m->iterations ? (size_t)(i / interval)
                                      : m->landscape.n_times - 1;
    return i >= (uint64_t)m->iterations || i % interval == 0;
}

mesa_status
ml3_landscape_take(struct ml3 *m, uint64_t i, struct mesa_error *err)
{
    const struct mesa_task_shape *s = &m->landscape.shape;
    struct ml3_landscape *l = &m->landscape;
    mesa_status st = MESA_OK;
    size_t at;

    if (!is_time(m, i, &at))
        return MESA_OK;
    for (size_t t = 0; t < l->rows.n && st == MESA_OK; t++) {
        const size_t row = t * s->n_support;

        mesa_program_bind(l->program, l->x,
                          (float *)l->rows.support_x + row * s->n_inputs);
        mesa_program_bind(l->program, l->y,
                          (float *)l->rows.support_y + row * s->n_outputs);
        mesa_program_bind(l->program, l->out,
                          l->loss + at * per_time(l) +
                              t * (size_t)l->points);
        st = mesa_program_run(l->program, err);
    }
    return st;
}

mesa_status
ml3_landscape_save(const struct ml3 *m, struct mesa_archive *to,
                   struct mesa_error *err)
{
    const struct ml3_landscape *l = &m->landscape;

    return l->loss ? mesa_archive_put_vector(to, "landscape", MESA_F32,
                                             l->n_times * per_time(l),
                                             l->loss, err)
                   : MESA_OK;
}

mesa_status
ml3_landscape_load(struct ml3 *m, const struct mesa_archive *from,
                   struct mesa_error *err)
{
    struct ml3_landscape *l = &m->landscape;
    const size_t n = l->n_times * (l->loss ? per_time(l) : 0);
    const void *at;
    mesa_status st;

    if (!l->loss)
        return MESA_OK;
    st = mesa_archive_expect(from, "landscape", MESA_F32, 1, &n, &at, err);
    if (st == MESA_OK)
        memcpy(l->loss, at, n * sizeof *l->loss);
    return st;
}

double
ml3_landscape_truth(const struct ml3_landscape *l, size_t t)
{
    return (double)((const float *)l->rows.info)[t * l->shape.n_info +
                                                 l->at.info];
}

uint64_t
ml3_landscape_when(const struct ml3 *m, size_t i)
{
    return i + 1 < m->landscape.n_times
               ? i * (uint64_t)m->landscape.interval
               : (uint64_t)m->iterations;
}

void
ml3_landscape_report(const struct ml3 *m, struct mesa_report *report)
{
    static const char file[] = "landscape.csv";
    const struct ml3_landscape *l = &m->landscape;
    const float *loss = l->loss;

    if (!loss)
        return;
    mesa_report_print(report, file, "iteration,task,%s,loss,true_%s\n",
                      m->watch, m->watch);
    for (size_t i = 0; i < l->n_times; i++) {
        const uint64_t when = ml3_landscape_when(m, i);

        for (size_t t = 0; t < l->rows.n; t++)
            for (size_t k = 0; k < (size_t)l->points; k++) {
                mesa_report_print(report, file, "%llu,%zu",
                                  (unsigned long long)when, t);
                mesa_report_value(report, file, ",",
                                  ml3_landscape_point(l, k));
                mesa_report_value(report, file, ",", (double)*loss++);
                mesa_report_value(report, file, ",",
                                  ml3_landscape_truth(l, t));
                mesa_report_print(report, file, "\n");
            }
    }
}
