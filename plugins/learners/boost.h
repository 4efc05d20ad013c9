/* SPDX-License-Identifier: MIT */
/* boost.h - what learners that boost others have in common. */
#ifndef MESA_PLUGINS_BOOST_H
#define MESA_PLUGINS_BOOST_H

#include <mesa/mesa.h>

enum { BOOST_AUTO = -1, BOOST_PAPER = 0, BOOST_MESA = 1 };

struct boost {
    int64_t                n_estimators, n_samples; /* BOOST_AUTO, 0: all */
    double                 learning_rate;
    int                    variant, algorithm;
    int                    accumulate, early_termination; /* or BOOST_AUTO */
    struct mesa_component *estimator, *sampler;
    struct mesa_boosting   boosting;
};

/* What variant = mesa means. */
struct boost_variant {
    enum mesa_boosting_algorithm algorithm;
    size_t                       n_samples;
    bool                         accumulate;
};

/* Each learner says which, behind this. */
static const struct boost_variant boost_mesa;

#define BOOST_COUNT                                                      \
    MESA_INT(struct boost, n_estimators, "n_estimators", 50, 1, 1000000, \
             "Learners in the ensemble, at most")
#define BOOST_RATE                                                         \
    MESA_REAL(struct boost, learning_rate, "learning_rate", 1.0, 0.0, 1e6, \
              "Factor of the exponents by which weights change",           \
              .flags = MESA_PARAM_OPEN_MIN)
#define BOOST_ESTIMATOR(d)                                       \
    MESA_COMPONENT(struct boost, estimator, "estimator",         \
                   MESA_KIND_ESTIMATOR, d, "The learner of the " \
                                           "members; it must honour weights")
#define BOOST_SAMPLER(d, help) \
    MESA_COMPONENT(struct boost, sampler, "sampler", MESA_KIND_SAMPLER, d, \
                   help)
#define BOOST_VARIANT                                                       \
    MESA_CHOICE(struct boost, variant, "variant", BOOST_PAPER,              \
                boost_variants, "What auto stands for in the keys below")
#define BOOST_ALGORITHM                                                   \
    MESA_CHOICE(struct boost, algorithm, "algorithm", BOOST_AUTO,         \
                boost_algorithms, "How learners are weighed and combined")
#define BOOST_STOP                                                         \
    MESA_CHOICE(struct boost, early_termination, "early_termination",      \
                BOOST_AUTO, boost_switch,                                  \
                "End behind a learner without error and before one no "    \
                "better than chance; auto: yes for paper, no for mesa")
#define BOOST_ACCUMULATE                                                   \
    MESA_CHOICE(struct boost, accumulate, "accumulate", BOOST_AUTO,        \
                boost_switch, "Keep made rows for the rounds after; auto: " \
                              "no for paper, yes for mesa")
#define BOOST_SAMPLES                                                       \
    MESA_INT(struct boost, n_samples, "n_samples", BOOST_AUTO, 1, INT64_MAX, \
             "Made rows of a class that a round uses, the first of the "    \
             "sampler's; auto: all for paper, 100 for mesa",                \
             .choices = boost_counts)

static const struct mesa_choice boost_variants[] = {
    { "paper", BOOST_PAPER, "as published" },
    { "mesa", BOOST_MESA, "as MESA's code has it for comparison" },
    { NULL, 0, NULL }
};

static const struct mesa_choice boost_algorithms[] = {
    { "auto", BOOST_AUTO, "adaboost_m2 for paper" },
    { "adaboost_m2", MESA_ADABOOST_M2, "pseudo-loss over wrong labels" },
    { "samme", MESA_SAMME, "labels" },
    { "samme.r", MESA_SAMME_R, "logarithms of probabilities" },
    { "samme.p", MESA_SAMME_P, "samme.r, but weights follow probabilities" },
    { NULL, 0, NULL }
};

static const struct mesa_choice boost_switch[] = {
    { "auto", BOOST_AUTO, "as the variant says" },
    { "no", 0, "no" },
    { "yes", 1, "yes" },
    { NULL, 0, NULL }
};

static const struct mesa_choice boost_counts[] = {
    { "auto", BOOST_AUTO, "as the variant says" },
    { "all", 0, "all of them" },
    { NULL, 0, NULL }
};

static inline enum mesa_boosting_algorithm
boost_algorithm(const struct boost *b)
{
    if (b->algorithm != BOOST_AUTO)
        return (enum mesa_boosting_algorithm)b->algorithm;
    return b->variant == BOOST_MESA ? boost_mesa.algorithm : MESA_ADABOOST_M2;
}

static inline size_t
boost_samples(const struct boost *b)
{
    if (b->n_samples > 0)
        return (size_t)b->n_samples;
    return b->n_samples == BOOST_AUTO && b->variant == BOOST_MESA
               ? boost_mesa.n_samples
               : SIZE_MAX;
}

static inline bool
boost_switched(int value, bool automatic)
{
    return value == BOOST_AUTO ? automatic : value != 0;
}

static inline mesa_status
boost_fit(void *self, const struct mesa_dataset *train,
          const struct mesa_dataset *valid, struct mesa_rng *rng,
          struct mesa_error *err)
{
    struct boost *b = self;
    const bool as_mesa = b->variant == BOOST_MESA;
    const struct mesa_boosting_job job = {
        .struct_size = sizeof job,
        .algorithm = boost_algorithm(b),
        .n = (size_t)b->n_estimators,
        .learning_rate = b->learning_rate,
        .n_made = boost_samples(b),
        .accumulate = boost_switched(b->accumulate,
                                     as_mesa && boost_mesa.accumulate),
        .persist = !boost_switched(b->early_termination, !as_mesa),
        .estimator = b->estimator,
        .sampler = b->sampler,
        .train = train,
        .valid = valid,
        .rng = rng,
    };

    return mesa_boosting_fit(&b->boosting, &job, err);
}

static inline mesa_status
boost_predict_proba(const void *self, const struct mesa_cmatrix *x,
                    double *proba, struct mesa_error *err)
{
    const struct boost *b = self;

    return mesa_boosting_predict_proba(&b->boosting, x, proba, err);
}

static inline mesa_status
boost_importance(const void *self, double *importance, struct mesa_error *err)
{
    const struct boost *b = self;

    return mesa_boosting_importance(&b->boosting, importance, err);
}

static inline mesa_status
boost_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
              uint32_t *proba, struct mesa_error *err)
{
    const struct boost *b = self;

    return mesa_boosting_to_onnx(&b->boosting, g, x, proba, err);
}

static inline uint64_t
boost_rows(const void *self)
{
    const struct boost *b = self;

    return mesa_ensemble_rows(&b->boosting.ensemble);
}

static inline const struct mesa_ensemble *
boost_members(const void *self)
{
    const struct boost *b = self;

    return &b->boosting.ensemble;
}

static inline mesa_status
boost_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct boost *b = self;

    return mesa_boosting_save(&b->boosting, to, err);
}

static inline mesa_status
boost_load(void *self, const struct mesa_archive *from,
           struct mesa_error *err)
{
    struct boost *b = self;

    return mesa_boosting_load(&b->boosting, boost_algorithm(b), b->estimator,
                              from, err);
}

static inline void
boost_fini(void *self)
{
    struct boost *b = self;

    mesa_boosting_free(&b->boosting);
}

/* Rows of the class table but for names and parameters. */
#define BOOST_SLOTS                                                \
    MESA_ESTIMATOR(struct boost),                                  \
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |     \
                  MESA_CLASS_WEIGHTS,                              \
    .head.fini = boost_fini, .head.save = boost_save,              \
    .head.load = boost_load, .fit = boost_fit,                     \
    .predict_proba = boost_predict_proba,                          \
    .importance = boost_importance, .rows = boost_rows,            \
    .to_onnx = boost_to_onnx, .members = boost_members

#endif
