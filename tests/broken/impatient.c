/* SPDX-License-Identifier: MIT */
/* impatient - an outer loop that stops when half a step is done. */
#include "outer.h"

static mesa_status
impatient_step(void *self, const struct mesa_host *host, uint64_t i,
               struct mesa_metrics *metrics, bool *done,
               struct mesa_error *err)
{
    ((struct outer *)self)->mean[0] += 1;
    *done = false;
    if (mesa_host_cancelled(host))
        return MESA_OK;
    return outer_step(self, host, i, metrics, done, err);
}

FAULTY_METALEARNER(impatient, .step = impatient_step);
