/* SPDX-License-Identifier: MIT */
/* check_transform.c - what a change of columns promises. */
#include "archive.h"
#include "toy.h"

#include <math.h>
#include <string.h>

static struct mesa_instance *
fitted(struct bench *b, const struct mesa_dataset *d)
{
    struct mesa_instance *t = bench_instance(b);
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_transform_fit(t, d, &err), &err, "fit");
    return t;
}

/* What no transform writes: a NaN of its own, in each value before apply and
 * behind the last one. */
static double
untouched(void)
{
    const uint64_t bits = UINT64_C(0x7ff80000deadbeef);
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static bool
is_untouched(double v)
{
    double u = untouched();

    return memcmp(&u, &v, sizeof v) == 0;
}

enum { GUARD = 64 }; /* values behind the result */

static double *
applied(struct bench *b, const struct mesa_instance *t,
        const struct mesa_dataset *d)
{
    size_t width = going(b) ? mesa_transform_columns(t, NULL) : 0;
    size_t n = going(b) ? d->x.rows * width : 0;
    double *out = going(b) ? bench_array(b, n + GUARD, sizeof *out) : NULL;
    struct mesa_error err;

    for (size_t i = 0; going(b) && i < n + GUARD; i++)
        out[i] = untouched();
    if (going(b))
        succeeded(b, mesa_transform_apply(t, &d->x, out, &err), &err,
                  "apply");
    for (size_t i = 0; going(b) && i < n; i++)
        if (is_untouched(out[i]))
            fail(b, "apply leaves row %zu without column %zu of %zu",
                 i / width, i % width, width);
    for (size_t i = n; going(b) && i < n + GUARD; i++)
        if (!is_untouched(out[i]))
            fail(b, "apply writes past the last of %zu columns", width);
    return going(b) ? out : NULL;
}

static size_t
size_of(const struct mesa_instance *t, const struct mesa_dataset *d)
{
    return d->x.rows * mesa_transform_columns(t, NULL) * sizeof(double);
}

/* The core stands before the plugin here. */
static void
before_fit(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_instance *t = bench_instance(b);
    double out[360];
    struct mesa_error err;

    if (going(b))
        expect_status(b, mesa_transform_apply(t, &d->x, out, &err),
                      MESA_ESTATE, &err, "apply before fit");
}

/* The core remembers what each instance was fitted on. */
static void
wrong_columns(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_instance *t = going(b) ? fitted(b, d) : NULL;
    struct mesa_cmatrix fewer;
    double out[360];
    struct mesa_error err;

    if (!going(b))
        return;
    fewer = d->x;
    fewer.cols--;
    expect_status(b, mesa_transform_apply(t, &fewer, out, &err), MESA_ESHAPE,
                  &err, "apply with a column too few");
}

static void
expect_finite(struct bench *b, const struct mesa_instance *t,
              const struct mesa_dataset *d, const char *what)
{
    const double *x = applied(b, t, d);
    size_t width = going(b) ? mesa_transform_columns(t, NULL) : 0;

    for (size_t i = 0; going(b) && i < d->x.rows * width; i++)
        if (!isfinite(x[i]))
            fail(b, "%s: column %zu of row %zu becomes %g", what, i % width,
                 i / width, x[i]);
}

/* Rows that fit has not seen may lie outside its range. */
static void
finite_rows(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *fresh = toy_overlapping(b, 2);
    const struct mesa_instance *t = going(b) ? fitted(b, d) : NULL;

    expect_finite(b, t, fresh, "finite rows");
}

/* Division by a range or a deviation of 0. */
static void
constant_columns(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *fresh = toy_overlapping(b, 2);
    const struct mesa_instance *t;

    for (size_t r = 0; going(b) && r < d->x.rows; r++)
        toy_x(d)[r * d->x.cols + 1] = 0.1;
    t = going(b) ? fitted(b, d) : NULL;
    expect_finite(b, t, d, "a constant column");
    expect_finite(b, t, fresh,
                  "fresh rows after a constant column");
}

/* One row has no variance at all. */
static void
one_row(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);
    struct mesa_instance *t = bench_instance(b);
    struct mesa_error err;

    if (!going(b))
        return;
    d->x.rows = 1;
    if (taken_or_refused(b, mesa_transform_fit(t, d, &err), &err, "one row"))
        expect_finite(b, t, d, "one row");
}

/* NaN may stay or be filled in; nothing else may become NaN. */
static void
missing(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);
    struct mesa_instance *t = bench_instance(b);
    const struct mesa_transform_column *list;
    const double *out;
    size_t width;
    struct mesa_error err;
    mesa_status st;

    if (!going(b))
        return;
    toy_make_missing(d);
    st = mesa_transform_fit(t, d, &err);
    if (!(b->class_->flags & MESA_CLASS_MISSING)) {
        expect_status(b, st, MESA_EDATA, &err, "rows with missing values");
        return;
    }
    if (!succeeded(b, st, &err, "rows with missing values"))
        return;
    out = applied(b, t, d);
    width = mesa_transform_columns(t, &list);
    for (size_t i = 0; going(b) && i < d->x.rows * width; i++) {
        size_t from = list ? list[i % width].from : i % width;
        double came = mesa_row(&d->x, i / width)[from];

        if (isinf(out[i]) || (isnan(out[i]) && !isnan(came)))
            fail(b, "column %zu of row %zu was there and becomes %g", from,
                 i / width, out[i]);
    }
}

/* There and back again, within what two roundings may cost. */
static void
invert(struct bench *b)
{
    const struct mesa_transform_class *c = (const void *)b->class_;
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    struct mesa_cmatrix there;
    struct mesa_instance *t;
    double *back;
    struct mesa_error err;

    if (!c->invert) {
        skip(b, "%s has no way back", b->class_->name);
        return;
    }
    t = going(b) ? fitted(b, d) : NULL;
    there = (struct mesa_cmatrix){ applied(b, t, d), 120, 0, 0, NULL };
    there.cols = there.stride = going(b) ? mesa_transform_columns(t, NULL)
                                         : 0;
    back = bench_array(b, 120, 3 * sizeof *back);
    if (!going(b) || !succeeded(b, c->invert(mesa_instance_self(t), &there,
                                             back, &err),
                                &err, "invert"))
        return;
    for (size_t i = 0; i < 360 && going(b); i++)
        if (!(fabs(back[i] - d->x.data[i]) <=
              1e-9 * (1.0 + fabs(d->x.data[i]))))
            fail(b, "%.17g comes back as %.17g", d->x.data[i], back[i]);
}

static void
input_untouched(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);
    uint64_t before = going(b) ? toy_checksum(d) : 0;
    const struct mesa_instance *t = going(b) ? fitted(b, d) : NULL;

    applied(b, t, d);
    if (going(b) && toy_checksum(d) != before)
        fail(b, "fit or apply changes its input");
}

/* Cross-validation fits once per fold. */
static void
refit(struct bench *b)
{
    const struct mesa_dataset *first = toy_separable(b, 1);
    const struct mesa_dataset *d = toy_overlapping(b, 2);
    struct mesa_instance *t = going(b) ? fitted(b, first) : NULL;
    struct mesa_error err;
    const double *twice, *once;

    if (!going(b) ||
        !succeeded(b, mesa_transform_fit(t, d, &err), &err, "second fit"))
        return;
    twice = applied(b, t, d);
    t = fitted(b, d);
    once = applied(b, t, d);
    if (going(b))
        expect_bytes(b, twice, once, size_of(t, d),
                     "a second fit remembers the first");
}

/* One fold's transform must not reach into another's. */
static void
two_instances(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *other = toy_separable(b, 2);
    const struct mesa_instance *t = going(b) ? fitted(b, d) : NULL;
    const double *alone = applied(b, t, d), *beside;

    if (going(b))
        fitted(b, other);
    beside = applied(b, t, d);
    if (going(b))
        expect_bytes(b, alone, beside, size_of(t, d),
                     "another instance changes the result of this one");
}

/* Folds are an index into one matrix. */
static void
layout(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *scattered = going(b) ? toy_scattered(b, d)
                                                    : NULL;
    const struct mesa_instance *t = going(b) ? fitted(b, d) : NULL;
    const double *dense = applied(b, t, d), *other;

    t = going(b) ? fitted(b, scattered) : NULL;
    other = applied(b, t, scattered);
    if (going(b))
        expect_bytes(b, dense, other, size_of(t, d),
                     "an index of rows or a wider stride changes the result");
}

/* A column of the result is of one that came, however many steps ago. */
static void
expect_sources(struct bench *b, const struct mesa_instance *t, size_t cols)
{
    const struct mesa_transform_column *list;
    size_t n = mesa_transform_columns(t, &list);

    for (size_t j = 0; list && j < n; j++)
        for (const struct mesa_transform_column *c = &list[j]; c; c = c->of)
            if (c->from != list[j].from || c->from >= cols ||
                c->role > MESA_COLUMN_INDICATOR)
                fail(b, "column %zu is of column %zu of %zu, in role %u", j,
                     c->from, cols, (unsigned)c->role);
}

/* Columns that are named, one of categories; and then those of the result. */
static void
columns(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1), out;
    const struct mesa_instance *t;
    double *block = NULL;
    struct mesa_error err;

    toy_make_categories(b, d);
    t = going(b) ? fitted(b, d) : NULL;
    if (going(b))
        expect_sources(b, t, d->x.cols);
    if (!going(b) || !succeeded(b, mesa_transformed(t, d, &out, &block, &err),
                                &err, "apply"))
        return;
    own(b, block, mesa_free);
    if (out.schema->n_columns != out.x.cols)
        fail(b, "%zu columns have %zu names", out.x.cols,
             out.schema->n_columns);
    for (size_t j = 0; going(b) && j < out.x.cols; j++) {
        const struct mesa_column *c = &out.schema->column[j];

        for (size_t r = 0; r < out.x.rows; r++)
            if (!isfinite(mesa_row(&out.x, r)[j]))
                fail(b, "column %s of row %zu becomes %g", c->name, r,
                     mesa_row(&out.x, r)[j]);
    }
    expect_bytes(b, block, applied(b, t, d), size_of(t, d),
                 "the same rows become others");
}

/* A saved model is worth nothing without its transform. */
static void
save_load(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_instance *t;
    struct mesa_instance *loaded;
    const struct mesa_archive *saved;
    const double *before, *after;

    if (!can_be_saved(b))
        return;
    toy_make_categories(b, d);
    t = fitted(b, d);
    before = applied(b, t, d);
    saved = must_save(b, t);
    loaded = bench_instance(b);
    must_load(b, loaded, saved);
    if (going(b) && mesa_transform_columns(loaded, NULL) !=
                        mesa_transform_columns(t, NULL))
        fail(b, "saved and loaded, it has other columns");
    if (going(b))
        expect_sources(b, loaded, d->x.cols);
    after = applied(b, loaded, d);
    if (!going(b))
        return;
    expect_bytes(b, before, after, size_of(t, d),
                 "saved and loaded, results differ");
    expect_same_archive(b, saved, must_save(b, loaded),
                        "saved, loaded and saved again, archives differ");
}

static void
use_loaded(struct bench *b, struct mesa_instance *t)
{
    static const double x[2 * 20];
    const struct mesa_dataset d = { .struct_size = sizeof d,
                                    .x = { x, 20, 2, 2, NULL } };
    struct mesa_dataset out;
    struct mesa_error err;
    double *block;

    (void)b;
    (void)mesa_transformed(t, &d, &out, &block, &err);
    mesa_free(block);
}

static void
damaged(struct bench *b)
{
    struct mesa_dataset *d = toy_small(b);

    toy_make_categories(b, d);
    if (can_be_saved(b))
        load_damaged(b, fitted(b, d), use_loaded);
}

#define TRANSFORM(name, run, what) { name, MESA_KIND_TRANSFORM, run, what }

const struct check transform_checks[] = {
    TRANSFORM("before_fit", before_fit, "apply before fit is ESTATE"),
    TRANSFORM("wrong_columns", wrong_columns, "other columns are ESHAPE"),
    TRANSFORM("finite", finite_rows, "finite rows stay finite"),
    TRANSFORM("constant_columns", constant_columns, "stay finite"),
    TRANSFORM("one_row", one_row, "finite, or EDATA"),
    TRANSFORM("missing", missing, "NaN is taken just where flagged"),
    TRANSFORM("invert", invert, "leads back to where apply started"),
    TRANSFORM("input_untouched", input_untouched, "data are only read"),
    TRANSFORM("refit", refit, "fit forgets what was learnt before"),
    TRANSFORM("two_instances", two_instances, "do not share anything"),
    TRANSFORM("layout", layout, "stride and index do not change a bit"),
    TRANSFORM("columns", columns, "are of those that came, and have names"),
    TRANSFORM("save_load", save_load, "a loaded transform does the same"),
    TRANSFORM("damaged", damaged, "damaged files are refused or harmless"),
    { NULL, 0, NULL, NULL }
};
