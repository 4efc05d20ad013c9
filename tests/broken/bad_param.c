/* SPDX-License-Identifier: MIT */
/* bad_param - a parameter that cannot stand in an INI. */
#include "broken.h"

static const struct mesa_param broken_params[] = {
    BROKEN_PARAM("kNeighbors", 5, 1, 100),
    MESA_PARAM_END
};

BROKEN_SAMPLER(.head.params = broken_params);

BROKEN_PLUGIN(.url = NULL);
