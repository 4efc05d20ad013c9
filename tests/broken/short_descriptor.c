/* SPDX-License-Identifier: MIT */
/* short_descriptor - a descriptor that ends too early. */
#include "broken.h"

BROKEN_SAMPLER(.begin = NULL);

BROKEN_PLUGIN(.struct_size = 8);
