/* SPDX-License-Identifier: MIT */
/* twice_param - two rows of one name. */
#include "broken.h"

static const struct mesa_param broken_params[] = {
    BROKEN_PARAM("k_neighbors", 5, 1, 100),
    BROKEN_PARAM("k_neighbors", 7, 1, 100),
    MESA_PARAM_END
};

BROKEN_SAMPLER(.head.params = broken_params);

BROKEN_PLUGIN(.url = NULL);
