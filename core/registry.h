/* SPDX-License-Identifier: MIT */
/* registry.h - finding plugins, opening them, and checking what they say. */
#ifndef MESA_CORE_REGISTRY_H
#define MESA_CORE_REGISTRY_H

#include "settings.h"

/* What the core knows about a kind of plugin. */
struct mesa_kind_info {
    uint32_t    kind;
    const char *section;    /* of the INI, and KIND of --describe KIND/NAME */
    const char *folder;     /* below the plugin path                        */
    const char *noun;       /* in messages: "an estimator"                  */
    size_t      table_size; /* of its class table; 0: not in this version   */
};

MESA_INTERNAL const struct mesa_kind_info *mesa_kind_info(uint32_t kind);
MESA_INTERNAL const struct mesa_kind_info *
mesa_kind_by_section(const char *section);
MESA_INTERNAL const struct mesa_kind_info *mesa_kind_at(size_t i);

/* The names of required slots that are NULL in the table, or NULL. */
MESA_INTERNAL const char *mesa_kind_missing_slot(const struct mesa_class *c);

/* A plugin that was opened and found good: the core's own copies of its
 * tables, zero beyond what the plugin was built with. */
struct mesa_module {
    char                     *path;
    const struct mesa_plugin *plugin;
    size_t                    n_classes;
    struct mesa_class       **class_table;
    struct mesa_module       *next;
};

/* Open the file and check everything; messages start with the path.  The
 * module stays mapped for the life of the process. */
MESA_INTERNAL mesa_status mesa_module_open(const char *path,
                                           struct mesa_module **out,
                                           struct mesa_error *err);
/* The same for a descriptor that is already in memory. */
MESA_INTERNAL mesa_status mesa_module_adopt(const char *path,
                                            const struct mesa_plugin *plugin,
                                            struct mesa_module **out,
                                            struct mesa_error *err);
MESA_INTERNAL void mesa_module_free(struct mesa_module *module);

/* Plugins linked into the program (--disable-shared); NULL name ends. */
struct mesa_builtin {
    const char *folder, *name;
    const struct mesa_plugin *(*entry)(void);
};

struct mesa_registry {
    size_t                     n_folders;
    char                     **folder;
    const struct mesa_builtin *builtins;
    struct mesa_module        *modules;
};

/* Folders: those of MESA_PLUGIN_PATH, then the build tree's when the program
 * runs from one, else the installed ones. */
MESA_INTERNAL mesa_status mesa_registry_init(struct mesa_registry *registry,
                                             const struct mesa_builtin *own,
                                             struct mesa_error *err);
MESA_INTERNAL void mesa_registry_free(struct mesa_registry *registry);

MESA_INTERNAL mesa_status mesa_registry_find(struct mesa_registry *registry,
                                             uint32_t kind, const char *name,
                                             const struct mesa_class **out,
                                             struct mesa_error *err);

/* The module, and the plugin, that a class came from. */
MESA_INTERNAL const struct mesa_module *
mesa_registry_module(const struct mesa_registry *registry,
                     const struct mesa_class *class_);
MESA_INTERNAL const struct mesa_plugin *
mesa_registry_plugin(const struct mesa_registry *registry,
                     const struct mesa_class *class_);

/* Names of all plugins of a kind, found by file name, sorted, without
 * opening any; free each and the array. */
MESA_INTERNAL mesa_status mesa_registry_names(struct mesa_registry *registry,
                                              uint32_t kind, char ***out,
                                              size_t *n,
                                              struct mesa_error *err);

/* Plugins that lie in the folders themselves, FOLDER/NAME.so, whose kinds
 * only opening tells: their paths, sorted; free each and the array. */
MESA_INTERNAL mesa_status mesa_registry_loose(struct mesa_registry *registry,
                                              char ***out, size_t *n,
                                              struct mesa_error *err);

#endif
