/* SPDX-License-Identifier: MIT */
/* hunt.h - the search for the neighbours of one row. */
#ifndef MESA_CORE_HUNT_H
#define MESA_CORE_HUNT_H

#include "neighbors/neighbors.h"

/*
 * The nearest so far, nearest first.  For neighbours: n rows, by (order,
 * row).  For votes: n distances, and how many rows of each class are at each:
 * count[slot[i] * n_classes + class], of which sum[i] in all; the last is the
 * cut, as fewer than k rows are closer.
 */
struct mesa_hunt {
    const struct mesa_neighbors *nb;
    size_t        k, n;
    double       *order;
    size_t       *row;
    size_t       *slot, *sum; /* NULL: no votes                            */
    size_t       *count;
    size_t        total;      /* rows counted                              */

    const double *x;          /* whose neighbours                          */
    size_t        self;       /* and which row it is itself, or SIZE_MAX   */
    double        cut;        /* what is farther away does not matter      */
    double        other;      /* nearest row not of the largest class      */
};

mesa_status mesa_hunt_init(struct mesa_hunt *h,
                           const struct mesa_neighbors *nb, size_t k,
                           bool votes, struct mesa_error *err);
void mesa_hunt_free(struct mesa_hunt *h);

/* The k nearest of x; or all that votes depend on. */
void mesa_hunt_run(struct mesa_hunt *h, const double *x, size_t self);
void mesa_hunt_votes(const struct mesa_hunt *h, double *votes);

#endif
