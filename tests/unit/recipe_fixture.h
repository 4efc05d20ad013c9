/* SPDX-License-Identifier: MIT */
/*
 * recipe_fixture.h - plugins that learn nothing, for tests of how recipes
 * bind them: leaf has values, box has others inside, rows is a source.
 */
#ifndef MESA_TESTS_RECIPE_FIXTURE_H
#define MESA_TESTS_RECIPE_FIXTURE_H

#include "test.h"

#include "recipe.h"

#include <unistd.h>

struct leaf {
    int64_t     depth;
    double      rate;
    const char *text, *file;
};

static const struct mesa_param leaf_params[] = {
    MESA_INT(struct leaf, depth, "depth", 3, 1, 100, "How deep"),
    MESA_REAL(struct leaf, rate, "rate", 0.5, 0.0, 1.0, "How fast"),
    MESA_STRING(struct leaf, text, "text", "none", "A text"),
    MESA_STRING(struct leaf, file, "file", NULL, "A path",
                .flags = MESA_PARAM_PATH),
    MESA_PARAM_END
};

struct box {
    struct mesa_component *inner;
    struct mesa_components parts;
    struct mesa_component *sampler;
};

static const struct mesa_param box_params[] = {
    MESA_COMPONENT(struct box, inner, "inner", MESA_KIND_ESTIMATOR, "leaf",
                   "What is inside"),
    MESA_COMPONENTS(struct box, parts, "parts", MESA_KIND_ESTIMATOR, NULL,
                    "What else is"),
    MESA_COMPONENT(struct box, sampler, "sampler", MESA_KIND_SAMPLER, NULL,
                   "What it samples with"),
    MESA_PARAM_END
};

static inline mesa_status
nothing_fit(void *self, const struct mesa_dataset *train,
            const struct mesa_dataset *valid, struct mesa_rng *rng,
            struct mesa_error *err)
{
    (void)self;
    (void)train;
    (void)valid;
    (void)rng;
    return mesa_fail(err, MESA_ENOTSUP, "nothing to fit");
}

static inline mesa_status
nothing_predict(const void *self, const struct mesa_cmatrix *x, double *proba,
                struct mesa_error *err)
{
    (void)self;
    (void)x;
    (void)proba;
    return mesa_fail(err, MESA_ENOTSUP, "nothing to predict");
}

static inline mesa_status
nothing_resample(void *self, const struct mesa_dataset *data,
                 const struct mesa_feedback *feedback,
                 struct mesa_sample *out, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    (void)self;
    (void)data;
    (void)feedback;
    (void)out;
    (void)rng;
    return mesa_fail(err, MESA_ENOTSUP, "nothing to resample");
}

static inline mesa_status
nothing_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
             struct mesa_error *err)
{
    (void)self;
    (void)out;
    (void)rng;
    return mesa_fail(err, MESA_ENOTSUP, "nothing to open");
}

static const struct mesa_estimator_class leaf_class = {
    MESA_ESTIMATOR(struct leaf),
    .head.name = "leaf",
    .head.title = "Values",
    .head.params = leaf_params,
    .fit = nothing_fit,
    .predict_proba = nothing_predict,
};

static const struct mesa_estimator_class box_class = {
    MESA_ESTIMATOR(struct box),
    .head.name = "box",
    .head.title = "Others inside",
    .head.params = box_params,
    .fit = nothing_fit,
    .predict_proba = nothing_predict,
};

static const struct mesa_sampler_class pick_class = {
    MESA_SAMPLER(struct leaf),
    .head.name = "pick",
    .head.title = "Values of a sampler",
    .head.params = leaf_params,
    .resample = nothing_resample,
};

static const struct mesa_source_class rows_class = {
    MESA_SOURCE(struct leaf),
    .head.name = "rows",
    .head.title = "Values of a source",
    .head.params = leaf_params,
    .open = nothing_open,
};

MESA_PLUGIN(.name = "fixture", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&leaf_class.head, &box_class.head,
                                    &pick_class.head, &rows_class.head));

static const struct mesa_builtin plugins[] = {
    { "learners", "leaf", mesa_plugin },
    { "learners", "box", mesa_plugin },
    { "samplers", "pick", mesa_plugin },
    { "sources", "rows", mesa_plugin },
    { NULL, NULL, NULL },
};

/* A recipe from text, as if it were a file of this name and folder. */
struct world {
    struct mesa_registry registry;
    struct mesa_recipe   recipe;
};

static inline void
world_open(struct world *w, const char *text)
{
    memset(w, 0, sizeof *w);
    w->registry.builtins = plugins;
    w->recipe.registry = &w->registry;
    assert_ok(mesa_ini_parse(&w->recipe.ini, text, strlen(text), "t.ini",
                             "/data/conf/", err));
}

static inline mesa_status
world_resolve(struct world *w, const char *name, struct mesa_component **out,
              struct mesa_error *err)
{
    return mesa_recipe_resolve(&w->recipe, MESA_KIND_ESTIMATOR, name,
                               "t.ini:9", "/data/conf/", out, err);
}

static inline void
world_close(struct world *w)
{
    mesa_recipe_free(&w->recipe);
    mesa_registry_free(&w->registry);
}

#endif
