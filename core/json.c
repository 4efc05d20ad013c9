/* SPDX-License-Identifier: MIT */
/*
 * json.c - writing JSON, and reading the little of it that archives need.
 *
 * The reader knows objects, arrays, strings and non-negative integers: all
 * that a safetensors header holds.  Nothing nests deeper than its caller
 * asks, so hostile input cannot exhaust the stack.
 * References: RFC 8259 for JSON, RFC 3629 for UTF-8.
 */
#include "json.h"

#include <mesa/number.h>

#include <math.h>
#include <string.h>

struct mesa_json_writer
mesa_json_writer(struct mesa_text *text)
{
    return (struct mesa_json_writer){ text, 0, true, false };
}

/* What comes before a value or key: comma, new line, indentation. */
static void
begin_item(struct mesa_json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->depth > 0)
        mesa_text_printf(w->text, "%s\n%*s", w->first ? "" : ",",
                         (int)(2 * w->depth), "");
    w->first = false;
}

void
mesa_json_open(struct mesa_json_writer *w, char bracket)
{
    begin_item(w);
    mesa_text_printf(w->text, "%c", bracket);
    w->depth++;
    w->first = true;
}

void
mesa_json_close(struct mesa_json_writer *w, char bracket)
{
    w->depth--;
    if (!w->first)
        mesa_text_printf(w->text, "\n%*s", (int)(2 * w->depth), "");
    mesa_text_printf(w->text, "%c", bracket);
    w->first = false;
}

/* The length of the well-formed UTF-8 sequence at p; 0 if it is none. */
static size_t
utf8_length(const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2
                          : c >= 0xe0 && c < 0xf0 ? 3
                          : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    unsigned char second;

    if (n == 0 || (size_t)(end - p) < n)
        return 0;
    second = n > 1 ? (unsigned char)p[1] : 0;
    if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) ||
        (c == 0xf0 && second < 0x90) || (c == 0xf4 && second > 0x8f))
        return 0;
    for (size_t i = 1; i < n; i++)
        if (((unsigned char)p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

const char *
mesa_utf8_malformed(const char *text, const char *end)
{
    while (text < end) {
        size_t n = utf8_length(text, end);

        if (n == 0)
            return text;
        text += n;
    }
    return NULL;
}

/* One character that cannot stand as it is. */
static void
put_special(struct mesa_text *text, unsigned char c)
{
    if (c == '"' || c == '\\')
        mesa_text_printf(text, "\\%c", c);
    else if (c == '\n')
        mesa_text_printf(text, "\\n");
    else if (c < 0x80)
        mesa_text_printf(text, "\\u%04x", c);
    else
        mesa_text_printf(text, "\\ufffd");
}

/* Bytes that can stand as they are.  No more than printf can be told. */
static size_t
plain_length(const char *p, const char *end)
{
    const char *start = p;
    size_t n;

    while (p < end && p - start < 1 << 20 && (unsigned char)*p >= 0x20 &&
           *p != 0x7f && *p != '"' && *p != '\\' &&
           (n = utf8_length(p, end)) > 0)
        p += n;
    return (size_t)(p - start);
}

void
mesa_json_quote(struct mesa_text *text, const char *value)
{
    const char *end = value + strlen(value);

    mesa_text_printf(text, "\"");
    while (value < end) {
        size_t n = plain_length(value, end);

        if (n > 0)
            mesa_text_printf(text, "%.*s", (int)n, value);
        else
            put_special(text, (unsigned char)*value);
        value += n ? n : 1;
    }
    mesa_text_printf(text, "\"");
}

void
mesa_json_key(struct mesa_json_writer *w, const char *key)
{
    begin_item(w);
    mesa_json_quote(w->text, key);
    mesa_text_printf(w->text, ": ");
    w->after_key = true;
}

void
mesa_json_string(struct mesa_json_writer *w, const char *value)
{
    begin_item(w);
    mesa_json_quote(w->text, value);
}

void
mesa_json_uint(struct mesa_json_writer *w, uint64_t value)
{
    begin_item(w);
    mesa_text_printf(w->text, "%llu", (unsigned long long)value);
}

void
mesa_json_int(struct mesa_json_writer *w, int64_t value)
{
    begin_item(w);
    mesa_text_printf(w->text, "%lld", (long long)value);
}

void
mesa_json_bool(struct mesa_json_writer *w, bool value)
{
    begin_item(w);
    mesa_text_add(w->text, value ? "true" : "false");
}

void
mesa_json_null(struct mesa_json_writer *w)
{
    begin_item(w);
    mesa_text_add(w->text, "null");
}

void
mesa_json_double(struct mesa_json_writer *w, double value)
{
    char digits[MESA_DOUBLE_TEXT];

    begin_item(w);
    mesa_format_double(value, digits);
    mesa_text_printf(w->text, "%s", isfinite(value) ? digits : "null");
}

/* The first failure is the cause; those that follow are its consequences. */
static bool
fail(struct mesa_json_reader *r, const char *why)
{
    if (!r->error)
        r->error = why;
    return false;
}

static void
skip_blanks(struct mesa_json_reader *r)
{
    while (r->at < r->end && memchr(" \t\r\n", *r->at, 4))
        r->at++;
}

bool
mesa_json_accept(struct mesa_json_reader *r, char punctuation)
{
    skip_blanks(r);
    if (r->error || r->at == r->end || *r->at != punctuation)
        return false;
    r->at++;
    return true;
}

bool
mesa_json_expect(struct mesa_json_reader *r, char punctuation)
{
    static const char *const why[][2] = {
        { "{", "expected '{'" }, { "}", "expected '}'" },
        { "[", "expected '['" }, { "]", "expected ']'" },
        { ":", "expected ':'" }, { ",", "expected ','" },
    };

    if (mesa_json_accept(r, punctuation))
        return true;
    for (size_t i = 0; i < MESA_COUNT(why); i++)
        if (why[i][0][0] == punctuation)
            return fail(r, why[i][1]);
    return fail(r, "unexpected character");
}

bool
mesa_json_read_end(struct mesa_json_reader *r)
{
    skip_blanks(r);
    return r->at == r->end ? !r->error : fail(r, "text after the end");
}

/* Read as an integer from the start: a size that went through a double would
 * be rounded above 2^53. */
bool
mesa_json_read_uint(struct mesa_json_reader *r, uint64_t *out)
{
    const char *begin;
    uint64_t v = 0;

    skip_blanks(r);
    begin = r->at;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
        uint64_t digit = (uint64_t)(*r->at - '0');

        if (v > (UINT64_MAX - digit) / 10)
            return fail(r, "the number is too large");
        v = v * 10 + digit;
    }
    if (r->at == begin || (*begin == '0' && r->at - begin > 1))
        return fail(r, "expected a non-negative integer");
    if (r->at < r->end && memchr(".eE", *r->at, 3))
        return fail(r, "expected an integer");
    *out = v;
    return !r->error;
}

/* Four hexadecimal digits behind "\u"; -1 if they are not there. */
static long
read_unit(struct mesa_json_reader *r)
{
    long v = 0;

    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF", *digit;

        if (r->at == r->end || !*r->at ||
            !(digit = memchr(digits, *r->at, 32)))
            return -1;
        v = v * 16 + (digit - digits) % 16;
        r->at++;
    }
    return v;
}

/* RFC 3629, section 3. */
static size_t
put_utf8(char *to, unsigned long c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* What follows "\u": one unit, or a surrogate pair; 0 if malformed. */
static size_t
read_code_point(struct mesa_json_reader *r, char *to)
{
    long c = read_unit(r), low;

    if (c <= 0 || (c >= 0xdc00 && c <= 0xdfff))
        return 0;
    if (c < 0xd800 || c > 0xdbff)
        return put_utf8(to, (unsigned long)c);
    if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
        return 0;
    r->at += 2;
    low = read_unit(r);
    if (low < 0xdc00 || low > 0xdfff)
        return 0;
    return put_utf8(to, 0x10000UL + (((unsigned long)c & 0x3ff) << 10) +
                            ((unsigned long)low & 0x3ff));
}

/* One escape, its backslash already consumed; bytes written, 0 if wrong. */
static size_t
read_escape(struct mesa_json_reader *r, char *to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    const char *which;

    if (r->at == r->end)
        return 0;
    if (*r->at == 'u') {
        r->at++;
        return read_code_point(r, to);
    }
    which = memchr(from, *r->at, sizeof from - 1);
    if (!which)
        return 0;
    *to = into[which - from];
    r->at++;
    return 1;
}

/* Decode up to the closing quote into to, which is long enough: decoding
 * never lengthens. */
static bool
decode(struct mesa_json_reader *r, char *to)
{
    while (r->at < r->end && *r->at != '"') {
        size_t n;

        if ((unsigned char)*r->at < 0x20)
            return fail(r, "a control character in a string");
        if (*r->at == '\\') {
            r->at++;
            n = read_escape(r, to);
            if (n == 0)
                return fail(r, "a malformed escape");
        } else {
            n = utf8_length(r->at, r->end);
            if (n == 0)
                return fail(r, "malformed UTF-8");
            memcpy(to, r->at, n);
            r->at += n;
        }
        to += n;
    }
    *to = '\0';
    if (r->at == r->end)
        return fail(r, "a string without end");
    r->at++;
    return true;
}

/* The quoted length bounds the decoded one: each escape is longer than what
 * it stands for (six bytes for three at most, twelve for four). */
bool
mesa_json_read_string(struct mesa_json_reader *r, char **out)
{
    const char *close;

    *out = NULL;
    if (!mesa_json_accept(r, '"'))
        return fail(r, "expected a string");
    for (close = r->at; close < r->end && *close != '"'; close++)
        if (*close == '\\' && close + 1 < r->end)
            close++;
    *out = mesa_alloc_raw((size_t)(close - r->at) + 1, 1);
    if (!*out)
        return fail(r, "out of memory");
    if (decode(r, *out))
        return true;
    mesa_free(*out);
    *out = NULL;
    return false;
}
