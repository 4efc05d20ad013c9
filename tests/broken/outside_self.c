/* SPDX-License-Identifier: MIT */
/* outside_self - a parameter beyond the end of self. */
#include "broken.h"

static const struct mesa_param broken_params[] = {
    { .name = "far", .type = MESA_TYPE_INT, .help = "Never to be written",
      .max.i = 1, .offset = sizeof(struct broken) },
    MESA_PARAM_END
};

BROKEN_SAMPLER(.head.params = broken_params);

BROKEN_PLUGIN(.url = NULL);
