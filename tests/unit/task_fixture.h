/* SPDX-License-Identifier: MIT */
/*
 * task_fixture.h - tasks of a source that is linked into a test, from lines
 * of an INI.  The test names the plugins it links in `linked`.
 */
#ifndef MESA_TESTS_TASK_FIXTURE_H
#define MESA_TESTS_TASK_FIXTURE_H

#include "test.h"

#include "recipe.h"
#include "task.h"

struct task_world {
    struct mesa_registry   registry;
    struct mesa_recipe     recipe;
    struct mesa_component *component;
    struct mesa_tasks     *tasks;
    struct mesa_task_batch batch;
};

static inline void
tasks_close(struct task_world *w)
{
    mesa_task_batch_free(&w->batch);
    mesa_tasks_free(w->tasks);
    mesa_recipe_free(&w->recipe);
    mesa_registry_free(&w->registry);
    memset(w, 0, sizeof *w);
}

/* In place of what was open: the lines are those of [data], and of sections
 * after it. */
static inline mesa_status
tasks_open(struct task_world *w, const struct mesa_builtin *linked,
           const char *lines, uint64_t seed, struct mesa_error *err)
{
    char text[2000];
    int n = snprintf(text, sizeof text, "[data]\n%s", lines);
    struct mesa_rng root;
    mesa_status st;

    assert_true(n > 0 && (size_t)n < sizeof text);
    tasks_close(w);
    w->registry.builtins = linked;
    w->recipe.registry = &w->registry;
    st = mesa_ini_parse(&w->recipe.ini, text, (size_t)n, "t.ini", "/tmp/",
                        err);
    if (st == MESA_OK)
        st = mesa_recipe_resolve(&w->recipe, MESA_KIND_SOURCE, "data", "t.ini",
                                 "/tmp/", &w->component, err);
    mesa_rng_seed(&root, seed);
    return st == MESA_OK ? mesa_tasks_open(w->component, &root, &w->tasks, err)
                         : st;
}

/* In place of those drawn before. */
static inline const struct mesa_task_batch *
tasks_draw(struct task_world *w, enum mesa_part part, uint64_t first,
           size_t n)
{
    mesa_task_batch_free(&w->batch);
    assert_ok(mesa_task_batch_new(w->tasks, part, n, MESA_F64, &w->batch,
                                  err));
    assert_ok(mesa_tasks_draw(w->tasks, part, first, &w->batch, err));
    return &w->batch;
}

static inline void
assert_shape(const struct task_world *w, enum mesa_part part, size_t support,
             size_t query, size_t inputs, size_t outputs)
{
    const struct mesa_task_shape *s = mesa_tasks_shape(w->tasks, part);

    assert_non_null(s);
    assert_int_equal(s->n_support, support);
    assert_int_equal(s->n_query, query);
    assert_int_equal(s->n_inputs, inputs);
    assert_int_equal(s->n_outputs, outputs);
}

#endif
