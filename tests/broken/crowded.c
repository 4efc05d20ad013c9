/* SPDX-License-Identifier: MIT */
/* crowded - a cart that the one in front of it pulls along. */
#include "cart.h"

static void
crowded_step(const void *self, size_t n, const double *state,
             const double *action, double *next)
{
    cart_step(self, n, state, action, next);
    for (size_t r = 1; r < n; r++)
        next[2 * r] += 1e-12 * next[2 * r - 2];
}

FAULTY_ENVIRONMENT(crowded, .step = crowded_step);
