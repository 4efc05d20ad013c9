/* SPDX-License-Identifier: MIT */
/* itemised - says what each step of an episode costs. */
#include "cart.h"

static mesa_node
itemised_build_cost(const void *self, struct mesa_graph *g, mesa_node states,
                    mesa_node actions, mesa_node goal, bool shaped)
{
    mesa_node far = mesa_sub(g, states, goal);

    (void)self, (void)actions, (void)shaped;
    return mesa_sum_last(g, mesa_mul(g, far, far));
}

FAULTY_ENVIRONMENT(itemised, .build_cost = itemised_build_cost);
