/* SPDX-License-Identifier: MIT */
/* bad_default - a default that the row itself refuses. */
#include "broken.h"

static const struct mesa_param broken_params[] = {
    BROKEN_PARAM("k_neighbors", 0, 1, 100),
    MESA_PARAM_END
};

BROKEN_SAMPLER(.head.params = broken_params);

BROKEN_PLUGIN(.url = NULL);
