/* SPDX-License-Identifier: MIT */
/*
 * resampled - a sampler and a learner as one learner.
 *
 * fit lets the sampler choose and make rows of those it is given, and the
 * learner learns from these alone; what is predicted is never resampled.  So
 * a resampled learner can stand wherever a learner can: in an ensemble, in
 * cross-validation, in a calibration.  Where rows came from is not kept.
 * Costs what its parts cost.
 */
#include <mesa/mesa.h>

#include "inner.h"

struct resampled {
    struct inner          inner;
    struct mesa_instance *learner; /* NULL before fit */
};

static const struct mesa_param resampled_params[] = {
    MESA_COMPONENT(struct resampled, inner.estimator, "estimator",
                   MESA_KIND_ESTIMATOR, "tree",
                   "The learner that learns from the sampler's rows"),
    MESA_COMPONENT(struct resampled, inner.sampler, "sampler",
                   MESA_KIND_SAMPLER, "random_under",
                   "What makes the rows to learn from"),
    MESA_PARAM_END
};

static void
resampled_fini(void *self)
{
    struct resampled *r = self;

    mesa_instance_free(r->learner);
    r->learner = NULL;
}

static mesa_status
resampled_fit(void *self, const struct mesa_dataset *train,
              const struct mesa_dataset *valid, struct mesa_rng *rng,
              struct mesa_error *err)
{
    struct resampled *r = self;

    resampled_fini(self);
    return inner_fit(&r->inner, train, valid, rng, NULL, &r->learner, err);
}

static mesa_status
resampled_predict_proba(const void *self, const struct mesa_cmatrix *x,
                        double *proba, struct mesa_error *err)
{
    const struct resampled *r = self;

    return mesa_estimator_predict_proba(r->learner, x, proba, err);
}

static mesa_status
resampled_importance(const void *self, double *importance,
                     struct mesa_error *err)
{
    const struct resampled *r = self;

    return mesa_estimator_importance(r->learner, importance, err);
}

static mesa_status
resampled_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                  uint32_t *proba, struct mesa_error *err)
{
    const struct resampled *r = self;

    return mesa_estimator_to_onnx(r->learner, g, x, proba, err);
}

static mesa_status
resampled_embed(const void *self, const struct mesa_cmatrix *x, double *out,
                size_t *width, struct mesa_error *err)
{
    const struct resampled *r = self;

    return mesa_estimator_embed(r->learner, x, out, width, err);
}

static uint64_t
resampled_rows(const void *self)
{
    const struct resampled *r = self;

    return mesa_estimator_rows(r->learner);
}

static const struct mesa_ensemble *
resampled_members(const void *self)
{
    const struct resampled *r = self;

    return mesa_estimator_members(r->learner);
}

static mesa_status
resampled_counts(const void *self, struct mesa_counts *out,
                 struct mesa_error *err)
{
    const struct resampled *r = self;

    /* Of members the core asks itself. */
    return mesa_estimator_members(r->learner)
               ? MESA_OK
               : mesa_estimator_counts(r->learner, out, err);
}

static mesa_status
resampled_save(const void *self, struct mesa_archive *to,
               struct mesa_error *err)
{
    const struct resampled *r = self;

    return inner_save(r->learner, to, 0, err);
}

static mesa_status
resampled_load(void *self, const struct mesa_archive *from,
               struct mesa_error *err)
{
    struct resampled *r = self;

    resampled_fini(self);
    return inner_load(&r->inner, from, 0, &r->learner, err);
}

/* What of these the parts cannot do, they say. */
static const struct mesa_estimator_class resampled = {
    MESA_ESTIMATOR(struct resampled),
    .head.name     = "resampled",
    .head.title    = "A sampler and a learner as one learner",
    .head.params   = resampled_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                     MESA_CLASS_WEIGHTS,
    .head.fini     = resampled_fini,
    .head.save     = resampled_save,
    .head.load     = resampled_load,
    .fit           = resampled_fit,
    .predict_proba = resampled_predict_proba,
    .importance    = resampled_importance,
    .rows          = resampled_rows,
    .to_onnx       = resampled_to_onnx,
    .members       = resampled_members,
    .embed         = resampled_embed,
    .counts        = resampled_counts,
};

MESA_PLUGIN(.name = "resampled", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&resampled.head));
