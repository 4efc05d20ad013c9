/* SPDX-License-Identifier: MIT */
/*
 * underbagging - bagging on balanced subsets of the majority.
 *
 * Each learner sees all minority rows and as many majority rows, drawn anew
 * without replacement; probabilities are averaged.  The loop is
 * mesa/ensemble.h with the sampler random_under.
 */
#include <mesa/mesa.h>

struct underbagging {
    int64_t                n_estimators;
    struct mesa_component *estimator, *sampler;
    struct mesa_ensemble   ensemble;
};

static const struct mesa_param underbagging_params[] = {
    MESA_INT(struct underbagging, n_estimators, "n_estimators", 10, 1,
             1000000, "Learners in the ensemble"),
    MESA_COMPONENT(struct underbagging, estimator, "estimator",
                   MESA_KIND_ESTIMATOR, "tree", "The learner that is bagged"),
    MESA_COMPONENT(struct underbagging, sampler, "sampler",
                   MESA_KIND_SAMPLER, "random_under",
                   "What draws each learner's rows"),
    MESA_PARAM_END
};

static mesa_status
underbagging_fit(void *self, const struct mesa_dataset *train,
                 const struct mesa_dataset *valid, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    struct underbagging *u = self;

    return mesa_ensemble_fit(&u->ensemble, (size_t)u->n_estimators,
                             u->estimator, u->sampler, train, valid, rng,
                             err);
}

static mesa_status
underbagging_predict_proba(const void *self, const struct mesa_cmatrix *x,
                           double *proba, struct mesa_error *err)
{
    const struct underbagging *u = self;

    return mesa_ensemble_predict_proba(&u->ensemble, x, proba, err);
}

static mesa_status
underbagging_importance(const void *self, double *importance,
                        struct mesa_error *err)
{
    const struct underbagging *u = self;

    return mesa_ensemble_importance(&u->ensemble, importance, err);
}

static mesa_status
underbagging_save(const void *self, struct mesa_archive *to,
                  struct mesa_error *err)
{
    const struct underbagging *u = self;

    return mesa_ensemble_save(&u->ensemble, to, err);
}

static mesa_status
underbagging_load(void *self, const struct mesa_archive *from,
                  struct mesa_error *err)
{
    struct underbagging *u = self;

    return mesa_ensemble_load(&u->ensemble, u->estimator, from, err);
}

static void
underbagging_fini(void *self)
{
    struct underbagging *u = self;

    mesa_ensemble_free(&u->ensemble);
}

static const struct mesa_estimator_class underbagging = {
    MESA_ESTIMATOR(struct underbagging),
    .head.name     = "underbagging",
    .head.title    = "Bagging on randomly under-sampled training rows",
    .head.cite     = "Barandela, Valdovinos and Sanchez 2003, Pattern "
                     "Analysis and Applications 6",
    .head.params   = underbagging_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                     MESA_CLASS_WEIGHTS,
    .head.fini     = underbagging_fini,
    .head.save     = underbagging_save,
    .head.load     = underbagging_load,
    .fit           = underbagging_fit,
    .predict_proba = underbagging_predict_proba,
    .importance    = underbagging_importance,
};

MESA_PLUGIN(.name = "underbagging", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&underbagging.head));
