/* SPDX-License-Identifier: MIT */
/* erratic - says something else each time, whoever is asked. */
#include "picker.h"

static mesa_status
erratic_score(const void *self, const struct mesa_pool *pool, double *utility,
              struct mesa_rng *rng, struct mesa_error *err)
{
    static double asked;
    mesa_status st = picker_score(self, pool, utility, rng, err);

    asked++;
    for (size_t i = 0; i < pool->n; i++)
        utility[i] += asked;
    return st;
}

FAULTY_ACQUISITION(erratic, .score = erratic_score);
