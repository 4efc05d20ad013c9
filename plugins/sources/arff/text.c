/* SPDX-License-Identifier: MIT */
/*
 * text.c - words and quoted strings of ARFF.  Either quote encloses a text,
 * in which a backslash takes away the meaning of the next character.
 */
#include "arff.h"

#include <string.h>

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *
arff_skip(const char *p, const char *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p;
}

static bool
ends_text(char c, char close, bool blanks)
{
    return c == ',' || (close && c == close) || (blanks && is_blank(c));
}

static const char *
cut_quoted(const char *p, const char *end, struct arff_text *text,
           enum arff_fault *fault)
{
    char quote = *p++;

    text->quoted = true;
    text->begin = p;
    for (; p < end && *p != quote; p++)
        if (*p == '\\' && p + 1 < end) {
            text->escaped = true;
            p++;
        }
    text->end = p;
    if (p < end)
        return p + 1;
    *fault = ARFF_OPEN_QUOTE;
    return NULL;
}

const char *
arff_cut(const char *p, const char *end, char close, bool blanks,
         struct arff_text *text, enum arff_fault *fault)
{
    *fault = ARFF_FINE;
    text->quoted = text->escaped = false;
    p = arff_skip(p, end);
    if (p < end && (*p == '\'' || *p == '"')) {
        p = cut_quoted(p, end, text, fault);
        if (p && p < end && !is_blank(*p) && !ends_text(*p, close, blanks))
            *fault = ARFF_AFTER_QUOTE;
        if (p && !blanks)
            p = arff_skip(p, end);
        if (p && p < end && !ends_text(*p, close, blanks))
            *fault = ARFF_AFTER_QUOTE;
        return *fault == ARFF_FINE ? p : NULL;
    }
    text->begin = p;
    while (p < end && !ends_text(*p, close, blanks))
        p++;
    text->end = p;
    while (text->end > text->begin && is_blank(text->end[-1]))
        text->end--;
    return p;
}

mesa_status
arff_fault_blame(enum arff_fault fault, struct mesa_error *err)
{
    return mesa_fail(err, MESA_EPARSE,
                     fault == ARFF_OPEN_QUOTE
                         ? "a quoted text has no end on its line"
                         : "a quoted text has more text after its closing "
                           "quote");
}

static char
unescape(char c)
{
    return (char)(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c);
}

char *
arff_copy(const struct arff_text *text)
{
    char *copy = mesa_alloc_raw((size_t)(text->end - text->begin) + 1, 1);
    char *to = copy;

    if (!copy)
        return NULL;
    for (const char *p = text->begin; p < text->end; p++) {
        if (text->escaped && *p == '\\' && p + 1 < text->end)
            *to++ = unescape(*++p);
        else
            *to++ = *p;
    }
    *to = '\0';
    return copy;
}

int
arff_shown(const struct arff_text *text)
{
    const struct csv_field field = { .begin = text->begin, .end = text->end };

    return csv_field_shown(&field);
}
