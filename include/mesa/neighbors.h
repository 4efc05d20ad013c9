/* SPDX-License-Identifier: MIT */
/*
 * mesa/neighbors.h - the nearest rows, exactly, the same for any threads.
 *
 * Rows at equal distances come in order of row.  A row is no neighbour of
 * itself, by number: its duplicates are.
 */
#ifndef MESA_NEIGHBORS_H
#define MESA_NEIGHBORS_H

#include <mesa/data.h>

enum mesa_distance {
    MESA_EUCLIDEAN,
    MESA_MANHATTAN,
    MESA_HEOM, /* Euclidean over columns: |a - b| / range of a numeric one,
                  0 or 1 of a categorical one, 1 where a value is missing
                  (Wilson and Martinez 1997, JAIR 6)                       */
    MESA_VDM   /* sum of squares over columns: of a categorical one the
                  differences of the class shares of both values, added up;
                  |a - b| / 4 standard deviations of a numeric one (same)  */
};

struct mesa_neighbors; /* rows, made ready to search; immutable */

/* What rows to find the neighbours of, and how many each. */
struct mesa_query {
    uint32_t                   struct_size;
    const struct mesa_cmatrix *x;    /* NULL: the searched rows themselves */
    const size_t              *self; /* x: row i of x is searched row self[i]
                                        and no neighbour of it; NULL: none is
                                        left out                           */
    size_t                     k;
};

MESA_BEGIN

/*
 * Rows to search; data is borrowed.  data->y matters for MESA_VDM and
 * mesa_neighbors_votes only.  MESA_EDATA where values are missing, unless the
 * distance is MESA_HEOM, or too far apart for MESA_HEOM or MESA_VDM to tell.
 */
MESA_API mesa_status mesa_neighbors_new(const struct mesa_dataset *data,
                                        enum mesa_distance distance,
                                        struct mesa_neighbors **out,
                                        struct mesa_error *err);
MESA_API void mesa_neighbors_free(struct mesa_neighbors *neighbors);

/*
 * The k nearest of each row into index[i * k + j], nearest first, and how far
 * they are into distance (NULL: not wanted).  Parallel.  MESA_EINVAL if there
 * are not k rows besides the row itself, MESA_ESHAPE for another number of
 * columns, MESA_EDATA where values are missing, unless the distance is
 * MESA_HEOM.
 */
MESA_API mesa_status mesa_neighbors_find(const struct mesa_neighbors *nb,
                                         const struct mesa_query *query,
                                         size_t *index, double *distance,
                                         struct mesa_error *err);

/*
 * How many of the k nearest are of class c, into votes[i * n_classes + c].
 * Rows as far away as the k-th share the places that closer ones leave, in
 * proportion: what a random choice among them gives on average.  Whole
 * numbers where nothing is tied at the cut; no order of rows matters.
 */
MESA_API mesa_status mesa_neighbors_votes(const struct mesa_neighbors *nb,
                                          const struct mesa_query *query,
                                          double *votes,
                                          struct mesa_error *err);

/*
 * How many neighbours to look for among the n rows of a class, one of them
 * the row itself, when a parameter called key says wanted: wanted itself, or
 * for 0 (auto) min(usual, n - 1), with a warning when that is not usual.
 * MESA_EINVAL if wanted is too many, MESA_EDATA if the class has one row.
 */
MESA_API mesa_status mesa_neighbors_k(const char *key, int64_t wanted,
                                      size_t usual,
                                      const struct mesa_dataset *data,
                                      uint32_t class_, size_t n, size_t *k,
                                      struct mesa_error *err);

MESA_END

#endif
