/* SPDX-License-Identifier: MIT */
/* check_estimator_data.c - odd data: taken as the flags say, or refused. */
#include "fit.h"

#include <math.h>

/* Fit; where that is possible predict, and look at what comes out. */
static void
fit_odd(struct bench *b, const struct mesa_dataset *d, const char *what)
{
    struct mesa_instance *e = classifies(b) ? bench_instance(b) : NULL;
    const double *proba;
    struct mesa_error err;

    if (!going(b) ||
        !taken_or_refused(b, try_fit(b, e, d, 1, &err), &err, what))
        return;
    proba = must_predict(b, e, d);
    if (going(b))
        expect_sane(b, proba, d->x.rows, d->n_classes, what);
}

/* Folds and bootstrap samples of rare classes come to this. */
static void
one_class(struct bench *b)
{
    struct mesa_dataset *d = toy_separable(b, 1);

    if (!going(b))
        return;
    for (size_t r = 0; r < d->x.rows; r++)
        toy_y(d)[r] = 0;
    fit_odd(b, d, "rows of class 0 only");
    for (size_t r = 0; r < d->x.rows; r++)
        toy_y(d)[r] = 1;
    fit_odd(b, d, "rows of class 1 only");
}

/* The smallest data there are, and the next smallest. */
static void
one_row(struct bench *b)
{
    struct mesa_dataset *d = toy_separable(b, 1);

    if (!going(b))
        return;
    d->x.rows = 1;
    fit_odd(b, d, "one row");
    d->x.rows = 4;
    fit_odd(b, d, "four rows");
}

/* No variance, no split, no distance. */
static void
constant_columns(struct bench *b)
{
    struct mesa_dataset *d = toy_separable(b, 1);

    if (!going(b))
        return;
    for (size_t r = 0; r < d->x.rows; r++)
        toy_x(d)[r * d->x.cols + 1] = 3.5;
    fit_odd(b, d, "a constant column");
    for (size_t i = 0; i < d->x.rows * d->x.cols; i++)
        toy_x(d)[i] = -2.0;
    fit_odd(b, d, "constant columns only");
}

/* Equal rows of different classes: no model can part them, and neighbour
 * searches find distance 0. */
static void
repeated_rows(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);

    if (!going(b))
        return;
    for (size_t r = 3; r < d->x.rows; r++)
        for (size_t j = 0; j < d->x.cols; j++)
            toy_x(d)[r * d->x.cols + j] = toy_x(d)[(r % 3) * d->x.cols + j];
    fit_odd(b, d, "three rows, forty times each, with both labels");
}

/* Here a method may also say that its numbers overflow. */
static void
large_values(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);
    struct mesa_instance *e = bench_instance(b);
    struct mesa_error err;

    if (!going(b))
        return;
    for (size_t i = 0; i < d->x.rows * d->x.cols; i++)
        toy_x(d)[i] *= 1e100;
    if (try_fit(b, e, d, 1, &err) == MESA_ENUMERIC)
        return;
    fit_odd(b, d, "values of 1e100");
}

/* Classes are declared by the whole data; a part may lack some. */
static void
absent_class(struct bench *b)
{
    struct mesa_dataset *d = toy_separable(b, 1);

    if (!(b->class_->flags & MESA_CLASS_MULTICLASS)) {
        skip(b, "%s takes two classes", b->class_->name);
        return;
    }
    if (!going(b))
        return;
    for (size_t r = 0; r < d->x.rows; r++)
        toy_y(d)[r] *= 2;
    d->n_classes = 4;
    fit_odd(b, d, "classes 1 and 3 of 4 without rows");
}

/* The flag says yes: taken, unless a component underneath says no.  The flag
 * says no: refused as EDATA. */
static void
by_flag(struct bench *b, const struct mesa_dataset *d, uint32_t flag,
        const char *what)
{
    struct mesa_instance *e = classifies(b) ? bench_instance(b) : NULL;
    bool flagged = b->class_->flags & flag;
    const double *proba;
    struct mesa_error err;
    mesa_status st;

    if (!going(b))
        return;
    st = try_fit(b, e, d, 1, &err);
    if (!flagged || (st != MESA_OK && uses_components(b))) {
        expect_status(b, st, MESA_EDATA, &err, what);
        return;
    }
    if (!succeeded(b, st, &err, what))
        return;
    proba = must_predict(b, e, d);
    if (going(b))
        expect_sane(b, proba, d->x.rows, d->n_classes, what);
}

/* Where NaN is not declared it never arrives. */
static void
missing(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);

    if (!going(b))
        return;
    toy_make_missing(d);
    by_flag(b, d, MESA_CLASS_MISSING, "rows with missing values");
}

static void
missing_column(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);

    if (!going(b))
        return;
    for (size_t r = 0; r < d->x.rows; r++)
        toy_x(d)[r * d->x.cols] = NAN;
    d->flags |= MESA_DATA_MISSING;
    by_flag(b, d, MESA_CLASS_MISSING, "a column without any value");
}

/* Four classes on a line. */
static void
multiclass(struct bench *b)
{
    const struct mesa_dataset *d =
        toy_data(b, &(struct toy){ 150, 3, 4, 3.0, 0.2, 1 });

    if (going(b))
        by_flag(b, d, MESA_CLASS_MULTICLASS, "four classes");
}

/* Weights that make class 1 heavy. */
static double *
heavy_weights(struct bench *b, const struct mesa_dataset *d)
{
    double *weight = going(b) ? bench_array(b, d->x.rows, sizeof *weight)
                              : NULL;

    for (size_t r = 0; weight && r < d->x.rows; r++)
        weight[r] = d->y[r] == 1 ? 3.0 : 1.0 + (double)(r % 2);
    return weight;
}

/* That weights are accepted is not yet that they are used. */
static void
weights(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *fresh = toy_overlapping(b, 2);
    const double *without, *with;

    if (!going(b))
        return;
    d->weight = heavy_weights(b, d);
    if (!going(b))
        return;
    by_flag(b, d, MESA_CLASS_WEIGHTS, "weights");
    if (!going(b) || !(b->class_->flags & MESA_CLASS_WEIGHTS) ||
        uses_components(b))
        return;
    with = learn(b, d, fresh, 1);
    d->weight = NULL;
    without = learn(b, d, fresh, 1);
    if (!going(b))
        return;
    for (size_t i = 0; i < 2 * fresh->x.rows; i++)
        if (with[i] != without[i])
            return;
    fail(b, "flagged as honouring weights, but they change nothing");
}

/* The rows of d as often as their weight says. */
static const struct mesa_dataset *
repeated(struct bench *b, const struct mesa_dataset *d)
{
    struct mesa_dataset *out = going(b) ? bench_array(b, 1, sizeof *out)
                                        : NULL;
    size_t *index = going(b) ? bench_array(b, 3 * d->x.rows, sizeof *index)
                             : NULL;
    int32_t *y = going(b) ? bench_array(b, 3 * d->x.rows, sizeof *y) : NULL;
    size_t n = 0;

    if (!going(b))
        return NULL;
    for (size_t r = 0; r < d->x.rows; r++)
        for (int i = 0; i < (int)d->weight[r]; i++) {
            index[n] = r;
            y[n++] = d->y[r];
        }
    *out = *d;
    out->x.index = index;
    out->x.rows = n;
    out->y = y;
    out->weight = NULL;
    return out;
}

/* The definition of a weight, to within the order of additions. */
static void
integer_weights(struct bench *b)
{
    const uint32_t needed = MESA_CLASS_WEIGHTS | MESA_CLASS_DETERMINISTIC;
    struct mesa_dataset *d = toy_overlapping(b, 1);
    const double *by_weight, *by_rows;

    if ((b->class_->flags & needed) != needed) {
        skip(b, "%s does not both honour weights and ignore the seed",
             b->class_->name);
        return;
    }
    if (!classifies(b))
        return;
    d->weight = heavy_weights(b, d);
    by_weight = learn(b, d, d, 1);
    by_rows = going(b) ? learn(b, repeated(b, d), d, 1) : NULL;
    for (size_t i = 0; going(b) && i < 2 * d->x.rows; i++)
        if (!(fabs(by_weight[i] - by_rows[i]) <= 1e-9))
            fail(b, "row %zu: %.12g with weights, %.12g with rows repeated "
                 "as often", i / 2, by_weight[i], by_rows[i]);
}

/* Empty batches happen at the ends of streams. */
static void
no_rows(struct bench *b)
{
    struct mesa_dataset *d = toy_separable(b, 1);
    struct mesa_instance *e = classifies(b) ? bench_instance(b) : NULL;
    struct mesa_error err;

    must_fit(b, e, d, 1);
    if (!going(b))
        return;
    d->x.rows = 0;
    succeeded(b, mesa_estimator_predict_proba(e, &d->x, NULL, &err), &err,
              "predict no rows");
    expect_status(b, try_fit(b, e, d, 1, &err), MESA_EDATA, &err,
                  "fit on no rows");
}

/* Held-out rows are for early stopping; a fit with them must work as well. */
static void
valid_rows(struct bench *b)
{
    const struct mesa_dataset *train = toy_separable(b, 1);
    struct mesa_dataset *valid = toy_separable(b, 2);
    struct mesa_instance *e = classifies(b) ? bench_instance(b) : NULL;
    struct mesa_rng rng = bench_rng(b, "fit", 1);
    struct mesa_error err;
    const double *proba;
    uint64_t before;

    if (!going(b))
        return;
    before = toy_checksum(valid);
    if (!succeeded(b, mesa_estimator_fit(e, train, valid, &rng, &err), &err,
                   "fit with validation rows"))
        return;
    if (toy_checksum(valid) != before)
        fail(b, "fit changes the validation rows");
    proba = must_predict(b, e, train);
    if (going(b))
        expect_sane(b, proba, train->x.rows, 2, "fitted with valid");
}

#define ESTIMATOR(name, run, what) { name, MESA_KIND_ESTIMATOR, run, what }

const struct check estimator_data_checks[] = {
    ESTIMATOR("one_class", one_class, "rows of one class: sane or EDATA"),
    ESTIMATOR("one_row", one_row, "one row, four rows: sane or EDATA"),
    ESTIMATOR("constant_columns", constant_columns, "sane or EDATA"),
    ESTIMATOR("repeated_rows", repeated_rows, "sane or EDATA"),
    ESTIMATOR("large_values", large_values, "sane, EDATA or ENUMERIC"),
    ESTIMATOR("absent_class", absent_class, "sane or EDATA"),
    ESTIMATOR("missing", missing, "NaN is taken just where flagged"),
    ESTIMATOR("missing_column", missing_column, "even in a whole column"),
    ESTIMATOR("multiclass", multiclass, "is taken just where flagged"),
    ESTIMATOR("weights", weights, "are honoured just where flagged"),
    ESTIMATOR("integer_weights", integer_weights, "are repeated rows"),
    ESTIMATOR("no_rows", no_rows, "predicts none, learns from none"),
    ESTIMATOR("valid_rows", valid_rows, "are taken, and only read"),
    { NULL, 0, NULL, NULL }
};
