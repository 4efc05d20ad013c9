/* SPDX-License-Identifier: MIT */
/* rounding - a learner that says of ranks almost what it says of values. */
#include "learner.h"

static mesa_status
rounding_add_ranked(const void *self, const struct mesa_ranks *x, size_t first,
                    size_t n, double *sum, struct mesa_error *err)
{
    const struct learner *l = self;
    const uint16_t *rank = mesa_ranks_column(x, 0);
    const size_t column = 0;
    uint16_t below;

    (void)err;
    mesa_ranks_below(x, 1, &column, &l->cut, &below);
    for (size_t r = 0; r < n; r++) {
        bool one = (rank[first + r] > below) == l->above;

        sum[2 * r] += one ? 0.1f : 0.9f;
        sum[2 * r + 1] += one ? 0.9f : 0.1f;
    }
    return MESA_OK;
}

FAULTY_LEARNER(rounding, .add_ranked = rounding_add_ranked);
