/* SPDX-License-Identifier: MIT */
/* brimming - a utility for one row too many. */
#include "picker.h"

static mesa_status
brimming_score(const void *self, const struct mesa_pool *pool,
               double *utility, struct mesa_rng *rng, struct mesa_error *err)
{
    utility[pool->n] = 0.0;
    return picker_score(self, pool, utility, rng, err);
}

FAULTY_ACQUISITION(brimming, .score = brimming_score);
