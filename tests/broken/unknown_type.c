/* SPDX-License-Identifier: MIT */
/* unknown_type - a parameter of a type from the future. */
#include "broken.h"

static const struct mesa_param broken_params[] = {
    { .name = "k", .type = 77, .help = "Who knows" },
    MESA_PARAM_END
};

BROKEN_SAMPLER(.head.params = broken_params);

BROKEN_PLUGIN(.url = NULL);
