/* SPDX-License-Identifier: MIT */
/* tail_short - built when the sampler table ended with its required slot;
 * what follows in memory is not part of it. */
#include "../broken/broken.h"

static mesa_status
never_called(void *self, const struct mesa_dataset *data,
             struct mesa_error *err)
{
    (void)self, (void)data, (void)err;
    __builtin_trap();
}

static const struct mesa_sampler_class tail_short = {
    MESA_SAMPLER(struct broken),
    .head.struct_size = offsetof(struct mesa_sampler_class, begin),
    .head.name        = "tail_short",
    .head.title       = "A table that is shorter than ours",
    .head.flags       = MESA_CLASS_DETERMINISTIC,
    .resample         = broken_resample,
    .begin            = never_called,
};

MESA_PLUGIN(.name = "tail_short", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&tail_short.head));
