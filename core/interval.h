/* SPDX-License-Identifier: MIT */
/* interval.h - how sure a mean or a share is: intervals of 95 %. */
#ifndef MESA_CORE_INTERVAL_H
#define MESA_CORE_INTERVAL_H

#include "internal.h"

#include <mesa/vmath.h>

/* A share of k in n > 0, by Wilson's score. */
MESA_INTERNAL void mesa_wilson(size_t k, size_t n, double *low, double *high);

#endif
