/* SPDX-License-Identifier: MIT */
/*
 * compare.c - how far a row is from others, and at least is from boxes.
 *
 * Distances are sums over the columns in their order, so that equal rows are
 * equally far from anywhere; vectors run along the rows of a tile.  Rows are
 * ordered by the square of a Euclidean distance.
 */
#include "neighbors/neighbors.h"

#include <math.h>
#include <string.h>

/* Eight rows: one vector of the widest instruction set, several of others. */
typedef double lanes __attribute__((vector_size(64)));
typedef int64_t masks __attribute__((vector_size(64)));

enum {
    WIDTH = sizeof(lanes) / sizeof(double),
    VECTORS = 4,
    STRIDE = 8 /* columns between looks at whether any row is near enough */
};

_Static_assert(VECTORS * WIDTH == TILE, "a tile is four vectors");

static bool
is_category(const struct mesa_dataset *data, size_t j)
{
    return data->schema && data->schema->column[j].type == MESA_CATEGORICAL;
}

static double
difference(const struct mesa_neighbors *nb, size_t j, double a, double b)
{
    const uint32_t classes = nb->data->n_classes;
    double sum = 0;

    if (isnan(a) || isnan(b))
        return 1;
    if (!is_category(nb->data, j))
        return nb->scale[j] > 0 ? (a - b) / nb->scale[j] : 0;
    if (nb->distance == MESA_HEOM)
        return a != b;
    for (uint32_t c = 0; c < classes; c++)
        sum += fabs(nb->share[(nb->first[j] + (size_t)a) * classes + c] -
                    nb->share[(nb->first[j] + (size_t)b) * classes + c]);
    return sum;
}

/* Range, or four standard deviations, of the values that are there. */
static double
scale_of(const struct mesa_neighbors *nb, size_t j)
{
    const struct mesa_cmatrix *x = &nb->data->x;
    double least = INFINITY, most = -INFINITY, mean = 0, square = 0;
    size_t n = 0;

    for (size_t r = 0; r < x->rows; r++) {
        double v = mesa_row(x, r)[j];

        if (isnan(v))
            continue;
        least = MESA_MIN(least, v);
        most = MESA_MAX(most, v);
        mean += v;
        n++;
    }
    if (n == 0 || nb->distance == MESA_HEOM)
        return n ? most - least : 0;
    mean /= (double)n;
    for (size_t r = 0; r < x->rows; r++) {
        double v = mesa_row(x, r)[j] - mean;

        square += isnan(v) ? 0 : v * v;
    }
    return 4 * sqrt(square / (double)n);
}

/* The share of each class among the rows of each categorical value. */
static mesa_status
count_shares(struct mesa_neighbors *nb, struct mesa_error *err)
{
    const struct mesa_dataset *data = nb->data;
    size_t values = 0, classes = data->n_classes;

    for (size_t j = 0; j < data->x.cols; j++) {
        nb->first[j] = values;
        values += is_category(data, j) ? data->schema->column[j].n_categories
                                       : 0;
    }
    nb->share = mesa_alloc_array(values, classes * sizeof *nb->share);
    if (!nb->share)
        return mesa_nomem(err, values, "categories");
    for (size_t j = 0; j < data->x.cols; j++)
        for (size_t r = 0; r < data->x.rows && is_category(data, j); r++)
            nb->share[(nb->first[j] + (size_t)mesa_row(&data->x, r)[j]) *
                          classes +
                      (size_t)data->y[r]] += 1;
    for (size_t v = 0; v < values; v++) {
        double n = 0;

        for (size_t c = 0; c < classes; c++)
            n += nb->share[v * classes + c];
        for (size_t c = 0; c < classes && n > 0; c++)
            nb->share[v * classes + c] /= n;
    }
    return MESA_OK;
}

/* Categories have no order, and what is missing is at a fixed distance. */
static void
find_loose(struct mesa_neighbors *nb)
{
    const struct mesa_cmatrix *x = &nb->data->x;

    for (size_t j = 0; j < x->cols; j++)
        nb->loose[j] = is_category(nb->data, j) || !(nb->scale[j] > 0);
    for (size_t r = 0; r < x->rows && (nb->data->flags & MESA_DATA_MISSING);
         r++)
        for (size_t j = 0; j < x->cols; j++)
            nb->loose[j] = nb->loose[j] || isnan(mesa_row(x, r)[j]);
}

mesa_status
mesa_compare_init(struct mesa_neighbors *nb, struct mesa_error *err)
{
    size_t cols = nb->data->x.cols;

    if (nb->distance != MESA_HEOM && nb->distance != MESA_VDM)
        return MESA_OK;
    nb->scale = mesa_alloc_array(cols, sizeof *nb->scale);
    nb->first = mesa_alloc_array(cols, sizeof *nb->first);
    nb->loose = mesa_alloc_array(cols, sizeof *nb->loose);
    if (!nb->scale || !nb->first || !nb->loose)
        return mesa_nomem(err, cols, "columns");
    for (size_t j = 0; j < cols; j++) {
        nb->scale[j] = is_category(nb->data, j) ? 0 : scale_of(nb, j);
        if (!(nb->scale[j] < INFINITY))
            return mesa_fail(err, MESA_EDATA,
                             "the values of column %zu are too far apart for "
                             "this distance",
                             j);
    }
    find_loose(nb);
    return nb->distance == MESA_VDM ? count_shares(nb, err) : MESA_OK;
}

/* Whether any lane is: the sign of what is left says so. */
MESA_INLINE bool
any_within(const lanes *sum, double cut)
{
    masks far = (masks)(cut - sum[0]);
    int64_t lane[WIDTH], all = INT64_MIN;

    for (int v = 1; v < VECTORS; v++)
        far &= (masks)(cut - sum[v]);
    memcpy(lane, &far, sizeof far);
    for (int l = 0; l < WIDTH; l++)
        all &= lane[l];
    return all == 0 || !(cut < INFINITY);
}

/* One column of a quarter of a tile. */
MESA_INLINE void
add_term(bool square, lanes *sum, double x, const double *tile)
{
    const masks magnitude = (masks){ 0 } + INT64_MAX;
    lanes d;

    memcpy(&d, tile, sizeof d);
    d = x - d;
    *sum += square ? d * d : (lanes)((masks)d & magnitude);
}

/* A partial sum beyond the cut stays there: nothing added is negative. */
MESA_INLINE bool
sum_tile(bool square, const double *x, size_t cols, const double *tile,
         double cut, double *order)
{
    lanes sum[VECTORS] = { { 0 } };

    for (size_t j = 0; j < cols;) {
        size_t end = MESA_MIN(cols, j + STRIDE);
        lanes a = sum[0], b = sum[1], c = sum[2], d = sum[3];

        for (; j < end; j++, tile += TILE) {
            add_term(square, &a, x[j], tile);
            add_term(square, &b, x[j], tile + WIDTH);
            add_term(square, &c, x[j], tile + 2 * WIDTH);
            add_term(square, &d, x[j], tile + 3 * WIDTH);
        }
        sum[0] = a;
        sum[1] = b;
        sum[2] = c;
        sum[3] = d;
        if (!any_within(sum, cut))
            return false;
    }
    memcpy(order, sum, sizeof sum);
    return true;
}

MESA_CLONES static bool
sum_squares(const double *x, size_t cols, const double *tile, double cut,
            double *order)
{
    return sum_tile(true, x, cols, tile, cut, order);
}

MESA_CLONES static bool
sum_magnitudes(const double *x, size_t cols, const double *tile, double cut,
               double *order)
{
    return sum_tile(false, x, cols, tile, cut, order);
}

bool
mesa_compare_tile(const struct mesa_neighbors *nb, const double *x,
                  const double *tile, double cut, double *order)
{
    size_t cols = nb->data->x.cols;

    if (nb->distance == MESA_EUCLIDEAN)
        return sum_squares(x, cols, tile, cut, order);
    if (nb->distance == MESA_MANHATTAN)
        return sum_magnitudes(x, cols, tile, cut, order);
    memset(order, 0, TILE * sizeof *order);
    for (size_t j = 0; j < cols; j++, tile += TILE)
        for (size_t i = 0; i < TILE; i++) {
            double d = difference(nb, j, x[j], tile[i]);

            order[i] += d * d;
        }
    return true;
}

/* Of v, what is positive, else 0. */
#define POSITIVE(v) ((lanes)((masks)(v) & ((v) > 0)))

MESA_INLINE void
sum_gaps(bool square, const double *x, size_t cols, const double *box,
         double *bound)
{
    lanes sum = { 0 };

    for (size_t j = 0; j < cols; j++, box += 2 * FAN) {
        lanes below, above, gap;

        memcpy(&below, box, sizeof below);
        memcpy(&above, box + FAN, sizeof above);
        below -= x[j];
        above = x[j] - above;
        gap = POSITIVE(below) + POSITIVE(above); /* one of them is 0 */
        sum += square ? gap * gap : gap;
    }
    memcpy(bound, &sum, sizeof sum);
}

MESA_CLONES static void
bound_squares(const double *x, size_t cols, const double *box, double *bound)
{
    sum_gaps(true, x, cols, box, bound);
}

MESA_CLONES static void
bound_magnitudes(const double *x, size_t cols, const double *box,
                 double *bound)
{
    sum_gaps(false, x, cols, box, bound);
}

void
mesa_compare_boxes(const struct mesa_neighbors *nb, const double *x,
                   const double *box, double *bound)
{
    size_t cols = nb->data->x.cols;

    if (nb->distance == MESA_EUCLIDEAN) {
        bound_squares(x, cols, box, bound);
        return;
    }
    if (nb->distance == MESA_MANHATTAN) {
        bound_magnitudes(x, cols, box, bound);
        return;
    }
    memset(bound, 0, FAN * sizeof *bound);
    for (size_t j = 0; j < cols; j++, box += 2 * FAN)
        for (size_t i = 0; i < FAN && !nb->loose[j] && !isnan(x[j]); i++) {
            double gap = box[i] - x[j] > 0         ? box[i] - x[j]
                         : x[j] - box[FAN + i] > 0 ? x[j] - box[FAN + i]
                                                   : 0;

            gap /= nb->scale[j];
            bound[i] += gap * gap;
        }
}
