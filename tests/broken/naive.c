/* SPDX-License-Identifier: MIT */
/* naive - log loss by way of exp, which overflows. */
#include "loss.h"

static mesa_node
naive_build(const void *self, struct mesa_graph *g, mesa_node prediction,
            mesa_node target)
{
    mesa_node all = mesa_sum_last(g, mesa_exp(g, prediction));
    mesa_node own = mesa_sum_last(g, mesa_mul(g, prediction, target));

    (void)self;
    return mesa_mean(g, mesa_sub(g, mesa_log(g, all), own));
}

FAULTY_LOSS(naive, .build = naive_build);
