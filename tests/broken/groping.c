/* SPDX-License-Identifier: MIT */
/* groping - asks for goals in an environment that has none. */
#include "actor.h"

static mesa_status
groping_begin(void *self, const struct mesa_host *host,
              struct mesa_error *err)
{
    struct mesa_rng rng = mesa_host_rng(host, "goal", 0);
    struct actor *a = self;
    mesa_status st = actor_begin(self, host, err);

    if (st == MESA_OK)
        mesa_environment_goal(a->environment, MESA_PART_TRAIN, 0, a->goal,
                              &rng);
    return st;
}

FAULTY_ACTOR(groping, .begin = groping_begin);
