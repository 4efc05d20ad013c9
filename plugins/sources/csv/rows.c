/* SPDX-License-Identifier: MIT */
/*
 * rows.c - the last pass over the rows of a file: parsing everything into
 * place.  Blocks are independent of each other: the scan has counted the rows
 * before each.
 */
#include "csv.h"

#include <math.h>
#include <string.h>

/* The first category of a column that is unknown; line 0: there is none. */
struct unknown {
    uint64_t line;
    char     text[CSV_SHOWN + 1];
};

/* What the fields of one block are parsed with. */
struct reader {
    const struct csv_file    *file;
    const struct csv_classes *classes;
    struct csv_block          block;
    const char               *row;   /* where the current row starts    */
    struct csv_field          last;  /* the last label, and its class:  */
    int32_t                   class_ /* most labels equal the one above */;
    struct unknown          **unknown; /* of each field, once needed */
    struct mesa_error        *err;
};

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

/* What to do about text, where it is not the model that says what a column
 * holds. */
static const char *
text_hint(const struct csv_file *f, size_t k)
{
    if (f->schema || f->role[k] < 0 || csv_categorical_auto(f->csv))
        return "";
    return csv_has_categorical(f->csv)
               ? "; if it holds categories, add it to categorical"
               : "; categorical = auto takes text for categories";
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
                           "column '%.64s' holds '%.*s', %s%s", name, shown,
                           field->begin,
                           infinite ? "which is not finite"
                                    : "expected a number",
                           infinite ? "" : text_hint(r->file, k)));
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
        csv_field_trim(&field);
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

static struct csv_list
list_words(const struct csv_words *w)
{
    struct csv_list list = { "", 0 };

    for (size_t i = 0; i < w->n; i++)
        csv_list_add(&list, w->text[i]);
    return list;
}

/* It is too late to learn what the training rows do not have: an error, or a
 * missing value that is remembered for a warning. */
static const char *
meet_unknown(const struct reader *r, const char *at, const char *stop,
             size_t k, const struct csv_field *field)
{
    const struct csv_file *f = r->file;
    size_t n;
    const struct csv_words *known = &f->category[f->role[k]].name;
    int shown = csv_field_shown(field);
    struct unknown *u;

    if (is_ragged(r, &n))
        return blame_ragged(r, n);
    if (f->csv->unknown == CSV_UNKNOWN_ERROR)
        return blame(r, at,
                     mesa_fail(r->err, MESA_EDATA,
                               "column '%.64s' holds '%.*s', which is none "
                               "of %s",
                               f->names.text[k], shown, field->begin,
                               list_words(known).text));
    if (!*r->unknown)
        *r->unknown = mesa_alloc_array(f->n_fields, sizeof **r->unknown);
    if (!*r->unknown)
        return blame(r, at, mesa_nomem(r->err, f->n_fields, "columns"));
    u = &(*r->unknown)[k];
    if (u->line == 0) {
        u->line = csv_block_line(&r->block, at);
        memcpy(u->text, field->begin, (size_t)shown);
    }
    return stop;
}

static const char *
parse_category(const struct reader *r, const char *p, size_t k, double *out)
{
    const struct csv_file *f = r->file;
    struct csv_field field;
    const char *stop = csv_field_cut(p, r->block.end, f->delimiter, &field);
    char *copy;
    size_t code;

    if (!stop)
        return blame(r, p, csv_field_blame(field.fault, r->err));
    *out = NAN;
    if (csv_missing_text(&f->csv->words, field.begin, field.end))
        return stop;
    if (csv_field_resolve(&field, &copy, r->err) != MESA_OK)
        return blame(r, p, MESA_ENOMEM);
    code = csv_categories_find(&f->category[f->role[k]], &field);
    if (code != CSV_NO_WORD)
        *out = (double)code;
    else
        stop = meet_unknown(r, p, stop, k, &field);
    mesa_free(copy);
    return stop;
}

static const char *
parse_feature(const struct reader *r, const char *p, size_t k, double *row)
{
    const struct csv_categories *category = r->file->category;
    ptrdiff_t j = r->file->role[k];

    return category && category[j].name.n ? parse_category(r, p, k, &row[j])
                                          : parse_value(r, p, k, &row[j]);
}

/* What is to be learnt must be there: "label" or "target" of field k. */
static const char *
blame_absent(const struct reader *r, const char *what, size_t k,
             const struct csv_field *field)
{
    const char *name = r->file->names.text[k];
    const char *hint = k == r->file->label && !r->file->schema
                           ? "; with unlabelled = yes such rows have no label"
                           : "";
    int shown = csv_field_shown(field);

    return blame(r, field->begin,
                 shown == 0
                     ? mesa_fail(r->err, MESA_EDATA,
                                 "%s column '%.64s' is empty%s", what, name,
                                 hint)
                     : mesa_fail(r->err, MESA_EDATA,
                                 "%s column '%.64s' holds '%.*s', which means "
                                 "missing%s",
                                 what, name, shown, field->begin, hint));
}

/* Is it said that the label of a row of the data may be missing, as here? */
static bool
may_be_absent(const struct reader *r, const struct csv_field *field)
{
    const struct csv *csv = r->file->csv;

    return csv->unlabelled && !r->file->schema &&
           (field->begin == field->end ||
            csv_missing_text(&csv->words, field->begin, field->end));
}

static const char *
blame_label(const struct reader *r, const struct csv_field *field)
{
    int shown = csv_field_shown(field);
    mesa_status st;
    size_t n;

    if (is_ragged(r, &n))
        return blame_ragged(r, n);
    if (shown == 0 ||
        csv_missing_text(&r->file->csv->words, field->begin, field->end))
        return blame_absent(r, "label", r->file->label, field);
    if (r->classes->declared)
        st = mesa_fail(r->err, MESA_EDATA, "class '%.*s' is not one of %s",
                       shown, field->begin,
                       list_words(&r->classes->name).text);
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
    char *copy;
    size_t n;

    if (!stop)
        return blame(r, p, csv_field_blame(field.fault, r->err));
    n = (size_t)(field.end - field.begin);
    if (!r->last.begin || n != (size_t)(r->last.end - r->last.begin) ||
        memcmp(field.begin, r->last.begin, n) != 0) {
        struct csv_field plain = field;

        if (csv_field_resolve(&plain, &copy, r->err) != MESA_OK)
            return blame(r, p, MESA_ENOMEM);
        n = (size_t)(plain.end - plain.begin);
        r->class_ = n ? csv_classes_find(r->classes, plain.begin, n) : -1;
        mesa_free(copy);
        if (r->class_ < 0 && !may_be_absent(r, &field))
            return blame_label(r, &field);
        r->last = field;
    }
    *out = r->class_;
    return stop;
}

static const char *
parse_target(const struct reader *r, const char *p, size_t k, double *row)
{
    double *out = &row[CSV_TARGET - r->file->role[k]];
    const char *stop = parse_value(r, p, k, out);
    struct csv_field field;
    size_t n;

    if (!stop || !isnan(*out))
        return stop;
    if (is_ragged(r, &n))
        return blame_ragged(r, n);
    csv_field_cut(p, r->block.end, r->file->delimiter, &field);
    csv_field_trim(&field);
    return blame_absent(r, "target", k, &field);
}

/* Parse row i at p; returns what follows it, or NULL. */
static const char *
parse_row(struct reader *r, const char *p, const struct csv_table *to,
          size_t i)
{
    const struct csv_file *f = r->file;
    double *x = to->x + i * f->n_features;
    struct csv_field field;
    bool whole;
    size_t k = 0;

    r->row = p;
    do {
        const char *at = p;

        if (k == f->n_fields)
            return blame_ragged(r, count_fields(r, &whole));
        if (f->role[k] >= 0)
            p = parse_feature(r, p, k, x);
        else if (f->role[k] == CSV_LABEL)
            p = parse_label(r, p, to->y + i);
        else if (f->role[k] <= CSV_TARGET)
            p = parse_target(r, p, k, to->target + i * f->n_targets);
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
    const struct csv_table   *to;
    struct unknown          **unknown; /* of each block */
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
                        .err = err ? err : &own,
                        .unknown = &job->unknown[i] };
    const char *p;
    mesa_status st;

    if (row == stop)
        return MESA_OK;
    st = csv_block_load(&r.block, f, i, err);
    if (st != MESA_OK)
        return st;
    p = csv_skip_empty_lines(r.block.begin, r.block.end);
    while (p && p < r.block.end && row < stop) {
        p = parse_row(&r, p, job->to, row++);
        p = p ? csv_skip_empty_lines(p, r.block.end) : NULL;
    }
    if (!p)
        st = r.err->status;
    else if (row < stop || p < r.block.end)
        st = mesa_fail(err, MESA_EIO, "%s changed while it was read",
                       f->in.shown);
    csv_block_free(&r.block);
    return st;
}

/* One warning for each column of the file, about the value that came first:
 * blocks are told of in their order. */
static void
tell_unknown(const struct csv_file *f, const struct unknown *unknown)
{
    for (size_t k = 0; k < f->n_fields; k++) {
        if (unknown[k].line == 0 || f->told[k])
            continue;
        f->told[k] = true;
        mesa_warn("%s:%llu: column '%.64s' holds '%s', which is none of %s: "
                  "such values count as missing (unknown = error refuses "
                  "them)",
                  f->in.shown, (unsigned long long)unknown[k].line,
                  f->names.text[k], unknown[k].text,
                  list_words(&f->category[f->role[k]].name).text);
    }
}

mesa_status
csv_rows_parse(const struct csv_file *f, const struct csv_classes *classes,
               const struct csv_table *to, struct mesa_error *err)
{
    struct parse job = { f, classes, to, NULL };
    mesa_status st;

    job.unknown = mesa_alloc_array(f->n_blocks, sizeof *job.unknown);
    if (!job.unknown)
        return mesa_nomem(err, f->n_blocks, "blocks");
    st = mesa_parallel_for(f->n_blocks, parse_block, &job, err);
    for (size_t i = 0; i < f->n_blocks; i++) {
        if (st == MESA_OK && job.unknown[i])
            tell_unknown(f, job.unknown[i]);
        mesa_free(job.unknown[i]);
    }
    mesa_free(job.unknown);
    return st;
}
