/* SPDX-License-Identifier: MIT */
/* bursting - has no numbers for what is far away. */
#include "cart.h"

static void
bursting_step(const void *self, size_t n, const double *state,
              const double *action, double *next)
{
    for (size_t r = 0; r < n; r++) {
        double speed = state[2 * r + 1];

        cart_step(self, 1, &state[2 * r], &action[r], &next[2 * r]);
        next[2 * r] += speed * speed * 0;
    }
}

FAULTY_ENVIRONMENT(bursting, .step = bursting_step);
