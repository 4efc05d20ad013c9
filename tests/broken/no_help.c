/* SPDX-License-Identifier: MIT */
/* no_help - a parameter nobody explains. */
#include "broken.h"

static const struct mesa_param broken_params[] = {
    { .name = "k", .type = MESA_TYPE_INT, .max.i = 1 },
    MESA_PARAM_END
};

BROKEN_SAMPLER(.head.params = broken_params);

BROKEN_PLUGIN(.url = NULL);
