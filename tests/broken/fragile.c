/* SPDX-License-Identifier: MIT */
/* fragile - dies when there is only one class. */
#include "learner.h"

static mesa_status
fragile_fit(void *self, const struct mesa_dataset *train,
            const struct mesa_dataset *valid, struct mesa_rng *rng,
            struct mesa_error *err)
{
    mesa_status st = learner_fit(self, train, valid, rng, err);

    if (st != MESA_OK)
        __builtin_trap();
    return st;
}

FAULTY_LEARNER(fragile, .fit = fragile_fit);
