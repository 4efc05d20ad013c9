/* SPDX-License-Identifier: MIT */
/* negative - finds that the labels of some rows are worth less than none. */
#include "picker.h"

static mesa_status
negative_score(const void *self, const struct mesa_pool *pool,
               double *utility, struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st = picker_score(self, pool, utility, rng, err);

    for (size_t i = 0; i < pool->n; i++)
        utility[i] -= 0.25;
    return st;
}

FAULTY_ACQUISITION(negative, .score = negative_score);
