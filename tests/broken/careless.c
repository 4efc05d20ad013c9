/* SPDX-License-Identifier: MIT */
/* careless - calls out of memory by another name. */
#include "learner.h"

static mesa_status
careless_init(void *self, struct mesa_error *err)
{
    struct learner *l = self;

    l->block = mesa_alloc_array(1, 16);
    return l->block ? MESA_OK : mesa_fail(err, MESA_EIO, "no block");
}

static void
careless_fini(void *self)
{
    struct learner *l = self;

    mesa_free(l->block);
}

FAULTY_LEARNER(careless, .head.init = careless_init,
               .head.fini = careless_fini);
