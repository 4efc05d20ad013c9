/* SPDX-License-Identifier: MIT */
/* null_slot - a sampler that cannot sample. */
#include "broken.h"

BROKEN_SAMPLER(.resample = NULL);

BROKEN_PLUGIN(.url = NULL);
