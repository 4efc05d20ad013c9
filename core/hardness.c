/* SPDX-License-Identifier: MIT */
/*
 * hardness.c - majority rows drawn with a Gaussian over their errors.
 *
 * Cost: one exponential and a share of a sum for each majority row, and a
 * search for each row drawn.
 */
#include "internal.h"

#include <mesa/hardness.h>

#include <math.h>

/* Exponents are taken relative to the largest and end here: all rows can be
 * drawn, those beyond with the same, hardly positive weight. */
#define LEAST_EXPONENT (-700.0)

mesa_status
mesa_hardness_minority(const struct mesa_dataset *data, uint32_t *label,
                       size_t *rows, struct mesa_error *err)
{
    size_t ones = 0;

    for (size_t r = 0; r < data->x.rows; r++)
        ones += data->y[r] == 1;
    *label = ones <= data->x.rows - ones;
    *rows = MESA_MIN(ones, data->x.rows - ones);
    if (*rows < 2)
        return mesa_fail(err, MESA_EDATA,
                         "%zu of %zu rows are of the minority class, at least "
                         "2 are needed",
                         *rows, data->x.rows);
    return MESA_OK;
}

/* Majority rows, ascending, and the weights of their errors. */
struct majority {
    size_t *row, *pick;
    double *weight;
    size_t  n;
};

static mesa_status
list_majority(struct majority *m, const struct mesa_dataset *data,
              uint32_t minority, struct mesa_error *err)
{
    size_t n = data->x.rows;

    m->row = mesa_alloc_raw(n, 2 * sizeof *m->row);
    m->weight = mesa_alloc_raw(n, sizeof *m->weight);
    if (!m->row || !m->weight)
        return mesa_nomem(err, n, "majority rows");
    m->pick = m->row + n;
    /* A branch would be right nearly always, a store always is. */
    for (size_t r = 0; r < n; r++) {
        m->row[m->n] = r;
        m->n += (uint32_t)data->y[r] != minority;
    }
    return MESA_OK;
}

static void
weigh(const struct majority *m, const struct mesa_feedback *feedback,
      uint32_t minority, const struct mesa_hardness *how)
{
    const double *error = feedback->proba + minority;
    double top = -HUGE_VAL;

    for (size_t i = 0; i < m->n; i++) {
        double z = (error[m->row[i] * 2] - how->mu) / how->sigma;

        m->weight[i] = -0.5 * z * z;
        top = MESA_MAX(top, m->weight[i]);
    }
    for (size_t i = 0; i < m->n; i++)
        m->weight[i] = MESA_MAX(m->weight[i] - top, LEAST_EXPONENT);
    mesa_vexp(m->weight, m->weight, m->n);
}

static mesa_status
count_drawn(const struct majority *m, size_t n_minority, double train_ir,
            size_t *n, struct mesa_error *err)
{
    double wanted = (double)n_minority * train_ir;

    if (wanted >= (double)m->n + 1)
        return mesa_fail(err, MESA_EINVAL,
                         "train_ir is %g but there are %.1f majority rows per "
                         "minority row",
                         train_ir, (double)m->n / (double)n_minority);
    *n = MESA_MAX((size_t)wanted, 1);
    return MESA_OK;
}

static mesa_status
keep_rows(const struct majority *m, size_t n, const struct mesa_dataset *data,
          uint32_t minority, struct mesa_sample *out, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = mesa_sample_keep(out, m->row[m->pick[i]]);
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
    struct majority m = { NULL, NULL, NULL, 0 };
    size_t n_minority, n = 0;
    uint32_t minority;
    mesa_status st = mesa_hardness_minority(data, &minority, &n_minority,
                                            err);

    if (st == MESA_OK)
        st = list_majority(&m, data, minority, err);
    if (st == MESA_OK)
        st = count_drawn(&m, n_minority, how->train_ir, &n, err);
    if (st == MESA_OK && feedback && feedback->proba) {
        weigh(&m, feedback, minority, how);
        st = mesa_rng_weighted(rng, m.n, m.weight, n, m.pick, err);
    } else if (st == MESA_OK) {
        st = mesa_rng_choice(rng, m.n, n, false, m.pick, err);
    }
    if (st == MESA_OK)
        st = keep_rows(&m, n, data, minority, out, err);
    mesa_free(m.row);
    mesa_free(m.weight);
    return st;
}
