/* SPDX-License-Identifier: MIT */
/* displaced - starts episodes further on each time. */
#include "cart.h"

static double start;

static void
displaced_reset(const void *self, double *state, struct mesa_rng *rng)
{
    cart_reset(self, state, rng);
    state[0] += start++;
}

FAULTY_ENVIRONMENT(displaced, .reset = displaced_reset);
