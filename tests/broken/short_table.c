/* SPDX-License-Identifier: MIT */
/* short_table - a class table that ends within its head. */
#include "broken.h"

BROKEN_SAMPLER(.head.struct_size = 16);

BROKEN_PLUGIN(.url = NULL);
