/* SPDX-License-Identifier: MIT */
/*
 * balance_cascade - learners on the majority rows that are not yet learnt.
 *
 * Learners are fitted one after the other on all minority rows and as many
 * majority rows; each time the majority rows that the ensemble does best are
 * left out for good (the sampler cascade), so that only as many as the
 * minority has are left in the last round (Liu, Wu and Zhou 2009).  Theirs
 * sums the scores of AdaBoost ensembles; here any learner will do,
 * estimator = adaboost among them, and probabilities are averaged.  A round
 * costs a fit on few rows and a prediction of all.
 *
 * sampler = cascade(variant=mesa) with n_estimators = 9 is what MESA was
 * compared with as 10.
 */
#include "average.h"

static const struct mesa_param balance_cascade_params[] = {
    AVERAGE_COUNT(struct averaging, 10),
    AVERAGE_ESTIMATOR(struct averaging, "tree"),
    AVERAGE_SAMPLER(struct averaging, "cascade",
                    "What draws each learner's rows"),
    MESA_PARAM_END
};

static const struct mesa_estimator_class balance_cascade = {
    AVERAGE_SLOTS(struct averaging),
    .head.name   = "balance_cascade",
    .head.title  = "Learners on majority rows that are not yet learnt",
    .head.cite   = "Liu, Wu and Zhou 2009, IEEE Transactions on Systems, "
                   "Man and Cybernetics B 39",
    .head.params = balance_cascade_params,
    .fit         = average_fit,
};

MESA_PLUGIN(.name = "balance_cascade", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&balance_cascade.head));
