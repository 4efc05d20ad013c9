/* SPDX-License-Identifier: MIT */
/*
 * archive.c - named tensors and notes in memory.
 *
 * Two arrays sorted by name: O(log n) to find, O(n) to insert, in memory that
 * is small beside the data.  A handle for a part of the archive is a prefix.
 */
#include "archive_internal.h"

#include "json.h"

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

/* Tensors that were read lie in the file's bytes; the others own theirs. */
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

/* The prefix is held by value, so that a child needs neither memory of its
 * own nor freeing; its length bounds how deep components can nest. */
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

/*
 * Where PREFIX NAME is or belongs in a sorted array of structs that begin
 * with their name; *found says which.
 */
static size_t
find(const void *array, size_t n, size_t size, const char *prefix,
     const char *name, bool *found)
{
    size_t low = 0, high = n, skip = strlen(prefix);

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const void *at = (const char *)array + middle * size;
        const char *stored = *(const char *const *)at;
        int order = strncmp(stored, prefix, skip);

        if (order == 0)
            order = strcmp(stored + skip, name);
        *found = *found || order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t
find_tensor(const struct mesa_archive *a, const char *name, bool *found)
{
    return find(a->store->tensor, a->store->n_tensors,
                sizeof *a->store->tensor, a->prefix, name, found);
}

static size_t
find_note(const struct mesa_archive *a, const char *key, bool *found)
{
    return find(a->store->note, a->store->n_notes, sizeof *a->store->note,
                a->prefix, key, found);
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
mesa_store_add_tensor(struct mesa_store *s, size_t i,
                      const struct mesa_stored_tensor *t,
                      struct mesa_error *err)
{
    if (!t->name || !make_gap(&s->tensor, s->n_tensors, &s->tensor_capacity, i,
                              sizeof *s->tensor)) {
        mesa_free(t->name);
        mesa_free(t->own);
        return mesa_nomem(err, 1, "tensor");
    }
    s->tensor[i] = *t;
    s->n_tensors++;
    return MESA_OK;
}

mesa_status
mesa_store_add_note(struct mesa_store *s, size_t i, char *key, char *text,
                    struct mesa_error *err)
{
    if (!key || !text || !make_gap(&s->note, s->n_notes, &s->note_capacity, i,
                                   sizeof *s->note)) {
        mesa_free(key);
        mesa_free(text);
        return mesa_nomem(err, 1, "note");
    }
    s->note[i] = (struct mesa_stored_note){ key, text };
    s->n_notes++;
    return MESA_OK;
}

/* One extent of zero empties the tensor; the product of the others may then
 * be beyond any size. */
bool
mesa_tensor_bytes(const struct mesa_tensor *t, size_t *bytes)
{
    *bytes = mesa_dtype_size(t->dtype);
    for (uint32_t d = 0; d < t->n_dims; d++)
        if (t->shape[d] == 0)
            *bytes = 0;
    for (uint32_t d = 0; d < t->n_dims && *bytes; d++) {
        if (*bytes > SIZE_MAX / t->shape[d])
            return false;
        *bytes *= t->shape[d];
    }
    return true;
}

/* JSON, and with it the file, holds UTF-8 only. */
static mesa_status
check_text(const char *what, const char *name, const char *text,
           struct mesa_error *err)
{
    const char *bad = mesa_utf8_malformed(text, text + strlen(text));

    if (!bad)
        return MESA_OK;
    return mesa_fail(err, MESA_EINVAL, "%s '%s' is not UTF-8 at byte %zu",
                     what, name, (size_t)(bad - text));
}

static mesa_status
check_tensor(const char *name, const struct mesa_tensor *t, size_t *bytes,
             struct mesa_error *err)
{
    if (!*name)
        return mesa_fail(err, MESA_EINVAL, "a tensor without a name");
    if (strcmp(name, MESA_NOTES_NAME) == 0)
        return mesa_fail(err, MESA_EINVAL, "no tensor can be named '%s'",
                         name);
    if (mesa_dtype_size(t->dtype) == 0 || t->n_dims > MESA_MAX_DIMS)
        return mesa_fail(err, MESA_EINVAL, "a tensor of type %d and rank %u",
                         (int)t->dtype, (unsigned)t->n_dims);
    if (!mesa_tensor_bytes(t, bytes))
        return mesa_fail(err, MESA_EINVAL, "a tensor too large");
    if (*bytes && !t->data)
        return mesa_fail(err, MESA_EINVAL, "tensor '%s' has no data", name);
    return check_text("tensor name", name, name, err);
}

mesa_status
mesa_archive_put(struct mesa_archive *a, const char *name,
                 const struct mesa_tensor *tensor, struct mesa_error *err)
{
    struct mesa_stored_tensor t = { NULL, *tensor, 0, NULL };
    mesa_status st = check_tensor(name, tensor, &t.bytes, err);
    bool found;
    size_t i;

    if (st != MESA_OK)
        return st;
    i = find_tensor(a, name, &found);
    if (found)
        return mesa_fail(err, MESA_EINVAL, "tensor '%s%s' is there already",
                         a->prefix, name);
    t.own = mesa_alloc_raw(t.bytes, 1);
    if (!t.own)
        return mesa_nomem(err, t.bytes, "bytes of tensor");
    t.name = mesa_asprintf("%s%s", a->prefix, name);
    if (t.bytes)
        memcpy(t.own, tensor->data, t.bytes);
    t.tensor.data = t.own;
    return mesa_store_add_tensor(a->store, i, &t, err);
}

mesa_status
mesa_archive_put_vector(struct mesa_archive *a, const char *name,
                        enum mesa_dtype dtype, size_t n, const void *data,
                        struct mesa_error *err)
{
    const struct mesa_tensor t = { dtype, 1, { n }, data };

    return mesa_archive_put(a, name, &t, err);
}

mesa_status
mesa_archive_get(const struct mesa_archive *a, const char *name,
                 struct mesa_tensor *out, struct mesa_error *err)
{
    bool found;
    size_t i = find_tensor(a, name, &found);

    if (!found)
        return mesa_fail(err, MESA_ENOTFOUND, "there is no tensor '%s%s'",
                         a->prefix, name);
    *out = a->store->tensor[i].tensor;
    return MESA_OK;
}

/* "F32 of 40 by 30", and where any extent will do "F32 of any by 30". */
enum { FORM_TEXT = 16 + 24 * MESA_MAX_DIMS };

static const char *
form_of(enum mesa_dtype dtype, uint32_t n_dims, const size_t *shape,
        char out[FORM_TEXT])
{
    static const char *const name[] = {
#define NAME(id, ctype) #id,
        MESA_DTYPE_MAP(NAME)
#undef NAME
    };
    int n = snprintf(out, FORM_TEXT, "%s", name[dtype]);

    for (uint32_t d = 0; d < n_dims; d++)
        n += shape[d] == SIZE_MAX
                 ? snprintf(out + n, FORM_TEXT - (size_t)n, "%sany",
                            d ? " by " : " of ")
                 : snprintf(out + n, FORM_TEXT - (size_t)n, "%s%zu",
                            d ? " by " : " of ", shape[d]);
    return out;
}

/* To the caller a tensor that is absent is as wrong as one of another shape:
 * the file was made by something else. */
mesa_status
mesa_archive_expect(const struct mesa_archive *a, const char *name,
                    enum mesa_dtype dtype, uint32_t n_dims,
                    const size_t *shape, const void **data,
                    struct mesa_error *err)
{
    char found[FORM_TEXT], expected[FORM_TEXT];
    struct mesa_tensor t;
    mesa_status st = mesa_archive_get(a, name, &t, err);
    bool fits;

    if (st != MESA_OK)
        return mesa_fail(err, MESA_EPARSE, "there is no tensor '%s%s'",
                         a->prefix, name);
    fits = t.dtype == dtype && t.n_dims == n_dims;
    for (uint32_t d = 0; d < n_dims && fits; d++)
        fits = shape[d] == SIZE_MAX || shape[d] == t.shape[d];
    if (!fits)
        return mesa_fail(err, MESA_EPARSE,
                         "tensor '%s%s' is %s, expected %s", a->prefix, name,
                         form_of(t.dtype, t.n_dims, t.shape, found),
                         form_of(dtype, n_dims, shape, expected));
    *data = t.data;
    return MESA_OK;
}

mesa_status
mesa_archive_note(struct mesa_archive *a, const char *key, const char *text,
                  struct mesa_error *err)
{
    mesa_status st = check_text("note key", key, key, err);
    bool found;
    size_t i = find_note(a, key, &found);

    if (st == MESA_OK)
        st = check_text("note", key, text, err);
    if (st == MESA_OK && found)
        st = mesa_fail(err, MESA_EINVAL, "note '%s%s' is there already",
                       a->prefix, key);
    if (st != MESA_OK)
        return st;
    return mesa_store_add_note(a->store, i,
                               mesa_asprintf("%s%s", a->prefix, key),
                               mesa_strdup(text), err);
}

/* Absence is no error here: notes are additions, and who needs one says so. */
const char *
mesa_archive_get_note(const struct mesa_archive *a, const char *key)
{
    bool found;
    size_t i = find_note(a, key, &found);

    return found ? a->store->note[i].text : NULL;
}
