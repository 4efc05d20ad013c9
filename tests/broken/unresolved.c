/* SPDX-License-Identifier: MIT */
/* unresolved - calls a function that nobody has. */
#include "broken.h"

mesa_status mesa_no_such_function(void *self, struct mesa_error *err);

BROKEN_SAMPLER(.head.init = mesa_no_such_function);

BROKEN_PLUGIN(.url = NULL);
