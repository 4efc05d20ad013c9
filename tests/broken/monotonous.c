/* SPDX-License-Identifier: MIT */
/* monotonous - a source of one task, the same for every seed. */
#include "task.h"

static mesa_status
monotonous_task(const void *self, enum mesa_part part, uint64_t i,
                const struct mesa_task *out, struct mesa_rng *rng,
                struct mesa_error *err)
{
    struct mesa_rng own;

    (void)self, (void)i, (void)rng, (void)err;
    mesa_rng_seed(&own, (uint64_t)part);
    chore_fill(out, own);
    return MESA_OK;
}

FAULTY_TASKS(monotonous, monotonous_task);
