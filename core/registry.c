/* SPDX-License-Identifier: MIT */
/*
 * registry.c - where plugins are, and which file a name means.
 *
 * NAME of a kind is FOLDER/KIND/NAME.so, FOLDER/KIND/.libs/NAME.so in a build
 * tree, or FOLDER/NAME.so, for the first FOLDER of the path that has one.
 * Nothing is scanned to find a plugin, and nothing is opened to list names.
 */
#include "registry.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PLUGINDIR
#error "PLUGINDIR is set by core/local.mk"
#endif

static mesa_status
add_folder(struct mesa_registry *r, const char *text, size_t n,
           struct mesa_error *err)
{
    char **moved = mesa_realloc_array(r->folder, r->n_folders + 1,
                                      sizeof *moved);

    if (!moved)
        return mesa_nomem(err, 1, "folder");
    r->folder = moved;
    r->folder[r->n_folders] = mesa_asprintf("%.*s", (int)n, text);
    if (!r->folder[r->n_folders])
        return mesa_nomem(err, 1, "folder");
    r->n_folders++;
    return MESA_OK;
}

static mesa_status
add_path(struct mesa_registry *r, const char *path, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    while (path && *path && st == MESA_OK) {
        size_t n = strcspn(path, ":");

        if (n > 0)
            st = add_folder(r, path, n, err);
        path += n + (path[n] == ':');
    }
    return st;
}

/* The plugins of the build tree this program runs from, if it does: libtool
 * keeps uninstalled programs in a folder .libs. */
static mesa_status
add_build_tree(struct mesa_registry *r, bool *found, struct mesa_error *err)
{
    char program[4096], *folder, *slash;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    mesa_status st = MESA_OK;

    *found = false;
    if (n <= 0)
        return MESA_OK;
    program[n] = '\0';
    slash = strrchr(program, '/');
    if (slash)
        *slash = '\0';
    slash = strrchr(program, '/');
    if (slash && strcmp(slash, "/.libs") == 0)
        *slash = '\0';
    folder = mesa_asprintf("%s/plugins", program);
    if (!folder)
        return mesa_nomem(err, 1, "path");
    *found = access(folder, X_OK) == 0;
    if (*found)
        st = add_folder(r, folder, strlen(folder), err);
    mesa_free(folder);
    return st;
}

mesa_status
mesa_registry_init(struct mesa_registry *r, const struct mesa_builtin *own,
                   struct mesa_error *err)
{
    bool in_build_tree = false;
    mesa_status st;

    memset(r, 0, sizeof *r);
    r->builtins = own;
    st = add_path(r, getenv("MESA_PLUGIN_PATH"), err);
    if (st == MESA_OK)
        st = add_build_tree(r, &in_build_tree, err);
    if (st == MESA_OK && !in_build_tree)
        st = add_folder(r, PLUGINDIR, strlen(PLUGINDIR), err);
    return st;
}

void
mesa_registry_free(struct mesa_registry *r)
{
    while (r->modules) {
        struct mesa_module *next = r->modules->next;

        mesa_module_free(r->modules);
        r->modules = next;
    }
    for (size_t i = 0; i < r->n_folders; i++)
        mesa_free(r->folder[i]);
    mesa_free(r->folder);
    memset(r, 0, sizeof *r);
}

/* The first file that NAME may mean, in fresh memory; *path NULL if none. */
static mesa_status
locate(const struct mesa_registry *r, const struct mesa_kind_info *kind,
       const char *name, char **path, struct mesa_error *err)
{
    *path = NULL;
    for (size_t i = 0; i < r->n_folders; i++) {
        for (size_t j = 0; j <= 2; j++) {
            *path = j == 0   ? mesa_asprintf("%s/%s/%s.so", r->folder[i],
                                             kind->folder, name)
                    : j == 1 ? mesa_asprintf("%s/%s/.libs/%s.so",
                                             r->folder[i], kind->folder, name)
                             : mesa_asprintf("%s/%s.so", r->folder[i], name);
            if (!*path)
                return mesa_nomem(err, 1, "path");
            if (access(*path, F_OK) == 0)
                return MESA_OK;
            mesa_free(*path);
            *path = NULL;
        }
    }
    return MESA_OK;
}

static const struct mesa_class *
class_of_module(const struct mesa_module *m, uint32_t kind, const char *name)
{
    for (size_t i = 0; i < m->n_classes; i++)
        if (m->class_table[i]->kind == kind &&
            strcmp(m->class_table[i]->name, name) == 0)
            return m->class_table[i];
    return NULL;
}

static const struct mesa_builtin *
find_builtin(const struct mesa_registry *r, const struct mesa_kind_info *kind,
             const char *name)
{
    for (const struct mesa_builtin *b = r->builtins; b && b->name; b++)
        if (strcmp(b->folder, kind->folder) == 0 &&
            strcmp(b->name, name) == 0)
            return b;
    return NULL;
}

/* "no estimator 'tre'; did you mean 'tree'?" */
static mesa_status
fail_not_found(struct mesa_registry *r, const struct mesa_kind_info *kind,
               const char *name, struct mesa_error *err)
{
    struct mesa_nearest nearest = { name, NULL, 0 };
    char **names;
    size_t n;
    mesa_status st = mesa_registry_names(r, kind->kind, &names, &n, err);

    if (st != MESA_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        mesa_nearest_offer(&nearest, names[i]);
    st = nearest.best
             ? mesa_fail(err, MESA_ENOTFOUND,
                         "there is no %s '%s'; did you mean '%s'?",
                         kind->noun, name, nearest.best)
             : mesa_fail(err, MESA_ENOTFOUND,
                         "there is no %s '%s' (mesa-core --list %s shows "
                         "what there is)",
                         kind->noun, name, kind->section);
    for (size_t i = 0; i < n; i++)
        mesa_free(names[i]);
    mesa_free(names);
    return st;
}

/* Open the module that NAME means; NULL with MESA_OK if there is none. */
static mesa_status
open_named(struct mesa_registry *r, const struct mesa_kind_info *kind,
           const char *name, struct mesa_module **out, struct mesa_error *err)
{
    const struct mesa_builtin *own = find_builtin(r, kind, name);
    char *path;
    mesa_status st = locate(r, kind, name, &path, err);

    *out = NULL;
    if (st != MESA_OK)
        return st;
    if (path)
        st = mesa_module_open(path, out, err);
    else if (own)
        st = mesa_module_adopt(name, own->entry(), out, err);
    mesa_free(path);
    return st;
}

mesa_status
mesa_registry_find(struct mesa_registry *r, uint32_t kind, const char *name,
                   const struct mesa_class **out, struct mesa_error *err)
{
    const struct mesa_kind_info *info = mesa_kind_info(kind);
    struct mesa_module *m = NULL;
    mesa_status st;

    *out = NULL;
    for (m = r->modules; m; m = m->next)
        if ((*out = class_of_module(m, kind, name)))
            return MESA_OK;
    if (strchr(name, '/'))
        return fail_not_found(r, info, name, err);
    st = open_named(r, info, name, &m, err);
    if (st != MESA_OK)
        return st;
    if (!m)
        return fail_not_found(r, info, name, err);
    m->next = r->modules;
    r->modules = m;
    *out = class_of_module(m, kind, name);
    if (!*out)
        return mesa_fail(err, MESA_EABI, "%s declares no %s named '%s'",
                         m->path, info->noun, name);
    return MESA_OK;
}

const struct mesa_module *
mesa_registry_module(const struct mesa_registry *r, const struct mesa_class *c)
{
    for (const struct mesa_module *m = r->modules; m; m = m->next)
        for (size_t i = 0; i < m->n_classes; i++)
            if (m->class_table[i] == c)
                return m;
    return NULL;
}

const struct mesa_plugin *
mesa_registry_plugin(const struct mesa_registry *r, const struct mesa_class *c)
{
    const struct mesa_module *m = mesa_registry_module(r, c);

    return m ? m->plugin : NULL;
}

/* A growing set of names. */
struct names {
    char **name;
    size_t n;
};

static mesa_status
add_name(struct names *names, const char *name, size_t length,
         struct mesa_error *err)
{
    char **moved;

    for (size_t i = 0; i < names->n; i++)
        if (strncmp(names->name[i], name, length) == 0 &&
            names->name[i][length] == '\0')
            return MESA_OK;
    moved = mesa_realloc_array(names->name, names->n + 1, sizeof *moved);
    if (!moved)
        return mesa_nomem(err, names->n, "names");
    names->name = moved;
    moved[names->n] = mesa_asprintf("%.*s", (int)length, name);
    if (!moved[names->n])
        return mesa_nomem(err, names->n, "names");
    names->n++;
    return MESA_OK;
}

/* Names of the modules in a folder, which is freed; or their paths. */
static mesa_status
add_names_of(struct names *names, char *folder, bool paths,
             struct mesa_error *err)
{
    DIR *dir = folder ? opendir(folder) : NULL;
    const struct dirent *entry;
    mesa_status st = folder ? MESA_OK : mesa_nomem(err, 1, "path");

    while (st == MESA_OK && dir && (entry = readdir(dir))) {
        size_t n = strlen(entry->d_name);
        char *path = NULL;

        if (n <= 3 || strcmp(entry->d_name + n - 3, ".so") != 0)
            continue;
        if (paths) {
            path = mesa_asprintf("%s/%s", folder, entry->d_name);
            st = path ? add_name(names, path, strlen(path), err)
                      : mesa_nomem(err, 1, "path");
            mesa_free(path);
        } else {
            st = add_name(names, entry->d_name, n - 3, err);
        }
    }
    if (dir)
        closedir(dir);
    mesa_free(folder);
    return st;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names, sorted, to the caller; nothing after a failure. */
static void
hand_over(struct names *names, mesa_status st, char ***out, size_t *n)
{
    if (st != MESA_OK) {
        for (size_t i = 0; i < names->n; i++)
            mesa_free(names->name[i]);
        mesa_free(names->name);
        *names = (struct names){ NULL, 0 };
    }
    if (names->n)
        qsort(names->name, names->n, sizeof *names->name, compare_names);
    *out = names->name;
    *n = names->n;
}

mesa_status
mesa_registry_names(struct mesa_registry *r, uint32_t kind, char ***out,
                    size_t *n, struct mesa_error *err)
{
    const struct mesa_kind_info *info = mesa_kind_info(kind);
    struct names names = { NULL, 0 };
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < r->n_folders && st == MESA_OK; i++) {
        st = add_names_of(&names, mesa_asprintf("%s/%s", r->folder[i],
                                                info->folder), false, err);
        if (st == MESA_OK)
            st = add_names_of(&names,
                              mesa_asprintf("%s/%s/.libs", r->folder[i],
                                            info->folder), false, err);
    }
    for (const struct mesa_builtin *b = r->builtins;
         b && b->name && st == MESA_OK; b++)
        if (strcmp(b->folder, info->folder) == 0)
            st = add_name(&names, b->name, strlen(b->name), err);
    hand_over(&names, st, out, n);
    return st;
}

mesa_status
mesa_registry_loose(struct mesa_registry *r, char ***out, size_t *n,
                    struct mesa_error *err)
{
    struct names names = { NULL, 0 };
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < r->n_folders && st == MESA_OK; i++)
        st = add_names_of(&names, mesa_strdup(r->folder[i]), true, err);
    hand_over(&names, st, out, n);
    return st;
}
