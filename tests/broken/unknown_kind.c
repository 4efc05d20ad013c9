/* SPDX-License-Identifier: MIT */
/* unknown_kind - a kind from the future. */
#include "broken.h"

BROKEN_SAMPLER(.head.kind = 99);

BROKEN_PLUGIN(.url = NULL);
