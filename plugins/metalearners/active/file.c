/* SPDX-License-Identifier: MIT */
/*
 * file.c - the rows that somebody wants labelled first: a number on each
 * line, or a CSV file with a column "row", such as queries.csv.
 */
#include "active.h"

#include <mesa/number.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A file in memory, and where one is in it. */
struct reader {
    const char *path;
    char       *text;
    size_t      n, at;
    uint64_t    line; /* of the next byte */
};

/* A field without the blanks around it or its quotes. */
struct field {
    const char *begin, *end;
    uint64_t    line;
};

/* More of a line than any list has: what has no end is not read to it. */
enum { BYTES_OF_LINE = 1000, BYTES_AT_LEAST = 65536 };

static mesa_status
read_all(struct reader *r, FILE *in, size_t rows, struct mesa_error *err)
{
    const size_t most = BYTES_AT_LEAST + rows * BYTES_OF_LINE;
    size_t room = 0, got;

    do {
        char *more;

        room = 2 * room + 4096;
        more = mesa_realloc_array(r->text, room, 1);
        if (!more)
            return mesa_nomem(err, room, "bytes of a list of rows");
        r->text = more;
        got = fread(r->text + r->n, 1, room - r->n, in);
        r->n += got;
    } while (r->n == room && r->n <= most);
    if (r->n > most)
        return mesa_fail(err, MESA_EDATA,
                         "%s has more than %zu bytes, too much for a list of "
                         "%zu training rows",
                         r->path, most, rows);
    return ferror(in) ? mesa_fail(err, MESA_EIO, "cannot read %s: %s", r->path,
                                  strerror(errno))
                      : MESA_OK;
}

static mesa_status
open_rows(struct reader *r, size_t rows, struct mesa_error *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* UTF-8's */
    FILE *in = fopen(r->path, "rb");
    mesa_status st;

    if (!in)
        return mesa_fail(err, errno == ENOENT ? MESA_ENOTFOUND : MESA_EIO,
                         "cannot open %s: %s", r->path, strerror(errno));
    st = read_all(r, in, rows, err);
    fclose(in);
    if (st == MESA_OK && r->n >= 3 && memcmp(r->text, mark, 3) == 0)
        r->at = 3;
    return st;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The next field; true if more of its record follow. */
static bool
next_field(struct reader *r, struct field *f)
{
    bool quoted = false, more;

    f->line = r->line;
    f->begin = r->text + r->at;
    while (r->at < r->n) {
        const char c = r->text[r->at];

        if (!quoted && (c == ',' || c == '\n'))
            break;
        quoted ^= c == '"';
        r->line += c == '\n';
        r->at++;
    }
    f->end = r->text + r->at;
    more = r->at < r->n && r->text[r->at] == ',';
    r->line += r->at < r->n && !more;
    r->at++;
    while (f->begin < f->end && is_blank(*f->begin))
        f->begin++;
    while (f->end > f->begin && is_blank(f->end[-1]))
        f->end--;
    if (f->end - f->begin >= 2 && *f->begin == '"' && f->end[-1] == '"') {
        f->begin++;
        f->end--;
    }
    return more;
}

/* One record: its field number `column`, or an empty one; false: a blank
 * line. */
static bool
next_record(struct reader *r, size_t column, struct field *out)
{
    struct field f = { NULL, NULL, r->line };
    size_t i = 0;
    bool more;

    *out = f;
    do {
        more = next_field(r, &f);
        if (i++ == column)
            *out = f;
    } while (more);
    return i > 1 || f.begin < f.end;
}

/* Which column has the rows, and whether the first line says so. */
static mesa_status
find_column(struct reader *r, size_t *column, struct mesa_error *err)
{
    struct reader start;
    struct field f;
    int64_t number;
    bool more;

    do {
        start = *r;
        more = next_field(r, &f);
    } while (!more && f.begin == f.end && r->at < r->n);
    *column = 0;
    if (!more && mesa_parse_int64(f.begin, f.end, &number)) {
        *r = start;
        return MESA_OK;
    }
    while (f.end - f.begin != 3 || memcmp(f.begin, "row", 3) != 0) {
        if (!more)
            return mesa_fail(err, MESA_EPARSE,
                             "%s:%llu: neither a row number nor a header "
                             "with a column row",
                             r->path, (unsigned long long)start.line);
        more = next_field(r, &f);
        ++*column;
    }
    while (more)
        more = next_field(r, &f);
    return MESA_OK;
}

/* Why a field is no row number: it is too large, has a fraction, or is no
 * number at all. */
static const char *
complaint(const struct field *f)
{
    const char *at = f->begin;
    double number;

    while (at < f->end && *at >= '0' && *at <= '9')
        at++;
    if (at == f->end && at > f->begin)
        return "is larger than any row number";
    return mesa_parse_double(f->begin, f->end, &number)
               ? "is not a whole number, as rows have"
               : "is no row number";
}

static mesa_status
take_row(const struct reader *r, const struct field *f, size_t rows,
         bool *seen, size_t *out, struct mesa_error *err)
{
    const int shown = f->end - f->begin < 40 ? (int)(f->end - f->begin) : 40;
    int64_t number;

    if (!mesa_parse_int64(f->begin, f->end, &number))
        return mesa_fail(err, MESA_EPARSE, "%s:%llu: '%.*s' %s", r->path,
                         (unsigned long long)f->line, shown, f->begin,
                         complaint(f));
    if (number < 0 || (uint64_t)number >= rows)
        return mesa_fail(err, MESA_EDATA,
                         "%s:%llu: row %lld, but training rows are 0 ... %zu",
                         r->path, (unsigned long long)f->line,
                         (long long)number, rows - 1);
    if (seen[number])
        return mesa_fail(err, MESA_EDATA, "%s:%llu: row %lld is there twice",
                         r->path, (unsigned long long)f->line,
                         (long long)number);
    seen[number] = true;
    *out = (size_t)number;
    return MESA_OK;
}

static mesa_status
take_all(struct reader *r, size_t rows, bool *seen, size_t *out, size_t *n,
         struct mesa_error *err)
{
    size_t column;
    mesa_status st = find_column(r, &column, err);

    *n = 0;
    while (r->at < r->n && st == MESA_OK) {
        struct field f;

        if (!next_record(r, column, &f))
            continue;
        st = take_row(r, &f, rows, seen, out + *n, err);
        *n += st == MESA_OK;
    }
    return st == MESA_OK && *n == 0
               ? mesa_fail(err, MESA_EDATA, "%s lists no rows", r->path)
               : st;
}

mesa_status
active_read_rows(const char *path, size_t rows, size_t **out, size_t *n,
                 struct mesa_error *err)
{
    struct reader r = { .path = path, .line = 1 };
    bool *seen = mesa_alloc_array(rows, sizeof *seen);
    /* One that is there twice comes after all others at the latest. */
    size_t *row = mesa_alloc_raw(rows, sizeof *row);
    mesa_status st = seen && row ? open_rows(&r, rows, err)
                                 : mesa_nomem(err, rows, "rows");

    if (st == MESA_OK)
        st = take_all(&r, rows, seen, row, n, err);
    mesa_free(r.text);
    mesa_free(seen);
    *out = st == MESA_OK ? row : NULL;
    if (st != MESA_OK)
        mesa_free(row);
    return st;
}
