/* SPDX-License-Identifier: MIT */
/* gullible - an outer loop that does not mind tasks with NaN. */
#include "outer.h"

static mesa_status
gullible_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    mesa_status st = outer_step(self, host, i, metrics, done, err);

    return st == MESA_EDATA ? MESA_OK : st;
}

FAULTY_METALEARNER(gullible, .step = gullible_step);
