/* SPDX-License-Identifier: MIT */
/* overflowing - writes one value more than its columns. */
#include "transform.h"

static mesa_status
overflowing_apply(const void *self, const struct mesa_cmatrix *x, double *out,
                  struct mesa_error *err)
{
    out[x->rows * x->cols] = 1.0;
    return scaling_apply(self, x, out, err);
}

FAULTY_TRANSFORM(overflowing, .apply = overflowing_apply, .invert = NULL);
