/* SPDX-License-Identifier: MIT */
/* mindful - remembers how often it has been asked. */
#include "picker.h"

static mesa_status
mindful_score(const void *self, const struct mesa_pool *pool, double *utility,
              struct mesa_rng *rng, struct mesa_error *err)
{
    struct picker *p = (struct picker *)(uintptr_t)self;
    mesa_status st = picker_score(self, pool, utility, rng, err);

    p->asked++;
    for (size_t i = 0; i < pool->n; i++)
        utility[i] += (double)p->asked;
    return st;
}

FAULTY_ACQUISITION(mindful, .score = mindful_score);
