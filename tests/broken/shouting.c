/* SPDX-License-Identifier: MIT */
/* shouting - a title with a full stop, help without a capital letter. */
#include "broken.h"

static const struct mesa_param shouting_params[] = {
    MESA_INT(struct broken, k, "k", 5, 1, 9, "how many."),
    MESA_PARAM_END
};

BROKEN_SAMPLER(.head.name = "shouting", .head.title = "LOUD!\nAnd long.",
               .head.params = shouting_params);

BROKEN_PLUGIN(.name = "shouting");
