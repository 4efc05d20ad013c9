/* SPDX-License-Identifier: MIT */
/*
 * html.c - text of any origin, as text of a page.
 *
 * Names of columns and classes, values and paths may hold anything.  There is
 * one way from them into a page, which escapes what has a meaning in HTML and
 * XML, inside attributes, too.  Plain stretches are copied whole, so that a
 * page of some megabytes takes milliseconds.
 */
#include "html.h"

#include "json.h"

#include <string.h>

/* Bytes that stand for themselves. */
static size_t
plain_length(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)p[i];

        if ((c < 0x20 && c != '\n' && c != '\t') || c >= 0x7f || c == '&' ||
            c == '<' || c == '>' || c == '"' || c == '\'')
            return i;
    }
    return n;
}

/* One character that is not plain; its length. */
static size_t
put_special(struct mesa_text *to, const char *p, size_t n)
{
    static const char from[] = "&<>\"'";
    static const char *const into[] = { "&amp;", "&lt;", "&gt;", "&quot;",
                                        "&#39;" };
    const char *which = *p ? strchr(from, *p) : NULL;
    const unsigned char c = (unsigned char)*p;
    size_t length = 2;

    if (which) {
        mesa_text_add(to, into[which - from]);
        return 1;
    }
    while (c >= 0xc2 && length <= 4 && length <= n &&
           mesa_utf8_malformed(p, p + length))
        length++;
    /* C1 controls are no characters of a page. */
    if (c < 0xc2 || length > 4 || length > n ||
        (c == 0xc2 && (unsigned char)p[1] < 0xa0)) {
        mesa_text_add(to, "\xef\xbf\xbd");
        return c == 0xc2 && n > 1 && !mesa_utf8_malformed(p, p + 2) ? 2 : 1;
    }
    mesa_text_put(to, p, length);
    return length;
}

void
mesa_html_bytes(struct mesa_text *to, const char *p, size_t n)
{
    while (n > 0) {
        size_t length = plain_length(p, n);

        if (length)
            mesa_text_put(to, p, length);
        else
            length = put_special(to, p, n);
        p += length;
        n -= length;
    }
}

void
mesa_html_text(struct mesa_text *to, const char *string)
{
    mesa_html_bytes(to, string, strlen(string));
}

void
mesa_html_printf(struct mesa_text *to, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    while (*fmt) {
        const size_t n = strcspn(fmt, "%");

        mesa_text_put(to, fmt, n);
        fmt += n;
        if (strncmp(fmt, "%s", 2) == 0) {
            mesa_html_text(to, va_arg(args, const char *));
            fmt += 2;
        } else if (strncmp(fmt, "%zu", 3) == 0) {
            mesa_text_printf(to, "%zu", va_arg(args, size_t));
            fmt += 3;
        } else if (*fmt) {
            mesa_text_add(to, "%");
            fmt += 2;
        }
    }
    va_end(args);
}

void
mesa_html_url(struct mesa_text *to, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~/";

    for (; *path; path++)
        if (strchr(plain, *path))
            mesa_text_put(to, path, 1);
        else
            mesa_text_printf(to, "%%%02X", (unsigned)(unsigned char)*path);
}

void
mesa_html_base64(struct mesa_text *to, const char *data, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        const size_t left = MESA_MIN(n - i, 3);
        char four[4] = { '=', '=', '=', '=' };
        uint32_t v = 0;

        for (size_t j = 0; j < 3; j++)
            v = v << 8 | (j < left ? (unsigned char)data[i + j] : 0u);
        for (size_t j = 0; j <= left; j++)
            four[j] = digits[v >> (18 - 6 * j) & 63];
        mesa_text_put(to, four, 4);
    }
}
