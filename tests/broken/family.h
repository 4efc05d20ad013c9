/* SPDX-License-Identifier: MIT */
/* family.h - a learner with two trees for members, for plugins that do
 * something wrong with them. */
#ifndef MESA_TESTS_FAMILY_H
#define MESA_TESTS_FAMILY_H

#include "learner.h"

struct family {
    struct learner         learner;
    struct mesa_component *estimator;
    struct mesa_ensemble   members;
};

static const struct mesa_param family_params[] = {
    MESA_COMPONENT(struct family, estimator, "estimator",
                   MESA_KIND_ESTIMATOR, "tree", "What its members are"),
    MESA_PARAM_END
};

/* The members learn from other rows, or the same. */
static inline mesa_status
family_fit_on(struct family *f, const struct mesa_dataset *train,
              const struct mesa_dataset *others, struct mesa_rng *rng,
              struct mesa_error *err)
{
    mesa_status st = learner_fit(&f->learner, train, NULL, rng, err);

    if (st == MESA_OK)
        st = mesa_ensemble_fit(&f->members, 2, f->estimator, NULL, others,
                               NULL, rng, err);
    return st;
}

static inline void
family_fini(void *self)
{
    mesa_ensemble_free(&((struct family *)self)->members);
}

static inline const struct mesa_ensemble *
family_members(const void *self)
{
    const struct family *f = self;

    return f->members.n ? &f->members : NULL;
}

/* The last arguments are more designators. */
#define FAULTY_FAMILY(id, ...)                                           \
    FAULTY_LEARNER(id, .head.self_size = sizeof(struct family),          \
                   .head.params = family_params,                         \
                   .head.fini = family_fini, .members = family_members,  \
                   __VA_ARGS__)

#endif
