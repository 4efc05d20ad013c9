/* SPDX-License-Identifier: MIT */
/*
 * outer.h - a metalearner of tasks that keeps its promises, for plugins that
 * break one: the mean of each target over the support rows of all tasks.
 */
#ifndef MESA_TESTS_OUTER_H
#define MESA_TESTS_OUTER_H

#include <mesa/mesa.h>

enum { OUTER_MOST = 8 }; /* targets */

struct outer {
    size_t                     n;
    double                     mean[OUTER_MOST];
    const struct mesa_archive *from;
};

static inline mesa_status
outer_read(struct outer *o, const struct mesa_archive *from,
           struct mesa_error *err)
{
    const void *mean;
    mesa_status st = mesa_archive_expect(from, "mean", MESA_F64, 1, &o->n,
                                         &mean, err);

    for (size_t j = 0; j < o->n && st == MESA_OK; j++)
        o->mean[j] = ((const double *)mean)[j];
    return st;
}

static inline mesa_status
outer_start(void *self, const struct mesa_archive *from,
            struct mesa_error *err)
{
    (void)err;
    ((struct outer *)self)->from = from;
    return MESA_OK;
}

static inline mesa_status
outer_begin(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    struct outer *o = self;

    if (!tasks)
        return mesa_fail(err, MESA_EINVAL, "there are no tasks");
    o->n = mesa_tasks_shape(tasks, MESA_PART_TRAIN)->n_outputs;
    if (o->n > OUTER_MOST)
        return mesa_fail(err, MESA_EDATA, "%zu targets", o->n);
    return o->from ? outer_read(o, o->from, err) : MESA_OK;
}

/* What has been drawn, added to the mean, and a row of metrics. */
static inline mesa_status
outer_learn(struct outer *o, const struct mesa_task_batch *batch, size_t rows,
            struct mesa_metrics *metrics, struct mesa_error *err)
{
    const double *y = batch->support_y;
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < batch->n * rows * o->n; i++)
        o->mean[i % o->n] += 0.1 * y[i] / (double)(batch->n * rows);
    if (mesa_metrics_add(metrics, "train", "mean", o->mean[0]) != MESA_OK)
        st = mesa_nomem(err, 1, "metric row");
    return st;
}

/* Values of a million and more are too much for it. */
static inline mesa_status
outer_check(const struct outer *o, const struct mesa_task_batch *batch,
            size_t rows, struct mesa_error *err)
{
    const double *y = batch->support_y;

    for (size_t i = 0; i < batch->n * rows * o->n; i++)
        if (y[i] > 1e6 || y[i] < -1e6)
            return mesa_fail(err, MESA_ENUMERIC, "a target is %g", y[i]);
    return MESA_OK;
}

static inline mesa_status
outer_step(void *self, const struct mesa_host *host, uint64_t i,
           struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    const size_t rows = mesa_tasks_shape(tasks, MESA_PART_TRAIN)->n_support;
    struct mesa_task_batch batch;
    mesa_status st = mesa_task_batch_new(tasks, MESA_PART_TRAIN, 2, MESA_F64,
                                         &batch, err);

    *done = false;
    if (st == MESA_OK)
        st = mesa_tasks_draw(tasks, MESA_PART_TRAIN, 2 * i, &batch, err);
    if (st == MESA_OK)
        st = outer_check(self, &batch, rows, err);
    if (st == MESA_OK)
        st = outer_learn(self, &batch, rows, metrics, err);
    mesa_task_batch_free(&batch);
    return st;
}

static inline mesa_status
outer_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct outer *o = self;

    return mesa_archive_put_vector(to, "mean", MESA_F64, o->n, o->mean, err);
}

static inline mesa_status
outer_load(void *self, const struct mesa_archive *from,
           struct mesa_error *err)
{
    return outer_read(self, from, err);
}

/* The class table; the last arguments are more designators. */
#define FAULTY_METALEARNER(id, ...)                                     \
    static const struct mesa_metalearner_class id = {                   \
        MESA_METALEARNER(struct outer), .head.name = #id,               \
        .head.title = "A metalearner for tests",                        \
        .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_TASKS,         \
        .head.save = outer_save, .head.load = outer_load,               \
        .begin = outer_begin, .step = outer_step, .keep = outer_save,   \
        .start = outer_start, __VA_ARGS__                               \
    };                                                                  \
    MESA_PLUGIN(.name = #id, .version = "1.0", .license = "MIT",        \
                .classes = MESA_CLASSES(&id.head))

/* Overriding a designator is the point of this; compilers warn of it. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#endif
