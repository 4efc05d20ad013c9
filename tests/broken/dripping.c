/* SPDX-License-Identifier: MIT */
/* dripping - frees what it reads by only when all is read. */
#include "source.h"

static mesa_status
dripping_stream(void *self, const char *path,
                const struct mesa_schema *schema, bool labels,
                struct mesa_error *err)
{
    struct flow *f = self;

    mesa_free(f->block);
    f->block = mesa_alloc_raw(1, 100);
    return f->block ? flow_stream(self, path, schema, labels, err)
                    : mesa_fail(err, MESA_ENOMEM, "no room for a line");
}

static mesa_status
dripping_next(void *self, struct mesa_dataset *out, struct mesa_error *err)
{
    struct flow *f = self;
    mesa_status st = flow_next(self, out, err);

    if (out->x.rows == 0) {
        mesa_free(f->block);
        f->block = NULL;
    }
    return st;
}

FAULTY_SOURCE(dripping, .stream = dripping_stream,
              .next = dripping_next);
