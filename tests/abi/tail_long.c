/* SPDX-License-Identifier: MIT */
/* tail_long - built with headers whose sampler table has grown since. */
#include "../broken/broken.h"

struct later_class {
    struct mesa_sampler_class now;
    void (*later)(void *self);
};

static void
never_called(void *self)
{
    (void)self;
    __builtin_trap();
}

static const struct later_class tail_long = {
    .now = {
        MESA_SAMPLER(struct broken),
        .head.struct_size = sizeof(struct later_class),
        .head.name        = "tail_long",
        .head.title       = "A table that is longer than ours",
        .head.flags       = MESA_CLASS_DETERMINISTIC,
        .resample         = broken_resample,
    },
    .later = never_called,
};

MESA_PLUGIN(.name = "tail_long", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&tail_long.now.head));
