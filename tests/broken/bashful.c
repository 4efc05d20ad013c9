/* SPDX-License-Identifier: MIT */
/* bashful - says nothing of use as long as others ask, too. */
#include "picker.h"

#include <stdatomic.h>

enum { PATIENCE = 10000000 };

static mesa_status
bashful_score(const void *self, const struct mesa_pool *pool, double *utility,
              struct mesa_rng *rng, struct mesa_error *err)
{
    static atomic_int inside, turns;
    const int before = atomic_fetch_add(&turns, 1);
    bool alone = atomic_fetch_add(&inside, 1) == 0;
    mesa_status st = picker_score(self, pool, utility, rng, err);

    for (int i = 0; i < PATIENCE && alone; i++)
        alone = atomic_load(&turns) == before + 1;
    for (size_t i = 0; i < pool->n && !alone; i++)
        utility[i] = 0.0;
    atomic_fetch_sub(&inside, 1);
    return st;
}

FAULTY_ACQUISITION(bashful, .score = bashful_score);
