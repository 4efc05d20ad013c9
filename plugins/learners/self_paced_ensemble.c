/* SPDX-License-Identifier: MIT */
/*
 * self_paced_ensemble - learners on majority rows of every hardness.
 *
 * Learners are fitted one after the other on all minority rows and as many
 * majority rows, of which the first ensemble members' errors decide how many
 * come from where (the sampler self_paced); probabilities are averaged (Liu
 * et al. 2020).  A round costs a fit on few rows and a prediction of all.
 *
 * sampler = self_paced(variant=mesa) is what MESA was compared with.
 */
#include "average.h"

static const struct mesa_param self_paced_ensemble_params[] = {
    AVERAGE_COUNT(struct averaging, 10),
    AVERAGE_ESTIMATOR(struct averaging, "tree"),
    AVERAGE_SAMPLER(struct averaging, "self_paced",
                    "What draws each learner's rows"),
    MESA_PARAM_END
};

static const struct mesa_estimator_class self_paced_ensemble = {
    AVERAGE_SLOTS(struct averaging),
    .head.name   = "self_paced_ensemble",
    .head.title  = "Self-paced ensemble: majority rows by their hardness",
    .head.cite   = "Liu et al. 2020, ICDE 36, algorithm 1",
    .head.params = self_paced_ensemble_params,
    .fit         = average_fit,
};

MESA_PLUGIN(.name = "self_paced_ensemble", .version = MESA_VERSION,
            .license = "MIT",
            .classes = MESA_CLASSES(&self_paced_ensemble.head));
