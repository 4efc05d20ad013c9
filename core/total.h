/* SPDX-License-Identifier: MIT */
/*
 * total.h - a running sum that carries its rounding error along.
 *
 * For sums that are made in the order of rows anyway: as exact as twice the
 * precision (Ogita, Rump and Oishi, SIAM J. Sci. Comput. 2005, sum2), six
 * additions a term, no memory.
 */
#ifndef MESA_CORE_TOTAL_H
#define MESA_CORE_TOTAL_H

/* All zero is an empty sum. */
struct mesa_total {
    double sum, error;
};

static inline void
mesa_total_add(struct mesa_total *t, double term)
{
    double sum = t->sum + term;
    double part = sum - t->sum;

    t->error += (t->sum - (sum - part)) + (term - part);
    t->sum = sum;
}

static inline double
mesa_total_value(const struct mesa_total *t)
{
    return t->sum + t->error;
}

#endif
