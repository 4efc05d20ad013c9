/* SPDX-License-Identifier: MIT */
/* boundless - takes actions as they are, whatever its space says. */
#include "cart.h"

static void
boundless_step(const void *self, size_t n, const double *state,
               const double *action, double *next)
{
    (void)self;
    for (size_t r = 0; r < n; r++)
        cart_move(&state[2 * r], action[r], &next[2 * r]);
}

static mesa_node
boundless_build_step(const void *self, struct mesa_graph *g, mesa_node state,
                     mesa_node action)
{
    mesa_node next = cart_build_step(self, g, state, mesa_scalar(g, 0));
    mesa_node gain[2] = { mesa_mul(g, mesa_scalar(g, 0.01), action),
                          mesa_mul(g, mesa_scalar(g, 0.1), action) };

    return mesa_add(g, next, mesa_concat(g, gain, 2, 1));
}

FAULTY_ENVIRONMENT(boundless, .step = boundless_step,
                   .build_step = boundless_build_step);
