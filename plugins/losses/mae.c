/* SPDX-License-Identifier: MIT */
/* mae - the mean absolute error, |p - t|, over all elements. */
#include "bounded.h"

struct mae {
    bool none; /* it has no parameters */
};

static mesa_node
mae_build(const void *self, struct mesa_graph *g, mesa_node prediction,
          mesa_node target)
{
    (void)self;
    return mesa_mean(g, mesa_abs(g, mesa_sub(g, prediction, target)));
}

static const struct mesa_loss_class mae = {
    MESA_LOSS(struct mae),
    .head.name  = "mae",
    .head.title = "Mean absolute error",
    .build      = mae_build,
    .link       = bounded_link,
};

MESA_PLUGIN(.name = "mae", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&mae.head));
