/* SPDX-License-Identifier: MIT */
/* promising - tells of targets and gives classes. */
#include "source.h"

static bool
promising_has_targets(const void *self)
{
    (void)self;
    return true;
}

FAULTY_SOURCE(promising, .has_targets = promising_has_targets);
