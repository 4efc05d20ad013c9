/* SPDX-License-Identifier: MIT */
/* pampered - expects that some rows have a label before it asks. */
#include "asker.h"

static mesa_status
pampered_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    const struct asker *a = self;
    size_t known = 0;

    for (size_t r = 0; r < a->data->x.rows; r++)
        known += a->label[r] >= 0;
    if (known == 0)
        return mesa_fail(err, MESA_ENOTSUP, "where am I to start?");
    return asker_step(self, host, i, metrics, done, err);
}

FAULTY_ASKER(pampered, .step = pampered_step);
