/* SPDX-License-Identifier: MIT */
/*
 * mesa/graph.h - differentiable programs: build, differentiate, run.
 *
 * A graph is built from inputs and the operations of mesa/ops.h; a gradient
 * is more nodes of it, so it can be differentiated again.  A program computes
 * chosen nodes, without allocating, with the same bits for any number of
 * threads and any instruction set.
 *
 * Every node stands for n_tasks values at once, one per task, or for one
 * value that all tasks share.  Operations are written for one task; a
 * meta-batch, or an ensemble of networks, is the same graph with more tasks.
 */
#ifndef MESA_GRAPH_H
#define MESA_GRAPH_H

#include <mesa/archive.h>

struct mesa_graph;
struct mesa_program;

/* A node of a graph.  0 is no node: operations on it give 0 again. */
typedef uint32_t mesa_node;

enum mesa_span { MESA_SHARED, MESA_PER_TASK };

/* Rank and extents of a shape in one: MESA_SHAPE(rows, cols). */
#define MESA_SHAPE(...)                                                \
    (uint32_t)(sizeof((size_t[]){ __VA_ARGS__ }) / sizeof(size_t)),    \
        (const size_t[]){ __VA_ARGS__ }

MESA_BEGIN

/*
 * An empty graph whose numbers are of dtype: MESA_F32, or MESA_F64 for
 * checks.  n_tasks >= 1.  NULL when memory is out.
 *
 * What goes wrong while building (shapes that do not agree, memory) is kept
 * in the graph: the operation gives 0, and mesa_graph_status and
 * mesa_program_new report the first such failure.
 */
MESA_API struct mesa_graph *mesa_graph_new(enum mesa_dtype dtype,
                                           size_t n_tasks);
MESA_API void mesa_graph_free(struct mesa_graph *g);
MESA_API mesa_status mesa_graph_status(const struct mesa_graph *g,
                                       struct mesa_error *err);
/* Record a failure of one's own, and give 0. */
MESA_API mesa_node mesa_graph_fail(struct mesa_graph *g, mesa_status st,
                                   const char *fmt, ...) MESA_PRINTF(3, 4);
MESA_API size_t mesa_graph_tasks(const struct mesa_graph *g);

/* A value that the caller will bind: numbers of the graph's dtype, row-major;
 * or n indices (int64_t) for mesa_gather and mesa_one_hot. */
MESA_API mesa_node mesa_input(struct mesa_graph *g, enum mesa_span span,
                              uint32_t rank, const size_t *shape);
MESA_API mesa_node mesa_index_input(struct mesa_graph *g, enum mesa_span span,
                                    size_t n);

/* The rank of x, and its extents into shape[MESA_MAX_DIMS] (may be NULL). */
MESA_API uint32_t mesa_node_shape(const struct mesa_graph *g, mesa_node x,
                                  size_t *shape);
MESA_API enum mesa_span mesa_node_span(const struct mesa_graph *g,
                                       mesa_node x);

/*
 * out[i] = the derivative of y with respect to wrt[i], of wrt[i]'s shape; y
 * has rank 0.  If y is per task, each task's derivative of its own y, also
 * for a shared wrt[i]; if y is shared (after mesa_task_mean, say), what the
 * tasks contribute to a shared wrt[i] is summed.
 */
MESA_API void mesa_grad(struct mesa_graph *g, mesa_node y,
                        const mesa_node *wrt, size_t n, mesa_node *out);

/* Plan a program for the n output nodes.  The graph may be freed afterwards.
 * MESA_EINVAL or MESA_ENOMEM for whatever went wrong while building. */
MESA_API mesa_status mesa_program_new(const struct mesa_graph *g,
                                      const mesa_node *output, size_t n,
                                      struct mesa_program **out,
                                      struct mesa_error *err);
/* The same with memory of its own, for another thread; nothing bound. */
MESA_API mesa_status mesa_program_copy(const struct mesa_program *p,
                                       struct mesa_program **out,
                                       struct mesa_error *err);
MESA_API void mesa_program_free(struct mesa_program *p);

/*
 * Say where the value of an input is found, or where that of an output goes;
 * the memory is the caller's, and outlives the runs.  An output may go where
 * an input is: outputs are stored after all inputs have been read.  Equal
 * expressions are one node, with one destination.  A node that is not used is
 * ignored; one that is not bound is MESA_ESTATE in mesa_program_run.
 */
MESA_API void mesa_program_bind(struct mesa_program *p, mesa_node node,
                                void *memory);
MESA_API mesa_status mesa_program_run(struct mesa_program *p,
                                      struct mesa_error *err);

MESA_END

#endif
