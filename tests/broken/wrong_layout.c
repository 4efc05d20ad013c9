/* SPDX-License-Identifier: MIT */
/* wrong_layout - compiled with flags that change shared structs. */
#include "broken.h"

BROKEN_SAMPLER(.begin = NULL);

BROKEN_PLUGIN(.layout = MESA_LAYOUT ^ 1);
