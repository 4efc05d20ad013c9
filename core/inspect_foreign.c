/* SPDX-License-Identifier: MIT */
/*
 * inspect_foreign.c - safetensors files with types or ranks that archives have
 * not, as half floats of large networks: a list of what is in them.
 *
 * Only the header is read, and taken for true only if its tensors cover the
 * file as their types and shapes say.  A file that an archive could hold is
 * left to the archive's reader, which says what is wrong with it.
 */
#include "inspect.h"

#include "json_tree.h"

#include <mesa/number.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_HEADER ((uint64_t)100 << 20)

static const struct type {
    const char *name;
    unsigned    bytes;
    bool        ours;
} types[] = {
    { "BOOL", 1, false }, { "U8", 1, true },       { "I8", 1, false },
    { "F8_E4M3", 1, false }, { "F8_E5M2", 1, false }, { "I16", 2, false },
    { "U16", 2, false },  { "F16", 2, false },     { "BF16", 2, false },
    { "I32", 4, true },   { "U32", 4, true },      { "F32", 4, true },
    { "I64", 8, true },   { "U64", 8, true },      { "F64", 8, true },
};

struct foreign {
    const char *name;
    const struct type *type;
    char       *shape; /* "[2, 3]" */
    uint64_t    begin, end;
};

/* A whole number that is not negative; false for anything else. */
static bool
read_number(const struct mesa_json_node *node, uint64_t *out)
{
    int64_t value;

    if (!node || !node->text || node->is_string ||
        !mesa_parse_int64(node->text, node->text + strlen(node->text),
                          &value) || value < 0)
        return false;
    *out = (uint64_t)value;
    return true;
}

static const struct type *
find_type(const char *name)
{
    for (size_t i = 0; i < MESA_COUNT(types); i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

/* One tensor; *strange if no archive could hold it. */
static bool
read_foreign(const struct mesa_json_node *node, struct foreign *f,
             bool *strange)
{
    const struct mesa_json_node *offsets =
        mesa_json_member(node, "data_offsets");
    const struct mesa_json_node *shape = mesa_json_member(node, "shape");
    uint64_t bytes, extent;
    struct mesa_text text = { 0 };
    unsigned rank = 0;

    f->name = node->key;
    f->type = find_type(mesa_json_member_text(node, "dtype"));
    if (!f->type || !shape || !offsets || !offsets->first ||
        !read_number(offsets->first, &f->begin) ||
        !read_number(offsets->first->next, &f->end))
        return false;
    bytes = f->type->bytes;
    mesa_text_add(&text, "[");
    for (const struct mesa_json_node *d = shape->first; d; d = d->next) {
        if (!read_number(d, &extent) ||
            (extent && bytes > UINT64_MAX / extent)) {
            mesa_text_fail(&text);
            break;
        }
        bytes *= extent;
        mesa_text_printf(&text, "%s%s", rank++ ? ", " : "", d->text);
    }
    mesa_text_add(&text, "]");
    f->shape = mesa_text_take(&text);
    *strange |= !f->type->ours || rank > MESA_MAX_DIMS;
    return f->shape && f->begin <= f->end && f->end - f->begin == bytes;
}

static int
by_place(const void *a, const void *b)
{
    const struct foreign *x = a, *y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

static int
by_name(const void *a, const void *b)
{
    const struct foreign *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* Without holes, and to the last byte. */
static bool
covers(struct foreign *f, size_t n, uint64_t bytes)
{
    uint64_t at = 0;

    qsort(f, n, sizeof *f, by_place);
    for (size_t i = 0; i < n; i++) {
        if (f[i].begin != at)
            return false;
        at = f[i].end;
    }
    qsort(f, n, sizeof *f, by_name);
    return at == bytes;
}

static void
tell_foreign(struct mesa_teller *t, const struct foreign *f, size_t n)
{
    static const char *const columns[] = { "name", "type", "shape", "bytes",
                                           NULL };

    mesa_tell_table(t, "tensors", columns);
    for (size_t i = 0; i < n; i++) {
        mesa_tell_cell_string(t, f[i].name);
        mesa_tell_cell_string(t, f[i].type->name);
        mesa_tell_cell_string(t, f[i].shape);
        mesa_tell_cell_uint(t, f[i].end - f[i].begin);
    }
    mesa_tell_table_end(t);
}

static void
tell_notes(struct mesa_teller *t, const struct mesa_json_node *notes)
{
    if (!notes)
        return;
    mesa_tell_open(t, "notes");
    for (notes = notes->first; notes; notes = notes->next)
        mesa_tell_string(t, notes->key, notes->text);
    mesa_tell_close(t);
}

/* What a header says, if all of it holds. */
static bool
tell_header(struct mesa_inspection *in, const struct mesa_json_node *header,
            uint64_t bytes, uint64_t size)
{
    static const char notes[] = "__metadata__";
    struct foreign *f = NULL, *moved;
    size_t n = 0, room = 0;
    bool ok = true, strange = false;

    for (const struct mesa_json_node *m = header->first; m && ok;
         m = m->next) {
        if (!m->key || strcmp(m->key, notes) == 0)
            continue;
        if (n == room) {
            room = 2 * room + 16;
            moved = mesa_realloc_array(f, room, sizeof *f);
            ok = moved != NULL;
            if (!moved)
                break;
            f = moved;
        }
        f[n] = (struct foreign){ .shape = NULL };
        ok = read_foreign(m, &f[n++], &strange);
    }
    /* What mesa-core wrote, archives can hold. */
    ok = ok && strange && covers(f, n, bytes) &&
         !mesa_json_member(mesa_json_member(header, notes), "mesa.version");
    if (ok) {
        mesa_inspect_heading(in, "tensors",
                             "tensors that mesa-core cannot use");
        mesa_tell_uint(&in->tell, "size", size, "bytes");
        tell_notes(&in->tell, mesa_json_member(header, notes));
        tell_foreign(&in->tell, f, n);
    }
    for (size_t i = 0; i < n; i++)
        mesa_free(f[i].shape);
    mesa_free(f);
    return ok;
}

bool
mesa_inspect_foreign(struct mesa_inspection *in)
{
    unsigned char length[8];
    struct mesa_json_node *header = NULL;
    uint64_t n = 0, size;
    FILE *file = fopen(in->path, "rbe");
    char *text = NULL;
    struct stat is;
    bool ok = file && fstat(fileno(file), &is) == 0 &&
              fread(length, 1, sizeof length, file) == sizeof length;

    size = ok ? (uint64_t)is.st_size : 0;
    for (size_t i = 0; ok && i < sizeof length; i++)
        n |= (uint64_t)length[i] << (8 * i);
    ok = ok && n <= MAX_HEADER && n <= size - sizeof length;
    if (ok)
        text = mesa_alloc_raw((size_t)n + 1, 1);
    if (text)
        text[n] = '\0';
    ok = text && fread(text, 1, (size_t)n, file) == n &&
         mesa_json_parse(&header, text, (size_t)n, in->path, NULL) == MESA_OK;
    ok = ok && tell_header(in, header, size - sizeof length - n, size);
    mesa_json_free(header);
    mesa_free(text);
    if (file)
        fclose(file);
    return ok;
}
