/* SPDX-License-Identifier: MIT */
/*
 * watch.c - a weight whose true value tasks say, such as the frequency of a
 * wave: how near it tests come.
 */
#include "ml3.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "a, b, c" of n names, as many as fit. */
static void
append(char *list, size_t room, const char *name)
{
    size_t used = strlen(list), n = strlen(name);

    if (used + n + 3 > room)
        return;
    if (used) {
        memcpy(list + used, ", ", 3);
        used += 2;
    }
    memcpy(list + used, name, n + 1);
}

static mesa_status
find_info(const char *key, const char *name,
          const struct mesa_task_shape *shape, size_t *out,
          struct mesa_error *err)
{
    char there[200] = "";

    for (size_t i = 0; i < shape->n_info; i++) {
        *out = i;
        if (strcmp(shape->info[i], name) == 0)
            return MESA_OK;
        append(there, sizeof there, shape->info[i]);
    }
    return mesa_fail(err, MESA_EINVAL,
                     "%s is %.60s, which the tasks do not say; they say: %s",
                     key, name, *there ? there : "nothing");
}

static mesa_status
find_weight(const char *key, const char *name, const struct few_model *model,
            size_t *out, struct mesa_error *err)
{
    char there[200] = "";

    for (size_t j = 0; j < model->n; j++) {
        const struct mesa_weight *w = mesa_weights_get(model->weights, j);

        *out = j;
        if (strcmp(w->name, name) == 0)
            return MESA_OK;
        append(there, sizeof there, w->name);
    }
    return mesa_fail(err, MESA_EINVAL,
                     "%s is %.60s, which is no weight of %s; it has: %s", key,
                     name, mesa_instance_class(model->estimator)->name,
                     there);
}

mesa_status
ml3_find(const char *key, const char *name, const struct few_model *model,
         const struct mesa_task_shape *shape, struct ml3_named *out,
         struct mesa_error *err)
{
    const struct mesa_weight *w;
    size_t n = 1;
    mesa_status st = find_info(key, name, shape, &out->info, err);

    if (st == MESA_OK)
        st = find_weight(key, name, model, &out->weight, err);
    if (st != MESA_OK)
        return st;
    w = mesa_weights_get(model->weights, out->weight);
    for (uint32_t d = 0; d < w->rank; d++)
        n *= w->shape[d];
    if (n != 1)
        return mesa_fail(err, MESA_EINVAL,
                         "%s is %.60s, a weight of %zu numbers, where the "
                         "tasks say one",
                         key, name, n);
    return MESA_OK;
}

mesa_status
ml3_check_within(const struct ml3 *m, struct mesa_error *err)
{
    for (size_t i = 1; i < m->within.n; i++)
        if (m->within.value[i] <= m->within.value[i - 1])
            return mesa_fail(err, MESA_EINVAL,
                             "within has %g, expected numbers each larger "
                             "than the one before",
                             m->within.value[i]);
    return MESA_OK;
}

mesa_status
ml3_watch_new(struct ml3_watch *w, const struct ml3 *m,
              const struct mesa_task_shape *shape, size_t n_tasks,
              size_t n_steps, struct mesa_error *err)
{
    mesa_status st;

    if (!m->watch)
        return MESA_OK;
    st = ml3_find("watch", m->watch, &m->tested, shape, &w->at, err);
    if (st != MESA_OK)
        return st;
    w->n_tasks = n_tasks;
    w->truth = mesa_alloc_array(n_tasks, sizeof *w->truth);
    for (int side = 0; side < ML3_SIDES; side++)
        w->value[side] = mesa_alloc_array(n_steps,
                                          n_tasks * sizeof **w->value);
    return w->truth && w->value[ML3_LEARNED] && w->value[ML3_BASELINE]
               ? MESA_OK
               : mesa_nomem(err, n_tasks, "values of a weight");
}

void
ml3_watch_free(struct ml3_watch *w)
{
    mesa_free(w->truth);
    for (int side = 0; side < ML3_SIDES; side++)
        mesa_free(w->value[side]);
    memset(w, 0, sizeof *w);
}

static double
number(const void *x, size_t i, enum mesa_dtype dtype)
{
    return dtype == MESA_F32 ? (double)((const float *)x)[i]
                             : ((const double *)x)[i];
}

void
ml3_watch_take(const struct ml3_watch *w, int side,
               const struct few_adapter *a, size_t first, size_t step)
{
    if (!w->value[side])
        return;
    for (size_t t = 0; t < a->n_tasks && first + t < w->n_tasks; t++)
        w->value[side][step * w->n_tasks + first + t] =
            number(a->weight[w->at.weight], t, a->model->dtype);
}

void
ml3_watch_truth(const struct ml3_watch *w, const struct mesa_task_batch *rows,
                const struct mesa_task_shape *shape, size_t first)
{
    if (!w->truth)
        return;
    for (size_t t = 0; t < rows->n && first + t < w->n_tasks; t++)
        w->truth[first + t] = number(rows->info,
                                     t * shape->n_info + w->at.info,
                                     rows->dtype);
}

/* Tasks whose weight is less than that far off, of all. */
static double
share_within(const struct ml3_watch *w, int side, size_t step, double far)
{
    size_t near = 0;

    for (size_t t = 0; t < w->n_tasks; t++)
        near += fabs(w->value[side][step * w->n_tasks + t] - w->truth[t]) <
                far;
    return (double)near / (double)w->n_tasks;
}

/* "baseline_within_0.1@10" */
static void
name_share(char name[80], const char *prefix, double far, size_t step)
{
    char digits[MESA_DOUBLE_TEXT];

    mesa_format_double(far, digits);
    snprintf(name, 80, "%swithin_%s@%zu", prefix, digits, step);
}

mesa_status
ml3_watch_rows_add(const struct ml3_watch *w, const struct ml3 *m, int side,
                   const char *prefix, const char *split, size_t step,
                   struct mesa_metrics *metrics)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; w->truth && i < m->within.n && st == MESA_OK; i++) {
        const double far = m->within.value[i];
        char name[80];

        name_share(name, prefix, far, step);
        st = mesa_metrics_add(metrics, split, name,
                              share_within(w, side, step, far));
    }
    return st;
}

/* As the mean of ones and zeros, like other scores. */
static void
report_share(struct mesa_report *report, const char *name, double share,
             size_t n)
{
    const double count = (double)n;

    mesa_report_open(report, name);
    mesa_report_number(report, "mean", share);
    mesa_report_number(report, "std",
                       n > 1 ? sqrt(share * (1 - share) * count / (count - 1))
                             : 0);
    mesa_report_count(report, "n", n);
    mesa_report_close(report);
}

void
ml3_watch_members(const struct ml3_watch *w, const struct ml3 *m, int side,
                  const char *prefix, size_t step, struct mesa_report *report)
{
    for (size_t i = 0; w->truth && i < m->within.n; i++) {
        const double far = m->within.value[i];
        char name[80];

        name_share(name, prefix, far, step);
        report_share(report, name, share_within(w, side, step, far),
                     w->n_tasks);
    }
}

void
ml3_watch_header(const struct ml3_watch *w, const struct ml3 *m,
                 struct mesa_report *report, const char *file)
{
    if (w->truth)
        mesa_report_print(report, file, ",%s,baseline_%s,true_%s", m->watch,
                          m->watch, m->watch);
}

void
ml3_watch_print(const struct ml3_watch *w, size_t task, size_t step,
                struct mesa_report *report, const char *file)
{
    const size_t at = step * w->n_tasks + task;

    if (!w->truth)
        return;
    mesa_report_value(report, file, ",", w->value[ML3_LEARNED][at]);
    mesa_report_value(report, file, ",", w->value[ML3_BASELINE][at]);
    mesa_report_value(report, file, ",", w->truth[task]);
}
