/* SPDX-License-Identifier: MIT */
/*
 * rows.c - the two passes over the rows of a file: which labels there are,
 * and parsing everything into place.  Blocks are independent of each other:
 * the scan has counted the rows before each.
 */
#include "csv.h"

#include <math.h>
#include <string.h>

/* What the fields of one block are parsed with. */
struct reader {
    const struct csv_file    *file;
    const struct csv_classes *classes;
    struct csv_block          block;
    const char               *row;   /* where the current row starts    */
    struct csv_field          last;  /* the last label, and its class:  */
    int32_t                   class_ /* most labels equal the one above */;
    struct mesa_error        *err;
};

/* Empty lines are no rows. */
static const char *
skip_empty_lines(const char *p, const char *end)
{
    while (p < end && (*p == '\n' || (*p == '\r' && p[1] == '\n')))
        p += 1 + (*p == '\r');
    return p;
}

/* Fields of the row; *whole: all of it could be cut. */
static size_t
count_fields(const struct reader *r, bool *whole)
{
    struct csv_field field;
    const char *p = r->row;
    size_t n = 0;

    do {
        p = csv_field_cut(p, r->block.end, r->file->delimiter, &field);
        n++;
    } while (p && *p++ != '\n');
    *whole = p != NULL;
    return n;
}

/* Put the place in front of the message; always NULL. */
static const char *
blame(const struct reader *r, const char *at, mesa_status st)
{
    csv_blame(&r->file->in, csv_block_line(&r->block, at), st, r->err);
    return NULL;
}

/* Ragged rows are blamed where they start: where they go wrong is anybody's
 * guess. */
static const char *
blame_ragged(const struct reader *r, size_t n)
{
    return blame(r, r->row,
                 mesa_fail(r->err, MESA_EPARSE, "%zu field%s, expected %zu", n,
                           n == 1 ? "" : "s", r->file->n_fields));
}

/* A value is wrong; but is it the row that is? */
static bool
is_ragged(const struct reader *r, size_t *n)
{
    bool whole;

    *n = count_fields(r, &whole);
    return whole && *n != r->file->n_fields;
}

/* Too few or too many fields move text under the names of numbers, so they
 * are the better explanation. */
static const char *
blame_value(const struct reader *r, size_t k, const struct csv_field *field,
            bool infinite)
{
    const char *name = r->file->names.text[k];
    int shown = csv_field_shown(field);
    size_t n;

    if (is_ragged(r, &n))
        return blame_ragged(r, n);
    if (shown == 0)
        return blame(r, field->begin,
                     mesa_fail(r->err, MESA_EPARSE,
                               "column '%.64s' is empty, expected a number",
                               name));
    return blame(r, field->begin,
                 mesa_fail(r->err, MESA_EPARSE,
                           "column '%.64s' holds '%.*s', %s", name, shown,
                           field->begin,
                           infinite ? "which is not finite"
                                    : "expected a number"));
}

/* Numbers may have blanks around them inside quotes, too. */
static void
trim_blanks(struct csv_field *field)
{
    while (field->begin < field->end && *field->begin == ' ')
        field->begin++;
    while (field->begin < field->end && field->end[-1] == ' ')
        field->end--;
}

/* A value that is not simply a number up to the next delimiter. */
static const char *
parse_hard_value(const struct reader *r, const char *p, size_t k, double *out)
{
    const struct csv_missing *missing = &r->file->csv->words;
    struct csv_field field;
    const char *stop = csv_field_cut(p, r->block.end, r->file->delimiter,
                                     &field);
    double v = 0;

    if (!stop)
        return blame(r, p, csv_field_blame(field.fault, r->err));
    if (field.quoted)
        trim_blanks(&field);
    if (csv_missing_text(missing, field.begin, field.end)) {
        *out = NAN;
        return stop;
    }
    if (!mesa_parse_double(field.begin, field.end, &v) || !isfinite(v))
        return blame_value(r, k, &field, isinf(v));
    *out = v;
    return stop;
}

/* The usual case: a plain number, and nothing else up to the delimiter. */
static inline const char *
parse_value(const struct reader *r, const char *p, size_t k, double *out)
{
    const char *stop = csv_field_end(p, r->file->delimiter);

    if (*stop == '"' || !mesa_parse_double(p, stop, out) || !isfinite(*out))
        return parse_hard_value(r, p, k, out);
    if (csv_missing_number(&r->file->csv->words, *out))
        *out = NAN;
    return stop;
}

static const char *
blame_label(const struct reader *r, const struct csv_field *field)
{
    const char *name = r->file->names.text[r->file->label];
    struct csv_list list = { "", 0 };
    int shown = csv_field_shown(field);
    mesa_status st;
    size_t n;

    if (is_ragged(r, &n))
        return blame_ragged(r, n);
    for (size_t c = 0; c < r->classes->name.n; c++)
        csv_list_add(&list, r->classes->name.text[c]);
    if (shown == 0)
        st = mesa_fail(r->err, MESA_EDATA, "label column '%.64s' is empty",
                       name);
    else if (csv_missing_text(&r->file->csv->words, field->begin, field->end))
        st = mesa_fail(r->err, MESA_EDATA,
                       "label column '%.64s' holds '%.*s', which means missing",
                       name, shown, field->begin);
    else if (r->classes->declared)
        st = mesa_fail(r->err, MESA_EDATA, "class '%.*s' is not one of %s",
                       shown, field->begin, list.text);
    else
        st = mesa_fail(r->err, MESA_EDATA, "class '%.*s' does not occur in %s",
                       shown, field->begin, r->classes->from);
    return blame(r, field->begin, st);
}

/* The class of the label at p.  Looked up only if it differs from the last
 * label, since classes often come in runs. */
static const char *
parse_label(struct reader *r, const char *p, int32_t *out)
{
    struct csv_field field;
    const char *stop = csv_field_cut(p, r->block.end, r->file->delimiter,
                                     &field);
    char *text = NULL;
    size_t n;

    if (!stop)
        return blame(r, p, csv_field_blame(field.fault, r->err));
    n = (size_t)(field.end - field.begin);
    if (!r->last.begin || n != (size_t)(r->last.end - r->last.begin) ||
        memcmp(field.begin, r->last.begin, n) != 0) {
        if (field.escaped) {
            text = csv_field_text(&field);
            if (!text)
                return blame(r, p, mesa_nomem(r->err, n, "bytes of a label"));
            n = strlen(text);
        }
        r->class_ = n ? csv_classes_find(r->classes,
                                         text ? text : field.begin, n)
                      : -1;
        mesa_free(text);
        if (r->class_ < 0)
            return blame_label(r, &field);
        r->last = field;
    }
    *out = r->class_;
    return stop;
}

/* Parse the row at p; returns what follows it, or NULL. */
static const char *
parse_row(struct reader *r, const char *p, double *x, int32_t *y)
{
    const struct csv_file *f = r->file;
    struct csv_field field;
    bool whole;
    size_t k = 0;

    r->row = p;
    do {
        const char *at = p;

        if (k == f->n_fields)
            return blame_ragged(r, count_fields(r, &whole));
        if (f->role[k] >= 0)
            p = parse_value(r, p, k, &x[f->role[k]]);
        else if (f->role[k] == CSV_LABEL)
            p = parse_label(r, p, y);
        else if (!(p = csv_field_cut(p, r->block.end, f->delimiter, &field)))
            return blame(r, at, csv_field_blame(field.fault, r->err));
        if (!p)
            return NULL;
        k++;
    } while (*p++ != '\n');
    return k == f->n_fields ? p : blame_ragged(r, k);
}

struct parse {
    const struct csv_file    *file;
    const struct csv_classes *classes;
    double                   *x;
    int32_t                  *y;
};

/* The rows of block i, to where the scan said they go.  A file that changes
 * under our hands may have other rows now, but never gets room that is not
 * its own. */
static mesa_status
parse_block(void *context, size_t i, struct mesa_error *err)
{
    const struct parse *job = context;
    const struct csv_file *f = job->file;
    size_t row = f->span[i].rows, stop = f->span[i + 1].rows;
    struct mesa_error own = { MESA_OK, 0, "", "" };
    struct reader r = { .file = f, .classes = job->classes,
                        .err = err ? err : &own };
    const char *p;
    mesa_status st;

    if (row == stop)
        return MESA_OK;
    st = csv_block_load(&r.block, f, i, err);
    if (st != MESA_OK)
        return st;
    p = skip_empty_lines(r.block.begin, r.block.end);
    while (p && p < r.block.end && row < stop) {
        p = parse_row(&r, p, job->x + row * f->n_features,
                      job->y ? job->y + row : NULL);
        p = p ? skip_empty_lines(p, r.block.end) : NULL;
        row++;
    }
    if (!p)
        st = r.err->status;
    else if (row < stop || p < r.block.end)
        st = mesa_fail(err, MESA_EIO, "%s changed while it was read",
                       f->in.shown);
    csv_block_free(&r.block);
    return st;
}

mesa_status
csv_rows_parse(const struct csv_file *f, const struct csv_classes *classes,
               double *x, int32_t *y, struct mesa_error *err)
{
    struct parse job = { f, classes, x, y };

    return mesa_parallel_for(f->n_blocks, parse_block, &job, err);
}
