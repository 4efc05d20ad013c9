/* SPDX-License-Identifier: MIT */
/* bundle.h - the core's side of a bundle. */
#ifndef MESA_CORE_BUNDLE_H
#define MESA_CORE_BUNDLE_H

#include "internal.h"

/* How many targets a schema names: older ones are too short to say. */
static inline size_t
mesa_schema_targets(const struct mesa_schema *schema)
{
    return schema->struct_size < sizeof *schema ? 0 : schema->n_targets;
}

/* MESA_EDATA if the rows have no classes, which is what `who` needs. */
mesa_status mesa_check_classes(const char *who,
                               const struct mesa_dataset *data,
                               struct mesa_error *err);

/* Everything that can be wrong with what a source gave; also finds out which
 * parts hold missing values. */
mesa_status mesa_bundle_check(struct mesa_bundle *bundle,
                              struct mesa_error *err);

#endif
