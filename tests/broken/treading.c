/* SPDX-License-Identifier: MIT */
/* treading - writes the new speed where it may still read the old place. */
#include "cart.h"

static void
treading_step(const void *self, size_t n, const double *state,
              const double *action, double *next)
{
    (void)self;
    for (size_t r = 0; r < n; r++) {
        next[2 * r + 1] = cart_within(
            0.9 * state[2 * r + 1] + 0.1 * cart_within(action[r], 1), 1e3);
        next[2 * r] = cart_within(
            state[2 * r] + 0.1 * (0.9 * state[2 * r + 1] +
                                  0.1 * cart_within(action[r], 1)), 1e6);
    }
}

FAULTY_ENVIRONMENT(treading, .step = treading_step);
