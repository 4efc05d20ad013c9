/* SPDX-License-Identifier: MIT */
/* wrong_major - built for another generation of the interface. */
#include "broken.h"

BROKEN_SAMPLER(.begin = NULL);

BROKEN_PLUGIN(.abi_major = MESA_ABI_MAJOR + 1);
