/* SPDX-License-Identifier: MIT */
/* check_transform.c - what a change of columns promises. */
#include "archive.h"
#include "toy.h"

#include <math.h>

static struct mesa_instance *
fitted(struct bench *b, const struct mesa_dataset *d)
{
    struct mesa_instance *t = bench_instance(b);
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_transform_fit(t, d, &err), &err, "fit");
    return t;
}

static double *
applied(struct bench *b, const struct mesa_instance *t,
        const struct mesa_dataset *d)
{
    double *out = going(b) ? bench_array(b, d->x.rows,
                                         d->x.cols * sizeof *out)
                           : NULL;
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_transform_apply(t, &d->x, out, &err), &err,
                  "apply");
    return going(b) ? out : NULL;
}

static size_t
size_of(const struct mesa_dataset *d)
{
    return d->x.rows * d->x.cols * sizeof(double);
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
expect_finite(struct bench *b, const double *x, const struct mesa_dataset *d,
              const char *what)
{
    for (size_t i = 0; going(b) && i < d->x.rows * d->x.cols; i++)
        if (!isfinite(x[i]))
            fail(b, "%s: row %zu, column %zu becomes %g", what,
                 i / d->x.cols, i % d->x.cols, x[i]);
}

/* Rows that fit has not seen may lie outside its range. */
static void
finite_rows(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *fresh = toy_overlapping(b, 2);
    const struct mesa_instance *t = going(b) ? fitted(b, d) : NULL;

    expect_finite(b, applied(b, t, fresh), fresh, "finite rows");
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
    expect_finite(b, applied(b, t, d), d, "a constant column");
    expect_finite(b, applied(b, t, fresh), fresh,
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
        expect_finite(b, applied(b, t, d), d, "one row");
}

/* NaN may stay or be filled in; nothing else may become NaN. */
static void
missing(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);
    struct mesa_instance *t = bench_instance(b);
    const double *out;
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
    for (size_t i = 0; going(b) && i < d->x.rows * d->x.cols; i++)
        if (isinf(out[i]) || (isnan(out[i]) && !isnan(d->x.data[i])))
            fail(b, "value %zu was there and becomes %g", i, out[i]);
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
    there = (struct mesa_cmatrix){ applied(b, t, d), 120, 3, 3, NULL };
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
        expect_bytes(b, twice, once, size_of(d),
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
        expect_bytes(b, alone, beside, size_of(d),
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
        expect_bytes(b, dense, other, size_of(d),
                     "an index of rows or a wider stride changes the result");
}

/* A saved model is worth nothing without its transform. */
static void
save_load(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_instance *t;
    struct mesa_instance *loaded;
    const struct mesa_archive *saved;
    const double *before, *after;

    if (!can_be_saved(b))
        return;
    t = fitted(b, d);
    before = applied(b, t, d);
    saved = must_save(b, t);
    loaded = bench_instance(b);
    must_load(b, loaded, saved);
    after = applied(b, loaded, d);
    if (!going(b))
        return;
    expect_bytes(b, before, after, size_of(d),
                 "saved and loaded, results differ");
    expect_same_archive(b, saved, must_save(b, loaded),
                        "saved, loaded and saved again, archives differ");
}

static void
use_loaded(struct bench *b, struct mesa_instance *t)
{
    static const double x[2 * 20];
    const struct mesa_cmatrix rows = { x, 20, 2, 2, NULL };
    double out[2 * 20];
    struct mesa_error err;

    (void)b;
    (void)mesa_transform_apply(t, &rows, out, &err);
}

static void
damaged(struct bench *b)
{
    const struct mesa_dataset *d = toy_small(b);

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
    TRANSFORM("save_load", save_load, "a loaded transform does the same"),
    TRANSFORM("damaged", damaged, "damaged files are refused or harmless"),
    { NULL, 0, NULL, NULL }
};
