/* SPDX-License-Identifier: MIT */
/* halting - a loss whose derivative stops halfway. */
#include "loss.h"

static mesa_node
halting_build(const void *self, struct mesa_graph *g, mesa_node prediction,
              mesa_node target)
{
    mesa_node d = mesa_sub(g, prediction, target);

    (void)self;
    return mesa_mean(g, mesa_mul(g, d, mesa_stop_gradient(g, d)));
}

FAULTY_LOSS(halting, .build = halting_build);
