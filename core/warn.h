/* SPDX-License-Identifier: MIT */
/* warn.h - where warnings go. */
#ifndef MESA_CORE_WARN_H
#define MESA_CORE_WARN_H

#include "internal.h"

/*
 * From now on warnings go to `to`, from any thread but one at a time; NULL:
 * to standard error.  What was said before may be said again.
 */
MESA_INTERNAL void mesa_warn_to(void (*to)(void *context, const char *line),
                                void *context);

#endif
