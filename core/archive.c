/* SPDX-License-Identifier: MIT */
/* archive.c - named tensors and notes in memory. */
#include "archive_internal.h"

#include <stdio.h>
#include <string.h>

static const size_t dtype_size[] = {
#define SIZE(id, ctype) sizeof(ctype),
    MESA_DTYPE_MAP(SIZE)
#undef SIZE
};

size_t
mesa_dtype_size(enum mesa_dtype dtype)
{
    return (unsigned)dtype < MESA_DTYPE_COUNT_ ? dtype_size[dtype] : 0;
}

struct mesa_archive *
mesa_archive_new(void)
{
    struct mesa_archive *a = mesa_alloc_array(1, sizeof *a);

    if (!a)
        return NULL;
    a->store = mesa_alloc_array(1, sizeof *a->store);
    if (!a->store) {
        mesa_free(a);
        return NULL;
    }
    return a;
}

void
mesa_archive_free(struct mesa_archive *a)
{
    struct mesa_store *s = a ? a->store : NULL;

    if (!a)
        return;
    for (size_t i = 0; i < s->n_tensors; i++) {
        mesa_free(s->tensor[i].name);
        mesa_free(s->tensor[i].own);
    }
    for (size_t i = 0; i < s->n_notes; i++) {
        mesa_free(s->note[i].key);
        mesa_free(s->note[i].text);
    }
    mesa_free(s->tensor);
    mesa_free(s->note);
    mesa_free(s->file);
    mesa_free(s);
    mesa_free(a);
}

mesa_status
mesa_archive_child(const struct mesa_archive *parent, const char *name,
                   size_t i, struct mesa_archive *out, struct mesa_error *err)
{
    int n;

    out->store = parent->store;
    n = snprintf(out->prefix, sizeof out->prefix, "%s%s.%zu.", parent->prefix,
                 name, i);
    if (n < 0 || (size_t)n >= sizeof out->prefix)
        return mesa_fail(err, MESA_EINVAL,
                         "components nest too deep to be saved: %s",
                         out->prefix);
    return MESA_OK;
}

/* Where a name is or belongs; *found says which. */
static size_t
find_tensor(const struct mesa_store *s, const char *name, bool *found)
{
    size_t low = 0, high = s->n_tensors;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(s->tensor[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < s->n_tensors && strcmp(s->tensor[low].name, name) == 0;
    return low;
}

static size_t
find_note(const struct mesa_store *s, const char *key, bool *found)
{
    size_t i = 0;

    while (i < s->n_notes && strcmp(s->note[i].key, key) < 0)
        i++;
    *found = i < s->n_notes && strcmp(s->note[i].key, key) == 0;
    return i;
}

/* A gap for one element at position i of an array of n. */
static bool
make_gap(void *array, size_t n, size_t *capacity, size_t i, size_t size)
{
    char **at = array;

    if (n == *capacity) {
        size_t wanted = MESA_MAX(*capacity * 2, 16);
        char *moved = mesa_realloc_array(*at, wanted, size);

        if (!moved)
            return false;
        *at = moved;
        *capacity = wanted;
    }
    memmove(*at + (i + 1) * size, *at + i * size, (n - i) * size);
    return true;
}

mesa_status
mesa_store_add_tensor(struct mesa_store *s, struct mesa_stored_tensor *t,
                      struct mesa_error *err)
{
    bool found = false;
    size_t i = t->name ? find_tensor(s, t->name, &found) : 0;
    mesa_status st = MESA_OK;

    if (!t->name)
        st = mesa_nomem(err, 1, "tensor name");
    else if (found || !*t->name)
        st = mesa_fail(err, MESA_EINVAL, "tensor '%s' is there already",
                       t->name);
    else if (!make_gap(&s->tensor, s->n_tensors, &s->tensor_capacity, i,
                       sizeof *s->tensor))
        st = mesa_nomem(err, s->n_tensors, "tensors");
    if (st != MESA_OK) {
        mesa_free(t->name);
        mesa_free(t->own);
        return st;
    }
    s->tensor[i] = *t;
    s->n_tensors++;
    return MESA_OK;
}

mesa_status
mesa_store_add_note(struct mesa_store *s, char *key, char *text,
                    struct mesa_error *err)
{
    bool found = false;
    size_t i = key ? find_note(s, key, &found) : 0;
    mesa_status st = MESA_OK;

    if (!key || !text)
        st = mesa_nomem(err, 1, "note");
    else if (found)
        st = mesa_fail(err, MESA_EINVAL, "note '%s' is there already", key);
    else if (!make_gap(&s->note, s->n_notes, &s->note_capacity, i,
                       sizeof *s->note))
        st = mesa_nomem(err, s->n_notes, "notes");
    if (st != MESA_OK) {
        mesa_free(key);
        mesa_free(text);
        return st;
    }
    s->note[i] = (struct mesa_stored_note){ key, text };
    s->n_notes++;
    return MESA_OK;
}

static mesa_status
tensor_bytes(const struct mesa_tensor *t, size_t *bytes,
             struct mesa_error *err)
{
    size_t n = mesa_dtype_size(t->dtype);

    if (n == 0 || t->n_dims > MESA_MAX_DIMS)
        return mesa_fail(err, MESA_EINVAL, "a tensor of type %d and rank %u",
                         (int)t->dtype, (unsigned)t->n_dims);
    for (uint32_t d = 0; d < t->n_dims; d++) {
        if (t->shape[d] && n > SIZE_MAX / t->shape[d])
            return mesa_fail(err, MESA_EINVAL, "a tensor too large");
        n *= t->shape[d];
    }
    *bytes = n;
    return MESA_OK;
}

mesa_status
mesa_archive_put(struct mesa_archive *a, const char *name,
                 const struct mesa_tensor *tensor, struct mesa_error *err)
{
    struct mesa_stored_tensor t = { NULL, *tensor, 0, NULL };
    mesa_status st = tensor_bytes(tensor, &t.bytes, err);

    if (st != MESA_OK)
        return st;
    t.name = mesa_asprintf("%s%s", a->prefix, name);
    t.own = mesa_alloc_raw(t.bytes, 1);
    if (!t.own) {
        mesa_free(t.name);
        return mesa_nomem(err, t.bytes, "bytes of tensor");
    }
    if (t.bytes)
        memcpy(t.own, tensor->data, t.bytes);
    t.tensor.data = t.own;
    return mesa_store_add_tensor(a->store, &t, err);
}

mesa_status
mesa_archive_put_vector(struct mesa_archive *a, const char *name,
                        enum mesa_dtype dtype, size_t n, const void *data,
                        struct mesa_error *err)
{
    const struct mesa_tensor t = { dtype, 1, { n }, data };

    return mesa_archive_put(a, name, &t, err);
}

/* PREFIX NAME on the stack; false if it is longer than any stored name. */
static bool
full_name(const struct mesa_archive *a, const char *name,
          char out[MESA_PREFIX_MAX * 2])
{
    int n = snprintf(out, MESA_PREFIX_MAX * 2, "%s%s", a->prefix, name);

    return n >= 0 && n < MESA_PREFIX_MAX * 2;
}

mesa_status
mesa_archive_get(const struct mesa_archive *a, const char *name,
                 struct mesa_tensor *out, struct mesa_error *err)
{
    char full[MESA_PREFIX_MAX * 2];
    bool found = false;
    size_t i = full_name(a, name, full) ? find_tensor(a->store, full, &found)
                                        : 0;

    if (!found)
        return mesa_fail(err, MESA_ENOTFOUND, "there is no tensor '%s%s'",
                         a->prefix, name);
    *out = a->store->tensor[i].tensor;
    return MESA_OK;
}

mesa_status
mesa_archive_expect(const struct mesa_archive *a, const char *name,
                    enum mesa_dtype dtype, uint32_t n_dims,
                    const size_t *shape, const void **data,
                    struct mesa_error *err)
{
    struct mesa_tensor t;
    mesa_status st = mesa_archive_get(a, name, &t, err);

    if (st != MESA_OK)
        return mesa_fail(err, MESA_EPARSE, "there is no tensor '%s%s'",
                         a->prefix, name);
    if (t.dtype != dtype || t.n_dims != n_dims)
        return mesa_fail(err, MESA_EPARSE,
                         "tensor '%s%s' is of another type or rank",
                         a->prefix, name);
    for (uint32_t d = 0; d < n_dims; d++)
        if (shape[d] != SIZE_MAX && shape[d] != t.shape[d])
            return mesa_fail(err, MESA_EPARSE,
                             "tensor '%s%s' has extent %zu, expected %zu",
                             a->prefix, name, t.shape[d], shape[d]);
    *data = t.data;
    return MESA_OK;
}

mesa_status
mesa_archive_note(struct mesa_archive *a, const char *key, const char *text,
                  struct mesa_error *err)
{
    return mesa_store_add_note(a->store,
                               mesa_asprintf("%s%s", a->prefix, key),
                               mesa_strdup(text), err);
}

const char *
mesa_archive_get_note(const struct mesa_archive *a, const char *key)
{
    char full[MESA_PREFIX_MAX * 2];
    bool found = false;
    size_t i = full_name(a, key, full) ? find_note(a->store, full, &found)
                                       : 0;

    return found ? a->store->note[i].text : NULL;
}
