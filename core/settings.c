/* SPDX-License-Identifier: MIT */
/*
 * settings.c - from a parameter table and an INI section to checked values.
 *
 * One pass over the table parses each value by its row's type, checks it
 * against the row's range, and remembers where it came from; one pass over
 * the section refuses keys the table does not have.
 */
#include "settings.h"

#include "files.h"

#include <mesa/number.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a value is parsed from, for messages. */
struct given {
    const struct mesa_param *param;
    const char              *section, *text, *origin, *folder;
    struct mesa_error       *err;
};

size_t
mesa_param_count(const struct mesa_param *params)
{
    size_t n = 0;

    while (params && params[n].type != MESA_TYPE_END)
        n++;
    return n;
}

static mesa_status
refuse(const struct given *g)
{
    char *range = mesa_param_range(g->param);
    mesa_status st;

    if (!range)
        return mesa_nomem(g->err, 1, "message");
    st = mesa_fail(g->err, MESA_EINVAL,
                   "%s: [%s] %s is '%s', expected %s", g->origin, g->section,
                   g->param->name, g->text, range);
    mesa_free(range);
    return st;
}

/* The value of a word among the row's choices; false if it is none. */
static bool
find_word(const struct mesa_choice *choices, const char *text, int *value)
{
    for (; choices && choices->name; choices++)
        if (strcmp(choices->name, text) == 0) {
            *value = choices->value;
            return true;
        }
    return false;
}

static bool
parse_bool(const char *text, int64_t *value)
{
    static const char *const words[2][4] = {
        { "false", "no", "off", "0" }, { "true", "yes", "on", "1" }
    };

    for (int v = 0; v < 2; v++)
        for (size_t i = 0; i < 4; i++)
            if (strcmp(words[v][i], text) == 0) {
                *value = v;
                return true;
            }
    return false;
}

static bool
int_in_range(const struct mesa_param *p, int64_t v)
{
    return (p->flags & MESA_PARAM_OPEN_MIN ? v > p->min.i : v >= p->min.i) &&
           (p->flags & MESA_PARAM_OPEN_MAX ? v < p->max.i : v <= p->max.i);
}

static bool
real_in_range(const struct mesa_param *p, double v)
{
    return (p->flags & MESA_PARAM_OPEN_MIN ? v > p->min.r : v >= p->min.r) &&
           (p->flags & MESA_PARAM_OPEN_MAX ? v < p->max.r : v <= p->max.r);
}

static mesa_status
parse_number(const struct given *g, struct mesa_bound *b)
{
    const struct mesa_param *p = g->param;
    const char *end = g->text + strlen(g->text);
    int word;

    if (find_word(p->choices, g->text, &word)) {
        if (p->type == MESA_TYPE_INT)
            b->value.i = word;
        else
            b->value.r = word;
        return MESA_OK;
    }
    if (p->type == MESA_TYPE_INT)
        return mesa_parse_int64(g->text, end, &b->value.i) &&
                       int_in_range(p, b->value.i)
                   ? MESA_OK
                   : refuse(g);
    return mesa_parse_double(g->text, end, &b->value.r) &&
                   real_in_range(p, b->value.r)
               ? MESA_OK
               : refuse(g);
}

static mesa_status
parse_choice(const struct given *g, struct mesa_bound *b)
{
    struct mesa_nearest nearest = { g->text, NULL, 0 };
    char *range;
    int value;

    if (find_word(g->param->choices, g->text, &value)) {
        b->value.i = value;
        return MESA_OK;
    }
    for (const struct mesa_choice *c = g->param->choices; c && c->name; c++)
        mesa_nearest_offer(&nearest, c->name);
    if (!nearest.best)
        return refuse(g);
    range = mesa_param_range(g->param);
    if (!range)
        return mesa_nomem(g->err, 1, "message");
    mesa_fail(g->err, MESA_EINVAL,
              "%s: [%s] %s is '%s', expected %s; did you mean '%s'?",
              g->origin, g->section, g->param->name, g->text, range,
              nearest.best);
    mesa_free(range);
    return MESA_EINVAL;
}

/* A string, or with MESA_PARAM_PATH an absolute path. */
static mesa_status
parse_string(const struct given *g, struct mesa_bound *b)
{
    bool path = g->param->flags & MESA_PARAM_PATH;

    if (!*g->text)
        return MESA_OK;
    b->text = path ? mesa_path_absolute(g->folder, g->text)
                   : mesa_strdup(g->text);
    b->value.s = b->text;
    return b->text ? MESA_OK : mesa_nomem(g->err, 1, "string");
}

size_t
mesa_item_length(const char *text)
{
    int depth = 0;
    size_t n = 0;

    for (; text[n] && (depth > 0 || text[n] != ','); n++)
        depth += (text[n] == '(') - (text[n] == ')');
    return n;
}

/* What ends at a comma: of a list of components, one outside parentheses. */
static size_t
item_length(const struct mesa_param *p, const char *text)
{
    return p->type == MESA_TYPE_COMPONENTS ? mesa_item_length(text)
                                           : strcspn(text, ",");
}

static size_t
count_items(const struct mesa_param *p, const char *text)
{
    size_t n = *text != '\0';

    for (text += item_length(p, text); *text; text += item_length(p, text)) {
        text++;
        n++;
    }
    return n;
}

/* Cut text at its commas, in place, blanks around items removed. */
static void
cut_items(const struct mesa_param *p, char *text, const char **item)
{
    size_t n = 0;

    while (text) {
        char *end = text + item_length(p, text);
        char *next = *end ? end + 1 : NULL;

        *end = '\0';
        text += strspn(text, " \t");
        while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
            *--end = '\0';
        item[n++] = text;
        text = next;
    }
}

static bool
list_is_numeric(const struct mesa_param *p)
{
    return p->min.r < p->max.r;
}

/* The items of a list in one block, behind `size` bytes for each. */
static mesa_status
cut_list(const struct given *g, size_t size, struct mesa_bound *b)
{
    size_t n = count_items(g->param, g->text);
    const char **item;
    char *block = mesa_alloc_array(
        1, n * size + n * sizeof *item + strlen(g->text) + 1);

    if (!block)
        return mesa_nomem(g->err, n, "list items");
    b->text = block;
    item = (const char **)(void *)(block + n * size);
    memcpy((char *)(item + n), g->text, strlen(g->text) + 1);
    if (n)
        cut_items(g->param, (char *)(item + n), item);
    b->list = (struct mesa_list){ n, item, NULL };
    return MESA_OK;
}

static mesa_status
parse_list(const struct given *g, struct mesa_bound *b)
{
    bool numeric = list_is_numeric(g->param);
    mesa_status st = cut_list(g, numeric ? sizeof(double) : 0, b);
    double *value;

    if (st != MESA_OK || !numeric)
        return st;
    value = (double *)(void *)b->text;
    b->list.value = value;
    for (size_t i = 0; i < b->list.n; i++) {
        const char *item = b->list.item[i];

        if (!mesa_parse_double(item, item + strlen(item), &value[i]) ||
            !real_in_range(g->param, value[i]))
            return refuse(g);
    }
    return MESA_OK;
}

static mesa_status
parse_component(const struct given *g, const struct mesa_resolver *resolver,
                struct mesa_bound *b)
{
    /* A plugin that gives a default counts on there being one. */
    if (!*g->text)
        return g->param->dflt.s ? refuse(g) : MESA_OK;
    b->text = mesa_strdup(g->text);
    if (!b->text)
        return mesa_nomem(g->err, 1, "name");
    return resolver->resolve(resolver->context, g->param->kind, g->text,
                             g->origin, g->folder, &b->component, g->err);
}

static mesa_status
parse_components(const struct given *g, const struct mesa_resolver *resolver,
                 struct mesa_bound *b)
{
    bool needed = g->param->dflt.s || g->param->flags & MESA_PARAM_REQUIRED;
    mesa_status st = cut_list(g, sizeof(struct mesa_component *), b);
    struct mesa_component **made;

    if (st != MESA_OK)
        return st;
    made = (struct mesa_component **)(void *)b->text;
    if (b->list.n == 0)
        return needed ? refuse(g) : MESA_OK;
    for (size_t i = 0; i < b->list.n && st == MESA_OK; i++) {
        const char *name = b->list.item[i];

        if (!*name)
            return refuse(g);
        for (size_t j = 0; j < i; j++)
            if (strcmp(b->list.item[j], name) == 0)
                return mesa_fail(g->err, MESA_EINVAL,
                                 "%s: [%s] %s has '%s' twice", g->origin,
                                 g->section, g->param->name, name);
        st = resolver->resolve(resolver->context, g->param->kind, name,
                               g->origin, g->folder, &made[i], g->err);
    }
    b->components = (struct mesa_components){ b->list.n, made };
    return st;
}

static mesa_status
parse_value(const struct given *g, const struct mesa_resolver *resolver,
            struct mesa_bound *b)
{
    switch (g->param->type) {
    case MESA_TYPE_BOOL:
        return parse_bool(g->text, &b->value.i) ? MESA_OK : refuse(g);
    case MESA_TYPE_INT:
    case MESA_TYPE_REAL:
        return parse_number(g, b);
    case MESA_TYPE_CHOICE:
        return parse_choice(g, b);
    case MESA_TYPE_STRING:
        return parse_string(g, b);
    case MESA_TYPE_LIST:
        return parse_list(g, b);
    case MESA_TYPE_COMPONENTS:
        return parse_components(g, resolver, b);
    default:
        return parse_component(g, resolver, b);
    }
}

/* The default, for rows whose default is not text. */
static void
take_default(const struct mesa_param *p, struct mesa_bound *b)
{
    b->value = p->dflt;
}

static bool
default_is_text(const struct mesa_param *p)
{
    return p->type == MESA_TYPE_STRING || p->type == MESA_TYPE_LIST ||
           p->type == MESA_TYPE_COMPONENT || p->type == MESA_TYPE_COMPONENTS;
}

static mesa_status
bind_row(const struct mesa_param *p, struct mesa_section *section,
         const char *name, const struct mesa_resolver *resolver,
         struct mesa_bound *b, struct mesa_error *err)
{
    struct mesa_entry *e = section ? mesa_section_entry(section, p->name)
                                   : NULL;
    struct given g = { p, name, p->dflt.s, "default", ".", err };

    b->given = e != NULL;
    b->origin = mesa_strdup(e ? e->origin : "default");
    if (!b->origin)
        return mesa_nomem(err, 1, "origin");
    if (e) {
        g.text = e->value;
        g.origin = e->origin;
        g.folder = e->folder;
        return parse_value(&g, resolver, b);
    }
    if (p->flags & MESA_PARAM_REQUIRED)
        return mesa_fail(err, MESA_EINVAL, "%s%s[%s] needs %s: %s",
                         section ? section->origin : "",
                         section ? ": " : "", name, p->name, p->help);
    if (!default_is_text(p)) {
        take_default(p, b);
        return MESA_OK;
    }
    if (p->flags & MESA_PARAM_SECTION && resolver->section) {
        const char *own = resolver->section(resolver->context, p->kind);

        g.text = own ? own : g.text;
    }
    if (!g.text)
        g.text = "";
    return parse_value(&g, resolver, b);
}

static bool
has_row(const struct mesa_param *params, const char *key)
{
    for (; params && params->type != MESA_TYPE_END; params++)
        if (strcmp(params->name, key) == 0)
            return true;
    return false;
}

static void
offer_rows(struct mesa_nearest *nearest, const struct mesa_param *params)
{
    for (; params && params->type != MESA_TYPE_END; params++)
        mesa_nearest_offer(nearest, params->name);
}

static mesa_status
refuse_unknown_keys(const struct mesa_section *s,
                    const struct mesa_param *params,
                    const struct mesa_param *extra, const char *name,
                    struct mesa_error *err)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct mesa_entry *e = &s->entry[i];
        struct mesa_nearest nearest = { e->key, NULL, 0 };

        if (strcmp(e->key, "type") == 0 || has_row(params, e->key) ||
            has_row(extra, e->key))
            continue;
        mesa_nearest_offer(&nearest, "type");
        offer_rows(&nearest, params);
        offer_rows(&nearest, extra);
        if (nearest.best)
            return mesa_fail(err, MESA_EINVAL,
                             "%s: [%s] has no key '%s'; did you mean '%s'?",
                             e->origin, name, e->key, nearest.best);
        return mesa_fail(err, MESA_EINVAL, "%s: [%s] has no key '%s'",
                         e->origin, name, e->key);
    }
    return MESA_OK;
}

mesa_status
mesa_settings_bind(struct mesa_settings *out, const struct mesa_param *params,
                   const struct mesa_param *extra,
                   struct mesa_section *section, const char *name,
                   const struct mesa_resolver *resolver,
                   struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    *out = (struct mesa_settings){ params, mesa_param_count(params), NULL };
    out->bound = mesa_alloc_array(out->n, sizeof *out->bound);
    if (!out->bound) {
        out->n = 0;
        return mesa_nomem(err, 1, "settings");
    }
    if (section)
        st = refuse_unknown_keys(section, params, extra, name, err);
    for (size_t i = 0; i < out->n && st == MESA_OK; i++)
        st = bind_row(&params[i], section, name, resolver, &out->bound[i],
                      err);
    return st;
}

void
mesa_settings_fill(const struct mesa_settings *settings, void *self)
{
    for (size_t i = 0; i < settings->n; i++) {
        const struct mesa_param *p = &settings->params[i];
        const struct mesa_bound *b = &settings->bound[i];
        void *field = (char *)self + p->offset;

        switch (p->type) {
        case MESA_TYPE_BOOL:
            *(bool *)field = b->value.i != 0;
            break;
        case MESA_TYPE_INT:
            *(int64_t *)field = b->value.i;
            break;
        case MESA_TYPE_REAL:
            *(double *)field = b->value.r;
            break;
        case MESA_TYPE_STRING:
            *(const char **)field = b->value.s;
            break;
        case MESA_TYPE_CHOICE:
            *(int *)field = (int)b->value.i;
            break;
        case MESA_TYPE_COMPONENT:
            *(struct mesa_component **)field = b->component;
            break;
        case MESA_TYPE_LIST:
            *(struct mesa_list *)field = b->list;
            break;
        case MESA_TYPE_COMPONENTS:
            *(struct mesa_components *)field = b->components;
            break;
        }
    }
}

void
mesa_settings_free(struct mesa_settings *settings)
{
    for (size_t i = 0; settings->bound && i < settings->n; i++) {
        mesa_free(settings->bound[i].text);
        mesa_free(settings->bound[i].origin);
    }
    mesa_free(settings->bound);
    memset(settings, 0, sizeof *settings);
}
