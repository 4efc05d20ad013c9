/* SPDX-License-Identifier: MIT */
/*
 * bagging - the mean of learners on random rows.
 *
 * Each learner sees as many rows as there are, drawn with replacement
 * (Breiman 1996); or fewer, or without.  scikit-learn's BaggingClassifier but
 * for its subsets of columns.  Learners are fitted in parallel.
 */
#include "average.h"

struct bagging {
    struct average average;
    double         max_samples;
    bool           bootstrap;
};

static const struct mesa_param bagging_params[] = {
    AVERAGE_COUNT(struct bagging, 10),
    AVERAGE_ESTIMATOR(struct bagging, "tree"),
    MESA_REAL(struct bagging, max_samples, "max_samples", 1.0, 0.0, 1e15,
              "Rows that each learner sees, as a share or, above 1, a count",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_BOOL(struct bagging, bootstrap, "bootstrap", true,
              "Draw the rows with replacement"),
    MESA_PARAM_END
};

static mesa_status
bagging_draw(const void *context, size_t member,
             const struct mesa_dataset *train, struct mesa_sample *out,
             struct mesa_rng *rng, struct mesa_error *err)
{
    const struct bagging *b = context;

    (void)member;
    return mesa_bagging_bootstrap(b->max_samples, b->bootstrap, train,
                                  out, rng, err);
}

static mesa_status
bagging_fit(void *self, const struct mesa_dataset *train,
            const struct mesa_dataset *valid, struct mesa_rng *rng,
            struct mesa_error *err)
{
    return average_fit_bags(self,
                            (struct mesa_bagging_job){ .draw = bagging_draw,
                                                       .train = train,
                                                       .valid = valid,
                                                       .rng = rng },
                            err);
}

static const struct mesa_estimator_class bagging = {
    AVERAGE_SLOTS(struct bagging),
    .head.name   = "bagging",
    .head.title  = "Bagging: the mean of learners on random rows",
    .head.cite   = "Breiman 1996, Machine Learning 24",
    .head.params = bagging_params,
    .fit         = bagging_fit,
};

MESA_PLUGIN(.name = "bagging", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&bagging.head));
