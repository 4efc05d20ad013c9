/* SPDX-License-Identifier: MIT */
/*
 * active_fixture.h - a run of the metalearner active as the core would make
 * it, on a pool of which one row in five is rare, with somebody who answers
 * at once, late, or no more.
 */
#ifndef MESA_TESTS_ACTIVE_FIXTURE_H
#define MESA_TESTS_ACTIVE_FIXTURE_H

#include "test.h"

#include "active/active.h"

#include "archive_internal.h"
#include "host.h"
#include "instance.h"
#include "report.h"

#include <math.h>

const struct mesa_plugin *active_plugin(void);
const struct mesa_plugin *cross_entropy_plugin(void);
const struct mesa_plugin *impute_plugin(void);
const struct mesa_plugin *mlp_plugin(void);
const struct mesa_plugin *smote_plugin(void);
const struct mesa_plugin *standard_plugin(void);
const struct mesa_plugin *tree_plugin(void);

/* Rows of `classes` classes, one in five of them none of class 0. */
struct pool {
    int64_t rows, classes, known;
    bool    valid, test, gaps, same, whole, one_class_test;
};

static const struct mesa_param pool_params[] = {
    MESA_INT(struct pool, rows, "rows", 40, 1, 100000, "Rows of each part"),
    MESA_INT(struct pool, classes, "classes", 2, 2, 4, "Classes"),
    MESA_INT(struct pool, known, "known", -1, -1, 100000,
             "Training rows with a label; -1: all"),
    MESA_BOOL(struct pool, valid, "valid", false, "A validation part"),
    MESA_BOOL(struct pool, test, "test", true, "A test part"),
    MESA_BOOL(struct pool, gaps, "gaps", false, "Missing values"),
    MESA_BOOL(struct pool, same, "same", false, "All rows alike"),
    MESA_BOOL(struct pool, whole, "whole", false, "One table"),
    MESA_BOOL(struct pool, one_class_test, "one_class_test", false,
              "The test part has one class"),
    MESA_PARAM_END
};

static inline int32_t
truth(const struct pool *p, size_t r)
{
    return r % 5 == 0 ? (int32_t)(1 + r / 5 % ((size_t)p->classes - 1)) : 0;
}

static inline void
fill_part(const struct pool *p, enum mesa_part part, double *x, int32_t *y,
          struct mesa_rng *rng)
{
    for (size_t r = 0; r < (size_t)p->rows; r++) {
        y[r] = truth(p, r);
        x[2 * r] = p->same ? 1.0 : 2.0 * y[r] + mesa_rng_normal(rng);
        x[2 * r + 1] = p->same ? 2.0 : mesa_rng_normal(rng);
        if (p->gaps && r % 3 == 0)
            x[2 * r + 1] = NAN;
        if (p->one_class_test && part == MESA_PART_TEST)
            y[r] = 0;
        if (part == MESA_PART_TRAIN && p->known >= 0 &&
            r >= (size_t)p->known)
            y[r] = -1;
    }
}

static inline mesa_status
pool_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
          struct mesa_error *err)
{
    static const char *const classes[] = { "no", "yes", "a,b", "third" };
    const struct pool *p = self;
    const bool wanted[MESA_PART_COUNT_] = { p->whole, !p->whole,
                                            !p->whole && p->valid,
                                            !p->whole && p->test };
    mesa_status st = mesa_bundle_columns(out, 2, NULL, err);

    if (st == MESA_OK)
        st = mesa_bundle_classes(out, (size_t)p->classes, classes, NULL, err);
    for (int i = 0; i < MESA_PART_COUNT_ && st == MESA_OK; i++) {
        double *x;
        int32_t *y;

        if (!wanted[i])
            continue;
        st = mesa_bundle_part(out, (enum mesa_part)i, (size_t)p->rows, &x, &y,
                              err);
        if (st == MESA_OK)
            fill_part(p, (enum mesa_part)i, x, y, rng);
    }
    return st;
}

static const struct mesa_source_class pool = {
    MESA_SOURCE(struct pool),
    .head.name = "pool",
    .head.title = "Rows to be labelled",
    .head.params = pool_params,
    .open = pool_open,
};

struct doubt {
    bool broken, committee;
};

static const struct mesa_param doubt_params[] = {
    MESA_BOOL(struct doubt, broken, "broken", false, "Utilities below 0"),
    MESA_BOOL(struct doubt, committee, "committee", false,
              "Say that members are needed"),
    MESA_PARAM_END
};

static inline mesa_status
doubt_score(const void *self, const struct mesa_pool *p, double *utility,
            struct mesa_rng *rng, struct mesa_error *err)
{
    (void)rng, (void)err;
    for (size_t r = 0; r < p->n; r++) {
        double most = 0;

        for (size_t c = 0; c < p->n_classes; c++)
            if (p->proba[r * p->n_classes + c] > most)
                most = p->proba[r * p->n_classes + c];
        utility[r] = ((const struct doubt *)self)->broken ? -1 : 1 - most;
    }
    return MESA_OK;
}

static inline uint32_t
doubt_needs(const void *self)
{
    return ((const struct doubt *)self)->committee ? MESA_POOL_COMMITTEE : 0;
}

static const struct mesa_acquisition_class doubt = {
    MESA_ACQUISITION(struct doubt),
    .head.name = "doubt",
    .head.title = "The least likely of what is most likely",
    .head.flags = MESA_CLASS_MULTICLASS,
    .head.params = doubt_params,
    .score = doubt_score,
    .needs = doubt_needs,
};

MESA_PLUGIN(.name = "fixture", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&pool.head, &doubt.head));

static const struct mesa_builtin plugins[] = {
    { "metalearners", "active", active_plugin },
    { "acquisitions", "doubt", mesa_plugin },
    { "sources", "pool", mesa_plugin },
    { "learners", "mlp", mlp_plugin },
    { "learners", "tree", tree_plugin },
    { "losses", "cross_entropy", cross_entropy_plugin },
    { "samplers", "smote", smote_plugin },
    { "transforms", "impute", impute_plugin },
    { "transforms", "standard", standard_plugin },
    { NULL, NULL, NULL },
};

/* A run of [metalearner] as the core would make it. */
struct world {
    struct mesa_registry                 registry;
    struct mesa_recipe                   recipe;
    struct mesa_host                     host;
    struct mesa_trials                  *trials;
    struct mesa_prepared                 prepared;
    const struct mesa_dataset           *train_on;
    struct mesa_text                     rows, summary, table, said;
    struct mesa_metrics                  metrics;
    struct mesa_json_writer              json;
    struct mesa_report                   report;
    struct mesa_instance                *it;
    struct active                       *self;
    const struct mesa_metalearner_class *class_;
    const struct pool                   *truth; /* of whom is asked */
    size_t asked;        /* questions so far                    */
    size_t first_rows;   /* of the first one                    */
    bool   late;         /* every other one is answered later   */
    size_t never_after;  /* so many, none is answered; 0: all   */
};

/* mesa_host_ask, to a person. */
static inline mesa_status
answer(void *context, const struct mesa_question *q, int32_t *label,
       enum mesa_answer *out, struct mesa_error *err)
{
    struct world *w = context;

    (void)err;
    *out = w->late && w->asked % 2 == 0 ? MESA_ANSWER_LATER
                                        : MESA_ANSWER_GIVEN;
    if (w->never_after > 0 && w->asked >= w->never_after)
        *out = MESA_ANSWER_NEVER;
    if (w->asked++ == 0)
        w->first_rows = q->n;
    for (size_t i = 0; i < q->n && *out == MESA_ANSWER_GIVEN; i++)
        label[i] = truth(w->truth, q->row[i]);
    return MESA_OK;
}

static inline void
hear(void *context, const char *line)
{
    mesa_text_printf(&((struct world *)context)->said, "%s\n", line);
}

static inline mesa_status
bind_all(struct world *w, const char *text, struct mesa_error *err)
{
    struct mesa_recipe *r = &w->recipe;
    const struct {
        enum mesa_kind          kind;
        const char             *section;
        struct mesa_component **to;
    } bound[] = {
        { MESA_KIND_SOURCE, "data", &r->source },
        { MESA_KIND_TRANSFORM, "transform", &r->transform },
        { MESA_KIND_SAMPLER, "sampler", &r->sampler },
        { MESA_KIND_ESTIMATOR, "estimator", &r->estimator },
        { MESA_KIND_ACQUISITION, "acquisition", &r->acquisition },
        { MESA_KIND_METALEARNER, "metalearner", &r->metalearner },
    };
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < MESA_COUNT(bound) && st == MESA_OK; i++) {
        char section[40];

        snprintf(section, sizeof section, "[%s]", bound[i].section);
        if (strstr(text, section))
            st = mesa_recipe_resolve(r, bound[i].kind, bound[i].section,
                                     "t.ini", "/tmp", bound[i].to, err);
    }
    return st == MESA_OK
               ? mesa_recipe_bind_class(r, &mesa_evaluate_class.head,
                                        "evaluate", &r->evaluate, err)
               : st;
}

static inline mesa_status
world_begin(struct world *w, struct mesa_error *err)
{
    mesa_status st = mesa_instance_new(w->recipe.metalearner, &w->it, err);

    if (st != MESA_OK)
        return st;
    w->class_ = (const void *)mesa_instance_class(w->it);
    w->self = mesa_instance_self(w->it);
    return w->class_->begin(w->self, &w->host, err);
}

static inline mesa_status
world_open(struct world *w, const char *text, struct mesa_error *err)
{
    static const struct pool people = { .classes = 2 };
    mesa_status st;

    memset(w, 0, sizeof *w);
    w->truth = &people;
    w->registry.builtins = plugins;
    w->recipe.registry = &w->registry;
    w->metrics.rows = &w->rows;
    w->json = mesa_json_writer(&w->summary);
    w->report = (struct mesa_report){ .summary = &w->json,
                                      .table = &w->table,
                                      .draws = true };
    w->host = (struct mesa_host){ .recipe = &w->recipe,
                                  .trials = &w->trials,
                                  .prepared = &w->prepared,
                                  .train_on = &w->train_on,
                                  .say = hear,
                                  .say_context = w };
    mesa_rng_seed(&w->host.root, 3);
    st = mesa_ini_parse(&w->recipe.ini, text, strlen(text), "t.ini", "/tmp",
                        err);
    if (st == MESA_OK)
        st = bind_all(w, text, err);
    if (st == MESA_OK)
        st = mesa_parts_open(&w->host.parts, w->recipe.source,
                             strstr(text, "folds") != NULL, &w->host.root,
                             err);
    return st == MESA_OK ? world_begin(w, err) : st;
}

/* Answers come from `answer`, not from the data. */
static inline void
ask_people(struct world *w)
{
    w->host.ask = answer;
    w->host.ask_context = w;
}

/* As if the run were stopped here and gone on with in another process. */
static inline mesa_status
save_and_load(struct world *w, struct mesa_error *err)
{
    struct mesa_archive *a = mesa_archive_new();
    mesa_status st = a ? mesa_instance_save(w->it, a, "loop", 0, err)
                       : mesa_nomem(err, 1, "archive");

    if (st == MESA_OK) {
        mesa_instance_free(w->it);
        w->it = NULL;
        st = world_begin(w, err);
    }
    if (st == MESA_OK)
        st = mesa_instance_load(w->it, a, "loop", 0, err);
    mesa_archive_free(a);
    return st;
}

static inline mesa_status
write_report(struct world *w, struct mesa_error *err)
{
    mesa_status st = w->class_->finish(w->self, &w->host, err);

    if (st != MESA_OK)
        return st;
    mesa_json_open(&w->json, '{');
    st = w->class_->report(w->self, &w->host, &w->report, err);
    mesa_json_close(&w->json, '}');
    return st;
}

/* All steps of a run that has begun; saved and loaded after each, or not.  A
 * step whose answer is late is made again. */
static inline mesa_status
steps(struct world *w, bool resumed, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    bool done = false;

    for (uint64_t i = 0; !done && st == MESA_OK; i++) {
        bool was_late;

        do {
            const size_t text = w->rows.n, before = w->asked;

            w->metrics.step = i;
            st = w->class_->step(w->self, &w->host, i, &w->metrics, &done,
                                 err);
            was_late = w->late && w->asked > before &&
                       (w->asked - 1) % 2 == 0;
            if (was_late)
                w->rows.n = text;
            if (st == MESA_OK && resumed)
                st = save_and_load(w, err);
        } while (was_late && st == MESA_OK);
    }
    return st == MESA_OK ? write_report(w, err) : st;
}

static inline mesa_status
run(struct world *w, const char *text, bool resumed, struct mesa_error *err)
{
    mesa_status st = world_open(w, text, err);

    return st == MESA_OK ? steps(w, resumed, err) : st;
}

static inline void
world_close(struct world *w)
{
    mesa_report_free(&w->report);
    mesa_instance_free(w->it);
    mesa_prepared_free(&w->prepared);
    if (w->host.parts.bundle)
        mesa_parts_free(&w->host.parts);
    mesa_recipe_free(&w->recipe);
    mesa_registry_free(&w->registry);
    mesa_free(w->rows.at);
    mesa_free(w->summary.at);
    mesa_free(w->table.at);
    mesa_free(w->said.at);
}

static inline const char *
queries_of(const struct world *w)
{
    assert_int_equal(w->report.n_files, 1);
    assert_string_equal(w->report.file[0].name, "queries.csv");
    return w->report.file[0].text.at;
}

/* The score of a part that is reported under this name. */
static inline double
score_of(const struct world *w, const char *part, const char *name)
{
    for (size_t i = 0; i < w->report.n_scores; i++)
        if (strcmp(w->report.score[i].part, part) == 0 &&
            strcmp(w->report.score[i].name, name) == 0)
            return w->report.score[i].value;
    fail_msg("there is no score %s of %s rows", name, part);
    return NAN;
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

static inline size_t
count_lines(const char *text, const char *with)
{
    size_t n = 0;

    for (const char *at = strstr(text, with); at; at = strstr(at + 1, with))
        n++;
    return n;
}

#define DATA "[data]\ntype = pool\n"
#define LEARNER "[estimator]\ntype = tree\n"
#define NET                                                              \
    "[estimator]\ntype = mlp\nhidden_layer_sizes = 4\nmax_iter = 5\n"
#define REST "[acquisition]\ntype = doubt\n[evaluate]\nmetrics = accuracy\n"
#define LOOP "[metalearner]\ntype = active\nn_init = 4\nbudget = 6\n"

#endif
