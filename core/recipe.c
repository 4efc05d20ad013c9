/* SPDX-License-Identifier: MIT */
/*
 * recipe.c - from an INI file to bound components.
 *
 * Sections that the core knows are bound first; a component parameter then
 * pulls in the section it names, or a plugin of that name with its defaults.
 * What is left over was a mistake, and is reported with what was likely
 * meant.
 */
#include "recipe.h"

#include "files.h"
#include "state.h"

#include <math.h>
#include <string.h>

static const struct mesa_param run_params[] = {
    MESA_INT(struct mesa_run_options, seed, "seed", 0, 0, INT64_MAX,
             "Root of every random stream of the run"),
    MESA_INT(struct mesa_run_options, threads, "threads", 0, 0, 4096,
             "Threads to use, 0 for all processors; results are the same"),
    MESA_STRING(struct mesa_run_options, output, "output", NULL,
                "Folder for the results; runs/NAME in the current folder if "
                "not given",
                .flags = MESA_PARAM_PATH),
    MESA_REAL(struct mesa_run_options, checkpoint_interval,
              "checkpoint_interval", 10.0, 0.0, INFINITY,
              "Seconds between checkpoints; 0 writes one after every step"),
    MESA_REAL(struct mesa_run_options, max_seconds, "max_seconds", 0.0, 0.0,
              INFINITY,
              "Stop with a checkpoint after so many seconds; 0 means never"),
    MESA_BOOL(struct mesa_run_options, report, "report", true,
              "Leave pictures, in plots/, and report.html"),
    MESA_BOOL(struct mesa_run_options, tensorboard, "tensorboard", true,
              "Leave an event file for TensorBoard"),
    MESA_PARAM_END
};

static const struct mesa_param data_params[] = {
    MESA_LIST(struct mesa_data_options, split, "split", "0.6, 0.2, 0.2",
              "Shares of training, validation and test rows (or training and "
              "test) when the source gives one table; stratified",
              .min.r = 0.0, .max.r = 1.0, .flags = MESA_PARAM_OPEN_MIN),
    MESA_PARAM_END
};

const struct mesa_param *
mesa_run_params(void)
{
    return run_params;
}

/* Tasks are not split. */
const struct mesa_param *
mesa_data_params(const struct mesa_class *class_)
{
    const struct mesa_source_class *source = (const void *)class_;

    return source->open ? data_params : NULL;
}

static mesa_status
resolve_thunk(void *context, uint32_t kind, const char *name,
              const char *origin, const char *folder,
              struct mesa_component **out, struct mesa_error *err)
{
    return mesa_recipe_resolve(context, kind, name, origin, folder, out, err);
}

static struct mesa_component *
find_bound(const struct mesa_recipe *r, uint32_t kind, const char *section)
{
    for (struct mesa_component *c = r->components; c; c = c->next)
        if (c->class_->kind == kind && strcmp(c->section, section) == 0)
            return c;
    return NULL;
}

/* Components within components, which take stack; nobody needs so many. */
enum { DEEPEST = 256 };

/* Whether as many wait for what they refer to. */
static bool
is_too_deep(const struct mesa_recipe *r)
{
    int depth = 0;

    for (struct mesa_component *c = r->components; c; c = c->next)
        depth += !c->complete;
    return depth >= DEEPEST;
}

static const char *
own_section(void *context, uint32_t kind)
{
    struct mesa_recipe *r = context;
    const char *name = mesa_kind_info(kind)->section;
    const struct mesa_component *c = find_bound(r, kind, name);

    return mesa_ini_section(&r->ini, name) && (!c || c->complete) ? name
                                                                  : NULL;
}

/* A section of the core's own, bound and stored; *settings keeps it. */
static mesa_status
bind_core(struct mesa_recipe *r, struct mesa_section *s, const char *name,
          const struct mesa_param *params, const struct mesa_param *extra,
          struct mesa_settings *settings, void *options,
          struct mesa_error *err)
{
    const struct mesa_resolver resolver = { resolve_thunk, r, own_section };
    mesa_status st = mesa_settings_bind(settings, params, extra, s, name,
                                        &resolver, err);

    if (st == MESA_OK)
        mesa_settings_fill(settings, options);
    return st;
}

/* A new component at the end of the list, so that the order is that of
 * reference; its own references are bound before it is complete. */
static mesa_status
bind_class(struct mesa_recipe *r, const struct mesa_class *class_,
           struct mesa_section *s, const char *name,
           struct mesa_component **out, struct mesa_error *err)
{
    struct mesa_component *c = mesa_alloc_array(1, sizeof *c);
    const struct mesa_resolver resolver = { resolve_thunk, r, own_section };
    bool source = class_->kind == MESA_KIND_SOURCE;
    const struct mesa_param *own = source ? mesa_data_params(class_)
                                          : mesa_state_params(class_);
    mesa_status st;

    *out = c;
    if (!c)
        return mesa_nomem(err, 1, "component");
    c->class_ = class_;
    c->timers = c->timer;
    *(r->last ? &r->last->next : &r->components) = c;
    r->last = c;
    c->section = mesa_strdup(name);
    if (!c->section)
        return mesa_nomem(err, 1, "section name");
    st = mesa_state_settings(class_, s, err);
    if (st == MESA_OK)
        st = mesa_settings_bind(&c->settings, class_->params, own, s, name,
                                &resolver, err);
    if (st == MESA_OK && own)
        st = bind_core(r, s, name, own, class_->params, &c->core_settings,
                       source ? (void *)&c->data : (void *)&c->state, err);
    c->complete = st == MESA_OK;
    return st;
}

mesa_status
mesa_recipe_bind_class(struct mesa_recipe *r, const struct mesa_class *class_,
                       const char *section, struct mesa_component **out,
                       struct mesa_error *err)
{
    return bind_class(r, class_, mesa_ini_section(&r->ini, section), section,
                      out, err);
}

/* The plugin a section means: its type, or for sections with a name of the
 * user's own, that name. */
static mesa_status
type_of_section(struct mesa_section *s, const struct mesa_kind_info *kind,
                const char **type, const char **origin,
                struct mesa_error *err)
{
    struct mesa_entry *e = mesa_section_entry(s, "type");

    if (e) {
        *type = e->value;
        *origin = e->origin;
        return MESA_OK;
    }
    for (size_t i = 0; i < s->n; i++) {
        struct mesa_nearest nearest = { s->entry[i].key, NULL, 0 };

        mesa_nearest_offer(&nearest, "type");
        if (nearest.best && strcmp(s->name, kind->section) == 0)
            return mesa_fail(err, MESA_EINVAL,
                             "%s: [%s] has no key '%s'; did you mean 'type'?",
                             s->entry[i].origin, s->name, s->entry[i].key);
    }
    if (strcmp(s->name, kind->section) == 0)
        return mesa_fail(err, MESA_EINVAL,
                         "%s: [%s] needs a type (mesa-core --list %s shows "
                         "what there is)",
                         s->origin, s->name, kind->section);
    *type = s->name;
    *origin = s->origin;
    return MESA_OK;
}

/* No plugin has the name; should it be close to that of a section which
 * nobody has asked for yet, that one was meant. */
static mesa_status
fail_unresolved(const struct mesa_recipe *r, const char *noun,
                const char *name, const char *origin, struct mesa_error *err)
{
    struct mesa_nearest nearest = { name, NULL, 0 };

    for (size_t i = 0; i < r->ini.n; i++)
        if (!r->ini.section[i].used)
            mesa_nearest_offer(&nearest, r->ini.section[i].name);
    return nearest.best
               ? mesa_fail(err, MESA_EINVAL,
                           "%s: there is no section and no %s '%s'; did you "
                           "mean [%s]?",
                           origin, noun, name, nearest.best)
               : mesa_error_prefix(err, MESA_ENOTFOUND, "%s", origin);
}

mesa_status
mesa_recipe_resolve(struct mesa_recipe *r, uint32_t kind, const char *name,
                    const char *origin, const char *folder,
                    struct mesa_component **out, struct mesa_error *err)
{
    const struct mesa_kind_info *info = mesa_kind_info(kind);
    struct mesa_component *known = find_bound(r, kind, name);
    struct mesa_section *s = mesa_ini_section(&r->ini, name);
    const struct mesa_class *class_;
    struct mesa_inline inline_ = { .block = NULL };
    const char *type = name;
    mesa_status st = MESA_OK;

    *out = known;
    if (known && known->complete)
        return MESA_OK;
    if (known)
        return mesa_fail(err, MESA_EINVAL,
                         "%s: [%s] refers to itself through %s", origin, name,
                         info->section);
    if (is_too_deep(r))
        return mesa_fail(err, MESA_EINVAL,
                         "%s: '%.64s' is within %d others: no more are "
                         "taken",
                         origin, name, DEEPEST);
    if (s) {
        st = type_of_section(s, info, &type, &origin, err);
    } else if (strchr(name, '(')) {
        st = mesa_inline_parse(name, origin, folder, &inline_, err);
        s = inline_.section;
        type = inline_.type;
    }
    if (st == MESA_OK) {
        st = mesa_registry_find(r->registry, kind, type, &class_, err);
        if (st == MESA_ENOTFOUND && !s)
            st = fail_unresolved(r, info->noun, name, origin, err);
        else if (st != MESA_OK)
            mesa_error_prefix(err, st, "%s", origin);
    }
    if (st == MESA_OK)
        st = bind_class(r, class_, s, name, out, err);
    mesa_inline_free(&inline_);
    return st;
}

static mesa_status
bind_section(struct mesa_recipe *r, uint32_t kind,
             struct mesa_component **out, struct mesa_error *err)
{
    const struct mesa_kind_info *info = mesa_kind_info(kind);
    const struct mesa_section *s = mesa_ini_section(&r->ini, info->section);

    *out = NULL;
    return s ? mesa_recipe_resolve(r, kind, info->section, s->origin, ".", out,
                                   err)
             : MESA_OK;
}

/* Sections that nobody asked for; only those that are close to a known name,
 * or all. */
static mesa_status
refuse_leftovers(const struct mesa_recipe *r, bool only_close,
                 struct mesa_error *err)
{
    for (size_t i = 0; i < r->ini.n; i++) {
        const struct mesa_section *s = &r->ini.section[i];
        struct mesa_nearest nearest = { s->name, NULL, 0 };

        if (s->used)
            continue;
        mesa_nearest_offer(&nearest, "run");
        mesa_nearest_offer(&nearest, "evaluate");
        for (size_t k = 0; mesa_kind_at(k); k++)
            mesa_nearest_offer(&nearest, mesa_kind_at(k)->section);
        for (const struct mesa_component *c = r->components; c; c = c->next)
            mesa_nearest_offer(&nearest, c->section);
        if (only_close && nearest.best && nearest.distance == 0)
            continue; /* a section of ours that has not had its turn */
        if (nearest.best)
            return mesa_fail(err, MESA_EINVAL,
                             "%s: unknown section [%s]; did you mean [%s]?",
                             s->origin, s->name, nearest.best);
        if (!only_close)
            return mesa_fail(err, MESA_EINVAL,
                             "%s: unknown section [%s]: no parameter refers "
                             "to it",
                             s->origin, s->name);
    }
    return MESA_OK;
}

/* A section that must be there is not: most likely it is misspelt. */
static mesa_status
fail_missing(const struct mesa_recipe *r, const char *what,
             struct mesa_error *err)
{
    mesa_status st = refuse_leftovers(r, true, err);

    return st == MESA_OK
               ? mesa_fail(err, MESA_EINVAL, "%s: %s", r->path, what)
               : st;
}

/* The core's own sections have no type. */
static mesa_status
refuse_type(struct mesa_recipe *r, const char *section,
            struct mesa_error *err)
{
    struct mesa_section *s = mesa_ini_section(&r->ini, section);
    const struct mesa_entry *e = s ? mesa_section_entry(s, "type") : NULL;

    return e ? mesa_fail(err, MESA_EINVAL, "%s: [%s] has no key 'type'",
                         e->origin, section)
             : MESA_OK;
}

/* Without [data] the first source that somebody names is the run's. */
static mesa_status
require_data(struct mesa_recipe *r, struct mesa_error *err)
{
    for (struct mesa_component *c = r->components; c && !r->source;
         c = c->next)
        if (c->class_->kind == MESA_KIND_SOURCE)
            r->source = c;
    return r->source ? MESA_OK
                     : fail_missing(r, "there is no [data] section: where do "
                                       "rows come from?",
                                    err);
}

bool
mesa_recipe_takes_tasks(const struct mesa_recipe *r)
{
    return r->metalearner &&
           (r->metalearner->class_->flags & MESA_CLASS_TASKS);
}

bool
mesa_recipe_acts(const struct mesa_recipe *r)
{
    return r->metalearner &&
           (r->metalearner->class_->flags & MESA_CLASS_CONTROL);
}

bool
mesa_recipe_scores_itself(const struct mesa_recipe *r)
{
    return mesa_recipe_takes_tasks(r) || mesa_recipe_acts(r);
}

bool
mesa_recipe_asks(const struct mesa_recipe *r)
{
    return r->metalearner &&
           (r->metalearner->class_->flags & MESA_CLASS_UNLABELLED);
}

static bool
refers_to(const struct mesa_bound *b, const struct mesa_component *c)
{
    for (size_t i = 0; i < b->components.n; i++)
        if (b->components.item[i] == c)
            return true;
    return b->component == c;
}

static bool
is_referred_to(const struct mesa_recipe *r, const struct mesa_component *to)
{
    for (const struct mesa_component *c = r->components; c; c = c->next)
        for (size_t i = 0; i < c->settings.n; i++)
            if (refers_to(&c->settings.bound[i], to))
                return true;
    return false;
}

/* Metalearners that take tasks take them as they are, others act. */
static mesa_status
refuse_idle(struct mesa_recipe *r, struct mesa_error *err)
{
    const bool acts = mesa_recipe_acts(r);
    const struct mesa_component *idle[] = {
        r->transform, r->sampler, acts ? r->source : NULL,
        acts ? NULL : r->environment
    };

    for (size_t i = 0; i < MESA_COUNT(idle); i++)
        if ((mesa_recipe_scores_itself(r) || idle[i] == r->environment) &&
            idle[i] && !is_referred_to(r, idle[i]))
            return mesa_fail(err, MESA_EINVAL,
                             "%s: [%s] is used by nothing: %s%s %s",
                             mesa_ini_section(&r->ini, idle[i]->section)
                                 ->origin,
                             idle[i]->section,
                             r->metalearner ? "metalearner "
                                            : "there is no [metalearner]",
                             r->metalearner ? r->metalearner->class_->name
                                            : "",
                             !r->metalearner ? "that acts"
                             : acts          ? "acts in [environment]"
                             : mesa_recipe_takes_tasks(r)
                                 ? "takes tasks as they are"
                                 : "does not act");
    return MESA_OK;
}

static mesa_status
bind_evaluate(struct mesa_recipe *r, struct mesa_error *err)
{
    const struct mesa_section *s = mesa_ini_section(&r->ini, "evaluate");

    if (s && mesa_recipe_scores_itself(r))
        return mesa_fail(err, MESA_EINVAL,
                         "%s: [evaluate] is used by nothing: metalearner %s "
                         "scores %s itself",
                         s->origin, r->metalearner->class_->name,
                         mesa_recipe_acts(r) ? "episodes" : "tasks");
    return mesa_recipe_bind_class(r, &mesa_evaluate_class.head, "evaluate",
                                  &r->evaluate, err);
}

/* Losses serve estimators, which name them, and metalearners, which ask for
 * them: a section that is there for nobody would be ignored. */
static mesa_status
bind_loss(struct mesa_recipe *r, struct mesa_error *err)
{
    const struct mesa_section *s = mesa_ini_section(&r->ini, "loss");

    if (s && !r->metalearner && !find_bound(r, MESA_KIND_LOSS, "loss"))
        return mesa_fail(err, MESA_EINVAL,
                         "%s: [loss] is used by nothing; an estimator that "
                         "has a loss takes it with loss = loss",
                         s->origin);
    return bind_section(r, MESA_KIND_LOSS, &r->loss, err);
}

static mesa_status
bind_acquisition(struct mesa_recipe *r, struct mesa_error *err)
{
    const struct mesa_section *s = mesa_ini_section(&r->ini, "acquisition");

    if (s && !mesa_recipe_asks(r) &&
        !find_bound(r, MESA_KIND_ACQUISITION, "acquisition"))
        return mesa_fail(err, MESA_EINVAL,
                         "%s: [acquisition] is used by nothing: there is no "
                         "[metalearner] that asks for labels",
                         s->origin);
    return bind_section(r, MESA_KIND_ACQUISITION, &r->acquisition, err);
}

static mesa_status
require_environment(struct mesa_recipe *r, struct mesa_error *err)
{
    return r->environment
               ? MESA_OK
               : fail_missing(r, "there is no [environment] section: what is "
                                 "there to act in?",
                              err);
}

static mesa_status
bind_all(struct mesa_recipe *r, struct mesa_error *err)
{
    mesa_status st = bind_core(r, mesa_ini_section(&r->ini, "run"), "run",
                               run_params, NULL, &r->run_settings, &r->run,
                               err);

    if (st == MESA_OK)
        st = bind_section(r, MESA_KIND_SOURCE, &r->source, err);
    if (st == MESA_OK && !r->source &&
        !mesa_ini_section(&r->ini, "metalearner"))
        st = require_data(r, err);
    if (st == MESA_OK)
        st = bind_section(r, MESA_KIND_TRANSFORM, &r->transform, err);
    if (st == MESA_OK)
        st = bind_section(r, MESA_KIND_ESTIMATOR, &r->estimator, err);
    if (st == MESA_OK)
        st = bind_section(r, MESA_KIND_SAMPLER, &r->sampler, err);
    if (st == MESA_OK)
        st = bind_section(r, MESA_KIND_METALEARNER, &r->metalearner, err);
    if (st == MESA_OK)
        st = bind_section(r, MESA_KIND_ENVIRONMENT, &r->environment, err);
    if (st == MESA_OK)
        st = mesa_recipe_acts(r) ? require_environment(r, err)
                                 : require_data(r, err);
    if (st == MESA_OK)
        st = bind_loss(r, err);
    if (st == MESA_OK)
        st = bind_acquisition(r, err);
    if (st == MESA_OK)
        st = refuse_idle(r, err);
    if (st == MESA_OK)
        st = bind_evaluate(r, err);
    if (st == MESA_OK)
        st = refuse_type(r, "run", err);
    if (st == MESA_OK)
        st = refuse_type(r, "evaluate", err);
    return st == MESA_OK ? refuse_leftovers(r, false, err) : st;
}

/* "conf/quickstart.ini" -> "quickstart", in fresh memory. */
static char *
stem(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t n = strlen(base);

    if (n > 4 && strcmp(base + n - 4, ".ini") == 0)
        n -= 4;
    return mesa_asprintf("%.*s", (int)n, base);
}

mesa_status
mesa_recipe_init(struct mesa_recipe *r, struct mesa_registry *registry,
                 const char *path, const char *const *set, size_t n_set,
                 struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    memset(r, 0, sizeof *r);
    r->registry = registry;
    r->path = path;
    r->name = stem(path);
    if (!r->name)
        return mesa_nomem(err, 1, "name");
    st = mesa_ini_read(&r->ini, path, err);
    for (size_t i = 0; i < n_set && st == MESA_OK; i++)
        st = mesa_ini_set(&r->ini, set[i], err);
    return st == MESA_OK ? bind_all(r, err) : st;
}

mesa_status
mesa_recipe_check_run(const struct mesa_recipe *r, struct mesa_error *err)
{
    if (r->estimator || r->metalearner)
        return MESA_OK;
    return mesa_fail(err, MESA_EINVAL,
                     "%s: there is neither an [estimator] nor a "
                     "[metalearner] section: nothing to do",
                     r->path);
}

const struct mesa_component *
mesa_recipe_fitted(const struct mesa_recipe *r)
{
    return r->result ? r->result : r->estimator;
}

const struct mesa_component *
mesa_recipe_free_sampler(const struct mesa_recipe *r)
{
    return r->sampler && is_referred_to(r, r->sampler) ? NULL : r->sampler;
}

const struct mesa_component *
mesa_recipe_row_sampler(const struct mesa_recipe *r)
{
    return r->metalearner && !mesa_recipe_asks(r)
               ? NULL
               : mesa_recipe_free_sampler(r);
}

void
mesa_recipe_free(struct mesa_recipe *r)
{
    while (r->components) {
        struct mesa_component *next = r->components->next;

        mesa_settings_free(&r->components->settings);
        mesa_settings_free(&r->components->core_settings);
        mesa_archive_free(r->components->learnt);
        mesa_archive_free(r->components->started);
        mesa_free(r->components->section);
        mesa_free(r->components);
        r->components = next;
    }
    mesa_settings_free(&r->run_settings);
    mesa_ini_free(&r->ini);
    mesa_free(r->name);
    memset(r, 0, sizeof *r);
}
