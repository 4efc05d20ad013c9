/* SPDX-License-Identifier: MIT */
/*
 * source_fixture.h - a source made from lines of an INI, and files to read,
 * in a folder that goes when the test ends.
 */
#ifndef MESA_SOURCE_FIXTURE_H
#define MESA_SOURCE_FIXTURE_H

#include "config.h"

#include "test.h"

#include <stdlib.h>
#include <unistd.h>

#include "instance.h"
#include "recipe.h"

#define MAX_FILES 8

struct fixture {
    char                  folder[64], section[8];
    char                  path[MAX_FILES][128];
    size_t                n_files;
    struct mesa_ini       ini;
    struct mesa_component component;
    struct mesa_instance *source;
    struct mesa_bundle   *bundle;
};

static inline mesa_status
no_component(void *context, uint32_t kind, const char *name,
             const char *origin, const char *folder,
             struct mesa_component **out, struct mesa_error *err)
{
    (void)context;
    (void)kind;
    (void)folder;
    *out = NULL;
    return mesa_fail(err, MESA_ENOTFOUND, "%s: no component %s", origin,
                     name);
}

static inline void
fixture_init(struct fixture *fx)
{
    memset(fx, 0, sizeof *fx);
    strcpy(fx->folder, "/tmp/mesa_source_XXXXXX");
    assert_non_null(mkdtemp(fx->folder));
}

/* Write n bytes to a file of the folder. */
static inline void
fixture_write(struct fixture *fx, const char *name, const char *text, size_t n)
{
    char *path = fx->path[fx->n_files++];
    FILE *to;

    assert_true(fx->n_files <= MAX_FILES);
    assert_true(strlen(name) < sizeof fx->path[0] - sizeof fx->folder);
    strcpy(path, fx->folder);
    strcat(strcat(path, "/"), name);
    to = fopen(path, "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(text, 1, n, to), n);
    assert_int_equal(fclose(to), 0);
}

static inline void
fixture_text(struct fixture *fx, const char *name, const char *text)
{
    fixture_write(fx, name, text, strlen(text));
}

/* Let go of the source and what it gave; the files stay. */
static inline void
fixture_close(struct fixture *fx)
{
    mesa_bundle_free(fx->bundle);
    mesa_instance_free(fx->source);
    mesa_settings_free(&fx->component.settings);
    mesa_ini_free(&fx->ini);
    fx->bundle = NULL;
    fx->source = NULL;
    memset(&fx->component, 0, sizeof fx->component);
    memset(&fx->ini, 0, sizeof fx->ini);
}

static inline void
fixture_free(struct fixture *fx)
{
    fixture_close(fx);
    for (size_t i = 0; i < fx->n_files; i++)
        unlink(fx->path[i]);
    rmdir(fx->folder);
}

/* Make the plugin's first class from the lines.  Relative paths start at the
 * fixture's folder. */
static inline mesa_status
fixture_make(struct fixture *fx, const struct mesa_plugin *plugin,
             const char *lines, struct mesa_error *err)
{
    static const struct mesa_resolver resolver = { no_component, NULL,
                                                   NULL };
    const struct mesa_class *c = plugin->classes[0];
    char text[4000], folder[80];
    int n = snprintf(text, sizeof text, "[data]\n%s", lines);
    mesa_status st;

    assert_true(n > 0 && (size_t)n < sizeof text);
    fixture_close(fx);
    snprintf(folder, sizeof folder, "%s/", fx->folder);
    st = mesa_ini_parse(&fx->ini, text, (size_t)n, "t.ini", folder, err);
    if (st != MESA_OK)
        return st;
    fx->component.class_ = c;
    strcpy(fx->section, "data");
    fx->component.section = fx->section;
    st = mesa_settings_bind(&fx->component.settings, c->params, NULL,
                            mesa_ini_section(&fx->ini, "data"), "data",
                            &resolver, err);
    if (st != MESA_OK)
        return st;
    return mesa_instance_new(&fx->component, &fx->source, err);
}

/* Make it, and open it with a seed. */
static inline mesa_status
fixture_open(struct fixture *fx, const struct mesa_plugin *plugin,
             const char *lines, uint64_t seed, struct mesa_error *err)
{
    mesa_status st = fixture_make(fx, plugin, lines, err);
    struct mesa_rng rng;

    if (st != MESA_OK)
        return st;
    fx->bundle = mesa_bundle_new();
    assert_non_null(fx->bundle);
    mesa_rng_seed(&rng, seed);
    return mesa_source_open(fx->source, fx->bundle, &rng, err);
}

static inline const struct mesa_dataset *
fixture_part(const struct fixture *fx, enum mesa_part part)
{
    const struct mesa_dataset *d = mesa_bundle_dataset(fx->bundle, part);

    assert_non_null(d);
    return d;
}

/* Same shape, bits, labels and names? */
static inline void
assert_same_data(const struct mesa_dataset *a, const struct mesa_dataset *b)
{
    assert_int_equal(a->x.rows, b->x.rows);
    assert_int_equal(a->x.cols, b->x.cols);
    assert_int_equal(a->n_classes, b->n_classes);
    assert_memory_equal(a->x.data, b->x.data,
                        a->x.rows * a->x.cols * sizeof(double));
    assert_memory_equal(a->y, b->y, a->x.rows * sizeof *a->y);
    for (size_t j = 0; j < a->x.cols; j++)
        assert_string_equal(a->schema->column[j].name,
                            b->schema->column[j].name);
    for (size_t c = 0; c < a->n_classes; c++)
        assert_string_equal(a->schema->class_name[c],
                            b->schema->class_name[c]);
}

#endif
