/* SPDX-License-Identifier: MIT */
/* narrow - blames the data when memory is out. */
#include "learner.h"

static mesa_status
narrow_fit(void *self, const struct mesa_dataset *train,
           const struct mesa_dataset *valid, struct mesa_rng *rng,
           struct mesa_error *err)
{
    struct learner *l = self;

    mesa_free(l->block);
    l->block = mesa_alloc_raw(train->x.rows, 1);
    if (!l->block)
        return mesa_fail(err, MESA_EDATA, "no room for flags");
    return learner_fit(self, train, valid, rng, err);
}

static void
narrow_fini(void *self)
{
    struct learner *l = self;

    mesa_free(l->block);
}

FAULTY_LEARNER(narrow, .fit = narrow_fit, .head.fini = narrow_fini);
