/* SPDX-License-Identifier: MIT */
/* task_table.c - rows of another source, joined, grouped, transformed. */
#include "task_table.h"

#include <string.h>

void
task_table_settle(struct task_table *t)
{
    mesa_bundle_free(t->bundle);
    mesa_free(t->column);
    t->bundle = NULL;
    t->column = NULL;
    t->schema = NULL;
}

void
task_table_free(struct task_table *t)
{
    task_table_settle(t);
    mesa_free(t->x);
    mesa_free(t->target);
    mesa_free(t->y);
    mesa_free(t->start);
    mesa_free(t->row);
    memset(t, 0, sizeof *t);
}

/* *block with room for n elements; what is in it stays. */
static mesa_status
grow(void *block, size_t n, size_t size, struct mesa_error *err)
{
    void *old, *more;

    memcpy(&old, block, sizeof old);
    more = mesa_realloc_array(old, n, size);
    if (!more)
        return mesa_nomem(err, n, "rows for tasks");
    memcpy(block, &more, sizeof more);
    return MESA_OK;
}

static mesa_status
append(struct task_table *t, const struct mesa_dataset *more,
       struct mesa_error *err)
{
    size_t rows = t->rows + more->x.rows, targets = t->n_targets;
    mesa_status st = grow(&t->x, rows, t->cols * sizeof *t->x, err);

    if (st == MESA_OK && targets)
        st = grow(&t->target, rows, targets * sizeof *t->target, err);
    else if (st == MESA_OK)
        st = grow(&t->y, rows, sizeof *t->y, err);
    if (st != MESA_OK)
        return st;
    for (size_t r = 0; r < more->x.rows; r++) {
        size_t at = t->rows + r;

        memcpy(t->x + at * t->cols, mesa_row(&more->x, r),
               t->cols * sizeof *t->x);
        if (targets)
            memcpy(t->target + at * targets, mesa_row(&more->target, r),
                   targets * sizeof *t->target);
        else
            t->y[at] = more->y[r];
    }
    t->rows = rows;
    t->flags |= more->flags & MESA_DATA_MISSING;
    return MESA_OK;
}

/* All parts of a bundle, one after the other. */
static mesa_status
append_parts(struct task_table *t, const struct mesa_bundle *bundle,
             struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (int p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++) {
        const struct mesa_dataset *d =
            mesa_bundle_dataset(bundle, (enum mesa_part)p);

        if (d)
            st = append(t, d, err);
    }
    return st;
}

/* Rows that have the names of all. */
static const struct mesa_dataset *
some_part(const struct mesa_bundle *bundle)
{
    const struct mesa_dataset *d = mesa_bundle_dataset(bundle, MESA_PART_ALL);

    return d ? d : mesa_bundle_dataset(bundle, MESA_PART_TRAIN);
}

/* The rows of the first bundle, whose names are those of the table. */
static mesa_status
append_first(struct task_table *t, struct mesa_bundle *bundle,
             struct mesa_error *err)
{
    const struct mesa_dataset *d = some_part(bundle);

    t->bundle = bundle;
    t->schema = d->schema;
    t->cols = d->x.cols;
    t->n_targets = d->target.rows ? d->target.cols : 0;
    return append_parts(t, bundle, err);
}

mesa_status
task_table_open(struct task_table *t, const struct mesa_component *source,
                const struct mesa_rng *rng, struct mesa_error *err)
{
    struct mesa_rng rows = mesa_rng_derive(rng, "rows", 0);
    struct mesa_bundle *bundle = mesa_bundle_new();
    struct mesa_instance *made = NULL;
    mesa_status st = bundle ? mesa_instance_new(source, &made, err)
                            : mesa_nomem(err, 1, "bundle");

    if (st == MESA_OK)
        st = mesa_source_open(made, bundle, &rows, err);
    mesa_instance_free(made);
    if (st != MESA_OK) {
        mesa_bundle_free(bundle);
        return st;
    }
    return append_first(t, bundle, err);
}

static bool
same_names(size_t n, const char *const *a, size_t m, const char *const *b)
{
    bool same = n == m;

    for (size_t i = 0; i < n && same; i++)
        same = strcmp(a[i], b[i]) == 0;
    return same;
}

/* Values and classes of all tables have to mean the same. */
static mesa_status
check_same(const struct mesa_schema *a, const struct mesa_schema *b,
           const char *name, struct mesa_error *err)
{
    if (a->n_columns != b->n_columns || a->n_targets != b->n_targets)
        return mesa_fail(err, MESA_EDATA,
                         "%.60s has %zu columns and %zu targets, the tables "
                         "before it %zu and %zu",
                         name, b->n_columns, b->n_targets, a->n_columns,
                         a->n_targets);
    for (size_t j = 0; j < a->n_columns; j++) {
        const struct mesa_column *of_a = &a->column[j], *of_b = &b->column[j];

        if (strcmp(of_a->name, of_b->name) != 0)
            return mesa_fail(err, MESA_EDATA,
                             "column %zu of %.60s is '%.60s', of the tables "
                             "before it '%.60s'",
                             j, name, of_b->name, of_a->name);
        if (!same_names(of_a->n_categories, of_a->category,
                        of_b->n_categories, of_b->category))
            return mesa_fail(err, MESA_EDATA,
                             "column '%.60s' of %.60s has other categories "
                             "than the tables before it",
                             of_b->name, name);
    }
    if (!same_names(a->n_targets, a->target, b->n_targets, b->target))
        return mesa_fail(err, MESA_EDATA,
                         "%.60s has other targets than the tables before it",
                         name);
    if (!same_names(a->n_classes, a->class_name, b->n_classes, b->class_name))
        return mesa_fail(err, MESA_EDATA,
                         "%.60s has other classes than the tables before it: "
                         "the parameter classes can list all",
                         name);
    return MESA_OK;
}

mesa_status
task_table_add_file(struct task_table *t, const struct mesa_component *source,
                    const char *path, const char *name,
                    const struct mesa_rng *rng, struct mesa_error *err)
{
    struct mesa_rng rows = mesa_rng_derive(rng, "rows", 0);
    struct mesa_bundle *bundle = mesa_bundle_new();
    mesa_status st = bundle ? mesa_source_open_file(source, path, bundle,
                                                    &rows, err)
                            : mesa_nomem(err, 1, "bundle");

    if (st != MESA_OK) {
        mesa_bundle_free(bundle);
        return st;
    }
    if (!t->schema)
        return append_first(t, bundle, err);
    st = check_same(t->schema, some_part(bundle)->schema, name, err);
    if (st == MESA_OK)
        st = append_parts(t, bundle, err);
    mesa_bundle_free(bundle);
    return st;
}

mesa_status
task_table_take(struct task_table *t, size_t j, double *value,
                struct mesa_error *err)
{
    size_t cols = t->cols - 1, after = cols - j;

    t->column = mesa_alloc_array(t->cols, sizeof *t->column);
    if (!t->column)
        return mesa_nomem(err, t->cols, "columns");
    memcpy(t->column, t->schema->column, j * sizeof *t->column);
    memcpy(t->column + j, t->schema->column + j + 1,
           after * sizeof *t->column);
    t->fewer = *t->schema;
    t->fewer.column = t->column;
    t->fewer.n_columns = cols;
    t->schema = &t->fewer;
    for (size_t r = 0; r < t->rows; r++) {
        const double *from = t->x + r * t->cols;
        double *to = t->x + r * cols;

        value[r] = from[j];
        memmove(to, from, j * sizeof *to);
        memmove(to + j, from + j + 1, after * sizeof *to);
    }
    t->cols = cols;
    return MESA_OK;
}

/* Counted, then filled in order of the rows. */
mesa_status
task_table_group(struct task_table *t, size_t n, const size_t *of,
                 struct mesa_error *err)
{
    t->n_groups = n;
    t->start = mesa_alloc_array(n + 2, sizeof *t->start);
    t->row = mesa_alloc_raw(t->rows, sizeof *t->row);
    if (!t->start || !t->row)
        return mesa_nomem(err, t->rows, "row numbers");
    for (size_t r = 0; r < t->rows; r++)
        t->start[of[r] + 2]++;
    for (size_t g = 0; g < n; g++)
        t->start[g + 2] += t->start[g + 1];
    for (size_t r = 0; r < t->rows; r++)
        t->row[t->start[of[r] + 1]++] = r;
    return MESA_OK;
}

static mesa_status
check_numbers(const struct mesa_dataset *d, struct mesa_error *err)
{
    for (size_t j = 0; j < d->x.cols; j++) {
        const struct mesa_column *c = &d->schema->column[j];

        if (c->type == MESA_CATEGORICAL)
            return mesa_fail(err, MESA_EDATA,
                             "column '%.60s' holds categories, tasks take "
                             "numbers: [transform] onehot makes some",
                             c->name);
        for (size_t r = 0; r < d->x.rows; r++)
            if (mesa_row(&d->x, r)[j] != mesa_row(&d->x, r)[j])
                return mesa_fail(err, MESA_EDATA,
                                 "row %zu has no value in column '%.60s', "
                                 "tasks need one: [transform] impute makes "
                                 "some",
                                 r, c->name);
    }
    return MESA_OK;
}

/* Which rows the transform may see. */
static mesa_status
fit_transform(const struct task_table *t, const struct mesa_dataset *all,
              struct mesa_instance *transform, size_t n, const size_t *group,
              struct mesa_error *err)
{
    struct mesa_subset seen;
    size_t *pick = mesa_alloc_raw(t->rows, sizeof *pick), rows = 0;
    mesa_status st;

    if (!pick)
        return mesa_nomem(err, t->rows, "row numbers");
    for (size_t i = 0; i < n; i++)
        for (size_t k = t->start[group[i]]; k < t->start[group[i] + 1]; k++)
            pick[rows++] = t->row[k];
    st = mesa_subset_init(&seen, all, pick, rows, err);
    if (st == MESA_OK)
        st = mesa_transform_fit(transform, &seen.data, err);
    mesa_subset_free(&seen);
    mesa_free(pick);
    return st;
}

mesa_status
task_table_transform(struct task_table *t,
                     const struct mesa_component *transform, size_t n,
                     const size_t *group, struct mesa_error *err)
{
    struct mesa_dataset all = {
        .struct_size = sizeof all,
        .flags = t->flags,
        .x = { t->x, t->rows, t->cols, t->cols, NULL },
        .y = t->y,
        .n_classes = t->schema->n_classes,
        .schema = t->schema,
    }, out = all;
    struct mesa_instance *made = NULL;
    double *block = NULL;
    mesa_status st = MESA_OK;

    if (t->n_targets)
        all.target = (struct mesa_cmatrix){ t->target, t->rows, t->n_targets,
                                            t->n_targets, NULL };
    if (transform) {
        st = mesa_instance_new(transform, &made, err);
        if (st == MESA_OK)
            st = fit_transform(t, &all, made, n, group, err);
        if (st == MESA_OK)
            st = mesa_transformed(made, &all, &out, &block, err);
    }
    if (st == MESA_OK)
        st = check_numbers(&out, err);
    if (st == MESA_OK && block) {
        mesa_free(t->x);
        t->x = block;
        t->cols = out.x.cols;
        block = NULL;
    }
    mesa_free(block);
    mesa_instance_free(made);
    return st;
}

mesa_status
task_shares_check(const struct mesa_list *share, const char *key,
                  struct mesa_error *err)
{
    double sum = 0;

    if (share->n != 2 && share->n != 3)
        return mesa_fail(err, MESA_EINVAL,
                         "%s has %zu shares, expected 3 (training, "
                         "validation, test) or 2 (training, test)",
                         key, share->n);
    for (size_t i = 0; i < share->n; i++)
        sum += share->value[i];
    if (sum > 1 + 1e-9)
        return mesa_fail(err, MESA_EINVAL, "%s adds up to %g, more than 1",
                         key, sum);
    return MESA_OK;
}

static double
share_of(const struct mesa_list *share, int part)
{
    if (part == MESA_PART_TRAIN)
        return share->value[0];
    if (part == MESA_PART_VALID)
        return share->n == 3 ? share->value[1] : 0;
    return share->value[share->n - 1];
}

void
task_shares_cut(const struct mesa_list *share, size_t n,
                size_t first[MESA_PART_COUNT_ + 1])
{
    double sum = 0;

    first[MESA_PART_ALL] = first[MESA_PART_TRAIN] = 0;
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        size_t end;

        sum += share_of(share, p);
        end = (size_t)(sum * (double)n + 0.5);
        first[p + 1] = end < n ? end : n;
    }
}

mesa_status
task_shares_suffice(const struct mesa_list *share, const char *key,
                    const char *things, size_t n,
                    const size_t first[MESA_PART_COUNT_ + 1], size_t least,
                    struct mesa_error *err)
{
    static const char *const name[] = { "", "train", "valid", "test" };

    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        size_t has = first[p + 1] - first[p];

        if (has < least && (p == MESA_PART_TRAIN || share_of(share, p) > 0))
            return mesa_fail(err, MESA_EDATA,
                             "%s leaves %zu of %zu %s to %s, expected %zu or "
                             "more",
                             key, has, n, things, name[p], least);
    }
    return MESA_OK;
}

/* Floyd's algorithm; then the order, which it does not make uniform. */
void
task_distinct(struct mesa_rng *rng, size_t n, size_t k, size_t *out)
{
    for (size_t i = 0; i < k; i++) {
        size_t value = mesa_rng_below(rng, n - k + i + 1), j = 0;

        while (j < i && out[j] != value)
            j++;
        out[i] = j < i ? n - k + i : value;
    }
    for (size_t i = 0; i + 1 < k; i++) {
        size_t j = i + mesa_rng_below(rng, k - i), t = out[i];

        out[i] = out[j];
        out[j] = t;
    }
}
