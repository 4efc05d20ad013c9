/* SPDX-License-Identifier: MIT */
/*
 * check_metalearner.c - what an outer loop promises.
 *
 * The host lends toy data and, as far as they are installed, a tree and a
 * sampler that learns, or random under-sampling; to metalearners that work on
 * tasks, sinusoids and a perceptron.  One that needs more says so in begin,
 * and its checks are skipped with what it says.
 */
#include "archive.h"
#include "toy.h"

#include "host.h"
#include "report.h"
#include "text.h"

#include <string.h>

enum { STEPS = 4 };

/* A run without an INI file: what the host needs, and what it collects. */
struct stage {
    struct mesa_host      host;
    struct mesa_recipe    recipe;
    struct mesa_text      rows;
    struct mesa_metrics   metrics;
    volatile sig_atomic_t stop;
};

static void
release_stage(void *stage)
{
    struct stage *s = stage;

    mesa_free(s->rows.at);
    mesa_tasks_free(s->host.tasks);
    mesa_recipe_free(&s->recipe);
    mesa_free(s);
}

/* A component if there is such a plugin; NULL if not. */
static struct mesa_component *
lend(struct stage *s, uint32_t kind, const char *name)
{
    struct mesa_component *made;
    struct mesa_error err;

    return mesa_recipe_resolve(&s->recipe, kind, name, "mesa-conform", ".",
                               &made, &err) == MESA_OK
               ? made
               : NULL;
}

static void
lend_rows(struct bench *b, struct stage *s)
{
    s->recipe.estimator = lend(s, MESA_KIND_ESTIMATOR, "tree");
    s->recipe.sampler = lend(s, MESA_KIND_SAMPLER, "sac");
    if (!s->recipe.sampler)
        s->recipe.sampler = lend(s, MESA_KIND_SAMPLER, "random_under");
    s->host.parts.data[MESA_PART_TRAIN] = toy_overlapping(b, 1);
    s->host.parts.data[MESA_PART_VALID] = toy_overlapping(b, 2);
    s->host.parts.data[MESA_PART_TEST] = toy_overlapping(b, 3);
}

static void
lend_tasks(struct bench *b, struct stage *s)
{
    struct mesa_error err;

    s->recipe.estimator = lend(s, MESA_KIND_ESTIMATOR, "mlp");
    s->recipe.source = lend(s, MESA_KIND_SOURCE, "sinusoid");
    if (!s->recipe.estimator || !s->recipe.source) {
        skip(b, "%s needs mlp and sinusoid", b->class_->name);
        return;
    }
    succeeded(b, mesa_tasks_open(s->recipe.source, &s->host.root,
                                 &s->host.tasks, &err),
              &err, "sinusoid");
}

static struct stage *
set_stage(struct bench *b)
{
    struct stage *s = bench_array(b, 1, sizeof *s);
    struct mesa_error err;

    if (!s)
        return NULL;
    b->owned[b->n - 1].release = release_stage;
    s->recipe.registry = b->registry;
    s->host.recipe = &s->recipe;
    s->host.root = bench_rng(b, "run", 0);
    s->host.stop = &s->stop;
    s->metrics.rows = &s->rows;
    if (b->class_->flags & MESA_CLASS_TASKS)
        lend_tasks(b, s);
    else
        lend_rows(b, s);
    s->recipe.metalearner = b->component;
    /* For those whose steps are the repeats. */
    if (mesa_ini_set(&s->recipe.ini, "evaluate.repeats=4", &err) != MESA_OK ||
        mesa_recipe_bind_class(&s->recipe, &mesa_evaluate_class.head,
                               "evaluate", &s->recipe.evaluate,
                               &err) != MESA_OK)
        fail(b, "%s", err.message);
    return going(b) ? s : NULL;
}

static void
begin(struct bench *b, struct stage *s, struct mesa_instance *m)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct mesa_error err;
    mesa_status st;

    if (!going(b))
        return;
    st = c->begin(mesa_instance_self(m), &s->host, &err);
    if (st == MESA_EINVAL || st == MESA_ENOTFOUND || st == MESA_EDATA)
        skip(b, "%s", err.message);
    succeeded(b, st, &err, "begin");
}

/* Steps from ... to-1, or until done: are they? */
static bool
steps(struct bench *b, struct stage *s, struct mesa_instance *m,
      uint64_t from, uint64_t to)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct mesa_error err;
    bool done = false;

    for (uint64_t i = from; i < to && !done && going(b); i++) {
        s->metrics.step = i;
        succeeded(b, c->step(mesa_instance_self(m), &s->host, i, &s->metrics,
                             &done, &err),
                  &err, "step");
    }
    return done;
}

/* It may be done before. */
static void
run_steps(struct bench *b)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct stage *s = set_stage(b);
    struct mesa_instance *m = bench_instance(b);
    struct mesa_error err;

    begin(b, s, m);
    if (going(b) && c->total)
        (void)c->total(mesa_instance_self(m), &s->host);
    steps(b, s, m, 0, STEPS);
    if (going(b) && c->finish)
        succeeded(b, c->finish(mesa_instance_self(m), &s->host, &err), &err,
                  "finish");
}

/* Figures are compared as text, as metrics.csv has them. */
static void
same_seed(struct bench *b)
{
    struct stage *first = set_stage(b), *second = set_stage(b);
    struct mesa_instance *m = bench_instance(b), *again = bench_instance(b);

    begin(b, first, m);
    steps(b, first, m, 0, STEPS);
    begin(b, second, again);
    steps(b, second, again, 0, STEPS);
    if (going(b) && (first->rows.n != second->rows.n ||
                     (first->rows.n &&
                      memcmp(first->rows.at, second->rows.at,
                             first->rows.n) != 0)))
        fail(b, "run twice from the same seed, metrics differ");
}

/* Stopped between two steps and gone on with in another instance. */
static void
resume(struct bench *b)
{
    struct stage *through = set_stage(b), *cut = set_stage(b);
    struct mesa_instance *m = bench_instance(b);
    struct mesa_instance *before = bench_instance(b);
    struct mesa_instance *after = bench_instance(b);
    bool done;

    if (!can_be_saved(b))
        return;
    begin(b, through, m);
    steps(b, through, m, 0, STEPS);
    begin(b, cut, before);
    done = steps(b, cut, before, 0, STEPS / 2);
    begin(b, cut, after);
    if (going(b))
        must_load(b, after, must_save(b, before));
    if (!done)
        steps(b, cut, after, STEPS / 2, STEPS);
    if (!going(b))
        return;
    if (through->rows.n != cut->rows.n ||
        (cut->rows.n &&
         memcmp(through->rows.at, cut->rows.at, cut->rows.n) != 0))
        fail(b, "stopped and gone on with, metrics differ");
    expect_same_archive(b, must_save(b, m), must_save(b, after),
                        "stopped and gone on with, what was learnt differs");
}

static void
finish(struct bench *b, struct stage *s, struct mesa_instance *m)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct mesa_error err;

    if (going(b))
        succeeded(b, c->finish(mesa_instance_self(m), &s->host, &err), &err,
                  "finish");
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
    if (going(b) && c->finish)
        finish(b, s, m);
    if (!going(b))
        return NULL;
    f->writer = (struct mesa_json_writer){ .text = &f->summary,
                                           .first = true };
    f->report.summary = &f->writer;
    f->report.table = &f->table;
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
    struct mesa_instance *m;
    bool done = false;
    mesa_status st = mesa_instance_new(b->component, &m, err);

    if (st == MESA_OK)
        st = c->begin(mesa_instance_self(m), &s->host, err);
    for (uint64_t i = 0; i < 2 && !done && st == MESA_OK; i++) {
        s->metrics.step = i;
        st = c->step(mesa_instance_self(m), &s->host, i, &s->metrics, &done,
                     err);
    }
    mesa_instance_free(m);
    mesa_free(s->rows.at);
    s->rows = (struct mesa_text){ 0 };
    return st;
}

/* Two steps: the first often allocates what the second then uses. */
static void
memory(struct bench *b)
{
    struct stage *s = set_stage(b);

    begin(b, s, bench_instance(b));
    sweep_memory(b, &(struct trial){ s, work_steps }, "begin and two steps");
}

#define METALEARNER(name, run, what) \
    { name, MESA_KIND_METALEARNER, run, what }

const struct check metalearner_checks[] = {
    METALEARNER("steps", run_steps, "begins and makes some steps"),
    METALEARNER("same_seed", same_seed, "the same seed, the same metrics"),
    METALEARNER("resume", resume, "save, load and go on: the same bytes"),
    METALEARNER("finish_again", finish_again, "after load, as it was before"),
    METALEARNER("report", report, "the same findings, objects closed"),
    METALEARNER("memory", memory, "ENOMEM wherever memory runs out"),
    METALEARNER("cancel", cancel, "a step ends when it is asked to"),
    { NULL, 0, NULL, NULL }
};
