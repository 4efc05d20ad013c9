/* SPDX-License-Identifier: MIT */
/*
 * strategy.c - imbalanced-learn's sampling_strategy against real counts.
 *
 * A ratio (two classes), a word, or "class:count" pairs (class names for
 * CLEAN) become a target per class.
 */
#include "internal.h"

#include <mesa/number.h>

#include <string.h>

struct strategy {
    const char                *text;
    enum mesa_strategy_use     use;
    const struct mesa_dataset *data;
    size_t                    *count, *target;
    uint32_t                   minority, majority;
    struct mesa_error         *err;
};

/* The name of a class, or its number in buffer. */
static const char *
name_of(const struct strategy *s, uint32_t c, char **buffer)
{
    *buffer = NULL;
    if (s->data->schema && s->data->schema->class_name)
        return s->data->schema->class_name[c];
    *buffer = mesa_asprintf("%u", (unsigned)c);
    return *buffer ? *buffer : "?";
}

/* A message with the class's name in it: fmt takes text, name, a, b. */
static mesa_status
refuse(const struct strategy *s, const char *what, uint32_t c, size_t wanted,
       const char *but)
{
    char *buffer;
    const char *name = name_of(s, c, &buffer);
    mesa_status st = mesa_fail(s->err, MESA_EINVAL,
                               "sampling_strategy %s %s %zu rows of class "
                               "'%s' but %s %zu",
                               s->text, what, wanted, name, but, s->count[c]);

    mesa_free(buffer);
    return st;
}

static bool
is_targeted(const struct strategy *s, const char *word, uint32_t c)
{
    if (strcmp(word, "all") == 0)
        return true;
    if (strcmp(word, "majority") == 0)
        return c == s->majority;
    if (strcmp(word, "minority") == 0)
        return c == s->minority;
    if (strcmp(word, "not majority") == 0)
        return c != s->majority;
    return c != s->minority;
}

static mesa_status
from_word(const struct strategy *s)
{
    const char *word = s->text;
    bool over = s->use == MESA_STRATEGY_OVER;

    if (strcmp(word, "auto") == 0)
        word = over ? "not majority" : "not minority";
    if (over && strcmp(word, "majority") == 0)
        return mesa_fail(s->err, MESA_EINVAL,
                         "sampling_strategy majority cannot be used for "
                         "over-sampling");
    if (!over && strcmp(word, "minority") == 0)
        return mesa_fail(s->err, MESA_EINVAL,
                         "sampling_strategy minority cannot be used for %s",
                         s->use == MESA_STRATEGY_UNDER ? "under-sampling"
                                                       : "cleaning");
    for (uint32_t c = 0; c < s->data->n_classes; c++) {
        bool targeted = s->count[c] > 0 && is_targeted(s, word, c);

        if (s->use == MESA_STRATEGY_CLEAN)
            s->target[c] = targeted;
        else if (targeted)
            s->target[c] = s->count[over ? s->majority : s->minority];
    }
    return MESA_OK;
}

/* The class of two that is not c. */
static uint32_t
other_class(const struct strategy *s, uint32_t c)
{
    uint32_t other = 0;

    while (other == c || s->count[other] == 0)
        other++;
    return other;
}

/* A ratio of two classes: rows of the larger to keep, or of the smaller to
 * have, truncated as imbalanced-learn does. */
static mesa_status
set_ratio(const struct strategy *s, double ratio)
{
    const double few = (double)s->count[s->minority];
    const double many = (double)s->count[s->majority];
    uint32_t c;

    if (s->use == MESA_STRATEGY_UNDER) {
        c = other_class(s, s->minority);
        if (few / ratio >= (double)s->count[c] + 1)
            return refuse(s, "would keep", c,
                          (size_t)MESA_MIN(few / ratio, 9e15), "there are");
        s->target[c] = (size_t)(few / ratio);
        return MESA_OK;
    }
    c = other_class(s, s->majority);
    if (many * ratio - few < 1)
        return refuse(s, "would have", c, (size_t)(many * ratio),
                      "there are already");
    s->target[c] += (size_t)(many * ratio - few);
    return MESA_OK;
}

static mesa_status
from_ratio(const struct strategy *s, double ratio)
{
    size_t present = 0;

    for (uint32_t c = 0; c < s->data->n_classes; c++)
        present += s->count[c] > 0;
    if (s->use == MESA_STRATEGY_CLEAN)
        return mesa_fail(s->err, MESA_EINVAL,
                         "sampling_strategy %s: cleaning takes no ratio",
                         s->text);
    if (!(ratio > 0 && ratio <= 1))
        return mesa_fail(s->err, MESA_EINVAL,
                         "sampling_strategy is %s, expected a ratio > 0 and "
                         "<= 1",
                         s->text);
    if (present != 2)
        return mesa_fail(s->err, MESA_EINVAL,
                         "sampling_strategy %s is a ratio, which needs two "
                         "classes, but there are %zu",
                         s->text, present);
    return set_ratio(s, ratio);
}

/* The class that a name or number means, or the smallest or largest one;
 * n_classes if none. */
static uint32_t
find_class(const struct strategy *s, const char *name, size_t n)
{
    int64_t number;
    const char *const *names = s->data->schema
                                   ? s->data->schema->class_name
                                   : NULL;

    for (uint32_t c = 0; names && c < s->data->n_classes; c++) {
        const char *known = names[c];

        if (strlen(known) == n && memcmp(known, name, n) == 0)
            return c;
    }
    if (mesa_parse_int64(name, name + n, &number) && number >= 0 &&
        number < s->data->n_classes)
        return (uint32_t)number;
    if (s->use != MESA_STRATEGY_CLEAN && n == 8) {
        if (memcmp(name, "minority", n) == 0)
            return s->minority;
        if (memcmp(name, "majority", n) == 0)
            return s->majority;
    }
    return s->data->n_classes;
}

static mesa_status
set_count(const struct strategy *s, uint32_t c, size_t wanted)
{
    if (s->use == MESA_STRATEGY_UNDER && wanted > s->count[c])
        return refuse(s, "would keep", c, wanted, "there are");
    if (s->use == MESA_STRATEGY_OVER && wanted < s->count[c])
        return refuse(s, "would have", c, wanted, "there are already");
    s->target[c] = wanted;
    return MESA_OK;
}

/* One item of a list: "class:count", for over-sampling also "class:+count",
 * for cleaning "class".  seen says which classes came before. */
static mesa_status
from_item(const struct strategy *s, const char *item, size_t n, size_t *seen)
{
    bool clean = s->use == MESA_STRATEGY_CLEAN, more;
    const char *end = item + n, *colon = end;
    int64_t wanted = 1;
    uint32_t c;

    while (colon > item && *colon != ':')
        colon--;
    if (clean == (*colon == ':'))
        return mesa_fail(s->err, MESA_EINVAL,
                         clean ? "sampling_strategy %s: cleaning takes "
                                 "classes without counts"
                               : "sampling_strategy is '%s', expected a "
                                 "ratio, a word, or class:count pairs",
                         s->text);
    more = s->use == MESA_STRATEGY_OVER && end - colon > 2 && colon[1] == '+';
    if (!clean && (!mesa_parse_int64(colon + 1 + more, end, &wanted) ||
                   wanted < 0 || colon[1 + more] == '+'))
        return mesa_fail(s->err, MESA_EINVAL,
                         "sampling_strategy %s: '%.*s' is no count", s->text,
                         (int)(end - colon - 1), colon + 1);
    n = clean ? n : (size_t)(colon - item);
    c = find_class(s, item, n);
    if (c == s->data->n_classes || s->count[c] == 0)
        return mesa_fail(s->err, MESA_EINVAL,
                         "sampling_strategy %s: there are no rows of class "
                         "'%.*s'",
                         s->text, (int)n, item);
    if (seen[c]++ > 0)
        return mesa_fail(s->err, MESA_EINVAL,
                         "sampling_strategy %s names class '%.*s' twice",
                         s->text, (int)n, item);
    if (!clean)
        return set_count(s, c, (size_t)wanted + (more ? s->count[c] : 0));
    s->target[c] = 1;
    return MESA_OK;
}

/* Commas or blanks between the items; a class whose name has one of them
 * goes by its number. */
static mesa_status
from_list(const struct strategy *s, size_t *seen)
{
    const char *at = s->text;
    mesa_status st = MESA_OK;
    size_t n_items = 0;

    while (*at && st == MESA_OK) {
        size_t n = strcspn(at, ", \t");

        if (n > 0) {
            st = from_item(s, at, n, seen);
            n_items++;
        }
        at += n + (at[n] != '\0');
    }
    if (n_items == 0)
        return mesa_fail(s->err, MESA_EINVAL,
                         "sampling_strategy is empty");
    return st;
}

/* The smallest and the largest class that has rows, ties to the lower. */
static void
find_extremes(struct strategy *s)
{
    bool any = false;

    for (uint32_t c = 0; c < s->data->n_classes; c++) {
        if (s->count[c] == 0)
            continue;
        if (!any || s->count[c] < s->count[s->minority])
            s->minority = c;
        if (!any || s->count[c] > s->count[s->majority])
            s->majority = c;
        any = true;
    }
}

mesa_status
mesa_strategy_resolve(const char *text, enum mesa_strategy_use use,
                      const struct mesa_dataset *data, size_t *target,
                      struct mesa_error *err)
{
    static const char *const words[] = { "auto",         "all",
                                         "majority",     "minority",
                                         "not majority", "not minority" };
    struct strategy s = { text ? text : "auto", use, data, NULL, target, 0, 0,
                          err };
    bool word = false;
    double ratio;
    mesa_status st;

    if (!data->y)
        return mesa_fail(err, MESA_EINVAL,
                         "sampling_strategy %s: the data have no classes",
                         s.text);
    s.count = mesa_alloc_array(data->n_classes, 2 * sizeof *s.count);
    if (!s.count)
        return mesa_nomem(err, data->n_classes, "counts");
    mesa_class_counts(data, s.count);
    find_extremes(&s);
    for (uint32_t c = 0; c < data->n_classes; c++)
        target[c] = use == MESA_STRATEGY_CLEAN ? 0 : s.count[c];
    for (size_t i = 0; i < MESA_COUNT(words); i++)
        word |= strcmp(s.text, words[i]) == 0;
    if (word)
        st = from_word(&s);
    else if (mesa_parse_double(s.text, s.text + strlen(s.text), &ratio) &&
             !(use == MESA_STRATEGY_CLEAN &&
               find_class(&s, s.text, strlen(s.text)) < data->n_classes))
        st = from_ratio(&s, ratio);
    else
        st = from_list(&s, s.count + data->n_classes);
    mesa_free(s.count);
    return st;
}
