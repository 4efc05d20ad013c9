/* SPDX-License-Identifier: MIT */
/* builtin.h - the plugins linked into the program, if any. */
#ifndef MESA_CORE_BUILTIN_H
#define MESA_CORE_BUILTIN_H

#include "registry.h"

/* Ends with a NULL name; generated when building with --disable-shared. */
extern const struct mesa_builtin mesa_builtins[];

#endif
