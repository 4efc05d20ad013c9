/* SPDX-License-Identifier: MIT */
/* adding - a loss that is a sum over rows, not a mean. */
#include "loss.h"

static mesa_node
adding_build(const void *self, struct mesa_graph *g, mesa_node prediction,
             mesa_node target)
{
    mesa_node d = mesa_sub(g, prediction, target);

    (void)self;
    return mesa_sum(g, mesa_mul(g, d, d));
}

FAULTY_LOSS(adding, .build = adding_build);
