/* SPDX-License-Identifier: MIT */
/* average.h - what learners that average others have in common. */
#ifndef MESA_PLUGINS_AVERAGE_H
#define MESA_PLUGINS_AVERAGE_H

#include <mesa/mesa.h>

/* Comes first in their structs, as `average`. */
struct average {
    int64_t                n_estimators;
    struct mesa_component *estimator, *sampler;
    struct mesa_ensemble   ensemble;
};

/* Learners that have nothing else. */
struct averaging {
    struct average average;
};

#define AVERAGE_COUNT(T, n)                                           \
    MESA_INT(T, average.n_estimators, "n_estimators", n, 1, 1000000,  \
             "Learners in the ensemble")
#define AVERAGE_ESTIMATOR(T, d)                                       \
    MESA_COMPONENT(T, average.estimator, "estimator",                 \
                   MESA_KIND_ESTIMATOR, d, "The learner of the members")
#define AVERAGE_SAMPLER(T, d, help)                                   \
    MESA_COMPONENT(T, average.sampler, "sampler", MESA_KIND_SAMPLER, d, \
                   help)

/* With a sampler of the core's loop. */
static inline mesa_status
average_fit(void *self, const struct mesa_dataset *train,
            const struct mesa_dataset *valid, struct mesa_rng *rng,
            struct mesa_error *err)
{
    struct average *a = self;

    return mesa_ensemble_fit(&a->ensemble, (size_t)a->n_estimators,
                             a->estimator, a->sampler, train, valid, rng,
                             err);
}

/* With rows that the learner draws itself. */
static inline mesa_status
average_fit_bags(struct average *a, struct mesa_bagging_job job,
                 struct mesa_error *err)
{
    job.struct_size = sizeof job;
    job.n = (size_t)a->n_estimators;
    job.estimator = a->estimator;
    job.context = a;
    return mesa_bagging_fit(&a->ensemble, &job, err);
}

/* Learners whose members see rows drawn at random. */
struct bags {
    struct average average;
    double         max_samples;
    bool           bootstrap;
};

#define BAGS_ROWS                                                         \
    MESA_REAL(struct bags, max_samples, "max_samples", 1.0, 0.0, 1e15,    \
              "Rows that each learner sees, as a share or, above 1, a "   \
              "count", .flags = MESA_PARAM_OPEN_MIN),                     \
    MESA_BOOL(struct bags, bootstrap, "bootstrap", true,                  \
              "Draw the rows with replacement")

static inline mesa_status
bags_draw(const void *context, size_t member,
          const struct mesa_dataset *train, struct mesa_sample *out,
          struct mesa_rng *rng, struct mesa_error *err)
{
    const struct bags *b = context;

    (void)member;
    return mesa_bagging_bootstrap(b->max_samples, b->bootstrap, train, out,
                                  rng, err);
}

static inline mesa_status
bags_fit(void *self, const struct mesa_dataset *train,
         const struct mesa_dataset *valid, struct mesa_rng *rng,
         struct mesa_error *err)
{
    return average_fit_bags(self,
                            (struct mesa_bagging_job){ .draw = bags_draw,
                                                       .train = train,
                                                       .valid = valid,
                                                       .rng = rng },
                            err);
}

static inline mesa_status
average_predict_proba(const void *self, const struct mesa_cmatrix *x,
                      double *proba, struct mesa_error *err)
{
    const struct average *a = self;

    return mesa_ensemble_predict_proba(&a->ensemble, x, proba, err);
}

static inline mesa_status
average_importance(const void *self, double *importance,
                   struct mesa_error *err)
{
    const struct average *a = self;

    return mesa_ensemble_importance(&a->ensemble, importance, err);
}

static inline mesa_status
average_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                uint32_t *proba, struct mesa_error *err)
{
    const struct average *a = self;

    return mesa_ensemble_to_onnx(&a->ensemble, g, x, proba, err);
}

static inline uint64_t
average_rows(const void *self)
{
    const struct average *a = self;

    return mesa_ensemble_rows(&a->ensemble);
}

static inline const struct mesa_ensemble *
average_members(const void *self)
{
    const struct average *a = self;

    return &a->ensemble;
}

static inline mesa_status
average_save(const void *self, struct mesa_archive *to,
             struct mesa_error *err)
{
    const struct average *a = self;

    return mesa_ensemble_save(&a->ensemble, to, err);
}

static inline mesa_status
average_load(void *self, const struct mesa_archive *from,
             struct mesa_error *err)
{
    struct average *a = self;

    return mesa_ensemble_load(&a->ensemble, a->estimator, from, err);
}

static inline void
average_fini(void *self)
{
    struct average *a = self;

    mesa_ensemble_free(&a->ensemble);
}

/* Rows of the class table but for names, parameters and fit. */
#define AVERAGE_SLOTS(T)                                             \
    MESA_ESTIMATOR(T),                                               \
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |       \
                  MESA_CLASS_WEIGHTS,                                \
    .head.fini = average_fini, .head.save = average_save,            \
    .head.load = average_load, .predict_proba = average_predict_proba, \
    .importance = average_importance, .rows = average_rows,          \
    .to_onnx = average_to_onnx, .members = average_members

#endif
