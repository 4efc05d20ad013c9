/* SPDX-License-Identifier: MIT */
/*
 * columns.c - what each field of a file is: the label, a target, a feature, or
 * nothing.
 *
 * The first file settles it by the parameters.  Further files follow it: by
 * name, in any order, if both have a header; else by position.
 */
#include "csv.h"

#include <stdio.h>
#include <string.h>

/* A name that is not there: what was meant, and what there is. */
static mesa_status
blame_name(const struct csv_file *f, const char *what, const char *name,
           struct mesa_error *err)
{
    struct csv_list list = { "", 0 };
    char suggestion[100];

    csv_suggest(&f->names, name, suggestion);
    for (size_t k = 0; k < f->n_fields; k++)
        csv_list_add(&list, f->names.text[k]);
    return mesa_fail(err, MESA_EDATA, "%s has no %s '%.64s'%s (%s: %s)",
                     f->in.shown, what, name, suggestion,
                     f->has_header ? "its columns are"
                                   : "without a header its columns are",
                     list.text);
}

/* The field that a label or target is in.  A name wins over a number. */
static mesa_status
find_field(const struct csv_file *f, const char *what, const char *name,
           size_t *out, struct mesa_error *err)
{
    int64_t n = (int64_t)f->n_fields, i;
    char column[16];

    *out = csv_words_find(&f->names, name, strlen(name));
    if (*out != CSV_NO_WORD)
        return MESA_OK;
    snprintf(column, sizeof column, "%s column", what);
    if (!mesa_parse_int64(name, name + strlen(name), &i))
        return blame_name(f, column, name, err);
    if (i < -n || i >= n)
        return mesa_fail(err, MESA_EDATA,
                         "%s: %s is column %lld but there are %lld",
                         f->in.shown, what, (long long)i, (long long)n);
    *out = (size_t)(i < 0 ? i + n : i);
    return MESA_OK;
}

/* May the label be a name that no column has? */
static bool
may_lack_label(const struct csv_file *f)
{
    const struct csv *csv = f->csv;
    int64_t place;

    return csv->unlabelled && csv->classes.n && csv->label && f->has_header &&
           !mesa_parse_int64(csv->label, csv->label + strlen(csv->label),
                             &place);
}

static mesa_status
find_label(struct csv_file *f, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    if (may_lack_label(f) &&
        csv_words_find(&f->names, f->csv->label, strlen(f->csv->label)) ==
            CSV_NO_WORD) {
        mesa_warn("%s has no column '%.64s': none of its rows has a label",
                  f->in.shown, f->csv->label);
        f->label = CSV_NO_WORD;
        return MESA_OK;
    }
    f->label = f->n_fields - 1;
    if (f->csv->label)
        st = find_field(f, "label", f->csv->label, &f->label, err);
    if (st == MESA_OK)
        f->role[f->label] = CSV_LABEL;
    return st;
}

/* In the order of the parameter.  No field is the label then. */
static mesa_status
find_targets(struct csv_file *f, struct mesa_error *err)
{
    const struct mesa_list *list = &f->csv->target;
    mesa_status st = MESA_OK;

    f->label = CSV_NO_WORD;
    for (size_t t = 0; t < list->n && st == MESA_OK; t++) {
        size_t k;

        st = find_field(f, "target", list->item[t], &k, err);
        if (st != MESA_OK)
            return st;
        if (f->role[k] != 0)
            st = mesa_fail(err, MESA_EDATA,
                           "%s: target has column '%.64s' twice", f->in.shown,
                           f->names.text[k]);
        f->role[k] = CSV_TARGET - (ptrdiff_t)t;
    }
    f->n_targets = list->n;
    return st;
}

/* What a field is that is no feature. */
static const char *
role_name(ptrdiff_t role)
{
    return role == CSV_LABEL     ? "the label"
           : role == CSV_IGNORED ? "in ignore"
                                 : "a target";
}

/* Names that are not here may be in another file, which is checked once all
 * are open. */
static mesa_status
ignore_columns(struct csv_file *f, struct mesa_error *err)
{
    const struct mesa_list *ignore = &f->csv->ignore;

    for (size_t i = 0; i < ignore->n; i++) {
        const char *name = ignore->item[i];
        size_t k = csv_words_find(&f->names, name, strlen(name));

        if (k == CSV_NO_WORD)
            continue;
        if (f->role[k] != 0 && f->role[k] != CSV_IGNORED)
            return mesa_fail(err, MESA_EDATA,
                             "%s: '%.64s' is %s and in ignore", f->in.shown,
                             name, role_name(f->role[k]));
        f->role[k] = CSV_IGNORED;
    }
    return MESA_OK;
}

/* A column of categories must be there, and be a feature. */
static mesa_status
list_categorical(struct csv_file *f, struct mesa_error *err)
{
    const struct mesa_list *list = &f->csv->categorical;

    f->listed = mesa_alloc_array(f->n_fields, sizeof *f->listed);
    if (!f->listed)
        return mesa_nomem(err, f->n_fields, "columns");
    for (size_t i = 0; i < list->n; i++) {
        const char *name = csv_categorical_name(f->csv, i);
        size_t k;

        if (!name)
            continue;
        k = csv_words_find(&f->names, name, strlen(name));
        if (k == CSV_NO_WORD)
            return blame_name(f, "column of categories", name, err);
        if (f->role[k] < 0)
            return mesa_fail(err, MESA_EDATA,
                             "%s: '%.64s' is %s and in categorical",
                             f->in.shown, name, role_name(f->role[k]));
        f->listed[k] = true;
    }
    return MESA_OK;
}

mesa_status
csv_columns_new(struct csv_file *f, struct mesa_error *err)
{
    f->role = mesa_alloc_array(f->n_fields, sizeof *f->role);
    f->told = mesa_alloc_array(f->n_fields, sizeof *f->told);
    return f->role && f->told ? MESA_OK
                              : mesa_nomem(err, f->n_fields, "columns");
}

mesa_status
csv_columns_assign(struct csv_file *f, struct mesa_error *err)
{
    mesa_status st = csv_columns_new(f, err);

    /* Zeroes are what has no role yet. */
    if (st == MESA_OK)
        st = f->csv->target.n ? find_targets(f, err) : find_label(f, err);
    if (st == MESA_OK)
        st = ignore_columns(f, err);
    if (st != MESA_OK)
        return st;
    for (size_t k = 0; k < f->n_fields; k++)
        if (f->role[k] == 0)
            f->role[k] = (ptrdiff_t)f->n_features++;
    if (f->n_features == 0)
        return mesa_fail(err, MESA_EDATA,
                         "%s has no columns but %s and ignored ones",
                         f->in.shown,
                         f->n_targets ? "targets" : "the label");
    return list_categorical(f, err);
}

mesa_status
csv_columns_check_ignored(const struct csv_file *file, size_t n, size_t first,
                          struct mesa_error *err)
{
    const struct mesa_list *ignore = &file[first].csv->ignore;

    for (size_t i = 0; i < ignore->n; i++) {
        const char *name = ignore->item[i];
        size_t p = 0;

        while (p < n && csv_words_find(&file[p].names, name, strlen(name)) ==
                            CSV_NO_WORD)
            p++;
        if (p == n)
            return blame_name(&file[first], "column to ignore", name, err);
    }
    return MESA_OK;
}

static bool
is_listed(const struct mesa_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->item[i], name) == 0)
            return true;
    return false;
}

bool
csv_is_ignored(const struct csv *csv, const char *name)
{
    return is_listed(&csv->ignore, name);
}

bool
csv_is_target(const struct csv *csv, const char *name)
{
    return is_listed(&csv->target, name);
}

/* The label, where the first file has none. */
static bool
is_only_here(const struct csv_file *first, const char *name)
{
    return first->label == CSV_NO_WORD && first->n_targets == 0 &&
           strcmp(name, first->csv->label) == 0;
}

/* Columns of one file that the other has not, apart from ignored ones. */
static struct csv_list
difference(const struct csv_file *f, const struct csv_file *other)
{
    struct csv_list list = { "", 0 };

    for (size_t k = 0; k < f->n_fields; k++) {
        const char *name = f->names.text[k];

        if (csv_words_find(&other->names, name, strlen(name)) ==
                CSV_NO_WORD &&
            !csv_is_ignored(f->csv, name) && !is_only_here(other, name))
            csv_list_add(&list, name);
    }
    return list;
}

/* Columns in any order; all differences in one message, since whoever has
 * one wrong column often has several. */
static mesa_status
match_names(struct csv_file *f, const struct csv_file *first,
            struct mesa_error *err)
{
    struct csv_list missing = difference(first, f);
    struct csv_list extra = difference(f, first);

    if (missing.n || extra.n)
        return mesa_fail(err, MESA_EDATA,
                         "the columns of %s are not those of %s%s%s%s%s",
                         f->in.shown, first->in.shown,
                         missing.n ? "; missing: " : "", missing.text,
                         extra.n ? "; extra: " : "", extra.text);
    for (size_t k = 0; k < f->n_fields; k++) {
        const char *name = f->names.text[k];
        size_t j = csv_words_find(&first->names, name, strlen(name));

        f->role[k] = j != CSV_NO_WORD ? first->role[j]
                     : is_only_here(first, name) ? CSV_LABEL
                                                 : CSV_IGNORED;
        if (f->role[k] == CSV_LABEL)
            f->label = k;
    }
    return MESA_OK;
}

mesa_status
csv_columns_match(struct csv_file *f, const struct csv_file *first,
                  struct mesa_error *err)
{
    mesa_status st = csv_columns_new(f, err);

    if (st != MESA_OK)
        return st;
    f->n_features = first->n_features;
    f->n_targets = first->n_targets;
    f->label = first->label;
    /* Names that were made up here would match by accident. */
    if (f->has_header && first->has_header)
        return match_names(f, first, err);
    if (f->n_fields != first->n_fields)
        return mesa_fail(err, MESA_EDATA, "%s has %zu columns, %s has %zu",
                         f->in.shown, f->n_fields, first->in.shown,
                         first->n_fields);
    memcpy(f->role, first->role, f->n_fields * sizeof *f->role);
    return MESA_OK;
}
