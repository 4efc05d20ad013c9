/* SPDX-License-Identifier: MIT */
/*
 * bagging - the mean of learners on random rows.
 *
 * Each learner sees as many rows as there are, drawn with replacement
 * (Breiman 1996); or fewer, or without.  scikit-learn's BaggingClassifier but
 * for its subsets of columns.  Learners are fitted in parallel.
 */
#include "average.h"

static const struct mesa_param bagging_params[] = {
    AVERAGE_COUNT(struct bags, 10),
    AVERAGE_ESTIMATOR(struct bags, "tree"),
    BAGS_ROWS,
    MESA_PARAM_END
};

static const struct mesa_estimator_class bagging = {
    AVERAGE_SLOTS(struct bags),
    .head.name   = "bagging",
    .head.title  = "Bagging: the mean of learners on random rows",
    .head.cite   = "Breiman 1996, Machine Learning 24",
    .head.params = bagging_params,
    .fit         = bags_fit,
};

MESA_PLUGIN(.name = "bagging", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&bagging.head));
