/* SPDX-License-Identifier: MIT */
/* no_build - a loss that cannot be built. */
#include <mesa/mesa.h>

struct no_build {
    double unused;
};

static const struct mesa_loss_class no_build = {
    MESA_LOSS(struct no_build),
    .head.name  = "no_build",
    .head.title = "A loss for tests",
};

MESA_PLUGIN(.name = "no_build", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&no_build.head));
