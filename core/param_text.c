/* SPDX-License-Identifier: MIT */
/* param_text.c - parameters in words: values, defaults, ranges, soundness. */
#include "registry.h"

#include <mesa/number.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *
word_of(const struct mesa_choice *choices, double value)
{
    for (; choices && choices->name; choices++)
        if ((double)choices->value == value)
            return choices->name;
    return NULL;
}

static bool
out_of_range(const struct mesa_param *p, union mesa_value v)
{
    bool open_min = p->flags & MESA_PARAM_OPEN_MIN;
    bool open_max = p->flags & MESA_PARAM_OPEN_MAX;

    if (p->type == MESA_TYPE_INT)
        return v.i < p->min.i || v.i > p->max.i;
    return v.r < p->min.r || v.r > p->max.r || (open_min && v.r == p->min.r) ||
           (open_max && v.r == p->max.r);
}

/* A number, or the word that stands for it when it is outside the range. */
static char *
number_text(const struct mesa_param *p, union mesa_value v)
{
    double as_real = p->type == MESA_TYPE_INT ? (double)v.i : v.r;
    const char *word = word_of(p->choices, as_real);
    char digits[MESA_DOUBLE_TEXT];

    if (word && out_of_range(p, v))
        return mesa_strdup(word);
    if (p->type == MESA_TYPE_INT)
        return mesa_asprintf("%lld", (long long)v.i);
    mesa_format_double(v.r, digits);
    return mesa_strdup(digits);
}

static char *
value_text(const struct mesa_param *p, union mesa_value v)
{
    const char *word;

    switch (p->type) {
    case MESA_TYPE_BOOL:
        return mesa_strdup(v.i ? "true" : "false");
    case MESA_TYPE_INT:
    case MESA_TYPE_REAL:
        return number_text(p, v);
    case MESA_TYPE_CHOICE:
        word = word_of(p->choices, (double)v.i);
        return mesa_strdup(word ? word : "?");
    default:
        return mesa_strdup(v.s ? v.s : "");
    }
}

static char *
list_text(const struct mesa_list *list)
{
    size_t length = 1, at = 0;
    char *text;

    for (size_t i = 0; i < list->n; i++)
        length += strlen(list->item[i]) + 2;
    text = mesa_alloc_array(length, 1);
    for (size_t i = 0; text && i < list->n; i++)
        at += (size_t)snprintf(text + at, length - at, "%s%s",
                               i ? ", " : "", list->item[i]);
    return text;
}

char *
mesa_settings_text(const struct mesa_settings *settings, size_t i)
{
    const struct mesa_param *p = &settings->params[i];
    const struct mesa_bound *b = &settings->bound[i];

    if (p->type == MESA_TYPE_LIST || p->type == MESA_TYPE_COMPONENTS)
        return list_text(&b->list);
    if (p->type == MESA_TYPE_COMPONENT)
        return mesa_strdup(b->text ? b->text : "");
    return value_text(p, b->value);
}

char *
mesa_param_default(const struct mesa_param *p)
{
    return value_text(p, p->dflt);
}

/* One bound as text: "" when it is no bound at all. */
static void
bound_text(const struct mesa_param *p, bool upper, char *out, size_t size)
{
    union mesa_value v = upper ? p->max : p->min;
    bool open = p->flags & (upper ? MESA_PARAM_OPEN_MAX : MESA_PARAM_OPEN_MIN);
    const char *sign = upper ? (open ? "<" : "<=") : (open ? ">" : ">=");
    char digits[MESA_DOUBLE_TEXT];

    *out = '\0';
    if (p->type == MESA_TYPE_INT) {
        if (v.i != INT64_MAX && v.i != INT64_MIN)
            snprintf(out, size, " %s %lld", sign, (long long)v.i);
    } else if (isfinite(v.r)) {
        mesa_format_double(v.r, digits);
        snprintf(out, size, " %s %s", sign, digits);
    }
}

/* "before, one, or two", or "one, two" with nothing before. */
static char *
join_words(const struct mesa_choice *choices, const char *before)
{
    char *text = mesa_strdup(before);

    for (; text && choices && choices->name; choices++) {
        const char *comma = *before && !choices[1].name ? ", or " : ", ";
        char *more = mesa_asprintf("%s%s%s", text, *text ? comma : "",
                                   choices->name);

        mesa_free(text);
        text = more;
    }
    return text;
}

static char *
number_range(const struct mesa_param *p, const char *what)
{
    char low[64], high[64], *range, *text;

    bound_text(p, false, low, sizeof low);
    bound_text(p, true, high, sizeof high);
    range = mesa_asprintf("%s%s%s%s", what, low, *low && *high ? " and" : "",
                          high);
    if (!range || !p->choices)
        return range;
    text = join_words(p->choices, range);
    mesa_free(range);
    return text;
}

char *
mesa_param_range(const struct mesa_param *p)
{
    char *words, *text;

    switch (p->type) {
    case MESA_TYPE_BOOL:
        return mesa_strdup("true or false");
    case MESA_TYPE_INT:
        return number_range(p, "an integer");
    case MESA_TYPE_REAL:
        return number_range(p, "a number");
    case MESA_TYPE_CHOICE:
        words = join_words(p->choices, "");
        text = words ? mesa_asprintf("one of %s", words) : NULL;
        mesa_free(words);
        return text;
    case MESA_TYPE_LIST:
        return p->min.r < p->max.r ? number_range(p, "a list of numbers")
                                   : mesa_strdup("a comma-separated list");
    case MESA_TYPE_COMPONENT:
        return p->flags & MESA_PARAM_SECTION
                   ? mesa_asprintf("a section or a plugin; [%s] if there is "
                                   "one",
                                   mesa_kind_info(p->kind)->section)
                   : mesa_strdup("a section or a plugin");
    case MESA_TYPE_COMPONENTS:
        return mesa_strdup("a comma-separated list of sections or plugins");
    default:
        return mesa_strdup(p->flags & MESA_PARAM_PATH ? "a file" : "text");
    }
}

static size_t
field_size(uint16_t type)
{
    switch (type) {
    case MESA_TYPE_BOOL:
        return sizeof(bool);
    case MESA_TYPE_INT:
        return sizeof(int64_t);
    case MESA_TYPE_REAL:
        return sizeof(double);
    case MESA_TYPE_STRING:
    case MESA_TYPE_COMPONENT:
        return sizeof(void *);
    case MESA_TYPE_CHOICE:
        return sizeof(int);
    case MESA_TYPE_LIST:
        return sizeof(struct mesa_list);
    case MESA_TYPE_COMPONENTS:
        return sizeof(struct mesa_components);
    default:
        return 0;
    }
}

static bool
well_named(const char *name)
{
    if (!name || *name < 'a' || *name > 'z')
        return false;
    for (; *name; name++)
        if (!((*name >= 'a' && *name <= 'z') ||
              (*name >= '0' && *name <= '9') || *name == '_'))
            return false;
    return true;
}

/* The default of a row that has one must be a value it takes. */
static bool
default_is_sound(const struct mesa_param *p)
{
    if (p->flags & MESA_PARAM_REQUIRED)
        return true;
    switch (p->type) {
    case MESA_TYPE_INT:
    case MESA_TYPE_REAL:
        return !out_of_range(p, p->dflt) ||
               word_of(p->choices, p->type == MESA_TYPE_INT
                                       ? (double)p->dflt.i
                                       : p->dflt.r);
    case MESA_TYPE_CHOICE:
        return word_of(p->choices, (double)p->dflt.i) != NULL;
    case MESA_TYPE_BOOL:
        return p->dflt.i == 0 || p->dflt.i == 1;
    default:
        return true;
    }
}

static mesa_status
check_row(const struct mesa_param *params, size_t i, size_t self_size,
          struct mesa_error *err)
{
    const struct mesa_param *p = &params[i];
    size_t size = field_size(p->type);

    if (!well_named(p->name) || strcmp(p->name, "type") == 0)
        return mesa_fail(err, MESA_EABI,
                         "parameter %zu has the name '%s', expected "
                         "lower_snake_case",
                         i, p->name ? p->name : "(none)");
    if (size == 0)
        return mesa_fail(err, MESA_EABI,
                         "parameter %s has the unknown type %u", p->name,
                         (unsigned)p->type);
    if (!p->help || !*p->help)
        return mesa_fail(err, MESA_EABI, "parameter %s has no help text",
                         p->name);
    if (p->offset > self_size || size > self_size - p->offset)
        return mesa_fail(err, MESA_EABI,
                         "parameter %s lies outside the %zu bytes of self",
                         p->name, self_size);
    if (!default_is_sound(p))
        return mesa_fail(err, MESA_EABI,
                         "parameter %s has a default out of its range",
                         p->name);
    for (size_t j = 0; j < i; j++)
        if (strcmp(params[j].name, p->name) == 0)
            return mesa_fail(err, MESA_EABI, "parameter %s is there twice",
                             p->name);
    return MESA_OK;
}

mesa_status
mesa_params_check(const struct mesa_param *params, size_t self_size,
                  struct mesa_error *err)
{
    size_t n = mesa_param_count(params);
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = check_row(params, i, self_size, err);
    return st;
}
