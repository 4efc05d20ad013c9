/* SPDX-License-Identifier: MIT */
/* pointed - a cost that has no derivative at the goal. */
#include "cart.h"

static mesa_node
pointed_build_cost(const void *self, struct mesa_graph *g, mesa_node states,
                   mesa_node actions, mesa_node goal, bool shaped)
{
    return mesa_sqrt(g, cart_build_cost(self, g, states, actions, goal,
                                        shaped));
}

FAULTY_ENVIRONMENT(pointed, .build_cost = pointed_build_cost);
