/* SPDX-License-Identifier: MIT */
/* idle - learns, and says that it has learnt from no row. */
#include "learner.h"

static uint64_t
idle_rows(const void *self)
{
    (void)self;
    return 0;
}

FAULTY_LEARNER(idle, .rows = idle_rows);
