/* SPDX-License-Identifier: MIT */
/* lagging - as nodes, moves the cart with the speed it had before. */
#include "cart.h"

static mesa_node
lagging_build_step(const void *self, struct mesa_graph *g, mesa_node state,
                   mesa_node action)
{
    mesa_node next = cart_build_step(self, g, state, action);
    mesa_node moved[2] = {
        mesa_add(g, mesa_slice(g, state, 1, 0, 1),
                 mesa_mul(g, mesa_scalar(g, 0.1),
                          mesa_slice(g, state, 1, 1, 1))),
        mesa_slice(g, next, 1, 1, 1)
    };

    return mesa_concat(g, moved, 2, 1);
}

FAULTY_ENVIRONMENT(lagging, .build_step = lagging_build_step);
