/* SPDX-License-Identifier: MIT */
/* misnamed - a class of another name than its file. */
#include "broken.h"

BROKEN_SAMPLER(.head.name = "another");

BROKEN_PLUGIN(.name = "misnamed");
