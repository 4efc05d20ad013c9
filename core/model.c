/* SPDX-License-Identifier: MIT */
/* model.c - transform, sampler and estimator, fitted one after the other. */
#include "evaluate.h"

#include "instance.h"

#include <math.h>
#include <string.h>

/* Has everything that was missing been filled in? */
static bool
is_complete(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            return false;
    return true;
}

mesa_status
mesa_transformed(const struct mesa_instance *transform,
                 const struct mesa_dataset *data, struct mesa_dataset *out,
                 double **x, struct mesa_error *err)
{
    size_t rows = data->x.rows, cols = data->x.cols;
    mesa_status st;

    *out = *data;
    *x = NULL;
    if (!transform)
        return MESA_OK;
    *x = mesa_alloc_raw(rows, cols * sizeof **x);
    if (!*x)
        return mesa_nomem(err, rows, "transformed rows");
    out->x = (struct mesa_cmatrix){ *x, rows, cols, cols, NULL };
    st = mesa_transform_apply(transform, &data->x, *x, err);
    if (st == MESA_OK && (data->flags & MESA_DATA_MISSING) &&
        is_complete(*x, rows * cols))
        out->flags &= ~(uint32_t)MESA_DATA_MISSING;
    return st;
}

/* Fit the estimator on what the sampler leaves of train (all, if none). */
static mesa_status
fit_sampled(struct mesa_instance *estimator, const struct mesa_model_job *job,
            const struct mesa_dataset *train, const struct mesa_dataset *valid,
            struct mesa_error *err)
{
    struct mesa_rng rng = mesa_rng_derive(job->root, "estimator", job->step);
    struct mesa_rng draw = mesa_rng_derive(job->root, "sampler", job->step);
    struct mesa_sample *sample = NULL;
    struct mesa_instance *s = NULL;
    const struct mesa_dataset *rows = train;
    mesa_status st = MESA_OK;

    if (job->sampler) {
        sample = mesa_sample_new(train);
        st = sample ? mesa_instance_new(job->sampler, &s, err)
                    : mesa_nomem(err, 1, "sample");
        if (st == MESA_OK)
            st = mesa_sampler_resample(s, train, NULL, sample, &draw, err);
        if (st == MESA_OK)
            st = mesa_sample_dataset(sample, &rows, err);
    }
    if (st == MESA_OK)
        st = mesa_estimator_fit(estimator, rows, valid, &rng, err);
    mesa_instance_free(s);
    mesa_sample_free(sample);
    return st;
}

mesa_status
mesa_model_fit(struct mesa_model *out, const struct mesa_model_job *job,
               const struct mesa_dataset *train,
               const struct mesa_dataset *valid, struct mesa_error *err)
{
    struct mesa_dataset t = { 0 }, v = { 0 };
    double *tx = NULL, *vx = NULL;
    mesa_status st = MESA_OK;

    *out = (struct mesa_model){ NULL, NULL };
    if (valid && valid->x.rows == 0) /* a share that rounded to nothing */
        valid = NULL;
    if (job->transform) {
        st = mesa_instance_new(job->transform, &out->transform, err);
        if (st == MESA_OK)
            st = mesa_transform_fit(out->transform, train, err);
    }
    if (st == MESA_OK)
        st = mesa_transformed(out->transform, train, &t, &tx, err);
    if (st == MESA_OK && valid)
        st = mesa_transformed(out->transform, valid, &v, &vx, err);
    if (st == MESA_OK)
        st = mesa_instance_new(job->estimator, &out->estimator, err);
    if (st == MESA_OK)
        st = fit_sampled(out->estimator, job, &t, valid ? &v : NULL, err);
    mesa_free(tx);
    mesa_free(vx);
    return st;
}

mesa_status
mesa_model_predict(const struct mesa_model *model,
                   const struct mesa_dataset *data, double *proba,
                   struct mesa_error *err)
{
    struct mesa_dataset t;
    double *x;
    mesa_status st = mesa_transformed(model->transform, data, &t, &x, err);

    if (st == MESA_OK)
        st = mesa_instance_accepts(model->estimator, &t, err);
    if (st == MESA_OK)
        st = mesa_estimator_predict_proba(model->estimator, &t.x, proba, err);
    mesa_free(x);
    return st;
}

mesa_status
mesa_model_save(const struct mesa_model *model, struct mesa_archive *to,
                struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    if (model->transform)
        st = mesa_instance_save(model->transform, to, "transform", 0, err);
    if (st == MESA_OK)
        st = mesa_instance_save(model->estimator, to, "estimator", 0, err);
    return st;
}

mesa_status
mesa_model_load(struct mesa_model *out, const struct mesa_recipe *recipe,
                const struct mesa_archive *from, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    *out = (struct mesa_model){ NULL, NULL };
    if (recipe->transform) {
        st = mesa_instance_new(recipe->transform, &out->transform, err);
        if (st == MESA_OK)
            st = mesa_instance_load(out->transform, from, "transform", 0, err);
    }
    if (st == MESA_OK)
        st = mesa_instance_new(mesa_recipe_fitted(recipe), &out->estimator,
                               err);
    if (st == MESA_OK)
        st = mesa_instance_load(out->estimator, from, "estimator", 0, err);
    return st;
}

void
mesa_model_free(struct mesa_model *model)
{
    mesa_instance_free(model->transform);
    mesa_instance_free(model->estimator);
    *model = (struct mesa_model){ NULL, NULL };
}
