/* SPDX-License-Identifier: MIT */
/* stubborn - an outer loop that does not look at where it starts. */
#include "outer.h"

static mesa_status
stubborn_start(void *self, const struct mesa_archive *from,
               struct mesa_error *err)
{
    (void)self, (void)from, (void)err;
    return MESA_OK;
}

FAULTY_METALEARNER(stubborn, .start = stubborn_start);
