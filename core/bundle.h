/* SPDX-License-Identifier: MIT */
/* bundle.h - the core's side of a bundle. */
#ifndef MESA_CORE_BUNDLE_H
#define MESA_CORE_BUNDLE_H

#include "internal.h"

/* Everything that can be wrong with what a source gave; also finds out which
 * parts hold missing values. */
mesa_status mesa_bundle_check(struct mesa_bundle *bundle,
                              struct mesa_error *err);

#endif
