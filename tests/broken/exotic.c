/* SPDX-License-Identifier: MIT */
/* exotic - needs a part of a pool that nobody has heard of. */
#include "picker.h"

static uint32_t
exotic_needs(const void *self)
{
    (void)self;
    return 1 << 7;
}

FAULTY_ACQUISITION(exotic, .needs = exotic_needs);
