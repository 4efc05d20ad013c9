/* SPDX-License-Identifier: MIT */
/*
 * forest - the mean of trees on random rows that look at random columns.
 *
 * Bagging of trees that look at sqrt(columns) columns, drawn anew, for each
 * cut (Breiman 2001).  As in scikit-learn's RandomForestClassifier
 * probabilities are averaged where the paper takes a vote.  Trees are fitted
 * in parallel.
 */
#include "average.h"

struct forest {
    struct average average;
    double         max_samples;
    bool           bootstrap;
};

static const struct mesa_param forest_params[] = {
    AVERAGE_COUNT(struct forest, 100),
    AVERAGE_ESTIMATOR(struct forest, "tree(max_features=sqrt)"),
    MESA_REAL(struct forest, max_samples, "max_samples", 1.0, 0.0, 1e15,
              "Rows that each learner sees, as a share or, above 1, a count",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_BOOL(struct forest, bootstrap, "bootstrap", true,
              "Draw the rows with replacement"),
    MESA_PARAM_END
};

static mesa_status
forest_draw(const void *context, size_t member,
            const struct mesa_dataset *train, struct mesa_sample *out,
            struct mesa_rng *rng, struct mesa_error *err)
{
    const struct forest *f = context;

    (void)member;
    return mesa_bagging_bootstrap(f->max_samples, f->bootstrap, train,
                                  out, rng, err);
}

static mesa_status
forest_fit(void *self, const struct mesa_dataset *train,
           const struct mesa_dataset *valid, struct mesa_rng *rng,
           struct mesa_error *err)
{
    return average_fit_bags(self,
                            (struct mesa_bagging_job){ .draw = forest_draw,
                                                       .train = train,
                                                       .valid = valid,
                                                       .rng = rng },
                            err);
}

static const struct mesa_estimator_class forest = {
    AVERAGE_SLOTS(struct forest),
    .head.name   = "forest",
    .head.title  = "Random forest",
    .head.cite   = "Breiman 2001, Machine Learning 45",
    .head.params = forest_params,
    .fit         = forest_fit,
};

MESA_PLUGIN(.name = "forest", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&forest.head));
