/* SPDX-License-Identifier: MIT */
/* stage.c - a run without an INI file, for checks of outer loops. */
#include "stage.h"

#include "toy.h"
#include "toy_environment.h"
#include "toy_tasks.h"

#include <string.h>

/* A loss that learns from what those who act know. */
#define LEARNED \
    "learned(use_target=0,use_input=1,use_extra=1)"

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

bool
takes_tasks(const struct bench *b)
{
    return b->class_->flags & MESA_CLASS_TASKS;
}

bool
acts(const struct bench *b)
{
    return b->class_->flags & MESA_CLASS_CONTROL;
}

bool
asks(const struct bench *b)
{
    return b->class_->flags & MESA_CLASS_UNLABELLED;
}

bool
scores_itself(const struct bench *b)
{
    return takes_tasks(b) || acts(b);
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
lend_pool(struct bench *b, struct stage *s, enum known_rows known)
{
    s->recipe.estimator = lend(s, MESA_KIND_ESTIMATOR, "tree");
    s->recipe.sampler = lend(s, MESA_KIND_SAMPLER, "random_under");
    s->host.train_on = &s->train_on;
    s->host.parts.data[MESA_PART_VALID] = toy_overlapping(b, 2);
    s->host.parts.data[MESA_PART_TEST] = toy_overlapping(b, 3);
    lend_questions(b, &s->host, &s->questions, known);
}

bool
bind_toy(struct bench *b, struct stage *s, const struct mesa_class *toy,
         const char *section, struct mesa_component **out)
{
    struct mesa_error err;

    return going(b) &&
           succeeded(b, mesa_recipe_bind_class(&s->recipe, toy, section, out,
                                               &err), &err, toy->name);
}

static void
lend_tasks(struct bench *b, struct stage *s)
{
    struct mesa_error err;

    bind_toy(b, s, &toy_tasks_class.head, "data", &s->recipe.source);
    bind_toy(b, s, &toy_model_class.head, "estimator", &s->recipe.estimator);
    if (going(b))
        succeeded(b, mesa_tasks_open(s->recipe.source, &s->host.root,
                                     &s->host.tasks, &err),
                  &err, "toy tasks");
}

/* Also what learns, for those that teach a loss. */
static void
lend_environment(struct bench *b, struct stage *s)
{
    bind_toy(b, s, &toy_environment_class.head, "environment",
             &s->recipe.environment);
    bind_toy(b, s, &toy_model_class.head, "estimator", &s->recipe.estimator);
    s->recipe.loss = lend(s, MESA_KIND_LOSS, LEARNED);
}

/* As if the command line said so, unless it says otherwise. */
static void
set_too(struct bench *b, const char *key, const char *assignment)
{
    const char **all;

    if (!may_set(b, key))
        return;
    all = bench_array(b, b->n_set + 1, sizeof *all);
    for (size_t i = 0; all && i < b->n_set; i++)
        all[i] = b->set[i];
    if (!all)
        return;
    all[b->n_set++] = assignment;
    b->set = all;
}

/* Checks make few steps; with so few iterations they see the end, too.  What
 * acts may have a loss of its own parameters, what asks a model. */
static void
shorten(struct bench *b)
{
    const size_t before = b->n_set;
    struct mesa_error err;
    mesa_status st;
    struct mesa_component *c;

    if (scores_itself(b))
        set_too(b, "iterations", "iterations=3");
    if (acts(b))
        set_too(b, "loss", "loss=" LEARNED);
    if (asks(b))
        set_too(b, "estimator", "estimator=tree");
    if (b->n_set == before || !going(b))
        return;
    c = bench_component(b, NULL, NULL, &st, &err);
    if (st == MESA_ENOTFOUND)
        skip(b, "%s", err.message);
    if (succeeded(b, st, &err, "few iterations"))
        b->component = c;
}

static struct stage *
set_stage_for(struct bench *b, const char *setting, enum known_rows known)
{
    struct stage *s;
    struct mesa_error err;

    shorten(b);
    s = bench_array(b, 1, sizeof *s);
    if (!s)
        return NULL;
    b->owned[b->n - 1].release = release_stage;
    s->recipe.registry = b->registry;
    s->host.recipe = &s->recipe;
    s->host.root = bench_rng(b, "run", 0);
    s->host.stop = &s->stop;
    s->host.heard = &s->heard;
    s->metrics.rows = &s->rows;
    if (setting &&
        !succeeded(b, mesa_ini_set(&s->recipe.ini, setting, &err), &err,
                   setting))
        return NULL;
    if (takes_tasks(b))
        lend_tasks(b, s);
    else if (acts(b))
        lend_environment(b, s);
    else if (asks(b))
        lend_pool(b, s, known);
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

struct stage *
set_stage_with(struct bench *b, const char *setting)
{
    return set_stage_for(b, setting, KNOWN_SOME);
}

struct stage *
set_stage_known(struct bench *b, enum known_rows known)
{
    return set_stage_for(b, NULL, known);
}

struct stage *
set_stage(struct bench *b)
{
    return set_stage_with(b, NULL);
}

void
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

void
step_begins(struct stage *s, uint64_t i)
{
    s->metrics.step = i;
    questions_step(&s->questions, i);
}

bool
steps(struct bench *b, struct stage *s, struct mesa_instance *m,
      uint64_t from, uint64_t to)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct mesa_error err;
    bool done = false;

    for (uint64_t i = from; i < to && !done && going(b); i++) {
        step_begins(s, i);
        succeeded(b, c->step(mesa_instance_self(m), &s->host, i, &s->metrics,
                             &done, &err),
                  &err, "step");
    }
    return done;
}

/* What a run leaves in components is no start for others here. */
static void
forget(struct mesa_recipe *r)
{
    for (struct mesa_component *c = r->components; c; c = c->next) {
        mesa_archive_free(c->learnt);
        c->learnt = NULL;
        c->trained = false;
    }
}

/* A component that the metalearner has of its own parameters, such as a loss,
 * counts as one of the run while it leaves what that has learnt. */
void
finish(struct bench *b, struct stage *s, struct mesa_instance *m)
{
    const struct mesa_metalearner_class *c = (const void *)b->class_;
    struct mesa_error err;

    if (!going(b) || !c->finish)
        return;
    s->recipe.last->next = b->recipe->components;
    succeeded(b, c->finish(mesa_instance_self(m), &s->host, &err), &err,
              "finish");
    s->recipe.last->next = NULL;
    forget(b->recipe);
}

void
expect_same_rows(struct bench *b, const struct stage *a,
                 const struct stage *c, const char *what)
{
    if (going(b) &&
        (a->rows.n != c->rows.n ||
         (a->rows.n && memcmp(a->rows.at, c->rows.at, a->rows.n) != 0)))
        fail(b, "%s", what);
}
