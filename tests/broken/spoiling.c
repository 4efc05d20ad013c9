/* SPDX-License-Identifier: MIT */
/* spoiling - an outer loop whose last step, failed, is what it keeps. */
#include "outer.h"

static mesa_status
spoiling_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    mesa_status st = outer_step(self, host, i, metrics, done, err);

    if (st == MESA_ENUMERIC)
        ((struct outer *)self)->mean[0] += 1;
    return st;
}

FAULTY_METALEARNER(spoiling, .step = spoiling_step);
