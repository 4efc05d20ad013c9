/* SPDX-License-Identifier: MIT */
/* silent - an outer loop that does not say why it cannot start. */
#include "outer.h"

static mesa_status
silent_begin(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    struct outer *o = self;
    mesa_status st = outer_begin(self, host, err);

    return st == MESA_OK || !o->from ? st : mesa_fail(err, st, "%s", "");
}

FAULTY_METALEARNER(silent, .begin = silent_begin);
