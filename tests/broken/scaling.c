/* SPDX-License-Identifier: MIT */
/* scaling - from the least worth in the pool to the most, if they differ. */
#include "picker.h"

static mesa_status
scaling_score(const void *self, const struct mesa_pool *pool, double *utility,
              struct mesa_rng *rng, struct mesa_error *err)
{
    const size_t k = pool->n_classes;
    double least = 1.0, most = 0.0;

    (void)self, (void)rng, (void)err;
    for (size_t i = 0; i < pool->n; i++) {
        least = pool->proba[i * k] < least ? pool->proba[i * k] : least;
        most = pool->proba[i * k] > most ? pool->proba[i * k] : most;
    }
    for (size_t i = 0; i < pool->n; i++)
        utility[i] = (pool->proba[i * k] - least) / (most - least);
    return MESA_OK;
}

FAULTY_ACQUISITION(scaling, .score = scaling_score,
                   .head.flags = MESA_CLASS_DETERMINISTIC,
                   .needs = picker_needs_all);
