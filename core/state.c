/* SPDX-License-Identifier: MIT */
/*
 * state.c - what a metalearner taught a component, and `state = FILE`.
 *
 * A component with a state makes instances that start from it, whoever makes
 * them: plugins need not know whether their sampler has learnt before.  The
 * file is what the component's class saves, with notes that say whose it is.
 */
#include "state.h"

#include "files.h"
#include "hash.h"
#include "instance.h"

#include <string.h>
#include <sys/stat.h>

/* Of the notes and the name below; what a class saves is its own affair. */
#define FORMAT "1"

static const struct mesa_param state_params[] = {
    MESA_STRING(struct mesa_state_options, file, "state", NULL,
                "File with what an earlier run learnt, to start from",
                .flags = MESA_PARAM_PATH),
    MESA_PARAM_END
};

const struct mesa_param *
mesa_state_params(const struct mesa_class *c)
{
    const struct mesa_metalearner_class *meta = (const void *)c;

    switch (c->kind) {
    case MESA_KIND_SAMPLER:
    case MESA_KIND_LOSS:
        return c->load ? state_params : NULL;
    case MESA_KIND_METALEARNER:
        return meta->start ? state_params : NULL;
    default:
        return NULL;
    }
}

/* Is a the learnt state of such a class? */
static mesa_status
check_notes(const struct mesa_archive *a, const struct mesa_class *c,
            const char *path, struct mesa_error *err)
{
    const char *format = mesa_archive_get_note(a, "mesa.state");
    const char *kind = mesa_archive_get_note(a, "mesa.kind");
    const char *type = mesa_archive_get_note(a, "mesa.type");
    const char *expected = mesa_kind_info(c->kind)->section;

    if (!format || !kind || !type)
        return mesa_fail(err, MESA_EPARSE,
                         "%s is not what a run has learnt", path);
    if (strcmp(format, FORMAT) != 0)
        return mesa_fail(err, MESA_EPARSE,
                         "%s is of version %.20s, expected " FORMAT, path,
                         format);
    if (strcmp(kind, expected) != 0 || strcmp(type, c->name) != 0)
        return mesa_fail(err, MESA_EPARSE,
                         "%s is what %.40s %.80s has learnt, not %s %s", path,
                         kind, type, expected, c->name);
    return MESA_OK;
}

static bool
has_key(const struct mesa_class *c, const char *key)
{
    if (strcmp(key, "type") == 0 || strcmp(key, state_params[0].name) == 0)
        return true;
    for (const struct mesa_param *p = c->params; p && p->type; p++)
        if (strcmp(key, p->name) == 0)
            return true;
    return false;
}

/* The first section of a description is that of what it describes.  What is
 * wrong with it is wrong with the file, not with the user's configuration. */
static mesa_status
add_missing(struct mesa_section *s, const struct mesa_class *c,
            const char *config, const char *path, struct mesa_error *err)
{
    struct mesa_ini ini = { 0 };
    mesa_status st = mesa_ini_parse(&ini, config, strlen(config), path, ".",
                                    err);

    for (size_t i = 0; st == MESA_OK && ini.n && i < ini.section[0].n; i++) {
        const struct mesa_entry *e = &ini.section[0].entry[i];

        if (!has_key(c, e->key))
            st = mesa_fail(err, MESA_EDATA,
                           "%s has the key '%.80s', which %s does not", path,
                           e->key, c->name);
        else if (!mesa_section_entry(s, e->key))
            st = mesa_section_add(s, e->key, e->value, path, ".", err);
    }
    mesa_ini_free(&ini);
    return st == MESA_EPARSE
               ? mesa_fail(err, MESA_EDATA,
                           "%s does not say how what is in it was made", path)
               : st;
}

mesa_status
mesa_state_settings(const struct mesa_class *c, struct mesa_section *s,
                    struct mesa_error *err)
{
    const struct mesa_entry *e =
        s && c->kind == MESA_KIND_LOSS && c->load
            ? mesa_section_entry(s, state_params[0].name)
            : NULL;
    struct mesa_archive *a = NULL;
    const char *config;
    char *path;
    struct stat is;
    mesa_status st;

    if (!e || !*e->value)
        return MESA_OK;
    path = mesa_path_absolute(e->folder, e->value);
    if (!path)
        return mesa_nomem(err, 1, "path");
    st = stat(path, &is) == 0 && S_ISREG(is.st_mode)
             ? mesa_archive_read(path, &a, err)
             : MESA_EIO;
    if (st == MESA_OK)
        st = check_notes(a, c, path, err);
    config = st == MESA_OK ? mesa_archive_get_note(a, "mesa.config") : NULL;
    if (config)
        st = add_missing(s, c, config, path, err);
    mesa_archive_free(a);
    mesa_free(path);
    return config || st == MESA_ENOMEM ? st : MESA_OK;
}

/* The file is read twice and as a whole: what is no file may have no end. */
static mesa_status
hash_file(const char *path, uint64_t *hash, struct mesa_error *err)
{
    char *data;
    size_t n;
    struct stat s;
    mesa_status st;

    if (stat(path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode))
        return mesa_fail(err, MESA_EIO, "cannot read %s: Not a regular file",
                         path);
    st = mesa_file_get(path, SIZE_MAX / 2, &data, &n, err);
    if (st != MESA_OK)
        return st;
    *hash = mesa_hash(data, n, 0);
    mesa_free(data);
    return MESA_OK;
}

static mesa_status
read_state(struct mesa_component *c, struct mesa_error *err)
{
    const char *path = c->state.file;
    struct mesa_instance *trial;
    mesa_status st = hash_file(path, &c->state_hash, err);

    if (st == MESA_OK)
        st = mesa_archive_read(path, &c->learnt, err);
    if (st == MESA_OK)
        st = check_notes(c->learnt, c->class_, path, err);
    if (st != MESA_OK)
        return mesa_error_prefix(err, st, "[%s] state", c->section);
    st = mesa_instance_new(c, &trial, err);
    mesa_instance_free(trial);
    return st;
}

mesa_status
mesa_states_read(struct mesa_recipe *recipe, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (struct mesa_component *c = recipe->components; c && st == MESA_OK;
         c = c->next)
        if (c->state.file && !c->learnt)
            st = read_state(c, err);
    return st;
}

static mesa_status
describe_state(const struct mesa_recipe *recipe,
               const struct mesa_component *c, struct mesa_archive *to,
               struct mesa_error *err)
{
    char *config = mesa_component_text(recipe, c);
    mesa_status st = config ? MESA_OK : mesa_nomem(err, 1, "description");

    if (st == MESA_OK)
        st = mesa_archive_note(to, "mesa.config", config, err);
    if (st == MESA_OK)
        st = mesa_archive_note(to, "mesa.kind",
                               mesa_kind_info(c->class_->kind)->section, err);
    if (st == MESA_OK)
        st = mesa_archive_note(to, "mesa.state", FORMAT, err);
    if (st == MESA_OK)
        st = mesa_archive_note(to, "mesa.type", c->class_->name, err);
    if (st == MESA_OK)
        st = mesa_archive_note(to, "mesa.version", MESA_VERSION, err);
    mesa_free(config);
    return st;
}

/* Metalearners keep what is for others apart from what a checkpoint needs. */
static mesa_status
save_state(const struct mesa_instance *trained, struct mesa_archive *to,
           struct mesa_error *err)
{
    const struct mesa_metalearner_class *meta =
        (const void *)mesa_instance_class(trained);

    return meta->head.kind == MESA_KIND_METALEARNER
               ? meta->keep(mesa_instance_view(trained), to, err)
               : mesa_instance_save(trained, to, MESA_STATE_NAME, 0, err);
}

mesa_status
mesa_state_take(struct mesa_recipe *recipe,
                const struct mesa_instance *trained, struct mesa_error *err)
{
    const struct mesa_component *of = mesa_instance_component(trained);
    struct mesa_component *c = recipe->components;
    struct mesa_archive *a;
    mesa_status st;

    while (c && c != of)
        c = c->next;
    if (!c)
        return mesa_fail(err, MESA_EINVAL,
                         "%s that has learnt is of no section of this run",
                         mesa_instance_class(trained)->name);
    a = mesa_archive_new();
    st = a ? describe_state(recipe, c, a, err)
           : mesa_nomem(err, 1, "archive");
    if (st == MESA_OK)
        st = save_state(trained, a, err);
    if (st != MESA_OK) {
        mesa_archive_free(a);
        return st;
    }
    /* A metalearner may look at what it has started from for life. */
    if (c->class_->kind == MESA_KIND_METALEARNER && !c->started)
        c->started = c->learnt;
    else
        mesa_archive_free(c->learnt);
    c->learnt = a;
    c->trained = true;
    return MESA_OK;
}

/* What its file is called, without .safetensors. */
static const char *
state_name(const struct mesa_component *c)
{
    return c->class_->kind == MESA_KIND_METALEARNER
               ? "init"
               : mesa_kind_info(c->class_->kind)->section;
}

const char *
mesa_states_learnt(const struct mesa_recipe *recipe)
{
    for (const struct mesa_component *c = recipe->components; c; c = c->next)
        if (c->trained)
            return state_name(c);
    return NULL;
}

mesa_status
mesa_states_write(const struct mesa_recipe *recipe, const char *folder,
                  struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (const struct mesa_component *c = recipe->components;
         c && st == MESA_OK; c = c->next) {
        char *path;

        if (!c->trained)
            continue;
        path = mesa_asprintf("%s/%s.safetensors", folder, state_name(c));
        st = path ? mesa_archive_write(c->learnt, path, err)
                  : mesa_nomem(err, 1, "path");
        mesa_free(path);
    }
    return st;
}
