/* SPDX-License-Identifier: MIT */
/* whimsical - draws rows at random, and says that it does not. */
#include "picker.h"

static mesa_status
whimsical_score(const void *self, const struct mesa_pool *pool,
                double *utility, struct mesa_rng *rng, struct mesa_error *err)
{
    (void)self, (void)err;
    for (size_t i = 0; i < pool->n; i++)
        utility[i] = mesa_rng_uniform_at(rng, pool->row[i]);
    return MESA_OK;
}

FAULTY_ACQUISITION(whimsical, .score = whimsical_score);
