/* SPDX-License-Identifier: MIT */
/* backward - gives rows of a file from its end. */
#include "source.h"

static mesa_status
backward_next(void *self, struct mesa_dataset *out, struct mesa_error *err)
{
    struct flow *f = self;
    mesa_status st = flow_next(self, out, err);

    if (out->x.rows > 0) {
        out->x.data = f->x + FLOW_ROWS - f->at;
        out->y = f->y + FLOW_ROWS - f->at;
    }
    return st;
}

FAULTY_SOURCE(backward, .next = backward_next);
