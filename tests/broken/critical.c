/* SPDX-License-Identifier: MIT */
/* critical - a loss that is learnt and keeps its promises. */
#include "critic.h"

FAULTY_CRITIC(critical, .head.flags = 0);
