/* SPDX-License-Identifier: MIT */
/* orderly - finds rows at the front worth most. */
#include "picker.h"

static mesa_status
orderly_score(const void *self, const struct mesa_pool *pool, double *utility,
              struct mesa_rng *rng, struct mesa_error *err)
{
    (void)self, (void)rng, (void)err;
    for (size_t i = 0; i < pool->n; i++)
        utility[i] = (double)(pool->n - i);
    return MESA_OK;
}

FAULTY_ACQUISITION(orderly, .score = orderly_score,
                   .needs = picker_needs_all);
