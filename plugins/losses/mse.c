/* SPDX-License-Identifier: MIT */
/*
 * mse - the mean squared error, (p - t)^2, over all elements.
 *
 * Not halved, as torch's MSELoss.  With classes as targets it is the Brier
 * score of outputs that are no probabilities by themselves.
 */
#include "bounded.h"

struct mse {
    bool none; /* it has no parameters */
};

static mesa_node
mse_build(const void *self, struct mesa_graph *g, mesa_node prediction,
          mesa_node target)
{
    mesa_node d = mesa_sub(g, prediction, target);

    (void)self;
    return mesa_mean(g, mesa_mul(g, d, d));
}

static const struct mesa_loss_class mse = {
    MESA_LOSS(struct mse),
    .head.name  = "mse",
    .head.title = "Mean squared error",
    .build      = mse_build,
    .link       = bounded_link,
};

MESA_PLUGIN(.name = "mse", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&mse.head));
