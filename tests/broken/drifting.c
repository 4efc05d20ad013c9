/* SPDX-License-Identifier: MIT */
/* drifting - starts an episode where the last one of the process ended. */
#include "actor.h"

static double place;

static mesa_status
drifting_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    struct actor *a = self;

    a->push[0] += place++;
    return actor_step(self, host, i, metrics, done, err);
}

FAULTY_ACTOR(drifting, .step = drifting_step);
