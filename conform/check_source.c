/* SPDX-License-Identifier: MIT */
/*
 * check_source.c - what a source of data promises.
 *
 * Sources that read a file need to be told which: mesa-conform --set
 * file=NAME.  Without it their checks are skipped, with what the source says.
 */
#include "toy.h"

#include <math.h>

static void
release_bundle(void *bundle)
{
    mesa_bundle_free(bundle);
}

static struct mesa_bundle *
opened(struct bench *b, struct mesa_instance *s, uint64_t seed)
{
    struct mesa_bundle *out = going(b) ? mesa_bundle_new() : NULL;
    struct mesa_rng rng = bench_rng(b, "open", seed);
    struct mesa_error err;
    mesa_status st;

    if (!going(b))
        return NULL;
    own(b, out, release_bundle);
    if (!going(b))
        return NULL;
    st = mesa_source_open(s, out, &rng, &err);
    if (st == MESA_EINVAL || st == MESA_ENOTFOUND)
        skip(b, "%s", err.message);
    succeeded(b, st, &err, "open");
    return going(b) ? out : NULL;
}

/* Numbers in place of classes, and said beforehand where that can be said. */
static void
check_targets(struct bench *b, const void *self, const struct mesa_dataset *d)
{
    const struct mesa_source_class *c = (const void *)b->class_;
    size_t n = d->schema->n_targets;

    if (!d->y == !n || d->n_classes * n != 0)
        fail(b, "there are %u classes, %s labels, and %zu targets",
             (unsigned)d->n_classes, d->y ? "with" : "no", n);
    if (d->target.cols != n || d->target.rows != (n ? d->x.rows : 0))
        fail(b, "%zu rows have %zu by %zu targets, but %zu have names",
             d->x.rows, d->target.rows, d->target.cols, n);
    for (size_t r = 0; going(b) && r < d->target.rows; r++)
        for (size_t t = 0; t < n; t++)
            if (!isfinite(mesa_row(&d->target, r)[t]))
                fail(b, "row %zu: target '%s' is not finite", r,
                     d->schema->target[t]);
    if (c->has_targets && c->has_targets(self) != (n > 0))
        fail(b, "has_targets says %s, but open gives %zu",
             n ? "no" : "yes", n);
}

/* The core has checked labels, values and names; this checks the core too. */
static void
open_source(struct bench *b)
{
    struct mesa_instance *s = bench_instance(b);
    const struct mesa_bundle *bundle = opened(b, s, 1);

    for (int p = 0; going(b) && p < MESA_PART_COUNT_; p++) {
        const struct mesa_dataset *d =
            mesa_bundle_dataset(bundle, (enum mesa_part)p);

        if (d && !d->schema)
            fail(b, "part %d has no schema", p);
        if (d && (d->x.cols != d->schema->n_columns ||
                  d->n_classes != d->schema->n_classes))
            fail(b, "part %d has %zu columns and %u classes, its schema %zu "
                 "and %u", p, d->x.cols, (unsigned)d->n_classes,
                 d->schema->n_columns, (unsigned)d->schema->n_classes);
        if (d && (d->flags & MESA_DATA_UNLABELLED) &&
            !(b->class_->flags & MESA_CLASS_UNLABELLED))
            fail(b, "part %d has rows without a label, which the flags do "
                 "not say", p);
        if (going(b) && d)
            check_targets(b, mesa_instance_self(s), d);
    }
}

static void
expect_same_bundle(struct bench *b, const struct mesa_bundle *a,
                   const struct mesa_bundle *c, const char *what)
{
    for (int p = 0; going(b) && p < MESA_PART_COUNT_; p++) {
        const struct mesa_dataset *of_a =
            mesa_bundle_dataset(a, (enum mesa_part)p);
        const struct mesa_dataset *of_c =
            mesa_bundle_dataset(c, (enum mesa_part)p);

        if (!of_a && !of_c)
            continue;
        if (!of_a || !of_c || of_a->x.rows != of_c->x.rows ||
            of_a->x.cols != of_c->x.cols) {
            fail(b, "%s", what);
            return;
        }
        expect_bytes(b, of_a->x.data, of_c->x.data,
                     of_a->x.rows * of_a->x.cols * sizeof(double), what);
        if (!of_a->y != !of_c->y || of_a->target.rows != of_c->target.rows ||
            of_a->target.cols != of_c->target.cols) {
            fail(b, "%s", what);
            return;
        }
        if (of_a->y)
            expect_bytes(b, of_a->y, of_c->y, of_a->x.rows * sizeof *of_a->y,
                         what);
        if (of_a->target.rows)
            expect_bytes(b, of_a->target.data, of_c->target.data,
                         of_a->target.rows * of_a->target.cols *
                             sizeof(double),
                         what);
    }
}

/* Made data are a function of the seed, data from files of the file. */
static void
same_seed(struct bench *b)
{
    struct mesa_instance *first = bench_instance(b);
    struct mesa_instance *second = bench_instance(b);
    const struct mesa_bundle *a = opened(b, first, 1);
    const struct mesa_bundle *c = opened(b, second, 1);

    expect_same_bundle(b, a, c,
                       "opened twice from the same seed, data differ");
}

/* Files, mostly. */
static void
any_seed(struct bench *b)
{
    struct mesa_instance *s = bench_instance(b);
    const struct mesa_bundle *a, *c;

    if (!(b->class_->flags & MESA_CLASS_DETERMINISTIC)) {
        skip(b, "%s uses its random stream", b->class_->name);
        return;
    }
    a = opened(b, s, 1);
    c = opened(b, s, 2);
    expect_same_bundle(b, a, c,
                       "flagged as deterministic, but the seed matters");
}

static void
open_again(struct bench *b)
{
    struct mesa_instance *s = bench_instance(b);
    const struct mesa_bundle *a = opened(b, s, 1);
    const struct mesa_bundle *c = opened(b, s, 1);

    expect_same_bundle(b, a, c, "the second open gives other data");
}

/* Parsing and drawing in blocks must not show. */
static void
threads(struct bench *b)
{
    struct mesa_instance *s = bench_instance(b);
    const struct mesa_bundle *one = opened(b, s, 1), *four;
    struct mesa_error err;

    if (!going(b) || !succeeded(b, mesa_parallel_set_threads(4, &err), &err,
                                "threads"))
        return;
    four = opened(b, s, 1);
    expect_same_bundle(b, one, four, "4 threads open other data than one");
}

/* --check must not change what the run then sees. */
static void
describe(struct bench *b)
{
    const struct mesa_source_class *c = (const void *)b->class_;
    struct mesa_instance *s = bench_instance(b);
    const struct mesa_bundle *before, *after;
    struct mesa_error err;
    mesa_status st;

    if (!c->describe) {
        skip(b, "%s has no headers to look at", b->class_->name);
        return;
    }
    before = opened(b, s, 1);
    if (!going(b))
        return;
    st = c->describe(mesa_instance_self(s), &err);
    if (!succeeded(b, st, &err, "describe"))
        return;
    after = opened(b, s, 1);
    expect_same_bundle(b, before, after, "describe changes what is opened");
}

#define SOURCE(name, run, what) { name, MESA_KIND_SOURCE, run, what }

const struct check source_checks[] = {
    SOURCE("open", open_source, "data, schema, labels or targets agree"),
    SOURCE("same_seed", same_seed, "the same seed gives the same data"),
    SOURCE("any_seed", any_seed, "deterministic means: for any seed"),
    SOURCE("open_again", open_again, "one instance may be opened twice"),
    SOURCE("threads", threads, "do not matter"),
    SOURCE("describe", describe, "looks at headers and changes nothing"),
    { NULL, 0, NULL, NULL }
};
