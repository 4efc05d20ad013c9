/* SPDX-License-Identifier: MIT */
/*
 * hardness.c - majority rows drawn with a Gaussian over their errors.
 *
 * Cost: an exponential and a share of a sum for each row, and a search for each
 * row drawn.
 */
#include "internal.h"

#include <mesa/hardness.h>

#include <math.h>

/* Exponents are taken relative to the largest and end here: all rows can be
 * drawn, those beyond with the same, hardly positive weight. */
#define LEAST_EXPONENT (-700.0)

/* How many labels are 1: a sum of integers, in any order. */
MESA_CLONES static size_t
count_ones(const int32_t *y, size_t n)
{
    size_t ones = 0;

    for (size_t r = 0; r < n; r++)
        ones += y[r] == 1;
    return ones;
}

mesa_status
mesa_hardness_minority(const struct mesa_dataset *data, uint32_t *label,
                       size_t *rows, struct mesa_error *err)
{
    size_t ones = count_ones(data->y, data->x.rows);

    *label = ones <= data->x.rows - ones;
    *rows = MESA_MIN(ones, data->x.rows - ones);
    if (*rows < 2)
        return mesa_fail(err, MESA_EDATA,
                         "%zu of %zu rows are of the minority class, at least "
                         "2 are needed",
                         *rows, data->x.rows);
    return MESA_OK;
}

/* Exponents of the density at each row's error, whatever its class. */
MESA_CLONES static void
exponents(const double *error, size_t n, double mu, double sigma, double *out)
{
    for (size_t r = 0; r < n; r++) {
        double z = (error[2 * r] - mu) / sigma;

        out[r] = -0.5 * z * z;
    }
}

MESA_CLONES static void
relative_to(double top, double *exponent, size_t n)
{
    for (size_t r = 0; r < n; r++) {
        double e = exponent[r] - top;

        exponent[r] = e > LEAST_EXPONENT ? e : LEAST_EXPONENT;
    }
}

/* Majority rows by weight; rows of the minority have none. */
static mesa_status
draw_by_error(const struct mesa_dataset *data, const double *proba,
              uint32_t minority, const struct mesa_hardness *how, size_t n,
              size_t *pick, struct mesa_rng *rng, struct mesa_error *err)
{
    size_t rows = data->x.rows;
    double *weight = mesa_alloc_raw(rows, sizeof *weight), top = -INFINITY;
    mesa_status st;

    if (!weight)
        return mesa_nomem(err, rows, "weights");
    exponents(proba + minority, rows, how->mu, how->sigma, weight);
    for (size_t r = 0; r < rows; r++)
        if ((uint32_t)data->y[r] != minority)
            top = MESA_MAX(top, weight[r]);
    relative_to(top, weight, rows);
    mesa_vexp(weight, weight, rows);
    for (size_t r = 0; r < rows; r++)
        if ((uint32_t)data->y[r] == minority)
            weight[r] = 0;
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

static mesa_status
keep_rows(const size_t *pick, size_t n, const struct mesa_dataset *data,
          uint32_t minority, struct mesa_sample *out, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = mesa_sample_keep(out, pick[i]);
    for (size_t r = 0; r < data->x.rows && st == MESA_OK; r++)
        if ((uint32_t)data->y[r] == minority)
            st = mesa_sample_keep(out, r);
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
        st = proba ? draw_by_error(data, proba, minority, how, n, pick, rng,
                                   err)
                   : draw_alike(data, minority, n, pick, rng, err);
    if (st == MESA_OK)
        st = keep_rows(pick, n, data, minority, out, err);
    mesa_free(pick);
    return st;
}
