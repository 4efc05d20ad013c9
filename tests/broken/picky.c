/* SPDX-License-Identifier: MIT */
/* picky - refuses values within the range it declares, and not as EINVAL. */
#include "broken.h"

static const struct mesa_param picky_params[] = {
    MESA_INT(struct broken, k, "k", 5, 1, 9, "Neighbours to look at"),
    MESA_PARAM_END
};

static mesa_status
picky_init(void *self, struct mesa_error *err)
{
    const struct broken *b = self;

    if (b->k == 9)
        return mesa_fail(err, MESA_EDATA, "k is 9");
    return MESA_OK;
}

BROKEN_SAMPLER(.head.name = "picky", .head.params = picky_params,
               .head.init = picky_init);

BROKEN_PLUGIN(.name = "picky");
