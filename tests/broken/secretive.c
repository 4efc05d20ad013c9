/* SPDX-License-Identifier: MIT */
/* secretive - does not tell the class of every row, nor that it does not. */
#include "source.h"

static mesa_status
secretive_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
               struct mesa_error *err)
{
    static const char *const names[] = { "even", "odd" };
    double *x;
    int32_t *y;
    mesa_status st = mesa_bundle_columns(out, 1, NULL, err);

    (void)self, (void)rng;
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, 2, names, NULL, err);
    if (st == MESA_OK)
        st = mesa_bundle_part(out, MESA_PART_ALL, FLOW_ROWS, &x, &y, err);
    if (st != MESA_OK)
        return st;
    flow_fill(x, y);
    y[FLOW_ROWS - 1] = -1;
    return MESA_OK;
}

FAULTY_SOURCE(secretive, .open = secretive_open, .stream = NULL, .next = NULL);
