/* SPDX-License-Identifier: MIT */
/* catalogue.c - what plugins there are, and what they take. */
#include "catalogue.h"

#include "state.h"

#include <stdio.h>
#include <string.h>

/* Takes over the strings of one; a NULL among those it must have is lack of
 * memory. */
static mesa_status
add_listed(struct mesa_listing *l, const struct mesa_listed *one)
{
    struct mesa_listed *moved = mesa_realloc_array(l->at, l->n + 1,
                                                   sizeof *moved);

    if (moved)
        l->at = moved;
    if (moved && (one->why || (one->name && one->title && one->version))) {
        moved[l->n++] = *one;
        return MESA_OK;
    }
    mesa_free(one->name);
    mesa_free(one->title);
    mesa_free(one->version);
    mesa_free(one->file);
    mesa_free(one->why);
    return MESA_ENOMEM;
}

static void
free_listing(struct mesa_listing *l)
{
    for (size_t i = 0; i < l->n; i++) {
        mesa_free(l->at[i].name);
        mesa_free(l->at[i].title);
        mesa_free(l->at[i].version);
        mesa_free(l->at[i].file);
        mesa_free(l->at[i].why);
    }
    mesa_free(l->at);
}

static mesa_status
add_class(struct mesa_listing *l, const struct mesa_module *m,
          const struct mesa_class *c)
{
    /* What is linked into the program has a name for a path. */
    bool is_file = m && strchr(m->path, '/');
    const struct mesa_listed one = {
        .kind    = mesa_kind_info(c->kind)->section,
        .name    = mesa_strdup(c->name),
        .title   = mesa_strdup(c->title),
        .version = mesa_strdup(m && m->plugin->version ? m->plugin->version
                                                       : ""),
        .file    = is_file ? mesa_strdup(m->path) : NULL
    };

    return add_listed(l, &one);
}

static mesa_status
add_refused(struct mesa_listing *l, const char *kind, const char *name,
            const char *why)
{
    const struct mesa_listed one = {
        .kind = kind,
        .name = name ? mesa_strdup(name) : NULL,
        .why  = mesa_strdup(why)
    };

    return add_listed(l, &one);
}

static mesa_status
list_one(struct mesa_registry *registry, const struct mesa_kind_info *kind,
         const char *name, struct mesa_listing *l, struct mesa_error *err)
{
    const struct mesa_class *c;
    mesa_status st = mesa_registry_find(registry, kind->kind, name, &c, err);

    if (st == MESA_ENOMEM)
        return st;
    return st == MESA_OK
               ? add_class(l, mesa_registry_module(registry, c), c)
               : add_refused(l, kind->section, name, err->message);
}

static mesa_status
list_kind(struct mesa_registry *registry, const struct mesa_kind_info *kind,
          struct mesa_listing *l, struct mesa_error *err)
{
    char **names;
    size_t n;
    mesa_status st = mesa_registry_names(registry, kind->kind, &names, &n,
                                         err);

    for (size_t i = 0; i < n; i++) {
        if (st == MESA_OK)
            st = list_one(registry, kind, names[i], l, err);
        mesa_free(names[i]);
    }
    mesa_free(names);
    return st;
}

/* Classes of plugins that are in no folder of a kind. */
static mesa_status
list_loose(struct mesa_registry *registry, const char *kind,
           struct mesa_listing *l, struct mesa_error *err)
{
    char **paths;
    size_t n;
    mesa_status st = mesa_registry_loose(registry, &paths, &n, err);

    for (size_t i = 0; i < n; i++) {
        struct mesa_module *m = NULL;

        if (st == MESA_OK)
            st = mesa_module_open(paths[i], &m, err);
        if (st != MESA_OK && st != MESA_ENOMEM)
            st = add_refused(l, NULL, NULL, err->message);
        for (size_t c = 0; m && c < m->n_classes && st == MESA_OK; c++)
            if (!kind || strcmp(kind, mesa_kind_info(m->class_table[c]->kind)
                                          ->section) == 0)
                st = add_class(l, m, m->class_table[c]);
        mesa_module_free(m);
        mesa_free(paths[i]);
    }
    mesa_free(paths);
    return st;
}

/* Refused ones come after the good ones. */
static void
print_listing(const struct mesa_listing *l)
{
    bool refused = false;

    for (size_t i = 0; i < l->n; i++)
        if (!l->at[i].why)
            printf("%-12s %-22s %s\n", l->at[i].kind, l->at[i].name,
                   l->at[i].title);
    for (size_t i = 0; i < l->n; i++) {
        if (!l->at[i].why)
            continue;
        printf("%s  %s\n", refused ? "" : "\nrefused:\n", l->at[i].why);
        refused = true;
    }
}

static mesa_status
check_kind(const char *name, struct mesa_error *err)
{
    struct mesa_nearest nearest = { name, NULL, 0 };

    if (mesa_kind_by_section(name))
        return MESA_OK;
    for (size_t k = 0; mesa_kind_at(k); k++)
        mesa_nearest_offer(&nearest, mesa_kind_at(k)->section);
    return nearest.best
               ? mesa_fail(err, MESA_EINVAL,
                           "there is no kind '%s'; did you mean '%s'?", name,
                           nearest.best)
               : mesa_fail(err, MESA_EINVAL,
                           "there is no kind '%s': kinds are estimator, "
                           "sampler, loss, acquisition, metalearner, data, "
                           "transform, environment",
                           name);
}

enum mesa_exit
mesa_catalogue_list(struct mesa_registry *registry, const char *kind,
                    bool json, struct mesa_error *err)
{
    struct mesa_listing l = { 0, NULL };
    mesa_status st = kind ? check_kind(kind, err) : MESA_OK;

    if (st != MESA_OK)
        return MESA_EXIT_USAGE;
    for (size_t k = 0; mesa_kind_at(k) && st == MESA_OK; k++)
        if (!kind || strcmp(kind, mesa_kind_at(k)->section) == 0)
            st = list_kind(registry, mesa_kind_at(k), &l, err);
    if (st == MESA_OK)
        st = list_loose(registry, kind, &l, err);
    if (st == MESA_OK && !json)
        print_listing(&l);
    else if (st == MESA_OK && !mesa_catalogue_list_json(&l))
        st = MESA_ENOMEM;
    free_listing(&l);
    return st == MESA_OK
               ? MESA_EXIT_OK
               : mesa_exit_code(mesa_nomem(err, 1, "list of plugins"),
                                MESA_STAGE_RUN);
}

static bool
describe_row(const struct mesa_param *p)
{
    char *range = mesa_param_range(p), *dflt = mesa_param_default(p);
    bool ok = range && dflt;

    if (ok) {
        printf("\n; %s\n; (%s%s)\n", p->help, range,
               p->flags & MESA_PARAM_REQUIRED   ? "; required"
               : p->flags & MESA_PARAM_DEPRECATED ? "; deprecated"
                                                  : "");
        for (const struct mesa_choice *c = p->choices; c && c->name; c++)
            if (c->help)
                printf(";   %s: %s\n", c->name, c->help);
        printf("%s%s =%s%s\n",
               p->flags & (MESA_PARAM_REQUIRED | MESA_PARAM_SECTION) ? ";" : "",
               p->name, *dflt ? " " : "", dflt);
    }
    mesa_free(range);
    mesa_free(dflt);
    return ok;
}

static bool
describe_rows(const struct mesa_param *params, bool advanced)
{
    bool ok = true;

    for (; params && params->type != MESA_TYPE_END; params++)
        if (advanced || !(params->flags & MESA_PARAM_ADVANCED))
            ok &= describe_row(params);
    return ok;
}

static bool
describe_class(const struct mesa_kind_info *kind, const struct mesa_class *c,
               bool advanced)
{
    bool ok;

    printf("; %s\n", c->title);
    if (c->cite)
        printf("; %s\n", c->cite);
    printf("[%s]\ntype = %s\n", kind->section, c->name);
    ok = describe_rows(c->params, advanced);
    if (kind->kind == MESA_KIND_SOURCE)
        ok &= describe_rows(mesa_data_params(c), advanced);
    return describe_rows(mesa_state_params(c), advanced) && ok;
}

static bool
describe_core(const char *section, const struct mesa_param *params, bool json,
              bool advanced)
{
    bool ok;

    if (json) {
        ok = mesa_catalogue_section_json(section, params);
    } else {
        printf("[%s]\n", section);
        ok = describe_rows(params, advanced);
    }
    return ok;
}

static enum mesa_exit
described(bool ok, struct mesa_error *err)
{
    return ok ? MESA_EXIT_OK
              : mesa_exit_code(mesa_nomem(err, 1, "description"),
                               MESA_STAGE_RUN);
}

enum mesa_exit
mesa_catalogue_describe(struct mesa_registry *registry, const char *subject,
                        bool json, bool advanced, struct mesa_error *err)
{
    const char *slash = strchr(subject, '/');
    const struct mesa_kind_info *kind;
    const struct mesa_class *c;
    char section[32];
    mesa_status st;

    if (strcmp(subject, "run") == 0)
        return described(describe_core(subject, mesa_run_params(), json,
                                       advanced), err);
    if (strcmp(subject, "evaluate") == 0)
        return described(describe_core(subject,
                                       mesa_evaluate_class.head.params, json,
                                       advanced), err);
    if (!slash) {
        mesa_fail(err, MESA_EINVAL,
                  "--describe %s: expected KIND/NAME, as estimator/tree",
                  subject);
        return MESA_EXIT_USAGE;
    }
    snprintf(section, sizeof section, "%.*s", (int)(slash - subject),
             subject);
    if (check_kind(section, err) != MESA_OK)
        return MESA_EXIT_USAGE;
    kind = mesa_kind_by_section(section);
    st = mesa_registry_find(registry, kind->kind, slash + 1, &c, err);
    if (st != MESA_OK)
        return mesa_exit_code(st, MESA_STAGE_CONFIG);
    return described(json ? mesa_catalogue_class_json(registry, c)
                          : describe_class(kind, c, advanced), err);
}
