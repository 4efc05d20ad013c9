/* SPDX-License-Identifier: MIT */
/* check_sampler.c - what a method that chooses or makes rows promises. */
#include "archive.h"
#include "toy.h"

#include <math.h>

/* 220 rows, a sixth of them of class 1, clouds that overlap. */
static struct mesa_dataset *
imbalanced(struct bench *b)
{
    return toy_data(b, &(struct toy){ 220, 3, 2, 1.5, 0.16, 1 });
}

static void
release_sample(void *sample)
{
    mesa_sample_free(sample);
}

static mesa_status
try_resample(struct bench *b, struct mesa_instance *s,
             const struct mesa_dataset *d, uint64_t seed,
             struct mesa_sample **out, struct mesa_error *err)
{
    struct mesa_rng rng = bench_rng(b, "resample", seed);

    *out = mesa_sample_new(d);
    own(b, *out, release_sample);
    return *out ? mesa_sampler_resample(s, d, NULL, *out, &rng, err)
                : mesa_nomem(err, 1, "sample");
}

static struct mesa_sample *
must_resample(struct bench *b, struct mesa_instance *s,
              const struct mesa_dataset *d, uint64_t seed)
{
    struct mesa_sample *out = NULL;
    struct mesa_error err;

    if (going(b))
        succeeded(b, try_resample(b, s, d, seed, &out, &err), &err,
                  "resample");
    return going(b) ? out : NULL;
}

static struct mesa_sample *
resampled(struct bench *b, const struct mesa_dataset *d, uint64_t seed)
{
    struct mesa_instance *s = bench_instance(b);

    return must_resample(b, s, d, seed);
}

static const struct mesa_dataset *
rows_of(struct bench *b, struct mesa_sample *sample)
{
    const struct mesa_dataset *rows = NULL;
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_sample_dataset(sample, &rows, &err), &err,
                  "sample as dataset");
    return going(b) ? rows : NULL;
}

static void
expect_same_sample(struct bench *b, struct mesa_sample *a,
                   struct mesa_sample *c, const char *what)
{
    const struct mesa_dataset *of_a = rows_of(b, a), *of_c = rows_of(b, c);

    if (!going(b))
        return;
    if (of_a->x.rows != of_c->x.rows) {
        fail(b, "%s: %zu rows and %zu", what, of_a->x.rows, of_c->x.rows);
        return;
    }
    for (size_t r = 0; r < of_a->x.rows && going(b); r++) {
        const struct mesa_origin p = mesa_sample_origin(a, r);
        const struct mesa_origin q = mesa_sample_origin(c, r);

        if (p.kept != q.kept || of_a->y[r] != of_c->y[r] ||
            (p.kept == SIZE_MAX &&
             (p.parent_a != q.parent_a || p.parent_b != q.parent_b ||
              p.step != q.step)))
            fail(b, "%s: row %zu has another origin", what, r);
        expect_bytes(b, mesa_row(&of_a->x, r), mesa_row(&of_c->x, r),
                     of_a->x.cols * sizeof(double), what);
    }
}

/* The core refuses rows that are not there; classes are for us to see. */
static void
kept_rows(struct bench *b)
{
    const struct mesa_dataset *d = imbalanced(b);
    struct mesa_sample *s = resampled(b, d, 1);
    const struct mesa_dataset *rows = rows_of(b, s);

    for (size_t i = 0; going(b) && i < mesa_sample_rows(s); i++) {
        const struct mesa_origin o = mesa_sample_origin(s, i);

        if (o.kept == SIZE_MAX)
            continue;
        if (o.kept >= d->x.rows)
            fail(b, "row %zu of %zu is kept", o.kept, d->x.rows);
        else if (rows->y[i] != d->y[o.kept])
            fail(b, "kept row %zu changes its class", o.kept);
    }
}

/* Each made row names its parents: provenance is part of the result. */
static void
made_rows(struct bench *b)
{
    const struct mesa_dataset *d = imbalanced(b);
    struct mesa_sample *s = resampled(b, d, 1);
    const struct mesa_dataset *rows = rows_of(b, s);

    for (size_t i = 0; going(b) && i < mesa_sample_rows(s); i++) {
        const struct mesa_origin o = mesa_sample_origin(s, i);

        if (o.kept != SIZE_MAX)
            continue;
        if (o.parent_a >= d->x.rows || o.parent_b >= d->x.rows)
            fail(b, "made row %zu has the parents %zu and %zu of %zu", i,
                 o.parent_a, o.parent_b, d->x.rows);
        else if (rows->y[i] != d->y[o.parent_a])
            fail(b, "made row %zu is not of its parent's class", i);
        for (size_t j = 0; j < rows->x.cols; j++)
            if (!isfinite(mesa_row(&rows->x, i)[j]))
                fail(b, "made row %zu is %g in column %zu", i,
                     mesa_row(&rows->x, i)[j], j);
    }
}

/* Same rows, same order, same values, same parents. */
static void
same_seed(struct bench *b)
{
    const struct mesa_dataset *d = imbalanced(b);

    expect_same_sample(b, resampled(b, d, 1), resampled(b, d, 1),
                       "sampled twice from the same seed, results differ");
}

/* Cleaning and nearest-neighbour methods mostly are. */
static void
any_seed(struct bench *b)
{
    const struct mesa_dataset *d = imbalanced(b);

    if (!(b->class_->flags & MESA_CLASS_DETERMINISTIC)) {
        skip(b, "%s uses its random stream", b->class_->name);
        return;
    }
    expect_same_sample(b, resampled(b, d, 1), resampled(b, d, 2),
                       "flagged as deterministic, but the seed matters");
}

/* The rows are lent to other rounds at the same time. */
static void
input_untouched(struct bench *b)
{
    struct mesa_dataset *d = imbalanced(b);
    uint64_t before = going(b) ? toy_checksum(d) : 0;

    resampled(b, d, 1);
    if (going(b) && toy_checksum(d) != before)
        fail(b, "resample changes its input");
}

/* What became of the classes. */
struct tally {
    size_t before[2], after[2], kept, made;
};

static size_t
spread(const size_t count[2])
{
    return count[0] > count[1] ? count[0] - count[1] : count[1] - count[0];
}

static void
take_tally(struct bench *b, const struct mesa_dataset *d,
           struct mesa_sample *s, struct tally *t)
{
    const struct mesa_dataset *rows = rows_of(b, s);

    *t = (struct tally){ { 0 }, { 0 }, 0, 0 };
    if (!going(b))
        return;
    mesa_class_counts(d, t->before);
    mesa_class_counts(rows, t->after);
    for (size_t i = 0; i < rows->x.rows; i++)
        if (mesa_sample_origin(s, i).kept == SIZE_MAX)
            t->made++;
        else
            t->kept++;
}

/*
 * By default a sampler balances: classes are equal within one row.  Others
 * are told by what they do: cleaning keeps the smaller class and makes
 * nothing; where rows are made in proportion, each row's share is rounded,
 * which is worth a twentieth; where rows are made and then dropped, the
 * result must at least be less imbalanced.
 */
static void
balance(struct bench *b)
{
    const struct mesa_dataset *d = imbalanced(b);
    struct tally t;

    take_tally(b, d, resampled(b, d, 1), &t);
    if (!going(b) || spread(t.after) <= 1)
        return;
    if (t.made == 0 && t.after[1] == t.before[1] && t.after[0] > 0)
        return;
    if (t.made > 0 && spread(t.after) * 20 <= t.before[0])
        return;
    if (t.made > 0 && t.kept < d->x.rows && spread(t.after) < spread(t.before))
        return;
    fail(b, "classes of %zu and %zu rows become %zu and %zu", t.before[0],
         t.before[1], t.after[0], t.after[1]);
}

/* A class without rows is neither an error nor the smallest class. */
static void
absent_class(struct bench *b)
{
    struct mesa_dataset *d = imbalanced(b);
    struct mesa_sample *s;
    const struct mesa_dataset *rows;

    if (!(b->class_->flags & MESA_CLASS_MULTICLASS)) {
        skip(b, "%s takes two classes", b->class_->name);
        return;
    }
    for (size_t r = 0; going(b) && r < d->x.rows; r++)
        toy_y(d)[r] *= 2;
    if (going(b))
        d->n_classes = 3;
    s = resampled(b, d, 1);
    rows = rows_of(b, s);
    if (!going(b))
        return;
    if (rows->n_classes != 3)
        fail(b, "%u of 3 classes are left", (unsigned)rows->n_classes);
    for (size_t i = 0; i < rows->x.rows; i++)
        if (rows->y[i] != 0 && rows->y[i] != 2)
            fail(b, "row %zu is of class %d, which had none", i,
                 (int)rows->y[i]);
}

/* The core's own check, which plugins rely on. */
static void
one_class(struct bench *b)
{
    struct mesa_dataset *d = imbalanced(b);
    struct mesa_instance *s = bench_instance(b);
    struct mesa_sample *out;
    struct mesa_error err;

    for (size_t r = 0; going(b) && r < d->x.rows; r++)
        toy_y(d)[r] = 0;
    if (going(b))
        expect_status(b, try_resample(b, s, d, 1, &out, &err), MESA_EDATA,
                      &err, "rows of one class");
}

/* Too few rows for neighbours: a sample, or a message that says so. */
static void
few_rows(struct bench *b)
{
    struct mesa_dataset *d = toy_separable(b, 1);
    struct mesa_instance *s = bench_instance(b);
    struct mesa_sample *out;
    struct mesa_error err;

    for (size_t r = 0; going(b) && r < d->x.rows; r++)
        toy_y(d)[r] = r == 5;
    for (size_t n = 6; going(b) && n <= 24; n += 6) {
        mesa_status st;

        d->x.rows = n;
        st = try_resample(b, s, d, 1, &out, &err);
        if (st != MESA_OK && st != MESA_EDATA && st != MESA_EINVAL)
            fail(b, "one row of class 1 among %zu: %s: %s", n,
                 mesa_status_name(st), err.message);
    }
}

/* All distances are 0 and every row is every other's neighbour. */
static void
constant_columns(struct bench *b)
{
    struct mesa_dataset *d = imbalanced(b);
    struct mesa_instance *s = bench_instance(b);
    struct mesa_sample *out;
    const struct mesa_dataset *rows;
    struct mesa_error err;

    for (size_t i = 0; going(b) && i < d->x.rows * d->x.cols; i++)
        toy_x(d)[i] = 2.5;
    if (!going(b) || !taken_or_refused(b, try_resample(b, s, d, 1, &out,
                                                       &err),
                                       &err, "rows that are all alike"))
        return;
    rows = rows_of(b, out);
    for (size_t i = 0; going(b) && i < rows->x.rows; i++)
        for (size_t j = 0; j < rows->x.cols; j++)
            if (!isfinite(mesa_row(&rows->x, i)[j]))
                fail(b, "row %zu is not finite when all rows are alike", i);
}

static void
by_flag(struct bench *b, const struct mesa_dataset *d, uint32_t flag,
        const char *what)
{
    struct mesa_instance *s = bench_instance(b);
    struct mesa_sample *out;
    struct mesa_error err;
    mesa_status st;

    if (!going(b))
        return;
    st = try_resample(b, s, d, 1, &out, &err);
    if (!(b->class_->flags & flag) || (st != MESA_OK && uses_components(b)))
        expect_status(b, st, MESA_EDATA, &err, what);
    else
        succeeded(b, st, &err, what);
}

/* A mean with NaN in it is NaN: interpolation needs complete rows. */
static void
missing(struct bench *b)
{
    struct mesa_dataset *d = imbalanced(b);

    if (going(b))
        toy_make_missing(d);
    by_flag(b, d, MESA_CLASS_MISSING, "rows with missing values");
}

/* Three small classes beside a large one. */
static void
multiclass(struct bench *b)
{
    by_flag(b, toy_data(b, &(struct toy){ 300, 3, 4, 1.5, 0.15, 1 }),
            MESA_CLASS_MULTICLASS, "four classes");
}

/* Rounds of an ensemble run at the same time, each with its own sampler. */
static void
two_instances(struct bench *b)
{
    const struct mesa_dataset *d = imbalanced(b);
    const struct mesa_dataset *other = toy_overlapping(b, 2);
    struct mesa_sample *alone = resampled(b, d, 1);
    struct mesa_instance *s = bench_instance(b);
    struct mesa_instance *disturber = bench_instance(b);

    must_resample(b, disturber, other, 2);
    expect_same_sample(b, alone, must_resample(b, s, d, 1),
                       "another instance changes the result of this one");
}

/* After a split every dataset is an index into a larger matrix. */
static void
layout(struct bench *b)
{
    const struct mesa_dataset *d = imbalanced(b);
    const struct mesa_dataset *scattered = going(b) ? toy_scattered(b, d)
                                                    : NULL;

    expect_same_sample(b, resampled(b, d, 1), resampled(b, scattered, 1),
                       "an index of rows or a wider stride changes the "
                       "result");
}

/* Neighbour searches are split over threads; their result is not. */
static void
threads(struct bench *b)
{
    const struct mesa_dataset *d = imbalanced(b);
    struct mesa_sample *one = resampled(b, d, 1), *four = NULL;
    struct mesa_error err;

    if (going(b) && succeeded(b, mesa_parallel_set_threads(4, &err), &err,
                              "threads"))
        four = resampled(b, d, 1);
    expect_same_sample(b, one, four, "4 threads sample otherwise than one");
}

static void
resample_with(struct bench *b, const struct mesa_dataset *d,
              const struct mesa_dataset *valid, enum mesa_sampler_mode mode)
{
    struct mesa_instance *s = bench_instance(b);
    struct mesa_rng rng = bench_rng(b, "resample", 1);
    struct mesa_sample *out = going(b) ? mesa_sample_new(d) : NULL;
    struct mesa_feedback f = { sizeof f, 2, 1, 10, NULL, valid, NULL, mode };
    struct mesa_error err;

    if (!going(b))
        return;
    own(b, out, release_sample);
    f.proba = toy_proba(b, d, 0);
    if (valid)
        f.valid_proba = toy_proba(b, valid, 1);
    if (!succeeded(b, mesa_sampler_begin(s, d, &err), &err, "begin"))
        return;
    if (valid)
        succeeded(b, mesa_sampler_resample(s, d, &f, out, &rng, &err), &err,
                  "resample with feedback");
    else
        taken_or_refused(b, mesa_sampler_resample(s, d, &f, out, &rng, &err),
                         &err, "feedback without a validation part");
}

/* Probabilities as an ensemble would have them after its first learner,
 * those of held-out rows too if there are such rows. */
static void
feedback(struct bench *b)
{
    const struct mesa_dataset *d = imbalanced(b);
    const struct mesa_dataset *valid = going(b) ? toy_overlapping(b, 3)
                                                : NULL;

    resample_with(b, d, valid, MESA_SAMPLER_USE);
    resample_with(b, d, valid, MESA_SAMPLER_LEARN);
    resample_with(b, d, valid, MESA_SAMPLER_EXPLORE);
    resample_with(b, d, NULL, MESA_SAMPLER_USE);
}

/* The rows that are drawn with an ensemble's errors, after asking what is
 * aimed at, or not. */
static struct mesa_sample *
drawn(struct bench *b, struct mesa_instance *s, const struct mesa_dataset *d,
      const struct mesa_feedback *f, uint64_t seed, bool asks)
{
    struct mesa_sample *out = going(b) ? mesa_sample_new(d) : NULL;
    struct mesa_rng rng = bench_rng(b, "resample", seed);
    struct mesa_error err;
    double at[3];

    if (!going(b))
        return NULL;
    own(b, out, release_sample);
    if (asks && !succeeded(b, mesa_sampler_aim(s, d, f, at, &err), &err,
                           "aim"))
        return NULL;
    if (asks && !isnan(at[0]) && !(at[0] >= 0 && at[0] <= 1 &&
                                   at[1] <= at[0] && at[0] <= at[2]))
        fail(b, "it aims at %g, from %g to %g, expected an error, and to lie "
             "between", at[0], at[1], at[2]);
    succeeded(b, mesa_sampler_resample(s, d, f, out, &rng, &err), &err,
              "resample");
    return out;
}

/* What it says is an error, or that there is nothing yet to say; and it goes
 * on as one that was not asked. */
static void
aim(struct bench *b)
{
    const struct mesa_sampler_class *c = (const void *)b->class_;
    const struct mesa_dataset *d = imbalanced(b);
    const struct mesa_dataset *valid = going(b) ? toy_overlapping(b, 3)
                                                : NULL;
    struct mesa_instance *asked = bench_instance(b);
    struct mesa_instance *other = bench_instance(b);
    struct mesa_feedback f = { .struct_size = sizeof f, .n_classes = 2,
                               .round = 1, .n_rounds = 3, .valid = valid };

    if (!c->aim)
        skip(b, "%s does not say what it aims at", c->head.name);
    if (!going(b))
        return;
    f.proba = toy_proba(b, d, 0);
    f.valid_proba = toy_proba(b, valid, 1);
    for (uint64_t seed = 1; seed < 3 && going(b); seed++) {
        struct mesa_sample *one = drawn(b, asked, d, &f, seed, true);

        expect_same_sample(b, one, drawn(b, other, d, &f, seed, false),
                           "asked what it aims at, it draws other rows");
    }
}

/* What a sampler has learnt (a policy, a schedule) is all there is to it. */
static void
save_load(struct bench *b)
{
    const struct mesa_dataset *d = imbalanced(b);
    struct mesa_instance *s, *loaded;
    const struct mesa_archive *saved;

    if (!can_be_saved(b))
        return;
    s = bench_instance(b);
    loaded = bench_instance(b);
    must_resample(b, s, d, 1);
    saved = must_save(b, s);
    must_load(b, loaded, saved);
    expect_same_archive(b, saved, must_save(b, loaded),
                        "saved, loaded and saved again, archives differ");
    expect_same_sample(b, must_resample(b, s, d, 2),
                       must_resample(b, loaded, d, 2),
                       "saved and loaded, the next sample differs");
}

#define SAMPLER(name, run, what) { name, MESA_KIND_SAMPLER, run, what }

const struct check sampler_checks[] = {
    SAMPLER("kept_rows", kept_rows, "are rows of the data, of their class"),
    SAMPLER("made_rows", made_rows, "are finite, of their parent's class"),
    SAMPLER("same_seed", same_seed, "the same seed gives the same rows"),
    SAMPLER("any_seed", any_seed, "deterministic means: for any seed"),
    SAMPLER("input_untouched", input_untouched, "data are only read"),
    SAMPLER("balance", balance, "by default classes come out equal"),
    SAMPLER("absent_class", absent_class, "stays absent, and declared"),
    SAMPLER("one_class", one_class, "rows of one class are EDATA"),
    SAMPLER("few_rows", few_rows, "one row of a class: taken or refused"),
    SAMPLER("constant_columns", constant_columns, "taken or refused"),
    SAMPLER("missing", missing, "NaN is taken just where flagged"),
    SAMPLER("multiclass", multiclass, "is taken just where flagged"),
    SAMPLER("two_instances", two_instances, "do not share anything"),
    SAMPLER("layout", layout, "stride and index do not matter"),
    SAMPLER("threads", threads, "do not matter"),
    SAMPLER("feedback", feedback, "is read or ignored, not stumbled over"),
    SAMPLER("aim", aim, "is an error, and saying it changes nothing"),
    SAMPLER("save_load", save_load, "a loaded sampler goes on the same"),
    { NULL, 0, NULL, NULL }
};
