/* SPDX-License-Identifier: MIT */
/* ml3_fixture.h - ml3 with a small model, a small loss and tasks of random
 * numbers, as the core would run it. */
#ifndef MESA_ML3_FIXTURE_H
#define MESA_ML3_FIXTURE_H

#include "test.h"

#include "ml3/ml3.h"

#include "host.h"
#include "instance.h"
#include "task.h"
#include "text.h"

#include <math.h>

const struct mesa_plugin *mesa_plugin(void);
const struct mesa_plugin *mlp_plugin(void);
const struct mesa_plugin *learned_plugin(void);
const struct mesa_plugin *mse_plugin(void);
const struct mesa_plugin *mae_plugin(void);
const struct mesa_plugin *sinusoid_plugin(void);
const struct mesa_plugin *checkerboard_plugin(void);
const struct mesa_plugin *toy_plugin(void);

/* Tasks of random numbers, which say things called as weights of an mlp. */
struct toy {
    int64_t classes;
    bool    silent;
};

enum { INPUTS = 2, SUPPORT = 5, QUERY = 4 };

static const struct mesa_param toy_params[] = {
    MESA_INT(struct toy, classes, "classes", 0, 0, 5, "0: targets"),
    MESA_BOOL(struct toy, silent, "silent", false, "Say nothing"),
    MESA_PARAM_END
};

static const char *const toy_info[] = { "speed", "coef.0", "intercept.1" };

static mesa_status
toy_shapes(void *self, struct mesa_task_shape *shape, struct mesa_rng *rng,
           struct mesa_error *err)
{
    const struct toy *t = self;

    (void)rng, (void)err;
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++)
        shape[p] = (struct mesa_task_shape){
            .struct_size = sizeof *shape,
            .n_classes = (uint32_t)t->classes,
            .n_inputs = INPUTS,
            .n_outputs = t->classes ? (size_t)t->classes : 1,
            .n_support = SUPPORT,
            .n_query = QUERY,
            .n_info = t->silent ? 0 : MESA_COUNT(toy_info),
            .info = toy_info,
        };
    return MESA_OK;
}

static void
draw_rows(const struct toy *t, size_t rows, double *x, double *y,
          struct mesa_rng *rng)
{
    const size_t n = (size_t)t->classes;

    for (size_t i = 0; i < rows * INPUTS; i++)
        x[i] = mesa_rng_normal(rng);
    for (size_t r = 0; r < rows; r++) {
        if (n == 0)
            y[r] = mesa_rng_normal(rng);
        for (size_t c = 0, truth = mesa_rng_below(rng, n); c < n; c++)
            y[r * n + c] = c == truth;
    }
}

static mesa_status
toy_task(const void *self, enum mesa_part part, uint64_t i,
         const struct mesa_task *out, struct mesa_rng *rng,
         struct mesa_error *err)
{
    const struct toy *t = self;

    (void)part, (void)i, (void)err;
    draw_rows(t, SUPPORT, out->support_x, out->support_y, rng);
    draw_rows(t, QUERY, out->query_x, out->query_y, rng);
    for (size_t k = 0; !t->silent && k < MESA_COUNT(toy_info); k++)
        out->info[k] = mesa_rng_normal(rng);
    return MESA_OK;
}

static const struct mesa_source_class toy = {
    MESA_SOURCE(struct toy),
    .head.name = "toy",
    .head.title = "Random tasks",
    .head.params = toy_params,
    .tasks = toy_shapes,
    .task = toy_task,
};

#undef MESA_PLUGIN_ENTRY
#define MESA_PLUGIN_ENTRY toy_plugin
MESA_PLUGIN(.name = "toy", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&toy.head));

/* What a test has linked beside those. */
#ifndef MORE_LINKED
#define MORE_LINKED
#endif

static const struct mesa_builtin linked[] = {
    MORE_LINKED
    { "metalearners", "ml3", mesa_plugin },
    { "learners", "mlp", mlp_plugin },
    { "losses", "learned", learned_plugin },
    { "losses", "mse", mse_plugin },
    { "losses", "mae", mae_plugin },
    { "sources", "sinusoid", sinusoid_plugin },
    { "sources", "checkerboard", checkerboard_plugin },
    { "sources", "toy", toy_plugin },
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
    struct ml3            *ml3;
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
    mesa_tasks_free(w->host.tasks);
    mesa_parts_free(&w->host.parts);
    mesa_free(w->rows.at);
    mesa_recipe_free(&w->recipe);
    mesa_registry_free(&w->registry);
    memset(w, 0, sizeof *w);
}

static mesa_status
open_source(struct world *w, struct mesa_error *err)
{
    const struct mesa_component *source = w->recipe.source;

    return ((const struct mesa_source_class *)source->class_)->tasks
               ? mesa_tasks_open(source, &w->host.root, &w->host.tasks, err)
               : mesa_parts_open(&w->host.parts, source, false, &w->host.root,
                                 err);
}

/* A metalearner before begin, of an INI. */
static inline mesa_status
world_parse(struct world *w, const char *text, struct mesa_error *err)
{
    const struct {
        enum mesa_kind          kind;
        const char             *section;
        struct mesa_component **to;
    } bound[] = { { MESA_KIND_SOURCE, "data", &w->recipe.source },
                  { MESA_KIND_ESTIMATOR, "estimator", &w->recipe.estimator },
                  { MESA_KIND_METALEARNER, "metalearner", &w->metalearner } };
    mesa_status st;

    memset(w, 0, sizeof *w);
    w->registry.builtins = linked;
    w->recipe.registry = &w->registry;
    w->host.recipe = &w->recipe;
    w->metrics.rows = &w->rows;
    mesa_rng_seed(&w->host.root, 4);
    st = mesa_ini_parse(&w->recipe.ini, text, strlen(text), "t.ini", "/tmp/",
                        err);
    for (size_t i = 0; i < MESA_COUNT(bound) && st == MESA_OK; i++)
        st = mesa_recipe_resolve(&w->recipe, bound[i].kind, bound[i].section,
                                 "t.ini", "/tmp/", bound[i].to, err);
    if (st == MESA_OK)
        st = mesa_instance_new(w->metalearner, &w->made, err);
    if (st == MESA_OK)
        st = open_source(w, err);
    if (st == MESA_OK)
        w->ml3 = mesa_instance_self(w->made);
    return st;
}

/* One with a small model and a small loss: lines of [data], of [loss], of
 * [metalearner]. */
static inline mesa_status
world_open(struct world *w, const char *data, const char *loss,
           const char *lines, struct mesa_error *err)
{
    char text[1000];
    const char *smooth = strstr(loss, "activation")
                             ? ""
                             : "hidden_layer_sizes = 4, 3\n"
                               "activation = tanh\n";
    const char *scored = strstr(lines, "eval_steps") ? ""
                                                     : "eval_steps = 0, 3\n";
    int n = snprintf(text, sizeof text,
                     "[data]\n%s\n[estimator]\ntype = mlp\nactivation = tanh\n"
                     "hidden_layer_sizes = 3\n[loss]\ntype = learned\n"
                     "%s%s\n"
                     "[metalearner]\ntype = ml3\neval_tasks = 7\n"
                     "eval_train_tasks = 2\n%s%s",
                     data, smooth, loss, scored, lines);

    assert_true(n > 0 && (size_t)n < sizeof text);
    return world_parse(w, text, err);
}

#define TOY "type = toy\n"
#define SINES "type = sinusoid\npreset = maml\nshots = 4\n"

static inline void
world_begin(struct world *w, const char *data, const char *loss,
            const char *lines)
{
    assert_ok(world_open(w, data, loss, lines, err));
    assert_ok(class_of()->begin(w->ml3, &w->host, err));
}

static inline mesa_status
steps(struct world *w, uint64_t from, uint64_t to, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    bool done = false;

    for (uint64_t i = from; i < to && st == MESA_OK; i++) {
        assert_false(done);
        w->metrics.step = i;
        st = class_of()->step(w->ml3, &w->host, i, &w->metrics, &done, err);
    }
    return st;
}

#endif
