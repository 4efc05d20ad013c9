/* SPDX-License-Identifier: MIT */
/* hunt.h - the search for the neighbours of some rows. */
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
    size_t        patience;   /* tiles to look into before a sweep         */
    float        *coarse;     /* x to screen tiles with                    */
    double        error;      /* of it and of them                         */
    double        limit_for;  /* cut that limit was made for               */
    float         limit;
    bool          screens;
};

/*
 * Queries that are made together: tiles come from memory once for all that
 * need them.  seen[t] has a bit for each query that has looked into tile t.
 */
struct mesa_batch {
    const struct mesa_neighbors *nb;
    size_t            n;
    struct mesa_hunt *hunt;
    uint64_t         *seen;
    double           *bound; /* FAN for each query                 */
    double           *order; /* these hold what the hunts need     */
    size_t           *row;
    float            *coarse;
};

enum { BATCH = 64 };

/* Room for at most n queries, n <= BATCH. */
mesa_status mesa_batch_init(struct mesa_batch *b,
                            const struct mesa_neighbors *nb, size_t n,
                            size_t k, bool votes, struct mesa_error *err);
void mesa_batch_free(struct mesa_batch *b);

/* The k nearest of each hunt's x; or all that votes depend on. */
void mesa_batch_run(struct mesa_batch *b);
void mesa_hunt_votes(const struct mesa_hunt *h, double *votes);

#endif
