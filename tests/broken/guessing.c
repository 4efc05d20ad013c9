/* SPDX-License-Identifier: MIT */
/* guessing - makes the same rows, of other parents each time. */
#include "broken.h"

static mesa_status
guessing_resample(void *self, const struct mesa_dataset *data,
                  const struct mesa_feedback *feedback,
                  struct mesa_sample *out, struct mesa_rng *rng,
                  struct mesa_error *err)
{
    static size_t guess;
    mesa_status st = broken_resample(self, data, feedback, out, rng, err);
    size_t other = 0;

    guess = (guess + 1) % data->x.rows;
    other = guess;
    for (size_t r = 0; r < 2 && r < data->x.rows && st == MESA_OK; r++)
        st = mesa_sample_make(out, r, other, 0.0, mesa_row(&data->x, r));
    return st;
}

BROKEN_SAMPLER(.head.name = "guessing", .resample = guessing_resample);

BROKEN_PLUGIN(.name = "guessing");
