/* SPDX-License-Identifier: MIT */
/* contiguous - takes rows to lie one after the other. */
#include "picker.h"

static mesa_status
contiguous_score(const void *self, const struct mesa_pool *pool,
                 double *utility, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    (void)self, (void)rng, (void)err;
    for (size_t i = 0; i < pool->n; i++) {
        const double x = pool->x.data[i * pool->x.cols];

        utility[i] = x * x;
    }
    return MESA_OK;
}

FAULTY_ACQUISITION(contiguous, .score = contiguous_score);
