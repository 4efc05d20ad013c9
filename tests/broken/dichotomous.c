/* SPDX-License-Identifier: MIT */
/* dichotomous - takes two of many classes for all. */
#include "picker.h"

static mesa_status
dichotomous_score(const void *self, const struct mesa_pool *pool,
                  double *utility, struct mesa_rng *rng,
                  struct mesa_error *err)
{
    (void)self, (void)rng, (void)err;
    for (size_t i = 0; i < pool->n; i++) {
        const double *p = pool->proba + i * pool->n_classes;

        utility[i] = p[0] + p[1] - 0.5;
    }
    return MESA_OK;
}

FAULTY_ACQUISITION(dichotomous, .score = dichotomous_score);
