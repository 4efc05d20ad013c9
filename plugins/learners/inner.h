/* SPDX-License-Identifier: MIT */
/*
 * inner.h - a learner inside a learner: made, fitted on what a sampler leaves
 * of the rows, and loaded again.
 */
#ifndef MESA_LEARNERS_INNER_H
#define MESA_LEARNERS_INNER_H

#include <mesa/mesa.h>

struct inner {
    struct mesa_component *estimator, *sampler; /* sampler: or NULL */
};

/* Each class's share of the weight (of the rows, if there is none). */
static inline void
inner_shares(const struct mesa_dataset *data, double *share)
{
    double all = 0.0;

    for (uint32_t c = 0; c < data->n_classes; c++)
        share[c] = 0.0;
    for (size_t r = 0; r < data->x.rows; r++)
        share[data->y[r]] += data->weight ? data->weight[r] : 1.0;
    for (uint32_t c = 0; c < data->n_classes; c++)
        all += share[c];
    for (uint32_t c = 0; c < data->n_classes && all > 0.0; c++)
        share[c] /= all;
}

/* What the sampler makes of data, which *sample owns. */
static inline mesa_status
inner_resample(const struct inner *in, const struct mesa_dataset *data,
               const struct mesa_rng *rng, struct mesa_sample **sample,
               const struct mesa_dataset **rows, struct mesa_error *err)
{
    struct mesa_rng draw = mesa_rng_derive(rng, "sample", 0);
    struct mesa_instance *sampler = NULL;
    mesa_status st = mesa_instance_new(in->sampler, &sampler, err);

    *sample = mesa_sample_new(data);
    if (st == MESA_OK && !*sample)
        st = mesa_nomem(err, 1, "sample");
    if (st == MESA_OK)
        st = mesa_sampler_begin(sampler, data, err);
    if (st == MESA_OK)
        st = mesa_sampler_resample(sampler, data, NULL, *sample, &draw, err);
    if (st == MESA_OK)
        st = mesa_sample_dataset(*sample, rows, err);
    mesa_instance_free(sampler);
    return st;
}

/*
 * Make *out and fit it.  Streams for the sampler and the learner are derived
 * from rng.  share (or NULL) gets the classes' shares of what it was fitted
 * on.  *out is to be freed also after a failure.
 */
static inline mesa_status
inner_fit(const struct inner *in, const struct mesa_dataset *train,
          const struct mesa_dataset *valid, const struct mesa_rng *rng,
          double *share, struct mesa_instance **out, struct mesa_error *err)
{
    struct mesa_rng fit = mesa_rng_derive(rng, "fit", 0);
    const struct mesa_dataset *rows = train;
    struct mesa_sample *sample = NULL;
    mesa_status st = mesa_instance_new(in->estimator, out, err);

    if (st == MESA_OK && in->sampler)
        st = inner_resample(in, train, rng, &sample, &rows, err);
    if (st == MESA_OK && share)
        inner_shares(rows, share);
    if (st == MESA_OK)
        st = mesa_estimator_fit(*out, rows, valid, &fit, err);
    mesa_sample_free(sample);
    return st;
}

static inline mesa_status
inner_save(const struct mesa_instance *learner, struct mesa_archive *to,
           size_t i, struct mesa_error *err)
{
    return mesa_instance_save(learner, to, "estimator", i, err);
}

/* Learner i; MESA_EPARSE unless it is of the outer one's shape.  *out is to
 * be freed also after a failure. */
static inline mesa_status
inner_load(const struct inner *in, const struct mesa_archive *from, size_t i,
           struct mesa_instance **out, struct mesa_error *err)
{
    size_t columns, classes, own_columns, own_classes;
    mesa_status st = mesa_archive_fitted_shape(from, &columns, &classes, err);

    if (st == MESA_OK)
        st = mesa_instance_new(in->estimator, out, err);
    if (st == MESA_OK)
        st = mesa_instance_load(*out, from, "estimator", i, err);
    if (st != MESA_OK)
        return st;
    own_columns = mesa_estimator_n_columns(*out);
    own_classes = mesa_estimator_n_classes(*out);
    if (own_columns == columns && own_classes == classes)
        return MESA_OK;
    return mesa_fail(err, MESA_EPARSE,
                     "an estimator of %zu columns and %zu classes in a model "
                     "of %zu and %zu",
                     own_columns, own_classes, columns, classes);
}

#endif
