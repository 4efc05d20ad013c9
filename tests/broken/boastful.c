/* SPDX-License-Identifier: MIT */
/* boastful - says that it takes missing values, and does not. */
#include "learner.h"

static mesa_status
boastful_predict(const void *self, const struct mesa_cmatrix *x,
                 double *proba, struct mesa_error *err)
{
    const struct learner *l = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        double d = mesa_row(x, r)[0] - l->cut;

        if (!l->above)
            d = -d;
        proba[2 * r + 1] = 0.5 + 0.5 * d / (1.0 + (d < 0 ? -d : d));
        proba[2 * r] = 1.0 - proba[2 * r + 1];
    }
    return MESA_OK;
}

FAULTY_LEARNER(boastful, .predict_proba = boastful_predict,
               .head.flags = MESA_CLASS_MISSING);
