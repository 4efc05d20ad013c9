/* SPDX-License-Identifier: MIT */
/* shared_bill - lets all rows pay what the dearest step costs. */
#include "cart.h"

static void
shared_bill_cost(const void *self, size_t n, const double *state,
                 const double *action, const double *next,
                 const double *goal, double *out)
{
    double most = 0;

    cart_cost(self, n, state, action, next, goal, out);
    for (size_t r = 0; r < n; r++)
        most = fmax(most, out[r]);
    for (size_t r = 0; r < n; r++)
        out[r] = most;
}

FAULTY_ENVIRONMENT(shared_bill, .cost = shared_bill_cost);
