/* SPDX-License-Identifier: MIT */
/* patient - an outer loop that does as it should. */
#include "outer.h"

FAULTY_METALEARNER(patient, .head.cite = NULL);
