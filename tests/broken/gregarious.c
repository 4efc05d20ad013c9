/* SPDX-License-Identifier: MIT */
/* gregarious - takes a row's worth from the others, and expects some. */
#include "picker.h"

static mesa_status
gregarious_score(const void *self, const struct mesa_pool *pool,
                 double *utility, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    double sum = 0.0;

    (void)self, (void)rng, (void)err;
    for (size_t i = 0; i < pool->n; i++)
        sum += pool->proba[i * pool->n_classes];
    for (size_t i = 0; i < pool->n; i++)
        utility[i] = (1.0 + sum - pool->proba[i * pool->n_classes]) /
                     (double)(pool->n - 1);
    return MESA_OK;
}

FAULTY_ACQUISITION(gregarious, .score = gregarious_score,
                   .needs = picker_needs_all);
