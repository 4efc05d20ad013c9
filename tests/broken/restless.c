/* SPDX-License-Identifier: MIT */
/* restless - a source of tasks that are others each time. */
#include "task.h"

static mesa_status
restless_task(const void *self, enum mesa_part part, uint64_t i,
              const struct mesa_task *out, struct mesa_rng *rng,
              struct mesa_error *err)
{
    struct chore *c = (void *)(uintptr_t)self;

    (void)part, (void)i, (void)err;
    chore_fill(out, mesa_rng_derive(rng, "call", c->calls++));
    return MESA_OK;
}

FAULTY_TASKS(restless, restless_task);
