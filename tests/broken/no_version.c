/* SPDX-License-Identifier: MIT */
/* no_version - a descriptor without a version. */
#include "broken.h"

BROKEN_SAMPLER(.begin = NULL);

BROKEN_PLUGIN(.version = NULL);
