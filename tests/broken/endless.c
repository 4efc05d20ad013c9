/* SPDX-License-Identifier: MIT */
/* endless - a hidden layer with a reciprocal of nothing in it. */
#include "learner.h"

static mesa_status
endless_embed(const void *self, const struct mesa_cmatrix *x, double *out,
              size_t *width, struct mesa_error *err)
{
    (void)self, (void)err;
    *width = 2;
    for (size_t r = 0; r < x->rows && out; r++) {
        const double first = mesa_row(x, r)[0];

        out[2 * r] = first;
        out[2 * r + 1] = 1.0 / (first - first);
    }
    return MESA_OK;
}

FAULTY_LEARNER(endless, .embed = endless_embed);
