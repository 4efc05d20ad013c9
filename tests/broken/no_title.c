/* SPDX-License-Identifier: MIT */
/* no_title - a class nobody can tell from others. */
#include "broken.h"

BROKEN_SAMPLER(.head.title = NULL);

BROKEN_PLUGIN(.url = NULL);
