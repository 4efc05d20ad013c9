/* SPDX-License-Identifier: MIT */
/* fickle - draws random numbers and says that it does not. */
#include "learner.h"

static mesa_status
fickle_fit(void *self, const struct mesa_dataset *train,
           const struct mesa_dataset *valid, struct mesa_rng *rng,
           struct mesa_error *err)
{
    struct learner *l = self;
    mesa_status st = learner_fit(self, train, valid, rng, err);

    l->cut += mesa_rng_uniform(rng) - 0.5;
    return st;
}

FAULTY_LEARNER(fickle, .fit = fickle_fit,
               .head.flags = MESA_CLASS_DETERMINISTIC);
