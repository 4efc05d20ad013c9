/* SPDX-License-Identifier: MIT */
/* mesa/cluster.h - k-means: the same clusters for any threads. */
#ifndef MESA_CLUSTER_H
#define MESA_CLUSTER_H

#include <mesa/data.h>
#include <mesa/random.h>

/* What is wanted: names and meaning are scikit-learn's. */
struct mesa_kmeans_options {
    uint32_t struct_size;
    size_t   n_clusters; /* 1 ... rows                                     */
    size_t   n_init;     /* starts, of which the best counts; 0 means 1    */
    size_t   max_iter;   /* passes over the rows per start; 0 means 300    */
    double   tol;        /* centres that move less, by the mean variance
                            of a column, end a start                       */
};

/* What was found. */
struct mesa_kmeans {
    uint32_t  struct_size;
    size_t    n_clusters, cols;
    double   *center;  /* n_clusters by cols                               */
    uint32_t *label;   /* of each row, the nearest centre; the lower of two
                          that are equally near                            */
    double    inertia; /* squared distances of rows to their centres, added */
    size_t    n_iter;  /* passes of the best start                         */
};

MESA_BEGIN

/*
 * Clusters of the rows of x, finite values only: starts by greedy k-means++,
 * then Lloyd's passes.  Streams are derived from rng, start by start.
 * Parallel.  MESA_EINVAL if there are more clusters than rows, or none.
 * Warns, once, where so many different rows are not there.
 * mesa_kmeans_free frees what was found, and is fine with zeros.
 */
MESA_API mesa_status mesa_kmeans_fit(const struct mesa_cmatrix *x,
                                     const struct mesa_kmeans_options *options,
                                     const struct mesa_rng *rng,
                                     struct mesa_kmeans *out,
                                     struct mesa_error *err);
MESA_API void mesa_kmeans_free(struct mesa_kmeans *found);

MESA_END

#endif
