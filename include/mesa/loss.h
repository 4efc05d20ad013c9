/* SPDX-License-Identifier: MIT */
/* mesa/loss.h - what a differentiable model minimises: INI section [loss]. */
#ifndef MESA_LOSS_H
#define MESA_LOSS_H

#include <mesa/component.h>
#include <mesa/weights.h>

/* What a loss may look at, rows by columns; 0: what is not known. */
struct mesa_loss_terms {
    uint32_t  struct_size;
    mesa_node prediction; /* what the model gives, as it is                 */
    mesa_node target;     /* of its shape; for classes 1 for the true one   */
    mesa_node input;      /* what the model was given                       */
    mesa_node extra;      /* what else is known of a row: a cost, a return  */
};

/* Columns of those terms, of the prediction first; 0: not there. */
struct mesa_loss_shape {
    uint32_t struct_size;
    size_t   n_outputs, n_targets, n_inputs, n_extra;
};

struct mesa_loss_class {
    struct mesa_class head;

    /*
     * Required, unless the loss is a learnt one (below).  Add the loss to g
     * and return it, of rank 0: the mean over rows of prediction and target
     * (for classes: one score each, not yet probabilities; one output may be
     * MESA_EINVAL).  Called once per program, from several threads at once.
     */
    mesa_node (*build)(const void *self, struct mesa_graph *g,
                       mesa_node prediction, mesa_node target);

    /*
     * Optional.  What the model's outputs mean for classes: rows by outputs,
     * >= 0, rows summing to 1.  If absent, the softmax.
     */
    mesa_node (*link)(const void *self, struct mesa_graph *g,
                      mesa_node prediction);

    /*
     * A loss that is learnt itself: all four or none, and save and load with
     * them.  parameters lists the tensors it has for terms of that shape, as
     * an estimator's does, and returns how many.
     */
    size_t (*parameters)(const void *self, const struct mesa_loss_shape *shape,
                         struct mesa_weight *out, size_t room);
    /* In place of build: from those tensors and what it looks at of the
     * terms.  A term that it needs and that is not there: mesa_graph_fail. */
    mesa_node (*build_with)(const void *self, struct mesa_graph *g,
                            const mesa_node *weight,
                            const struct mesa_loss_terms *terms);
    /* Copy weights that somebody has trained for terms of that shape. */
    mesa_status (*learn)(void *self, const struct mesa_loss_shape *shape,
                         const struct mesa_weights *weights,
                         struct mesa_error *err);
    /* Those, with their shape; NULL as long as there are none. */
    const struct mesa_weights *(*learnt)(const void *self,
                                         struct mesa_loss_shape *shape);
};

#define MESA_LOSS(T) MESA_HEAD_(struct mesa_loss_class, MESA_KIND_LOSS, 1, T)

MESA_BEGIN

/* build and link on an instance; the graph keeps what goes wrong
 * (MESA_ESHAPE for a prediction and a target that differ in shape, or a loss
 * that is not of rank 0). */
MESA_API mesa_node mesa_loss_build(const struct mesa_instance *loss,
                                   struct mesa_graph *g, mesa_node prediction,
                                   mesa_node target);
/*
 * The same of all terms.  weight: the tensors of a learnt loss, to train it
 * by their derivatives; NULL: what it has learnt, as constants, and that it
 * has not learnt for terms of this shape is MESA_EINVAL or MESA_ESHAPE.
 */
MESA_API mesa_node mesa_loss_build_terms(const struct mesa_instance *loss,
                                         struct mesa_graph *g,
                                         const mesa_node *weight,
                                         const struct mesa_loss_terms *terms);
/* The weights of a loss that can be learnt: what it has learnt, or drawn anew
 * from rng.  MESA_ENOTSUP for other losses, MESA_ESHAPE for another shape. */
MESA_API mesa_status mesa_loss_weights(const struct mesa_instance *loss,
                                       const struct mesa_loss_shape *shape,
                                       enum mesa_dtype dtype,
                                       const struct mesa_rng *rng,
                                       struct mesa_weights **out,
                                       struct mesa_error *err);
MESA_API mesa_status mesa_loss_learn(struct mesa_instance *loss,
                                     const struct mesa_loss_shape *shape,
                                     const struct mesa_weights *weights,
                                     struct mesa_error *err);
MESA_API mesa_node mesa_loss_link(const struct mesa_instance *loss,
                                  struct mesa_graph *g, mesa_node prediction);

MESA_END

#endif
