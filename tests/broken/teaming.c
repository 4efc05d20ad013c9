/* SPDX-License-Identifier: MIT */
/* teaming - worth is what there is, divided by those who look. */
#include "picker.h"

static mesa_status
teaming_score(const void *self, const struct mesa_pool *pool, double *utility,
              struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st = picker_score(self, pool, utility, rng, err);

    for (size_t i = 0; i < pool->n; i++)
        utility[i] /= (double)mesa_parallel_threads();
    return st;
}

FAULTY_ACQUISITION(teaming, .score = teaming_score);
