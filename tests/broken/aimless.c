/* SPDX-License-Identifier: MIT */
/* aimless - measures the distance to goals that it does not have. */
#include "cart.h"

FAULTY_ENVIRONMENT(aimless, .goal = NULL, .cost = NULL, .build_cost = NULL);
