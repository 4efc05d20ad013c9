/* SPDX-License-Identifier: MIT */
/* page_svg_value.c - values of attributes of SVG, checked and shortened. */
#include "page_svg.h"

#include <stdlib.h>
#include <string.h>

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/*
 * One number.  Pictures are some hundred units wide: of what is at least ten,
 * tenths are enough; shapes of symbols, which are scaled, stay as they are.
 */
static const char *
put_number(struct mesa_text *out, const char *p, const char *end)
{
    const char *start = p, *dot;
    unsigned long tenths = 0;

    while (p < end && is_digit(*p))
        tenths = tenths * 10 + (unsigned long)(*p++ - '0');
    dot = p;
    if (p < end && *p == '.')
        for (p++; p < end && is_digit(*p);)
            p++;
    if (dot - start < 2 || dot - start > 9 || p - dot < 3) {
        const size_t whole = (size_t)(dot - start);
        size_t n = (size_t)(p - start);

        while (whole > 0 && n > whole &&
               (start[n - 1] == '0' || start[n - 1] == '.'))
            n--;
        mesa_text_put(out, start, n);
        return p;
    }
    tenths = tenths * 10 + (unsigned long)(dot[1] - '0') + (dot[2] >= '5');
    mesa_text_printf(out, tenths % 10 ? "%lu.%lu" : "%lu", tenths / 10,
                     tenths % 10);
    return p;
}

bool
mesa_svg_put_numbers(struct mesa_text *out, const char *value, size_t n)
{
    static const char others[] = "MmLlHhVvCcSsQqTtAaZz+-,e% \t\r\n"
                                 "()translateroscakewxiymu";
    const char *end = value + n;
    char last = '\0';

    for (const char *p = value; p < end;) {
        if (*p && strchr(" \t\r\n", *p)) {
            while (p < end && *p && strchr(" \t\r\n", *p))
                p++;
            if (is_digit(last) && p < end &&
                (is_digit(*p) || *p == '.' || *p == '-'))
                mesa_text_add(out, " ");
        } else if (is_digit(*p) || *p == '.') {
            p = put_number(out, p, end);
        } else if (*p && strchr(others, *p)) {
            mesa_text_put(out, p++, 1);
        } else {
            return false;
        }
        last = p[-1];
        /* A number ends in a digit, whatever has become of it. */
        if (last && strchr(" \t\r\n", last) && out->n)
            last = out->at[out->n - 1];
    }
    return true;
}

bool
mesa_svg_put_words(struct mesa_text *out, const char *value, size_t n)
{
    static const char known[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789"
                                " ,.-+_%()#";

    for (size_t i = 0; i < n; i++)
        if (!value[i] || !strchr(known, value[i]))
            return false;
    for (size_t i = 0; i + 3 < n; i++)
        if (strncmp(value + i, "url(", 4) == 0)
            return false;
    mesa_text_put(out, value, n);
    return true;
}

bool
mesa_svg_put_colour(struct mesa_text *out, const char *value, size_t n)
{
    unsigned c[3] = { 0, 0, 0 };
    const char *p = value + 4, *end = value + n;

    if (n == 5 && memcmp(value, "black", 5) == 0) {
        mesa_text_add(out, "#000");
        return true;
    }
    if (n < 10 || n > 20 || memcmp(value, "rgb(", 4) != 0)
        return mesa_svg_put_words(out, value, n);
    for (int i = 0; i < 3; i++) {
        while (p < end && *p == ' ')
            p++;
        while (p < end && is_digit(*p))
            c[i] = c[i] * 10 + (unsigned)(*p++ - '0');
        if (p == end || *p++ != (i < 2 ? ',' : ')') || c[i] > 255)
            return mesa_svg_put_words(out, value, n);
    }
    if (c[0] % 17 == 0 && c[1] % 17 == 0 && c[2] % 17 == 0)
        mesa_text_printf(out, "#%x%x%x", c[0] / 17, c[1] / 17, c[2] / 17);
    else
        mesa_text_printf(out, "#%02x%02x%02x", c[0], c[1], c[2]);
    return true;
}
