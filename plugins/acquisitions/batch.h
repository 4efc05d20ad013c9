/* SPDX-License-Identifier: MIT */
/* batch.h - what acquisitions share that look at distances between rows. */
#ifndef MESA_ACQUISITIONS_BATCH_H
#define MESA_ACQUISITIONS_BATCH_H

#include <mesa/mesa.h>

/* Rows of a piece of work, however many threads there are. */
#define BATCH_CHUNK ((size_t)256)
#define BATCH_CHUNKS(n) (((n) + BATCH_CHUNK - 1) / BATCH_CHUNK)

/* Chosen already: no distance is. */
#define BATCH_CHOSEN (-1.0)

/* The end of chunk i of n rows. */
static inline size_t
batch_end(size_t i, size_t n)
{
    return n - i * BATCH_CHUNK < BATCH_CHUNK ? n : (i + 1) * BATCH_CHUNK;
}

/* Where distances are taken: in the last hidden layer, if there is one. */
static inline const struct mesa_cmatrix *
batch_points(const struct mesa_pool *pool)
{
    return pool->embedding.rows == pool->n ? &pool->embedding : &pool->x;
}

static inline const struct mesa_cmatrix *
batch_labelled(const struct mesa_pool *pool)
{
    return pool->embedding.rows == pool->n ? &pool->labelled_embedding
                                           : &pool->labelled;
}

/* Eight partial sums, which compilers may keep in vectors, added in pairs. */
static inline double
batch_distance2(const double *a, const double *b, size_t n)
{
    double s[8] = { 0 };
    size_t j = 0;

    for (; j + 8 <= n; j += 8)
        for (size_t l = 0; l < 8; l++)
            s[l] += (a[j + l] - b[j + l]) * (a[j + l] - b[j + l]);
    for (size_t l = 0; j < n; j++, l++)
        s[l] += (a[j] - b[j]) * (a[j] - b[j]);
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

#endif
