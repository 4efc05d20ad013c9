/* SPDX-License-Identifier: MIT */
/*
 * bounded.h - probabilities from outputs that were fitted to 0 and 1.
 *
 * Losses of regression take classes as targets 0 and 1; what a model then
 * gives is an estimate of the probability, but not bound to [0, 1].
 */
#ifndef MESA_LOSSES_BOUNDED_H
#define MESA_LOSSES_BOUNDED_H

#include <mesa/mesa.h>

/* Limited to [0, 1], and scaled to sum to 1.  The small term makes rows of
 * zeros even ones. */
static mesa_node
bounded_link(const void *self, struct mesa_graph *g, mesa_node prediction)
{
    mesa_node p = mesa_clamp(g, prediction, 0.0, 1.0);
    mesa_node some = mesa_add(g, p, mesa_scalar(g, 1e-7));

    (void)self;
    return mesa_div(g, some, mesa_sum_axes(g, some, 1 << 1));
}

#endif
