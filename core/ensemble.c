/* SPDX-License-Identifier: MIT */
/*
 * ensemble.c - sequential averaging with a sampler in the loop.
 *
 * A sampler that reads feedback makes the rounds depend on each other: after
 * each learner its predictions are added to running sums, whose mean the next
 * round's sampler sees.  Otherwise the rounds are independent and run in
 * parallel; both ways derive their streams from the round alone.
 */
#include "instance.h"

#include <string.h>

/* One ensemble being fitted. */
struct fitting {
    struct mesa_ensemble        *e;
    const struct mesa_component *estimator, *sampler;
    const struct mesa_dataset   *train, *valid;
    const struct mesa_rng       *rng;
    struct mesa_instance        *live_sampler; /* sequential: one for all */
    double *sum, *mean, *valid_sum, *valid_mean;
    double *scratch;
};

static mesa_status
fit_member(const struct fitting *f, struct mesa_instance *sampler, size_t i,
           const struct mesa_feedback *feedback, struct mesa_error *err)
{
    struct mesa_rng draw = mesa_rng_derive(f->rng, "sample", i);
    struct mesa_rng rng = mesa_rng_derive(f->rng, "member", i);
    const struct mesa_dataset *rows = f->train;
    struct mesa_sample *sample = NULL;
    mesa_status st = MESA_OK;

    if (sampler) {
        sample = mesa_sample_new(f->train);
        st = sample ? mesa_sampler_resample(sampler, f->train, feedback,
                                            sample, &draw, err)
                    : mesa_nomem(err, 1, "sample");
        if (st == MESA_OK)
            st = mesa_sample_dataset(sample, &rows, err);
    }
    if (st == MESA_OK)
        st = mesa_instance_new(f->estimator, &f->e->member[i], err);
    if (st == MESA_OK)
        st = mesa_estimator_fit(f->e->member[i], rows, f->valid, &rng, err);
    mesa_sample_free(sample);
    return st;
}

static mesa_status
fit_independent(void *context, size_t i, struct mesa_error *err)
{
    const struct fitting *f = context;
    struct mesa_feedback feedback = {
        .struct_size = sizeof feedback,
        .n_classes = f->train->n_classes,
        .round = i,
        .n_rounds = f->e->n,
        .valid = f->valid,
    };
    struct mesa_instance *sampler = NULL;
    mesa_status st = MESA_OK;

    if (f->sampler)
        st = mesa_instance_new(f->sampler, &sampler, err);
    if (st == MESA_OK && sampler)
        st = mesa_sampler_begin(sampler, f->train, err);
    if (st == MESA_OK)
        st = fit_member(f, sampler, i, &feedback, err);
    mesa_instance_free(sampler);
    return st;
}

/* Add a member's predictions to the sums and refresh the means. */
static mesa_status
add_predictions(const struct fitting *f, size_t i,
                const struct mesa_dataset *data, double *sum, double *mean,
                struct mesa_error *err)
{
    size_t n = data->x.rows * data->n_classes;
    mesa_status st = mesa_estimator_predict_proba(f->e->member[i], &data->x,
                                                  f->scratch, err);

    if (st != MESA_OK)
        return st;
    for (size_t k = 0; k < n; k++) {
        sum[k] += f->scratch[k];
        mean[k] = sum[k] / (double)(i + 1);
    }
    return MESA_OK;
}

static mesa_status
fit_rounds(struct fitting *f, struct mesa_error *err)
{
    struct mesa_feedback feedback = {
        .struct_size = sizeof feedback,
        .n_classes = f->train->n_classes,
        .n_rounds = f->e->n,
        .valid = f->valid,
    };
    mesa_status st = mesa_sampler_begin(f->live_sampler, f->train, err);

    for (size_t i = 0; i < f->e->n && st == MESA_OK; i++) {
        feedback.round = i;
        feedback.proba = i ? f->mean : NULL;
        feedback.valid_proba = i && f->valid ? f->valid_mean : NULL;
        st = fit_member(f, f->live_sampler, i, &feedback, err);
        if (i + 1 == f->e->n || st != MESA_OK)
            break;
        st = add_predictions(f, i, f->train, f->sum, f->mean, err);
        if (st == MESA_OK && f->valid)
            st = add_predictions(f, i, f->valid, f->valid_sum, f->valid_mean,
                                 err);
    }
    return st;
}

static mesa_status
fit_dependent(struct fitting *f, struct mesa_error *err)
{
    size_t n = f->train->x.rows;
    size_t m = f->valid ? f->valid->x.rows : 0;
    size_t width = f->train->n_classes * sizeof(double);
    mesa_status st;

    f->sum = mesa_alloc_array(n, width);
    f->mean = mesa_alloc_array(n, width);
    f->valid_sum = mesa_alloc_array(m, width);
    f->valid_mean = mesa_alloc_array(m, width);
    f->scratch = mesa_alloc_array(MESA_MAX(n, m), width);
    if (!f->sum || !f->mean || !f->valid_sum || !f->valid_mean || !f->scratch)
        st = mesa_nomem(err, n, "predictions");
    else
        st = mesa_instance_new(f->sampler, &f->live_sampler, err);
    if (st == MESA_OK)
        st = fit_rounds(f, err);
    mesa_instance_free(f->live_sampler);
    mesa_free(f->sum);
    mesa_free(f->mean);
    mesa_free(f->valid_sum);
    mesa_free(f->valid_mean);
    mesa_free(f->scratch);
    return st;
}

static mesa_status
alloc_members(struct mesa_ensemble *e, size_t n, struct mesa_error *err)
{
    mesa_ensemble_free(e);
    e->member = mesa_alloc_array(n, sizeof *e->member);
    if (!e->member)
        return mesa_nomem(err, n, "members");
    e->n = n;
    return MESA_OK;
}

mesa_status
mesa_ensemble_fit(struct mesa_ensemble *e, size_t n,
                  const struct mesa_component *estimator,
                  const struct mesa_component *sampler,
                  const struct mesa_dataset *train,
                  const struct mesa_dataset *valid, struct mesa_rng *rng,
                  struct mesa_error *err)
{
    struct fitting f = { .e = e,         .estimator = estimator,
                         .sampler = sampler, .train = train,
                         .valid = valid, .rng = rng };
    bool feedback = sampler && (mesa_component_class(sampler)->flags &
                                MESA_CLASS_FEEDBACK);
    mesa_status st = alloc_members(e, n, err);

    if (st == MESA_OK)
        st = feedback ? fit_dependent(&f, err)
                      : mesa_parallel_for(n, fit_independent, &f, err);
    if (st != MESA_OK)
        mesa_ensemble_free(e);
    return st;
}

mesa_status
mesa_ensemble_predict_proba(const struct mesa_ensemble *e,
                            const struct mesa_cmatrix *x, double *proba,
                            struct mesa_error *err)
{
    size_t width = e->n ? mesa_estimator_n_classes(e->member[0]) : 0;
    size_t n = x->rows * width;
    double *one = mesa_alloc_raw(n, sizeof *one);
    mesa_status st = MESA_OK;

    if (!one)
        return mesa_nomem(err, n, "predictions");
    memset(proba, 0, n * sizeof *proba);
    for (size_t i = 0; i < e->n && st == MESA_OK; i++) {
        st = mesa_estimator_predict_proba(e->member[i], x, one, err);
        for (size_t k = 0; k < n && st == MESA_OK; k++)
            proba[k] += one[k];
    }
    for (size_t k = 0; k < n; k++)
        proba[k] /= (double)e->n;
    mesa_free(one);
    return st;
}

mesa_status
mesa_ensemble_importance(const struct mesa_ensemble *e, double *importance,
                         struct mesa_error *err)
{
    size_t cols = e->n ? mesa_estimator_n_columns(e->member[0]) : 0;
    double *one = mesa_alloc_raw(cols, sizeof *one);
    mesa_status st = MESA_OK;

    if (!one)
        return mesa_nomem(err, cols, "columns");
    memset(importance, 0, cols * sizeof *importance);
    for (size_t i = 0; i < e->n && st == MESA_OK; i++) {
        st = mesa_estimator_importance(e->member[i], one, err);
        for (size_t j = 0; j < cols && st == MESA_OK; j++)
            importance[j] += one[j] / (double)e->n;
    }
    mesa_free(one);
    return st;
}

mesa_status
mesa_ensemble_save(const struct mesa_ensemble *e, struct mesa_archive *to,
                   struct mesa_error *err)
{
    const uint64_t n = e->n;
    mesa_status st = mesa_archive_put_vector(to, "n_members", MESA_U64, 1, &n,
                                             err);

    for (size_t i = 0; i < e->n && st == MESA_OK; i++)
        st = mesa_instance_save(e->member[i], to, "member", i, err);
    return st;
}

mesa_status
mesa_ensemble_load(struct mesa_ensemble *e,
                   const struct mesa_component *estimator,
                   const struct mesa_archive *from, struct mesa_error *err)
{
    const size_t one = 1;
    size_t columns, classes;
    const void *data;
    uint64_t n;
    mesa_status st = mesa_archive_expect(from, "n_members", MESA_U64, 1, &one,
                                         &data, err);

    if (st != MESA_OK)
        return st;
    memcpy(&n, data, sizeof n);
    if (n == 0 || n > 1000000)
        return mesa_fail(err, MESA_EPARSE, "n_members is %llu",
                         (unsigned long long)n);
    st = alloc_members(e, (size_t)n, err);
    for (size_t i = 0; i < e->n && st == MESA_OK; i++) {
        st = mesa_instance_new(estimator, &e->member[i], err);
        if (st == MESA_OK)
            st = mesa_instance_load(e->member[i], from, "member", i, err);
        if (st == MESA_OK)
            st = mesa_instance_same_shape(e->member[0], e->member[i], err);
    }
    if (st == MESA_OK && mesa_archive_fitted_shape(from, &columns, &classes,
                                                   NULL) == MESA_OK &&
        (mesa_estimator_n_columns(e->member[0]) != columns ||
         mesa_estimator_n_classes(e->member[0]) != classes))
        st = mesa_fail(err, MESA_EPARSE,
                       "members of %zu columns and %zu classes in an "
                       "ensemble of %zu and %zu",
                       mesa_estimator_n_columns(e->member[0]),
                       mesa_estimator_n_classes(e->member[0]), columns,
                       classes);
    if (st != MESA_OK)
        mesa_ensemble_free(e);
    return st;
}

void
mesa_ensemble_free(struct mesa_ensemble *e)
{
    for (size_t i = 0; i < e->n; i++)
        mesa_instance_free(e->member[i]);
    mesa_free(e->member);
    *e = (struct mesa_ensemble){ 0, NULL };
}
