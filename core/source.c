/* SPDX-License-Identifier: MIT */
/* source.c - opening sources, and what can be wrong with what they give. */
#include "bundle.h"
#include "instance.h"
#include "registry.h"

mesa_status
mesa_source_open(struct mesa_instance *source, struct mesa_bundle *out,
                 struct mesa_rng *rng, struct mesa_error *err)
{
    const struct mesa_source_class *c =
        (const void *)mesa_instance_class(source);
    const char *section =
        mesa_component_name(mesa_instance_component(source));
    mesa_status st;

    if (c->head.kind != MESA_KIND_SOURCE)
        return mesa_fail(err, MESA_EINVAL, "%s is no %s", c->head.name,
                         mesa_kind_info(MESA_KIND_SOURCE)->noun);
    if (!c->open)
        return mesa_fail(err, MESA_EINVAL,
                         "[%s] %s gives tasks, not rows: only metalearners "
                         "that adapt to tasks can use it",
                         section, c->head.name);
    st = c->open(mesa_instance_self(source), out, rng, err);
    if (st == MESA_OK)
        st = mesa_bundle_check(out, err);
    return st == MESA_OK
               ? st
               : mesa_error_prefix(err, st, "[%s] %s", section, c->head.name);
}
