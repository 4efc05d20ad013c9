/* SPDX-License-Identifier: MIT */
/*
 * state.c - what the policy sees of an ensemble: how large its errors are.
 *
 * Two histograms of |p - y|, p the mean probability of the minority class,
 * over training and over validation rows; each as shares that sum to 1, or to
 * the number of bins (Liu et al. 2020, section 3.1; their code's choices are
 * parameters of the class).
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <float.h>
#include <math.h>
#include <string.h>

#include "sac.h"

/* The body of a cloned loop; called with LANES, which compilers know, as gcc
 * vectorises only then, and once for what is left. */
#ifdef __GNUC__
#define STATE_INLINE static inline __attribute__((always_inline))
#else
#define STATE_INLINE static inline
#endif

#define LANES ((size_t)128)
#define BLOCK (8 * LANES)

size_t
sac_n_states(const struct sac *s)
{
    return 2 * (size_t)s->num_bins;
}

size_t
sac_n_actions(const struct sac *s)
{
    return s->max_train_ir > 0 ? 2 : 1;
}

double
sac_state_total(const struct sac *s)
{
    return s->state_scale == SAC_SCALE_BINS ? (double)s->num_bins : 1;
}

STATE_INLINE uint64_t
count_run(const double *error, size_t n, double edge)
{
    uint64_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += error[i] >= edge;
    return count;
}

/* How many are not below an edge. */
MESA_CLONES static size_t
count_from(const double *error, size_t n, double edge)
{
    uint64_t count = 0;
    size_t i = 0;

    for (; i + BLOCK <= n; i += BLOCK)
        count += count_run(error + i, BLOCK, edge);
    for (; i + LANES <= n; i += LANES)
        count += count_run(error + i, LANES, edge);
    return (size_t)(count + count_run(error + i, n - i, edge));
}

/* Of the errors, n are above -INFINITY and count.  Bins are few: going through
 * all errors once for each edge, by blocks that stay in the cache, costs less
 * than finding the bin of each error. */
static void
count_bins(const double *error, size_t rows, size_t n, double low, double high,
           size_t n_bins, size_t *count)
{
    double step;

    if (low == high) {
        low -= 0.5;
        high += 0.5;
    }
    step = (high - low) / (double)n_bins;
    memset(count, 0, n_bins * sizeof *count);
    for (size_t at = 0; at < rows; at += BLOCK)
        for (size_t b = 1; b < n_bins; b++)
            count[b] += count_from(error + at,
                                   rows - at < BLOCK ? rows - at : BLOCK,
                                   low + (double)b * step);
    count[0] = n;
    for (size_t b = 1; b < n_bins; b++)
        count[b - 1] -= count[b];
}

void
sac_histogram(const double *error, size_t n, double low, double high,
              size_t n_bins, size_t *count)
{
    count_bins(error, n, n, low, high, n_bins, count);
}

/* a where the mask is set, else b. */
STATE_INLINE double
pick(uint64_t mask, double a, double b)
{
    uint64_t bits, other;

    memcpy(&bits, &a, sizeof bits);
    memcpy(&other, &b, sizeof other);
    bits = (bits & mask) | (other & ~mask);
    memcpy(&a, &bits, sizeof a);
    return a;
}

/* Both numbers of a row are read, as gcc 12 does not vectorise reading every
 * other one. */
STATE_INLINE uint32_t
run_errors(const int32_t *restrict y, const double *restrict proba, size_t n,
           int32_t minority, double hard, double *restrict error)
{
    uint64_t second = 0 - (uint64_t)(uint32_t)minority;
    uint32_t n_hard = 0;

    for (size_t r = 0; r < n; r++)
        n_hard += y[r] == minority;
    for (size_t r = 0; r < n; r++) {
        double p = pick(second, proba[2 * r + 1], proba[2 * r]);

        error[r] = pick(0 - (uint64_t)(y[r] == minority), 1 - p + hard, p);
    }
    return n_hard;
}

/* Errors of rows; those of the minority plus `hard`, which is 0 or -INFINITY.
 * How many rows are of the minority. */
MESA_CLONES static size_t
row_errors(const int32_t *y, const double *proba, size_t n, int32_t minority,
           double hard, double *error)
{
    size_t n_hard = 0, r = 0;

    for (; r + LANES <= n; r += LANES)
        n_hard += run_errors(y + r, proba + 2 * r, LANES, minority, hard,
                             error + r);
    return n_hard + run_errors(y + r, proba + 2 * r, n - r, minority, hard,
                               error + r);
}

/* The error of each row, -INFINITY if it does not count; how many do. */
static size_t
list_errors(const struct sac *s, const struct mesa_dataset *data,
            const double *proba, uint32_t minority, double *error)
{
    bool all = s->error_rows == SAC_ROWS_ALL;
    size_t n_hard = row_errors(data->y, proba, data->x.rows,
                               (int32_t)minority, all ? 0 : -INFINITY, error);

    return all ? data->x.rows : data->x.rows - n_hard;
}

/* Smallest and largest of the errors that count. */
static void
find_range(const double *error, size_t rows, double *low, double *high)
{
    *low = DBL_MAX;
    *high = -DBL_MAX;
    for (size_t i = 0; i < rows; i++) {
        if (error[i] < *low && error[i] >= -DBL_MAX)
            *low = error[i];
        if (error[i] > *high)
            *high = error[i];
    }
}

static void
describe(const struct sac *s, const struct mesa_dataset *data,
         const double *proba, uint32_t minority, double *error, size_t *count,
         float *state)
{
    size_t n = list_errors(s, data, proba, minority, error);
    size_t bins = (size_t)s->num_bins;
    double low = 0, high = 1;

    if (s->error_range == SAC_RANGE_DATA && n > 0)
        find_range(error, data->x.rows, &low, &high);
    count_bins(error, data->x.rows, n, low, high, bins, count);
    for (size_t b = 0; b < bins; b++)
        state[b] = n ? (float)((double)count[b] / (double)n *
                               sac_state_total(s)) : 0;
}

mesa_status
sac_state(const struct sac *s, const struct mesa_dataset *data,
          const struct mesa_feedback *feedback, float *state,
          struct mesa_error *err)
{
    const struct mesa_dataset *valid = feedback->valid;
    size_t bins = (size_t)s->num_bins, n_minority, most;
    size_t *count;
    double *error;
    uint32_t minority;
    mesa_status st = mesa_hardness_minority(data, &minority, &n_minority,
                                            err);

    if (st != MESA_OK)
        return st;
    if (!valid || !feedback->valid_proba)
        return mesa_fail(err, MESA_EDATA, "sac needs a validation part");
    most = data->x.rows > valid->x.rows ? data->x.rows : valid->x.rows;
    error = mesa_alloc_raw(most + 1, sizeof *error);
    count = mesa_alloc_raw(bins, sizeof *count);
    if (error && count) {
        describe(s, data, feedback->proba, minority, error, count, state);
        describe(s, valid, feedback->valid_proba, minority, error, count,
                 state + bins);
    } else {
        st = mesa_nomem(err, most, "errors");
    }
    mesa_free(error);
    mesa_free(count);
    return st;
}
