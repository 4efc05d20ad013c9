/* SPDX-License-Identifier: MIT */
/*
 * easy_ensemble - bags of boosted learners, each on a balanced subset.
 *
 * Each AdaBoost ensemble sees all minority rows and as many majority rows,
 * drawn anew without replacement.  The paper sums the votes of all weak
 * learners; as in imbalanced-learn, the probabilities of the AdaBoost
 * ensembles are averaged here (Liu, Wu and Zhou 2009).
 */
#include "average.h"

static const struct mesa_param easy_ensemble_params[] = {
    AVERAGE_COUNT(struct averaging, 10),
    AVERAGE_ESTIMATOR(struct averaging, "adaboost"),
    AVERAGE_SAMPLER(struct averaging, "random_under",
                    "What draws each learner's rows"),
    MESA_PARAM_END
};

static const struct mesa_estimator_class easy_ensemble = {
    AVERAGE_SLOTS(struct averaging),
    .head.name   = "easy_ensemble",
    .head.title  = "Bags of AdaBoost on balanced subsets",
    .head.cite   = "Liu, Wu and Zhou 2009, IEEE Transactions on Systems, "
                   "Man and Cybernetics B 39",
    .head.params = easy_ensemble_params,
    .fit         = average_fit,
};

MESA_PLUGIN(.name = "easy_ensemble", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&easy_ensemble.head));
