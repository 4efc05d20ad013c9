/* SPDX-License-Identifier: MIT */
/*
 * smoteboost - boosting on rows that SMOTE adds to in each round.
 *
 * Each round the sampler makes minority rows, a learner is fitted on all rows
 * with the weights of the round (made ones have the mean weight), the made
 * rows are dropped, and AdaBoost.M2 goes on from the learner's answers for
 * the real ones (Chawla et al. 2003).  A round costs the sampler, a fit and a
 * prediction of all rows.
 *
 * variant = mesa is what MESA was compared with: SAMME.R, 100 made rows in
 * each round that stay, and count as real ones from then on, and no early
 * end.  With full trees it comes down to a few rows that contradict each
 * other, which then have nearly all weight.
 */
#include "boost.h"

static const struct boost_variant boost_mesa = {
    MESA_SAMME_R, 100, true
};

static const struct mesa_param smoteboost_params[] = {
    BOOST_COUNT,
    BOOST_RATE,
    BOOST_ESTIMATOR("tree"),
    BOOST_SAMPLER("smote", "What makes rows in each round"),
    BOOST_VARIANT,
    BOOST_ALGORITHM,
    BOOST_SAMPLES,
    BOOST_ACCUMULATE,
    BOOST_STOP,
    MESA_PARAM_END
};

static const struct mesa_estimator_class smoteboost = {
    BOOST_SLOTS,
    .head.name   = "smoteboost",
    .head.title  = "Boosting on rows that SMOTE adds to",
    .head.cite   = "Chawla, Lazarevic, Hall and Bowyer 2003, PKDD, LNAI "
                   "2838",
    .head.params = smoteboost_params,
};

MESA_PLUGIN(.name = "smoteboost", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&smoteboost.head));
