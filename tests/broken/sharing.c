/* SPDX-License-Identifier: MIT */
/* sharing - keeps what it learnt in a variable of the module. */
#include "learner.h"

static struct learner shared;

static mesa_status
sharing_fit(void *self, const struct mesa_dataset *train,
            const struct mesa_dataset *valid, struct mesa_rng *rng,
            struct mesa_error *err)
{
    (void)self;
    return learner_fit(&shared, train, valid, rng, err);
}

static mesa_status
sharing_predict(const void *self, const struct mesa_cmatrix *x, double *proba,
                struct mesa_error *err)
{
    (void)self;
    return learner_predict(&shared, x, proba, err);
}

FAULTY_LEARNER(sharing, .fit = sharing_fit,
               .predict_proba = sharing_predict);
