/* SPDX-License-Identifier: MIT */
/* faultless - what the other faulty learners were before. */
#include "learner.h"

FAULTY_LEARNER(faultless, .head.flags = MESA_CLASS_DETERMINISTIC);
