/* SPDX-License-Identifier: MIT */
/*
 * state.c - what the policy sees of an ensemble: how large its errors are.
 *
 * Two histograms of |p - y|, p the mean probability of the minority class,
 * over training and over validation rows; each as shares that sum to 1, or to
 * the number of bins (Liu et al. 2020, section 3.1; their code's choices are
 * parameters of the class).
 */
#include <float.h>

#include "sac.h"

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

/* How many are not below an edge. */
static size_t
count_from(const double *error, size_t n, double edge)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += error[i] >= edge;
    return count;
}

/* Bins are few: going through all errors once for each edge costs less than
 * finding the bin of each error. */
void
sac_histogram(const double *error, size_t n, double low, double high,
              size_t n_bins, size_t *count)
{
    size_t from = n, next;
    double step;

    if (low == high) {
        low -= 0.5;
        high += 0.5;
    }
    step = (high - low) / (double)n_bins;
    for (size_t b = 0; b < n_bins; b++, from = next) {
        next = b + 1 < n_bins
                   ? count_from(error, n, low + (double)(b + 1) * step)
                   : 0;
        count[b] = from - next;
    }
}

/* Errors of the rows that count, into error[rows]; how many. */
static size_t
list_errors(const struct sac *s, const struct mesa_dataset *data,
            const double *proba, uint32_t minority, double *error)
{
    const double *p = proba + minority;
    size_t n = 0;

    for (size_t r = 0; r < data->x.rows; r++) {
        bool hard = (uint32_t)data->y[r] == minority;

        error[n] = hard ? 1 - p[2 * r] : p[2 * r];
        n += !hard || s->error_rows == SAC_ROWS_ALL;
    }
    return n;
}

static void
describe(const struct sac *s, const double *error, size_t n, size_t *count,
         float *state)
{
    size_t bins = (size_t)s->num_bins;
    double low = 0, high = 1;

    if (s->error_range == SAC_RANGE_DATA && n > 0) {
        low = DBL_MAX;
        high = -DBL_MAX;
        for (size_t i = 0; i < n; i++) {
            low = error[i] < low ? error[i] : low;
            high = error[i] > high ? error[i] : high;
        }
    }
    sac_histogram(error, n, low, high, bins, count);
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
        describe(s, error, list_errors(s, data, feedback->proba, minority,
                                       error), count, state);
        describe(s, error, list_errors(s, valid, feedback->valid_proba,
                                       minority, error), count, state + bins);
    } else {
        st = mesa_nomem(err, most, "errors");
    }
    mesa_free(error);
    mesa_free(count);
    return st;
}
