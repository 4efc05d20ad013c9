/* SPDX-License-Identifier: MIT */
/*
 * classes.c - from the labels of a file to classes.
 *
 * Labels that are the same number are one class, which is called by the
 * shortest form of that number: 1, 1.0 and 01 are class "1".  Integers that a
 * double cannot tell apart stay text.  The order is that of the parameter
 * `classes`, else that of the numbers if all labels are numbers, else that
 * of the bytes.
 */
#include "csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A class on its way to its place in the order. */
struct candidate {
    char  *name;
    double value; /* NaN: not a number */
};

bool
csv_number_name(const char *begin, size_t length, char out[MESA_DOUBLE_TEXT],
                double *value)
{
    double v;

    *value = NAN;
    if (!mesa_parse_double(begin, begin + length, &v) || !(fabs(v) < 0x1p53))
        return false;
    *value = v == 0 ? 0 : v; /* no -0 */
    mesa_format_double(*value, out);
    return true;
}

/* The name of the class that a label belongs to, in fresh memory. */
static char *
canonical(const char *begin, size_t length, double *value)
{
    char text[MESA_DOUBLE_TEXT], *copy;

    if (csv_number_name(begin, length, text, value))
        return mesa_strdup(text);
    copy = mesa_alloc_raw(length + 1, 1);
    if (copy) {
        memcpy(copy, begin, length);
        copy[length] = '\0';
    }
    return copy;
}

static int
by_name(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int
by_value(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    return (x->value > y->value) - (x->value < y->value);
}

/* One label that is no number makes all of them text: a mixed order would
 * surprise more than "10" before "9". */
static void
sort_candidates(struct candidate *c, size_t n)
{
    bool numbers = true;

    for (size_t i = 0; i < n; i++)
        numbers = numbers && !isnan(c[i].value);
    qsort(c, n, sizeof *c, numbers ? by_value : by_name);
}

/* The candidates, in this order, become classes 0, 1, ... */
static mesa_status
set_classes(struct csv_classes *c, const struct candidate *from, size_t n,
            struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    c->value = mesa_alloc_raw(n, sizeof *c->value);
    if (!c->value)
        return mesa_nomem(err, n, "classes");
    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        c->value[i] = from[i].value;
        st = csv_words_add(&c->name, from[i].name, strlen(from[i].name), err);
    }
    return st;
}

static void
free_candidates(struct candidate *c, size_t n)
{
    for (size_t i = 0; c && i < n; i++)
        mesa_free(c[i].name);
    mesa_free(c);
}

mesa_status
csv_classes_declare(struct csv_classes *c, const struct mesa_list *names,
                    struct mesa_error *err)
{
    struct candidate *found = mesa_alloc_array(names->n, sizeof *found);
    mesa_status st = MESA_OK;

    if (!found)
        return mesa_nomem(err, names->n, "classes");
    for (size_t i = 0; i < names->n && st == MESA_OK; i++) {
        found[i].name = canonical(names->item[i], strlen(names->item[i]),
                                  &found[i].value);
        if (!found[i].name)
            st = mesa_nomem(err, names->n, "class names");
        for (size_t k = 0; k < i && st == MESA_OK; k++)
            if (strcmp(found[k].name, found[i].name) == 0)
                st = mesa_fail(err, MESA_EINVAL,
                               "classes has '%s' twice", found[i].name);
    }
    if (st == MESA_OK)
        st = set_classes(c, found, names->n, err);
    c->declared = true;
    free_candidates(found, names->n);
    return st;
}

/* Drop all but one of equal names, which are neighbours. */
static size_t
drop_repeats(struct candidate *c, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct candidate next = c[i];

        c[i].name = NULL;
        if (kept > 0 && strcmp(c[kept - 1].name, next.name) == 0)
            mesa_free(next.name);
        else
            c[kept++] = next;
    }
    return kept;
}

mesa_status
csv_classes_learn(struct csv_classes *c, const struct csv_words *labels,
                  const char *from, struct mesa_error *err)
{
    size_t n = labels->n;
    struct candidate *found = mesa_alloc_array(n, sizeof *found);
    mesa_status st = found ? MESA_OK : mesa_nomem(err, n, "classes");

    snprintf(c->from, sizeof c->from, "%s", from);
    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        found[i].name = canonical(labels->text[i], strlen(labels->text[i]),
                                  &found[i].value);
        if (!found[i].name)
            st = mesa_nomem(err, n, "class names");
    }
    if (st == MESA_OK) {
        sort_candidates(found, n);
        st = set_classes(c, found, drop_repeats(found, n), err);
    }
    free_candidates(found, n);
    return st;
}

int32_t
csv_classes_find(const struct csv_classes *c, const char *begin,
                 size_t length)
{
    size_t found = csv_words_find(&c->name, begin, length);
    char text[MESA_DOUBLE_TEXT];
    double v;

    /* Another spelling of a number? */
    if (found == CSV_NO_WORD && csv_number_name(begin, length, text, &v))
        found = csv_words_find(&c->name, text, strlen(text));
    return found == CSV_NO_WORD ? -1 : (int32_t)found;
}

void
csv_classes_free(struct csv_classes *c)
{
    csv_words_free(&c->name);
    mesa_free(c->value);
}
