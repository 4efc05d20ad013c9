/* SPDX-License-Identifier: MIT */
/*
 * head.c - the first two records of a file, and what they tell: delimiter,
 * header, names of the columns.
 *
 * Delimiter: of comma, semicolon and tab the one that occurs equally often in
 * both records, and most often if several do; else the most frequent in the
 * first.  Header: yes if some field is text in the first record and a number
 * in the second, the label's included (the columns may be called 0, 1, 2), or
 * if the first record holds a name that is known: that of the label, of a
 * target, of a column of categories, of a column of the model.  A single
 * record is a header if it holds text in any field.  Where columns may hold
 * categories, nothing but text tells nothing, and has to be asked about.
 */
#include "csv.h"

#include <string.h>

#define FIRST_LOOK ((size_t)1 << 16)

struct record {
    const char       *begin, *end; /* end: at its newline */
    uint64_t          line;
    size_t            n;
    struct csv_field *field;
};

struct head {
    struct csv_file *file;
    char            *buffer;
    size_t           n;
    struct record    record[2];
    size_t           n_records;
};

/* Bytes of a byte order mark to skip; UTF-16 is refused. */
static mesa_status
check_encoding(const struct head *h, size_t *skip, struct mesa_error *err)
{
    const unsigned char *b = (const unsigned char *)h->buffer;

    *skip = h->n >= 3 && memcmp(b, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (h->n >= 2 && ((b[0] == 0xff && b[1] == 0xfe) ||
                      (b[0] == 0xfe && b[1] == 0xff)))
        return mesa_fail(err, MESA_EPARSE, "%s is UTF-16, expected UTF-8",
                         h->file->in.shown);
    return MESA_OK;
}

/* Find the records in the buffer; whether they are certainly complete. */
static bool
find_records(struct head *h, size_t from)
{
    const char *p = h->buffer + from, *end = h->buffer + h->n;
    bool all = h->n == h->file->in.size;
    uint64_t line = 1;

    h->n_records = 0;
    /* A record that touches the end of the buffer may go on behind it. */
    for (size_t i = 0; i < 2; i++) {
        struct record *r = &h->record[i];
        bool in_quote = false;

        while (p < end && (*p == '\n' || (*p == '\r' && p[1] == '\n'))) {
            p += 1 + (*p == '\r');
            line++;
        }
        if (p >= end)
            return all;
        r->begin = p;
        r->line = line;
        r->end = csv_row_end(p, end, &in_quote);
        if (r->end == end && !all)
            return false;
        h->n_records++;
        for (; p < r->end; p++)
            line += *p == '\n';
        p++;
        line++;
    }
    return true;
}

/* Read until two records are there, or all. */
static mesa_status
read_records(struct head *h, struct mesa_error *err)
{
    struct csv_file *f = h->file;
    size_t want = FIRST_LOOK, skip;
    mesa_status st;

    for (;; want *= 2) {
        size_t n = f->in.size < want ? (size_t)f->in.size : want;
        char *more = mesa_realloc_array(h->buffer, n + 2, 1);

        if (!more)
            return mesa_nomem(err, n, "bytes of a header");
        h->buffer = more;
        st = csv_input_read(&f->in, h->n, n - h->n, more + h->n, err);
        if (st != MESA_OK)
            return st;
        h->n = n;
        memset(more + n, '\n', 2);
        st = check_encoding(h, &skip, err);
        if (st != MESA_OK || find_records(h, skip))
            break;
    }
    if (st == MESA_OK && h->n_records == 0)
        return mesa_fail(err, MESA_EDATA, "%s is empty", f->in.shown);
    return st;
}

/* Occurrences outside quotes. */
static size_t
count_outside(const struct record *r, char c)
{
    bool in_quote = false;
    size_t n = 0;

    for (const char *p = r->begin; p < r->end; p++) {
        in_quote ^= *p == '"';
        n += *p == c && !in_quote;
    }
    return n;
}

/* Ties go to the earlier of comma, semicolon and tab. */
static char
guess_delimiter(const struct head *h)
{
    static const char known[] = ",;\t";
    size_t most = 0, most_equal = 0;
    char best = ',', best_equal = '\0';

    for (const char *c = known; *c; c++) {
        size_t n = count_outside(&h->record[0], *c);

        if (n > most) {
            most = n;
            best = *c;
        }
        if (h->n_records == 2 && n > most_equal &&
            n == count_outside(&h->record[1], *c)) {
            most_equal = n;
            best_equal = *c;
        }
    }
    return best_equal ? best_equal : best;
}

/* Line of the place where a record went wrong. */
static mesa_status
blame_record(const struct head *h, const struct record *r, const char *at,
             mesa_status st, struct mesa_error *err)
{
    uint64_t line = r->line;

    for (const char *p = r->begin; p < at; p++)
        line += *p == '\n';
    return csv_blame(&h->file->in, line, st, err);
}

/* Cut into fields.  What would make every later message absurd is refused
 * here: NUL bytes, and line ends of old Macintoshes, which make one line of
 * the whole file. */
static mesa_status
cut_record(const struct head *h, struct record *r, struct mesa_error *err)
{
    char delimiter = h->file->delimiter;
    const char *p = memchr(r->begin, '\0', (size_t)(r->end - r->begin));

    if (p)
        return blame_record(h, r, p, mesa_fail(err, MESA_EPARSE, "a NUL byte"),
                            err);
    r->field = mesa_alloc_array(count_outside(r, delimiter) + 1,
                                sizeof *r->field);
    if (!r->field)
        return mesa_nomem(err, count_outside(r, delimiter) + 1, "fields");
    p = r->begin;
    do {
        const char *at = p;
        struct csv_field *field = &r->field[r->n];

        p = csv_field_cut(p, r->end, delimiter, field);
        if (!p)
            return blame_record(h, r, at, csv_field_blame(field->fault, err),
                                err);
        if (!field->quoted &&
            memchr(field->begin, '\r', (size_t)(field->end - field->begin)))
            return blame_record(h, r, at,
                                mesa_fail(err, MESA_EPARSE,
                                          "a carriage return without a line "
                                          "feed"),
                                err);
        r->n++;
    } while (*p++ != '\n');
    return MESA_OK;
}

static bool
is_number(const struct csv_field *field)
{
    double v;

    return mesa_parse_double(field->begin, field->end, &v);
}

/* Neither a number nor a missing one. */
static bool
is_text(const struct csv *csv, const struct csv_field *field)
{
    return !is_number(field) &&
           !csv_missing_text(&csv->words, field->begin, field->end);
}

static bool
spells(const struct csv_field *field, const char *name)
{
    size_t n = (size_t)(field->end - field->begin);

    return name && strlen(name) == n && memcmp(name, field->begin, n) == 0;
}

/* Is it a name that is known?  A label given as a number is no evidence: it
 * may well be a position. */
static bool
is_name(const struct csv_file *f, const struct csv_field *field)
{
    const struct csv *csv = f->csv;

    if (is_number(field))
        return false;
    for (size_t i = 0; i < csv->categorical.n; i++)
        if (spells(field, csv_categorical_name(csv, i)))
            return true;
    for (size_t j = 0; f->schema && j < f->schema->n_columns; j++)
        if (spells(field, f->schema->column[j].name))
            return true;
    for (size_t i = 0; i < csv->target.n; i++)
        if (spells(field, csv->target.item[i]))
            return true;
    return spells(field, csv->label);
}

/* May the rows of the model hold text in this place? */
static bool
may_be_category(const struct csv_file *f, size_t k)
{
    return f->schema && k < f->schema->n_columns &&
           f->schema->column[k].type == MESA_CATEGORICAL;
}

static bool
guess_header(const struct head *h)
{
    const struct csv_file *f = h->file;
    const struct record *first = &h->record[0], *second = &h->record[1];

    for (size_t k = 0; k < first->n; k++)
        if (is_name(f, &first->field[k]))
            return true;
    for (size_t k = 0; k < first->n; k++)
        if (is_text(f->csv, &first->field[k]) && !may_be_category(f, k) &&
            (h->n_records == 1 ||
             (k < second->n && is_number(&second->field[k]))))
            return true;
    return false;
}

/* Without any number the first record may be names as well as categories. */
static bool
is_ambiguous(const struct head *h)
{
    const struct csv_file *f = h->file;
    const struct record *first = &h->record[0];

    for (size_t k = 0; k < first->n; k++)
        if (!is_text(f->csv, &first->field[k]))
            return false;
    return !f->schema && csv_has_categorical(f->csv);
}

/* Choose the delimiter, cut both records, and see whether they agree. */
static mesa_status
cut_records(struct head *h, struct mesa_error *err)
{
    struct csv_file *f = h->file;
    mesa_status st = MESA_OK;
    const struct record *first = &h->record[0], *second = &h->record[1];

    f->delimiter = f->csv->delimiter_char ? f->csv->delimiter_char
                                          : guess_delimiter(h);
    for (size_t i = 0; i < h->n_records && st == MESA_OK; i++)
        st = cut_record(h, &h->record[i], err);
    if (st != MESA_OK)
        return st;
    if (first->n < 2 && !f->lone)
        return csv_blame(&f->in, first->line,
                         mesa_fail(err, MESA_EDATA,
                                   "one field with the delimiter %s, expected "
                                   "a %s and at least one feature",
                                   f->delimiter == '\t'
                                       ? "tab"
                                       : (char[]){ '\'', f->delimiter, '\'',
                                                   '\0' },
                                   f->csv->target.n ? "target" : "label"),
                         err);
    if (h->n_records == 2 && second->n != first->n)
        return csv_blame(&f->in, second->line,
                         mesa_fail(err, MESA_EPARSE,
                                   "%zu field%s, expected %zu", second->n,
                                   second->n == 1 ? "" : "s", first->n),
                         err);
    return MESA_OK;
}

/* Names of the header; xK for field K without one, or without a header. */
static mesa_status
take_names(struct head *h, struct mesa_error *err)
{
    struct csv_file *f = h->file;
    const struct record *r = &h->record[0];
    mesa_status st = MESA_OK;

    f->n_fields = r->n;
    for (size_t k = 0; k < r->n && st == MESA_OK; k++) {
        bool named = f->has_header && r->field[k].begin < r->field[k].end;
        char *name = named ? csv_field_text(&r->field[k])
                           : mesa_asprintf("x%zu", k);

        if (!name)
            return mesa_nomem(err, r->n, "column names");
        st = csv_words_add(&f->names, name, strlen(name), err);
        if (st == MESA_OK && f->names.n == k)
            st = csv_blame(&f->in, r->line,
                           mesa_fail(err, MESA_EDATA,
                                     "two columns are called '%.64s'", name),
                           err);
        mesa_free(name);
    }
    return st;
}

/* Header or not decides where rows start and what columns are called. */
static mesa_status
settle(struct head *h, struct mesa_error *err)
{
    struct csv_file *f = h->file;
    const struct record *rows = &h->record[0];

    f->has_header = f->csv->header == CSV_HEADER_YES ||
                    (f->csv->header == CSV_HEADER_AUTO && guess_header(h));
    if (f->csv->header == CSV_HEADER_AUTO && !f->has_header && is_ambiguous(h))
        return mesa_fail(err, MESA_EDATA,
                         "%s: the first line may be names or categories: say "
                         "header = yes or header = no",
                         f->in.shown);
    if (f->has_header && h->n_records == 1)
        return mesa_fail(err, MESA_EDATA, "%s has a header but no rows",
                         f->in.shown);
    rows += f->has_header;
    f->start = (uint64_t)(rows->begin - h->buffer);
    f->start_line = rows->line;
    return take_names(h, err);
}

mesa_status
csv_head_read(struct csv_file *f, const struct csv *csv, const char *path,
              struct mesa_error *err)
{
    mesa_status st = csv_input_open(&f->in, path, err);

    return st == MESA_OK ? csv_head_parse(f, csv, err) : st;
}

mesa_status
csv_head_parse(struct csv_file *f, const struct csv *csv,
               struct mesa_error *err)
{
    struct head h = { .file = f };
    mesa_status st;

    f->csv = csv;
    st = read_records(&h, err);
    if (st == MESA_OK)
        st = cut_records(&h, err);
    if (st == MESA_OK)
        st = settle(&h, err);
    mesa_free(h.record[0].field);
    mesa_free(h.record[1].field);
    mesa_free(h.buffer);
    return st;
}

void
csv_file_free(struct csv_file *f)
{
    csv_input_close(&f->in);
    csv_words_free(&f->names);
    mesa_free(f->role);
    mesa_free(f->listed);
    mesa_free(f->told);
    mesa_free(f->span);
    f->role = NULL;
    f->listed = NULL;
    f->told = NULL;
    f->span = NULL;
}
