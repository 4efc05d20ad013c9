/* SPDX-License-Identifier: MIT */
/*
 * recipe.h - a run as it was configured: every section bound to the plugin it
 * names, ready to make instances from.
 */
#ifndef MESA_CORE_RECIPE_H
#define MESA_CORE_RECIPE_H

#include "registry.h"
#include "timing.h"

/* Keys of the core's own in sections of plugins that learn: state.h. */
struct mesa_state_options {
    const char *file;
};

/* Keys of the core's own in sections of sources. */
struct mesa_data_options {
    struct mesa_list split;
};

struct mesa_component {
    const struct mesa_class  *class_;
    char                     *section;
    struct mesa_settings      settings;
    bool                      complete; /* false while it is being bound */
    struct mesa_settings      core_settings; /* of state or data, if any */
    struct mesa_state_options state;
    struct mesa_data_options  data;
    uint64_t                  state_hash; /* of the file */
    struct mesa_archive      *learnt;  /* instances start from it, or NULL */
    struct mesa_archive      *started; /* what was read, once more is learnt */
    bool                      trained; /* in this run */
    struct mesa_timer        *timers;  /* of each call; or NULL */
    struct mesa_timer         timer[MESA_CALL_COUNT_]; /* those, in a recipe */
    struct mesa_component    *next;
};

/* [run] */
struct mesa_run_options {
    int64_t     seed, threads;
    const char *output;
    double      checkpoint_interval, max_seconds;
    bool        report, tensorboard;
};

/* [evaluate] is the parameter table of the built-in metalearner "evaluate". */
struct mesa_recipe {
    struct mesa_ini        ini;
    const char            *path; /* of the INI file, borrowed */
    char                  *name; /* of the INI file, without folder and .ini */
    struct mesa_registry  *registry;
    struct mesa_component *components, *last; /* in order of binding */
    struct mesa_settings   run_settings;
    struct mesa_run_options  run;
    struct mesa_component *source, *transform, *estimator, *sampler,
        *loss, *environment, *acquisition, *metalearner, *evaluate;
    const struct mesa_component *result; /* the metalearner's, or NULL */
};

/*
 * Read the file, apply the assignments, bind everything, and refuse what
 * nobody asked for.  Free even after failure.
 */
MESA_INTERNAL mesa_status mesa_recipe_init(struct mesa_recipe *recipe,
                                           struct mesa_registry *registry,
                                           const char *path,
                                           const char *const *set,
                                           size_t n_set,
                                           struct mesa_error *err);
MESA_INTERNAL void mesa_recipe_free(struct mesa_recipe *recipe);

/* Does it say what to learn with?  Only to resample, nothing need learn. */
MESA_INTERNAL mesa_status
mesa_recipe_check_run(const struct mesa_recipe *recipe,
                      struct mesa_error *err);

/* Is the metalearner one that takes tasks; or one that acts in [environment],
 * without data?  Both score what they have learnt themselves. */
bool mesa_recipe_takes_tasks(const struct mesa_recipe *recipe);
bool mesa_recipe_acts(const struct mesa_recipe *recipe);
bool mesa_recipe_scores_itself(const struct mesa_recipe *recipe);

/* Is the metalearner one that asks for the labels of rows? */
bool mesa_recipe_asks(const struct mesa_recipe *recipe);

/* What [evaluate] fits: what the metalearner offers, or [estimator]. */
const struct mesa_component *
mesa_recipe_fitted(const struct mesa_recipe *recipe);

/* The sampler to apply to training rows, or NULL: none if a metalearner is
 * to learn from it, or a component that refers to it. */
const struct mesa_component *
mesa_recipe_row_sampler(const struct mesa_recipe *recipe);

/* [sampler] unless a component refers to it, whoever asks. */
const struct mesa_component *
mesa_recipe_free_sampler(const struct mesa_recipe *recipe);

/* The effective configuration as an INI, in fresh memory: a fixed order of
 * sections and keys, without what does not change results (threads, output);
 * or everything, each value with its origin. */
MESA_INTERNAL char *mesa_recipe_text(const struct mesa_recipe *recipe,
                                     bool with_origins);

/* One component with everything it refers to, the same way. */
MESA_INTERNAL char *
mesa_component_text(const struct mesa_recipe *recipe,
                    const struct mesa_component *component);

/* A component outside any recipe, for tests, tools and saved models: the
 * section named `section` of ini (NULL: defaults), bound to class_. */
MESA_INTERNAL mesa_status mesa_recipe_bind_class(
    struct mesa_recipe *recipe, const struct mesa_class *class_,
    const char *section, struct mesa_component **out, struct mesa_error *err);

/* The section or plugin called name, as a component of that kind; origin and
 * folder are those of whoever names it. */
MESA_INTERNAL mesa_status mesa_recipe_resolve(struct mesa_recipe *recipe,
                                              uint32_t kind, const char *name,
                                              const char *origin,
                                              const char *folder,
                                              struct mesa_component **out,
                                              struct mesa_error *err);

/* "tree(max_depth=1)": a plugin and keys of its section.  A zeroed struct is
 * free already; type and section (NULL: no keys) live as long as the rest. */
struct mesa_inline {
    struct mesa_ini      ini;
    char                *block;
    const char          *type, *origin, *folder;
    struct mesa_section *section;
};
mesa_status mesa_inline_parse(const char *name, const char *origin,
                              const char *folder, struct mesa_inline *out,
                              struct mesa_error *err);
void mesa_inline_free(struct mesa_inline *inline_);

MESA_INTERNAL const struct mesa_param *mesa_run_params(void);
MESA_INTERNAL const struct mesa_param *
mesa_data_params(const struct mesa_class *source);

/* The class behind [evaluate]: scoring as an outer loop like any other. */
MESA_INTERNAL extern const struct mesa_metalearner_class mesa_evaluate_class;

#endif
