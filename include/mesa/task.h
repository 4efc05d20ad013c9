/* SPDX-License-Identifier: MIT */
/*
 * mesa/task.h - many small problems of one kind: what is meta-learnt from.
 *
 * A task is a few rows to adapt to (support) and others to judge by (query).
 * Sources draw them; task i of a part is the same whoever asks for it, in
 * whatever order.  All tasks of a part have the same numbers of rows, so that
 * a batch of them is one program of mesa/graph.h.
 */
#ifndef MESA_TASK_H
#define MESA_TASK_H

#include <mesa/archive.h>
#include <mesa/bundle.h>
#include <mesa/random.h>

/* What the tasks of a part look like. */
struct mesa_task_shape {
    uint32_t struct_size;
    uint32_t n_classes; /* 0: targets are numbers                           */
    size_t   n_inputs;  /* columns of x                                     */
    size_t   n_outputs; /* columns of y: targets; for classes n_classes,    */
                        /* with a 1 for the true one and 0 for the others   */
    size_t   n_support, n_query; /* rows; n_support 0: no such tasks        */
    size_t   n_distinct; /* task i is task i % n_distinct again, perhaps    */
                         /* with other rows of it; 0: there is no end       */
    size_t   n_info;     /* numbers that are known of a task itself, which  */
    const char *const *info; /* learning may be told; what they are called */
};

/* Where the rows of one task go, row-major. */
struct mesa_task {
    double *support_x, *support_y; /* n_support by n_inputs, by n_outputs */
    double *query_x, *query_y;     /* n_query by n_inputs, by n_outputs   */
    double *info;                  /* n_info                              */
};

/* Tasks side by side, as inputs of a graph: n by rows by columns; n by
 * n_info. */
struct mesa_task_batch {
    size_t          n;
    enum mesa_dtype dtype; /* MESA_F32 or MESA_F64 */
    void           *support_x, *support_y, *query_x, *query_y, *info;
    void           *block_; /* private */
};

struct mesa_component;
struct mesa_tasks; /* a distribution of tasks, opened */

MESA_BEGIN

/* Open the tasks of a source; with them, everything that can be wrong: shapes
 * without inputs, outputs or query rows.  Streams derive from root. */
MESA_API mesa_status mesa_tasks_open(const struct mesa_component *source,
                                     const struct mesa_rng *root,
                                     struct mesa_tasks **out,
                                     struct mesa_error *err);
MESA_API void mesa_tasks_free(struct mesa_tasks *tasks);

/* The shape of a part's tasks, or NULL if it has none. */
MESA_API const struct mesa_task_shape *
mesa_tasks_shape(const struct mesa_tasks *tasks, enum mesa_part part);

/* Room for n tasks of a part. */
MESA_API mesa_status mesa_task_batch_new(const struct mesa_tasks *tasks,
                                         enum mesa_part part, size_t n,
                                         enum mesa_dtype dtype,
                                         struct mesa_task_batch *out,
                                         struct mesa_error *err);
MESA_API void mesa_task_batch_free(struct mesa_task_batch *batch);

/* Tasks first ... first + n - 1 into a batch of that part.  MESA_EDATA for a
 * value that is not finite in the batch's type. */
MESA_API mesa_status mesa_tasks_draw(const struct mesa_tasks *tasks,
                                     enum mesa_part part, uint64_t first,
                                     struct mesa_task_batch *batch,
                                     struct mesa_error *err);

MESA_END

#endif
