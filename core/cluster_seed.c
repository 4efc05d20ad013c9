/* SPDX-License-Identifier: MIT */
/*
 * cluster_seed.c - where k-means starts: greedy k-means++.
 *
 * The first centre is a row at random.  For each further one 2 + log k rows
 * are drawn with probability proportional to the squared distance from the
 * nearest centre so far, and the one stays that leaves the least sum of them.
 * Arthur and Vassilvitskii 2007, SODA; several candidates are their remark in
 * section 6 and what scikit-learn does.
 */
#include "cluster.h"

#include <string.h>

#include <mesa/vmath.h>

typedef double wide __attribute__((vector_size(64)));

enum { WIDE = sizeof(wide) / sizeof(double) };

/* sum[i] += (x[i] - c)^2 */
MESA_CLONES static void
add_squares(double *sum, const double *x, double c, size_t n)
{
    size_t i = 0;

    for (; i + WIDE <= n; i += WIDE) {
        wide d, s;

        memcpy(&d, x + i, sizeof d);
        memcpy(&s, sum + i, sizeof s);
        d -= c;
        s += d * d;
        memcpy(sum + i, &s, sizeof s);
    }
    for (; i < n; i++) {
        double d = x[i] - c;

        sum[i] += d * d;
    }
}

/* How far the rows of a block are from the nearest of the centres so far and
 * row r, squared, into d; their sum. */
static double
with_row(const struct km *m, size_t block, size_t r, double *d)
{
    const double *old = m->apart + block * KM_BLOCK;
    size_t n = km_rows(m, block);

    memset(d, 0, n * sizeof *d);
    for (size_t j = 0; j < m->cols; j++) {
        const double *x = m->x + j * m->n;

        add_squares(d, x + block * KM_BLOCK, x[r], n);
    }
    for (size_t i = 0; i < n; i++)
        d[i] = old[i] < d[i] ? old[i] : d[i];
    return mesa_vsum(d, n);
}

static mesa_status
try_rows(void *context, size_t block, struct mesa_error *err)
{
    struct km *m = context;
    double d[KM_BLOCK];

    (void)err;
    for (size_t t = 0; t < m->trials; t++)
        m->part[block * m->trials + t] = with_row(m, block, m->trial[t], d);
    return MESA_OK;
}

/* trial[0] has been chosen. */
static mesa_status
take_row(void *context, size_t block, struct mesa_error *err)
{
    struct km *m = context;
    double d[KM_BLOCK];

    (void)err;
    m->part[block] = with_row(m, block, m->trial[0], d);
    memcpy(m->apart + block * KM_BLOCK, d, km_rows(m, block) * sizeof *d);
    return MESA_OK;
}

/* A row, u being uniform and part[] the sums of blocks; the last row that may
 * be drawn where rounding leaves none. */
static size_t
draw_row(const struct km *m, double total, double u)
{
    double left = u * total;
    size_t block = 0, found = 0;

    while (block + 1 < m->blocks && left >= m->part[block])
        left -= m->part[block++];
    for (size_t i = 0; i < km_rows(m, block); i++) {
        size_t r = block * KM_BLOCK + i;

        if (m->apart[r] > 0)
            found = r;
        left -= m->apart[r];
        if (left < 0)
            break;
    }
    return found;
}

static double
sum_parts(const struct km *m, size_t step, size_t at)
{
    double sum = 0;

    for (size_t b = 0; b < m->blocks; b++)
        sum += m->part[b * step + at];
    return sum;
}

static void
set_center(struct km *m, size_t c, size_t r)
{
    for (size_t j = 0; j < m->cols; j++)
        m->center[c * m->cols + j] = m->x[j * m->n + r];
}

/* The best of several rows drawn, to trial[0]. */
static mesa_status
choose_row(struct km *m, double total, struct mesa_rng *rng,
           struct mesa_error *err)
{
    double least = __builtin_inf();
    size_t best = 0;
    mesa_status st;

    for (size_t t = 0; t < m->trials; t++)
        m->trial[t] = draw_row(m, total, mesa_rng_uniform(rng));
    st = mesa_km_for(m->blocks, m->trials * m->n * m->cols, try_rows, m, err);
    for (size_t t = 0; t < m->trials && st == MESA_OK; t++) {
        double sum = sum_parts(m, m->trials, t);

        if (sum < least) {
            least = sum;
            best = t;
        }
    }
    m->trial[0] = m->trial[best];
    return st;
}

static mesa_status
take(struct km *m, struct mesa_error *err)
{
    return mesa_km_for(m->blocks, m->n * m->cols, take_row, m, err);
}

mesa_status
mesa_km_seed(struct km *m, struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st;

    for (size_t i = 0; i < m->n; i++)
        m->apart[i] = __builtin_inf();
    m->trial[0] = mesa_rng_below(rng, m->n);
    set_center(m, 0, m->trial[0]);
    st = take(m, err);
    for (size_t c = 1; c < m->k && st == MESA_OK; c++) {
        st = choose_row(m, sum_parts(m, 1, 0), rng, err);
        set_center(m, c, m->trial[0]);
        if (st == MESA_OK && c + 1 < m->k)
            st = take(m, err);
    }
    return st;
}
