/* SPDX-License-Identifier: MIT */
/* improper - probabilities that do not sum to 1. */
#include "learner.h"

static mesa_status
improper_predict(const void *self, const struct mesa_cmatrix *x,
                 double *proba, struct mesa_error *err)
{
    mesa_status st = learner_predict(self, x, proba, err);

    for (size_t i = 0; i < 2 * x->rows; i++)
        proba[i] *= 0.999;
    return st;
}

FAULTY_LEARNER(improper, .predict_proba = improper_predict);
