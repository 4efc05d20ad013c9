/* SPDX-License-Identifier: MIT */
/*
 * mesa/component.h - plugins inside plugins.
 *
 * A component is a recipe: a class and its parameters, as a section of the
 * INI gives them.  An instance is one object made from it.  A plugin receives
 * components through its parameters (MESA_COMPONENT) and makes as many
 * instances as it needs.
 */
#ifndef MESA_COMPONENT_H
#define MESA_COMPONENT_H

#include <mesa/plugin.h>

struct mesa_component; /* immutable; may be used by several threads */
struct mesa_instance;
struct mesa_onnx; /* in onnx.h */

/* Several, each once, in the order of their comma-separated names. */
struct mesa_components {
    size_t                        n;
    struct mesa_component *const *item;
};

#ifndef __cplusplus
/* A row for them; d: the default's names, or NULL for "none given" */
#define MESA_COMPONENTS(T, m, key, k, d, ...)                               \
    { MESA_ROW_(T, m, struct mesa_components, MESA_TYPE_COMPONENTS, key),   \
      .dflt.s = (d), .kind = (k), .help = __VA_ARGS__ }
#endif

MESA_BEGIN

/* The class the component names; never NULL. */
MESA_API const struct mesa_class *
mesa_component_class(const struct mesa_component *component);

/* The section it is, or the plugin's name if it has none; never NULL. */
MESA_API const char *
mesa_component_name(const struct mesa_component *component);

/* Make an instance: fill parameters, call init.  Free with
 * mesa_instance_free (NULL is fine), before the component goes. */
MESA_API mesa_status mesa_instance_new(const struct mesa_component *component,
                                       struct mesa_instance **out,
                                       struct mesa_error *err);
MESA_API void mesa_instance_free(struct mesa_instance *instance);

MESA_API const struct mesa_class *
mesa_instance_class(const struct mesa_instance *instance);

/* Save or load what the instance has learnt, under the name "NAME.I." in
 * the caller's archive.  MESA_ENOTSUP if its class cannot. */
MESA_API mesa_status mesa_instance_save(const struct mesa_instance *instance,
                                        struct mesa_archive *to,
                                        const char *name, size_t i,
                                        struct mesa_error *err);
MESA_API mesa_status mesa_instance_load(struct mesa_instance *instance,
                                        const struct mesa_archive *from,
                                        const char *name, size_t i,
                                        struct mesa_error *err);

/* For load: how many columns and classes (may be NULL) the instance being
 * loaded was fitted on.  Check indices that come from the file against it. */
MESA_API mesa_status
mesa_archive_fitted_shape(const struct mesa_archive *from, size_t *n_columns,
                          size_t *n_classes, struct mesa_error *err);

MESA_END

#endif
