/* SPDX-License-Identifier: MIT */
/*
 * ml3_policy_fixture.h - runs of ml3_policy on plugins that are linked into a
 * test.
 */
#ifndef MESA_TESTS_ML3_POLICY_FIXTURE_H
#define MESA_TESTS_ML3_POLICY_FIXTURE_H

#include "test.h"

#include "ml3/policy.h"

#include "host.h"
#include "instance.h"
#include "text.h"

#include <math.h>

const struct mesa_plugin *mesa_plugin(void);
const struct mesa_plugin *mlp_plugin(void);
const struct mesa_plugin *learned_plugin(void);
const struct mesa_plugin *pointmass_plugin(void);

/* A wall to run against: nothing costs anything there. */
static void
wall_space(const void *self, struct mesa_space *out)
{
    static const char *const name[] = { "x" };
    static const double one[] = { 1 }, low[] = { -1 };

    (void)self;
    *out = (struct mesa_space){ .struct_size = out->struct_size,
                                .n_states = 1,
                                .n_actions = 1,
                                .horizon = 3,
                                .dt = 1,
                                .state = name,
                                .action = name,
                                .unit = name,
                                .scale = one,
                                .action_low = low,
                                .action_high = one };
}

static void
wall_reset(const void *self, double *state, struct mesa_rng *rng)
{
    (void)self;
    (void)rng;
    state[0] = 0;
}

static void
wall_step(const void *self, size_t n, const double *state,
          const double *action, double *next)
{
    (void)self;
    (void)state;
    memcpy(next, action, n * sizeof *next);
}

static const struct mesa_environment_class wall = {
    MESA_ENVIRONMENT(char),
    .head.name = "wall",
    .head.title = "A wall",
    .space = wall_space,
    .reset = wall_reset,
    .step = wall_step,
};

static const struct mesa_plugin *
wall_plugin(void)
{
    static const struct mesa_class *const classes[] = { &wall.head, NULL };
    static struct mesa_plugin plugin;

    plugin = *pointmass_plugin();
    plugin.classes = classes;
    return &plugin;
}

static const struct mesa_builtin linked[] = {
    { "metalearners", "ml3_policy", mesa_plugin },
    { "learners", "mlp", mlp_plugin },
    { "losses", "learned", learned_plugin },
    { "environments", "pointmass", pointmass_plugin },
    { "environments", "wall", wall_plugin },
    { NULL, NULL, NULL },
};

/* A run: its components, and what the core lends to its metalearner. */
struct world {
    struct mesa_registry   registry;
    struct mesa_recipe     recipe;
    struct mesa_component *metalearner;
    struct mesa_host       host;
    struct mesa_text       rows;
    struct mesa_metrics    metrics;
    struct mesa_instance  *made;
    struct policy         *policy;
};

static inline const struct mesa_metalearner_class *
class_of(void)
{
    return (const void *)mesa_plugin()->classes[0];
}

static inline void
world_close(struct world *w)
{
    mesa_instance_free(w->made);
    mesa_free(w->rows.at);
    mesa_recipe_free(&w->recipe);
    mesa_registry_free(&w->registry);
    memset(w, 0, sizeof *w);
}

#define MASS "[environment]\ntype = pointmass\nhorizon = 4\n"
#define MLP                                                              \
    "[estimator]\ntype = mlp\nactivation = tanh\n"                       \
    "hidden_layer_sizes = 5\n"
#define LOSS                                                             \
    "[loss]\ntype = learned\nhidden_layer_sizes = 6, 4\n"                \
    "activation = tanh\nuse_input = yes\nuse_extra = yes\n"

/* A metalearner before begin: other sections, lines of [metalearner]. */
static inline mesa_status
world_open(struct world *w, const char *sections, const char *lines,
           struct mesa_error *err)
{
    char text[1000];
    int n = snprintf(text, sizeof text,
                     "%s[metalearner]\ntype = ml3_policy\n"
                     "meta_batch_size = 3\nepisodes = 2\neval_goals = 2\n"
                     "%s%s",
                     sections,
                     strstr(lines, "eval_updates") ? ""
                                                   : "eval_updates = 0, 2\n",
                     lines);
    struct mesa_recipe *r = &w->recipe;
    const struct {
        enum mesa_kind          kind;
        const char             *section;
        struct mesa_component **to;
    } bound[] = { { MESA_KIND_ENVIRONMENT, "environment", &r->environment },
                  { MESA_KIND_ESTIMATOR, "estimator", &r->estimator },
                  { MESA_KIND_METALEARNER, "metalearner", &w->metalearner } };
    mesa_status st;

    memset(w, 0, sizeof *w);
    assert_true(n > 0 && (size_t)n < sizeof text);
    w->registry.builtins = linked;
    r->registry = &w->registry;
    w->host.recipe = r;
    w->metrics.rows = &w->rows;
    mesa_rng_seed(&w->host.root, 4);
    st = mesa_ini_parse(&r->ini, text, (size_t)n, "t.ini", "/tmp/", err);
    for (size_t i = 0; i < MESA_COUNT(bound) && st == MESA_OK; i++) {
        char head[40];

        snprintf(head, sizeof head, "[%s]", bound[i].section);
        if (strstr(text, head))
            st = mesa_recipe_resolve(r, bound[i].kind, bound[i].section,
                                     "t.ini", "/tmp/", bound[i].to, err);
    }
    if (st == MESA_OK)
        st = mesa_instance_new(w->metalearner, &w->made, err);
    if (st == MESA_OK)
        w->policy = mesa_instance_self(w->made);
    return st;
}

static inline mesa_status
begin(struct world *w, const char *sections, const char *lines,
      struct mesa_error *err)
{
    mesa_status st = world_open(w, sections, lines, err);

    return st == MESA_OK ? class_of()->begin(w->policy, &w->host, err) : st;
}

static inline mesa_status
steps(struct world *w, uint64_t from, uint64_t to, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    bool done = false;

    for (uint64_t i = from; i < to && st == MESA_OK; i++) {
        assert_false(done);
        w->metrics.step = i;
        st = class_of()->step(w->policy, &w->host, i, &w->metrics, &done,
                              err);
    }
    return st;
}

#endif
