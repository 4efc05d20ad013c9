/* SPDX-License-Identifier: MIT */
/* wandering - a sampler that counts its calls in a variable of the module. */
#include "broken.h"

static size_t calls;

static mesa_status
wandering_resample(void *self, const struct mesa_dataset *data,
                   const struct mesa_feedback *feedback,
                   struct mesa_sample *out, struct mesa_rng *rng,
                   struct mesa_error *err)
{
    size_t start = calls++;
    mesa_status st = MESA_OK;

    (void)self, (void)feedback, (void)rng, (void)err;
    for (int32_t c = 0; c < 2 && st == MESA_OK; c++)
        for (size_t i = 0; i < data->x.rows; i++) {
            size_t r = (i + start) % data->x.rows;

            if (data->y[r] == c) {
                st = mesa_sample_keep(out, r);
                break;
            }
        }
    return st;
}

BROKEN_SAMPLER(.head.name = "wandering", .head.flags = 0,
               .resample = wandering_resample);

BROKEN_PLUGIN(.name = "wandering");
