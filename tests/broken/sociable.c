/* SPDX-License-Identifier: MIT */
/* sociable - predicts a row by the rows that come with it. */
#include "learner.h"

static mesa_status
sociable_predict(const void *self, const struct mesa_cmatrix *x,
                 double *proba, struct mesa_error *err)
{
    mesa_status st = learner_predict(self, x, proba, err);

    for (size_t i = 0; i < 2 * x->rows; i++)
        proba[i] = 0.5 + (proba[i] - 0.5) / (double)x->rows;
    return st;
}

FAULTY_LEARNER(sociable, .predict_proba = sociable_predict);
