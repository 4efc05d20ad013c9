/* SPDX-License-Identifier: MIT */
/* inner.h - an acquisition inside an acquisition. */
#ifndef MESA_ACQUISITIONS_INNER_H
#define MESA_ACQUISITIONS_INNER_H

#include <mesa/mesa.h>

struct inner {
    struct mesa_component *acquisition;
    struct mesa_instance  *made;
};

static inline mesa_status
inner_init(struct inner *in, struct mesa_error *err)
{
    return mesa_instance_new(in->acquisition, &in->made, err);
}

static inline void
inner_fini(struct inner *in)
{
    mesa_instance_free(in->made);
}

/* Of its score: a pool that is whole for select alone is whole all the same,
 * as what it says of a row may depend on the others. */
static inline uint32_t
inner_needs(const struct inner *in)
{
    return mesa_acquisition_needs(in->made);
}

#endif
