/* SPDX-License-Identifier: MIT */
/*
 * archive_file.c - archives as safetensors files, written and read.
 *
 * Layout: 8 bytes little-endian length of the header, the header (JSON,
 * padded with blanks so that the data start at a multiple of 8), the data
 * without holes.  Tensors with wide elements come first, then by name, so
 * that each is aligned for its type.  Format: the safetensors README.
 */
#include "archive_internal.h"

#include "files.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

#define MAX_HEADER ((size_t)100 << 20)
#define MAX_FILE   (SIZE_MAX / 4)

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "tensors are written as they lie in memory, which must be little-endian"
#endif

static const char *const dtype_name[] = {
#define NAME(id, ctype) #id,
    MESA_DTYPE_MAP(NAME)
#undef NAME
};

/* Every width is a multiple of the next, so that with the widest first and no
 * holes each tensor begins at a multiple of its own width. */
static int
by_width_and_name(const void *a, const void *b)
{
    const struct mesa_stored_tensor *x = *(struct mesa_stored_tensor *const *)a;
    const struct mesa_stored_tensor *y = *(struct mesa_stored_tensor *const *)b;
    size_t wx = mesa_dtype_size(x->tensor.dtype);
    size_t wy = mesa_dtype_size(y->tensor.dtype);

    return wx != wy ? (wx < wy) - (wx > wy) : strcmp(x->name, y->name);
}

/* What of the name is behind the handle's prefix; NULL if nothing is. */
static const char *
name_under(const struct mesa_archive *a, const char *name)
{
    size_t n = strlen(a->prefix);

    return strncmp(name, a->prefix, n) == 0 ? name + n : NULL;
}

static void
put_notes(struct mesa_text *t, const struct mesa_archive *a)
{
    const char *comma = "", *key;

    mesa_text_printf(t, "\"%s\":{", MESA_NOTES_NAME);
    for (size_t i = 0; i < a->store->n_notes; i++) {
        key = name_under(a, a->store->note[i].key);
        if (!key)
            continue;
        mesa_text_printf(t, "%s", comma);
        mesa_json_quote(t, key);
        mesa_text_printf(t, ":");
        mesa_json_quote(t, a->store->note[i].text);
        comma = ",";
    }
    mesa_text_printf(t, "}");
}

static void
put_entry(struct mesa_text *t, const char *name,
          const struct mesa_stored_tensor *e, size_t offset)
{
    mesa_text_printf(t, ",");
    mesa_json_quote(t, name);
    mesa_text_printf(t, ":{\"dtype\":\"%s\",\"shape\":[",
                     dtype_name[e->tensor.dtype]);
    for (uint32_t d = 0; d < e->tensor.n_dims; d++)
        mesa_text_printf(t, "%s%zu", d ? "," : "", e->tensor.shape[d]);
    mesa_text_printf(t, "],\"data_offsets\":[%zu,%zu]}", offset,
                     offset + e->bytes);
}

/* The header for n tensors in this order, padded. */
static mesa_status
make_header(const struct mesa_archive *a,
            struct mesa_stored_tensor *const *order, size_t n, char **header,
            struct mesa_error *err)
{
    struct mesa_text t = { 0 };
    size_t offset = 0, length;

    mesa_text_printf(&t, "{");
    put_notes(&t, a);
    for (size_t i = 0; i < n; i++) {
        put_entry(&t, name_under(a, order[i]->name), order[i], offset);
        offset += order[i]->bytes;
    }
    mesa_text_printf(&t, "}");
    while (t.n % 8 && !t.failed)
        mesa_text_printf(&t, " ");
    length = t.n;
    *header = mesa_text_take(&t);
    if (!*header)
        return mesa_nomem(err, n, "header entries");
    if (length > MAX_HEADER)
        return mesa_fail(err, MESA_EINVAL,
                         "names and notes make a header of %zu bytes, more "
                         "than the %zu allowed",
                         length, MAX_HEADER);
    return MESA_OK;
}

static void
write_all(struct mesa_file *f, struct mesa_stored_tensor *const *order,
          size_t n_tensors, const char *header)
{
    uint64_t n = strlen(header);
    unsigned char length[8];

    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)(n >> (8 * i));
    mesa_file_write(f, length, sizeof length);
    mesa_file_write(f, header, n);
    for (size_t i = 0; i < n_tensors; i++)
        mesa_file_write(f, order[i]->tensor.data, order[i]->bytes);
}

mesa_status
mesa_archive_write(const struct mesa_archive *a, const char *path,
                   struct mesa_error *err)
{
    struct mesa_store *s = a->store;
    struct mesa_stored_tensor **order = mesa_alloc_array(s->n_tensors,
                                                         sizeof *order);
    struct mesa_file *f = NULL;
    char *header = NULL;
    size_t n = 0;
    mesa_status st;

    if (!order)
        return mesa_nomem(err, s->n_tensors, "tensors");
    for (size_t i = 0; i < s->n_tensors; i++)
        if (name_under(a, s->tensor[i].name))
            order[n++] = &s->tensor[i];
    qsort(order, n, sizeof *order, by_width_and_name);
    st = make_header(a, order, n, &header, err);
    if (st == MESA_OK)
        st = mesa_file_open_path(&f, path, err);
    if (st == MESA_OK) {
        write_all(f, order, n, header);
        st = mesa_file_commit(f, err);
    }
    mesa_free(header);
    mesa_free(order);
    return st;
}

/* A file being taken apart. */
struct reading {
    const char             *path;
    struct mesa_store      *store;
    struct mesa_json_reader json;
    const char             *data; /* behind the header */
    size_t                  n_data;
    struct mesa_error      *err;
};

/* The position counts from the start of the file, which is what an editor
 * shows. */
static mesa_status
malformed(const struct reading *r, const char *why)
{
    return mesa_fail(r->err, MESA_EPARSE, "%s: byte %zu: %s", r->path,
                     (size_t)(r->json.at - r->json.start) + 8, why);
}

/* The reader of JSON knows one kind of failure; memory is another matter. */
static mesa_status
json_status(const struct reading *r)
{
    if (r->json.error && strcmp(r->json.error, "out of memory") == 0)
        return mesa_nomem(r->err, 1, "string");
    return malformed(r, r->json.error ? r->json.error : "malformed header");
}

/* Order and repetitions are looked at later, by sort_names. */
static mesa_status
read_notes(struct reading *r)
{
    bool first = true;

    if (!mesa_json_expect(&r->json, '{'))
        return json_status(r);
    while (!mesa_json_accept(&r->json, '}')) {
        char *key = NULL, *text = NULL;
        mesa_status st;

        if ((!first && !mesa_json_expect(&r->json, ',')) ||
            !mesa_json_read_string(&r->json, &key) ||
            !mesa_json_expect(&r->json, ':') ||
            !mesa_json_read_string(&r->json, &text)) {
            mesa_free(key);
            return json_status(r);
        }
        st = mesa_store_add_note(r->store, r->store->n_notes, key, text,
                                 r->err);
        if (st != MESA_OK)
            return st;
        first = false;
    }
    return MESA_OK;
}

/* "[a,b,...]" of at most max integers. */
static bool
read_uints(struct mesa_json_reader *json, uint64_t *out, uint32_t max,
           uint32_t *n)
{
    *n = 0;
    if (!mesa_json_expect(json, '['))
        return false;
    while (!mesa_json_accept(json, ']')) {
        if (*n == max) {
            json->error = "too many numbers";
            return false;
        }
        if ((*n && !mesa_json_expect(json, ',')) ||
            !mesa_json_read_uint(json, &out[*n]))
            return false;
        ++*n;
    }
    return true;
}

static bool
read_dtype(struct mesa_json_reader *json, enum mesa_dtype *out)
{
    char *name;
    bool known = false;

    if (!mesa_json_read_string(json, &name))
        return false;
    for (int i = 0; i < MESA_DTYPE_COUNT_ && !known; i++)
        if (strcmp(name, dtype_name[i]) == 0) {
            *out = (enum mesa_dtype)i;
            known = true;
        }
    mesa_free(name);
    if (!known)
        json->error = "an unknown dtype";
    return known;
}

/* Members may come in any order, but each must come, and only once. */
enum { HAS_DTYPE = 1, HAS_SHAPE = 2, HAS_OFFSETS = 4 };

/* The object that describes one tensor. */
static bool
read_entry(struct mesa_json_reader *json, struct mesa_tensor *t,
           uint64_t offset[2])
{
    uint64_t shape[MESA_MAX_DIMS];
    uint32_t n;
    int seen = 0;

    if (!mesa_json_expect(json, '{'))
        return false;
    while (!mesa_json_accept(json, '}')) {
        char *key;
        int which;
        bool ok;

        if ((seen && !mesa_json_expect(json, ',')) ||
            !mesa_json_read_string(json, &key))
            return false;
        which = strcmp(key, "dtype") == 0 ? HAS_DTYPE
                : strcmp(key, "shape") == 0 ? HAS_SHAPE
                : strcmp(key, "data_offsets") == 0 ? HAS_OFFSETS : 0;
        mesa_free(key);
        if (!which || (seen & which)) {
            json->error = "an unknown or repeated member of a tensor";
            return false;
        }
        seen |= which;
        ok = mesa_json_expect(json, ':');
        if (ok && which == HAS_DTYPE)
            ok = read_dtype(json, &t->dtype);
        else if (ok && which == HAS_SHAPE)
            ok = read_uints(json, shape, MESA_MAX_DIMS, &t->n_dims);
        else if (ok)
            ok = read_uints(json, offset, 2, &n);
        if (ok && which == HAS_OFFSETS && n != 2) {
            json->error = "data_offsets are not two numbers";
            ok = false;
        }
        if (!ok)
            return false;
    }
    if (seen != (HAS_DTYPE | HAS_SHAPE | HAS_OFFSETS)) {
        json->error = "a tensor lacks dtype, shape or data_offsets";
        return false;
    }
    for (uint32_t d = 0; d < t->n_dims; d++) {
        t->shape[d] = (size_t)shape[d];
        if (t->shape[d] != shape[d]) {
            json->error = "the number is too large";
            return false;
        }
    }
    return true;
}

/* The entry of one tensor, and where that says its data are. */
static mesa_status
read_tensor(struct reading *r, char *name)
{
    struct mesa_stored_tensor t = { name, { MESA_F64, 0, { 0 }, NULL }, 0,
                                    NULL };
    uint64_t offset[2] = { 0, 0 };
    mesa_status st = MESA_OK;

    if (!*name)
        st = malformed(r, "a tensor without a name");
    else if (!read_entry(&r->json, &t.tensor, offset))
        st = json_status(r);
    else if (!mesa_tensor_bytes(&t.tensor, &t.bytes) ||
             offset[0] > offset[1] || offset[1] - offset[0] != t.bytes)
        st = malformed(r, "shape and data_offsets do not fit");
    else if (offset[1] > r->n_data)
        st = malformed(r, "the file ends before this tensor does");
    if (st != MESA_OK) {
        mesa_free(name);
        return st;
    }
    t.tensor.data = r->data + offset[0];
    return mesa_store_add_tensor(r->store, r->store->n_tensors, &t, r->err);
}

static mesa_status
read_header(struct reading *r)
{
    bool first = true, notes = false;

    if (!mesa_json_expect(&r->json, '{'))
        return json_status(r);
    while (!mesa_json_accept(&r->json, '}')) {
        char *name = NULL;
        mesa_status st;

        if ((!first && !mesa_json_expect(&r->json, ',')) ||
            !mesa_json_read_string(&r->json, &name) ||
            !mesa_json_expect(&r->json, ':')) {
            mesa_free(name);
            return json_status(r);
        }
        if (strcmp(name, MESA_NOTES_NAME) == 0) {
            mesa_free(name);
            st = notes ? malformed(r, MESA_NOTES_NAME " is there twice")
                       : read_notes(r);
            notes = true;
        } else {
            st = read_tensor(r, name);
        }
        if (st != MESA_OK)
            return st;
        first = false;
    }
    return mesa_json_read_end(&r->json) ? MESA_OK : json_status(r);
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorting once, at the end, keeps a header that comes in the worst order from
 * taking quadratic time. */
static mesa_status
sort_names(const struct reading *r)
{
    struct mesa_store *s = r->store;
    const char *twice = NULL, *what = "tensor";

    if (s->n_tensors)
        qsort(s->tensor, s->n_tensors, sizeof *s->tensor, by_name);
    if (s->n_notes)
        qsort(s->note, s->n_notes, sizeof *s->note, by_name);
    for (size_t i = 1; i < s->n_tensors; i++)
        if (strcmp(s->tensor[i - 1].name, s->tensor[i].name) == 0)
            twice = s->tensor[i].name;
    for (size_t i = 1; i < s->n_notes && !twice; i++)
        if (strcmp(s->note[i - 1].key, s->note[i].key) == 0) {
            twice = s->note[i].key;
            what = "note";
        }
    if (!twice)
        return MESA_OK;
    return mesa_fail(r->err, MESA_EPARSE, "%s: a %s is there twice: '%s'",
                     r->path, what, twice);
}

/* Empty tensors come before the one that begins at the same place: only so
 * does each begin where the last ended. */
static int
by_offset(const void *a, const void *b)
{
    const struct mesa_stored_tensor *x = *(struct mesa_stored_tensor *const *)a;
    const struct mesa_stored_tensor *y = *(struct mesa_stored_tensor *const *)b;
    const char *p = x->tensor.data, *q = y->tensor.data;

    return p != q ? (p > q) - (p < q) : (x->bytes > y->bytes) -
                                            (x->bytes < y->bytes);
}

/* Every byte belongs to exactly one tensor. */
static mesa_status
check_cover(const struct reading *r)
{
    struct mesa_store *s = r->store;
    struct mesa_stored_tensor **order = mesa_alloc_array(s->n_tensors,
                                                         sizeof *order);
    size_t at = 0;
    bool ok = true;

    if (!order)
        return mesa_nomem(r->err, s->n_tensors, "tensors");
    for (size_t i = 0; i < s->n_tensors; i++)
        order[i] = &s->tensor[i];
    qsort(order, s->n_tensors, sizeof *order, by_offset);
    for (size_t i = 0; i < s->n_tensors && ok; i++) {
        ok = (const char *)order[i]->tensor.data == r->data + at;
        at += ok ? order[i]->bytes : 0;
    }
    mesa_free(order);
    if (ok && at == r->n_data)
        return MESA_OK;
    return mesa_fail(r->err, MESA_EPARSE,
                     "%s: the tensors cover %zu of %zu bytes", r->path, at,
                     r->n_data);
}

/* Other programs may have put a tensor where its type cannot be read. */
static mesa_status
align(const struct reading *r)
{
    for (size_t i = 0; i < r->store->n_tensors; i++) {
        struct mesa_stored_tensor *t = &r->store->tensor[i];

        if ((uintptr_t)t->tensor.data % mesa_dtype_size(t->tensor.dtype) == 0)
            continue;
        t->own = mesa_alloc_raw(t->bytes, 1);
        if (!t->own)
            return mesa_nomem(r->err, t->bytes, "bytes of tensor");
        memcpy(t->own, t->tensor.data, t->bytes);
        t->tensor.data = t->own;
    }
    return MESA_OK;
}

/* Nothing of a file is used before all of it has been looked at: lengths,
 * then each entry for itself, then names and ranges against each other. */
static mesa_status
take_apart(struct reading *r, const char *file, size_t n)
{
    uint64_t header = 0;
    mesa_status st;

    for (int i = 0; n >= 8 && i < 8; i++)
        header |= (uint64_t)(unsigned char)file[i] << (8 * i);
    if (n < 8 || header > MAX_HEADER || header > n - 8)
        return mesa_fail(r->err, MESA_EPARSE,
                         "%s is no safetensors file, or is truncated",
                         r->path);
    r->json = (struct mesa_json_reader){ file + 8, file + 8,
                                         file + 8 + header, NULL };
    r->data = file + 8 + header;
    r->n_data = n - 8 - (size_t)header;
    st = read_header(r);
    if (st == MESA_OK)
        st = sort_names(r);
    if (st == MESA_OK)
        st = check_cover(r);
    return st == MESA_OK ? align(r) : st;
}

mesa_status
mesa_archive_read(const char *path, struct mesa_archive **out,
                  struct mesa_error *err)
{
    struct mesa_archive *a = mesa_archive_new();
    struct reading r = { .path = path, .err = err };
    size_t n;
    mesa_status st;

    *out = NULL;
    if (!a)
        return mesa_nomem(err, 1, "archive");
    r.store = a->store;
    st = mesa_file_get(path, MAX_FILE, &a->store->file, &n, err);
    if (st == MESA_OK)
        st = take_apart(&r, a->store->file, n);
    if (st != MESA_OK)
        mesa_archive_free(a);
    else
        *out = a;
    return st;
}
