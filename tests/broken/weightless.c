/* SPDX-License-Identifier: MIT */
/* weightless - says that it honours weights, and does not. */
#include "learner.h"

FAULTY_LEARNER(weightless, .head.flags = MESA_CLASS_WEIGHTS);
