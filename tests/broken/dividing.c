/* SPDX-License-Identifier: MIT */
/* dividing - divides by the range of a column that has none. */
#include "transform.h"

static mesa_status
dividing_apply(const void *self, const struct mesa_cmatrix *x, double *out,
               struct mesa_error *err)
{
    mesa_status st = scaling_apply(self, x, out, err);
    double low, high;

    if (x->rows == 0)
        return st;
    low = high = mesa_row(x, 0)[1];
    for (size_t r = 1; r < x->rows; r++) {
        double v = mesa_row(x, r)[1];

        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    for (size_t r = 0; r < x->rows; r++)
        out[r * x->cols + 1] /= high - low;
    return st;
}

FAULTY_TRANSFORM(dividing, .apply = dividing_apply, .invert = NULL);
