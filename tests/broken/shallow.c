/* SPDX-License-Identifier: MIT */
/* shallow - a loss with a first derivative and no second. */
#include "loss.h"

/* Of d, whose derivative is 1, times what the first derivative is to be. */
static mesa_node
shallow_build(const void *self, struct mesa_graph *g, mesa_node prediction,
              mesa_node target)
{
    mesa_node d = mesa_sub(g, prediction, target);
    mesa_node still = mesa_stop_gradient(g, d);
    mesa_node half = mesa_mul(g, still, mesa_scalar(g, 0.5));

    (void)self;
    return mesa_mean(g, mesa_mul(g, still, mesa_sub(g, d, half)));
}

FAULTY_LOSS(shallow, .build = shallow_build);
