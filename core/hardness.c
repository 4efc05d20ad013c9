/* SPDX-License-Identifier: MIT */
/*
 * hardness.c - majority rows drawn with a Gaussian over their errors.
 *
 * Cost: an exponential and a share of a sum for each row, and a search for each
 * row drawn.
 */
#include "internal.h"
#include "vmath_kernel.h"

#include <mesa/hardness.h>

#include <float.h>

/* Exponents that can be less are taken relative to the largest and end here:
 * all rows can be drawn, those beyond with the same, hardly positive weight. */
#define LEAST_EXPONENT (-700.0)

MESA_INLINE uint32_t
count_run(const int32_t *y, size_t n, int32_t label)
{
    uint32_t count = 0;

    for (size_t r = 0; r < n; r++)
        count += y[r] == label;
    return count;
}

/* How many labels are one label. */
MESA_CLONES static size_t
count_label(const int32_t *y, size_t n, int32_t label)
{
    size_t count = 0, r = 0;

    for (; r + MESA_LANES <= n; r += MESA_LANES)
        count += count_run(y + r, MESA_LANES, label);
    return count + count_run(y + r, n - r, label);
}

mesa_status
mesa_hardness_minority(const struct mesa_dataset *data, uint32_t *label,
                       size_t *rows, struct mesa_error *err)
{
    size_t ones = count_label(data->y, data->x.rows, 1);

    *label = ones <= data->x.rows - ones;
    *rows = MESA_MIN(ones, data->x.rows - ones);
    if (*rows < 2)
        return mesa_fail(err, MESA_EDATA,
                         "%zu of %zu rows are of the minority class, at least "
                         "2 are needed",
                         *rows, data->x.rows);
    return MESA_OK;
}

/* A Gaussian: of which rows, where it is, sqrt(1/2) / sigma, and its least
 * depth (a positive exponent) there. */
struct density {
    int32_t minority;
    double  mu, narrow, least;
};

/* How far the logarithm of the density falls at a distance from its centre. */
static inline double
depth(double distance, double narrow)
{
    double z = distance * narrow;

    return z * z;
}

/* e^x for LEAST_EXPONENT <= x <= 0, to 2^-50 of it down to -12 and to 2^-45 at
 * the other end: mesa_vexp goes to great lengths for the rest, and what is
 * drawn does not show it. */
MESA_INLINE double
near_exp(double x)
{
    double shifted = fma_(x, LOG2E, ROUNDER), k = shifted - ROUNDER;
    double r = fma_(-k, LN2, x);
    double e = 1.0 + fma_(fma_(exp_tail(r), r, 0.5), r * r, r);

    return of_bits(to_bits(e) + (to_bits(shifted) << 52));
}

/* The error of a majority row; both numbers are read, as gcc 12 does not
 * vectorise reading every other one. */
MESA_INLINE double
error_of(const double *proba, int32_t minority)
{
    return pick(minority, proba[1], proba[0]);
}

/* Bits of |error - mu|, for rows of the minority beyond those of any. */
MESA_INLINE int64_t
least_of_run(const int32_t *y, const double *proba, size_t n,
             int32_t minority, double mu, int64_t least)
{
    for (size_t r = 0; r < n; r++) {
        double distance = error_of(proba + 2 * r, minority) - mu;
        uint64_t never = 0 - (uint64_t)(y[r] == minority);
        int64_t bits = (int64_t)((to_bits(distance) | never) & INT64_MAX);

        least = bits < least ? bits : least;
    }
    return least;
}

/* The least |error - mu| of a majority row.  The bits of doubles without a
 * sign are in their order, and integers have a minimum in any order. */
MESA_CLONES static double
least_distance(const int32_t *y, const double *proba, size_t n,
               int32_t minority, double mu)
{
    int64_t least = INT64_MAX;
    size_t r = 0;

    for (; r + MESA_LANES <= n; r += MESA_LANES)
        least = least_of_run(y + r, proba + 2 * r, MESA_LANES, minority, mu,
                             least);
    least = least_of_run(y + r, proba + 2 * r, n - r, minority, mu, least);
    return of_bits((uint64_t)least);
}

/* Weights relative to the largest; rows of the minority have none. */
MESA_INLINE void
weigh_run(const struct density *d, const int32_t *restrict y,
          const double *restrict proba, size_t n, double *restrict out)
{
    const double mu = d->mu, narrow = d->narrow, least = d->least;
    const int32_t minority = d->minority;

    for (size_t r = 0; r < n; r++) {
        double error = error_of(proba + 2 * r, minority);
        double e = least - depth(error - mu, narrow);

        e = e > LEAST_EXPONENT ? e : LEAST_EXPONENT;
        out[r] = pick(y[r] == minority, 0, near_exp(e));
    }
}

MESA_CLONES static void
weigh(const struct density *d, const int32_t *y, const double *proba,
      size_t n, double *out)
{
    size_t r = 0;

    for (; r + MESA_LANES <= n; r += MESA_LANES)
        weigh_run(d, y + r, proba + 2 * r, MESA_LANES, out + r);
    weigh_run(d, y + r, proba + 2 * r, n - r, out + r);
}

/* Majority rows by weight; rows of the minority have none. */
static mesa_status
draw_by_error(const struct mesa_dataset *data, const double *proba,
              int32_t minority, const struct mesa_hardness *how, size_t n,
              size_t *pick, struct mesa_rng *rng, struct mesa_error *err)
{
    size_t rows = data->x.rows;
    double *weight = mesa_alloc_raw(rows, sizeof *weight);
    double narrow = MESA_MIN(0x1.6a09e667f3bcdp-1 / how->sigma, DBL_MAX);
    struct density d = { minority, how->mu, narrow, 0 };
    mesa_status st;

    if (!weight)
        return mesa_nomem(err, rows, "weights");
    /* Only where errors, which are shares, can be so far away from mu. */
    if (depth(1, narrow) > -LEAST_EXPONENT)
        d.least = depth(least_distance(data->y, proba, rows, minority,
                                       how->mu), narrow);
    weigh(&d, data->y, proba, rows, weight);
    st = mesa_rng_weighted(rng, rows, weight, n, pick, err);
    mesa_free(weight);
    return st;
}

/* Majority rows that are all equally likely. */
static mesa_status
draw_alike(const struct mesa_dataset *data, uint32_t minority, size_t n,
           size_t *pick, struct mesa_rng *rng, struct mesa_error *err)
{
    size_t *row = mesa_alloc_raw(data->x.rows, sizeof *row);
    size_t n_majority = 0;
    mesa_status st;

    if (!row)
        return mesa_nomem(err, data->x.rows, "majority rows");
    for (size_t r = 0; r < data->x.rows; r++)
        if ((uint32_t)data->y[r] != minority)
            row[n_majority++] = r;
    st = mesa_rng_choice(rng, n_majority, n, false, pick, err);
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        pick[i] = row[pick[i]];
    mesa_free(row);
    return st;
}

static mesa_status
count_drawn(const struct mesa_dataset *data, size_t n_minority,
            double train_ir, size_t *n, struct mesa_error *err)
{
    double wanted = (double)n_minority * train_ir;
    double there = (double)(data->x.rows - n_minority);

    if (wanted >= there + 1)
        return mesa_fail(err, MESA_EINVAL,
                         "train_ir is %g but there are %.1f majority rows per "
                         "minority row",
                         train_ir, there / (double)n_minority);
    *n = MESA_MAX((size_t)wanted, 1);
    return MESA_OK;
}

/* All minority rows; there are few, so that most blocks have none. */
static mesa_status
keep_minority(const struct mesa_dataset *data, int32_t minority,
              struct mesa_sample *out)
{
    mesa_status st = MESA_OK;

    for (size_t at = 0; at < data->x.rows; at += MESA_LANES) {
        size_t end = MESA_MIN(at + MESA_LANES, data->x.rows);

        if (count_label(data->y + at, end - at, minority) == 0)
            continue;
        for (size_t r = at; r < end && st == MESA_OK; r++)
            if (data->y[r] == minority)
                st = mesa_sample_keep(out, r);
    }
    return st;
}

static mesa_status
keep_rows(const size_t *pick, size_t n, const struct mesa_dataset *data,
          int32_t minority, struct mesa_sample *out, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = mesa_sample_keep(out, pick[i]);
    if (st == MESA_OK)
        st = keep_minority(data, minority, out);
    return st == MESA_OK ? st : mesa_nomem(err, n, "sampled rows");
}

mesa_status
mesa_hardness_resample(const struct mesa_dataset *data,
                       const struct mesa_feedback *feedback,
                       const struct mesa_hardness *how,
                       struct mesa_sample *out, struct mesa_rng *rng,
                       struct mesa_error *err)
{
    const double *proba = feedback ? feedback->proba : NULL;
    size_t n_minority, n = 0, *pick = NULL;
    uint32_t minority;
    mesa_status st = mesa_hardness_minority(data, &minority, &n_minority,
                                            err);

    if (st == MESA_OK)
        st = count_drawn(data, n_minority, how->train_ir, &n, err);
    if (st == MESA_OK) {
        pick = mesa_alloc_raw(n, sizeof *pick);
        if (!pick)
            st = mesa_nomem(err, n, "majority rows");
    }
    if (st == MESA_OK)
        st = proba ? draw_by_error(data, proba, (int32_t)minority, how, n,
                                   pick, rng, err)
                   : draw_alike(data, minority, n, pick, rng, err);
    if (st == MESA_OK)
        st = keep_rows(pick, n, data, (int32_t)minority, out, err);
    mesa_free(pick);
    return st;
}
