/* SPDX-License-Identifier: MIT */
/*
 * task.h - a source of tasks that keeps its promises, for plugins that break
 * one: two classes, three rows to adapt to and four to judge by.
 *
 * A module defines its own slot task, by chore_fill, and names it in
 * FAULTY_TASKS.
 */
#ifndef MESA_TESTS_TASK_H
#define MESA_TESTS_TASK_H

#include <mesa/mesa.h>

enum { TASK_SUPPORT = 3, TASK_QUERY = 4 };

struct chore {
    struct mesa_rng rng;
    uint64_t        calls;
};

static inline mesa_status
chore_tasks(void *self, struct mesa_task_shape *shape, struct mesa_rng *rng,
            struct mesa_error *err)
{
    struct chore *c = self;

    (void)err;
    c->rng = *rng;
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        shape[p].n_classes = 2;
        shape[p].n_inputs = 1;
        shape[p].n_outputs = 2;
        shape[p].n_support = TASK_SUPPORT;
        shape[p].n_query = TASK_QUERY;
    }
    return MESA_OK;
}

static inline void
chore_rows(double *x, double *y, int n, struct mesa_rng *rng)
{
    for (int r = 0; r < n; r++) {
        x[r] = mesa_rng_uniform(rng);
        y[2 * r] = x[r] > 0.5;
        y[2 * r + 1] = 1 - y[2 * r];
    }
}

static inline void
chore_fill(const struct mesa_task *out, struct mesa_rng rng)
{
    chore_rows(out->support_x, out->support_y, TASK_SUPPORT, &rng);
    chore_rows(out->query_x, out->query_y, TASK_QUERY, &rng);
}

/* The class table; the last argument is the slot task. */
#define FAULTY_TASKS(id, slot)                                               \
    static const struct mesa_source_class id = {                             \
        MESA_SOURCE(struct chore), .head.name = #id,                         \
        .head.title = "Tasks for tests", .tasks = chore_tasks, .task = slot, \
    };                                                                       \
    MESA_PLUGIN(.name = #id, .version = "1.0", .license = "MIT",             \
                .classes = MESA_CLASSES(&id.head))

#endif
