/* SPDX-License-Identifier: MIT */
/* mesa/base.h - what every other header needs: visibility, attributes. */
#ifndef MESA_BASE_H
#define MESA_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MESA_API __attribute__((visibility("default")))
#define MESA_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define MESA_API
#define MESA_PRINTF(fmt, first)
#endif

#ifdef __cplusplus
#define MESA_BEGIN extern "C" {
#define MESA_END }
#else
#define MESA_BEGIN
#define MESA_END
#endif

#define MESA_VERSION "0.1.0"

MESA_BEGIN

/* The version of the library at run time, in the form of MESA_VERSION. */
MESA_API const char *mesa_version(void);

MESA_END

#endif
