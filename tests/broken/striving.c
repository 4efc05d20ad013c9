/* SPDX-License-Identifier: MIT */
/* striving - acts, and does as it should. */
#include "actor.h"

FAULTY_ACTOR(striving, .head.cite = NULL);
