/* SPDX-License-Identifier: MIT */
/* wrong_magic - is it a plugin of ours at all? */
#include "broken.h"

BROKEN_SAMPLER(.begin = NULL);

BROKEN_PLUGIN(.magic = 0x12345678);
