/* SPDX-License-Identifier: MIT */
/* ageing - moves less from call to call. */
#include "cart.h"

static double age;

static void
ageing_step(const void *self, size_t n, const double *state,
            const double *action, double *next)
{
    cart_step(self, n, state, action, next);
    for (size_t r = 0; r < n; r++)
        next[2 * r] -= 1e-12 * age;
    age++;
}

FAULTY_ENVIRONMENT(ageing, .step = ageing_step);
