/* SPDX-License-Identifier: MIT */
/* text.h - a string that grows. */
#ifndef MESA_CORE_TEXT_H
#define MESA_CORE_TEXT_H

#include "internal.h"

#include <stdarg.h>

/* A zeroed struct is an empty text.  The first failure sticks; asking once,
 * at the end, is enough. */
struct mesa_text {
    char  *at;
    size_t n, capacity;
    bool   failed;
};

MESA_INTERNAL void mesa_text_printf(struct mesa_text *text, const char *fmt,
                                    ...) MESA_PRINTF(2, 3);
/* The same as "%s", in a tenth of the time. */
MESA_INTERNAL void mesa_text_add(struct mesa_text *text, const char *string);
/* n bytes, none of them NUL. */
MESA_INTERNAL void mesa_text_put(struct mesa_text *text, const char *bytes,
                                 size_t n);
void mesa_text_vprintf(struct mesa_text *text, const char *fmt, va_list args);
MESA_INTERNAL void mesa_text_fail(struct mesa_text *text);

/* The string, the caller's from now on; NULL if memory ran out. */
MESA_INTERNAL char *mesa_text_take(struct mesa_text *text);

#endif
