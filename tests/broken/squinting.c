/* SPDX-License-Identifier: MIT */
/* squinting - aims at an error that there is not. */
#include "broken.h"

static mesa_status
squinting_aim(void *self, const struct mesa_dataset *data,
              const struct mesa_feedback *feedback, double aim[3],
              struct mesa_error *err)
{
    (void)self, (void)data, (void)feedback, (void)err;
    aim[0] = aim[1] = aim[2] = 2;
    return MESA_OK;
}

BROKEN_SAMPLER(.head.name = "squinting", .aim = squinting_aim);

BROKEN_PLUGIN(.name = "squinting");
