/* SPDX-License-Identifier: MIT */
/* toy_environment.h - what metalearners act in, known to nobody else. */
#ifndef MESA_CONFORM_TOY_ENVIRONMENT_H
#define MESA_CONFORM_TOY_ENVIRONMENT_H

#include "bench.h"

/* A cart on a rail, to be brought to some place, with all slots; and the same
 * with no more than an environment has to have. */
extern const struct mesa_environment_class toy_environment_class,
    toy_bare_class;

#endif
