/* SPDX-License-Identifier: MIT */
/*
 * curve.c - the sigmoid and the isotonic curve.
 *
 * The sigmoid minimises the log loss against Platt's targets, by Newton's
 * method with step halving (Lin, Lin and Weng 2007, appendix).  The isotonic
 * curve is the least-squares fit that never falls, by pooling neighbours that
 * do (Ayer et al. 1955); rows of equal probability are one point.
 */
#include "curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double
weight_of(const struct calibrated_rows *rows, size_t r)
{
    return rows->data->weight ? rows->data->weight[r] : 1.0;
}

static mesa_status
resize(struct calibrated_curve *curve, size_t n, struct mesa_error *err)
{
    calibrated_curve_free(curve);
    curve->x = mesa_alloc_array(n, 2 * sizeof *curve->x);
    if (!curve->x)
        return mesa_nomem(err, n, "points of a curve");
    curve->y = curve->x + n;
    curve->n = n;
    return MESA_OK;
}

void
calibrated_curve_free(struct calibrated_curve *curve)
{
    mesa_free(curve->x);
    curve->x = NULL;
    curve->n = 0;
}

double
calibrated_curve_at(const struct calibrated_curve *curve, double p)
{
    size_t low = 0, high = curve->n - 1;
    double share;

    if (curve->sigmoid)
        return mesa_math_sigmoid(-(curve->x[0] * p + curve->y[0]));
    if (p <= curve->x[0])
        return curve->y[0];
    if (p >= curve->x[high])
        return curve->y[high];
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;

        if (curve->x[mid] <= p)
            low = mid;
        else
            high = mid;
    }
    share = (p - curve->x[low]) / (curve->x[high] - curve->x[low]);
    return curve->y[low] + share * (curve->y[high] - curve->y[low]);
}

/* Weight of the rows that are not, and that are, of the class. */
static void
weigh(const struct calibrated_rows *rows, double *prior)
{
    prior[0] = prior[1] = 0.0;
    for (size_t r = 0; r < rows->data->x.rows; r++)
        prior[rows->data->y[r] == rows->class_] += weight_of(rows, r);
}

/* Without rows of one of the two sides there is nothing to learn. */
static mesa_status
level(struct calibrated_curve *curve, const double *prior,
      struct mesa_error *err)
{
    mesa_status st = resize(curve, 1, err);

    curve->sigmoid = false;
    if (st == MESA_OK)
        curve->y[0] = prior[1] > 0.0 ? 1.0 : 0.0;
    return st;
}

/* The loss, its gradient and Hessian, at a and b. */
struct platt {
    double loss, ga, gb, haa, hab, hbb;
};

static struct platt
platt_at(const struct calibrated_rows *rows, const double *target, double a,
         double b)
{
    struct platt s = { 0.0, 0.0, 0.0, 1e-12, 0.0, 1e-12 };

    for (size_t r = 0; r < rows->data->x.rows; r++) {
        double x = rows->p[r * rows->stride], w = weight_of(rows, r);
        double t = target[rows->data->y[r] == rows->class_];
        double f = a * x + b, p = mesa_math_sigmoid(-f);
        double d = t - p, q = p * (1.0 - p);

        s.loss += w * (mesa_math_softplus(f) - (1.0 - t) * f);
        s.ga += w * d * x;
        s.gb += w * d;
        s.haa += w * q * x * x;
        s.hab += w * q * x;
        s.hbb += w * q;
    }
    return s;
}

static void
minimise_platt(const struct calibrated_rows *rows, const double *target,
               double all, double *a, double *b)
{
    struct platt at = platt_at(rows, target, *a, *b);

    for (int it = 0; it < 200; it++) {
        double det = at.haa * at.hbb - at.hab * at.hab;
        double da = (at.hab * at.gb - at.hbb * at.ga) / det;
        double db = (at.hab * at.ga - at.haa * at.gb) / det;
        double slope = at.ga * da + at.gb * db, t = 1.0;
        struct platt next = at;

        if (fabs(at.ga) + fabs(at.gb) <= 1e-12 * all || !(det > 0.0))
            return;
        for (; t >= 1e-10; t /= 2) {
            next = platt_at(rows, target, *a + t * da, *b + t * db);
            if (next.loss <= at.loss + 1e-4 * t * slope +
                                 1e-15 * fabs(at.loss))
                break;
        }
        if (t < 1e-10)
            return;
        *a += t * da;
        *b += t * db;
        at = next;
    }
}

mesa_status
calibrated_fit_sigmoid(struct calibrated_curve *curve,
                       const struct calibrated_rows *rows,
                       struct mesa_error *err)
{
    double prior[2], target[2], a = 0.0, b;
    mesa_status st;

    weigh(rows, prior);
    if (prior[0] == 0.0 || prior[1] == 0.0)
        return level(curve, prior, err);
    target[0] = 1.0 / (prior[0] + 2.0);
    target[1] = (prior[1] + 1.0) / (prior[1] + 2.0);
    b = mesa_math_log((prior[0] + 1.0) / (prior[1] + 1.0));
    minimise_platt(rows, target, prior[0] + prior[1], &a, &b);
    st = resize(curve, 1, err);
    if (st != MESA_OK)
        return st;
    curve->sigmoid = true;
    curve->x[0] = a;
    curve->y[0] = b;
    return MESA_OK;
}

/* Rows of x, or pooled rows up to x: mean y, weight. */
struct pool {
    double x, y, w;
    size_t row; /* of the first */
};

static int
by_x(const void *a, const void *b)
{
    const struct pool *p = a, *q = b;

    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return p->row < q->row ? -1 : 1;
}

static void
merge(struct pool *into, const struct pool *other)
{
    double w = into->w + other->w;

    into->y = (into->y * into->w + other->y * other->w) / w;
    into->w = w;
}

/* Rows with weight, by x, those of equal x as one; how many. */
static size_t
distinct(const struct calibrated_rows *rows, struct pool *point)
{
    size_t n = 0, kept = 0;

    for (size_t r = 0; r < rows->data->x.rows; r++) {
        double w = weight_of(rows, r);

        if (w > 0.0)
            point[n++] = (struct pool){
                rows->p[r * rows->stride],
                rows->data->y[r] == rows->class_ ? 1.0 : 0.0, w, r
            };
    }
    qsort(point, n, sizeof *point, by_x);
    for (size_t i = 0; i < n; i++) {
        /* Probabilities are the same up to rounding. */
        if (kept && point[i].x - point[kept - 1].x < 1e-15)
            merge(&point[kept - 1], &point[i]);
        else
            point[kept++] = point[i];
    }
    return kept;
}

/* Pool adjacent violators: block[j] is the mean of the points that follow
 * those of block[j-1]; row becomes the last of them. */
static size_t
pool(const struct pool *point, size_t n, struct pool *block)
{
    size_t top = 0;

    for (size_t i = 0; i < n; i++) {
        block[top] = point[i];
        block[top++].row = i;
        for (; top > 1 && block[top - 2].y >= block[top - 1].y; top--) {
            merge(&block[top - 2], &block[top - 1]);
            block[top - 2].row = i;
        }
    }
    return top;
}

/* The first and the last point of each block. */
static mesa_status
trace(struct calibrated_curve *curve, const struct pool *point,
      const struct pool *block, size_t blocks, struct mesa_error *err)
{
    size_t n = 0, k = 0, first = 0;
    mesa_status st;

    for (size_t j = 0; j < blocks; first = block[j++].row + 1)
        n += block[j].row > first ? 2 : 1;
    st = resize(curve, n, err);
    first = 0;
    for (size_t j = 0; j < blocks && st == MESA_OK; j++) {
        curve->x[k] = point[first].x;
        curve->y[k++] = block[j].y;
        if (block[j].row > first) {
            curve->x[k] = point[block[j].row].x;
            curve->y[k++] = block[j].y;
        }
        first = block[j].row + 1;
    }
    curve->sigmoid = false;
    return st;
}

mesa_status
calibrated_fit_isotonic(struct calibrated_curve *curve,
                        const struct calibrated_rows *rows,
                        struct mesa_error *err)
{
    const size_t n = rows->data->x.rows;
    struct pool *point;
    double prior[2];
    mesa_status st;
    size_t kept;

    weigh(rows, prior);
    if (prior[0] == 0.0 || prior[1] == 0.0)
        return level(curve, prior, err);
    point = mesa_alloc_raw(n, 2 * sizeof *point);
    if (!point)
        return mesa_nomem(err, n, "points");
    kept = distinct(rows, point);
    st = trace(curve, point, point + n, pool(point, kept, point + n), err);
    mesa_free(point);
    return st;
}

/* "curve.I": two values are a sigmoid, two rows the points. */
mesa_status
calibrated_curve_save(const struct calibrated_curve *curve,
                      struct mesa_archive *to, size_t i,
                      struct mesa_error *err)
{
    struct mesa_tensor t = { MESA_F64, curve->sigmoid ? 1 : 2,
                             { 2, curve->n }, curve->x };
    char *name = mesa_asprintf("curve.%zu", i);
    mesa_status st = name ? mesa_archive_put(to, name, &t, err)
                          : mesa_nomem(err, 1, "name");

    mesa_free(name);
    return st;
}

static mesa_status
check_loaded(const struct calibrated_curve *curve, size_t i,
             struct mesa_error *err)
{
    bool good = true;

    for (size_t k = 0; k < curve->n; k++) {
        double y = curve->y[k];

        good = good && isfinite(curve->x[k]) && isfinite(y);
        if (!curve->sigmoid)
            good = good && y >= 0.0 && y <= 1.0 &&
                   (k == 0 || curve->x[k] > curve->x[k - 1]);
    }
    return good ? MESA_OK
                : mesa_fail(err, MESA_EPARSE,
                            "curve %zu is not made of probabilities", i);
}

mesa_status
calibrated_curve_load(struct calibrated_curve *curve,
                      const struct mesa_archive *from, size_t i,
                      struct mesa_error *err)
{
    struct mesa_tensor t = { .n_dims = 0 };
    char *name = mesa_asprintf("curve.%zu", i);
    mesa_status st = name ? mesa_archive_get(from, name, &t, err)
                          : mesa_nomem(err, 1, "name");

    mesa_free(name);
    if (st != MESA_OK)
        return st;
    if (t.dtype != MESA_F64 || t.n_dims < 1 || t.n_dims > 2 ||
        t.shape[0] != 2 || (t.n_dims == 2 && t.shape[1] == 0))
        return mesa_fail(err, MESA_EPARSE, "curve %zu has a wrong shape", i);
    st = resize(curve, t.n_dims == 1 ? 1 : t.shape[1], err);
    if (st != MESA_OK)
        return st;
    curve->sigmoid = t.n_dims == 1;
    memcpy(curve->x, t.data, 2 * curve->n * sizeof *curve->x);
    return check_loaded(curve, i, err);
}
