/* SPDX-License-Identifier: MIT */
/* evaluate_regions.h - rows as the model that a run leaves has seen them. */
#ifndef MESA_CORE_EVALUATE_REGIONS_H
#define MESA_CORE_EVALUATE_REGIONS_H

#include "evaluate.h"

/* No rows if there is no such model; no sample if there is no sampler that
 * answers at once. */
struct mesa_seen {
    const struct mesa_model *model;
    uint32_t                 positive;
    struct mesa_dataset      rows; /* transformed */
    double                  *block;
    struct mesa_sample      *sample;
};

/* Close even after failure. */
mesa_status mesa_seen_open(struct mesa_seen *out,
                           const struct mesa_evaluate *e,
                           const struct mesa_host *host,
                           struct mesa_error *err);
void mesa_seen_close(struct mesa_seen *seen);

/* The picture `regions`, if it can be drawn in a second. */
mesa_status mesa_seen_draw(const struct mesa_seen *seen,
                           struct mesa_report *report,
                           struct mesa_error *err);

#endif
