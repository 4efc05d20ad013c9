/* SPDX-License-Identifier: MIT */
/*
 * trial.c - mesa/trial.h: what [evaluate] does to [estimator], for any
 * estimator on any source, from any thread.
 */
#include "evaluate.h"
#include "instance.h"

#include <math.h>
#include <string.h>

struct mesa_trials {
    const struct mesa_host      *host;
    const struct mesa_recipe    *recipe;
    const struct mesa_component *source;
    struct mesa_instance        *evaluate;
    const struct mesa_evaluate  *rules;
    struct mesa_parts            own;
    const struct mesa_parts     *parts; /* own, or the run's */
    struct mesa_rng              folds, streams, loops;
    const struct mesa_schema    *schema;
    uint32_t                     positive;
    struct mesa_trials         **list, *next;
};

/* Behind those that were there before. */
static void
enlist(struct mesa_trials *t, struct mesa_trials **list)
{
    t->list = list;
    while (list && *list)
        list = &(*list)->next;
    if (list)
        *list = t;
}

static mesa_status
open_parts(struct mesa_trials *t, const struct mesa_host *host,
           struct mesa_error *err)
{
    const struct mesa_dataset *train;
    mesa_status st = MESA_OK;

    if (t->source != host->recipe->source) {
        t->parts = &t->own;
        st = mesa_parts_open(&t->own, t->source, t->rules->folds > 0,
                             &host->root, err);
    }
    if (st != MESA_OK)
        return st;
    train = t->parts->data[MESA_PART_ALL] ? t->parts->data[MESA_PART_ALL]
                                          : t->parts->data[MESA_PART_TRAIN];
    t->schema = train->schema;
    /* The class that the whole pool says, not the fold. */
    if (host->outer && t->parts == &host->parts) {
        t->positive = host->outer->positive;
        return MESA_OK;
    }
    return mesa_evaluate_positive(t->rules, t->parts, train, &t->positive, err);
}

/* Within a loop there is the one fold that it is for. */
static const struct mesa_evaluate *
rules_of(struct mesa_trials *t, const struct mesa_host *host)
{
    struct mesa_evaluate *rules = mesa_instance_self(t->evaluate);

    if (host->outer) {
        rules->repeats = 1;
        rules->folds = 0;
    }
    return rules;
}

mesa_status
mesa_trials_new(const struct mesa_host *host,
                const struct mesa_component *source, struct mesa_trials **out,
                struct mesa_error *err)
{
    struct mesa_trials *t = mesa_alloc_array(1, sizeof *t);
    mesa_status st;

    *out = t;
    if (!t)
        return mesa_nomem(err, 1, "trials");
    t->host = host;
    t->recipe = host->recipe;
    t->source = source ? source : host->recipe->source;
    t->parts = &host->parts;
    t->folds = host->root;
    t->streams = mesa_host_rng(host, "trial", 0);
    t->streams = mesa_rng_derive(&t->streams, mesa_trials_name(t), 0);
    t->loops = mesa_host_rng(host, "loop", 0);
    t->loops = mesa_rng_derive(&t->loops, mesa_trials_name(t), 0);
    st = mesa_instance_new(host->recipe->evaluate, &t->evaluate, err);
    if (st == MESA_OK) {
        t->rules = rules_of(t, host);
        st = open_parts(t, host, err);
    }
    if (st == MESA_OK) {
        enlist(t, host->trials);
        return MESA_OK;
    }
    mesa_trials_free(t);
    *out = NULL;
    return st;
}

void
mesa_trials_free(struct mesa_trials *t)
{
    if (!t)
        return;
    for (struct mesa_trials **at = t->list; at && *at; at = &(*at)->next)
        if (*at == t) {
            *at = t->next;
            break;
        }
    mesa_instance_free(t->evaluate);
    if (t->own.bundle)
        mesa_parts_free(&t->own);
    mesa_free(t);
}

const char *
mesa_trials_name(const struct mesa_trials *t)
{
    /* A host that lends rows of no source, as mesa-conform does. */
    return t->source ? mesa_component_name(t->source) : "data";
}

size_t
mesa_trials_repeats(const struct mesa_trials *t)
{
    return (size_t)t->rules->repeats;
}

size_t
mesa_trials_folds(const struct mesa_trials *t)
{
    return mesa_evaluate_n_folds(t->rules);
}

size_t
mesa_trials_n_metrics(const struct mesa_trials *t)
{
    return t->rules->n_metrics;
}

const struct mesa_metric *
mesa_trials_metric(const struct mesa_trials *t, size_t i)
{
    return i < t->rules->n_metrics ? t->rules->metric[i] : NULL;
}

const struct mesa_trials *
mesa_trials_next(const struct mesa_trials *t)
{
    return t->next;
}

const struct mesa_parts *
mesa_trials_parts(const struct mesa_trials *t)
{
    return t->parts;
}

const char *
mesa_trials_positive(const struct mesa_trials *t)
{
    return t->schema->class_name[t->positive];
}

mesa_status
mesa_trials_score(const struct mesa_trials *t, enum mesa_part part,
                  const struct mesa_dataset *rows, const double *proba,
                  double *value, struct mesa_error *err)
{
    return mesa_evaluate_score(t->rules, rows, proba, t->positive, part,
                               value, err);
}

static mesa_status
score_parts(const struct mesa_trials *t, const struct mesa_model *model,
            const struct mesa_cut *cut, double *value, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (int p = MESA_PART_TRAIN; p <= MESA_PART_TEST && st == MESA_OK; p++) {
        const struct mesa_dataset *d = cut->part[p];
        double *at = value + (size_t)(p - MESA_PART_TRAIN) *
                                 t->rules->n_metrics;
        double *proba;

        if (!d || d->x.rows == 0)
            continue;
        proba = mesa_alloc_raw(d->x.rows, d->n_classes * sizeof *proba);
        st = proba ? mesa_model_predict(model, d, proba, err)
                   : mesa_nomem(err, d->x.rows, "predictions");
        if (st == MESA_OK)
            st = mesa_evaluate_score(t->rules, d, proba, t->positive,
                                     (enum mesa_part)p, at, err);
        mesa_free(proba);
    }
    return st;
}

static mesa_status
fit_and_score(const struct mesa_trials *t, const struct mesa_model_job *job,
              const struct mesa_cut *cut, struct mesa_trial *out,
              struct mesa_error *err)
{
    struct mesa_model model;
    double started = mesa_now();
    mesa_status st = mesa_model_fit(&model, job, cut->part[MESA_PART_TRAIN],
                                    cut->part[MESA_PART_VALID], err);

    out->seconds = mesa_now() - started;
    if (st == MESA_OK) {
        out->rows = mesa_estimator_rows(model.estimator);
        st = score_parts(t, &model, cut, out->value, err);
    }
    mesa_model_free(&model);
    return st;
}

/* The parts of a fold; free even after failure. */
static mesa_status
open_fold(const struct mesa_trials *t, size_t repeat, size_t fold,
          struct mesa_cut *cut, struct mesa_error *err)
{
    const struct mesa_dataset *pool = t->parts->data[MESA_PART_ALL];
    uint32_t *fold_of = NULL;
    mesa_status st;

    *cut = (struct mesa_cut){ .part = { NULL } };
    if (pool && t->rules->folds > 0) {
        fold_of = mesa_alloc_raw(pool->x.rows, sizeof *fold_of);
        if (!fold_of)
            return mesa_nomem(err, pool->x.rows, "folds");
    }
    st = mesa_evaluate_cut(t->rules, t->parts, &t->folds, repeat, fold,
                           fold_of, cut, err);
    mesa_free(fold_of);
    return st;
}

mesa_status
mesa_trials_run(const struct mesa_trials *t,
                const struct mesa_component *estimator, size_t repeat,
                size_t fold, struct mesa_trial *out, struct mesa_error *err)
{
    struct mesa_rng root = mesa_rng_derive(&t->streams,
                                           mesa_component_name(estimator), 0);
    const struct mesa_model_job job = {
        t->recipe->transform, mesa_recipe_free_sampler(t->recipe), estimator,
        &root, repeat * mesa_trials_folds(t) + fold, NULL
    };
    struct mesa_cut cut;
    mesa_status st;

    for (size_t i = 0; i < MESA_TRIAL_PARTS * t->rules->n_metrics; i++)
        out->value[i] = NAN;
    st = open_fold(t, repeat, fold, &cut, err);
    if (st == MESA_OK)
        st = fit_and_score(t, &job, &cut, out, err);
    mesa_cut_free(&cut);
    return st;
}

/* The recipe's own, which others see as const. */
static struct mesa_component *
of_recipe(const struct mesa_recipe *r, const struct mesa_component *c)
{
    struct mesa_component *at = r->components;

    while (at && at != c)
        at = at->next;
    return at;
}

static mesa_status
make_steps(struct mesa_instance *it, const struct mesa_host *host,
           struct mesa_trial_loop *loop, struct mesa_error *err)
{
    const struct mesa_metalearner_class *c =
        (const void *)mesa_instance_class(it);
    void *self = mesa_instance_self(it);
    struct mesa_metrics metrics = { .keep = loop->keep,
                                    .context = loop->context };
    bool done = false;
    struct mesa_lap lap;
    mesa_status st = c->begin(self, host, err);

    while (st == MESA_OK && !done) {
        metrics.step = loop->steps++;
        mesa_call_begin(it, MESA_CALL_STEP, &lap);
        st = c->step(self, host, metrics.step, &metrics, &done, err);
        mesa_lap_close(&lap);
        loop->stopped = mesa_host_cancelled(host);
        if (loop->stopped)
            return st;
    }
    return st == MESA_OK && c->finish ? c->finish(self, host, err) : st;
}

mesa_status
mesa_trials_loop(const struct mesa_trials *t, struct mesa_trial_loop *loop,
                 struct mesa_error *err)
{
    struct mesa_recipe recipe = *t->recipe;
    struct mesa_prepared prepared = { .transform = NULL };
    struct mesa_host host = {
        .recipe = &recipe,
        .parts.bundle = t->parts->bundle,
        .root = mesa_rng_derive(&t->loops, "fold",
                                loop->repeat * mesa_trials_folds(t) +
                                    loop->fold),
        .stop = t->host->stop,
        .heard = t->host->heard,
        .prepared = &prepared,
        .outer = t
    };
    const struct mesa_class *c = mesa_component_class(loop->metalearner);
    double started = mesa_now();
    struct mesa_instance *it = NULL;
    struct mesa_cut cut;
    mesa_status st;

    loop->steps = 0;
    loop->stopped = false;
    if (c->kind != MESA_KIND_METALEARNER)
        return mesa_fail(err, MESA_EINVAL, "%s is no metalearner", c->name);
    recipe.source = of_recipe(&recipe, t->source);
    recipe.metalearner = of_recipe(&recipe, loop->metalearner);
    recipe.result = NULL;
    st = open_fold(t, loop->repeat, loop->fold, &cut, err);
    memcpy(host.parts.data, cut.part, sizeof cut.part);
    host.parts.data[MESA_PART_ALL] = NULL;
    if (st == MESA_OK)
        st = mesa_instance_new(loop->metalearner, &it, err);
    if (st == MESA_OK)
        st = make_steps(it, &host, loop, err);
    mesa_instance_free(it);
    mesa_prepared_free(&prepared);
    mesa_cut_free(&cut);
    loop->seconds = mesa_now() - started;
    return st;
}
