/* SPDX-License-Identifier: MIT */
/* mesa/estimator.h - models that learn from rows: INI section [estimator]. */
#ifndef MESA_ESTIMATOR_H
#define MESA_ESTIMATOR_H

#include <mesa/component.h>
#include <mesa/ranks.h>
#include <mesa/weights.h>

struct mesa_ensemble; /* mesa/ensemble.h */
struct mesa_counts;   /* mesa/fitting.h */

struct mesa_estimator_class {
    struct mesa_class head;

    /* Required, but for models that only metalearners teach.  Learn from
     * train; forget whatever was learnt before.  The core has checked that
     * train has rows, columns and at least one class, and that weights, NaN
     * and more than two classes come only where head.flags allow them.
     * valid may be NULL; it is for early stopping and the like, never for
     * fitting.  Keep no pointer into either. */
    mesa_status (*fit)(void *self, const struct mesa_dataset *train,
                       const struct mesa_dataset *valid, struct mesa_rng *rng,
                       struct mesa_error *err);

    /* Required for classification.  proba[r * n_classes + c] for each row of
     * x, rows summing to 1.  Called only after fit or load, with as many
     * columns as fit had; from several threads at once. */
    mesa_status (*predict_proba)(const void *self,
                                 const struct mesa_cmatrix *x, double *proba,
                                 struct mesa_error *err);

    /* Required for regression instead: out[r * n_targets + t]. */
    mesa_status (*predict)(const void *self, const struct mesa_cmatrix *x,
                           double *out, struct mesa_error *err);

    /* Optional.  Go on learning from further rows. */
    mesa_status (*partial_fit)(void *self, const struct mesa_dataset *train,
                               struct mesa_rng *rng, struct mesa_error *err);

    /* Optional.  One value per column, >= 0, summing to 1 (or all 0). */
    mesa_status (*importance)(const void *self, double *importance,
                              struct mesa_error *err);

    /* Optional, both or neither: a differentiable model.  parameters gives
     * the number of weights of a model of n_inputs columns and n_outputs
     * outputs, and describes the first `room` of them in out (NULL: none).
     * forward adds the model to g: x is rows by n_inputs, weight[] are nodes
     * of those shapes, the result is rows by n_outputs. */
    size_t (*parameters)(const void *self, size_t n_inputs, size_t n_outputs,
                         struct mesa_weight *out, size_t room);
    mesa_node (*forward)(const void *self, struct mesa_graph *g,
                         const mesa_node *weight, mesa_node x);

    /* Optional, for learners that choose rows or have members.  How many
     * rows the last fit learnt from, those of all members added up. */
    uint64_t (*rows)(const void *self);

    /* Optional.  From rows x to their probabilities, by nodes of g. */
    mesa_status (*to_onnx)(const void *self, struct mesa_onnx *g, uint32_t x,
                           uint32_t *proba, struct mesa_error *err);

    /* Optional.  Add to sum[r * n_classes + c] what predict_proba says of row
     * first + r, r < n; or add nothing and return MESA_ENOTSUP. */
    mesa_status (*add_ranked)(const void *self, const struct mesa_ranks *x,
                              size_t first, size_t n, double *sum,
                              struct mesa_error *err);

    /* Optional, for ensembles.  Who votes; they see the same columns. */
    const struct mesa_ensemble *(*members)(const void *self);

    /* Optional.  What the last hidden layer makes of rows: out[r * *width +
     * j], and how wide that is.  out NULL: only that. */
    mesa_status (*embed)(const void *self, const struct mesa_cmatrix *x,
                         double *out, size_t *width, struct mesa_error *err);

    /* Optional.  What it is made of, in numbers for people, after fit or load:
     * a mesa_count for each.  Of an ensemble the members are asked. */
    mesa_status (*counts)(const void *self, struct mesa_counts *out,
                          struct mesa_error *err);
};

#define MESA_ESTIMATOR(T) \
    MESA_HEAD_(struct mesa_estimator_class, MESA_KIND_ESTIMATOR, 1, T)

#endif
