/* SPDX-License-Identifier: MIT */
/* hist.h - what hist.c and hist_small.c share. */
#ifndef MESA_TREE_HIST_H
#define MESA_TREE_HIST_H

#include "tree.h"

/* Rows, and weights of classes, by bin.  Without weights class 0 is what the
 * others leave of the rows. */
struct tree_histogram {
    uint32_t *rows;   /* d by TREE_BINS                   */
    uint32_t *ones;   /* k - 1 by d by TREE_BINS, or NULL */
    double   *weight; /* k by d by TREE_BINS, or NULL     */
};

/* A node left for the exact search, and what became of it. */
struct tree_later {
    size_t            node;
    struct tree_model model;
};

struct tree_hist {
    const struct tree_problem *p;
    struct tree_bins           bins;
    unsigned                   shift;
    uint32_t                  *row;   /* row << shift | class, by node */
    uint32_t                  *spare;
    struct tree_histogram     *slot;  /* in use or not                 */
    int32_t                   *unused;
    size_t                     n_slots, n_unused;
    size_t                     small; /* up to this many rows: later   */
    struct tree_later         *later;
    size_t                     n_later, later_capacity;
};

/* hist_small.c */
mesa_status tree_hist_later(struct tree_hist *h, size_t node,
                            struct mesa_error *err);
mesa_status tree_hist_finish(struct tree_hist *h, struct tree_grow *g,
                             struct mesa_error *err);

#endif
