/* SPDX-License-Identifier: MIT */
/* astray - says that its columns are made of one that there is not. */
#include "transform.h"

static size_t
astray_columns(const void *self, const struct mesa_transform_column **out)
{
    static const struct mesa_transform_column made[] = {
        { .from = 0 }, { .from = 1 }, { .from = 3 }
    };

    (void)self;
    *out = made;
    return 3;
}

FAULTY_TRANSFORM(astray, .columns = astray_columns, .invert = NULL);
