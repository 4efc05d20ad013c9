/* SPDX-License-Identifier: MIT */
/*
 * catalogue_json.c - --list, --describe and --version for other programs.
 *
 * What each member means is in mesa-core(1).  Members may be added; should
 * one ever change its meaning, the number of the format grows.
 */
#include "catalogue.h"

#include "state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FORMAT 1

/* Slots that a class table may fill; only whether they are there is told. */
static const struct slot {
    uint32_t    kind; /* 0: of every kind */
    const char *name;
    size_t      offset;
} slots[] = {
#define SLOT(kind, type, m) { MESA_KIND_##kind, #m, offsetof(struct type, m) }
    { 0, "save", offsetof(struct mesa_class, save) },
    { 0, "load", offsetof(struct mesa_class, load) },
    SLOT(ESTIMATOR, mesa_estimator_class, fit),
    SLOT(ESTIMATOR, mesa_estimator_class, predict_proba),
    SLOT(ESTIMATOR, mesa_estimator_class, predict),
    SLOT(ESTIMATOR, mesa_estimator_class, partial_fit),
    SLOT(ESTIMATOR, mesa_estimator_class, importance),
    SLOT(ESTIMATOR, mesa_estimator_class, parameters),
    SLOT(ESTIMATOR, mesa_estimator_class, forward),
    SLOT(ESTIMATOR, mesa_estimator_class, rows),
    SLOT(ESTIMATOR, mesa_estimator_class, to_onnx),
    SLOT(ESTIMATOR, mesa_estimator_class, add_ranked),
    SLOT(ESTIMATOR, mesa_estimator_class, members),
    SLOT(ESTIMATOR, mesa_estimator_class, embed),
    SLOT(ESTIMATOR, mesa_estimator_class, counts),
    SLOT(SAMPLER, mesa_sampler_class, resample),
    SLOT(SAMPLER, mesa_sampler_class, begin),
    SLOT(SAMPLER, mesa_sampler_class, reward),
    SLOT(SAMPLER, mesa_sampler_class, aim),
    SLOT(LOSS, mesa_loss_class, build),
    SLOT(LOSS, mesa_loss_class, link),
    SLOT(LOSS, mesa_loss_class, parameters),
    SLOT(LOSS, mesa_loss_class, build_with),
    SLOT(LOSS, mesa_loss_class, learn),
    SLOT(LOSS, mesa_loss_class, learnt),
    SLOT(ACQUISITION, mesa_acquisition_class, score),
    SLOT(ACQUISITION, mesa_acquisition_class, select),
    SLOT(ACQUISITION, mesa_acquisition_class, needs),
    SLOT(METALEARNER, mesa_metalearner_class, begin),
    SLOT(METALEARNER, mesa_metalearner_class, step),
    SLOT(METALEARNER, mesa_metalearner_class, finish),
    SLOT(METALEARNER, mesa_metalearner_class, total),
    SLOT(METALEARNER, mesa_metalearner_class, result),
    SLOT(METALEARNER, mesa_metalearner_class, report),
    SLOT(METALEARNER, mesa_metalearner_class, keep),
    SLOT(METALEARNER, mesa_metalearner_class, start),
    SLOT(SOURCE, mesa_source_class, open),
    SLOT(SOURCE, mesa_source_class, describe),
    SLOT(SOURCE, mesa_source_class, stream),
    SLOT(SOURCE, mesa_source_class, next),
    SLOT(SOURCE, mesa_source_class, tasks),
    SLOT(SOURCE, mesa_source_class, task),
    SLOT(SOURCE, mesa_source_class, has_targets),
    SLOT(TRANSFORM, mesa_transform_class, fit),
    SLOT(TRANSFORM, mesa_transform_class, apply),
    SLOT(TRANSFORM, mesa_transform_class, invert),
    SLOT(TRANSFORM, mesa_transform_class, to_onnx),
    SLOT(TRANSFORM, mesa_transform_class, columns),
    SLOT(ENVIRONMENT, mesa_environment_class, space),
    SLOT(ENVIRONMENT, mesa_environment_class, reset),
    SLOT(ENVIRONMENT, mesa_environment_class, step),
    SLOT(ENVIRONMENT, mesa_environment_class, goal),
    SLOT(ENVIRONMENT, mesa_environment_class, distance),
    SLOT(ENVIRONMENT, mesa_environment_class, cost),
    SLOT(ENVIRONMENT, mesa_environment_class, build_step),
    SLOT(ENVIRONMENT, mesa_environment_class, build_cost),
    SLOT(ENVIRONMENT, mesa_environment_class, outline),
#undef SLOT
};

struct flag {
    uint32_t    flag;
    const char *name;
};

static const struct flag class_flags[] = {
    { MESA_CLASS_MULTICLASS, "multiclass" },
    { MESA_CLASS_MISSING, "missing" },
    { MESA_CLASS_WEIGHTS, "weights" },
    { MESA_CLASS_DETERMINISTIC, "deterministic" },
    { MESA_CLASS_FEEDBACK, "feedback" },
    { MESA_CLASS_TASKS, "tasks" },
    { MESA_CLASS_CONTROL, "control" },
    { MESA_CLASS_UNLABELLED, "unlabelled" },
};

static const struct flag param_flags[] = {
    { MESA_PARAM_REQUIRED, "required" },
    { MESA_PARAM_LOG, "log" },
    { MESA_PARAM_ADVANCED, "advanced" },
    { MESA_PARAM_DEPRECATED, "deprecated" },
    { MESA_PARAM_PATH, "path" },
    { MESA_PARAM_SECTION, "section" },
};

static void
put_text(struct mesa_json_writer *w, const char *key, const char *value)
{
    mesa_json_key(w, key);
    if (value)
        mesa_json_string(w, value);
    else
        mesa_json_null(w);
}

/* Takes value over; NULL is lack of memory. */
static void
put_own(struct mesa_json_writer *w, const char *key, char *value)
{
    if (!value)
        mesa_text_fail(w->text);
    put_text(w, key, value);
    mesa_free(value);
}

static void
put_flags(struct mesa_json_writer *w, uint32_t flags, const struct flag *table,
          size_t n)
{
    mesa_json_key(w, "flags");
    mesa_json_open(w, '[');
    for (size_t i = 0; i < n; i++)
        if (flags & table[i].flag)
            mesa_json_string(w, table[i].name);
    mesa_json_close(w, ']');
}

static void
begin(struct mesa_json_writer *w)
{
    mesa_json_open(w, '{');
    mesa_json_key(w, "format");
    mesa_json_uint(w, FORMAT);
}

/* To standard output; false if memory ran out. */
static bool
finish(struct mesa_json_writer *w)
{
    char *text;

    mesa_json_close(w, '}');
    mesa_text_add(w->text, "\n");
    text = mesa_text_take(w->text);
    if (text)
        fputs(text, stdout);
    mesa_free(text);
    return text != NULL;
}

enum mesa_exit
mesa_catalogue_version(void)
{
    struct mesa_text text = { 0 };
    struct mesa_json_writer w = mesa_json_writer(&text);

    begin(&w);
    put_text(&w, "program", "mesa-core");
    put_text(&w, "version", mesa_version());
    mesa_json_key(&w, "abi");
    mesa_json_open(&w, '[');
    mesa_json_uint(&w, MESA_ABI_MAJOR);
    mesa_json_uint(&w, MESA_ABI_MINOR);
    mesa_json_close(&w, ']');
    return finish(&w) ? MESA_EXIT_OK : MESA_EXIT_FAILED;
}

static void
put_listed(struct mesa_json_writer *w, const struct mesa_listed *one)
{
    mesa_json_open(w, '{');
    put_text(w, "kind", one->kind);
    put_text(w, "name", one->name);
    if (one->why) {
        put_text(w, "why", one->why);
    } else {
        put_text(w, "title", one->title);
        put_text(w, "version", one->version);
        put_text(w, "file", one->file);
    }
    mesa_json_close(w, '}');
}

bool
mesa_catalogue_list_json(const struct mesa_listing *l)
{
    struct mesa_text text = { 0 };
    struct mesa_json_writer w = mesa_json_writer(&text);

    begin(&w);
    for (int refused = 0; refused < 2; refused++) {
        mesa_json_key(&w, refused ? "refused" : "plugins");
        mesa_json_open(&w, '[');
        for (size_t i = 0; i < l->n; i++)
            if ((l->at[i].why != NULL) == (refused != 0))
                put_listed(&w, &l->at[i]);
        mesa_json_close(&w, ']');
    }
    return finish(&w);
}

/* A number; where it is none in JSON, what an INI would have. */
static void
put_number(struct mesa_json_writer *w, const char *key,
           const struct mesa_param *p)
{
    char *text = mesa_param_default(p);
    bool word = text && strcspn(text, "0123456789") == strlen(text);

    if (word) {
        put_text(w, key, text);
    } else {
        mesa_json_key(w, key);
        if (p->type == MESA_TYPE_INT)
            mesa_json_int(w, p->dflt.i);
        else
            mesa_json_double(w, p->dflt.r);
    }
    if (!text)
        mesa_text_fail(w->text);
    mesa_free(text);
}

static void
put_default(struct mesa_json_writer *w, const struct mesa_param *p)
{
    const char *key = "default";

    if (p->flags & MESA_PARAM_REQUIRED) {
        put_text(w, key, NULL);
        return;
    }
    switch (p->type) {
    case MESA_TYPE_BOOL:
        mesa_json_key(w, key);
        mesa_json_bool(w, p->dflt.i != 0);
        break;
    case MESA_TYPE_INT:
    case MESA_TYPE_REAL:
        put_number(w, key, p);
        break;
    case MESA_TYPE_CHOICE:
        put_own(w, key, mesa_param_default(p));
        break;
    default:
        put_text(w, key, p->dflt.s);
    }
}

static void
put_bound(struct mesa_json_writer *w, const char *key,
          const struct mesa_param *p, union mesa_value v)
{
    bool list = p->type == MESA_TYPE_LIST && p->min.r < p->max.r;

    mesa_json_key(w, key);
    if (p->type == MESA_TYPE_INT && v.i != INT64_MIN && v.i != INT64_MAX)
        mesa_json_int(w, v.i);
    else if ((list || p->type == MESA_TYPE_REAL) && isfinite(v.r))
        mesa_json_double(w, v.r);
    else
        mesa_json_null(w);
}

static void
put_choices(struct mesa_json_writer *w, const struct mesa_choice *c)
{
    mesa_json_key(w, "choices");
    mesa_json_open(w, '[');
    for (; c && c->name; c++) {
        mesa_json_open(w, '{');
        put_text(w, "name", c->name);
        put_text(w, "help", c->help);
        mesa_json_close(w, '}');
    }
    mesa_json_close(w, ']');
}

static void
put_param(struct mesa_json_writer *w, const struct mesa_param *p)
{
    static const char *const type[] = {
        "", "bool", "int", "real", "string", "choice", "component", "list",
        "components"
    };
    const struct mesa_kind_info *kind = mesa_kind_info(p->kind);

    mesa_json_open(w, '{');
    put_text(w, "name", p->name);
    put_text(w, "help", p->help);
    put_text(w, "type", type[p->type]);
    put_text(w, "kind", kind ? kind->section : NULL);
    put_own(w, "range", mesa_param_range(p));
    put_default(w, p);
    put_bound(w, "min", p, p->min);
    put_bound(w, "max", p, p->max);
    mesa_json_key(w, "open_min");
    mesa_json_bool(w, p->flags & MESA_PARAM_OPEN_MIN);
    mesa_json_key(w, "open_max");
    mesa_json_bool(w, p->flags & MESA_PARAM_OPEN_MAX);
    put_choices(w, p->choices);
    put_flags(w, p->flags, param_flags, MESA_COUNT(param_flags));
    mesa_json_close(w, '}');
}

static void
put_params(struct mesa_json_writer *w, const struct mesa_param *p)
{
    for (; p && p->type != MESA_TYPE_END; p++)
        put_param(w, p);
}

bool
mesa_catalogue_section_json(const char *section,
                            const struct mesa_param *params)
{
    struct mesa_text text = { 0 };
    struct mesa_json_writer w = mesa_json_writer(&text);

    begin(&w);
    put_text(&w, "kind", section);
    put_text(&w, "name", NULL);
    mesa_json_key(&w, "parameters");
    mesa_json_open(&w, '[');
    put_params(&w, params);
    mesa_json_close(&w, ']');
    return finish(&w);
}

static void
put_slots(struct mesa_json_writer *w, const struct mesa_class *c)
{
    static void (*const none)(void);

    mesa_json_key(w, "slots");
    mesa_json_open(w, '[');
    for (size_t i = 0; i < MESA_COUNT(slots); i++) {
        const char *at = (const char *)c + slots[i].offset;

        if ((!slots[i].kind || slots[i].kind == c->kind) &&
            memcmp(at, &none, sizeof none) != 0)
            mesa_json_string(w, slots[i].name);
    }
    mesa_json_close(w, ']');
}

static void
put_plugin(struct mesa_json_writer *w, const struct mesa_module *m)
{
    mesa_json_key(w, "plugin");
    mesa_json_open(w, '{');
    put_text(w, "name", m->plugin->name);
    put_text(w, "version", m->plugin->version);
    put_text(w, "license", m->plugin->license);
    put_text(w, "author", m->plugin->author);
    put_text(w, "url", m->plugin->url);
    put_text(w, "file", strchr(m->path, '/') ? m->path : NULL);
    mesa_json_close(w, '}');
}

bool
mesa_catalogue_class_json(const struct mesa_registry *registry,
                          const struct mesa_class *c)
{
    const struct mesa_module *m = mesa_registry_module(registry, c);
    struct mesa_text text = { 0 };
    struct mesa_json_writer w = mesa_json_writer(&text);

    begin(&w);
    put_text(&w, "kind", mesa_kind_info(c->kind)->section);
    put_text(&w, "name", c->name);
    put_text(&w, "title", c->title);
    put_text(&w, "cite", c->cite);
    if (m)
        put_plugin(&w, m);
    put_flags(&w, c->flags, class_flags, MESA_COUNT(class_flags));
    put_slots(&w, c);
    mesa_json_key(&w, "parameters");
    mesa_json_open(&w, '[');
    put_params(&w, c->params);
    if (c->kind == MESA_KIND_SOURCE)
        put_params(&w, mesa_data_params(c));
    put_params(&w, mesa_state_params(c));
    mesa_json_close(&w, ']');
    return finish(&w);
}
