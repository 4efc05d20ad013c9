/* SPDX-License-Identifier: MIT */
/* check_members.c - what an estimator promises that lets others look inside:
 * at who votes, and at what the last hidden layer makes of rows. */
#include "archive.h"
#include "fit.h"

#include <math.h>
#include <string.h>

/* NULL, with the check over, where this model has none. */
static const struct mesa_ensemble *
members_of(struct bench *b, const struct mesa_instance *e)
{
    const struct mesa_ensemble *who = going(b) ? mesa_estimator_members(e)
                                               : NULL;

    if (!who)
        skip(b, "%s has made a model without members", b->class_->name);
    else if (who->n == 0)
        fail(b, "there are members, but none of them");
    return going(b) ? who : NULL;
}

/* Those who ask them show them the same columns. */
static void
look_at_members(struct bench *b, const struct mesa_instance *e,
                const struct mesa_dataset *d)
{
    const struct mesa_ensemble *who = members_of(b, e);

    for (size_t i = 0; who && i < who->n && going(b); i++) {
        const struct mesa_instance *m = who->member[i];

        if (!m || mesa_instance_class(m)->kind != MESA_KIND_ESTIMATOR)
            fail(b, "member %zu is no estimator", i);
        else if (mesa_estimator_n_columns(m) != d->x.cols ||
                 mesa_estimator_n_classes(m) != d->n_classes)
            fail(b, "member %zu knows %zu columns and %zu classes, the model "
                 "%zu and %u", i, mesa_estimator_n_columns(m),
                 mesa_estimator_n_classes(m), d->x.cols,
                 (unsigned)d->n_classes);
        else
            expect_sane(b, must_predict(b, m, d), d->x.rows, d->n_classes,
                        "asked by itself");
    }
}

static void
expect_same_members(struct bench *b, const struct mesa_instance *e,
                    const struct mesa_instance *other,
                    const struct mesa_dataset *d, const char *what)
{
    const struct mesa_ensemble *who = members_of(b, e);
    const struct mesa_ensemble *others = who ? mesa_estimator_members(other)
                                             : NULL;

    if (who && (!others || others->n != who->n))
        fail(b, "%s: there are %zu, and %zu", what, who->n,
             others ? others->n : 0);
    for (size_t i = 0; who && i < who->n && going(b); i++) {
        const double *said = must_predict(b, who->member[i], d);
        const double *again = must_predict(b, others->member[i], d);

        if (going(b))
            expect_bytes(b, said, again, proba_size(d), what);
    }
}

/* So few that a check can ask all of hundreds of members. */
static bool
has_members(struct bench *b)
{
    const struct mesa_estimator_class *c = (const void *)b->class_;
    struct mesa_error err;
    mesa_status st;

    if (!c->members)
        skip(b, "%s has no members", b->class_->name);
    if (classifies(b) && may_set(b, "n_estimators"))
        b->component = bench_component(b, "n_estimators", "4", &st, &err);
    if (going(b) && !b->component)
        fail(b, "four members: %s", err.message);
    return going(b);
}

static void
members(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_instance *fresh, *e;

    if (!has_members(b))
        return;
    fresh = bench_instance(b);
    if (going(b) && mesa_estimator_members(fresh))
        fail(b, "not fitted, it has members");
    e = fitted(b, d, 1);
    look_at_members(b, e, d);
    expect_same_members(b, e, fitted(b, d, 1), d,
                        "fitted twice from the same seed, members differ");
}

static void
members_of_classes(struct bench *b)
{
    const struct mesa_dataset *d =
        toy_data(b, &(struct toy){ 120, 3, 3, 2.0, 0.3, 1 });

    if (!has_members(b))
        return;
    if (!(b->class_->flags & MESA_CLASS_MULTICLASS))
        skip(b, "%s takes two classes", b->class_->name);
    look_at_members(b, fitted(b, d, 1), d);
}

static void
members_loaded(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    struct mesa_instance *e, *loaded;

    if (!has_members(b) || !can_be_saved(b))
        return;
    e = fitted(b, d, 1);
    loaded = bench_instance(b);
    if (members_of(b, e))
        must_load(b, loaded, must_save(b, e));
    expect_same_members(b, e, loaded, d,
                        "saved and loaded, members differ");
}

/* Rows by *width, the bench's; the check is over where there is no layer. */
static double *
embedded(struct bench *b, const struct mesa_instance *e,
         const struct mesa_cmatrix *x, size_t *width)
{
    size_t filled = 0;
    struct mesa_error err;
    double *out;

    if (!going(b) || !succeeded(b, mesa_estimator_embed(e, x, NULL, width,
                                                        &err),
                                &err, "embed, width only"))
        return NULL;
    if (*width == 0)
        skip(b, "%s has made a model without a hidden layer",
             b->class_->name);
    out = bench_array(b, x->rows, *width * sizeof *out);
    for (size_t i = 0; out && i < x->rows * *width; i++)
        out[i] = NAN;
    if (!out || !succeeded(b, mesa_estimator_embed(e, x, out, &filled, &err),
                           &err, "embed"))
        return NULL;
    if (filled != *width)
        fail(b, "embed is %zu wide, and %zu when it writes", *width, filled);
    for (size_t i = 0; i < x->rows * *width && going(b); i++)
        if (!isfinite(out[i]))
            fail(b, "embed makes %g of row %zu", out[i], i / *width);
    return going(b) ? out : NULL;
}

static bool
embeds(struct bench *b)
{
    const struct mesa_estimator_class *c = (const void *)b->class_;

    if (!c->embed)
        skip(b, "%s has no hidden layer", b->class_->name);
    return classifies(b);
}

static void
expect_same_embedding(struct bench *b, const struct mesa_instance *e,
                      const struct mesa_cmatrix *x, const double *all,
                      size_t width, const char *what)
{
    size_t now;
    const double *out = embedded(b, e, x, &now);

    if (going(b) && now != width)
        fail(b, "%s: %zu columns and %zu", what, width, now);
    if (going(b))
        expect_bytes(b, out, all, x->rows * width * sizeof *out, what);
}

static void
embed(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *many =
        toy_data(b, &(struct toy){ 5000, 3, 2, 1.5, 0.2, 2 });
    const struct mesa_instance *e;
    const double *all;
    size_t width = 0;
    struct mesa_error err;

    if (!embeds(b))
        return;
    e = fitted(b, d, 1);
    all = embedded(b, e, &many->x, &width);
    expect_same_embedding(b, fitted(b, d, 1), &many->x, all, width,
                          "fitted twice from the same seed, embed differs");
    if (going(b))
        succeeded(b, mesa_parallel_set_threads(4, &err), &err, "threads");
    expect_same_embedding(b, e, &many->x, all, width,
                          "4 threads embed otherwise than one");
}

/* Alone, among some others, in another layout. */
static void
embed_rows(struct bench *b)
{
    const struct mesa_dataset *d = toy_overlapping(b, 1);
    const struct mesa_dataset *scattered = going(b) ? toy_scattered(b, d)
                                                    : NULL;
    const struct mesa_instance *e;
    const double *all;
    size_t width = 0;

    if (!embeds(b))
        return;
    e = fitted(b, d, 1);
    all = embedded(b, e, &d->x, &width);
    if (going(b))
        expect_same_embedding(b, e, &scattered->x, all, width,
                              "an index of rows or a wider stride changes "
                              "what embed makes of them");
    for (size_t first = 0, n = 1; going(b) && first + n <= d->x.rows;
         first += n, n = n * 2 + 1) {
        const struct mesa_cmatrix some = { mesa_row(&d->x, first), n,
                                           d->x.cols, d->x.stride, NULL };

        expect_same_embedding(b, e, &some, all + first * width, width,
                              "embed makes something else of some rows than "
                              "of all");
    }
}

#define ESTIMATOR(name, run, what) { name, MESA_KIND_ESTIMATOR, run, what }

const struct check members_checks[] = {
    ESTIMATOR("members", members, "are fitted, on the same columns"),
    ESTIMATOR("members_of_classes", members_of_classes, "and all classes"),
    ESTIMATOR("members_loaded", members_loaded, "and the same after load"),
    ESTIMATOR("embed", embed, "is finite, the same for any threads"),
    ESTIMATOR("embed_rows", embed_rows, "and made of a row alone"),
    { NULL, 0, NULL, NULL }
};
