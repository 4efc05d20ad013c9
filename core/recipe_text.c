/* SPDX-License-Identifier: MIT */
/*
 * recipe_text.c - a recipe as an INI file again: --print-config, config.ini,
 * the description inside a model.
 */
#include "recipe.h"

#include "text.h"

#include <string.h>

/* Keys that say where and how fast, not what: they stay out of config.ini,
 * which is the same for any of their values. */
static bool
changes_results(const char *section, const char *key)
{
    return strcmp(section, "run") != 0 || strcmp(key, "seed") == 0;
}

static void
put_row(struct mesa_text *t, const char *section,
        const struct mesa_settings *settings, size_t i, bool with_origins)
{
    const char *key = settings->params[i].name;
    char *value = mesa_settings_text(settings, i);

    if (!value) {
        mesa_text_fail(t);
        return;
    }
    if (with_origins)
        mesa_text_printf(t, "%s = %-*s ; %s\n", key,
                         (int)(36 - MESA_MIN(strlen(key), 36)), value,
                         settings->bound[i].origin);
    else if (changes_results(section, key))
        mesa_text_printf(t, "%s =%s%s\n", key, *value ? " " : "", value);
    mesa_free(value);
}

static void
put_settings(struct mesa_text *t, const char *section,
             const struct mesa_settings *settings, bool with_origins)
{
    for (size_t i = 0; i < settings->n; i++)
        put_row(t, section, settings, i, with_origins);
}

/* Which plugin; for people, what that is. */
static void
put_type(struct mesa_text *t, const struct mesa_class *class_, bool with_title)
{
    if (with_title)
        mesa_text_printf(t, "type = %-32s ; %s\n", class_->name,
                         class_->title);
    else
        mesa_text_printf(t, "type = %s\n", class_->name);
}

static void
put_component(struct mesa_text *t, const struct mesa_component *c,
              bool with_core, bool with_origins)
{
    mesa_text_printf(t, "\n[%s]\n", c->section);
    if (c->class_ != &mesa_evaluate_class.head)
        put_type(t, c->class_, with_origins);
    put_settings(t, c->section, &c->settings, with_origins);
    if (with_core)
        put_settings(t, c->section, &c->core_settings, with_origins);
}

char *
mesa_recipe_text(const struct mesa_recipe *r, bool with_origins)
{
    const struct mesa_component *first[] = {
        r->source, r->environment, r->transform,   r->estimator,
        r->sampler, r->loss,       r->acquisition, r->metalearner,
        r->evaluate
    };
    const bool scored = !mesa_recipe_scores_itself(r);
    struct mesa_text t = { 0 };

    mesa_text_printf(&t, "[run]\n");
    put_settings(&t, "run", &r->run_settings, with_origins);
    for (size_t i = 0; i < MESA_COUNT(first); i++)
        if (first[i] && (scored || first[i] != r->evaluate))
            put_component(&t, first[i], true, with_origins);
    for (const struct mesa_component *c = r->components; c; c = c->next) {
        bool done = false;

        for (size_t i = 0; i < MESA_COUNT(first); i++)
            done |= c == first[i];
        if (!done)
            put_component(&t, c, true, with_origins);
    }
    return mesa_text_take(&t);
}

/* The components that c refers to, each once, before they are printed.  What
 * they started from is not: it is in what is saved. */
static void
put_with_references(struct mesa_text *t, const struct mesa_component *c,
                    const struct mesa_component **seen, size_t *n, size_t max)
{
    for (size_t i = 0; i < *n; i++)
        if (seen[i] == c)
            return;
    if (*n == max)
        return;
    seen[(*n)++] = c;
    put_component(t, c, false, false);
    for (size_t i = 0; i < c->settings.n; i++) {
        const struct mesa_bound *b = &c->settings.bound[i];

        if (b->component)
            put_with_references(t, b->component, seen, n, max);
        for (size_t j = 0; j < b->components.n; j++)
            put_with_references(t, b->components.item[j], seen, n, max);
    }
}

char *
mesa_component_text(const struct mesa_recipe *r,
                    const struct mesa_component *component)
{
    const struct mesa_component **seen;
    struct mesa_text t = { 0 };
    size_t n = 0, max = 0;

    for (const struct mesa_component *c = r->components; c; c = c->next)
        max++;
    seen = mesa_alloc_array(max, sizeof *seen);
    if (!seen)
        return NULL;
    put_with_references(&t, component, seen, &n, max);
    mesa_free(seen);
    return mesa_text_take(&t);
}
