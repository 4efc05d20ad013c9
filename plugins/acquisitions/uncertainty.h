/* SPDX-License-Identifier: MIT */
/* uncertainty.h - what acquisitions that look at one row's classes share. */
#ifndef MESA_ACQUISITIONS_UNCERTAINTY_H
#define MESA_ACQUISITIONS_UNCERTAINTY_H

#include <mesa/mesa.h>

/* The two largest of n >= 1 probabilities; of one, the other is 0. */
static inline void
top_two(const double *p, size_t n, double *first, double *second)
{
    double one = p[0], two = 0.0;

    for (size_t c = 1; c < n; c++) {
        double less = p[c] < one ? p[c] : one;

        one = p[c] > one ? p[c] : one;
        two = less > two ? less : two;
    }
    *first = one;
    *second = two;
}

#endif
