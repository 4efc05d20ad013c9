/* SPDX-License-Identifier: MIT */
/* mesa/number.h - numbers and text, exact and free of the locale. */
#ifndef MESA_NUMBER_H
#define MESA_NUMBER_H

#include <mesa/base.h>

#define MESA_DOUBLE_TEXT 32 /* enough for any double, with its NUL */

MESA_BEGIN

/*
 * The whole of [begin, end) as a number, correctly rounded: an optional sign,
 * digits with at most one point, an optional exponent; or inf, infinity, nan
 * in any case.  False, and *out unchanged, for anything else.
 */
MESA_API bool mesa_parse_double(const char *begin, const char *end,
                                double *out);
MESA_API bool mesa_parse_int64(const char *begin, const char *end,
                               int64_t *out);

/* The shortest decimal that reads back as the same double. */
MESA_API void mesa_format_double(double value, char out[MESA_DOUBLE_TEXT]);

MESA_END

#endif
