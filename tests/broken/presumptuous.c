/* SPDX-License-Identifier: MIT */
/* presumptuous - takes it that there is a committee, as it needs one. */
#include "picker.h"

static mesa_status
presumptuous_score(const void *self, const struct mesa_pool *pool,
                   double *utility, struct mesa_rng *rng,
                   struct mesa_error *err)
{
    (void)self, (void)rng, (void)err;
    for (size_t i = 0; i < pool->n; i++)
        utility[i] = pool->committee[i * pool->n_classes];
    return MESA_OK;
}

static uint32_t
presumptuous_needs(const void *self)
{
    (void)self;
    return MESA_POOL_COMMITTEE;
}

FAULTY_ACQUISITION(presumptuous, .score = presumptuous_score,
                   .needs = presumptuous_needs);
