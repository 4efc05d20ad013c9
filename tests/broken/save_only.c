/* SPDX-License-Identifier: MIT */
/* save_only - saves what it cannot load. */
#include "broken.h"

static mesa_status
broken_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct broken *b = self;

    return mesa_archive_put_vector(to, "k", MESA_I64, 1, &b->k, err);
}

BROKEN_SAMPLER(.head.save = broken_save);

BROKEN_PLUGIN(.url = NULL);
