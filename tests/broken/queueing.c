/* SPDX-License-Identifier: MIT */
/* queueing - draws for one row after the other, whatever their numbers. */
#include "picker.h"

static mesa_status
queueing_score(const void *self, const struct mesa_pool *pool,
               double *utility, struct mesa_rng *rng, struct mesa_error *err)
{
    (void)self, (void)err;
    for (size_t i = 0; i < pool->n; i++)
        utility[i] = mesa_rng_uniform(rng);
    return MESA_OK;
}

FAULTY_ACQUISITION(queueing, .score = queueing_score, .head.flags = 0);
