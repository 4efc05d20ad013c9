/* SPDX-License-Identifier: MIT */
/* leaky - takes memory in init and never gives it back. */
#include "learner.h"

static mesa_status
leaky_init(void *self, struct mesa_error *err)
{
    struct learner *l = self;

    l->block = mesa_alloc_array(1, 16);
    return l->block ? MESA_OK : mesa_nomem(err, 1, "block");
}

FAULTY_LEARNER(leaky, .head.init = leaky_init);
