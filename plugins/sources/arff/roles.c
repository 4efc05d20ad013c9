/* SPDX-License-Identifier: MIT */
/*
 * roles.c - what each attribute is good for: the label, a column, nothing.
 *
 * The first file settles it.  The class is what the parameter label says,
 * else KEEL's output, else the last nominal attribute.
 */
#include "arff.h"

#include <string.h>

static mesa_status
find_name(const struct arff_file *f, const char *what, const char *name,
          size_t *out, struct mesa_error *err)
{
    char suggestion[100];

    *out = csv_words_find(&f->name, name, strlen(name));
    if (*out != CSV_NO_WORD)
        return MESA_OK;
    csv_suggest(&f->name, name, suggestion);
    return mesa_fail(err, MESA_EDATA, "%s has no %s '%.64s'%s",
                     f->lines.in.shown, what, name, suggestion);
}

/* A name wins over a number. */
static mesa_status
find_given(struct arff_file *f, const char *label, struct mesa_error *err)
{
    int64_t n = (int64_t)f->n, i;

    f->label = csv_words_find(&f->name, label, strlen(label));
    if (f->label != CSV_NO_WORD)
        return MESA_OK;
    if (!mesa_parse_int64(label, label + strlen(label), &i))
        return find_name(f, "attribute", label, &f->label, err);
    if (i < -n || i >= n)
        return mesa_fail(err, MESA_EDATA,
                         "%s: label is attribute %lld but there are %lld",
                         f->lines.in.shown, (long long)i, (long long)n);
    f->label = (size_t)(i < 0 ? i + n : i);
    return MESA_OK;
}

static mesa_status
find_label(struct arff_file *f, struct mesa_error *err)
{
    if (f->arff->label)
        return find_given(f, f->arff->label, err);
    if (f->outputs.n > 1)
        return mesa_fail(err, MESA_EDATA,
                         "%s has %zu outputs; choose one with label = NAME",
                         f->lines.in.shown, f->outputs.n);
    if (f->outputs.n == 1)
        return find_name(f, "output", f->outputs.text[0], &f->label, err);
    for (size_t k = f->n; k-- > 0;)
        if (f->attribute[k].type == ARFF_NOMINAL) {
            f->label = k;
            return MESA_OK;
        }
    return mesa_fail(err, MESA_EDATA,
                     "%s has no nominal attribute that could be the class; "
                     "choose one with label = NAME",
                     f->lines.in.shown);
}

static mesa_status
set_ignored(struct arff_file *f, struct mesa_error *err)
{
    const struct mesa_list *ignore = &f->arff->ignore;
    mesa_status st = MESA_OK;
    size_t k;

    /* What KEEL names is all that counts. */
    for (size_t i = 0; i < f->inputs.n && st == MESA_OK; i++)
        st = find_name(f, "input", f->inputs.text[i], &k, err);
    for (size_t i = 0; i < f->n && f->inputs.n && st == MESA_OK; i++)
        if (csv_words_find(&f->inputs, f->name.text[i],
                           strlen(f->name.text[i])) == CSV_NO_WORD)
            f->attribute[i].role = ARFF_IGNORED;
    for (size_t i = 0; i < ignore->n && st == MESA_OK; i++) {
        st = find_name(f, "attribute to ignore", ignore->item[i], &k, err);
        if (st == MESA_OK && k == f->label)
            return mesa_fail(err, MESA_EDATA,
                             "%s: '%.64s' is the label and in ignore",
                             f->lines.in.shown, ignore->item[i]);
        if (st == MESA_OK)
            f->attribute[k].role = ARFF_IGNORED;
    }
    return st;
}

static mesa_status
refuse_type(const struct arff_file *f, size_t k, struct mesa_error *err)
{
    const struct arff_attribute *a = &f->attribute[k];
    mesa_status st = mesa_fail(
        err, MESA_EDATA,
        "attribute '%.64s' is of type %s, expected numeric, real, integer or "
        "{values}; %s",
        f->name.text[k], a->type_name,
        a->role == ARFF_LABEL ? "choose another one with label = NAME"
                              : "name it in ignore to go without it");

    return csv_blame(&f->lines.in, a->line, st, err);
}

mesa_status
arff_roles_assign(struct arff_file *f, struct mesa_error *err)
{
    mesa_status st = find_label(f, err);

    if (st == MESA_OK)
        st = set_ignored(f, err);
    if (st != MESA_OK)
        return st;
    f->attribute[f->label].role = ARFF_LABEL;
    for (size_t k = 0; k < f->n; k++) {
        struct arff_attribute *a = &f->attribute[k];

        if (a->role != ARFF_IGNORED && a->type == ARFF_OTHER)
            return refuse_type(f, k, err);
        if (a->role == 0)
            a->role = (ptrdiff_t)f->n_columns++;
    }
    if (f->n_columns == 0)
        return mesa_fail(err, MESA_EDATA,
                         "%s has no attributes but the label and ignored "
                         "ones",
                         f->lines.in.shown);
    return MESA_OK;
}

mesa_status
arff_roles_match(struct arff_file *f, const struct arff_file *first,
                 struct mesa_error *err)
{
    if (f->n != first->n)
        return mesa_fail(err, MESA_EDATA, "%s has %zu attributes, %s has %zu",
                         f->lines.in.shown, f->n, first->lines.in.shown,
                         first->n);
    for (size_t k = 0; k < f->n; k++) {
        struct arff_attribute *a = &f->attribute[k];
        mesa_status st;

        a->role = first->attribute[k].role;
        if (strcmp(f->name.text[k], first->name.text[k]) == 0 &&
            a->type == first->attribute[k].type)
            continue;
        st = mesa_fail(err, MESA_EDATA,
                       "attribute '%.64s' differs in name or type from "
                       "'%.64s' at the same place of %s",
                       f->name.text[k], first->name.text[k],
                       first->lines.in.shown);
        return csv_blame(&f->lines.in, a->line, st, err);
    }
    f->label = first->label;
    f->n_columns = first->n_columns;
    return MESA_OK;
}
