/* SPDX-License-Identifier: MIT */
/* elastic - a hidden layer that is as wide as there are rows. */
#include "learner.h"

static mesa_status
elastic_embed(const void *self, const struct mesa_cmatrix *x, double *out,
              size_t *width, struct mesa_error *err)
{
    (void)self, (void)err;
    *width = x->rows < 3 ? x->rows : 3;
    for (size_t r = 0; r < x->rows && out; r++)
        for (size_t j = 0; j < *width; j++)
            out[r * *width + j] = mesa_row(x, r)[0];
    return MESA_OK;
}

FAULTY_LEARNER(elastic, .embed = elastic_embed);
