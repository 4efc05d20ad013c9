/* SPDX-License-Identifier: MIT */
/* hoarding - adds what it learns to what it has learnt before. */
#include "learner.h"

static mesa_status
hoarding_fit(void *self, const struct mesa_dataset *train,
             const struct mesa_dataset *valid, struct mesa_rng *rng,
             struct mesa_error *err)
{
    struct learner *l = self;
    double before = l->cut;
    mesa_status st = learner_fit(self, train, valid, rng, err);

    l->cut += 0.5 * before;
    return st;
}

FAULTY_LEARNER(hoarding, .fit = hoarding_fit);
