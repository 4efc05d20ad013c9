/* SPDX-License-Identifier: MIT */
/* uncertainty.h - what acquisitions that look at one row's classes share. */
#ifndef MESA_ACQUISITIONS_UNCERTAINTY_H
#define MESA_ACQUISITIONS_UNCERTAINTY_H

#include <mesa/mesa.h>

#include <float.h>

/* A utility that is 0 but for rounding; what is no number stays none. */
static inline double
not_negative(double utility)
{
    return utility < 0 ? 0.0 : utility;
}

/* The two largest of n >= 1 probabilities; of one, the other is 0. */
static inline void
top_two(const double *p, size_t n, double *first, double *second)
{
    double one = p[0], two = 0.0;

    for (size_t c = 1; c < n; c++) {
        double less = p[c] < one ? p[c] : one;

        one = p[c] > one ? p[c] : one;
        two = less > two ? less : two;
    }
    *first = one;
    *second = two;
}

/* The slot score: 1 - (p1 - p2). */
static inline mesa_status
gap_score(const void *self, const struct mesa_pool *pool, double *utility,
          struct mesa_rng *rng, struct mesa_error *err)
{
    const size_t k = pool->n_classes;

    (void)self;
    (void)rng;
    (void)err;
    for (size_t i = 0; i < pool->n; i++) {
        double first, second;

        top_two(pool->proba + i * k, k, &first, &second);
        utility[i] = not_negative(1.0 - (first - second));
    }
    return MESA_OK;
}

static inline size_t
at_most(size_t n, size_t most)
{
    return n < most ? n : most;
}

/* Sums of k values for each row, in order, where values come in pieces that
 * need not end with a row. */
struct row_sums {
    size_t  k, column;
    double  sum;
    double *out; /* of the row that is not complete yet */
};

/* Without a branch for each value, so that rows overlap in the processor. */
static inline void
add_to_rows(struct row_sums *rows, const double *value, size_t n)
{
    while (n > 0) {
        const size_t m = at_most(n, rows->k - rows->column);
        double sum = rows->sum;

        for (size_t i = 0; i < m; i++)
            sum += value[i];
        rows->sum = sum;
        rows->column += m;
        value += m;
        n -= m;
        if (rows->column < rows->k)
            return;
        *rows->out++ = not_negative(sum);
        rows->sum = 0.0;
        rows->column = 0;
    }
}

/* How many values are looked at at a time: they stay in the first cache. */
enum { PIECE = 1024 };

/* Logarithms for sums of p log p where 0 log 0 = 0: what is added to have a
 * finite one of 0 changes no p from 1e-291. */
static inline void
log_of_proba(const double *p, double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = p[i] + DBL_MIN;
    mesa_vlog(out, out, n);
}

#endif
