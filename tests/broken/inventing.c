/* SPDX-License-Identifier: MIT */
/* inventing - makes rows of nothing. */
#include "broken.h"

#include <math.h>

static mesa_status
inventing_resample(void *self, const struct mesa_dataset *data,
                   const struct mesa_feedback *feedback,
                   struct mesa_sample *out, struct mesa_rng *rng,
                   struct mesa_error *err)
{
    double *x = mesa_alloc_array(data->x.cols, sizeof *x);
    mesa_status st = broken_resample(self, data, feedback, out, rng, err);

    if (!x)
        return mesa_nomem(err, data->x.cols, "values");
    for (size_t j = 0; j < data->x.cols; j++)
        x[j] = NAN;
    for (size_t r = 0; r < 2 && r < data->x.rows && st == MESA_OK; r++)
        st = mesa_sample_make(out, r, r, 0.0, x);
    mesa_free(x);
    return st;
}

BROKEN_SAMPLER(.head.name = "inventing", .resample = inventing_resample);

BROKEN_PLUGIN(.name = "inventing");
