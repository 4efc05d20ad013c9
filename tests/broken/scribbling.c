/* SPDX-License-Identifier: MIT */
/* scribbling - writes to its input. */
#include "learner.h"

static mesa_status
scribbling_fit(void *self, const struct mesa_dataset *train,
               const struct mesa_dataset *valid, struct mesa_rng *rng,
               struct mesa_error *err)
{
    double *first = (double *)(uintptr_t)train->x.data;

    *first += 1.0;
    return learner_fit(self, train, valid, rng, err);
}

FAULTY_LEARNER(scribbling, .fit = scribbling_fit);
