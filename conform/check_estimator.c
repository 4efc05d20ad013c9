/* SPDX-License-Identifier: MIT */
/* check_estimator.c - what a method that learns from rows promises. */
#include "fit.h"

#include <math.h>
#include <string.h>

/* The core stands before the plugin here: users get a message, plugins are
 * never asked. */
static void
before_fit(struct bench *b)
{
    const struct mesa_dataset *d = toy_separable(b, 1);
    const struct mesa_instance *e = bench_instance(b);
    double proba[240];
    struct mesa_error err;

    if (classifies(b))
        expect_status(b, mesa_estimator_predict_proba(e, &d->x, proba, &err),
                      MESA_ESTATE, &err, "predict before fit");
}

/* Also the core's, which remembers what each instance was fitted on. */
static void
wrong_columns(struct bench *b)
{
    const struct mesa_dataset *d = toy_separable(b, 1);
    const struct mesa_instance *e = classifies(b) ? fitted(b, d, 1) : NULL;
    struct mesa_cmatrix fewer;
    double proba[240];
    struct mesa_error err;

    if (!going(b))
        return;
    fewer = d->x;
    fewer.cols--;
    expect_status(b, mesa_estimator_predict_proba(e, &fewer, proba, &err),
                  MESA_ESHAPE, &err, "predict with a column too few");
}

/* On rows that were not learnt from, of classes that overlap: neither 0 nor 1
 * by luck. */
static void
probabilities(struct bench *b)
{
    const struct mesa_dataset *train = toy_overlapping(b, 1);
    const struct mesa_dataset *fresh = toy_overlapping(b, 2);
    const double *proba = classifies(b) ? learn(b, train, fresh, 1) : NULL;

    if (going(b))
        expect_sane(b, proba, fresh->x.rows, 2, "fresh rows");
}

/* Values far from all training rows must not overflow on the way. */
static void
far_rows(struct bench *b)
{
    const struct mesa_dataset *train = toy_overlapping(b, 1);
    struct mesa_dataset *far = toy_overlapping(b, 2);
    const double *proba;

    if (!classifies(b))
        return;
    for (size_t i = 0; i < far->x.rows * far->x.cols; i++)
        toy_x(far)[i] *= i % 2 ? 1e6 : -1e6;
    proba = learn(b, train, far, 1);
    if (going(b))
        expect_sane(b, proba, far->x.rows, 2, "rows a million away");
}

/* Anything that is not a function of data and seed shows here: the clock,
 * addresses, uninitialised memory. */
static void
same_seed(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const double *first = classifies(b) ? learn(b, d, d, 1) : NULL;
    const double *again = classifies(b) ? learn(b, d, d, 1) : NULL;

    if (going(b))
        expect_bytes(b, first, again, proba_size(d),
                     "fitted twice from the same seed, predictions differ");
}

/* The flag lets callers fit once instead of once per seed. */
static void
any_seed(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const double *first, *other;

    if (!(b->class_->flags & MESA_CLASS_DETERMINISTIC)) {
        skip(b, "%s uses its random stream", b->class_->name);
        return;
    }
    first = classifies(b) ? learn(b, d, d, 1) : NULL;
    other = classifies(b) ? learn(b, d, d, 2) : NULL;
    if (going(b))
        expect_bytes(b, first, other, proba_size(d),
                     "flagged as deterministic, but the seed matters");
}

/* Ensembles and cross-validation fit the same instance again and again. */
static void
refit(struct bench *b)
{
    const struct mesa_dataset *first = toy_separable(b, 1);
    const struct mesa_dataset *d = toy_overlapping(b, 2);
    struct mesa_instance *e = classifies(b) ? fitted(b, first, 1) : NULL;
    const double *twice, *once;

    must_fit(b, e, d, 2);
    twice = must_predict(b, e, d);
    once = going(b) ? learn(b, d, d, 2) : NULL;
    if (going(b))
        expect_bytes(b, twice, once, proba_size(d),
                     "a second fit remembers the first");
}

/* A second fit on fewer columns and more classes, or the reverse. */
static void
refit_shape(struct bench *b)
{
    const struct mesa_dataset *wide =
        toy_data(b, &(struct toy){ 60, 5, 2, 4.0, 0.3, 1 });
    const struct mesa_dataset *narrow =
        toy_data(b, &(struct toy){ 90, 2, 2, 4.0, 0.3, 2 });
    struct mesa_instance *e = classifies(b) ? fitted(b, wide, 1) : NULL;
    const double *proba;

    must_fit(b, e, narrow, 1);
    proba = must_predict(b, e, narrow);
    if (going(b))
        expect_sane(b, proba, narrow->x.rows, 2, "after fewer columns");
    must_fit(b, e, wide, 1);
    proba = must_predict(b, e, wide);
    if (going(b))
        expect_sane(b, proba, wide->x.rows, 2, "after more columns");
}

/* Not a test of quality: clouds eight standard deviations apart. */
static void
learns(struct bench *b)
{
    const struct mesa_dataset *d = toy_separable(b, 1);
    const double *proba = classifies(b) ? learn(b, d, d, 1) : NULL;

    if (going(b) && accuracy(proba, d) < 0.9)
        fail(b, "training accuracy on separable rows is %.3f, expected 0.9 "
             "or more", accuracy(proba, d));
}

/* Columns in the reverse order. */
static struct mesa_dataset *
reversed(struct bench *b, const struct mesa_dataset *d)
{
    struct mesa_dataset *turned = toy_separable(b, 99);

    if (!going(b))
        return NULL;
    memcpy(toy_y(turned), d->y, d->x.rows * sizeof *d->y);
    for (size_t r = 0; r < d->x.rows; r++)
        for (size_t j = 0; j < d->x.cols; j++)
            toy_x(turned)[r * d->x.cols + j] =
                mesa_row(&d->x, r)[d->x.cols - 1 - j];
    return turned;
}

/* Accuracy and not bytes: which of two equally good columns is taken first,
 * and in which order sums run, may depend on the order of columns. */
static void
column_order(struct bench *b)
{
    const struct mesa_dataset *train = toy_separable(b, 1);
    const struct mesa_dataset *fresh = toy_separable(b, 2);
    const struct mesa_dataset *turned_train, *turned_fresh;
    double straight, turned;

    if (!classifies(b))
        return;
    turned_train = reversed(b, train);
    turned_fresh = reversed(b, fresh);
    if (!going(b))
        return;
    const double *p = learn(b, train, fresh, 1);
    const double *q = learn(b, turned_train, turned_fresh, 1);

    if (!going(b))
        return;
    straight = accuracy(p, fresh);
    turned = accuracy(q, turned_fresh);
    if (fabs(straight - turned) > 0.05)
        fail(b, "accuracy is %.3f, and %.3f with the columns in reverse "
             "order", straight, turned);
}

/* What is kept in the module instead of in self shows when two instances
 * take turns. */
static void
two_instances(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *other = toy_separable(b, 2);
    const double *alone = classifies(b) ? learn(b, d, d, 1) : NULL;
    struct mesa_instance *e, *disturber;
    const double *beside;

    e = bench_instance(b);
    disturber = bench_instance(b);
    must_fit(b, e, d, 1);
    must_fit(b, disturber, other, 2);
    if (going(b))
        must_predict(b, disturber, other);
    beside = must_predict(b, e, d);
    if (going(b))
        expect_bytes(b, alone, beside, proba_size(d),
                     "another instance changes the predictions of this one");
}

static void
set_threads(struct bench *b, size_t n)
{
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_parallel_set_threads(n, &err), &err, "threads");
}

/* More rows than two chunks of the core's loops, so that threads do meet. */
static void
threads(struct bench *b)
{
    const struct mesa_dataset *train = toy_overlapping(b, 1);
    const struct mesa_dataset *many =
        toy_data(b, &(struct toy){ 9000, 3, 2, 1.5, 0.2, 2 });
    const struct mesa_instance *e, *parallel;
    const double *one, *four, *four_fitted;

    if (!classifies(b))
        return;
    set_threads(b, 1);
    e = fitted(b, train, 1);
    one = must_predict(b, e, many);
    set_threads(b, 4);
    four = must_predict(b, e, many);
    parallel = fitted(b, train, 1);
    four_fitted = must_predict(b, parallel, many);
    set_threads(b, 1);
    if (!going(b))
        return;
    expect_bytes(b, one, four, proba_size(many),
                 "4 threads predict otherwise than one");
    expect_bytes(b, one, four_fitted, proba_size(many),
                 "fitted with 4 threads, predictions differ");
}

/* Row by row or all at once, in this order or another. */
static void
row_by_row(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_instance *e = classifies(b) ? fitted(b, d, 1) : NULL;
    const double *all = must_predict(b, e, d);
    double single[2];
    struct mesa_error err;

    for (size_t r = d ? d->x.rows : 0; r-- > 0 && going(b);) {
        struct mesa_cmatrix row = { mesa_row(&d->x, r), 1, d->x.cols,
                                    d->x.cols, NULL };

        if (succeeded(b, mesa_estimator_predict_proba(e, &row, single, &err),
                      &err, "predict one row"))
            expect_bytes(b, all + 2 * r, single, sizeof single,
                         "a row alone is predicted otherwise than among "
                         "others");
    }
}

/* The rows belong to the caller, who lends them to others at the same time. */
static void
input_untouched(struct bench *b)
{
    struct mesa_dataset *d = toy_overlapping(b, 1);
    uint64_t before;

    if (!classifies(b))
        return;
    before = toy_checksum(d);
    const struct mesa_instance *e = fitted(b, d, 1);

    if (going(b) && toy_checksum(d) != before)
        fail(b, "fit changes its input");
    must_predict(b, e, d);
    if (going(b) && toy_checksum(d) != before)
        fail(b, "predict changes its input");
}

/* Subsets are an index into the same matrix; forgetting it is the most common
 * mistake in a new plugin. */
static void
layout(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *scattered;
    const double *dense, *other;

    if (!classifies(b))
        return;
    scattered = toy_scattered(b, d);
    dense = learn(b, d, d, 1);
    other = going(b) ? learn(b, scattered, scattered, 1) : NULL;
    if (going(b))
        expect_bytes(b, dense, other, proba_size(d),
                     "an index of rows or a wider stride changes the result");
}

/* All 0 is for models that used no column at all. */
static void
importance(struct bench *b)
{
    const struct mesa_estimator_class *c = (const void *)b->class_;
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    double share[3] = { 0 }, sum = 0.0;
    struct mesa_error err;

    if (!c->importance)
        skip(b, "%s has no importance", b->class_->name);
    if (!fits(b))
        return;
    const struct mesa_instance *e = fitted(b, d, 1);

    if (!going(b) || !succeeded(b, mesa_estimator_importance(e, share, &err),
                                &err, "importance"))
        return;
    for (size_t j = 0; j < 3; j++) {
        if (!(share[j] >= 0.0))
            fail(b, "the importance of column %zu is %g", j, share[j]);
        sum += share[j];
    }
    if (sum != 0.0 && !(fabs(sum - 1.0) <= 1e-9))
        fail(b, "importances sum to %.12g", sum);
}

/* As many of the same fit, whoever counts them, and none before it. */
static void
rows(struct bench *b)
{
    const struct mesa_estimator_class *c = (const void *)b->class_;
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_instance *fresh = bench_instance(b), *once, *again;

    if (fits(b) && !c->rows)
        skip(b, "%s does not say how many rows", b->class_->name);
    once = going(b) ? fitted(b, d, 1) : NULL;
    again = going(b) ? fitted(b, d, 1) : NULL;
    if (!going(b))
        return;
    if (mesa_estimator_rows(fresh) != 0)
        fail(b, "not fitted, it has learnt from rows");
    else if (mesa_estimator_rows(once) == 0)
        fail(b, "fitted, it has learnt from no row");
    else if (mesa_estimator_rows(once) != mesa_estimator_rows(again))
        fail(b, "fitted twice, it has learnt from %llu and %llu rows",
             (unsigned long long)mesa_estimator_rows(once),
             (unsigned long long)mesa_estimator_rows(again));
}

/* n rows from row first on: what is added to sums is what is predicted. */
static void
expect_added(struct bench *b, const struct mesa_instance *e,
             const struct mesa_ranks *ranks, const double *proba,
             size_t first, size_t n)
{
    double *sum = bench_array(b, 4 * n, sizeof *sum), *expected = sum + 2 * n;
    struct mesa_error err;
    mesa_status st;

    if (!going(b))
        return;
    for (size_t i = 0; i < 2 * n; i++) {
        sum[i] = (double)(i % 7) / 3;
        expected[i] = sum[i] + proba[2 * first + i];
    }
    st = mesa_estimator_add_ranked(e, ranks, first, n, sum, &err);
    if (st == MESA_ENOTSUP)
        skip(b, "%s has made a model that uses no ranks", b->class_->name);
    else if (succeeded(b, st, &err, "predict from ranks"))
        expect_bytes(b, expected, sum, 2 * n * sizeof *sum,
                     "ranks of the values are predicted otherwise than the "
                     "values");
}

static void
ranked(struct bench *b)
{
    const struct mesa_estimator_class *c = (const void *)b->class_;
    const struct mesa_dataset *train = toy_overlapping(b, 1);
    struct mesa_dataset *many =
        toy_data(b, &(struct toy){ 1300, 3, 2, 1.5, 0.2, 2 });
    const struct mesa_instance *e;
    const double *proba;
    struct mesa_ranks *ranks = NULL;
    struct mesa_error err;

    if (fits(b) && !c->add_ranked)
        skip(b, "%s does not predict from ranks", b->class_->name);
    if (going(b) && (b->class_->flags & MESA_CLASS_MISSING))
        toy_make_missing(many);
    e = fitted(b, train, 1);
    proba = must_predict(b, e, many);
    if (!going(b) || !succeeded(b, mesa_ranks_new(&many->x, &ranks, &err),
                                &err, "ranks"))
        return;
    expect_added(b, e, ranks, proba, 0, 1300);
    expect_added(b, e, ranks, proba, 7, 600);
    mesa_ranks_free(ranks);
}

#define ESTIMATOR(name, run, what) { name, MESA_KIND_ESTIMATOR, run, what }

const struct check estimator_checks[] = {
    ESTIMATOR("before_fit", before_fit, "predict before fit is ESTATE"),
    ESTIMATOR("wrong_columns", wrong_columns, "other columns are ESHAPE"),
    ESTIMATOR("probabilities", probabilities, "are in [0, 1] and sum to 1"),
    ESTIMATOR("far_rows", far_rows, "and so far away from what was learnt"),
    ESTIMATOR("same_seed", same_seed, "the same seed gives the same bytes"),
    ESTIMATOR("any_seed", any_seed, "deterministic means: for any seed"),
    ESTIMATOR("refit", refit, "fit forgets what was learnt before"),
    ESTIMATOR("refit_shape", refit_shape, "also when the columns change"),
    ESTIMATOR("learns", learns, "separable rows are told apart"),
    ESTIMATOR("column_order", column_order, "does not decide"),
    ESTIMATOR("two_instances", two_instances, "do not share anything"),
    ESTIMATOR("threads", threads, "do not change a bit"),
    ESTIMATOR("row_by_row", row_by_row, "a prediction is of one row alone"),
    ESTIMATOR("input_untouched", input_untouched, "data are only read"),
    ESTIMATOR("layout", layout, "stride and index do not change a bit"),
    ESTIMATOR("importance", importance, "is >= 0 and sums to 1"),
    ESTIMATOR("rows", rows, "learnt from are counted"),
    ESTIMATOR("ranked", ranked, "ranks are predicted as their values are"),
    { NULL, 0, NULL, NULL }
};
