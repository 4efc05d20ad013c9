/* SPDX-License-Identifier: MIT */
/* catalogue.h - --list and --describe, for people and as JSON. */
#ifndef MESA_CORE_CATALOGUE_H
#define MESA_CORE_CATALOGUE_H

#include "json.h"
#include "run.h"

/* Plugins of one kind (NULL: all), to standard output. */
MESA_INTERNAL enum mesa_exit
mesa_catalogue_list(struct mesa_registry *registry, const char *kind,
                    bool json, struct mesa_error *err);

/* "KIND/NAME", or a section of the core ("run", "evaluate").  JSON has the
 * advanced parameters in any case. */
MESA_INTERNAL enum mesa_exit
mesa_catalogue_describe(struct mesa_registry *registry, const char *subject,
                        bool json, bool advanced, struct mesa_error *err);

/* The version of the program, as JSON. */
MESA_INTERNAL enum mesa_exit mesa_catalogue_version(void);

/* One plugin that is there, or was refused. */
struct mesa_listed {
    const char *kind;     /* NULL: it would not even say that */
    char       *name;     /* NULL likewise */
    char       *title, *version, *file; /* file NULL: in the program */
    char       *why;      /* refused; NULL: it was not */
};

struct mesa_listing {
    size_t              n;
    struct mesa_listed *at;
};

/* catalogue_json.c: false if memory ran out. */
bool mesa_catalogue_list_json(const struct mesa_listing *listing);
bool mesa_catalogue_section_json(const char *section,
                                 const struct mesa_param *params);
bool mesa_catalogue_class_json(const struct mesa_registry *registry,
                               const struct mesa_class *class_);

#endif
