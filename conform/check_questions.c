/* SPDX-License-Identifier: MIT */
/* check_questions.c - what an outer loop promises that asks for labels. */
#include "archive.h"
#include "stage.h"

static bool
may_ask(struct bench *b)
{
    if (!asks(b))
        skip(b, "%s asks for no labels", b->class_->name);
    return going(b);
}

/* What is left to be fitted on is rows that somebody knows. */
static void
look_at_end(struct bench *b, const struct stage *s)
{
    const struct mesa_dataset *d = going(b) ? s->train_on : NULL;

    if (!d) {
        fail(b, "finish leaves no rows to fit on (mesa_host_train_on)");
        return;
    }
    if (d->x.rows == 0 || (d->flags & MESA_DATA_UNLABELLED) || !d->y)
        fail(b, "finish leaves %zu rows to fit on, %s labels", d->x.rows,
             d->y && d->x.rows ? "not all of which have" : "without");
    for (size_t r = 0; r < d->x.rows && going(b); r++)
        if (d->y[r] < 0 || (uint32_t)d->y[r] >= d->n_classes)
            fail(b, "finish leaves a row of class %d to fit on, of %u",
                 (int)d->y[r], (unsigned)d->n_classes);
}

static void
run_all(struct bench *b, struct stage *s)
{
    struct mesa_instance *m = bench_instance(b);

    begin(b, s, m);
    steps(b, s, m, 0, STEPS);
    finish(b, s, m);
    if (going(b))
        look_at_end(b, s);
}

/* What is wrong with a question is seen where it is answered. */
static void
questions(struct bench *b)
{
    if (may_ask(b))
        run_all(b, set_stage(b));
}

/* Nobody has labelled anything yet; or the data know everything, and the core
 * answers from them. */
static void
known_before(struct bench *b)
{
    struct stage *s;

    if (!may_ask(b))
        return;
    s = set_stage_known(b, KNOWN_ALL);
    if (going(b))
        s->host.ask = NULL;
    run_all(b, s);
    run_all(b, set_stage_known(b, KNOWN_ALL));
    run_all(b, set_stage_known(b, KNOWN_NONE));
}

/* The same in another process, where labels are there. */
static struct mesa_instance *
answer_after_all(struct bench *b, struct stage *s, struct mesa_instance *m,
                 uint64_t i, bool *done)
{
    struct mesa_instance *after = bench_instance(b);
    size_t n = going(b) ? s->questions.n : 0;
    size_t *row = bench_array(b, n, sizeof *row);

    for (size_t j = 0; row && j < n; j++)
        row[j] = s->questions.row[j];
    begin(b, s, after);
    if (going(b))
        must_load(b, after, must_save(b, m));
    if (going(b))
        s->questions.answer = MESA_ANSWER_GIVEN;
    *done = steps(b, s, after, i, i + 1);
    if (!going(b))
        return after;
    if (s->questions.n_asked == 0 || s->questions.n != n)
        fail(b, "step %llu has asked for %zu rows, and made again for %zu",
             (unsigned long long)i, n,
             s->questions.n_asked ? s->questions.n : 0);
    else
        expect_bytes(b, row, s->questions.row, n * sizeof *row,
                     "a step that is made again asks for other rows");
    return after;
}

/* Step i, whose first answer is not there yet. */
static struct mesa_instance *
late_step(struct bench *b, struct stage *s, struct mesa_instance *m,
          uint64_t i, bool *done)
{
    const size_t n = going(b) ? s->rows.n : 0;

    if (!going(b))
        return m;
    s->questions.answer = MESA_ANSWER_LATER;
    *done = steps(b, s, m, i, i + 1);
    if (!going(b) || s->questions.n_asked == 0)
        return m;
    if (s->questions.n_late > 0)
        fail(b, "step %llu goes on asking after it was told later",
             (unsigned long long)i);
    s->rows.n = n;
    return answer_after_all(b, s, m, i, done);
}

static void
answer_later(struct bench *b)
{
    struct stage *through, *cut;
    struct mesa_instance *m, *now;
    bool done = false;

    if (!may_ask(b) || !can_be_saved(b))
        return;
    through = set_stage(b);
    cut = set_stage(b);
    m = bench_instance(b);
    now = bench_instance(b);
    begin(b, through, m);
    steps(b, through, m, 0, STEPS);
    begin(b, cut, now);
    for (uint64_t i = 0; i < STEPS && !done && going(b); i++)
        now = late_step(b, cut, now, i, &done);
    if (!going(b))
        return;
    expect_same_rows(b, through, cut,
                     "every answer comes late, metrics differ");
    expect_same_archive(b, must_save(b, m), must_save(b, now),
                        "every answer comes late, what was learnt differs");
}

/* In each step in turn. */
static void
answer_never(struct bench *b)
{
    for (uint64_t at = 0; at < STEPS && may_ask(b); at++) {
        struct stage *s = set_stage(b);
        struct mesa_instance *m = bench_instance(b);
        bool done;

        begin(b, s, m);
        done = steps(b, s, m, 0, at);
        if (!going(b) || done)
            return;
        s->questions.answer = MESA_ANSWER_NEVER;
        done = steps(b, s, m, at, at + 1);
        if (!going(b) || s->questions.n_asked == 0)
            continue;
        if (!done || s->questions.n_late > 0)
            fail(b, "told never in step %llu, it %s", (unsigned long long)at,
                 done ? "goes on asking" : "wants to go on");
        finish(b, s, m);
        if (going(b))
            look_at_end(b, s);
    }
}

#define METALEARNER(name, run, what) \
    { name, MESA_KIND_METALEARNER, run, what }

const struct check questions_checks[] = {
    METALEARNER("questions", questions, "are for rows without a label, once"),
    METALEARNER("known_before", known_before, "all labels, or none"),
    METALEARNER("answer_later", answer_later, "the step is made again"),
    METALEARNER("answer_never", answer_never, "then the step is the last"),
    { NULL, 0, NULL, NULL }
};
