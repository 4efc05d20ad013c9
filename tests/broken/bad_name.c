/* SPDX-License-Identifier: MIT */
/* bad_name - a class whose name cannot stand in an INI. */
#include "broken.h"

BROKEN_SAMPLER(.head.name = "Not A Name");

BROKEN_PLUGIN(.url = NULL);
