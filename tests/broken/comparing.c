/* SPDX-License-Identifier: MIT */
/* comparing - compares rows with others, and does not say so in needs. */
#include "picker.h"

static mesa_status
comparing_score(const void *self, const struct mesa_pool *pool,
                double *utility, struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st = picker_score(self, pool, utility, rng, err);
    double most = 0.0;

    for (size_t i = 0; i < pool->n; i++)
        most = utility[i] > most ? utility[i] : most;
    for (size_t i = 0; i < pool->n; i++)
        utility[i] /= 1.0 + most;
    return st;
}

FAULTY_ACQUISITION(comparing, .score = comparing_score);
