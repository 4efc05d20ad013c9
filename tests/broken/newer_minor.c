/* SPDX-License-Identifier: MIT */
/* newer_minor - built for a later version of the interface. */
#include "broken.h"

BROKEN_SAMPLER(.begin = NULL);

BROKEN_PLUGIN(.abi_minor = MESA_ABI_MINOR + 1);
