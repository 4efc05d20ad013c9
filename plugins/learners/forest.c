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

static const struct mesa_param forest_params[] = {
    AVERAGE_COUNT(struct bags, 100),
    AVERAGE_ESTIMATOR(struct bags, "tree(max_features=sqrt)"),
    BAGS_ROWS,
    MESA_PARAM_END
};

static const struct mesa_estimator_class forest = {
    AVERAGE_SLOTS(struct bags),
    .head.name   = "forest",
    .head.title  = "Random forest",
    .head.cite   = "Breiman 2001, Machine Learning 45",
    .head.params = forest_params,
    .fit         = bags_fit,
};

MESA_PLUGIN(.name = "forest", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&forest.head));
