/* SPDX-License-Identifier: MIT */
/*
 * mesa/ops.h - the operations of a graph; each can be differentiated, to any
 * order.  Shapes of two operands that differ are broadcast as numpy does.
 * "Last" means the last axis.  Derivatives at a kink: of abs and relu at 0 it
 * is 0, of min and max at a tie all the first operand's (over axes: shared
 * equally), of clamp at its bounds 1; of sign, comparisons and one_hot it is
 * 0 everywhere.
 */
#ifndef MESA_OPS_H
#define MESA_OPS_H

#include <mesa/graph.h>

MESA_BEGIN

MESA_API mesa_node mesa_scalar(struct mesa_graph *g, double value);
/* Shared numbers, row-major, which are copied. */
MESA_API mesa_node mesa_constant(struct mesa_graph *g, uint32_t rank,
                                 const size_t *shape, const double *value);

/* Element by element. */
MESA_API mesa_node mesa_add(struct mesa_graph *g, mesa_node a, mesa_node b);
MESA_API mesa_node mesa_sub(struct mesa_graph *g, mesa_node a, mesa_node b);
MESA_API mesa_node mesa_mul(struct mesa_graph *g, mesa_node a, mesa_node b);
MESA_API mesa_node mesa_div(struct mesa_graph *g, mesa_node a, mesa_node b);
MESA_API mesa_node mesa_min(struct mesa_graph *g, mesa_node a, mesa_node b);
MESA_API mesa_node mesa_max(struct mesa_graph *g, mesa_node a, mesa_node b);
MESA_API mesa_node mesa_neg(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_exp(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_log(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_sqrt(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_sin(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_cos(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_tanh(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_sigmoid(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_softplus(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_relu(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_elu(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_abs(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_sign(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_pow(struct mesa_graph *g, mesa_node x,
                            double exponent);
MESA_API mesa_node mesa_clamp(struct mesa_graph *g, mesa_node x, double low,
                              double high);

/* 1 where it holds, 0 elsewhere.  select: a where condition is not 0. */
MESA_API mesa_node mesa_less(struct mesa_graph *g, mesa_node a, mesa_node b);
MESA_API mesa_node mesa_equal(struct mesa_graph *g, mesa_node a, mesa_node b);
MESA_API mesa_node mesa_select(struct mesa_graph *g, mesa_node condition,
                               mesa_node a, mesa_node b);

/* Rank 2: op(a) op(b), transposed first where said. */
enum mesa_transposed { MESA_PLAIN = 0, MESA_TRANSPOSED = 1 };
MESA_API mesa_node mesa_matmul(struct mesa_graph *g, mesa_node a, mesa_node b,
                               enum mesa_transposed ta,
                               enum mesa_transposed tb);

/* Over all elements, giving rank 0; over the last axis, which goes; over any
 * axes (bit i for axis i), which stay with extent 1. */
MESA_API mesa_node mesa_sum(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_mean(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_sum_last(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_mean_last(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_max_last(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_sum_axes(struct mesa_graph *g, mesa_node x,
                                 uint32_t axes);
MESA_API mesa_node mesa_mean_axes(struct mesa_graph *g, mesa_node x,
                                  uint32_t axes);
MESA_API mesa_node mesa_max_axes(struct mesa_graph *g, mesa_node x,
                                 uint32_t axes);

/* Over the tasks: a shared value. */
MESA_API mesa_node mesa_task_sum(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_task_mean(struct mesa_graph *g, mesa_node x);

/* The same numbers in another shape; transpose swaps the last two axes. */
MESA_API mesa_node mesa_broadcast(struct mesa_graph *g, mesa_node x,
                                  uint32_t rank, const size_t *shape);
MESA_API mesa_node mesa_reshape(struct mesa_graph *g, mesa_node x,
                                uint32_t rank, const size_t *shape);
MESA_API mesa_node mesa_transpose(struct mesa_graph *g, mesa_node x);
MESA_API mesa_node mesa_concat(struct mesa_graph *g, const mesa_node *x,
                               size_t n, uint32_t axis);
MESA_API mesa_node mesa_slice(struct mesa_graph *g, mesa_node x,
                              uint32_t axis, size_t start, size_t count);
/* Rows index[i] of x (axis 0); rows of zeros with a 1 at index[i]. */
MESA_API mesa_node mesa_gather(struct mesa_graph *g, mesa_node x,
                               mesa_node index);
MESA_API mesa_node mesa_one_hot(struct mesa_graph *g, mesa_node index,
                                size_t depth);

MESA_API mesa_node mesa_log_softmax(struct mesa_graph *g, mesa_node x);
/* x, as a constant: no derivative passes. */
MESA_API mesa_node mesa_stop_gradient(struct mesa_graph *g, mesa_node x);

MESA_END

#endif
