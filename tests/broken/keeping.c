/* SPDX-License-Identifier: MIT */
/* keeping - an outer loop that keeps what nobody can start from. */
#include "outer.h"

FAULTY_METALEARNER(keeping, .start = NULL);
