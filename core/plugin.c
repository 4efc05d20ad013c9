/* SPDX-License-Identifier: MIT */
/*
 * plugin.c - opening one plugin: who may have written it, is the file whole,
 * does it load, was it built for this interface, is what it declares sound.
 *
 * libltdl says "file not found" for every kind of failure and binds lazily,
 * so the file goes through the dynamic linker first, with all symbols bound,
 * and its message is the one that is reported.
 */
#include "registry.h"

#include "elf_check.h"

#include <dlfcn.h>
#include <errno.h>
#include <ltdl.h>
#include <string.h>
#include <sys/stat.h>

/* Refuse a file or folder that anybody may write, or that is in such a
 * folder: whoever can swap a plugin can run code as the user. */
static mesa_status
check_writers(const char *path, struct mesa_error *err)
{
    char *folder = mesa_strdup(path), *slash;
    struct stat s;
    mesa_status st = MESA_OK;

    if (!folder)
        return mesa_nomem(err, 1, "path");
    if (stat(path, &s) != 0)
        st = mesa_fail(err, errno == ENOENT ? MESA_ENOTFOUND : MESA_EIO,
                       "%s: %s", path, strerror(errno));
    else if (s.st_mode & S_IWOTH)
        st = mesa_fail(err, MESA_EABI, "%s can be written by anybody", path);
    slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    if (st == MESA_OK &&
        stat(!slash ? "." : *folder ? folder : "/", &s) == 0 &&
        (s.st_mode & S_IWOTH))
        st = mesa_fail(err, MESA_EABI,
                       "%s is in a folder that anybody can write", path);
    mesa_free(folder);
    return st;
}

typedef const struct mesa_plugin *(*entry_function)(void);

static mesa_status
load_entry(const char *path, entry_function *entry, struct mesa_error *err)
{
    lt_dlhandle handle;
    void *trial, *symbol;

    if (lt_dlinit() != 0)
        return mesa_fail(err, MESA_EIO, "libltdl: %s", lt_dlerror());
    trial = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!trial)
        return mesa_fail(err, MESA_EABI, "%s does not load: %s", path,
                         dlerror());
    handle = lt_dlopen(path);
    dlclose(trial);
    if (!handle)
        return mesa_fail(err, MESA_EABI, "%s: libltdl cannot open it: %s",
                         path, lt_dlerror());
    lt_dlmakeresident(handle);
    symbol = lt_dlsym(handle, "mesa_plugin");
    if (!symbol)
        return mesa_fail(err, MESA_EABI,
                         "%s has no mesa_plugin(): not a mesa plugin", path);
    memcpy(entry, &symbol, sizeof symbol);
    return MESA_OK;
}

static mesa_status
check_descriptor(const char *path, const struct mesa_plugin *p,
                 struct mesa_error *err)
{
    if (!p)
        return mesa_fail(err, MESA_EABI, "%s: mesa_plugin() returns NULL",
                         path);
    if (p->magic != MESA_PLUGIN_MAGIC)
        return mesa_fail(err, MESA_EABI,
                         "%s: the magic number is %08x, expected %08x", path,
                         (unsigned)p->magic, (unsigned)MESA_PLUGIN_MAGIC);
    if (p->abi_major != MESA_ABI_MAJOR || p->abi_minor > MESA_ABI_MINOR)
        return mesa_fail(err, MESA_EABI,
                         "%s is built for plugin interface %u.%u, mesa %s "
                         "has %d.%d: rebuild it with these headers",
                         path, (unsigned)p->abi_major,
                         (unsigned)p->abi_minor, MESA_VERSION,
                         MESA_ABI_MAJOR, MESA_ABI_MINOR);
    if (p->struct_size < sizeof *p)
        return mesa_fail(err, MESA_EABI,
                         "%s: the descriptor has %u bytes, expected %zu",
                         path, (unsigned)p->struct_size, sizeof *p);
    if (p->layout != MESA_LAYOUT)
        return mesa_fail(err, MESA_EABI,
                         "%s: shared structs are laid out otherwise (%08x, "
                         "expected %08x): rebuild it without flags that "
                         "change enums or packing",
                         path, (unsigned)p->layout, (unsigned)MESA_LAYOUT);
    if (!p->name || !p->version || !p->license)
        return mesa_fail(err, MESA_EABI,
                         "%s: the descriptor lacks name, version or license",
                         path);
    if (!p->classes || !p->classes[0])
        return mesa_fail(err, MESA_EABI, "%s declares no class", path);
    return MESA_OK;
}

static bool
well_named(const char *name)
{
    if (!name || *name < 'a' || *name > 'z')
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") ==
           strlen(name);
}

/* The parts of a class head that copying the table relies on. */
static mesa_status
check_table_size(const struct mesa_class *c, const struct mesa_kind_info **kind,
                 struct mesa_error *err)
{
    if (c->struct_size < sizeof *c)
        return mesa_fail(err, MESA_EABI,
                         "a class table has %u bytes, expected at least %zu",
                         (unsigned)c->struct_size, sizeof *c);
    if (!well_named(c->name))
        return mesa_fail(err, MESA_EABI,
                         "a class is named '%s', expected lower_snake_case",
                         c->name ? c->name : "(none)");
    *kind = mesa_kind_info(c->kind);
    if (!*kind || (*kind)->table_size == 0)
        return mesa_fail(err, MESA_EABI,
                         "class %s: mesa %s knows no kind %u", c->name,
                         MESA_VERSION, (unsigned)c->kind);
    return MESA_OK;
}

static mesa_status
check_class(const struct mesa_class *c, struct mesa_error *err)
{
    const char *missing = mesa_kind_missing_slot(c);
    mesa_status st;

    if (!c->title || !*c->title)
        return mesa_fail(err, MESA_EABI, "class %s has no title", c->name);
    if (missing)
        return mesa_fail(err, MESA_EABI,
                         "class %s lacks the required slot %s", c->name,
                         missing);
    if (!c->save != !c->load)
        return mesa_fail(err, MESA_EABI,
                         "class %s has only one of save and load", c->name);
    st = mesa_params_check(c->params, c->self_size, err);
    return st == MESA_OK ? st
                         : mesa_error_prefix(err, st, "class %s", c->name);
}

/* Our own copy of a table: what the plugin did not know reads as NULL. */
static mesa_status
copy_class(const struct mesa_class *theirs, struct mesa_class **out,
           struct mesa_error *err)
{
    const struct mesa_kind_info *kind = NULL;
    mesa_status st = check_table_size(theirs, &kind, err);

    *out = NULL;
    if (st != MESA_OK)
        return st;
    *out = mesa_alloc_array(1, kind->table_size);
    if (!*out)
        return mesa_nomem(err, 1, "class table");
    memcpy(*out, theirs, MESA_MIN(theirs->struct_size, kind->table_size));
    return check_class(*out, err);
}

static mesa_status
copy_classes(struct mesa_module *m, struct mesa_error *err)
{
    const struct mesa_class *const *theirs = m->plugin->classes;
    size_t n = 0;
    mesa_status st = MESA_OK;

    while (theirs[n])
        n++;
    m->class_table = mesa_alloc_array(n, sizeof *m->class_table);
    if (!m->class_table)
        return mesa_nomem(err, n, "class tables");
    m->n_classes = n;
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = copy_class(theirs[i], &m->class_table[i], err);
    return st;
}

mesa_status
mesa_module_adopt(const char *path, const struct mesa_plugin *plugin,
                  struct mesa_module **out, struct mesa_error *err)
{
    mesa_status st = check_descriptor(path, plugin, err);
    struct mesa_module *m = NULL;

    *out = NULL;
    if (st != MESA_OK)
        return st;
    m = mesa_alloc_array(1, sizeof *m);
    if (!m)
        return mesa_nomem(err, 1, "module");
    m->plugin = plugin;
    m->path = mesa_strdup(path);
    st = m->path ? copy_classes(m, err) : mesa_nomem(err, 1, "path");
    if (st == MESA_EABI)
        mesa_error_prefix(err, st, "%s", path);
    if (st != MESA_OK)
        mesa_module_free(m);
    else
        *out = m;
    return st;
}

mesa_status
mesa_module_open(const char *path, struct mesa_module **out,
                 struct mesa_error *err)
{
    entry_function entry = NULL;
    mesa_status st = check_writers(path, err);

    *out = NULL;
    if (st == MESA_OK)
        st = mesa_elf_check(path, err);
    if (st == MESA_OK)
        st = load_entry(path, &entry, err);
    return st == MESA_OK ? mesa_module_adopt(path, entry(), out, err) : st;
}

void
mesa_module_free(struct mesa_module *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->n_classes; i++)
        mesa_free(m->class_table[i]);
    mesa_free(m->class_table);
    mesa_free(m->path);
    mesa_free(m);
}
