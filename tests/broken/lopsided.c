/* SPDX-License-Identifier: MIT */
/* lopsided - a sampler that keeps every other row of each class. */
#include "broken.h"

static mesa_status
lopsided_resample(void *self, const struct mesa_dataset *data,
                  const struct mesa_feedback *feedback,
                  struct mesa_sample *out, struct mesa_rng *rng,
                  struct mesa_error *err)
{
    size_t seen[2] = { 0, 0 };
    mesa_status st = MESA_OK;

    (void)self, (void)feedback, (void)rng, (void)err;
    for (size_t r = 0; r < data->x.rows && st == MESA_OK; r++)
        if (seen[data->y[r] == 1]++ % 2 == 0)
            st = mesa_sample_keep(out, r);
    return st;
}

BROKEN_SAMPLER(.head.name = "lopsided", .resample = lopsided_resample);

BROKEN_PLUGIN(.name = "lopsided");
