/* SPDX-License-Identifier: MIT */
/* estranged - its members have never seen the last column. */
#include "learner.h"

struct estranged {
    struct learner         learner;
    struct mesa_component *estimator;
    struct mesa_ensemble   members;
};

static const struct mesa_param estranged_params[] = {
    MESA_COMPONENT(struct estranged, estimator, "estimator",
                   MESA_KIND_ESTIMATOR, "tree", "What its members are"),
    MESA_PARAM_END
};

static mesa_status
estranged_fit(void *self, const struct mesa_dataset *train,
              const struct mesa_dataset *valid, struct mesa_rng *rng,
              struct mesa_error *err)
{
    struct estranged *e = self;
    struct mesa_dataset fewer = *train;
    mesa_status st = learner_fit(&e->learner, train, valid, rng, err);

    fewer.x.cols -= fewer.x.cols > 1;
    if (st == MESA_OK)
        st = mesa_ensemble_fit(&e->members, 2, e->estimator, NULL, &fewer,
                               NULL, rng, err);
    return st;
}

static void
estranged_fini(void *self)
{
    mesa_ensemble_free(&((struct estranged *)self)->members);
}

static const struct mesa_ensemble *
estranged_members(const void *self)
{
    return &((const struct estranged *)self)->members;
}

FAULTY_LEARNER(estranged, .fit = estranged_fit, .members = estranged_members,
               .head.self_size = sizeof(struct estranged),
               .head.params = estranged_params,
               .head.fini = estranged_fini);
