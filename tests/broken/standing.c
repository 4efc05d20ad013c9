/* SPDX-License-Identifier: MIT */
/* standing - an environment in which nothing can be done. */
#include "cart.h"

FAULTY_ENVIRONMENT(standing, .step = NULL);
