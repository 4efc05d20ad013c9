/* SPDX-License-Identifier: MIT */
/* lingering - a second stream goes on where the first has stopped. */
#include "source.h"

static mesa_status
lingering_stream(void *self, const char *path,
                 const struct mesa_schema *schema, bool labels,
                 struct mesa_error *err)
{
    struct flow *f = self;
    size_t at = f->at < FLOW_ROWS ? f->at : 0;
    mesa_status st = flow_stream(self, path, schema, labels, err);

    f->at = at;
    return st;
}

FAULTY_SOURCE(lingering, .stream = lingering_stream);
