/* SPDX-License-Identifier: MIT */
/*
 * underbagging - bagging on balanced subsets of the majority.
 *
 * Each learner sees all minority rows and as many majority rows, drawn anew
 * without replacement; probabilities are averaged.  The loop is
 * mesa/ensemble.h with the sampler random_under.
 */
#include "average.h"

static const struct mesa_param underbagging_params[] = {
    AVERAGE_COUNT(struct averaging, 10),
    AVERAGE_ESTIMATOR(struct averaging, "tree"),
    AVERAGE_SAMPLER(struct averaging, "random_under",
                    "What draws each learner's rows"),
    MESA_PARAM_END
};

static const struct mesa_estimator_class underbagging = {
    AVERAGE_SLOTS(struct averaging),
    .head.name   = "underbagging",
    .head.title  = "Bagging on randomly under-sampled training rows",
    .head.cite   = "Barandela, Valdovinos and Sanchez 2003, Pattern "
                   "Analysis and Applications 6",
    .head.params = underbagging_params,
    .fit         = average_fit,
};

MESA_PLUGIN(.name = "underbagging", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&underbagging.head));
