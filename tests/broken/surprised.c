/* SPDX-License-Identifier: MIT */
/* surprised - takes the logarithm of every probability, also of 0. */
#include "picker.h"

static mesa_status
surprised_score(const void *self, const struct mesa_pool *pool,
                double *utility, struct mesa_rng *rng, struct mesa_error *err)
{
    const size_t k = pool->n_classes;

    (void)self, (void)rng, (void)err;
    for (size_t i = 0; i < pool->n; i++) {
        utility[i] = 0.0;
        for (size_t c = 0; c < k; c++)
            utility[i] -= pool->proba[i * k + c] *
                          mesa_math_log(pool->proba[i * k + c]);
    }
    return MESA_OK;
}

FAULTY_ACQUISITION(surprised, .score = surprised_score,
                   .head.flags = MESA_CLASS_DETERMINISTIC);
