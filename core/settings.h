/* SPDX-License-Identifier: MIT */
/* settings.h - values bound to a parameter table, and where they are from. */
#ifndef MESA_CORE_SETTINGS_H
#define MESA_CORE_SETTINGS_H

#include "inifile.h"

struct mesa_text; /* files.h */

/* One parameter's value, checked. */
struct mesa_bound {
    union mesa_value       value; /* STRING: text below, or NULL */
    struct mesa_list       list;
    struct mesa_component *component; /* borrowed from the config */
    struct mesa_components components;
    char                  *text;      /* what all types but numbers own */
    char                  *origin;    /* "default", "run.ini:14", "--set" */
    bool                   given;     /* not the default */
};

struct mesa_settings {
    const struct mesa_param *params;
    size_t                   n;
    struct mesa_bound       *bound;
};

/* How COMPONENT(S) rows find components: by section or plugin name, which
 * origin gives, in a file of that folder. */
struct mesa_resolver {
    mesa_status (*resolve)(void *context, uint32_t kind, const char *name,
                           const char *origin, const char *folder,
                           struct mesa_component **out,
                           struct mesa_error *err);
    void *context;
    /* The name of the run's section of that kind, if there is one that is not
     * just being bound, or NULL.  NULL: there is none. */
    const char *(*section)(void *context, uint32_t kind);
};

/*
 * Bind params to the entries of section (NULL: defaults only) under the name
 * that errors give to it.  extra (may be NULL) is a second table whose keys
 * the section may also hold.  Free even after failure.
 */
MESA_INTERNAL mesa_status mesa_settings_bind(
    struct mesa_settings *out, const struct mesa_param *params,
    const struct mesa_param *extra, struct mesa_section *section,
    const char *name, const struct mesa_resolver *resolver,
    struct mesa_error *err);

/* Up to the first comma outside parentheses, or the end. */
MESA_INTERNAL size_t mesa_item_length(const char *text);

/* Store every value in the struct the table describes; strings and lists
 * stay owned by the settings. */
MESA_INTERNAL void mesa_settings_fill(const struct mesa_settings *settings,
                                      void *self);

/* The value of row i as an INI value; "" for "not given".  In fresh memory. */
MESA_INTERNAL char *mesa_settings_text(const struct mesa_settings *settings,
                                       size_t i);
MESA_INTERNAL void mesa_settings_free(struct mesa_settings *settings);

/* A row's default, and what values it takes ("an integer >= 1, or none"), in
 * words; fresh memory. */
MESA_INTERNAL char *mesa_param_default(const struct mesa_param *param);
MESA_INTERNAL char *mesa_param_range(const struct mesa_param *param);
MESA_INTERNAL size_t mesa_param_count(const struct mesa_param *params);

/* Is the table itself sound?  The message names the row. */
MESA_INTERNAL mesa_status mesa_params_check(const struct mesa_param *params,
                                            size_t self_size,
                                            struct mesa_error *err);

/* The candidate closest to what was typed, or NULL if none is close. */
struct mesa_nearest {
    const char *typed, *best;
    size_t      distance;
};
MESA_INTERNAL void mesa_nearest_offer(struct mesa_nearest *nearest,
                                      const char *candidate);

#endif
