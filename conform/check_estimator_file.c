/* SPDX-License-Identifier: MIT */
/* check_estimator_file.c - what was learnt, to a file and back. */
#include "archive.h"
#include "fit.h"

/* And once more: what is saved is the same, byte for byte. */
static void
save_load(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_instance *e;
    struct mesa_instance *loaded;
    const struct mesa_archive *saved;
    const double *before, *after;

    if (!can_be_saved(b) || !classifies(b))
        return;
    e = fitted(b, d, 1);
    before = must_predict(b, e, d);
    saved = must_save(b, e);
    loaded = bench_instance(b);
    must_load(b, loaded, saved);
    after = must_predict(b, loaded, d);
    if (!going(b))
        return;
    expect_bytes(b, before, after, proba_size(d),
                 "saved and loaded, predictions differ");
    expect_same_archive(b, saved, must_save(b, loaded),
                        "saved, loaded and saved again, archives differ");
}

/* Loading replaces what an instance has learnt itself. */
static void
load_over(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *wide =
        toy_data(b, &(struct toy){ 60, 5, 2, 4.0, 0.3, 1 });
    const double *expected, *found;
    struct mesa_instance *e;
    const struct mesa_archive *saved;

    if (!can_be_saved(b) || !classifies(b))
        return;
    e = fitted(b, d, 1);
    expected = must_predict(b, e, d);
    saved = must_save(b, e);
    e = fitted(b, wide, 1);
    must_load(b, e, saved);
    found = must_predict(b, e, d);
    if (going(b))
        expect_bytes(b, expected, found, proba_size(d),
                     "loading does not replace what was learnt before");
}

/* A model of another shape brings that shape with it. */
static void
load_shape(struct bench *b)
{
    const struct mesa_dataset *d = toy_separable(b, 1);
    const struct mesa_dataset *wide =
        toy_data(b, &(struct toy){ 60, 5, 2, 4.0, 0.3, 1 });
    struct mesa_instance *e;
    double proba[240];
    struct mesa_error err;

    if (!can_be_saved(b) || !classifies(b))
        return;
    e = bench_instance(b);
    must_load(b, e, must_save(b, fitted(b, wide, 1)));
    if (going(b))
        expect_status(b, mesa_estimator_predict_proba(e, &d->x, proba, &err),
                      MESA_ESHAPE, &err,
                      "predict 3 columns with a loaded model of 5");
}

/* Whatever shape the damaged model claims, as long as it is a small one. */
static void
use_loaded(struct bench *b, struct mesa_instance *e)
{
    size_t columns = mesa_estimator_n_columns(e);
    size_t classes = mesa_estimator_n_classes(e);
    static const double x[20 * 64], y[20 * 64] = { 1e300, -1.0 };
    struct mesa_cmatrix rows = { x, 20, columns, columns, NULL };
    double *proba;
    struct mesa_error err;

    if (columns < 1 || columns > 64 || classes < 1 || classes > 64)
        return;
    proba = mesa_alloc_array(rows.rows, classes * sizeof *proba);
    if (proba) {
        (void)mesa_estimator_predict_proba(e, &rows, proba, &err);
        rows.data = y;
        (void)mesa_estimator_predict_proba(e, &rows, proba, &err);
    } else {
        fail(b, "mesa-conform is out of memory");
    }
    mesa_free(proba);
}

static void
damaged(struct bench *b)
{
    const struct mesa_dataset *d = toy_small(b);

    if (can_be_saved(b) && classifies(b))
        load_damaged(b, fitted(b, d, 1), use_loaded);
}

#define ESTIMATOR(name, run, what) { name, MESA_KIND_ESTIMATOR, run, what }

const struct check estimator_file_checks[] = {
    ESTIMATOR("save_load", save_load, "a loaded model predicts the same"),
    ESTIMATOR("load_over", load_over, "load forgets what was learnt before"),
    ESTIMATOR("load_shape", load_shape, "and brings its own shape"),
    ESTIMATOR("damaged", damaged, "damaged models are refused or harmless"),
    { NULL, 0, NULL, NULL }
};
