/* SPDX-License-Identifier: MIT */
/*
 * loss.c - log loss: first scores, derivatives, probabilities.
 *
 * Two classes have one score, the log odds of class 1; more have one each,
 * and probabilities are their softmax.  With p the probability of the class
 * and w the weight of the row, the derivatives are w (p - [y is the class])
 * and w p (1 - p).  They become whole numbers by rounding in units of powers
 * of two, chosen so that their sum over all rows fits 63 bits beside the
 * count of rows: 2^-40 for first derivatives of a million rows.  The unit of
 * the second ones follows their sum, which is known from the last round to
 * within how far a score has moved since; of a million rows they keep about
 * 22 bits of their mean.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "gradient_boosting.h"

/* Rows that are worked on at a time, and bits of one rounded value. */
enum { LOT = 256, VALUE_BITS = 50 };

/* Rounds to a whole number in its lower bits: 1.5 x 2^52. */
#define ROUNDER 6755399441055744.0

/* The share of a class must be in (0, 1), as scikit-learn has it. */
#define LEAST_SHARE (10 * DBL_EPSILON)

static double
bounded_share(double p)
{
    if (p < LEAST_SHARE)
        return LEAST_SHARE;
    return p > 1 - LEAST_SHARE ? 1 - LEAST_SHARE : p;
}

/* First scores: those of the shares of the classes. */
mesa_status
gb_base(const struct gb_rows *rows, double *base, struct mesa_error *err)
{
    size_t k = rows->data->n_classes, n = rows->n;
    double *one = mesa_alloc_raw(n, sizeof *one), mean = 0;

    if (!one)
        return mesa_nomem(err, n, "rows");
    for (size_t o = 0; o < rows->n_outputs; o++) {
        size_t class = k == 2 ? 1 : o;
        double p;

        for (size_t r = 0; r < n; r++)
            one[r] = (size_t)rows->data->y[r] != class ? 0
                     : rows->w ? rows->w[r] : 1;
        p = bounded_share(mesa_vsum(one, n) / rows->total_w);
        base[o] = k == 2 ? mesa_math_log(p / (1 - p)) : mesa_math_log(p);
        mean += base[o] / (double)rows->n_outputs;
    }
    for (size_t o = 0; k != 2 && o < rows->n_outputs; o++)
        base[o] -= mean;
    mesa_free(one);
    return MESA_OK;
}

/* Log of the sum of exp(raw[o][i]) for n <= LOT rows. */
static void
log_sum_exp(const double *raw, size_t n_outputs, size_t stride, size_t n,
            double *out)
{
    double top[LOT], sum[LOT], e[LOT];

    memcpy(top, raw, n * sizeof *top);
    for (size_t o = 1; o < n_outputs; o++)
        for (size_t i = 0; i < n; i++)
            top[i] = raw[o * stride + i] > top[i] ? raw[o * stride + i]
                                                  : top[i];
    memset(sum, 0, sizeof sum);
    for (size_t o = 0; o < n_outputs; o++) {
        for (size_t i = 0; i < n; i++)
            e[i] = raw[o * stride + i] - top[i];
        mesa_vexp(e, e, n);
        for (size_t i = 0; i < n; i++)
            sum[i] += e[i];
    }
    mesa_vlog(sum, sum, n);
    for (size_t i = 0; i < n; i++)
        out[i] = top[i] + sum[i];
}

struct deriving {
    const struct gb_rows *rows;
    size_t                output;
    double                unit_g, unit_h; /* units per 1 */
    unsigned              shift;
    struct gb_sum        *sum; /* of each chunk */
};

static mesa_status
normalize_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct gb_rows *rows = ((const struct deriving *)context)->rows;
    size_t end = (chunk + 1) * MESA_CHUNK;

    (void)err;
    if (end > rows->n)
        end = rows->n;
    for (size_t r = chunk * MESA_CHUNK; r < end; r += LOT)
        log_sum_exp(rows->raw + r, rows->n_outputs, rows->n,
                    end - r < LOT ? end - r : LOT, rows->lse + r);
    return MESA_OK;
}

/* Of more than two classes: what their probabilities share. */
mesa_status
gb_normalize(const struct gb_rows *rows, struct mesa_error *err)
{
    struct deriving t = { .rows = rows };

    if (rows->n_outputs == 1)
        return MESA_OK;
    return mesa_parallel_for(MESA_CHUNKS(rows->n), normalize_chunk, &t, err);
}

/* Probabilities of one output for n rows; lse is NULL for two classes. */
static void
output_proba(const double *raw, const double *lse, size_t n, double *p)
{
    for (size_t i = 0; i < n; i++)
        p[i] = lse ? raw[i] - lse[i] : -raw[i];
    mesa_vexp(p, p, n);
    for (size_t i = 0; i < n && !lse; i++)
        p[i] = 1 / (1 + p[i]);
}

/* The nearest whole number, which is below 2^51. */
TREE_INLINE int64_t
to_whole(double x)
{
    const double rounder = ROUNDER;
    int64_t a, b;

    x += rounder;
    memcpy(&a, &x, sizeof a);
    memcpy(&b, &rounder, sizeof b);
    return a - b;
}

MESA_CLONES
static void
derive_lot(const struct deriving *t, const double *p, const double *w,
           const double *is, struct gb_sum *out)
{
    for (size_t i = 0; i < LOT; i++) {
        double g = (p[i] - is[i]) * w[i];
        double h = p[i] * (1 - p[i]) * w[i];

        out[i].g = to_whole(g * t->unit_g);
        out[i].h = (to_whole(h * t->unit_h) << t->shift) + 1;
    }
}

static mesa_status
derive_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct deriving *t = context;
    const struct gb_rows *rows = t->rows;
    size_t end = (chunk + 1) * MESA_CHUNK;
    int32_t class = rows->data->n_classes == 2 ? 1 : (int32_t)t->output;
    double p[LOT] = { 0 }, w[LOT], is[LOT] = { 0 };
    struct gb_sum lot[LOT], sum = { 0, 0 };

    (void)err;
    for (size_t i = 0; i < LOT; i++)
        w[i] = 1;
    if (end > rows->n)
        end = rows->n;
    for (size_t r = chunk * MESA_CHUNK; r < end; r += LOT) {
        size_t n = end - r < LOT ? end - r : LOT;

        output_proba(rows->raw + t->output * rows->n + r,
                     rows->lse ? rows->lse + r : NULL, n, p);
        for (size_t i = 0; i < n; i++)
            is[i] = rows->data->y[r + i] == class;
        if (rows->w)
            memcpy(w, rows->w + r, n * sizeof *w);
        derive_lot(t, p, w, is, lot);
        memcpy(rows->gh + r, lot, n * sizeof *lot);
        for (size_t i = 0; i < n; i++)
            sum.h += lot[i].h;
    }
    t->sum[chunk] = sum;
    return MESA_OK;
}

/* How many binary digits after the point keep the sum of all values, which is
 * at most total, below 2^bits, and each, which is at most most, below
 * 2^VALUE_BITS. */
static int
choose_digits(double total, double most, int bits)
{
    int e_total, e_most, digits;

    frexp(total, &e_total);
    frexp(most, &e_most);
    digits = bits - e_total < VALUE_BITS - e_most ? bits - e_total
                                                  : VALUE_BITS - e_most;
    return digits < 1000 ? digits : 1000;
}

/* Sums get half of what there is room for: roundings take the other half. */
static void
choose_units(const struct gb_rows *rows, struct gb_scale *scale,
             struct deriving *t)
{
    unsigned shift = 1;
    int g, h;

    while (rows->n >> shift > 0)
        shift++;
    g = choose_digits(rows->total_w, rows->max_w, 61);
    h = choose_digits(scale->total_h, rows->max_w / 4, 62 - (int)shift);
    t->shift = shift;
    t->unit_g = ldexp(1, g);
    t->unit_h = ldexp(1, h);
    scale->units = (struct gb_units){ ldexp(1, -g), ldexp(1, -h), shift };
}

/* Derivatives by one output into gh. */
mesa_status
gb_derive(const struct gb_rows *rows, size_t output, struct gb_scale *scale,
          struct mesa_error *err)
{
    size_t chunks = MESA_CHUNKS(rows->n);
    struct deriving t = { .rows = rows, .output = output };
    mesa_status st;

    choose_units(rows, scale, &t);
    t.sum = mesa_alloc_raw(chunks, sizeof *t.sum);
    if (!t.sum)
        return mesa_nomem(err, chunks, "chunks of rows");
    st = mesa_parallel_for(chunks, derive_chunk, &t, err);
    scale->sum = (struct gb_sum){ 0, 0 };
    for (size_t i = 0; i < chunks && st == MESA_OK; i++)
        scale->sum.h += t.sum[i].h;
    mesa_free(t.sum);
    return st;
}

/* When no score moves by more than step, p (1 - p) grows by no more than
 * exp(step), with several outputs its square: a bound of the next sum. */
void
gb_rescale(const struct gb_rows *rows, double step, struct gb_scale *scale)
{
    double most = rows->total_w / 4, sum;

    sum = (double)(scale->sum.h >> scale->units.shift) * scale->units.h
          + (double)rows->n * scale->units.h;
    if (rows->n_outputs > 1)
        step *= 2;
    sum *= step < 100 ? mesa_math_exp(step) * 1.001 : 1e50;
    if (sum < most * 1e-15)
        sum = most * 1e-15;
    scale->total_h = sum < most ? sum : most;
}

/* Probabilities of n <= LOT rows from their scores, raw[o * stride + i]. */
static void
lot_proba(const struct gb_model *m, const double *raw, size_t stride,
          size_t n, double *proba)
{
    size_t k = m->n_classes;
    double p[LOT], lse[LOT];

    if (k == 1) {
        for (size_t i = 0; i < n; i++)
            proba[i] = 1;
        return;
    }
    if (k > 2)
        log_sum_exp(raw, k, stride, n, lse);
    for (size_t o = 0; o < m->n_outputs; o++) {
        output_proba(raw + o * stride, k > 2 ? lse : NULL, n, p);
        for (size_t i = 0; i < n && k == 2; i++) {
            proba[2 * i] = 1 - p[i];
            proba[2 * i + 1] = p[i];
        }
        for (size_t i = 0; i < n && k != 2; i++)
            proba[i * k + o] = p[i];
    }
}

void
gb_proba(const struct gb_model *m, const double *raw, size_t n,
         size_t stride, double *proba)
{
    for (size_t r = 0; r < n; r += LOT)
        lot_proba(m, raw + r, stride, n - r < LOT ? n - r : LOT,
                  proba + r * m->n_classes);
}

/* The weighted mean of -log p of the class, of scores n_outputs by rows. */
mesa_status
gb_loss(const struct gb_model *m, const double *raw,
        const struct mesa_dataset *data, const double *factor, double *loss,
        struct mesa_error *err)
{
    size_t n = data->x.rows, k = m->n_outputs;
    double *w = mesa_alloc_raw(2 * n, sizeof *w), lse;

    if (!w)
        return mesa_nomem(err, n, "rows");
    for (size_t r = 0; r < n; r++) {
        size_t y = (size_t)data->y[r];

        w[r] = (data->weight ? data->weight[r] : 1) * factor[y];
        if (k == 1) {
            w[n + r] = mesa_math_softplus(raw[r]) - (y == 1 ? raw[r] : 0);
            continue;
        }
        log_sum_exp(raw + r, k, n, 1, &lse);
        w[n + r] = lse - raw[y * n + r];
    }
    *loss = mesa_vdot(w, w + n, n) / mesa_vsum(w, n);
    mesa_free(w);
    return MESA_OK;
}
