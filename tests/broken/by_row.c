/* SPDX-License-Identifier: MIT */
/* by_row - a loss of each row, not of all. */
#include "loss.h"

static mesa_node
by_row_build(const void *self, struct mesa_graph *g, mesa_node prediction,
             mesa_node target)
{
    mesa_node d = mesa_sub(g, prediction, target);

    (void)self;
    return mesa_mean_last(g, mesa_mul(g, d, d));
}

FAULTY_LOSS(by_row, .build = by_row_build);
