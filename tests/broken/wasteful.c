/* SPDX-License-Identifier: MIT */
/* wasteful - forgets memory that it has taken. */
#include "picker.h"

static mesa_status
wasteful_score(const void *self, const struct mesa_pool *pool,
               double *utility, struct mesa_rng *rng, struct mesa_error *err)
{
    double *half = mesa_alloc_raw(pool->n, sizeof *half);

    if (!half)
        return mesa_nomem(err, pool->n, "halves");
    for (size_t i = 0; i < pool->n; i++)
        half[i] = 0.5;
    return picker_score(self, pool, utility, rng, err);
}

FAULTY_ACQUISITION(wasteful, .score = wasteful_score);
