/* SPDX-License-Identifier: MIT */
/*
 * maker.h - instances of plugins that are linked into a test, from words
 * "key=value", with components of theirs.
 */
#ifndef MESA_TESTS_MAKER_H
#define MESA_TESTS_MAKER_H

#include "test.h"

#include "instance.h"
#include "recipe.h"

/* What a test's instances are made of; registry.builtins is the test's. */
struct maker {
    struct mesa_registry  registry;
    struct mesa_recipe    recipe;
    struct mesa_instance *made;
};

static inline void
maker_close(struct maker *m)
{
    mesa_instance_free(m->made);
    mesa_recipe_free(&m->recipe);
    m->made = NULL;
}

static inline void
maker_free(struct maker *m)
{
    maker_close(m);
    mesa_registry_free(&m->registry);
}

/* Each word into the section of the kind; "other.key=value" into [other]. */
static inline mesa_status
maker_set(struct maker *m, const char *section, const char *words,
          struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    while (*words && st == MESA_OK) {
        size_t n = strcspn(words, " ");
        bool elsewhere = memchr(words, '.', strcspn(words, "= ")) != NULL;
        char text[200];

        snprintf(text, sizeof text, "%s%s%.*s", elsewhere ? "" : section,
                 elsewhere ? "" : ".", (int)n, words);
        st = mesa_ini_set(&m->recipe.ini, text, err);
        words += n + (words[n] == ' ');
    }
    return st;
}

/* In place of what was made before. */
static inline mesa_status
maker_make(struct maker *m, enum mesa_kind kind, const char *name,
           const char *words, struct mesa_error *err)
{
    const char *section = mesa_kind_info(kind)->section;
    struct mesa_component *component;
    const struct mesa_class *class_;
    mesa_status st = mesa_registry_find(&m->registry, kind, name, &class_,
                                        err);

    maker_close(m);
    m->recipe.registry = &m->registry;
    if (st == MESA_OK)
        st = maker_set(m, section, words, err);
    if (st == MESA_OK)
        st = mesa_recipe_bind_class(&m->recipe, class_, section, &component,
                                    err);
    return st == MESA_OK ? mesa_instance_new(component, &m->made, err) : st;
}

#endif
