/* SPDX-License-Identifier: MIT */
/* packed - takes rows to lie one behind the other. */
#include "learner.h"

static mesa_status
packed_predict(const void *self, const struct mesa_cmatrix *x, double *proba,
               struct mesa_error *err)
{
    struct mesa_cmatrix packed = *x;

    packed.stride = x->cols;
    packed.index = NULL;
    return learner_predict(self, &packed, proba, err);
}

FAULTY_LEARNER(packed, .predict_proba = packed_predict);
