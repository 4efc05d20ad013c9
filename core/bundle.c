/* SPDX-License-Identifier: MIT */
/*
 * bundle.c - what a source fills: names of columns and of classes or targets,
 * and up to four parts, all owned here; and the checks on what a source gave.
 */
#include "bundle.h"

#include "json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct mesa_bundle {
    struct mesa_schema  schema;
    struct mesa_column *column;
    char              **class_name;
    char               *label;
    char              **target_name;
    bool                has_classes, has_targets;
    struct mesa_dataset part[MESA_PART_COUNT_];
    double             *x[MESA_PART_COUNT_];
    int32_t            *y[MESA_PART_COUNT_];
    double             *target[MESA_PART_COUNT_];
};

static const char *const part_name[MESA_PART_COUNT_] = { "all", "train",
                                                         "valid", "test" };

struct mesa_bundle *
mesa_bundle_new(void)
{
    struct mesa_bundle *b = mesa_alloc_array(1, sizeof *b);

    if (b)
        b->schema.struct_size = sizeof b->schema;
    return b;
}

static void
free_strings(char *const *text, size_t n)
{
    for (size_t i = 0; text && i < n; i++)
        mesa_free(text[i]);
}

static void
free_column(struct mesa_column *column)
{
    char **category = (char **)(uintptr_t)column->category;

    mesa_free((void *)(uintptr_t)column->name);
    free_strings(category, column->n_categories);
    mesa_free(category);
}

void
mesa_bundle_free(struct mesa_bundle *b)
{
    if (!b)
        return;
    for (size_t j = 0; b->column && j < b->schema.n_columns; j++)
        free_column(&b->column[j]);
    mesa_free(b->column);
    free_strings(b->class_name, b->schema.n_classes);
    mesa_free(b->class_name);
    mesa_free(b->label);
    free_strings(b->target_name, b->schema.n_targets);
    mesa_free(b->target_name);
    for (size_t p = 0; p < MESA_PART_COUNT_; p++) {
        mesa_free(b->x[p]);
        mesa_free(b->y[p]);
        mesa_free(b->target[p]);
    }
    mesa_free(b);
}

/* Names go into JSON and archives, which are UTF-8. */
static mesa_status
check_name(const char *what, size_t i, const char *name,
           struct mesa_error *err)
{
    if (!mesa_utf8_malformed(name, name + strlen(name)))
        return MESA_OK;
    return mesa_fail(err, MESA_EPARSE,
                     "the name of %s %zu is not UTF-8: save the file as "
                     "UTF-8",
                     what, i);
}

mesa_status
mesa_bundle_columns(struct mesa_bundle *b, size_t n, const char *const *name,
                    struct mesa_error *err)
{
    char made[32];

    if (b->column)
        return mesa_fail(err, MESA_ESTATE, "columns are given twice");
    b->column = mesa_alloc_array(n, sizeof *b->column);
    if (!b->column)
        return mesa_nomem(err, n, "columns");
    b->schema.column = b->column;
    b->schema.n_columns = n;
    for (size_t j = 0; j < n; j++) {
        mesa_status st;

        snprintf(made, sizeof made, "x%zu", j);
        st = name ? check_name("column", j, name[j], err) : MESA_OK;
        if (st != MESA_OK)
            return st;
        b->column[j].name = mesa_strdup(name ? name[j] : made);
        if (!b->column[j].name)
            return mesa_nomem(err, n, "column names");
    }
    return MESA_OK;
}

/* n copies of strings into fresh memory at *out; on failure what has been
 * copied so far is there, the rest NULL. */
static mesa_status
copy_strings(const char *const *text, size_t n, char ***out,
             struct mesa_error *err)
{
    *out = mesa_alloc_array(n, sizeof **out);
    if (!*out)
        return mesa_nomem(err, n, "names");
    for (size_t i = 0; i < n; i++) {
        (*out)[i] = mesa_strdup(text[i]);
        if (!(*out)[i])
            return mesa_nomem(err, n, "names");
    }
    return MESA_OK;
}

mesa_status
mesa_bundle_categories(struct mesa_bundle *b, size_t j, size_t n,
                       const char *const *category, struct mesa_error *err)
{
    char **copy;
    mesa_status st;

    if (j >= b->schema.n_columns)
        return mesa_fail(err, MESA_EINVAL, "column %zu of %zu", j,
                         b->schema.n_columns);
    if (b->column[j].category)
        return mesa_fail(err, MESA_ESTATE, "categories are given twice");
    for (size_t k = 0; k < n; k++)
        if (mesa_utf8_malformed(category[k],
                                category[k] + strlen(category[k])))
            return mesa_fail(err, MESA_EPARSE,
                             "category %zu of column '%.64s' is not UTF-8: "
                             "save the file as UTF-8",
                             k, b->column[j].name);
    st = copy_strings(category, n, &copy, err);
    b->column[j].category = (const char *const *)copy;
    b->column[j].n_categories = copy ? (uint32_t)n : 0;
    b->column[j].type = MESA_CATEGORICAL;
    return st;
}

static mesa_status
check_names(const char *what, size_t n, const char *const *name,
            struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = check_name(what, i, name[i], err);
    return st;
}

/* Classes or targets, the second time. */
static mesa_status
refuse_again(bool same, const char *what, struct mesa_error *err)
{
    return same ? mesa_fail(err, MESA_ESTATE, "%s are given twice", what)
                : mesa_fail(err, MESA_ESTATE,
                            "both classes and targets are given");
}

mesa_status
mesa_bundle_classes(struct mesa_bundle *b, size_t n, const char *const *name,
                    const char *label, struct mesa_error *err)
{
    mesa_status st;

    if (b->has_classes || b->has_targets)
        return refuse_again(b->has_classes, "classes", err);
    b->has_classes = true;
    st = check_names("class", n, name, err);
    if (st != MESA_OK)
        return st;
    st = copy_strings(name, n, &b->class_name, err);
    b->schema.class_name = (const char *const *)b->class_name;
    b->schema.n_classes = b->class_name ? (uint32_t)n : 0;
    if (st != MESA_OK)
        return st;
    b->label = mesa_strdup(label ? label : "label");
    b->schema.label = b->label;
    return b->label ? MESA_OK : mesa_nomem(err, 1, "label name");
}

mesa_status
mesa_bundle_targets(struct mesa_bundle *b, size_t n, const char *const *name,
                    struct mesa_error *err)
{
    mesa_status st;

    if (b->has_classes || b->has_targets)
        return refuse_again(b->has_targets, "targets", err);
    if (n == 0)
        return mesa_fail(err, MESA_EINVAL, "there are no targets");
    b->has_targets = true;
    st = check_names("target", n, name, err);
    if (st == MESA_OK)
        st = copy_strings(name, n, &b->target_name, err);
    b->schema.target = (const char *const *)b->target_name;
    b->schema.n_targets = b->target_name ? n : 0;
    return st;
}

mesa_status
mesa_bundle_part(struct mesa_bundle *b, enum mesa_part part, size_t rows,
                 double **x, int32_t **y, struct mesa_error *err)
{
    struct mesa_dataset *d = &b->part[part];
    size_t cols = b->schema.n_columns;

    if (!b->column || !(b->has_classes || b->has_targets))
        return mesa_fail(err, MESA_ESTATE,
                         "rows before columns and classes or targets");
    if (b->x[part])
        return mesa_fail(err, MESA_ESTATE, "part %s is given twice",
                         part_name[part]);
    if (cols && rows > SIZE_MAX / sizeof **x / cols)
        return mesa_nomem(err, rows, "rows");
    b->x[part] = mesa_alloc_raw(rows * cols, sizeof **x);
    b->y[part] = b->has_classes ? mesa_alloc_raw(rows, sizeof **y) : NULL;
    if (!b->x[part] || (b->has_classes && !b->y[part]))
        return mesa_nomem(err, rows, "rows");
    *d = (struct mesa_dataset){
        .struct_size = sizeof *d,
        .x = { b->x[part], rows, cols, cols, NULL },
        .y = b->y[part],
        .n_classes = b->schema.n_classes,
        .schema = &b->schema,
    };
    *x = b->x[part];
    *y = b->y[part];
    return MESA_OK;
}

mesa_status
mesa_bundle_part_targets(struct mesa_bundle *b, enum mesa_part part,
                         double **target, struct mesa_error *err)
{
    size_t rows = b->part[part].x.rows, n = b->schema.n_targets;

    if (!b->x[part] || n == 0)
        return mesa_fail(err, MESA_ESTATE,
                         n ? "targets before the rows of part %s"
                           : "no targets are named, but part %s gives some",
                         part_name[part]);
    if (b->target[part])
        return mesa_fail(err, MESA_ESTATE,
                         "targets of part %s are given twice",
                         part_name[part]);
    b->target[part] = mesa_alloc_raw(rows, n * sizeof **target);
    if (!b->target[part])
        return mesa_nomem(err, rows, "targets");
    b->part[part].target = (struct mesa_cmatrix){ b->target[part], rows, n, n,
                                                  NULL };
    *target = b->target[part];
    return MESA_OK;
}

const struct mesa_dataset *
mesa_bundle_dataset(const struct mesa_bundle *b, enum mesa_part part)
{
    return b->x[part] ? &b->part[part] : NULL;
}

/* What one chunk of rows was found to hold. */
struct scan {
    const struct mesa_dataset *data;
    bool                      *missing, *unlabelled; /* one per chunk */
};

static mesa_status
check_value(const struct mesa_dataset *d, size_t r, size_t j, double v,
            struct mesa_error *err)
{
    const struct mesa_column *column = &d->schema->column[j];

    if (isinf(v))
        return mesa_fail(err, MESA_EDATA, "row %zu, column '%s' is infinite",
                         r, column->name);
    if (column->type == MESA_CATEGORICAL && !isnan(v) &&
        !(v >= 0 && v < column->n_categories && v == floor(v)))
        return mesa_fail(err, MESA_EDATA,
                         "row %zu, column '%s': %g is none of its %u "
                         "categories",
                         r, column->name, v, (unsigned)column->n_categories);
    return MESA_OK;
}

/* No target may be missing: there would be nothing to learn from the row. */
static mesa_status
check_targets(const struct mesa_dataset *d, size_t r, struct mesa_error *err)
{
    const double *target = mesa_row(&d->target, r);

    for (size_t t = 0; t < d->target.cols; t++)
        if (!isfinite(target[t]))
            return mesa_fail(err, MESA_EDATA, "row %zu, target '%s' is %s", r,
                             d->schema->target[t],
                             isnan(target[t]) ? "missing" : "infinite");
    return MESA_OK;
}

static mesa_status
scan_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct scan *scan = context;
    const struct mesa_dataset *d = scan->data;
    size_t end = MESA_MIN(d->x.rows, (chunk + 1) * MESA_CHUNK);
    mesa_status st;

    for (size_t r = chunk * MESA_CHUNK; r < end; r++) {
        const double *row = mesa_row(&d->x, r);

        if (d->y && d->y[r] == -1)
            scan->unlabelled[chunk] = true;
        else if (d->y && (d->y[r] < 0 || (uint32_t)d->y[r] >= d->n_classes))
            return mesa_fail(err, MESA_EDATA,
                             "row %zu has label %d but there are %u classes",
                             r, (int)d->y[r], (unsigned)d->n_classes);
        for (size_t j = 0; j < d->x.cols; j++) {
            st = check_value(d, r, j, row[j], err);
            if (st != MESA_OK)
                return st;
            scan->missing[chunk] |= isnan(row[j]);
        }
        st = d->target.rows ? check_targets(d, r, err) : MESA_OK;
        if (st != MESA_OK)
            return st;
    }
    return MESA_OK;
}

static mesa_status
check_part(struct mesa_dataset *d, const char *name, struct mesa_error *err)
{
    size_t chunks = MESA_CHUNKS(d->x.rows);
    struct scan scan = { d, mesa_alloc_array(chunks, 2 * sizeof(bool)), NULL };
    mesa_status st;

    if (!scan.missing)
        return mesa_nomem(err, chunks, "flags");
    scan.unlabelled = scan.missing + chunks;
    st = mesa_parallel_for(chunks, scan_chunk, &scan, err);
    for (size_t i = 0; i < chunks; i++)
        d->flags |= (scan.missing[i] ? MESA_DATA_MISSING : 0) |
                    (scan.unlabelled[i] ? MESA_DATA_UNLABELLED : 0);
    mesa_free(scan.missing);
    if (st != MESA_OK)
        return mesa_error_prefix(err, st, "%s", name);
    if (d->x.rows == 0)
        return mesa_fail(err, MESA_EDATA, "%s has no rows", name);
    if (d->schema->n_targets && d->target.rows == 0)
        return mesa_fail(err, MESA_EDATA, "%s has no targets", name);
    return MESA_OK;
}

mesa_status
mesa_check_classes(const char *who, const struct mesa_dataset *d,
                   struct mesa_error *err)
{
    if (d->y)
        return MESA_OK;
    return mesa_fail(err, MESA_EDATA, "%s needs classes, the data have %s",
                     who, d->target.rows ? "targets" : "none");
}

mesa_status
mesa_bundle_check(struct mesa_bundle *b, struct mesa_error *err)
{
    if (!b->x[MESA_PART_ALL] == !b->x[MESA_PART_TRAIN])
        return mesa_fail(err, MESA_EDATA,
                         b->x[MESA_PART_ALL]
                             ? "the source gave both one table and a "
                               "training part"
                             : "the source gave no rows");
    if (b->schema.n_columns == 0)
        return mesa_fail(err, MESA_EDATA, "there are no feature columns");
    for (size_t p = 0; p < MESA_PART_COUNT_; p++) {
        mesa_status st = MESA_OK;

        if (b->x[p])
            st = check_part(&b->part[p], part_name[p], err);
        if (st != MESA_OK)
            return st;
    }
    return MESA_OK;
}
