/* SPDX-License-Identifier: MIT */
/* internal.h - macros that every file of the core shares. */
#ifndef MESA_CORE_INTERNAL_H
#define MESA_CORE_INTERNAL_H

#include "config.h"

#include <mesa/mesa.h>

/* Exported for mesa-core and mesa-conform, but no API: not installed, not
 * promised. */
#define MESA_INTERNAL MESA_API

/* The body of a cloned loop: called with MESA_LANES, a number that compilers
 * know, for whole runs, which gcc vectorises only then, and once for what is
 * left. */
#define MESA_LANES ((size_t)128)
#ifdef __GNUC__
#define MESA_INLINE static inline __attribute__((always_inline))
#else
#define MESA_INLINE static inline
#endif

#define MESA_MIN(a, b) ((a) < (b) ? (a) : (b))
#define MESA_MAX(a, b) ((a) > (b) ? (a) : (b))
#define MESA_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
