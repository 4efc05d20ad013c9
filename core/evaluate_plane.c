/* SPDX-License-Identifier: MIT */
/*
 * evaluate_plane.c - the two directions in which standardised columns vary
 * most, by power iteration on their correlations (Golub and Van Loan 2013,
 * 8.2.1), the second after the first has been taken away.  Sums run in the
 * order of rows and columns.
 */
#include "evaluate_plane.h"

#include <math.h>
#include <string.h>

enum { MOST_ROUNDS = 1000 };

/* Of the variance; what is below is left by rounding. */
#define LEAST_SHARE 1e-9

/* The power of two above all values of a column: what is divided by it has no
 * square too large for a double, and loses no digit. */
static int
exponent_of(const struct mesa_cmatrix *x, size_t j)
{
    double largest = 0.0;
    int exponent;

    for (size_t r = 0; r < x->rows; r++)
        if (!isnan(mesa_row(x, r)[j]))
            largest = fmax(largest, fabs(mesa_row(x, r)[j]));
    if (!isfinite(largest))
        return 0;
    frexp(largest, &exponent);
    return exponent;
}

/* Mean and standard deviation of what is not missing; 1 if that is 0. */
static void
standardise(struct mesa_plane *p, const struct mesa_cmatrix *x)
{
    for (size_t j = 0; j < p->cols; j++) {
        const int exponent = exponent_of(x, j);
        double sum = 0.0, square = 0.0, n = 0.0, mean;

        for (size_t r = 0; r < x->rows; r++)
            if (!isnan(mesa_row(x, r)[j])) {
                sum += ldexp(mesa_row(x, r)[j], -exponent);
                n += 1.0;
            }
        mean = n > 0 ? sum / n : 0.0;
        for (size_t r = 0; r < x->rows; r++)
            if (!isnan(mesa_row(x, r)[j])) {
                const double off = ldexp(mesa_row(x, r)[j], -exponent) - mean;

                square += off * off;
            }
        p->mean[j] = ldexp(mean, exponent);
        p->scale[j] = n > 0 && square > 0 ? ldexp(sqrt(square / n), exponent)
                                          : 1.0;
    }
}

/* Halves, as the difference of two large values is not always a number. */
static double
standard(const struct mesa_plane *p, const double *x, size_t j)
{
    return isnan(x[j]) ? 0.0
                       : (0.5 * x[j] - 0.5 * p->mean[j]) / (0.5 * p->scale[j]);
}

/* Products of all pairs of columns, summed over rows. */
static void
correlate(const struct mesa_plane *p, const struct mesa_cmatrix *x,
          double *matrix, double *row)
{
    const size_t d = p->cols;

    memset(matrix, 0, d * d * sizeof *matrix);
    for (size_t r = 0; r < x->rows; r++) {
        for (size_t j = 0; j < d; j++)
            row[j] = standard(p, mesa_row(x, r), j);
        for (size_t j = 0; j < d; j++)
            for (size_t k = 0; k < d; k++)
                matrix[j * d + k] += row[j] * row[k];
    }
}

/* To length 1; what it was.  A vector of nothing stays. */
static double
normalise(double *v, size_t d)
{
    double square = 0.0, length;

    for (size_t j = 0; j < d; j++)
        square += v[j] * v[j];
    length = sqrt(square);
    for (size_t j = 0; j < d && length > 0; j++)
        v[j] /= length;
    return length;
}

static double
multiply(const double *matrix, const double *v, double *out, size_t d)
{
    for (size_t j = 0; j < d; j++) {
        out[j] = 0.0;
        for (size_t k = 0; k < d; k++)
            out[j] += matrix[j * d + k] * v[k];
    }
    return normalise(out, d);
}

/* The direction in v, its variance; the matrix without it. */
static double
take_component(double *matrix, double *v, double *spare, size_t d)
{
    double variance = 0.0;
    size_t largest = 0;

    for (size_t j = 0; j < d; j++)
        v[j] = 1.0 / (double)(j + 1);
    normalise(v, d);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        double change = 0.0;

        variance = multiply(matrix, v, spare, d);
        if (!(variance > 0))
            return 0.0;
        for (size_t j = 0; j < d; j++)
            change = fmax(change, fabs(spare[j] - v[j]));
        memcpy(v, spare, d * sizeof *v);
        if (change < 1e-12)
            break;
    }
    for (size_t j = 1; j < d; j++)
        if (fabs(v[j]) > fabs(v[largest]))
            largest = j;
    for (size_t j = 0; j < d && v[largest] < 0; j++)
        spare[j] = -v[j];
    if (v[largest] < 0)
        memcpy(v, spare, d * sizeof *v);
    for (size_t j = 0; j < d; j++)
        for (size_t k = 0; k < d; k++)
            matrix[j * d + k] -= variance * v[j] * v[k];
    return variance;
}

static mesa_status
find_components(struct mesa_plane *p, const struct mesa_cmatrix *x,
                struct mesa_error *err)
{
    const size_t d = p->cols;
    double *matrix = mesa_alloc_raw(d, d * sizeof *matrix), total = 0.0;
    double *spare = mesa_alloc_raw(d, sizeof *spare);
    mesa_status st = MESA_OK;

    if (matrix && spare) {
        correlate(p, x, matrix, spare);
        for (size_t j = 0; j < d; j++)
            total += matrix[j * d + j];
        for (int i = 0; i < 2; i++)
            p->share[i] = total > 0 ? take_component(matrix, p->axis[i],
                                                     spare, d) / total : 0.0;
    } else {
        st = mesa_nomem(err, d, "correlations");
    }
    mesa_free(matrix);
    mesa_free(spare);
    return st;
}

mesa_status
mesa_plane_init(struct mesa_plane *p, const struct mesa_cmatrix *x,
                struct mesa_error *err)
{
    const size_t d = x->cols;

    *p = (struct mesa_plane){ .cols = d, .direct = d == 2 };
    p->block_ = mesa_alloc_array(d, 4 * sizeof *p->block_);
    if (!p->block_)
        return mesa_nomem(err, d, "directions");
    p->mean = p->block_;
    p->scale = p->mean + d;
    p->axis[0] = p->scale + d;
    p->axis[1] = p->axis[0] + d;
    standardise(p, x);
    if (!p->direct)
        return find_components(p, x, err);
    for (size_t i = 0; i < 2; i++)
        p->axis[i][i] = 1.0;
    return MESA_OK;
}

bool
mesa_plane_is_sound(const struct mesa_plane *p)
{
    bool sound = true;

    for (size_t j = 0; j < p->cols; j++)
        sound &= isfinite(p->mean[j]) && isfinite(p->scale[j]) &&
                 isfinite(p->axis[0][j]) && isfinite(p->axis[1][j]);
    for (int i = 0; i < 2 && !p->direct; i++)
        sound &= isfinite(p->share[i]) && p->share[i] > LEAST_SHARE;
    return sound;
}

void
mesa_plane_free(struct mesa_plane *p)
{
    mesa_free(p->block_);
}

void
mesa_plane_place(const struct mesa_plane *p, const double *x, double place[2])
{
    for (int i = 0; i < 2; i++) {
        place[i] = 0.0;
        for (size_t j = 0; j < p->cols; j++)
            place[i] += p->axis[i][j] * standard(p, x, j);
        if (p->direct)
            place[i] = isnan(x[i]) ? p->mean[i] : x[i];
    }
}

void
mesa_plane_row(const struct mesa_plane *p, const double place[2], double *x)
{
    for (size_t j = 0; j < p->cols; j++)
        x[j] = p->direct ? place[j]
                         : p->mean[j] + p->scale[j] *
                               (place[0] * p->axis[0][j] +
                                place[1] * p->axis[1][j]);
}
