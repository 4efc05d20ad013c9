/* SPDX-License-Identifier: MIT */
/*
 * screen.c - most tiles have no row near enough, which single precision tells
 * in a quarter of the time.
 *
 * Compiled so that products may be fused with sums: what is computed here is
 * no result, and lies within bounds that hold for any rounding.  With u =
 * 2^-24, a = x - center and b the same of a row: as float they are within
 * u |a| and u |b|, and as double before within much less; their difference is
 * rounded once more.  So each difference is within 4 u (|a| + |b|) of the
 * true one, the vector of them within `error`, the sum of those squares with
 * at most cols + 1 roundings each.
 */
#include "neighbors/neighbors.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef float halves __attribute__((vector_size(64)));
typedef int32_t half_masks __attribute__((vector_size(64)));

enum {
    WIDTH = sizeof(halves) / sizeof(float),
    FEW = 8,      /* columns: for fewer, boxes exclude most tiles */
    MANY = 65536
};

_Static_assert(2 * WIDTH == TILE, "a tile is two vectors");

/* The sign bits of two floats. */
#define SIGNS UINT64_C(0x8000000080000000)

/* Beyond, squares might overflow. */
#define FARTHEST 1e15

mesa_status
mesa_screen_init(struct mesa_neighbors *nb, struct mesa_error *err)
{
    const struct mesa_cmatrix *x = &nb->data->x;
    bool fits = x->rows > 0;

    if (nb->distance != MESA_EUCLIDEAN || x->cols < FEW || x->cols > MANY)
        return MESA_OK;
    nb->center = mesa_alloc_raw(x->cols, 2 * sizeof *nb->center);
    if (!nb->center)
        return mesa_nomem(err, x->cols, "columns");
    nb->reach = nb->center + x->cols;
    for (size_t j = 0; j < x->cols && fits; j++) {
        double least = mesa_row(x, 0)[j], most = least;

        for (size_t r = 1; r < x->rows; r++) {
            least = MESA_MIN(least, mesa_row(x, r)[j]);
            most = MESA_MAX(most, mesa_row(x, r)[j]);
        }
        nb->reach[j] = most - least;
        nb->center[j] = least + nb->reach[j] / 2;
        fits = nb->reach[j] < FARTHEST;
    }
    if (!fits) {
        mesa_free(nb->center);
        nb->center = NULL;
    }
    return MESA_OK;
}

bool
mesa_screen_row(const struct mesa_neighbors *nb, const double *x, float *out,
                double *error)
{
    size_t cols = nb->data->x.cols;
    double sum = 0;
    bool fits = true;

    for (size_t j = 0; j < cols; j++) {
        double a = x[j] - nb->center[j];
        double e = (fabs(a) + nb->reach[j]) * 0x1p-21 + 0x1p-120;

        sum += e * e;
        fits = fits && fabs(a) < FARTHEST;
        out[j] = fits ? (float)a : 0;
    }
    *error = sqrt(sum);
    return fits;
}

float
mesa_screen_limit(const struct mesa_neighbors *nb, double cut, double error)
{
    double rounding = 1 + (double)(nb->data->x.cols + 4) * 0x1p-22;
    double length = sqrt(cut) * rounding + error;
    double limit = length * length * rounding + 0x1p-100;

    return limit < FLT_MAX / 2 ? (float)limit : INFINITY;
}

void
mesa_screen_fill(const struct mesa_neighbors *nb, const double *tile,
                 float *out)
{
    for (size_t j = 0; j < nb->data->x.cols; j++)
        for (size_t i = 0; i < TILE; i++)
            out[j * TILE + i] = (float)(tile[j * TILE + i] - nb->center[j]);
}

/* sum += (x - tile)^2 of one column, for half a tile. */
MESA_INLINE void
add_square(halves *sum, float x, const float *tile)
{
    halves d;

    memcpy(&d, tile, sizeof d);
    d -= x;
    *sum += d * d;
}

/* Sums of even and odd columns, so that additions overlap. */
MESA_CLONES static bool
any_within(const float *x, size_t cols, const float *tile, float limit)
{
    halves a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
    uint64_t far[sizeof(halves) / sizeof(uint64_t)], all = UINT64_MAX;
    size_t j = 0;

    for (; j + 2 <= cols; j += 2, tile += 2 * TILE) {
        add_square(&a, x[j], tile);
        add_square(&b, x[j], tile + WIDTH);
        add_square(&c, x[j + 1], tile + TILE);
        add_square(&d, x[j + 1], tile + TILE + WIDTH);
    }
    if (j < cols) {
        add_square(&a, x[j], tile);
        add_square(&b, x[j], tile + WIDTH);
    }
    /* Negative, by the sign bit, where a row is too far. */
    a = limit - (a + c);
    b = limit - (b + d);
    c = (halves)((half_masks)a & (half_masks)b);
    memcpy(far, &c, sizeof far);
    for (size_t l = 0; l < MESA_COUNT(far); l++)
        all &= far[l];
    return (all & SIGNS) != SIGNS || !(limit < INFINITY);
}

bool
mesa_screen_tile(const float *x, size_t cols, const float *tile, float limit)
{
    return any_within(x, cols, tile, limit);
}
