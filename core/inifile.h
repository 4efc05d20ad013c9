/* SPDX-License-Identifier: MIT */
/* inifile.h - a configuration as text: sections, keys, values, origins. */
#ifndef MESA_CORE_INIFILE_H
#define MESA_CORE_INIFILE_H

#include "internal.h"

struct mesa_entry {
    char *key, *value;
    char *origin; /* "run.ini:14" or "--set" */
    char *folder; /* relative paths in the value start here */
    bool  used;   /* somebody asked for this key */
};

struct mesa_section {
    char              *name, *origin;
    size_t             n, capacity;
    struct mesa_entry *entry;
    bool               used;
};

struct mesa_ini {
    size_t               n, capacity;
    struct mesa_section *section;
};

/* A zeroed struct is an empty configuration.  Reading adds to it: unknown
 * syntax, duplicate keys or sections, continuation lines, NUL bytes and
 * over-long names are errors that name file and line. */
MESA_INTERNAL mesa_status mesa_ini_read(struct mesa_ini *ini, const char *path,
                                        struct mesa_error *err);
MESA_INTERNAL mesa_status mesa_ini_parse(struct mesa_ini *ini,
                                         const char *text, size_t size,
                                         const char *name, const char *folder,
                                         struct mesa_error *err);

/* "section.key=value", replacing what is there. */
MESA_INTERNAL mesa_status mesa_ini_set(struct mesa_ini *ini,
                                       const char *assignment,
                                       struct mesa_error *err);

/* The section or key, marked as used; NULL if there is none. */
MESA_INTERNAL struct mesa_section *mesa_ini_section(struct mesa_ini *ini,
                                                    const char *name);
MESA_INTERNAL struct mesa_entry *
mesa_section_entry(struct mesa_section *section, const char *key);

/* One entry more; there is none of that key. */
MESA_INTERNAL mesa_status mesa_section_add(struct mesa_section *s,
                                           const char *key, const char *value,
                                           const char *origin,
                                           const char *folder,
                                           struct mesa_error *err);

/* The value, without marking anything; NULL if there is none. */
MESA_INTERNAL const char *mesa_ini_value(const struct mesa_ini *ini,
                                         const char *section,
                                         const char *key);

MESA_INTERNAL void mesa_ini_free(struct mesa_ini *ini);

#endif
