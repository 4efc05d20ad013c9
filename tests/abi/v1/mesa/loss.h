/* SPDX-License-Identifier: MIT */
/* mesa/loss.h - what a differentiable model minimises: INI section [loss]. */
#ifndef MESA_LOSS_H
#define MESA_LOSS_H

#include <mesa/component.h>
#include <mesa/ops.h>

struct mesa_loss_class {
    struct mesa_class head;

    /*
     * Required.  Add the loss to g and return it, of rank 0: the mean over
     * rows.  prediction is rows by outputs, what the model gives as it is
     * (for classes: one score each, not yet probabilities); target has the
     * same shape, for classes 1 for the true one and 0 for the others.
     * Called once per program, from several threads at once.
     */
    mesa_node (*build)(const void *self, struct mesa_graph *g,
                       mesa_node prediction, mesa_node target);

    /*
     * Optional.  What the model's outputs mean for classes: rows by outputs,
     * >= 0, rows summing to 1.  If absent, the softmax.
     */
    mesa_node (*link)(const void *self, struct mesa_graph *g,
                      mesa_node prediction);
};

#define MESA_LOSS(T) MESA_HEAD_(struct mesa_loss_class, MESA_KIND_LOSS, 1, T)

MESA_BEGIN

/* build and link on an instance; the graph keeps what goes wrong
 * (MESA_ESHAPE for a prediction and a target that differ in shape, or a loss
 * that is not of rank 0). */
MESA_API mesa_node mesa_loss_build(const struct mesa_instance *loss,
                                   struct mesa_graph *g, mesa_node prediction,
                                   mesa_node target);
MESA_API mesa_node mesa_loss_link(const struct mesa_instance *loss,
                                  struct mesa_graph *g, mesa_node prediction);

MESA_END

#endif
