/* SPDX-License-Identifier: MIT */
/* catalogue.c - what plugins there are, and what they take. */
#include "catalogue.h"

#include "state.h"

#include <stdio.h>
#include <string.h>

/* Plugins that were found and would not open, printed after the good ones. */
struct refusals {
    size_t n;
    char **message;
};

static mesa_status
add_refusal(struct refusals *r, const char *message)
{
    char **moved = mesa_realloc_array(r->message, r->n + 1, sizeof *moved);

    if (!moved)
        return MESA_ENOMEM;
    r->message = moved;
    moved[r->n] = mesa_strdup(message);
    if (!moved[r->n])
        return MESA_ENOMEM;
    r->n++;
    return MESA_OK;
}

static mesa_status
list_one(struct mesa_registry *registry, const struct mesa_kind_info *kind,
         const char *name, struct refusals *refused, struct mesa_error *err)
{
    const struct mesa_class *c;
    mesa_status st = mesa_registry_find(registry, kind->kind, name, &c, err);

    if (st == MESA_ENOMEM)
        return st;
    if (st != MESA_OK)
        return add_refusal(refused, err->message);
    printf("%-12s %-22s %s\n", kind->section, name, c->title);
    return MESA_OK;
}

static mesa_status
list_kind(struct mesa_registry *registry, const struct mesa_kind_info *kind,
          struct refusals *refused, struct mesa_error *err)
{
    char **names;
    size_t n;
    mesa_status st = mesa_registry_names(registry, kind->kind, &names, &n,
                                         err);

    for (size_t i = 0; i < n; i++) {
        if (st == MESA_OK)
            st = list_one(registry, kind, names[i], refused, err);
        mesa_free(names[i]);
    }
    mesa_free(names);
    return st;
}

/* Classes of plugins that are in no folder of a kind. */
static mesa_status
list_loose(struct mesa_registry *registry, const char *kind,
           struct refusals *refused, struct mesa_error *err)
{
    char **paths;
    size_t n;
    mesa_status st = mesa_registry_loose(registry, &paths, &n, err);

    for (size_t i = 0; i < n; i++) {
        struct mesa_module *m = NULL;

        if (st == MESA_OK)
            st = mesa_module_open(paths[i], &m, err);
        if (st != MESA_OK && st != MESA_ENOMEM)
            st = add_refusal(refused, err->message);
        for (size_t c = 0; m && c < m->n_classes; c++) {
            const char *section =
                mesa_kind_info(m->class_table[c]->kind)->section;

            if (!kind || strcmp(kind, section) == 0)
                printf("%-12s %-22s %s\n", section, m->class_table[c]->name,
                       m->class_table[c]->title);
        }
        mesa_module_free(m);
        mesa_free(paths[i]);
    }
    mesa_free(paths);
    return st;
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
                    struct mesa_error *err)
{
    struct refusals refused = { 0, NULL };
    mesa_status st = kind ? check_kind(kind, err) : MESA_OK;

    if (st != MESA_OK)
        return MESA_EXIT_USAGE;
    for (size_t k = 0; mesa_kind_at(k) && st == MESA_OK; k++)
        if (!kind || strcmp(kind, mesa_kind_at(k)->section) == 0)
            st = list_kind(registry, mesa_kind_at(k), &refused, err);
    if (st == MESA_OK)
        st = list_loose(registry, kind, &refused, err);
    if (refused.n)
        printf("\nrefused:\n");
    for (size_t i = 0; i < refused.n; i++) {
        printf("  %s\n", refused.message[i]);
        mesa_free(refused.message[i]);
    }
    mesa_free(refused.message);
    return st == MESA_OK ? MESA_EXIT_OK : MESA_EXIT_FAILED;
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

static enum mesa_exit
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
    ok &= describe_rows(mesa_state_params(c), advanced);
    return ok ? MESA_EXIT_OK : MESA_EXIT_FAILED;
}

static enum mesa_exit
describe_core(const char *section, const struct mesa_param *params,
              bool advanced)
{
    printf("[%s]\n", section);
    return describe_rows(params, advanced) ? MESA_EXIT_OK : MESA_EXIT_FAILED;
}

enum mesa_exit
mesa_catalogue_describe(struct mesa_registry *registry, const char *subject,
                        bool advanced, struct mesa_error *err)
{
    const char *slash = strchr(subject, '/');
    const struct mesa_kind_info *kind;
    const struct mesa_class *c;
    char section[32];
    mesa_status st;

    if (strcmp(subject, "run") == 0)
        return describe_core(subject, mesa_run_params(), advanced);
    if (strcmp(subject, "evaluate") == 0)
        return describe_core(subject, mesa_evaluate_class.head.params,
                             advanced);
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
    return describe_class(kind, c, advanced);
}
