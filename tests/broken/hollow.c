/* SPDX-License-Identifier: MIT */
/* hollow - an ensemble of nobody. */
#include "learner.h"

static const struct mesa_ensemble *
hollow_members(const void *self)
{
    static const struct mesa_ensemble nobody = { 0, NULL };

    (void)self;
    return &nobody;
}

FAULTY_LEARNER(hollow, .members = hollow_members);
