/* SPDX-License-Identifier: MIT */
/* no_learnt - a loss that learns but does not say what. */
#include "critic.h"

FAULTY_CRITIC(no_learnt, .learnt = NULL);
