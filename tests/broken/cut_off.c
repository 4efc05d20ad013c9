/* SPDX-License-Identifier: MIT */
/* cut_off - no derivative gets back through its steps. */
#include "cart.h"

static mesa_node
cut_off_build_step(const void *self, struct mesa_graph *g, mesa_node state,
                   mesa_node action)
{
    return mesa_stop_gradient(g, cart_build_step(self, g, state, action));
}

FAULTY_ENVIRONMENT(cut_off, .build_step = cut_off_build_step);
