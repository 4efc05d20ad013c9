/* SPDX-License-Identifier: MIT */
/* combine.h - make rows with one sampler, then clean with another. */
#ifndef MESA_SAMPLERS_COMBINE_H
#define MESA_SAMPLERS_COMBINE_H

#include <mesa/mesa.h>

struct combine {
    struct mesa_component *over, *clean;
};

mesa_status combine_resample(void *self, const struct mesa_dataset *data,
                             const struct mesa_feedback *feedback,
                             struct mesa_sample *out, struct mesa_rng *rng,
                             struct mesa_error *err);

#endif
