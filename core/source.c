/* SPDX-License-Identifier: MIT */
/* source.c - opening sources, and what can be wrong with what they give. */
#include "bundle.h"
#include "instance.h"
#include "recipe.h"

#include <string.h>

mesa_status
mesa_source_open(struct mesa_instance *source, struct mesa_bundle *out,
                 struct mesa_rng *rng, struct mesa_error *err)
{
    const struct mesa_source_class *c =
        (const void *)mesa_instance_class(source);
    const char *section =
        mesa_component_name(mesa_instance_component(source));
    struct mesa_lap lap;
    mesa_status st;

    if (c->head.kind != MESA_KIND_SOURCE)
        return mesa_fail(err, MESA_EINVAL, "%s is no %s", c->head.name,
                         mesa_kind_info(MESA_KIND_SOURCE)->noun);
    if (!c->open)
        return mesa_fail(err, MESA_EINVAL,
                         "[%s] %s gives tasks, not rows: only metalearners "
                         "that adapt to tasks can use it",
                         section, c->head.name);
    mesa_call_begin(source, MESA_CALL_READ, &lap);
    st = c->open(mesa_instance_self(source), out, rng, err);
    mesa_lap_close(&lap);
    if (st == MESA_OK)
        st = mesa_bundle_check(out, err);
    return st == MESA_OK
               ? st
               : mesa_error_prefix(err, st, "[%s] %s", section, c->head.name);
}

/* The value of the parameter `file`, or NULL. */
static struct mesa_bound *
file_of(const struct mesa_settings *settings)
{
    for (size_t i = 0; i < settings->n; i++)
        if (settings->params[i].type == MESA_TYPE_STRING &&
            strcmp(settings->params[i].name, "file") == 0)
            return &settings->bound[i];
    return NULL;
}

/* By a copy of the component, whose texts stay the component's; path NULL: by
 * itself. */
static mesa_status
make_with_file(const struct mesa_component *source, const char *path,
               struct mesa_component *copy, struct mesa_instance **out,
               struct mesa_error *err)
{
    size_t n = source->settings.n;

    *copy = *source;
    copy->settings.bound = NULL;
    *out = NULL;
    if (!path)
        return mesa_instance_new(source, out, err);
    if (!file_of(&source->settings))
        return mesa_fail(err, MESA_EINVAL, "[%s] %s reads no file",
                         source->section, source->class_->name);
    copy->settings.bound = mesa_alloc_raw(n, sizeof *copy->settings.bound);
    if (!copy->settings.bound)
        return mesa_nomem(err, n, "parameters");
    memcpy(copy->settings.bound, source->settings.bound,
           n * sizeof *copy->settings.bound);
    file_of(&copy->settings)->value.s = path;
    return mesa_instance_new(copy, out, err);
}

mesa_status
mesa_source_open_file(const struct mesa_component *source, const char *path,
                      struct mesa_bundle *out, struct mesa_rng *rng,
                      struct mesa_error *err)
{
    struct mesa_component copy;
    struct mesa_instance *made;
    mesa_status st = make_with_file(source, path, &copy, &made, err);

    if (st == MESA_OK)
        st = mesa_source_open(made, out, rng, err);
    mesa_instance_free(made);
    mesa_free(copy.settings.bound);
    return st;
}

mesa_status
mesa_source_describe_file(const struct mesa_component *source,
                          const char *path, struct mesa_error *err)
{
    const struct mesa_source_class *c = (const void *)source->class_;
    struct mesa_component copy;
    struct mesa_instance *made;
    mesa_status st = make_with_file(source, path, &copy, &made, err);

    if (st == MESA_OK && c->describe)
        st = c->describe(mesa_instance_self(made), err);
    mesa_instance_free(made);
    mesa_free(copy.settings.bound);
    return st;
}
