/* SPDX-License-Identifier: MIT */
/* smudging - uses a row's features as memory of its own. */
#include "picker.h"

static mesa_status
smudging_score(const void *self, const struct mesa_pool *pool,
               double *utility, struct mesa_rng *rng, struct mesa_error *err)
{
    ((double *)(uintptr_t)mesa_row(&pool->x, 0))[0] = 7.0;
    return picker_score(self, pool, utility, rng, err);
}

FAULTY_ACQUISITION(smudging, .score = smudging_score);
