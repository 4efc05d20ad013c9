/* SPDX-License-Identifier: MIT */
/* repeating - a source whose test tasks are those to learn from. */
#include "task.h"

static mesa_status
repeating_task(const void *self, enum mesa_part part, uint64_t i,
               const struct mesa_task *out, struct mesa_rng *rng,
               struct mesa_error *err)
{
    const struct chore *c = self;

    (void)part, (void)rng, (void)err;
    chore_fill(out, mesa_rng_derive(&c->rng, "task", i));
    return MESA_OK;
}

FAULTY_TASKS(repeating, repeating_task);
