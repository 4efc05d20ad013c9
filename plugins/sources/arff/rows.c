/* SPDX-License-Identifier: MIT */
/*
 * rows.c - the rows of an ARFF file: all values in order, or in braces the
 * index and value of those that are not zero (for a nominal attribute: not
 * its first value).
 */
#include "arff.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What the rows of a file are parsed with. */
struct reader {
    const struct arff_file   *file, *first;
    const struct csv_classes *classes;
    double                   *x;
    int32_t                  *y;
    struct csv_words         *labels; /* of each block */
};

/* A sparse row that says nothing of its class, where that means none of them;
 * a class that is missing is -1. */
enum { NO_CLASS = -2 };

/* '?' and KEEL's <null>, unless in quotes. */
static bool
is_missing(const struct arff_text *t)
{
    size_t n = (size_t)(t->end - t->begin);

    return !t->quoted && ((n == 1 && *t->begin == '?') ||
                          (n == 6 && memcmp(t->begin, "<null>", 6) == 0));
}

/* "attribute 'a' holds 'v', WHAT" */
static mesa_status
blame_value(const struct reader *r, const struct lines_block *b, size_t k,
            const struct arff_text *t, const char *what,
            struct mesa_error *err)
{
    const char *name = r->file->name.text[k];
    mesa_status st;

    if (t->begin == t->end)
        st = mesa_fail(err, MESA_EPARSE, "attribute '%.64s' is empty", name);
    else
        st = mesa_fail(err, MESA_EPARSE, "attribute '%.64s' holds '%.*s', %s",
                       name, arff_shown(t), t->begin, what);
    return lines_blame(b, st, err);
}

static mesa_status
take_number(const struct reader *r, const struct lines_block *b, size_t k,
            const struct arff_text *t, double *out, struct mesa_error *err)
{
    double v;

    if (!mesa_parse_double(t->begin, t->end, &v) || isnan(v))
        return blame_value(r, b, k, t, "expected a number", err);
    if (isinf(v))
        return blame_value(r, b, k, t, "which is not finite", err);
    *out = v;
    return MESA_OK;
}

static mesa_status
take_category(const struct reader *r, const struct lines_block *b, size_t k,
              const struct arff_text *t, double *out, struct mesa_error *err)
{
    const struct csv_words *value = &r->first->attribute[k].value;
    struct csv_list list = { "", 0 };
    char text[200];
    size_t code = csv_words_find(value, t->begin,
                                 (size_t)(t->end - t->begin));

    *out = (double)code;
    if (code != CSV_NO_WORD)
        return MESA_OK;
    for (size_t i = 0; i < value->n; i++)
        csv_list_add(&list, value->text[i]);
    snprintf(text, sizeof text, "which is none of %s", list.text);
    return blame_value(r, b, k, t, text, err);
}

static mesa_status
take_value(const struct reader *r, const struct lines_block *b, size_t row,
           size_t k, const struct arff_text *t, struct mesa_error *err)
{
    ptrdiff_t role = r->file->attribute[k].role;
    double *out = r->x + row * r->file->n_columns + role;

    if (role == ARFF_IGNORED)
        return MESA_OK;
    if (role == ARFF_LABEL && is_missing(t) && r->file->arff->unlabelled) {
        r->y[row] = -1;
        return MESA_OK;
    }
    if (role == ARFF_LABEL && (is_missing(t) || t->begin == t->end))
        return blame_value(r, b, k, t,
                           "but a class must not be missing without "
                           "unlabelled = yes",
                           err);
    if (role == ARFF_LABEL)
        return lines_class(b, r->classes, t->begin, t->end, &r->y[row], err);
    if (is_missing(t)) {
        *out = NAN;
        return MESA_OK;
    }
    if (r->file->attribute[k].type == ARFF_NUMERIC)
        return take_number(r, b, k, t, out, err);
    return take_category(r, b, k, t, out, err);
}

/* The same for a text with backslashes in it. */
static mesa_status
take_text(const struct reader *r, const struct lines_block *b, size_t row,
          size_t k, const struct arff_text *t, struct mesa_error *err)
{
    struct arff_text plain = *t;
    mesa_status st;
    char *copy;

    if (!t->escaped)
        return take_value(r, b, row, k, t, err);
    copy = arff_copy(t);
    if (!copy)
        return mesa_nomem(err, 1, "value");
    plain.begin = copy;
    plain.end = copy + strlen(copy);
    st = take_value(r, b, row, k, &plain, err);
    mesa_free(copy);
    return st;
}

/* Weka takes blanks for separators, too; KEEL has blanks inside values.  So
 * blanks count where the row has no comma, quoted ones aside. */
static bool
separates_by_blanks(const struct lines_block *b)
{
    char quote = '\0', before = ' ';

    for (const char *p = b->begin; p < b->end; before = *p++) {
        if (quote && *p == '\\')
            p++;
        else if (quote)
            quote = *p == quote ? '\0' : quote;
        else if (*p == ',')
            return false;
        else if ((*p == '\'' || *p == '"') &&
                 (before == ' ' || before == '\t'))
            quote = *p;
    }
    return true;
}

/* Past what separates values. */
static const char *
next_value(const char *p, const char *end)
{
    p = arff_skip(p, end);
    return p < end && *p == ',' ? p + 1 : p;
}

static mesa_status
blame_number(const struct reader *r, const struct lines_block *b, bool more,
             size_t n, struct mesa_error *err)
{
    const size_t want = r->file->n;

    return lines_blame(
        b,
        more ? mesa_fail(err, MESA_EPARSE, "more than %zu values", want)
             : mesa_fail(err, MESA_EPARSE, "%zu value%s, expected %zu", n,
                         n == 1 ? "" : "s", want),
        err);
}

static mesa_status
take_dense(const struct reader *r, const struct lines_block *b, size_t row,
           struct mesa_error *err)
{
    bool blanks = separates_by_blanks(b);
    const char *p = b->begin;
    mesa_status st = MESA_OK;
    size_t n = r->file->n;

    for (size_t k = 0; k < n && st == MESA_OK; k++) {
        struct arff_text text;
        enum arff_fault fault;

        if (k > 0 && p == b->end)
            return blame_number(r, b, false, k, err);
        if (k > 0)
            p = next_value(p, b->end);
        p = arff_cut(p, b->end, '\0', blanks, &text, &fault);
        if (!p)
            return lines_blame(b, arff_fault_blame(fault, err), err);
        st = take_text(r, b, row, k, &text, err);
    }
    if (st == MESA_OK && p < b->end)
        st = blame_number(r, b, true, n, err);
    return st;
}

/* What is not written: zeroes, and the first of nominal values. */
static void
fill_sparse(const struct reader *r, size_t row)
{
    const struct arff_file *f = r->file;
    const struct csv_words *values = &f->attribute[f->label].value;
    const char *class_ = values->n ? values->text[0] : "0";

    memset(r->x + row * f->n_columns, 0, f->n_columns * sizeof *r->x);
    r->y[row] = csv_classes_find(r->classes, class_, strlen(class_));
    if (r->y[row] < 0)
        r->y[row] = NO_CLASS;
}

/* "INDEX VALUE" at p; *k: the index, which must be above what it was. */
static const char *
take_entry(const struct reader *r, const struct lines_block *b, size_t row,
           const char *p, size_t *next, struct mesa_error *err)
{
    struct arff_text text;
    enum arff_fault fault;
    int64_t k;

    p = arff_cut(p, b->end, '}', true, &text, &fault);
    if (!p || !mesa_parse_int64(text.begin, text.end, &k) || k < 0 ||
        (size_t)k >= r->file->n) {
        lines_blame(b,
                    mesa_fail(err, MESA_EPARSE,
                              "a sparse row has '%.*s' where an index from 0 "
                              "to %zu should be",
                              p ? arff_shown(&text) : 0, text.begin,
                              r->file->n - 1),
                    err);
        return NULL;
    }
    if ((size_t)k < *next) {
        lines_blame(b,
                    mesa_fail(err, MESA_EPARSE,
                              "index %lld of a sparse row comes after index "
                              "%zu",
                              (long long)k, *next - 1),
                    err);
        return NULL;
    }
    *next = (size_t)k + 1;
    p = arff_cut(p, b->end, '}', false, &text, &fault);
    if (!p) {
        lines_blame(b, arff_fault_blame(fault, err), err);
        return NULL;
    }
    return take_text(r, b, row, (size_t)k, &text, err) == MESA_OK ? p : NULL;
}

static mesa_status
take_sparse(const struct reader *r, const struct lines_block *b, size_t row,
            struct mesa_error *err)
{
    const char *p = arff_skip(b->begin + 1, b->end);
    size_t next = 0;

    fill_sparse(r, row);
    if (p < b->end && *p == '}') {
        p++;
    } else {
        do {
            p = take_entry(r, b, row, p, &next, err);
            if (!p)
                return err->status;
        } while (p < b->end && *p++ == ',');
        if (p[-1] != '}')
            return lines_blame(b,
                               mesa_fail(err, MESA_EPARSE, "a sparse row has "
                                                           "no closing brace"),
                               err);
    }
    if (p < b->end)
        return lines_blame(b,
                           mesa_fail(err, MESA_EPARSE,
                                     "text after a sparse row (weights of "
                                     "rows are not supported)"),
                           err);
    if (r->y[row] != NO_CLASS)
        return MESA_OK;
    return lines_blame(b,
                       mesa_fail(err, MESA_EDATA,
                                 "a sparse row has no class, and what that "
                                 "means is none of the classes"),
                       err);
}

static mesa_status
parse_block(void *context, struct lines_block *b, size_t i,
            struct mesa_error *err)
{
    const struct reader *r = context;
    size_t row = r->file->lines.row[i];
    struct mesa_error own = { MESA_OK, 0, "", "" };
    mesa_status st = MESA_OK;

    err = err ? err : &own;
    for (; st == MESA_OK && lines_next(b); row++)
        st = *b->begin == '{' ? take_sparse(r, b, row, err)
                              : take_dense(r, b, row, err);
    return st;
}

mesa_status
arff_rows_parse(const struct arff_file *f, const struct arff_file *first,
                const struct csv_classes *classes, double *x, int32_t *y,
                struct mesa_error *err)
{
    struct reader r = { f, first, classes, x, y, NULL };

    return lines_parse(&f->lines, parse_block, &r, err);
}

/* The label of the row in hand, or nothing: what is wrong with a row is found
 * when it is parsed. */
static bool
find_label(const struct arff_file *f, const struct lines_block *b,
           struct arff_text *text)
{
    static const char zero[] = "0";
    bool blanks = separates_by_blanks(b), sparse = *b->begin == '{';
    const char *p = b->begin + sparse;
    enum arff_fault fault;

    for (size_t k = 0; p; k++) {
        if (sparse) {
            int64_t index;

            p = arff_cut(p, b->end, '}', true, text, &fault);
            if (!p || !mesa_parse_int64(text->begin, text->end, &index) ||
                index < 0)
                break;
            k = (size_t)index;
        }
        p = arff_cut(p, b->end, sparse ? '}' : '\0', !sparse && blanks, text,
                     &fault);
        if (p && k == f->label)
            return true;
        if (!p || k >= f->n || p == b->end || *p == '}')
            break;
        p = next_value(p, b->end);
    }
    text->begin = zero;
    text->end = zero + 1;
    return sparse;
}

static mesa_status
collect_block(void *context, struct lines_block *b, size_t i,
              struct mesa_error *err)
{
    const struct reader *r = context;
    struct arff_text text;
    mesa_status st = MESA_OK;

    while (st == MESA_OK && lines_next(b))
        if (find_label(r->file, b, &text) && !is_missing(&text) &&
            text.begin < text.end)
            st = csv_words_add(&r->labels[i], text.begin,
                               (size_t)(text.end - text.begin), err);
    return st;
}

mesa_status
arff_scan(struct arff_file *f, struct csv_words *labels,
          struct mesa_error *err)
{
    struct reader r = { .file = f };
    mesa_status st;

    if (!labels)
        return lines_scan(&f->lines, NULL, NULL, err);
    r.labels = mesa_alloc_array(f->lines.n_blocks, sizeof *r.labels);
    if (!r.labels)
        return mesa_nomem(err, f->lines.n_blocks, "blocks");
    st = lines_scan(&f->lines, collect_block, &r, err);
    if (st == MESA_OK) {
        st = lines_join_words(&f->lines, r.labels, labels, err);
    } else {
        for (size_t i = 0; i < f->lines.n_blocks; i++)
            csv_words_free(&r.labels[i]);
    }
    mesa_free(r.labels);
    return st;
}
