/* SPDX-License-Identifier: MIT */
/*
 * ramoboost - boosting on rows made where the minority is hard to learn.
 *
 * SMOTEBoost with another sampler: RAMO makes more rows from the minority
 * rows that have weight and majority rows around them (Chen, He and Garcia
 * 2010).  Made rows have the mean weight and are dropped after the round.  A
 * round costs the sampler, a fit and a prediction of all rows.
 *
 * variant = mesa is what MESA was compared with: SAMME.R, 100 made rows in
 * each round that stay, and no early end.  Where rows contradict each other
 * they soon have all weight, and all rows are made there: what then tells
 * full trees apart are ties, which our tree does not draw.
 * estimator = tree(max_features=...) does.
 */
#include "boost.h"

static const struct boost_variant boost_mesa = {
    MESA_SAMME_R, 100, true
};

static const struct mesa_param ramoboost_params[] = {
    BOOST_COUNT,
    BOOST_RATE,
    BOOST_ESTIMATOR("tree"),
    BOOST_SAMPLER("ramo(k_neighbors_1=auto)", "What makes rows in each round"),
    BOOST_VARIANT,
    BOOST_ALGORITHM,
    BOOST_SAMPLES,
    BOOST_ACCUMULATE,
    BOOST_STOP,
    MESA_PARAM_END
};

static const struct mesa_estimator_class ramoboost = {
    BOOST_SLOTS,
    .head.name   = "ramoboost",
    .head.title  = "Boosting on rows made where the minority is hard",
    .head.cite   = "Chen, He and Garcia 2010, IEEE Transactions on Neural "
                   "Networks 21",
    .head.params = ramoboost_params,
};

MESA_PLUGIN(.name = "ramoboost", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&ramoboost.head));
