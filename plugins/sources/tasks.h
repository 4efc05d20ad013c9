/* SPDX-License-Identifier: MIT */
/*
 * tasks.h - what sources of tasks share: ranges to draw from, and how many
 * rows tasks have.
 *
 * Held-out tasks, those of VALID and TEST, are alike; training tasks may have
 * other numbers of rows.
 */
#ifndef MESA_SOURCES_TASKS_H
#define MESA_SOURCES_TASKS_H

#include <mesa/mesa.h>

#define TWO_PI 6.28318530717958647693

enum { TASKS_AUTO = -1, TASKS_MOST = 1000000 };

static const struct mesa_choice tasks_auto[] = {
    { "auto", TASKS_AUTO, "as said above" },
    { NULL, 0, NULL }
};

/* Uniform from low to high; one number if they are equal. */
struct span {
    double low, high;
};

#define SPAN_LIST(T, m, key, d, ...) \
    MESA_LIST(T, m, key, d, __VA_ARGS__, .min.r = -1e9, .max.r = 1e9)

/* What a list says; *out stays as it is if it is empty. */
static inline mesa_status
span_read(const struct mesa_list *list, const char *key, struct span *out,
          struct mesa_error *err)
{
    if (list->n == 0)
        return MESA_OK;
    if (list->n > 2)
        return mesa_fail(err, MESA_EINVAL,
                         "%s has %zu numbers, expected one, or two: from, to",
                         key, list->n);
    out->low = list->value[0];
    out->high = list->value[list->n - 1];
    if (out->low > out->high)
        return mesa_fail(err, MESA_EINVAL,
                         "%s is from %g to %g: the lower one comes first",
                         key, out->low, out->high);
    return MESA_OK;
}

/* The same of a list that has to say something. */
static inline mesa_status
span_need(const struct mesa_list *list, const char *key, struct span *out,
          struct mesa_error *err)
{
    if (list->n == 0)
        return mesa_fail(err, MESA_EINVAL,
                         "%s is empty, expected one number, or two: from, to",
                         key);
    return span_read(list, key, out, err);
}

static inline double
span_draw(const struct span *s, struct mesa_rng *rng)
{
    return s->low + (s->high - s->low) * mesa_rng_uniform(rng);
}

/* Rows per task; few-shot classes count per class. */
struct task_rows {
    int64_t shots, train_shots, query, test_query;
};

#define TASK_ROWS_TRAIN(T, m)                                                \
    MESA_INT(T, m.train_shots, "train_shots", TASKS_AUTO, 1, TASKS_MOST,     \
             "Rows to adapt to in a training task; auto: as shots",          \
             .choices = tasks_auto)
#define TASK_ROWS_QUERY(T, m)                                                \
    MESA_INT(T, m.query, "query", TASKS_AUTO, 1, TASKS_MOST,                 \
             "Rows that judge the adaptation to a training task; auto: as "  \
             "shots", .choices = tasks_auto)

/* Four rows, for sources without rules of their own. */
#define TASK_ROWS(T, m)                                                      \
    MESA_INT(T, m.shots, "shots", 10, 1, TASKS_MOST,                         \
             "Rows to adapt to in a held-out task"),                         \
    TASK_ROWS_TRAIN(T, m), TASK_ROWS_QUERY(T, m),                            \
    MESA_INT(T, m.test_query, "test_query", 100, 1, TASKS_MOST,              \
             "Rows to judge held-out tasks by")

/* Of a training task, and of a held-out one. */
enum side { TRAIN, HELD_OUT, SIDES };

static inline enum side
side_of(enum mesa_part part)
{
    return part == MESA_PART_TRAIN ? TRAIN : HELD_OUT;
}

/* Rows to adapt to, and to judge by. */
struct task_size {
    size_t support, query;
};

static inline int64_t
or_else(int64_t value, int64_t otherwise)
{
    return value == TASKS_AUTO ? otherwise : value;
}

/* shots and test_query are numbers by now. */
static inline void
task_sizes(const struct task_rows *r, struct task_size size[SIDES])
{
    size[TRAIN].support = (size_t)or_else(r->train_shots, r->shots);
    size[TRAIN].query = (size_t)or_else(r->query, r->shots);
    size[HELD_OUT].support = (size_t)r->shots;
    size[HELD_OUT].query = (size_t)r->test_query;
}

/* Shapes of all three parts, of n_inputs numbers and one target. */
static inline void
regression_shapes(const struct task_size size[SIDES], size_t n_inputs,
                  struct mesa_task_shape *shape)
{
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        const struct task_size *of = &size[side_of((enum mesa_part)p)];

        shape[p].n_inputs = n_inputs;
        shape[p].n_outputs = 1;
        shape[p].n_support = of->support;
        shape[p].n_query = of->query;
    }
}

/* Noise has a stream of its own, so that more of it moves the same targets
 * further. */
static inline void
add_noise(double sd, const struct mesa_rng *rng, const struct task_size *size,
          const struct mesa_task *out)
{
    struct mesa_rng noise;

    if (sd == 0)
        return;
    noise = mesa_rng_derive(rng, "noise", 0);
    for (size_t r = 0; r < size->support; r++)
        out->support_y[r] += sd * mesa_rng_normal(&noise);
    for (size_t r = 0; r < size->query; r++)
        out->query_y[r] += sd * mesa_rng_normal(&noise);
}

#endif
