/* SPDX-License-Identifier: MIT */
/* status.c - status codes in words, and filling the error record. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
mesa_version(void)
{
    return MESA_VERSION;
}

const char *
mesa_status_name(mesa_status st)
{
    switch (st) {
#define NAME(id, num, text) \
    case MESA_##id:         \
        return #id;
        MESA_STATUS_MAP(NAME)
#undef NAME
    default:
        return "?";
    }
}

const char *
mesa_status_text(mesa_status st)
{
    switch (st) {
#define TEXT(id, num, text) \
    case MESA_##id:         \
        return text;
        MESA_STATUS_MAP(TEXT)
#undef TEXT
    default:
        return "?";
    }
}

/* Control characters of quoted user input would break the one-line rule and
 * could steer a terminal. */
static void
make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

mesa_status
mesa_error_set(struct mesa_error *err, mesa_status st, const char *file,
               int line, const char *fmt, ...)
{
    const char *slash = strrchr(file, '/');
    va_list args;

    if (!err)
        return st;
    err->status = st;
    err->line = line;
    snprintf(err->file, sizeof err->file, "%.31s", slash ? slash + 1 : file);
    va_start(args, fmt);
    vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    make_printable(err->message);
    return st;
}

mesa_status
mesa_error_prefix(struct mesa_error *err, mesa_status st, const char *fmt, ...)
{
    char rest[sizeof err->message];
    va_list args;
    int n;

    if (!err)
        return st;
    memcpy(rest, err->message, sizeof rest);
    va_start(args, fmt);
    n = vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    if (n < 0)
        n = 0;
    if ((size_t)n < sizeof err->message)
        snprintf(err->message + n, sizeof err->message - (size_t)n, ": %.*s",
                 (int)(sizeof rest - 3), rest);
    make_printable(err->message);
    return st;
}
