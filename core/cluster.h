/* SPDX-License-Identifier: MIT */
/* cluster.h - k-means at work: what seeding and passes share. */
#ifndef MESA_CORE_CLUSTER_H
#define MESA_CORE_CLUSTER_H

#include "internal.h"

#include <mesa/cluster.h>

enum {
    KM_BLOCK = 1024, /* rows that are one piece of work         */
    KM_TILE = 8,     /* centres that are compared with together */
    KM_GAP = 8,      /* doubles, so that threads share no cache line */
    KM_LITTLE = 1 << 18 /* values that one thread is through with before
                           others have woken up */
};

struct km {
    size_t    n, cols, k;
    size_t    blocks; /* of rows */
    size_t    tiles;  /* of centres, the last one filled up with infinity */
    double   *x;      /* values less their column's mean, by column       */
    double   *mean;   /* of each column                                   */
    double   *center; /* k by cols */
    double   *turned; /* the same by tile, column, centre of the tile     */
    double   *sum;    /* cols by k */
    size_t   *count;  /* rows per cluster */
    double   *moved;  /* how far each centre moved last                   */
    double   *part;   /* one number per block and what it is about        */
    uint32_t *label;
    double   *apart;  /* squared, of each row from its centre             */
    double   *other;  /* no other centre is nearer to the row             */
    size_t    trials; /* candidates for each next centre at the start     */
    size_t   *trial;
    double   *best_center;
    uint32_t *best_label;
    double   *row;    /* a row and a gap per block                        */
};

/* Rows of a block. */
static inline size_t
km_rows(const struct km *m, size_t block)
{
    return MESA_MIN(m->n - block * KM_BLOCK, (size_t)KM_BLOCK);
}

/* The pieces of a loop over so many values in all. */
mesa_status mesa_km_for(size_t n, size_t values,
                        mesa_status (*body)(void *context, size_t i,
                                            struct mesa_error *err),
                        void *context, struct mesa_error *err);

/* The first centres, into m->center. */
mesa_status mesa_km_seed(struct km *m, struct mesa_rng *rng,
                         struct mesa_error *err);

#endif
