/* SPDX-License-Identifier: MIT */
/*
 * field.c - cutting fields (RFC 4180) and the words that mean "missing".
 *
 * More lenient than the RFC in one point: blanks around a field, quoted or
 * not, do not belong to it.  A quote in the middle of a plain field is an
 * error, because the parallel scan must be able to tell from the number of
 * quotes alone whether it is inside a field.
 */
#include "csv.h"

#include <math.h>
#include <string.h>

/* A tab between fields is no blank, nor is a space. */
static bool
is_blank(char c, char delimiter)
{
    return (c == ' ' || c == '\t') && c != delimiter;
}

static const char *
skip_blanks(const char *p, char delimiter)
{
    while (is_blank(*p, delimiter))
        p++;
    return p;
}

static const char *
fault(struct csv_field *field, enum csv_fault what)
{
    field->fault = what;
    return NULL;
}

/* Two quotes in a row stand for one and do not end the field. */
static const char *
cut_quoted(const char *p, const char *end, char delimiter,
           struct csv_field *field)
{
    field->begin = p;
    field->quoted = true;
    for (;; p += 2) {
        p = p < end ? memchr(p, '"', (size_t)(end - p)) : NULL;
        if (!p)
            return fault(field, CSV_OPEN_QUOTE);
        if (p[1] != '"')
            break;
        field->escaped = true;
    }
    field->end = p;
    p = skip_blanks(p + 1, delimiter);
    p += p[0] == '\r' && p[1] == '\n';
    return *p == delimiter || *p == '\n' ? p : fault(field, CSV_AFTER_QUOTE);
}

const char *
csv_field_cut(const char *p, const char *end, char delimiter,
              struct csv_field *field)
{
    const char *stop;

    field->quoted = field->escaped = false;
    field->fault = CSV_FINE;
    field->begin = p = skip_blanks(p, delimiter);
    if (*p == '"')
        return cut_quoted(p + 1, end, delimiter, field);
    stop = csv_field_end(p, delimiter);
    if (*stop == '"')
        return fault(field, CSV_STRAY_QUOTE);
    field->end = stop - (*stop == '\n' && stop > p && stop[-1] == '\r');
    while (field->end > p && is_blank(field->end[-1], delimiter))
        field->end--;
    return stop;
}

mesa_status
csv_field_blame(enum csv_fault what, struct mesa_error *err)
{
    switch (what) {
    case CSV_OPEN_QUOTE:
        return mesa_fail(err, MESA_EPARSE,
                         "the quoted field that starts here has no end");
    case CSV_STRAY_QUOTE:
        return mesa_fail(err, MESA_EPARSE,
                         "a quote inside a field that does not start with "
                         "one");
    default:
        return mesa_fail(err, MESA_EPARSE,
                         "the quoted field that starts here has text after "
                         "its closing quote");
    }
}

char *
csv_field_text(const struct csv_field *field)
{
    size_t n = (size_t)(field->end - field->begin);
    char *text = mesa_alloc_raw(n + 1, 1), *to = text;

    if (!text)
        return NULL;
    /* In an escaped field every quote is the first of two. */
    for (const char *p = field->begin; p < field->end; p++) {
        *to++ = *p;
        p += field->escaped && *p == '"';
    }
    *to = '\0';
    return text;
}

void
csv_field_trim(struct csv_field *field)
{
    while (field->begin < field->end && *field->begin == ' ')
        field->begin++;
    while (field->begin < field->end && field->end[-1] == ' ')
        field->end--;
}

mesa_status
csv_field_resolve(struct csv_field *field, char **copy,
                  struct mesa_error *err)
{
    *copy = NULL;
    if (!field->escaped)
        return MESA_OK;
    *copy = csv_field_text(field);
    if (!*copy)
        return mesa_nomem(err, (size_t)(field->end - field->begin),
                          "bytes of a field");
    field->begin = *copy;
    field->end = *copy + strlen(*copy);
    field->escaped = false;
    return MESA_OK;
}

mesa_status
csv_missing_init(struct csv_missing *m, const struct mesa_list *words,
                 struct mesa_error *err)
{
    m->word = words;
    m->number = mesa_alloc_raw(words->n, sizeof *m->number);
    if (!m->number)
        return mesa_nomem(err, words->n, "missing words");
    for (size_t i = 0; i < words->n; i++) {
        const char *w = words->item[i];
        double v;

        if (mesa_parse_double(w, w + strlen(w), &v) && isfinite(v))
            m->number[m->n_numbers++] = v;
    }
    return MESA_OK;
}

void
csv_missing_free(struct csv_missing *m)
{
    mesa_free(m->number);
    m->number = NULL;
}

bool
csv_missing_number(const struct csv_missing *m, double v)
{
    for (size_t i = 0; i < m->n_numbers; i++)
        if (m->number[i] == v)
            return true;
    return false;
}

bool
csv_missing_text(const struct csv_missing *m, const char *begin,
                 const char *end)
{
    size_t n = (size_t)(end - begin);
    double v;

    /* As written first: "NaN" is a word, although it reads as a number. */
    for (size_t i = 0; i < m->word->n; i++)
        if (strlen(m->word->item[i]) == n &&
            memcmp(m->word->item[i], begin, n) == 0)
            return true;
    return m->n_numbers && mesa_parse_double(begin, end, &v) &&
           csv_missing_number(m, v);
}

/* Length of the text up to CSV_SHOWN bytes, not cutting a UTF-8 character. */
int
csv_field_shown(const struct csv_field *field)
{
    size_t n = (size_t)(field->end - field->begin);

    if (n > CSV_SHOWN) {
        n = CSV_SHOWN;
        while (n > 0 && ((unsigned char)field->begin[n] & 0xc0) == 0x80)
            n--;
    }
    return (int)n;
}
