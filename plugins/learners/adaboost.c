/* SPDX-License-Identifier: MIT */
/*
 * adaboost - each learner learns most from what those before it got wrong.
 *
 * scikit-learn's AdaBoostClassifier: SAMME.R or SAMME (Zhu et al. 2009), its
 * parameters, stops and probabilities; and AdaBoost.M2 (Freund and Schapire
 * 1997).  Where the first learner already is no better than chance,
 * scikit-learn fails; here the ensemble is that learner alone.  A round costs
 * a fit and a prediction of all rows.
 */
#include "boost.h"

static const struct mesa_choice adaboost_algorithms[] = {
    { "samme", MESA_SAMME, "labels" },
    { "samme.r", MESA_SAMME_R, "logarithms of probabilities" },
    { "adaboost_m2", MESA_ADABOOST_M2, "pseudo-loss over wrong labels" },
    { NULL, 0, NULL }
};

static const struct mesa_param adaboost_params[] = {
    BOOST_COUNT,
    BOOST_RATE,
    MESA_CHOICE(struct boost, algorithm, "algorithm", MESA_SAMME_R,
                adaboost_algorithms, "How learners are weighed and combined"),
    BOOST_ESTIMATOR("tree(max_depth=1)"),
    MESA_PARAM_END
};

/* Nothing is sampled, and there is but one variant. */
static const struct boost_variant boost_mesa = {
    MESA_SAMME_R, SIZE_MAX, false
};

static mesa_status
adaboost_init(void *self, struct mesa_error *err)
{
    struct boost *b = self;

    (void)err;
    b->early_termination = 1;
    return MESA_OK;
}

static const struct mesa_estimator_class adaboost = {
    BOOST_SLOTS,
    .head.name   = "adaboost",
    .head.title  = "AdaBoost for several classes (SAMME)",
    .head.cite   = "Zhu, Zou, Rosset and Hastie 2009, Statistics and Its "
                   "Interface 2",
    .head.params = adaboost_params,
    .head.init   = adaboost_init,
};

MESA_PLUGIN(.name = "adaboost", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&adaboost.head));
