/* SPDX-License-Identifier: MIT */
/*
 * rusboost - boosting on rows that the majority is under-sampled for.
 *
 * Each round a learner is fitted on a random choice of rows with the weights
 * of the round, and AdaBoost.M2 goes on from its answers for all rows
 * (Seiffert et al. 2010).  A round costs a fit on few rows and a prediction
 * of all.
 *
 * Full trees on so few rows are often no better than chance on the weighted
 * rows, which ends the loop early; estimator = tree(max_depth=3) boosts on.
 *
 * variant = mesa is what MESA was compared with, together with
 * sampler = random_under(replacement=true): weights change by probabilities
 * in place of their logarithms, learners all have the same vote, and there is
 * no early end.
 */
#include "boost.h"

static const struct boost_variant boost_mesa = {
    MESA_SAMME_P, SIZE_MAX, false
};

static const struct mesa_param rusboost_params[] = {
    BOOST_COUNT,
    BOOST_RATE,
    BOOST_ESTIMATOR("tree"),
    BOOST_SAMPLER("random_under", "What chooses the rows of each round"),
    BOOST_VARIANT,
    BOOST_ALGORITHM,
    BOOST_STOP,
    MESA_PARAM_END
};

static const struct mesa_estimator_class rusboost = {
    BOOST_SLOTS,
    .head.name   = "rusboost",
    .head.title  = "Boosting on randomly under-sampled rows",
    .head.cite   = "Seiffert, Khoshgoftaar, Van Hulse and Napolitano 2010, "
                   "IEEE Transactions on Systems, Man and Cybernetics A 40",
    .head.params = rusboost_params,
};

MESA_PLUGIN(.name = "rusboost", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&rusboost.head));
