/* SPDX-License-Identifier: MIT */
/* interval.h - how sure a mean or a share is: intervals of 95 %. */
#ifndef MESA_CORE_INTERVAL_H
#define MESA_CORE_INTERVAL_H

#include "internal.h"

/* The quantile 0.975 of Student's t. */
MESA_INTERNAL double mesa_student_975(size_t degrees);

/* A share of k in n > 0, by Wilson's score. */
MESA_INTERNAL void mesa_wilson(size_t k, size_t n, double *low, double *high);

#endif
