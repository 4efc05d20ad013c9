/* SPDX-License-Identifier: MIT */
/*
 * neighbors.h - rows in tiles, tiles in boxes, and how both are compared.
 *
 * Bounds need no margin for rounding.  A distance is a sum over the columns
 * in their order; the bound of a box is the same sum over the gaps between
 * the row and the box.  Rounding never changes the order of two numbers, so a
 * gap is at most the difference to any row in the box, as computed, and so is
 * each partial sum: a bound never exceeds a distance that it stands for, not
 * even in the last bit.
 */
#ifndef MESA_CORE_NEIGHBORS_H
#define MESA_CORE_NEIGHBORS_H

#include "internal.h"

#include <mesa/neighbors.h>

enum {
    TILE = 32,   /* rows that are compared at a time                     */
    FAN = 8,     /* boxes inside a box                                   */
    LEVELS = 12, /* of boxes: enough for 2^32 rows                       */
    PARTS = 2    /* the rows of the largest class, and all others        */
};

/*
 * Distinct rows of one part, those near each other together.  Tile t holds
 * distinct rows t * TILE and on, column by column: tile[(t * cols + j) * TILE
 * + i].  Node n of level 0 is tile n; of level l, nodes n * FAN and on of the
 * level below.  box[l] has their least and most values, FAN nodes at a time:
 * ((n / FAN * cols + j) * 2 + (0 or 1)) * FAN + n % FAN.
 */
struct mesa_tiles {
    size_t    n;             /* distinct rows                             */
    double   *tile;
    float    *coarse;        /* the same, less the center, or NULL        */
    uint32_t *first;         /* n + 1: where the rows equal to each begin */
    uint32_t *row;           /* and which they are, ascending             */
    size_t    nodes[LEVELS];
    double   *box[LEVELS];
    int       top;           /* level that has one node                   */
};

struct mesa_neighbors {
    const struct mesa_dataset *data;
    enum mesa_distance         distance;
    double                    *scale; /* per column: range, 4 deviations  */
    double                    *share; /* MESA_VDM: of each class, by value */
    size_t                    *first; /* of a column's values in share    */
    bool                      *loose; /* per column: boxes say nothing    */
    double                    *center, *reach; /* of each column, or NULL */
    struct mesa_tiles           part[PARTS];
};

/* compare.c */

/* What distances need to know of the data: scale, share, first, loose. */
mesa_status mesa_compare_init(struct mesa_neighbors *nb,
                              struct mesa_error *err);

/* What TILE rows are ordered by, into order, and true; or false, and
 * order is undefined, if none of them is within cut. */
bool mesa_compare_tile(const struct mesa_neighbors *nb, const double *x,
                       const double *tile, double cut, double *order);

/* What rows in each of FAN boxes are at least ordered by. */
void mesa_compare_boxes(const struct mesa_neighbors *nb, const double *x,
                        const double *box, double *bound);

/* screen.c: nothing to do without nb->center, where it does not pay. */
mesa_status mesa_screen_init(struct mesa_neighbors *nb,
                             struct mesa_error *err);
void mesa_screen_fill(const struct mesa_neighbors *nb, const double *tile,
                      float *out);

/* A row to compare to others, and how far off it and they may be; false if
 * it cannot be compared so. */
bool mesa_screen_row(const struct mesa_neighbors *nb, const double *x,
                     float *out, double *error);

/* What mesa_screen_tile's sums can come to for rows within cut. */
float mesa_screen_limit(const struct mesa_neighbors *nb, double cut,
                        double error);

/* False: no row of the tile is within the limit, so none within the cut. */
bool mesa_screen_tile(const float *x, size_t cols, const float *tile,
                      float limit);

/* build.c */

/* The rows of the class that most rows are of (which = 0), or all others;
 * without counts of classes all, and none. */
mesa_status mesa_tiles_init(struct mesa_neighbors *nb, const size_t *count,
                           size_t which, struct mesa_error *err);
void mesa_tiles_free(struct mesa_tiles *part);

#endif
