/* SPDX-License-Identifier: MIT */
/* flowing - a source whose second opening goes on where the first ended. */
#include <mesa/mesa.h>

struct flowing {
    double next;
};

static mesa_status
flowing_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
             struct mesa_error *err)
{
    static const char *const names[] = { "even", "odd" };
    struct flowing *f = self;
    double *x;
    int32_t *y;
    mesa_status st = mesa_bundle_columns(out, 1, NULL, err);

    (void)rng;
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, 2, names, NULL, err);
    if (st == MESA_OK)
        st = mesa_bundle_part(out, MESA_PART_ALL, 20, &x, &y, err);
    for (int r = 0; r < 20 && st == MESA_OK; r++) {
        x[r] = f->next++;
        y[r] = r % 2;
    }
    return st;
}

static const struct mesa_source_class flowing = {
    MESA_SOURCE(struct flowing),
    .head.name  = "flowing",
    .head.title = "A source for tests",
    .open       = flowing_open,
};

MESA_PLUGIN(.name = "flowing", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&flowing.head));
