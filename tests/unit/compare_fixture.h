/* SPDX-License-Identifier: MIT */
/*
 * compare_fixture.h - a run of the metalearner compare as the core would make
 * it, on rows and with methods whose scores are known: of eight rows a method
 * gets as many wrong as it is told, and so many more as the data set is hard.
 * And metalearners: climb, whose figures rise by its slope with every step,
 * tasker, which takes tasks, and actor, which acts.
 */
#ifndef MESA_TESTS_COMPARE_FIXTURE_H
#define MESA_TESTS_COMPARE_FIXTURE_H

#include "test.h"

#include "archive_internal.h"
#include "host.h"
#include "instance.h"
#include "report.h"

#include <math.h>
#include <signal.h>

const struct mesa_plugin *compare_plugin(void);

struct grid {
    int64_t rows, hard;
    bool    whole; /* one table, to be cut into folds */
};

static const struct mesa_param grid_params[] = {
    MESA_INT(struct grid, rows, "rows", 32, 8, 1000, "Rows of each part"),
    MESA_INT(struct grid, hard, "hard", 0, 0, 4, "More rows that are wrong"),
    MESA_BOOL(struct grid, whole, "whole", false, "One table"),
    MESA_PARAM_END
};

static inline mesa_status
grid_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
          struct mesa_error *err)
{
    static const char *const classes[] = { "no", "yes" };
    const struct grid *g = self;
    mesa_status st = mesa_bundle_columns(out, 3, NULL, err);

    (void)rng;
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, 2, classes, NULL, err);
    for (int p = g->whole ? MESA_PART_ALL : MESA_PART_TRAIN;
         p <= (g->whole ? MESA_PART_ALL : MESA_PART_TEST) && st == MESA_OK;
         p++) {
        double *x;
        int32_t *y;

        if (p == MESA_PART_VALID)
            continue;
        st = mesa_bundle_part(out, (enum mesa_part)p, (size_t)g->rows, &x, &y,
                              err);
        for (int64_t r = 0; r < g->rows && st == MESA_OK; r++) {
            y[r] = r % 4 == 0;
            x[3 * r] = y[r];
            x[3 * r + 1] = (double)r;
            x[3 * r + 2] = (double)g->hard;
        }
    }
    return st;
}

static const struct mesa_source_class grid = {
    MESA_SOURCE(struct grid),
    .head.name = "grid",
    .head.title = "Rows that say what they are",
    .head.params = grid_params,
    .open = grid_open,
};

/* For guess(stops=yes), and how often guess was fitted. */
static volatile sig_atomic_t stop;
static atomic_int fits;

struct guess {
    int64_t  wrong, fails_at, lasts;
    bool     stops, slow;
    uint64_t rows;
};

static const struct mesa_param guess_params[] = {
    MESA_INT(struct guess, wrong, "wrong", 0, 0, 4, "Of eight rows"),
    MESA_INT(struct guess, fails_at, "fails_at", 0, 0, 1000, "Rows"),
    MESA_INT(struct guess, lasts, "lasts", INT32_MAX, 0, INT32_MAX,
             "Fits, of whatever guess, before it fails"),
    MESA_BOOL(struct guess, slow, "slow", false, "Takes a few milliseconds"),
    MESA_BOOL(struct guess, stops, "stops", false, "Ask the run to stop"),
    MESA_PARAM_END
};

static inline mesa_status
guess_fit(void *self, const struct mesa_dataset *train,
          const struct mesa_dataset *valid, struct mesa_rng *rng,
          struct mesa_error *err)
{
    struct guess *g = self;
    double started = mesa_now();

    (void)valid;
    (void)rng;
    while (g->slow && mesa_now() - started < 0.005)
        continue;
    if (fits >= g->lasts)
        return mesa_fail(err, MESA_EDATA, "%d fits", atomic_load(&fits));
    if ((int64_t)train->x.rows == g->fails_at)
        return mesa_fail(err, MESA_EDATA, "%zu rows", train->x.rows);
    stop = g->stops;
    fits++;
    g->rows = train->x.rows + (uint64_t)g->wrong;
    return MESA_OK;
}

static inline mesa_status
guess_predict_proba(const void *self, const struct mesa_cmatrix *x,
                    double *proba, struct mesa_error *err)
{
    const struct guess *g = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        const double *row = mesa_row(x, r);
        bool right = (int64_t)row[1] % 8 >= g->wrong + (int64_t)row[2];

        proba[2 * r + 1] = right ? row[0] : 1 - row[0];
        proba[2 * r] = 1 - proba[2 * r + 1];
    }
    return MESA_OK;
}

static inline uint64_t
guess_rows(const void *self)
{
    return ((const struct guess *)self)->rows;
}

static const struct mesa_estimator_class guess = {
    MESA_ESTIMATOR(struct guess),
    .head.name = "guess",
    .head.title = "Knows how often it is wrong",
    .head.params = guess_params,
    .fit = guess_fit,
    .predict_proba = guess_predict_proba,
    .rows = guess_rows,
};

/* As many steps as it is told, one more if it is uneven and the rows are odd
 * in number. */
struct climb {
    double  slope;
    int64_t steps, fails_at, budget;
    bool    uneven, stops, mute, area;

    struct mesa_trials *trials;
    size_t              rows;
};

static const struct mesa_param climb_params[] = {
    MESA_REAL(struct climb, slope, "slope", 1.0, -8.0, 8.0, "Of a step"),
    MESA_INT(struct climb, steps, "steps", 2, 1, 100, "Steps"),
    MESA_INT(struct climb, fails_at, "fails_at", -1, -1, 100, "Step"),
    MESA_INT(struct climb, budget, "budget", 0, 0, 100, "Rows of a step"),
    MESA_BOOL(struct climb, uneven, "uneven", false, "Not always as many"),
    MESA_BOOL(struct climb, stops, "stops", false, "Ask the run to stop"),
    MESA_BOOL(struct climb, area, "area", false, "Reports an aulc"),
    MESA_BOOL(struct climb, mute, "mute", false, "Reports no accuracy"),
    MESA_PARAM_END
};

static inline mesa_status
climb_begin(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    struct climb *c = self;

    c->rows = mesa_host_data(host, MESA_PART_TRAIN)->x.rows;
    return mesa_trials_new(host, NULL, &c->trials, err);
}

static inline void
climb_fini(void *self)
{
    mesa_trials_free(((struct climb *)self)->trials);
}

static inline mesa_status
climb_step(void *self, const struct mesa_host *host, uint64_t i,
           struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    struct climb *c = self;
    struct mesa_rng rng = mesa_host_rng(host, "climb", i);
    mesa_status st = mesa_metrics_add(metrics, "", "draw",
                                      mesa_rng_uniform(&rng));

    if (st == MESA_OK && c->budget > 0)
        st = mesa_metrics_add(metrics, "", "labelled",
                              (double)c->budget * (double)i + 9);
    if (st == MESA_OK && c->area)
        st = mesa_metrics_add(metrics, "test", "aulc", 1.0);
    if ((int64_t)i == c->fails_at)
        return mesa_fail(err, MESA_EDATA, "[climb] step %d", (int)i);
    if (c->stops)
        stop = 1;
    if (st == MESA_OK && !c->mute)
        st = mesa_metrics_add(metrics, "test", "accuracy",
                              c->slope * (double)(i + 1) + (double)c->rows);
    *done = i + 1 >= (uint64_t)c->steps + (c->uneven && c->rows % 2);
    return st == MESA_OK ? st : mesa_nomem(err, 1, "metric row");
}

/* In a comparison there is nobody to be taught. */
static inline mesa_status
climb_finish(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    (void)self;
    mesa_host_train_on(host, NULL);
    return host->outer ? mesa_host_learned(host, NULL, err) : MESA_OK;
}

static const struct mesa_metalearner_class climb = {
    MESA_METALEARNER(struct climb),
    .head.name = "climb",
    .head.title = "Gets better step by step",
    .head.params = climb_params,
    .head.fini = climb_fini,
    .begin = climb_begin,
    .step = climb_step,
    .finish = climb_finish,
};

static const struct mesa_metalearner_class tasker = {
    MESA_METALEARNER(struct climb),
    .head.name = "tasker",
    .head.title = "Takes tasks",
    .head.flags = MESA_CLASS_TASKS,
    .begin = climb_begin,
    .step = climb_step,
};

static const struct mesa_metalearner_class actor = {
    MESA_METALEARNER(struct climb),
    .head.name = "actor",
    .head.title = "Acts",
    .head.flags = MESA_CLASS_CONTROL,
    .begin = climb_begin,
    .step = climb_step,
};

MESA_PLUGIN(.name = "fixture", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&grid.head, &guess.head, &climb.head,
                                    &tasker.head, &actor.head));

static const struct mesa_builtin plugins[] = {
    { "metalearners", "compare", compare_plugin },
    { "sources", "grid", mesa_plugin },
    { "learners", "guess", mesa_plugin },
    { "metalearners", "climb", mesa_plugin },
    { "metalearners", "tasker", mesa_plugin },
    { "metalearners", "actor", mesa_plugin },
    { NULL, NULL, NULL },
};

/* A run of [metalearner] as the core would make it. */
struct world {
    struct mesa_registry                 registry;
    struct mesa_recipe                   recipe;
    struct mesa_host                     host;
    struct mesa_trials                  *trials;
    struct mesa_text                     rows, summary, table;
    struct mesa_metrics                  metrics;
    struct mesa_json_writer              json;
    struct mesa_report                   report;
    struct mesa_instance                *it;
    const struct mesa_metalearner_class *class_;
};

static inline mesa_status
bind(struct world *w, uint32_t kind, const char *name,
     struct mesa_component **out, struct mesa_error *err)
{
    return mesa_recipe_resolve(&w->recipe, kind, name, "t.ini", ".", out, err);
}

static inline mesa_status
world_open(struct world *w, const char *text, struct mesa_error *err)
{
    struct mesa_recipe *r = &w->recipe;
    mesa_status st;

    memset(w, 0, sizeof *w);
    w->registry.builtins = plugins;
    r->registry = &w->registry;
    w->metrics.rows = &w->rows;
    w->json = mesa_json_writer(&w->summary);
    w->report = (struct mesa_report){ .summary = &w->json,
                                      .table = &w->table,
                                      .draws = true };
    w->host = (struct mesa_host){ .recipe = r, .trials = &w->trials };
    mesa_rng_seed(&w->host.root, 3);
    st = mesa_ini_parse(&r->ini, text, strlen(text), "t.ini", ".", err);
    if (st == MESA_OK)
        st = bind(w, MESA_KIND_SOURCE, "data", &r->source, err);
    if (st == MESA_OK)
        st = bind(w, MESA_KIND_METALEARNER, "metalearner", &r->metalearner,
                  err);
    if (st == MESA_OK)
        st = mesa_recipe_bind_class(r, &mesa_evaluate_class.head, "evaluate",
                                    &r->evaluate, err);
    if (st == MESA_OK)
        st = mesa_parts_open(&w->host.parts, r->source,
                             strstr(text, "folds") != NULL, &w->host.root,
                             err);
    if (st == MESA_OK)
        st = mesa_instance_new(r->metalearner, &w->it, err);
    if (st != MESA_OK)
        return st;
    w->class_ = (const void *)mesa_instance_class(w->it);
    return w->class_->begin(mesa_instance_self(w->it), &w->host, err);
}

static inline mesa_status
step(struct world *w, uint64_t i, bool *done, struct mesa_error *err)
{
    w->metrics.step = i;
    return w->class_->step(mesa_instance_self(w->it), &w->host, i,
                           &w->metrics, done, err);
}

static inline mesa_status
run(struct world *w, const char *text, struct mesa_error *err)
{
    mesa_status st = world_open(w, text, err);
    bool done = false;

    for (uint64_t i = 0; st == MESA_OK && !done; i++)
        st = step(w, i, &done, err);
    if (st != MESA_OK)
        return st;
    mesa_json_open(&w->json, '{');
    st = w->class_->report(mesa_instance_view(w->it), &w->host, &w->report,
                           err);
    mesa_json_close(&w->json, '}');
    return st;
}

static inline void
world_close(struct world *w)
{
    mesa_report_free(&w->report);
    mesa_instance_free(w->it);
    if (w->host.parts.bundle)
        mesa_parts_free(&w->host.parts);
    mesa_recipe_free(&w->recipe);
    mesa_registry_free(&w->registry);
    mesa_free(w->rows.at);
    mesa_free(w->summary.at);
    mesa_free(w->table.at);
}

static inline const char *
file_of(const struct world *w, const char *name)
{
    for (size_t i = 0; i < w->report.n_files; i++)
        if (strcmp(w->report.file[i].name, name) == 0)
            return w->report.file[i].text.at;
    fail_msg("there is no %s", name);
    return NULL;
}

/* The picture of that name as its table; free it. */
static inline char *
table_of(const struct world *w, const char *name)
{
    struct mesa_text text = { 0 };

    for (size_t i = 0; i < w->report.n_plots; i++)
        if (strcmp(w->report.plot[i]->name, name) == 0)
            mesa_plot_data(w->report.plot[i], &text);
    if (!text.at)
        fail_msg("there is no picture %s", name);
    return mesa_text_take(&text);
}

/* Does text have these lines, one after the other? */
static inline void
expect_lines(const char *text, const char *lines)
{
    if (!strstr(text, lines))
        fail_msg("expected:\n%sgot:\n%s", lines, text);
}

/* With the k-th allocation failing, for every k: no memory, nothing lost. */
static inline void
run_without_memory(const char *text)
{
    mesa_status st = MESA_ENOMEM;
    uint64_t k = 0;

    for (; st != MESA_OK; k++) {
        uint64_t live = mesa_memory_live();
        struct mesa_error err = { MESA_OK, 0, "", "" };
        struct world w;
        bool lost;

        mesa_memory_fail_at(k);
        st = run(&w, text, &err);
        mesa_memory_fail_at(UINT64_MAX);
        /* What only a text or the report lacks is seen by their owner. */
        lost = w.report.failed || w.rows.failed || w.summary.failed ||
               w.table.failed;
        for (size_t i = 0; i < w.report.n_files; i++)
            lost |= w.report.file[i].text.failed;
        for (size_t i = 0; i < w.report.n_plots; i++)
            lost |= w.report.plot[i]->failed;
        world_close(&w);
        assert_true(st == MESA_OK || st == MESA_ENOMEM);
        if (st == MESA_OK && lost)
            st = MESA_ENOMEM;
        assert_int_equal(mesa_memory_live(), live);
        assert_true(k < 5000);
    }
    assert_true(k > 200);
}

#endif
