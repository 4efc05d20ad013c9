/* SPDX-License-Identifier: MIT */
/* shifting - a goal that moves when it is asked for. */
#include "cart.h"

static double moved;

static void
shifting_goal(const void *self, enum mesa_part part, uint64_t i, double *goal,
              struct mesa_rng *rng)
{
    cart_goal(self, part, i, goal, rng);
    goal[0] += moved++;
}

FAULTY_ENVIRONMENT(shifting, .goal = shifting_goal);
