/* SPDX-License-Identifier: MIT */
/* check_metalearner.c - what an outer loop promises. */
#include "archive.h"
#include "stage.h"
#include "toy_environment.h"

#include "report.h"

#include <stdio.h>
#include <string.h>

/* It may be done before. */
static void
run_steps(struct bench *b)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct stage *s = set_stage(b);
    struct mesa_instance *m = bench_instance(b);

    begin(b, s, m);
    if (going(b) && c->total)
        (void)c->total(mesa_instance_self(m), &s->host);
    steps(b, s, m, 0, STEPS);
    finish(b, s, m);
}

/* Loops over tasks have to do with both kinds. */
static void
classes(struct bench *b)
{
    struct stage *s;
    struct mesa_instance *m;

    if (!takes_tasks(b))
        skip(b, "%s takes no tasks", b->class_->name);
    s = going(b) ? set_stage_with(b, "data.classes=3") : NULL;
    m = bench_instance(b);
    begin(b, s, m);
    steps(b, s, m, 0, STEPS);
    finish(b, s, m);
    if (going(b) && s->rows.n == 0)
        fail(b, "%d steps have no figures", (int)STEPS);
}

static void
same_seed(struct bench *b)
{
    struct stage *first = set_stage(b), *second = set_stage(b);
    struct mesa_instance *m = bench_instance(b), *again = bench_instance(b);

    begin(b, first, m);
    steps(b, first, m, 0, STEPS);
    begin(b, second, again);
    steps(b, second, again, 0, STEPS);
    expect_same_rows(b, first, second,
                     "run twice from the same seed, metrics differ");
}

static void
use_threads(struct bench *b, size_t n)
{
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_parallel_set_threads(n, &err), &err, "threads");
}

static void
threads(struct bench *b)
{
    struct stage *one = set_stage(b), *four = set_stage(b);
    struct mesa_instance *m = bench_instance(b), *other = bench_instance(b);

    use_threads(b, 1);
    begin(b, one, m);
    steps(b, one, m, 0, STEPS);
    use_threads(b, 4);
    begin(b, four, other);
    steps(b, four, other, 0, STEPS);
    use_threads(b, 1);
    expect_same_rows(b, one, four, "4 threads give other metrics than one");
    if (going(b) && b->class_->save)
        expect_same_archive(b, must_save(b, m), must_save(b, other),
                            "4 threads learn something else than one");
}

static void
expect_same_end(struct bench *b, const struct stage *through,
                const struct mesa_instance *m, const struct stage *cut,
                const struct mesa_instance *after, const char *how)
{
    char what[120];

    snprintf(what, sizeof what, "%s, metrics differ", how);
    expect_same_rows(b, through, cut, what);
    snprintf(what, sizeof what, "%s, what was learnt differs", how);
    if (going(b))
        expect_same_archive(b, must_save(b, m), must_save(b, after), what);
}

/* Stopped before each step and gone on with in another instance. */
static void
resume(struct bench *b)
{
    struct stage *through = set_stage(b);
    struct mesa_instance *m = bench_instance(b);

    if (!can_be_saved(b))
        return;
    begin(b, through, m);
    steps(b, through, m, 0, STEPS);
    for (uint64_t at = 0; at < STEPS && going(b); at++) {
        struct stage *cut = set_stage(b);
        struct mesa_instance *before = bench_instance(b);
        struct mesa_instance *after = bench_instance(b);
        bool done;

        begin(b, cut, before);
        done = steps(b, cut, before, 0, at);
        begin(b, cut, after);
        if (going(b))
            must_load(b, after, must_save(b, before));
        if (!done)
            steps(b, cut, after, at, STEPS);
        expect_same_end(b, through, m, cut, after,
                        "stopped and gone on with");
    }
}

/* Step i, of which the user does not want to see the end: what has heard of
 * that goes on in another instance. */
static struct mesa_instance *
disturbed_step(struct bench *b, struct stage *s, struct mesa_instance *m,
               uint64_t i, bool *done)
{
    size_t n = going(b) ? s->rows.n : 0;
    struct mesa_instance *after;

    if (!going(b))
        return m;
    s->stop = 1;
    atomic_store(&s->heard, false);
    *done = steps(b, s, m, i, i + 1);
    s->stop = 0;
    if (!going(b) || !atomic_load(&s->heard))
        return m;
    s->rows.n = n;
    after = bench_instance(b);
    begin(b, s, after);
    if (going(b))
        must_load(b, after, must_save(b, m));
    *done = steps(b, s, after, i, i + 1);
    return after;
}

static void
cancel_and_go_on(struct bench *b)
{
    struct stage *through = set_stage(b), *cut = set_stage(b);
    struct mesa_instance *m = bench_instance(b), *now = bench_instance(b);
    bool done = false;

    if (!can_be_saved(b))
        return;
    begin(b, through, m);
    steps(b, through, m, 0, STEPS);
    begin(b, cut, now);
    for (uint64_t i = 0; i < STEPS && !done && going(b); i++)
        now = disturbed_step(b, cut, now, i, &done);
    if (going(b))
        expect_same_end(b, through, m, cut, now,
                        "asked to stop in each step and gone on with");
}

/* Something is not there: said in begin, or not needed. */
static void
begin_without(struct bench *b, struct stage *s, const char *what)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct mesa_instance *m = bench_instance(b);
    struct mesa_error err = { .message = "" };
    mesa_status st;

    if (!going(b))
        return;
    st = c->begin(mesa_instance_self(m), &s->host, &err);
    if (st != MESA_OK && st != MESA_EINVAL && st != MESA_EDATA)
        fail(b, "without %s, begin: %s: %s, expected OK, EINVAL or EDATA",
             what, mesa_status_name(st), err.message);
    else if (st != MESA_OK && !*err.message)
        fail(b, "without %s, begin fails and does not say why", what);
}

/* No environment, one with other slots, one after the other. */
static void
lacking_environment(struct bench *b)
{
    struct stage *s = set_stage(b);

    if (going(b))
        s->recipe.environment = NULL;
    begin_without(b, s, "an environment");
    s = set_stage(b);
    if (going(b))
        bind_toy(b, s, &toy_bare_class.head, "environment",
                 &s->recipe.environment);
    begin_without(b, s, "goals, costs and dynamics as nodes");
    s = set_stage(b);
    if (going(b))
        s->recipe.loss = NULL;
    begin_without(b, s, "a loss");
}

static void
lacking(struct bench *b)
{
    struct stage *s = set_stage(b);

    if (going(b))
        s->recipe.estimator = NULL;
    begin_without(b, s, "an estimator");
    s = set_stage(b);
    if (going(b))
        s->recipe.sampler = NULL;
    begin_without(b, s, "a sampler");
    if (acts(b))
        lacking_environment(b);
    if (!takes_tasks(b))
        return;
    s = set_stage_with(b, "data.held_out=false");
    begin_without(b, s, "tasks to test with");
    s = set_stage(b);
    if (going(b)) {
        mesa_tasks_free(s->host.tasks);
        s->host.tasks = NULL;
    }
    begin_without(b, s, "tasks");
}

/* What a source gives is looked at when it is drawn; the loop says so. */
static void
spoilt_tasks(struct bench *b)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct stage *s;
    struct mesa_instance *m;
    struct mesa_error err;
    bool done = false;
    mesa_status st = MESA_OK;

    if (!takes_tasks(b))
        skip(b, "%s takes no tasks", b->class_->name);
    s = going(b) ? set_stage_with(b, "data.spoilt=0") : NULL;
    m = bench_instance(b);
    begin(b, s, m);
    for (uint64_t i = 0; i < STEPS && !done && going(b) && st == MESA_OK; i++)
        st = c->step(mesa_instance_self(m), &s->host, i, &s->metrics, &done,
                     &err);
    if (going(b))
        expect_status(b, st, MESA_EDATA, &err,
                      "steps with tasks that hold NaN");
}

/* A run that goes on after the loop finishes it again, on what was loaded:
 * what it has taught must be there as if it had never been away. */
static void
finish_again(struct bench *b)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct stage *once = set_stage(b), *again = set_stage(b);
    struct mesa_instance *m = bench_instance(b), *after = bench_instance(b);
    const struct mesa_component *taught;

    if (going(b) && !c->finish)
        skip(b, "%s has no finish", c->head.name);
    if (!going(b) || !can_be_saved(b))
        return;
    begin(b, once, m);
    steps(b, once, m, 0, STEPS);
    begin(b, again, after);
    if (going(b))
        must_load(b, after, must_save(b, m));
    finish(b, once, m);
    finish(b, again, after);
    if (!going(b))
        return;
    for (taught = again->recipe.components; taught && !taught->learnt;)
        taught = taught->next;
    for (const struct mesa_component *t = once->recipe.components; t;
         t = t->next)
        if (t->learnt && going(b)) {
            if (!taught)
                fail(b, "loaded and finished, it has taught nothing");
            else
                expect_same_archive(b, t->learnt, taught->learnt,
                                    "loaded and finished, it has taught "
                                    "something else");
        }
}

/* What a run writes of what was found. */
struct found {
    struct mesa_text        summary, table;
    struct mesa_json_writer writer;
    struct mesa_report      report;
};

static void
release_found(void *found)
{
    struct found *f = found;

    mesa_report_free(&f->report);
    mesa_free(f->summary.at);
    mesa_free(f->table.at);
    mesa_free(f);
}

/* After all steps, or as many as there is time for. */
static struct found *
find(struct bench *b)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct stage *s = set_stage(b);
    struct mesa_instance *m = bench_instance(b);
    struct found *f = bench_array(b, 1, sizeof *f);
    struct mesa_error err;
    mesa_status st;

    if (f)
        b->owned[b->n - 1].release = release_found;
    begin(b, s, m);
    steps(b, s, m, 0, STEPS);
    finish(b, s, m);
    if (!going(b))
        return NULL;
    f->writer = (struct mesa_json_writer){ .text = &f->summary,
                                           .first = true };
    f->report.summary = &f->writer;
    f->report.table = &f->table;
    f->report.draws = true;
    st = c->report(mesa_instance_self(m), &s->host, &f->report, &err);
    succeeded(b, st, &err, "report");
    if (going(b) && f->writer.depth != 0)
        fail(b, "report opens %u objects in summary.json that it does not "
             "close", f->writer.depth);
    return f;
}

/* Files of times are for people alone. */
static bool
is_compared(const char *name)
{
    static const char times[] = "_times.csv";
    size_t n = strlen(name), end = sizeof times - 1;

    return n < end || strcmp(name + n - end, times) != 0;
}

static void
expect_same_text(struct bench *b, const struct mesa_text *a,
                 const struct mesa_text *c, const char *name)
{
    if (a->n != c->n || (a->n && memcmp(a->at, c->at, a->n) != 0))
        fail(b, "run twice from the same seed, what is reported in %s "
             "differs", name);
}

/* What it said at which steps. */
static void
expect_same_events(struct bench *b, const struct mesa_report *once,
                   const struct mesa_report *again)
{
    bool same = once->n_events == again->n_events;

    for (size_t i = 0; i < once->n_events && same; i++)
        same = once->event[i].step == again->event[i].step &&
               strcmp(once->event[i].label, again->event[i].label) == 0;
    if (!same)
        fail(b, "run twice from the same seed, it reports other events");
}

/* Pictures, as the tables and the scripts that a run writes of them. */
static void
expect_same_plots(struct bench *b, const struct mesa_report *once,
                  const struct mesa_report *again)
{
    if (once->n_plots != again->n_plots)
        fail(b, "run twice from the same seed, it says %zu pictures and %zu",
             once->n_plots, again->n_plots);
    for (size_t i = 0; i < once->n_plots && going(b); i++) {
        struct mesa_text one = { 0 }, other = { 0 };

        mesa_plot_data(once->plot[i], &one);
        mesa_plot_script(once->plot[i], &one);
        mesa_plot_data(again->plot[i], &other);
        mesa_plot_script(again->plot[i], &other);
        expect_same_text(b, &one, &other, once->plot[i]->name);
        mesa_free(one.at);
        mesa_free(other.at);
    }
}

static void
report(struct bench *b)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    const struct found *once = NULL, *again = NULL;

    if (!c->report)
        skip(b, "%s reports nothing", c->head.name);
    if (going(b))
        once = find(b);
    if (going(b))
        again = find(b);
    if (!going(b))
        return;
    expect_same_text(b, &once->summary, &again->summary, "summary.json");
    if (once->report.n_files != again->report.n_files)
        fail(b, "run twice from the same seed, it writes %zu files and %zu",
             once->report.n_files, again->report.n_files);
    for (size_t i = 0; i < once->report.n_files && going(b); i++) {
        const char *name = once->report.file[i].name;
        size_t n = strlen(name);

        if (n < 5 || strcmp(name + n - 4, ".csv") != 0 || strchr(name, '/'))
            fail(b, "a file is called '%s', expected NAME.csv", name);
        else if (is_compared(name))
            expect_same_text(b, &once->report.file[i].text,
                             &again->report.file[i].text, name);
    }
    if (going(b))
        expect_same_events(b, &once->report, &again->report);
    if (going(b))
        expect_same_plots(b, &once->report, &again->report);
}

/* Loops that are over, and what they are to say again and again. */
struct saying {
    struct stage         *stage;
    struct mesa_instance *instance;
};

static mesa_status
say(struct bench *b, void *context, struct mesa_error *err)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    const struct saying *s = context;
    struct found f = { .report.draws = true };
    bool lost;
    mesa_status st;

    f.writer = (struct mesa_json_writer){ .text = &f.summary, .first = true };
    f.report.summary = &f.writer;
    f.report.table = &f.table;
    st = c->report(mesa_instance_self(s->instance), &s->stage->host,
                   &f.report, err);
    lost = f.report.failed;
    for (size_t i = 0; i < f.report.n_plots; i++)
        lost |= f.report.plot[i]->failed;
    mesa_report_free(&f.report);
    mesa_free(f.summary.at);
    mesa_free(f.table.at);
    return st == MESA_OK && lost ? mesa_nomem(err, 1, "pictures") : st;
}

/* With pictures; what only they lack is the core's to say. */
static void
report_memory(struct bench *b)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct saying s = { set_stage(b), bench_instance(b) };

    if (!c->report)
        skip(b, "%s reports nothing", c->head.name);
    begin(b, s.stage, s.instance);
    steps(b, s.stage, s.instance, 0, STEPS);
    finish(b, s.stage, s.instance);
    if (going(b))
        sweep_memory(b, &(struct trial){ &s, say }, "report");
}

/* When asked to stop, a step comes back; how far it got is its own affair. */
static void
cancel(struct bench *b)
{
    struct stage *s = set_stage(b);
    struct mesa_instance *m = bench_instance(b);

    begin(b, s, m);
    if (going(b))
        s->stop = 1;
    steps(b, s, m, 0, 1);
}

static mesa_status
work_steps(struct bench *b, void *context, struct mesa_error *err)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct stage *s = context;
    const uint64_t n = scores_itself(b) ? STEPS : 2;
    struct mesa_instance *m;
    bool done = false;
    mesa_status st = mesa_instance_new(b->component, &m, err);

    if (st == MESA_OK)
        st = c->begin(mesa_instance_self(m), &s->host, err);
    for (uint64_t i = 0; i < n && !done && st == MESA_OK; i++) {
        step_begins(s, i);
        st = c->step(mesa_instance_self(m), &s->host, i, &s->metrics, &done,
                     err);
    }
    mesa_instance_free(m);
    mesa_free(s->rows.at);
    s->rows = (struct mesa_text){ 0 };
    return st;
}

/* Two steps, as the first often allocates what the second then uses; of those
 * that score themselves also the last, which does that. */
static void
memory(struct bench *b)
{
    struct stage *s = set_stage(b);

    begin(b, s, bench_instance(b));
    sweep_memory(b, &(struct trial){ s, work_steps }, "begin and steps");
}

#define METALEARNER(name, run, what) \
    { name, MESA_KIND_METALEARNER, run, what }

const struct check metalearner_checks[] = {
    METALEARNER("steps", run_steps, "begins and makes some steps"),
    METALEARNER("classes", classes, "also with tasks of classes"),
    METALEARNER("same_seed", same_seed, "the same seed, the same metrics"),
    METALEARNER("threads", threads, "do not change a bit"),
    METALEARNER("resume", resume, "save, load and go on: the same bytes"),
    METALEARNER("finish_again", finish_again, "after load, as it was before"),
    METALEARNER("report", report, "the same findings, objects closed"),
    METALEARNER("report_memory", report_memory,
                "ENOMEM, or a report that knows of it"),
    METALEARNER("memory", memory, "ENOMEM wherever memory runs out"),
    METALEARNER("cancel", cancel, "a step ends when it is asked to"),
    METALEARNER("cancel_and_go_on", cancel_and_go_on,
                "and made again leads to the same bytes"),
    METALEARNER("lacking", lacking, "begin says what is not there"),
    METALEARNER("spoilt_tasks", spoilt_tasks, "EDATA for tasks with NaN"),
    { NULL, 0, NULL, NULL }
};
