/* SPDX-License-Identifier: MIT */
/*
 * mesa/onnx.h - fitted models as ONNX graphs, which other programs run.
 *
 * mesa-core export gives rows to the slot to_onnx of transform and estimator,
 * which add nodes from the value that they get to the one that they return.
 * Values are numbers; 0 is one that could not be made.  The first failure
 * sticks, and the core reports it.
 */
#ifndef MESA_ONNX_H
#define MESA_ONNX_H

#include <mesa/boosting.h>
#include <mesa/transform.h>

struct mesa_onnx;

/* A node of a tree: rows with x[column] <= threshold go left. */
struct mesa_onnx_branch {
    double   threshold;
    int64_t  column;      /* < 0: a leaf */
    uint32_t left, right; /* positions in the list; the root is 0 */
    bool     missing_left;
};

MESA_BEGIN

/* A node with these inputs; its output.  Domain "" is that of ONNX itself,
 * of which operators are those of version 15, of ai.onnx.ml version 3. */
MESA_API uint32_t mesa_onnx_node(struct mesa_onnx *g, const char *domain,
                                 const char *op, const uint32_t *input,
                                 size_t n);
/* An attribute of the node that was added last. */
MESA_API void mesa_onnx_int(struct mesa_onnx *g, const char *name, int64_t v);

/* Constants: a vector (n_dims 1) or matrix of double, or rounded to float. */
MESA_API uint32_t mesa_onnx_doubles(struct mesa_onnx *g, size_t n,
                                    const double *v);
MESA_API uint32_t mesa_onnx_floats(struct mesa_onnx *g, size_t n_dims,
                                   const size_t *shape, const float *v);

/* Any constant of MESA_F64, MESA_F32 or MESA_I64. */
MESA_API uint32_t mesa_onnx_constant(struct mesa_onnx *g,
                                     const struct mesa_tensor *t);

/* x in the other precision.  Rows come as float, as most callers have them;
 * what is computed of them is computed in double, as in training.  A value is
 * taken to be of its first input's type, of Where its last one's. */
MESA_API uint32_t mesa_onnx_to_double(struct mesa_onnx *g, uint32_t x);
MESA_API uint32_t mesa_onnx_to_float(struct mesa_onnx *g, uint32_t x);

/* Shares of n_classes for each row, float, by a tree of n nodes, whose leaf i
 * has value[i * n_classes + c].  Decisions are those in double. */
MESA_API uint32_t mesa_onnx_tree(struct mesa_onnx *g, uint32_t x, size_t n,
                                 const struct mesa_onnx_branch *node,
                                 size_t n_classes, const double *value);

/* The mean of n values; trees are used up, into one node that holds all. */
MESA_API uint32_t mesa_onnx_mean(struct mesa_onnx *g, const uint32_t *value,
                                 size_t n);

/* The sum of n values of any kind, of which trees are used up likewise; their
 * leaves may then be any numbers. */
MESA_API uint32_t mesa_onnx_sum(struct mesa_onnx *g, const uint32_t *value,
                                size_t n);

/* The slot of an instance; MESA_ENOTSUP if its class has none. */
MESA_API mesa_status mesa_transform_to_onnx(const struct mesa_instance *t,
                                            struct mesa_onnx *g, uint32_t x,
                                            uint32_t *out,
                                            struct mesa_error *err);
MESA_API mesa_status mesa_estimator_to_onnx(const struct mesa_instance *e,
                                            struct mesa_onnx *g, uint32_t x,
                                            uint32_t *proba,
                                            struct mesa_error *err);
/* The mean of all members. */
MESA_API mesa_status mesa_ensemble_to_onnx(const struct mesa_ensemble *e,
                                           struct mesa_onnx *g, uint32_t x,
                                           uint32_t *proba,
                                           struct mesa_error *err);
/* The members by their votes. */
MESA_API mesa_status mesa_boosting_to_onnx(const struct mesa_boosting *b,
                                           struct mesa_onnx *g, uint32_t x,
                                           uint32_t *proba,
                                           struct mesa_error *err);

MESA_END

#endif
