/* SPDX-License-Identifier: MIT */
/* overlooking - its members know two classes, however many there are. */
#include "family.h"

static mesa_status
overlooking_fit(void *self, const struct mesa_dataset *train,
                const struct mesa_dataset *valid, struct mesa_rng *rng,
                struct mesa_error *err)
{
    struct mesa_dataset two = *train;
    int32_t *y = mesa_alloc_raw(train->x.rows, sizeof *y);
    mesa_status st;

    (void)valid;
    if (!y)
        return mesa_nomem(err, train->x.rows, "labels");
    for (size_t r = 0; r < train->x.rows; r++)
        y[r] = train->y[r] > 0;
    two.y = y;
    two.n_classes = 2;
    st = family_fit_on(self, train, &two, rng, err);
    mesa_free(y);
    return st;
}

FAULTY_FAMILY(overlooking, .fit = overlooking_fit,
              .head.flags = MESA_CLASS_MULTICLASS);
