/* SPDX-License-Identifier: MIT */
/* mesa/targets.h - sources whose rows have numbers to predict, no classes. */
#ifndef MESA_TARGETS_H
#define MESA_TARGETS_H

#include <mesa/source.h>

MESA_BEGIN

/* Targets, once, instead of mesa_bundle_classes: n >= 1 names (copied). */
MESA_API mesa_status mesa_bundle_targets(struct mesa_bundle *bundle, size_t n,
                                         const char *const *name,
                                         struct mesa_error *err);

/*
 * Room for the targets of a part, once, after mesa_bundle_part: *target for
 * rows by n values (row-major, contents undefined), owned by the bundle.  All
 * of them have to be finite: no target may be missing.
 */
MESA_API mesa_status mesa_bundle_part_targets(struct mesa_bundle *bundle,
                                              enum mesa_part part,
                                              double **target,
                                              struct mesa_error *err);

MESA_END

#endif
