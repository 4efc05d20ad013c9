/* SPDX-License-Identifier: MIT */
/* clueless - learns nothing. */
#include "learner.h"

static mesa_status
clueless_predict(const void *self, const struct mesa_cmatrix *x,
                 double *proba, struct mesa_error *err)
{
    (void)self, (void)err;
    for (size_t i = 0; i < 2 * x->rows; i++)
        proba[i] = 0.5;
    return MESA_OK;
}

FAULTY_LEARNER(clueless, .predict_proba = clueless_predict);
