/* SPDX-License-Identifier: MIT */
/* undecided - a source of tasks with a row of both classes. */
#include "task.h"

static mesa_status
undecided_task(const void *self, enum mesa_part part, uint64_t i,
               const struct mesa_task *out, struct mesa_rng *rng,
               struct mesa_error *err)
{
    (void)self, (void)part, (void)i, (void)err;
    chore_fill(out, *rng);
    out->support_y[0] = out->support_y[1] = 1;
    return MESA_OK;
}

FAULTY_TASKS(undecided, undecided_task);
