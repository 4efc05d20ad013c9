/* SPDX-License-Identifier: MIT */
/* communal - what one instance is told, all of them know. */
#include "picker.h"

static double communal_told;

static mesa_status
communal_init(void *self, struct mesa_error *err)
{
    (void)self, (void)err;
    communal_told++;
    return MESA_OK;
}

static mesa_status
communal_score(const void *self, const struct mesa_pool *pool,
               double *utility, struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st = picker_score(self, pool, utility, rng, err);

    for (size_t i = 0; i < pool->n; i++)
        utility[i] += communal_told;
    return st;
}

FAULTY_ACQUISITION(communal, .head.init = communal_init,
                   .score = communal_score);
