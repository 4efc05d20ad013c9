/* SPDX-License-Identifier: MIT */
/* mesa/ranks.h - a matrix whose values are known by their ranks. */
#ifndef MESA_RANKS_H
#define MESA_RANKS_H

#include <mesa/data.h>

/*
 * For who asks the same rows again and again on which side of a threshold
 * they are, as the trees of ensembles do: how many values of the column are
 * at or below the threshold is looked up once, and the rows are compared by
 * ranks of 16 bits.
 *
 * Within a column, equal values have one rank, and ranks count from 1 on; that
 * of a missing value is 0.
 */
struct mesa_ranks;
struct mesa_instance;

/* Columns with more values have no ranks. */
#define MESA_RANKS_MAX ((size_t)65534)

/* So many may be read from any row on; beyond the last one they are 0. */
#define MESA_RANKS_AHEAD ((size_t)512)

MESA_BEGIN

/* The ranks of x, which need not live as long, or NULL if a column has too
 * many values.  Free with mesa_ranks_free; NULL is fine. */
MESA_API mesa_status mesa_ranks_new(const struct mesa_cmatrix *x,
                                    struct mesa_ranks **out,
                                    struct mesa_error *err);
MESA_API void mesa_ranks_free(struct mesa_ranks *ranks);

MESA_API size_t mesa_ranks_rows(const struct mesa_ranks *ranks);
MESA_API size_t mesa_ranks_cols(const struct mesa_ranks *ranks);

/* Those of a column, row by row. */
MESA_API const uint16_t *mesa_ranks_column(const struct mesa_ranks *ranks,
                                           size_t column);

/* The largest rank in column[i] whose value is at or below threshold[i], to
 * below[i] (0: there is none), for i < n.  Many at a time go faster. */
MESA_API void mesa_ranks_below(const struct mesa_ranks *ranks, size_t n,
                               const size_t *column, const double *threshold,
                               uint16_t *below);

/*
 * Add the probabilities of n rows from row first on to sum, by the slot
 * add_ranked of an estimator: MESA_ENOTSUP, and nothing is added, where there
 * is none or it cannot; beyond that as mesa_estimator_predict_proba.
 */
MESA_API mesa_status
mesa_estimator_add_ranked(const struct mesa_instance *estimator,
                          const struct mesa_ranks *x, size_t first, size_t n,
                          double *sum, struct mesa_error *err);

MESA_END

#endif
