/* SPDX-License-Identifier: MIT */
/*
 * tensorboard_histogram.c - how values are distributed, in buckets of one
 * width.
 *
 * TensorBoard spreads whatever buckets it is given over those that it draws,
 * 30 unless told otherwise; buckets that grow by tenths, as some writers have
 * them, put most probabilities into a few of them.
 */
#include "tensorboard.h"

#include <math.h>
#include <string.h>

/* Halves, as the distance of the ends need not be a number. */
static size_t
bucket_of(const struct mesa_histogram *h, double v)
{
    const double at = (v / 2 - h->min / 2) / (h->max / 2 - h->min / 2);

    return (size_t)fmin(at * MESA_BUCKETS, MESA_BUCKETS - 1);
}

static void
set_limits(struct mesa_histogram *h)
{
    /* The ends may be neighbours among the smallest numbers there are. */
    h->n_buckets = h->n == 0                       ? 0
                   : h->max / 2 - h->min / 2 > 0.0 ? MESA_BUCKETS
                                                   : 1;
    for (size_t i = 0; i + 1 < h->n_buckets; i++) {
        const double share = (double)(i + 1) / MESA_BUCKETS;

        h->limit[i] = h->min * (1.0 - share) + h->max * share;
    }
    if (h->n_buckets > 0)
        h->limit[h->n_buckets - 1] = h->max;
}

void
mesa_histogram_of(const double *value, size_t n, struct mesa_histogram *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        const double v = value[i];

        if (!isfinite(v)) {
            out->left_out++;
            continue;
        }
        out->min = out->n == 0 ? v : fmin(out->min, v);
        out->max = out->n == 0 ? v : fmax(out->max, v);
        out->sum += v;
        out->sum_squares += v * v;
        out->n++;
    }
    set_limits(out);
    for (size_t i = 0; i < n; i++)
        if (isfinite(value[i]))
            out->count[out->n_buckets > 1 ? bucket_of(out, value[i]) : 0]++;
}
