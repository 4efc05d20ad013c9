/* SPDX-License-Identifier: MIT */
/* nominal.h - what over-samplers for categories share: near rows of a class
 * under a distance of their own, and the most frequent value of some rows. */
#ifndef MESA_SAMPLERS_NOMINAL_H
#define MESA_SAMPLERS_NOMINAL_H

#include "over.h"

/*
 * The k rows of the class nearest to each of its rows, by (distance, row);
 * a row is not its own.  Every pair is looked at, in parallel.  distance is
 * called with the numbers of two rows.  Free ends->toward, even after failure.
 */
mesa_status nominal_find(struct over *o, size_t k,
                         double (*distance)(const void *context,
                                            size_t a, size_t b),
                         const void *context, struct over_ends *ends);

/* Order of two doubles, for qsort and bsearch. */
int nominal_compare(const void *a, const void *b);

/* Those of the n values that are most frequent, each once, to the front of
 * value, ascending; how many there are. */
size_t nominal_modes(double *value, size_t n);

#endif
