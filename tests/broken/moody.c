/* SPDX-License-Identifier: MIT */
/* moody - looks at the clock. */
#include "learner.h"

#include <time.h>

static mesa_status
moody_predict(const void *self, const struct mesa_cmatrix *x, double *proba,
              struct mesa_error *err)
{
    mesa_status st = learner_predict(self, x, proba, err);
    struct timespec now;

    timespec_get(&now, TIME_UTC);
    for (size_t r = 0; r < x->rows; r++) {
        proba[2 * r] = (double)now.tv_nsec / 1e9;
        proba[2 * r + 1] = 1.0 - proba[2 * r];
    }
    return st;
}

FAULTY_LEARNER(moody, .predict_proba = moody_predict);
