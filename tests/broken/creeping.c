/* SPDX-License-Identifier: MIT */
/* creeping - scales what it is given, in place. */
#include "transform.h"

static mesa_status
creeping_apply(const void *self, const struct mesa_cmatrix *x, double *out,
               struct mesa_error *err)
{
    double *first = (double *)(uintptr_t)mesa_row(x, 0);

    *first *= 0.5;
    return scaling_apply(self, x, out, err);
}

FAULTY_TRANSFORM(creeping, .apply = creeping_apply, .invert = NULL);
