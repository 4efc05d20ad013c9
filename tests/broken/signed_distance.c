/* SPDX-License-Identifier: MIT */
/* signed_distance - says which way it is to the goal, too. */
#include "cart.h"

static double
signed_distance_distance(const void *self, const double *state,
                         const double *goal)
{
    (void)self;
    return state[0] - goal[0];
}

FAULTY_ENVIRONMENT(signed_distance, .distance = signed_distance_distance);
