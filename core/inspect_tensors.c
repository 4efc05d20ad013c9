/* SPDX-License-Identifier: MIT */
/*
 * inspect_tensors.c - the tensors of an archive as a table.
 *
 * An ensemble has thousands of them that differ in a number only, as
 * member.0.value and member.1.value: for people these are one row, unless there
 * are few or all are asked for.
 */
#include "inspect.h"

#include "archive_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 32 }; /* tensors, all of which people see */

static const char *const dtype_name[] = {
#define NAME(id, ctype) #id,
    MESA_DTYPE_MAP(NAME)
#undef NAME
};

/* What the values of a tensor are like. */
struct values {
    double min, mean, max;
    size_t n_bad; /* NaN or infinite, which are left out above */
};

static double
value_at(const struct mesa_tensor *t, size_t i)
{
    switch (t->dtype) {
#define CASE(id, ctype)   \
    case MESA_##id:       \
        return (double)((const ctype *)t->data)[i];
        MESA_DTYPE_MAP(CASE)
#undef CASE
    default:
        return NAN;
    }
}

static struct values
look_at(const struct mesa_stored_tensor *s)
{
    size_t n = s->bytes / mesa_dtype_size(s->tensor.dtype), good = 0;
    struct values v = { NAN, 0.0, NAN, 0 };

    for (size_t i = 0; i < n; i++) {
        double x = value_at(&s->tensor, i);

        if (!isfinite(x)) {
            v.n_bad++;
            continue;
        }
        v.min = good && v.min < x ? v.min : x;
        v.max = good && v.max > x ? v.max : x;
        v.mean += (x - v.mean) / (double)++good;
    }
    if (!good)
        v.mean = NAN;
    return v;
}

/* "[31..45, 2]" of tensors whose shapes lie between two of the same rank. */
static char *
shape_text(const struct mesa_tensor *low, const struct mesa_tensor *high)
{
    struct mesa_text t = { 0 };

    mesa_text_add(&t, "[");
    for (uint32_t d = 0; d < low->n_dims; d++) {
        mesa_text_printf(&t, "%s%zu", d ? ", " : "", low->shape[d]);
        if (low->shape[d] != high->shape[d])
            mesa_text_printf(&t, "..%zu", high->shape[d]);
    }
    mesa_text_add(&t, "]");
    return mesa_text_take(&t);
}

/* Takes text over; NULL is lack of memory. */
static void
tell_own(struct mesa_teller *t, char *text)
{
    if (!text)
        mesa_text_fail(&t->text);
    mesa_tell_cell_string(t, text);
    mesa_free(text);
}

static void
tell_each(struct mesa_teller *t, const struct mesa_store *s)
{
    static const char *const columns[] = { "name", "type", "shape", "bytes",
                                           "min", "mean", "max",
                                           "not_finite", NULL };

    mesa_tell_table(t, "tensors", columns);
    for (size_t i = 0; i < s->n_tensors; i++) {
        const struct mesa_stored_tensor *one = &s->tensor[i];
        struct values v = look_at(one);

        mesa_tell_cell_string(t, one->name);
        mesa_tell_cell_string(t, dtype_name[one->tensor.dtype]);
        tell_own(t, shape_text(&one->tensor, &one->tensor));
        mesa_tell_cell_uint(t, one->bytes);
        mesa_tell_cell_double(t, v.min);
        mesa_tell_cell_double(t, v.mean);
        mesa_tell_cell_double(t, v.max);
        mesa_tell_cell_uint(t, v.n_bad);
    }
    mesa_tell_table_end(t);
}

/* A tensor by its name with "*" for each number between dots. */
struct pattern {
    char                            *text;
    const struct mesa_stored_tensor *of;
};

static char *
make_pattern(const char *name)
{
    char *pattern = mesa_alloc_raw(strlen(name) + 1, 1), *to = pattern;

    while (pattern && *name) {
        size_t n = strcspn(name, "."), digits = strspn(name, "0123456789");

        if (n && digits == n)
            *to++ = '*';
        else
            to = (char *)memcpy(to, name, n) + n;
        name += n;
        if (*name)
            *to++ = *name++;
    }
    if (pattern)
        *to = '\0';
    return pattern;
}

static bool
same_sort(const struct pattern *a, const struct pattern *b)
{
    return strcmp(a->text, b->text) == 0 &&
           a->of->tensor.dtype == b->of->tensor.dtype &&
           a->of->tensor.n_dims == b->of->tensor.n_dims;
}

static int
by_pattern(const void *a, const void *b)
{
    const struct pattern *x = a, *y = b;
    int order = strcmp(x->text, y->text);

    if (order == 0)
        order = (int)x->of->tensor.dtype - (int)y->of->tensor.dtype;
    if (order == 0)
        order = (int)x->of->tensor.n_dims - (int)y->of->tensor.n_dims;
    return order ? order : strcmp(x->of->name, y->of->name);
}

/* Are all n the same in the part of their names that begins at the same place
 * of the pattern, behind so many dots? */
static bool
agree(const struct pattern *p, size_t n, size_t dots)
{
    const char *first = NULL;
    size_t length = 0;

    for (size_t i = 0; i < n; i++) {
        const char *part = p[i].of->name;

        for (size_t d = 0; d < dots; d++)
            part = strchr(part, '.') + 1;
        if (!first) {
            first = part;
            length = strcspn(part, ".");
        } else if (strncmp(part, first, length) != 0 ||
                   (part[length] && part[length] != '.')) {
            return false;
        }
    }
    return true;
}

/* The name that n have in common: a "*" only where they differ. */
static char *
common_name(const struct pattern *p, size_t n)
{
    const char *part = p->of->name;
    struct mesa_text t = { 0 };

    for (size_t dots = 0;; dots++) {
        size_t length = strcspn(part, ".");

        if (agree(p, n, dots))
            mesa_text_printf(&t, "%.*s", (int)length, part);
        else
            mesa_text_add(&t, "*");
        part += length;
        if (!*part)
            break;
        mesa_text_add(&t, ".");
        part++;
    }
    return mesa_text_take(&t);
}

/* The row of the n tensors that are alike. */
static void
tell_alike(struct mesa_teller *t, const struct pattern *p, size_t n)
{
    struct mesa_tensor low = p->of->tensor, high = p->of->tensor;
    size_t bytes = 0;

    for (size_t i = 0; i < n; i++) {
        bytes += p[i].of->bytes;
        for (uint32_t d = 0; d < low.n_dims; d++) {
            size_t extent = p[i].of->tensor.shape[d];

            low.shape[d] = MESA_MIN(low.shape[d], extent);
            high.shape[d] = MESA_MAX(high.shape[d], extent);
        }
    }
    tell_own(t, common_name(p, n));
    mesa_tell_cell_uint(t, n);
    mesa_tell_cell_string(t, dtype_name[low.dtype]);
    tell_own(t, shape_text(&low, &high));
    mesa_tell_cell_uint(t, bytes);
}

static void
tell_patterns(struct mesa_teller *t, struct pattern *p, size_t n)
{
    static const char *const columns[] = { "name", "n", "type", "shape",
                                           "bytes", NULL };

    qsort(p, n, sizeof *p, by_pattern);
    mesa_tell_table(t, "tensors", columns);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && same_sort(&p[i], &p[end]);)
            end++;
        tell_alike(t, &p[i], end - i);
    }
    mesa_tell_table_end(t);
}

mesa_status
mesa_inspect_tensors(struct mesa_inspection *in, const struct mesa_archive *a,
                     struct mesa_error *err)
{
    const struct mesa_store *s = a->store;
    struct pattern *p;
    bool ok = true;

    if (s->n_tensors == 0 || in->verbose || in->tell.json) {
        tell_each(&in->tell, s);
        return MESA_OK;
    }
    p = mesa_alloc_array(s->n_tensors, sizeof *p);
    for (size_t i = 0; p && i < s->n_tensors; i++) {
        const char *name = s->tensor[i].name;

        p[i].text = s->n_tensors <= FEW ? mesa_strdup(name)
                                        : make_pattern(name);
        p[i].of = &s->tensor[i];
        ok &= p[i].text != NULL;
    }
    if (p && ok)
        tell_patterns(&in->tell, p, s->n_tensors);
    for (size_t i = 0; p && i < s->n_tensors; i++)
        mesa_free(p[i].text);
    mesa_free(p);
    return p && ok ? MESA_OK : mesa_nomem(err, s->n_tensors, "tensors");
}
