/* SPDX-License-Identifier: MIT */
/* undeterred - wants to go on when there will be no more answers. */
#include "asker.h"

static mesa_status
undeterred_step(void *self, const struct mesa_host *host, uint64_t i,
                struct mesa_metrics *metrics, bool *done,
                struct mesa_error *err)
{
    mesa_status st = asker_step(self, host, i, metrics, done, err);

    *done = false;
    return st;
}

FAULTY_ASKER(undeterred, .step = undeterred_step);
