/* SPDX-License-Identifier: MIT */
/* text.c - a string that grows by printf. */
#include "text.h"

#include <stdio.h>
#include <string.h>

void
mesa_text_fail(struct mesa_text *text)
{
    text->failed = true;
}

static bool
reserve(struct mesa_text *text, size_t more)
{
    size_t wanted = MESA_MAX(text->n + more + 1, text->capacity * 2);
    char *moved;

    if (text->n + more + 1 <= text->capacity)
        return true;
    moved = mesa_realloc_array(text->at, wanted, 1);
    if (!moved) {
        text->failed = true;
        return false;
    }
    text->at = moved;
    text->capacity = wanted;
    return true;
}

void
mesa_text_vprintf(struct mesa_text *text, const char *fmt, va_list args)
{
    size_t room = text->capacity - text->n;
    va_list again;
    int n;

    va_copy(again, args);
    n = vsnprintf(room ? text->at + text->n : NULL, room, fmt, args);
    if (n < 0)
        text->failed = true;
    else if ((size_t)n < room)
        text->n += (size_t)n;
    else if (reserve(text, (size_t)n))
        text->n += (size_t)vsnprintf(text->at + text->n, (size_t)n + 1, fmt,
                                     again);
    va_end(again);
}

void
mesa_text_printf(struct mesa_text *text, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    mesa_text_vprintf(text, fmt, args);
    va_end(args);
}

void
mesa_text_put(struct mesa_text *text, const char *bytes, size_t n)
{
    if (!reserve(text, n))
        return;
    memcpy(text->at + text->n, bytes, n);
    text->n += n;
    text->at[text->n] = '\0';
}

void
mesa_text_add(struct mesa_text *text, const char *string)
{
    mesa_text_put(text, string, strlen(string));
}

char *
mesa_text_take(struct mesa_text *text)
{
    char *result = text->at;

    if (!text->failed && !result)
        result = mesa_strdup("");
    if (text->failed) {
        mesa_free(result);
        result = NULL;
    }
    memset(text, 0, sizeof *text);
    return result;
}
