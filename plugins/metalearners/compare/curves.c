/* SPDX-License-Identifier: MIT */
/*
 * curves.c - what runs reported, step by step: a list of points for each
 * place, and the names of what was measured.
 *
 * Places are filled by several threads, each its own; names are kept with
 * each, so that nothing depends on who came first.
 */
#include "compare.h"

#include <math.h>
#include <string.h>

void
compare_curve_free(struct compare_curve *c)
{
    compare_keys_free(&c->keys);
    mesa_free(c->point);
    *c = (struct compare_curve){ .n = 0 };
}

void
compare_keys_free(struct compare_keys *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        mesa_free(keys->key[i].text);
    mesa_free(keys->key);
    *keys = (struct compare_keys){ .n = 0 };
}

size_t
compare_key_find(const struct compare_keys *keys, const char *split,
                 const char *name)
{
    for (size_t i = 0; i < keys->n; i++)
        if (strcmp(keys->key[i].name, name) == 0 &&
            strcmp(keys->key[i].split, split) == 0)
            return i;
    return SIZE_MAX;
}

size_t
compare_key_add(struct compare_keys *keys, const char *split,
                const char *name)
{
    const size_t at = compare_key_find(keys, split, name);
    const size_t first = strlen(split) + 1, second = strlen(name) + 1;
    struct compare_key *moved;
    char *text;

    if (at != SIZE_MAX)
        return at;
    moved = mesa_realloc_array(keys->key, keys->n + 1, sizeof *moved);
    if (!moved)
        return SIZE_MAX;
    keys->key = moved;
    text = mesa_alloc_raw(first + second, 1);
    if (!text)
        return SIZE_MAX;
    memcpy(text, split, first);
    memcpy(text + first, name, second);
    moved[keys->n] = (struct compare_key){ text, text + first, text };
    return keys->n++;
}

mesa_status
compare_curve_add(struct compare_curve *c, uint64_t step, const char *split,
                  const char *name, double value)
{
    size_t key = compare_key_add(&c->keys, split, name);

    if (key == SIZE_MAX)
        return MESA_ENOMEM;
    if (c->n == c->capacity) {
        size_t more = 2 * c->capacity + 16;
        struct compare_point *moved = mesa_realloc_array(c->point, more,
                                                         sizeof *moved);

        if (!moved)
            return MESA_ENOMEM;
        c->point = moved;
        c->capacity = more;
    }
    c->point[c->n++] = (struct compare_point){ step, key, value };
    return MESA_OK;
}

double
compare_curve_last(const struct compare_curve *c, const char *split,
                   const char *name)
{
    const size_t key = compare_key_find(&c->keys, split, name);

    for (size_t i = c->n; i-- > 0;)
        if (c->point[i].key == key)
            return c->point[i].value;
    return NAN;
}

double
compare_curve_area(const struct compare_curve *c, const char *split,
                   const char *name)
{
    const size_t key = compare_key_find(&c->keys, split, name);
    double sum = 0.0;
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        if (c->point[i].key == key) {
            sum += c->point[i].value;
            n++;
        }
    return n > 0 ? sum / (double)n : NAN;
}

mesa_status
compare_keys_join(const struct compare_curve *curve, size_t n,
                  struct compare_keys *out, struct mesa_error *err)
{
    *out = (struct compare_keys){ .n = 0 };
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < curve[i].keys.n; k++)
            if (compare_key_add(out, curve[i].keys.key[k].split,
                                curve[i].keys.key[k].name) == SIZE_MAX) {
                compare_keys_free(out);
                return mesa_nomem(err, curve[i].keys.n, "names of figures");
            }
    return MESA_OK;
}

/* All curves as vectors: how many points each has, then those of all. */
struct flat {
    size_t    n; /* points */
    uint64_t *count, *step, *key;
    double   *value;
};

static void
flat_free(struct flat *f)
{
    mesa_free(f->count);
    mesa_free(f->step);
    mesa_free(f->key);
    mesa_free(f->value);
}

static mesa_status
flatten(const struct compare_curve *curve, size_t n,
        const struct compare_keys *keys, struct flat *f,
        struct mesa_error *err)
{
    size_t at = 0;

    *f = (struct flat){ .n = 0 };
    for (size_t i = 0; i < n; i++)
        f->n += curve[i].n;
    f->count = mesa_alloc_array(n, sizeof *f->count);
    f->step = mesa_alloc_array(f->n, sizeof *f->step);
    f->key = mesa_alloc_array(f->n, sizeof *f->key);
    f->value = mesa_alloc_array(f->n, sizeof *f->value);
    if (!f->count || !f->step || !f->key || !f->value)
        return mesa_nomem(err, f->n, "points of curves");
    for (size_t i = 0; i < n; i++) {
        f->count[i] = curve[i].n;
        for (size_t j = 0; j < curve[i].n; j++, at++) {
            const struct compare_point *p = &curve[i].point[j];
            const struct compare_key *k = &curve[i].keys.key[p->key];

            f->step[at] = p->step;
            f->key[at] = compare_key_find(keys, k->split, k->name);
            f->value[at] = p->value;
        }
    }
    return MESA_OK;
}

/* Each name behind its split, with their final zeros. */
static mesa_status
save_keys(const struct compare_keys *keys, struct mesa_archive *to,
          struct mesa_error *err)
{
    size_t n = 0;
    char *text, *at;
    mesa_status st;

    for (size_t i = 0; i < keys->n; i++)
        n += strlen(keys->key[i].split) + strlen(keys->key[i].name) + 2;
    text = at = mesa_alloc_array(n, 1);
    if (!text)
        return mesa_nomem(err, n, "bytes of names");
    for (size_t i = 0; i < keys->n; i++) {
        const size_t split = strlen(keys->key[i].split) + 1;
        const size_t name = strlen(keys->key[i].name) + 1;

        memcpy(at, keys->key[i].split, split);
        memcpy(at + split, keys->key[i].name, name);
        at += split + name;
    }
    st = mesa_archive_put_vector(to, "names", MESA_U8, n, text, err);
    mesa_free(text);
    return st;
}

mesa_status
compare_curves_save(const struct compare_curve *curve, size_t n,
                    struct mesa_archive *to, struct mesa_error *err)
{
    struct compare_keys keys;
    struct flat f = { .n = 0 };
    mesa_status st = compare_keys_join(curve, n, &keys, err);

    if (st != MESA_OK)
        return st;
    st = flatten(curve, n, &keys, &f, err);
    if (st == MESA_OK)
        st = save_keys(&keys, to, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "points", MESA_U64, n, f.count, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "step", MESA_U64, f.n, f.step, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "key", MESA_U64, f.n, f.key, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "value", MESA_F64, f.n, f.value,
                                     err);
    flat_free(&f);
    compare_keys_free(&keys);
    return st;
}

/* However long it is. */
static mesa_status
get_vector(const struct mesa_archive *from, const char *name,
           enum mesa_dtype dtype, struct mesa_tensor *out,
           struct mesa_error *err)
{
    mesa_status st = mesa_archive_get(from, name, out, err);

    if (st == MESA_OK && out->dtype == dtype && out->n_dims == 1)
        return MESA_OK;
    return st == MESA_OK || st == MESA_ENOTFOUND
               ? mesa_fail(err, MESA_EPARSE, "there is no vector '%s'", name)
               : st;
}

/* The names are those that the archive holds. */
static mesa_status
load_keys(const struct mesa_archive *from, struct compare_keys *keys,
          struct mesa_error *err)
{
    struct mesa_tensor names;
    const char *text, *end;
    mesa_status st = get_vector(from, "names", MESA_U8, &names, err);

    if (st != MESA_OK)
        return st;
    text = names.data;
    if (names.shape[0] > 0 && text[names.shape[0] - 1] != '\0')
        return mesa_fail(err, MESA_EPARSE, "tensor 'names' is no text");
    for (end = text + names.shape[0]; text < end;) {
        const char *name = text + strlen(text) + 1;

        if (name == end)
            return mesa_fail(err, MESA_EPARSE,
                             "tensor 'names' has a split without a name");
        if (compare_key_add(keys, text, name) == SIZE_MAX)
            return mesa_nomem(err, names.shape[0], "bytes of names");
        text = name + strlen(name) + 1;
    }
    return MESA_OK;
}

/* The same, read. */
struct points {
    size_t          n;
    const uint64_t *count, *step, *key;
    const double   *value;
};

static mesa_status
load_points(const struct points *f, size_t n, const struct compare_keys *keys,
            struct compare_curve *curve, struct mesa_error *err)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        compare_curve_free(&curve[i]);
        for (uint64_t j = 0; j < f->count[i]; j++, at++) {
            if (at >= f->n)
                return mesa_fail(err, MESA_EPARSE,
                                 "there are %zu points, fewer than curves "
                                 "have",
                                 f->n);
            if (f->key[at] >= keys->n)
                return mesa_fail(err, MESA_EPARSE, "key[%zu] is %llu", at,
                                 (unsigned long long)f->key[at]);
            if (compare_curve_add(&curve[i], f->step[at],
                                  keys->key[f->key[at]].split,
                                  keys->key[f->key[at]].name,
                                  f->value[at]) != MESA_OK)
                return mesa_nomem(err, f->n, "points of curves");
        }
    }
    return at == f->n ? MESA_OK
                      : mesa_fail(err, MESA_EPARSE,
                                  "there are %zu points, curves have %zu",
                                  f->n, at);
}

mesa_status
compare_curves_load(struct compare_curve *curve, size_t n,
                    const struct mesa_archive *from, struct mesa_error *err)
{
    struct compare_keys keys = { .n = 0 };
    const void *count, *key, *value;
    struct mesa_tensor step;
    mesa_status st = mesa_archive_expect(from, "points", MESA_U64, 1, &n,
                                         &count, err);

    if (st == MESA_OK)
        st = get_vector(from, "step", MESA_U64, &step, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "key", MESA_U64, 1, step.shape, &key,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "value", MESA_F64, 1, step.shape,
                                 &value, err);
    if (st == MESA_OK)
        st = load_keys(from, &keys, err);
    if (st == MESA_OK) {
        const struct points all = { step.shape[0], count, step.data, key,
                                    value };

        st = load_points(&all, n, &keys, curve, err);
    }
    compare_keys_free(&keys);
    return st;
}
