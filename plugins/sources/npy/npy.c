/* SPDX-License-Identifier: MIT */
/*
 * npy - rows from NumPy's array files.
 *
 * A matrix, and its labels in a file of their own or as one of its columns;
 * numbers of any usual type, in C or Fortran order.  NaN is missing.  Arrays
 * are read in blocks straight into place, so that memory holds the matrix
 * and one block per thread.
 */
#include "array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct npy {
    struct source_paths paths, y;
    int64_t             label;
    struct mesa_list    classes;
};

static const struct mesa_param npy_params[] = {
    SOURCE_PATHS(struct npy, paths),
    MESA_STRING(struct npy, y.of[MESA_PART_ALL], "y", NULL,
                "File with the labels of file", .flags = MESA_PARAM_PATH),
    MESA_STRING(struct npy, y.of[MESA_PART_TRAIN], "train_y", NULL,
                "File with the labels of train", .flags = MESA_PARAM_PATH),
    MESA_STRING(struct npy, y.of[MESA_PART_VALID], "valid_y", NULL,
                "File with the labels of valid", .flags = MESA_PARAM_PATH),
    MESA_STRING(struct npy, y.of[MESA_PART_TEST], "test_y", NULL,
                "File with the labels of test", .flags = MESA_PARAM_PATH),
    MESA_INT(struct npy, label, "label", -1, INT32_MIN, INT32_MAX,
             "Number of the label column, from the end if negative, where "
             "there is no file of labels"),
    MESA_LIST(struct npy, classes, "classes", "",
              "Class names in their order; by default that of numbers"),
    MESA_PARAM_END
};

/* A part: labels are in y, or in column `label` of x. */
struct npy_part {
    bool             open;
    struct npy_array x, y;
    size_t           label; /* NPY_NONE: in y */
    size_t           n_columns;
};

static const char *const x_key[] = { "file", "train", "valid", "test" };
static const char *const y_key[] = { "y", "train_y", "valid_y", "test_y" };

/* Labels are beside all matrices or in all. */
static mesa_status
check_paths(const struct npy *npy, struct mesa_error *err)
{
    size_t first = npy->paths.of[MESA_PART_ALL] ? MESA_PART_ALL
                                                : MESA_PART_TRAIN;
    bool beside = npy->y.of[first] != NULL;
    mesa_status st = source_paths_check(&npy->paths, err);

    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        if (npy->y.of[p] && !npy->paths.of[p])
            st = mesa_fail(err, MESA_EINVAL, "%s is given without %s",
                           y_key[p], x_key[p]);
        else if (npy->paths.of[p] && beside != (npy->y.of[p] != NULL))
            st = mesa_fail(err, MESA_EINVAL,
                           "%s is given, but not %s, for the labels of %s",
                           y_key[beside ? first : p],
                           y_key[beside ? p : first],
                           x_key[beside ? p : first]);
    }
    return st;
}

static mesa_status
open_labels(struct npy_part *part, const char *path, struct mesa_error *err)
{
    mesa_status st = npy_array_open(&part->y, path, err);

    part->label = NPY_NONE;
    part->n_columns = part->x.cols;
    if (st != MESA_OK)
        return st;
    if (part->y.cols != 1)
        return mesa_fail(err, MESA_EDATA,
                         "%s has %zu columns, expected one of labels",
                         part->y.in.shown, part->y.cols);
    if (part->y.rows != part->x.rows)
        return mesa_fail(err, MESA_EDATA, "%s has %zu labels, %s has %zu rows",
                         part->y.in.shown, part->y.rows, part->x.in.shown,
                         part->x.rows);
    return MESA_OK;
}

static mesa_status
find_label(struct npy_part *part, int64_t label, struct mesa_error *err)
{
    int64_t n = (int64_t)part->x.cols;

    if (label < -n || label >= n)
        return mesa_fail(err, MESA_EDATA,
                         "%s: label is column %lld but there are %lld",
                         part->x.in.shown, (long long)label, (long long)n);
    if (n == 1)
        return mesa_fail(err, MESA_EDATA,
                         "%s has no columns but the label; name the file of "
                         "labels if there is one",
                         part->x.in.shown);
    part->label = (size_t)(label < 0 ? label + n : label);
    part->n_columns = part->x.cols - 1;
    return MESA_OK;
}

static mesa_status
open_parts(const struct npy *npy, struct npy_part *part, size_t *first,
           struct mesa_error *err)
{
    mesa_status st = check_paths(npy, err);

    *first = npy->paths.of[MESA_PART_ALL] ? MESA_PART_ALL : MESA_PART_TRAIN;
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        part[p].x.in.fd = part[p].y.in.fd = -1;
    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        if (!npy->paths.of[p])
            continue;
        part[p].open = true;
        st = npy_array_open(&part[p].x, npy->paths.of[p], err);
        if (st == MESA_OK)
            st = npy->y.of[p] ? open_labels(&part[p], npy->y.of[p], err)
                              : find_label(&part[p], npy->label, err);
        if (st == MESA_OK && part[p].x.cols != part[*first].x.cols)
            st = mesa_fail(err, MESA_EDATA, "%s has %zu columns, %s has %zu",
                           part[p].x.in.shown, part[p].x.cols,
                           part[*first].x.in.shown, part[*first].x.cols);
    }
    return st;
}

static void
close_parts(struct npy_part *part)
{
    for (size_t p = 0; p < MESA_PART_COUNT_; p++) {
        npy_array_close(&part[p].x);
        npy_array_close(&part[p].y);
    }
}

/* Labels of rows first ... first + n - 1. */
static mesa_status
read_labels(const struct npy_part *part, size_t first, size_t n, double *out,
            struct mesa_error *err)
{
    return part->label == NPY_NONE
               ? npy_array_read(&part->y, first, n, NPY_NONE, out, NULL, err)
               : npy_array_read(&part->x, first, n, part->label, NULL, out,
                                err);
}

static mesa_status
blame_label(const struct npy_part *part, size_t row, double v,
            const char *what, struct mesa_error *err)
{
    const struct npy_array *a = part->label == NPY_NONE ? &part->y : &part->x;
    char text[MESA_DOUBLE_TEXT];

    mesa_format_double(v, text);
    return mesa_fail(err, MESA_EDATA, "%s: the label of row %zu is %s, %s",
                     a->in.shown, row, text, what);
}

/* Different labels, ascending. */
struct values {
    double *v;
    size_t  n;
};

/* Where v is, or where it would go. */
static size_t
lower_bound(const struct values *values, double v)
{
    size_t lo = 0, hi = values->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (values->v[mid] < v)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static mesa_status
add_value(struct values *values, const struct npy_part *part, size_t row,
          double v, struct mesa_error *err)
{
    size_t i = lower_bound(values, v);

    if (i < values->n && values->v[i] == v)
        return MESA_OK;
    /* Beyond 2^53 different integers become one double. */
    if (!(fabs(v) < 0x1p53))
        return blame_label(part, row, v, "expected a number below 2^53", err);
    if (values->n == CSV_MAX_CLASSES)
        return blame_label(part, row, v,
                           "and there are 10000 others already, too many for "
                           "classes",
                           err);
    memmove(values->v + i + 1, values->v + i,
            (values->n - i) * sizeof *values->v);
    values->v[i] = v;
    values->n++;
    return MESA_OK;
}

static mesa_status
collect_values(const struct npy_part *part, struct values *values,
               double *scratch, size_t block, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t row = 0; row < part->x.rows && st == MESA_OK; row += block) {
        size_t left = part->x.rows - row, n = left < block ? left : block;

        st = read_labels(part, row, n, scratch, err);
        for (size_t i = 0; i < n && st == MESA_OK; i++)
            st = add_value(values, part, row + i, scratch[i], err);
    }
    return st;
}

/* Classes from the labels of a part, called by their numbers. */
static mesa_status
learn_classes(const struct npy_part *part, struct csv_classes *classes,
              struct mesa_error *err)
{
    size_t block = npy_array_block(&part->x);
    struct values values = {
        mesa_alloc_raw(CSV_MAX_CLASSES, sizeof *values.v), 0
    };
    double *scratch = mesa_alloc_raw(block, sizeof *scratch);
    struct csv_words names = { 0 };
    mesa_status st = values.v && scratch
                         ? collect_values(part, &values, scratch, block, err)
                         : mesa_nomem(err, block, "labels");

    for (size_t i = 0; i < values.n && st == MESA_OK; i++) {
        char text[MESA_DOUBLE_TEXT];

        mesa_format_double(values.v[i], text);
        st = csv_words_add(&names, text, strlen(text), err);
    }
    if (st == MESA_OK)
        st = csv_classes_learn(classes, &names, part->x.in.shown, err);
    csv_words_free(&names);
    mesa_free(values.v);
    mesa_free(scratch);
    return st;
}

struct fill {
    const struct npy_part    *part;
    const struct csv_classes *classes;
    double                   *x;
    int32_t                  *y;
};

/* The class of a label; classes that were learnt are ascending. */
static mesa_status
find_class(const struct fill *f, size_t row, double v, int32_t *out,
           struct mesa_error *err)
{
    const struct csv_classes *c = f->classes;
    const struct values values = { c->value, c->name.n };
    size_t i = 0;

    if (c->declared)
        while (i < values.n && values.v[i] != v)
            i++;
    else
        i = lower_bound(&values, v);
    *out = (int32_t)i;
    if (i < values.n && values.v[i] == v)
        return MESA_OK;
    return blame_label(f->part, row, v,
                       c->declared ? "which is not one of classes"
                                   : "which no row of the first file has",
                       err);
}

static mesa_status
fill_block(void *context, size_t i, struct mesa_error *err)
{
    const struct fill *f = context;
    const struct npy_part *part = f->part;
    size_t block = npy_array_block(&part->x), first = i * block;
    size_t left = part->x.rows - first, n = left < block ? left : block;
    double *label = mesa_alloc_raw(n, sizeof *label);
    mesa_status st;

    if (!label)
        return mesa_nomem(err, n, "labels");
    st = npy_array_read(&part->x, first, n, part->label,
                        f->x + first * part->n_columns, label, err);
    if (st == MESA_OK && part->label == NPY_NONE)
        st = read_labels(part, first, n, label, err);
    for (size_t r = 0; r < n && st == MESA_OK; r++)
        st = find_class(f, first + r, label[r], &f->y[first + r], err);
    mesa_free(label);
    return st;
}

static mesa_status
give_part(const struct npy_part *part, const struct csv_classes *classes,
          struct mesa_bundle *out, enum mesa_part which,
          struct mesa_error *err)
{
    struct fill f = { part, classes, NULL, NULL };
    size_t block = npy_array_block(&part->x);
    mesa_status st = mesa_bundle_part(out, which, part->x.rows, &f.x, &f.y,
                                      err);

    return st == MESA_OK
               ? mesa_parallel_for((part->x.rows + block - 1) / block,
                                   fill_block, &f, err)
               : st;
}

static mesa_status
npy_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
         struct mesa_error *err)
{
    const struct npy *npy = self;
    struct npy_part part[MESA_PART_COUNT_] = { 0 };
    struct csv_classes classes = { 0 };
    size_t first;
    mesa_status st = open_parts(npy, part, &first, err);

    (void)rng;
    if (st == MESA_OK)
        st = mesa_bundle_columns(out, part[first].n_columns, NULL, err);
    if (st == MESA_OK)
        st = npy->classes.n
                 ? csv_classes_declare(&classes, &npy->classes, err)
                 : learn_classes(&part[first], &classes, err);
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, classes.name.n,
                                 (const char *const *)classes.name.text, NULL,
                                 err);
    for (size_t p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++)
        if (part[p].open)
            st = give_part(&part[p], &classes, out, (enum mesa_part)p, err);
    csv_classes_free(&classes);
    close_parts(part);
    return st;
}

static mesa_status
npy_describe(void *self, struct mesa_error *err)
{
    const struct npy *npy = self;
    struct npy_part part[MESA_PART_COUNT_] = { 0 };
    size_t first;
    mesa_status st;

    /* What is read from a pipe is gone. */
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        if ((npy->paths.of[p] && csv_input_is_pipe(npy->paths.of[p])) ||
            (npy->y.of[p] && csv_input_is_pipe(npy->y.of[p])))
            return check_paths(npy, err);
    st = open_parts(npy, part, &first, err);
    close_parts(part);
    return st;
}

static const struct mesa_source_class npy = {
    MESA_SOURCE(struct npy),
    .head.name = "npy",
    .head.title = "Arrays of NumPy, one row per row",
    .head.cite = "Harris and others 2020, Nature 585 (NumPy); NEP 1, a simple "
                 "file format for NumPy arrays",
    .head.params = npy_params,
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                  MESA_CLASS_DETERMINISTIC,
    .open = npy_open,
    .describe = npy_describe,
};

MESA_PLUGIN(.name = "npy", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&npy.head));
