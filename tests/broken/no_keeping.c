/* SPDX-License-Identifier: MIT */
/* no_keeping - a loss that learns but cannot be saved. */
#include "critic.h"

FAULTY_CRITIC(no_keeping, .head.save = NULL, .head.load = NULL);
