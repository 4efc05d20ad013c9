/* SPDX-License-Identifier: MIT */
/* check_keep.c - what metalearners leave, and what others start from. */
#include "archive.h"
#include "stage.h"

#include <string.h>

static const struct mesa_metalearner_class *
class_of(const struct bench *b)
{
    return (const void *)b->class_;
}

/* One is of no use without the other. */
static void
keep_and_start(struct bench *b)
{
    if (!class_of(b)->keep != !class_of(b)->start)
        fail(b, "%s has %s but not %s", b->class_->name,
             class_of(b)->keep ? "keep" : "start",
             class_of(b)->keep ? "start" : "keep");
}

static bool
keeps(struct bench *b)
{
    if (!class_of(b)->keep || !class_of(b)->start)
        skip(b, "%s leaves nothing to start from", b->class_->name);
    return going(b);
}

static struct mesa_archive *
kept(struct bench *b, struct mesa_instance *m)
{
    struct mesa_archive *a = bench_archive(b);
    struct mesa_error err;

    if (going(b))
        succeeded(b, class_of(b)->keep(mesa_instance_self(m), a, &err), &err,
                  "keep");
    return a;
}

/* The same as another run sees it: from a file. */
static void
release_archive(void *archive)
{
    mesa_archive_free(archive);
}

static const struct mesa_archive *
read_back(struct bench *b, const struct mesa_archive *a)
{
    const char *path = bench_file(b);
    struct mesa_archive *read = NULL;
    struct mesa_error err;

    if (going(b) &&
        succeeded(b, mesa_archive_write(a, path, &err), &err, "write") &&
        succeeded(b, mesa_archive_read(path, &read, &err), &err, "read"))
        own(b, read, release_archive);
    return read;
}

/* What a run with a host of that setting leaves. */
static const struct mesa_archive *
taught(struct bench *b, const char *setting)
{
    struct stage *s = set_stage_with(b, setting);
    struct mesa_instance *m = bench_instance(b);

    begin(b, s, m);
    steps(b, s, m, 0, STEPS);
    finish(b, s, m);
    return read_back(b, kept(b, m));
}

/* A run that starts from `from`, begun. */
static struct mesa_instance *
started(struct bench *b, struct stage *s, const struct mesa_archive *from)
{
    struct mesa_instance *m = bench_instance(b);
    struct mesa_error err;

    if (going(b))
        succeeded(b, class_of(b)->start(mesa_instance_self(m), from, &err),
                  &err, "start");
    begin(b, s, m);
    return m;
}

static void
keep_twice(struct bench *b)
{
    struct stage *s = keeps(b) ? set_stage(b) : NULL;
    struct mesa_instance *m = bench_instance(b);
    const struct mesa_archive *once, *again;

    begin(b, s, m);
    steps(b, s, m, 0, STEPS);
    finish(b, s, m);
    once = kept(b, m);
    again = kept(b, m);
    if (going(b))
        expect_same_archive(b, once, again, "kept twice, it differs");
}

/* A step may fail before it has changed anything, so that what is good is
 * what the run has started from. */
static void
start_from(struct bench *b)
{
    const struct mesa_archive *from = keeps(b) ? taught(b, NULL) : NULL;
    struct stage *s = set_stage(b);
    struct mesa_instance *m = started(b, s, from);
    const struct mesa_archive *again = kept(b, m);

    if (going(b))
        expect_same_archive(b, from, again,
                            "started from what was kept, it keeps something "
                            "else");
}

/* Is it where a run goes on from?  Its first figures are others then. */
static void
start_matters(struct bench *b)
{
    const struct mesa_archive *from = keeps(b) ? taught(b, NULL) : NULL;
    struct stage *fresh = set_stage(b), *s = set_stage(b);
    struct mesa_instance *m = bench_instance(b), *other;

    begin(b, fresh, m);
    steps(b, fresh, m, 0, STEPS);
    other = started(b, s, from);
    steps(b, s, other, 0, STEPS);
    if (going(b) && fresh->rows.n == s->rows.n &&
        memcmp(fresh->rows.at, s->rows.at, s->rows.n) == 0)
        fail(b, "started from what was kept, %d steps give the same metrics "
             "as without", (int)STEPS);
}

/* As the core does: start, begin, and then load what a checkpoint has. */
static void
start_and_resume(struct bench *b)
{
    const struct mesa_archive *from = keeps(b) ? taught(b, NULL) : NULL;
    struct stage *through = set_stage(b), *cut = set_stage(b);
    struct mesa_instance *m = started(b, through, from), *before, *after;

    if (!can_be_saved(b))
        return;
    steps(b, through, m, 0, STEPS);
    before = started(b, cut, from);
    steps(b, cut, before, 0, STEPS / 2);
    after = started(b, cut, from);
    if (going(b))
        must_load(b, after, must_save(b, before));
    steps(b, cut, after, STEPS / 2, STEPS);
    expect_same_rows(b, through, cut,
                     "started, stopped and gone on with, metrics differ");
    if (going(b))
        expect_same_archive(b, kept(b, m), kept(b, after),
                            "started, stopped and gone on with, it keeps "
                            "something else");
}

/* In a run whose model is another one: refused with a message, or of use. */
static void
expect_refusal(struct bench *b, const struct mesa_archive *from,
               const char *setting)
{
    struct stage *s = set_stage_with(b, setting);
    struct mesa_instance *m = bench_instance(b);
    struct mesa_error err = { .message = "" };
    mesa_status st;

    if (!going(b))
        return;
    st = class_of(b)->start(mesa_instance_self(m), from, &err);
    if (st == MESA_OK)
        st = class_of(b)->begin(mesa_instance_self(m), &s->host, &err);
    if (st == MESA_OK)
        steps(b, s, m, 0, STEPS);
    else if (st == MESA_ENOMEM || !*err.message)
        fail(b, "with %s, a start fails with %s: '%s', expected to be told "
             "why", setting, mesa_status_name(st), err.message);
}

static void
start_other(struct bench *b)
{
    const struct mesa_archive *from = keeps(b) ? taught(b, NULL) : NULL;

    if (going(b) && !takes_tasks(b))
        skip(b, "%s takes no tasks", b->class_->name);
    expect_refusal(b, from, "estimator.hidden=3");
    expect_refusal(b, from, "data.classes=4");
}

/* A file may come from anybody. */
static void
start_with(struct bench *b, const struct reader *reader,
           const struct mesa_archive *from)
{
    const struct mesa_metalearner_class *c = class_of(b);
    struct stage *s = reader->context;
    struct mesa_instance *m = NULL;
    struct mesa_error err;
    bool done;
    mesa_status st;

    if (!succeeded(b, mesa_instance_new(b->component, &m, &err), &err,
                   "create"))
        return;
    st = c->start(mesa_instance_self(m), from, &err);
    if (st == MESA_OK)
        st = c->begin(mesa_instance_self(m), &s->host, &err);
    if (st == MESA_OK)
        c->step(mesa_instance_self(m), &s->host, 0, &s->metrics, &done, &err);
    mesa_instance_free(m);
    mesa_free(s->rows.at);
    s->rows = (struct mesa_text){ 0 };
}

static void
start_damaged(struct bench *b)
{
    const struct mesa_archive *from = keeps(b) ? taught(b, NULL) : NULL;
    const struct mesa_archive *empty = bench_archive(b);
    const struct reader reader = { .read = start_with,
                                   .context = set_stage(b) };

    if (!going(b))
        return;
    start_with(b, &reader, empty);
    read_damaged(b, from, &reader);
}

/* Rows so large that errors, squared, are not finite. */
static void
keep_last_good(struct bench *b)
{
    const struct mesa_metalearner_class *c = class_of(b);
    struct stage *s;
    struct mesa_instance *m;
    const struct mesa_archive *good = NULL;
    struct mesa_error err;
    bool done = false;
    mesa_status st = MESA_OK;

    if (keeps(b) && !takes_tasks(b))
        skip(b, "%s takes no tasks", b->class_->name);
    s = going(b) ? set_stage_with(b, "data.scale=1e30") : NULL;
    m = bench_instance(b);
    begin(b, s, m);
    for (uint64_t i = 0; i < STEPS && !done && going(b) && st == MESA_OK;
         i++) {
        good = kept(b, m);
        st = c->step(mesa_instance_self(m), &s->host, i, &s->metrics, &done,
                     &err);
    }
    if (going(b) && st == MESA_OK)
        skip(b, "%s learns from numbers of any size", b->class_->name);
    if (!going(b))
        return;
    expect_status(b, st, MESA_ENUMERIC, &err, "a step on rows of 1e30");
    expect_same_archive(b, good, kept(b, m),
                        "after a step that failed it keeps something else "
                        "than before");
}

struct start_job {
    struct stage              *stage;
    const struct mesa_archive *from;
};

static mesa_status
work_start(struct bench *b, void *context, struct mesa_error *err)
{
    const struct mesa_metalearner_class *c = class_of(b);
    const struct start_job *job = context;
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_instance *m = NULL;
    mesa_status st = a ? mesa_instance_new(b->component, &m, err)
                       : mesa_nomem(err, 1, "archive");

    if (st == MESA_OK)
        st = c->start(mesa_instance_self(m), job->from, err);
    if (st == MESA_OK)
        st = c->begin(mesa_instance_self(m), &job->stage->host, err);
    if (st == MESA_OK)
        st = c->keep(mesa_instance_self(m), a, err);
    mesa_instance_free(m);
    mesa_archive_free(a);
    return st;
}

static void
start_memory(struct bench *b)
{
    struct start_job job = { .from = keeps(b) ? taught(b, NULL) : NULL };

    job.stage = set_stage(b);
    sweep_memory(b, &(struct trial){ &job, work_start },
                 "start, begin and keep");
}

#define METALEARNER(name, run, what) \
    { name, MESA_KIND_METALEARNER, run, what }

const struct check keep_checks[] = {
    METALEARNER("keep_and_start", keep_and_start, "both or neither"),
    METALEARNER("keep_twice", keep_twice, "the same bytes"),
    METALEARNER("start_from", start_from, "what was kept is kept again"),
    METALEARNER("start_matters", start_matters, "another start, another run"),
    METALEARNER("start_and_resume", start_and_resume,
                "start, save, load and go on: the same bytes"),
    METALEARNER("start_other", start_other,
                "of another model: said, or of use"),
    METALEARNER("start_damaged", start_damaged,
                "a damaged file does no harm"),
    METALEARNER("keep_last_good", keep_last_good,
                "ENUMERIC, and what was good before is kept"),
    METALEARNER("start_memory", start_memory,
                "ENOMEM wherever memory runs out"),
    { NULL, 0, NULL, NULL }
};
