/* SPDX-License-Identifier: MIT */
/* lossy - the way back leads elsewhere. */
#include "transform.h"

static mesa_status
lossy_invert(const void *self, const struct mesa_cmatrix *x, double *out,
             struct mesa_error *err)
{
    mesa_status st = scaling_invert(self, x, out, err);

    for (size_t i = 0; i < x->rows * x->cols; i++)
        out[i] = (double)(float)out[i];
    return st;
}

FAULTY_TRANSFORM(lossy, .invert = lossy_invert);
