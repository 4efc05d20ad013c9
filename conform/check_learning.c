/* SPDX-License-Identifier: MIT */
/* check_learning.c - what a sampler that learns from rewards promises. */
#include "archive.h"
#include "toy.h"

/* Rounds of an episode; steps in all, so many of them at random first that
 * methods that wait for a batch of experience get to learn. */
enum { ROUNDS = 9, STEPS = 144, RANDOM_STEPS = 90 };

/* What a sampler learns on. */
struct lesson {
    const struct mesa_dataset *train, *valid;
};

static struct lesson
lesson(struct bench *b)
{
    const struct toy rows = { 120, 2, 2, 1.5, 0.2, 1 };
    const struct toy others = { 60, 2, 2, 1.5, 0.2, 2 };
    struct lesson l = { NULL, NULL };

    if (going(b))
        l.train = toy_data(b, &rows);
    if (going(b))
        l.valid = toy_data(b, &others);
    return l;
}

static struct mesa_feedback
told(struct bench *b, const struct lesson *l, size_t round, size_t step)
{
    struct mesa_feedback f = { .struct_size = sizeof f,
                               .n_classes = 2,
                               .round = round,
                               .n_rounds = ROUNDS + 1,
                               .valid = l->valid,
                               .mode = step < RANDOM_STEPS
                                           ? MESA_SAMPLER_EXPLORE
                                           : MESA_SAMPLER_LEARN };

    if (going(b))
        f.proba = toy_proba(b, l->train, step);
    if (going(b))
        f.valid_proba = toy_proba(b, l->valid, step + 1);
    return f;
}

/* Forget what the step asked the bench for: there are many steps. */
static void
drop_since(struct bench *b, size_t n)
{
    while (b->n > n) {
        b->n--;
        b->owned[b->n].release(b->owned[b->n].thing);
    }
}

static void
one_step(struct bench *b, struct mesa_instance *s, const struct lesson *l,
         size_t step)
{
    struct mesa_rng draw = bench_rng(b, "resample", step);
    struct mesa_rng learn = bench_rng(b, "reward", step);
    size_t round = step % ROUNDS + 1, n = b->n;
    struct mesa_feedback before = told(b, l, round, step);
    struct mesa_feedback after = told(b, l, round + 1, step + 1);
    struct mesa_sample *out = going(b) ? mesa_sample_new(l->train) : NULL;
    struct mesa_error err;

    if (going(b) && round == 1)
        succeeded(b, mesa_sampler_begin(s, l->train, &err), &err, "begin");
    if (going(b))
        succeeded(b, mesa_sampler_resample(s, l->train, &before, out, &draw,
                                           &err), &err, "resample");
    if (going(b))
        succeeded(b, mesa_sampler_reward(s, 0.01 * (double)(step % 7),
                                         round == ROUNDS, l->train, &after,
                                         &learn, &err), &err, "reward");
    mesa_sample_free(out);
    drop_since(b, n);
}

static void
learn(struct bench *b, struct mesa_instance *s, const struct lesson *l,
      size_t from, size_t to)
{
    for (size_t step = from; step < to && going(b); step++)
        one_step(b, s, l, step);
}

/* False, with the check skipped, for most samplers. */
static bool
learns(struct bench *b)
{
    const struct mesa_sampler_class *c = (const void *)b->class_;

    if (!c->reward)
        skip(b, "%s does not learn from rewards", b->class_->name);
    return going(b) && can_be_saved(b);
}

static void
same_lessons(struct bench *b)
{
    struct mesa_instance *one, *two;
    struct lesson l;

    if (!learns(b))
        return;
    l = lesson(b);
    one = bench_instance(b);
    two = bench_instance(b);
    learn(b, one, &l, 0, STEPS);
    learn(b, two, &l, 0, STEPS);
    expect_same_archive(b, must_save(b, one), must_save(b, two),
                        "taught twice from the same streams, samplers "
                        "differ");
}

/* As after kill -9 and --resume: half of the steps in another process. */
static void
continued(struct bench *b)
{
    static const size_t cut[] = { 0, 1, RANDOM_STEPS + 1, STEPS - 4 };
    struct mesa_instance *whole;
    struct lesson l;

    if (!learns(b))
        return;
    l = lesson(b);
    whole = bench_instance(b);
    learn(b, whole, &l, 0, STEPS);
    for (size_t i = 0; i < sizeof cut / sizeof *cut && going(b); i++) {
        struct mesa_instance *first = bench_instance(b);
        struct mesa_instance *second = bench_instance(b);

        learn(b, first, &l, 0, cut[i]);
        must_load(b, second, must_save(b, first));
        learn(b, second, &l, cut[i], STEPS);
        expect_same_archive(b, must_save(b, whole), must_save(b, second),
                            "saved and loaded between rewards, a sampler "
                            "learns something else");
    }
}

/* A reward for rows that were drawn before there was anything to go by. */
static void
first_round(struct bench *b)
{
    struct mesa_rng rng = bench_rng(b, "first", 0);
    struct mesa_instance *s;
    struct mesa_feedback f;
    struct mesa_sample *out;
    struct mesa_error err;
    struct lesson l;

    if (!learns(b))
        return;
    l = lesson(b);
    s = bench_instance(b);
    f = told(b, &l, 0, RANDOM_STEPS);
    out = going(b) ? mesa_sample_new(l.train) : NULL;
    f.proba = f.valid_proba = NULL;
    if (going(b))
        succeeded(b, mesa_sampler_resample(s, l.train, &f, out, &rng, &err),
                  &err, "resample in round 0");
    f = told(b, &l, 1, RANDOM_STEPS);
    if (going(b))
        succeeded(b, mesa_sampler_reward(s, 0.5, false, l.train, &f, &rng,
                                         &err), &err, "reward of round 0");
    mesa_sample_free(out);
}

/* Errors are fine, as long as there is an end. */
static void
go_on(struct bench *b, struct mesa_instance *s)
{
    struct mesa_rng rng = bench_rng(b, "damaged", 0);
    size_t n = b->n;
    struct lesson l = lesson(b);
    struct mesa_feedback f = told(b, &l, 3, STEPS);
    struct mesa_sample *out = going(b) ? mesa_sample_new(l.train) : NULL;
    struct mesa_error err;

    if (out && mesa_sampler_resample(s, l.train, &f, out, &rng, &err) ==
                   MESA_OK)
        mesa_sampler_reward(s, 0.1, true, l.train, &f, &rng, &err);
    mesa_sample_free(out);
    drop_since(b, n);
}

static void
damaged_lessons(struct bench *b)
{
    struct mesa_instance *s;
    struct lesson l;

    if (!learns(b))
        return;
    l = lesson(b);
    s = bench_instance(b);
    learn(b, s, &l, 0, RANDOM_STEPS + 9);
    load_damaged(b, s, go_on);
}

#define LEARNING(name, run, what) { name, MESA_KIND_SAMPLER, run, what }

const struct check learning_checks[] = {
    LEARNING("same_lessons", same_lessons, "learning depends on streams only"),
    LEARNING("continued", continued, "learning can be interrupted"),
    LEARNING("first_round", first_round, "a first round may be rewarded"),
    LEARNING("damaged_lessons", damaged_lessons,
             "a damaged state is refused, or used without a crash"),
    { NULL, 0, NULL, NULL }
};
