/* SPDX-License-Identifier: MIT */
/*
 * archive.c - saving, loading, and loading what somebody has damaged.
 *
 * Damage is done to the file, in three ways: bytes of tensors are
 * overwritten, so that every shape is as it was but values are not; the
 * header is edited, so that types, shapes and names are not what the class
 * expects; the end is cut off.
 */
#include "archive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAMAGED_VALUES = 240, DAMAGED_HEADERS = 60 };

bool
can_be_saved(struct bench *b)
{
    if (!b->class_->save)
        skip(b, "%s cannot be saved", b->class_->name);
    return going(b);
}

struct mesa_archive *
must_save(struct bench *b, const struct mesa_instance *from)
{
    struct mesa_archive *a = bench_archive(b);
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_instance_save(from, a, "it", 0, &err), &err,
                  "save");
    return a;
}

void
must_load(struct bench *b, struct mesa_instance *into,
          const struct mesa_archive *from)
{
    struct mesa_error err;

    if (going(b))
        succeeded(b, mesa_instance_load(into, from, "it", 0, &err), &err,
                  "load");
}

static void
release_file(void *path)
{
    unlink(path);
    mesa_free(path);
}

const char *
bench_file(struct bench *b)
{
    const char *folder = getenv("TMPDIR");
    char *path;
    int file;

    if (!going(b))
        return NULL;
    path = mesa_asprintf("%s/mesa-conform.XXXXXX",
                         folder && *folder ? folder : "/tmp");
    file = path ? mkstemp(path) : -1;
    if (file < 0) {
        fail(b, "%s: %s", path ? path : "temporary file", strerror(errno));
        mesa_free(path);
        return NULL;
    }
    close(file);
    own(b, path, release_file);
    return going(b) ? path : NULL;
}

unsigned char *
bench_read(struct bench *b, const char *path, size_t *size)
{
    FILE *in = fopen(path, "rb");
    long end = -1;
    unsigned char *bytes;

    if (in && fseek(in, 0, SEEK_END) == 0)
        end = ftell(in);
    bytes = end > 0 ? bench_array(b, (size_t)end, 1) : NULL;
    *size = end > 0 ? (size_t)end : 0;
    if (bytes && (fseek(in, 0, SEEK_SET) != 0 ||
                  fread(bytes, 1, *size, in) != *size))
        bytes = NULL;
    if (!bytes)
        fail(b, "%s cannot be read back", path);
    if (in)
        fclose(in);
    return bytes;
}

void
bench_write(struct bench *b, const char *path, const void *bytes, size_t size)
{
    FILE *out = fopen(path, "wb");
    bool good = out && fwrite(bytes, 1, size, out) == size;

    if (out && fclose(out) != 0)
        good = false;
    if (!good)
        fail(b, "%s cannot be written", path);
}

static unsigned char *
archive_bytes(struct bench *b, const struct mesa_archive *a, const char *path,
              size_t *size)
{
    struct mesa_error err;

    *size = 0;
    if (!going(b) ||
        !succeeded(b, mesa_archive_write(a, path, &err), &err, "write"))
        return NULL;
    return bench_read(b, path, size);
}

void
expect_same_archive(struct bench *b, const struct mesa_archive *a,
                    const struct mesa_archive *c, const char *what)
{
    const char *path = bench_file(b);
    size_t n_a, n_c;
    const unsigned char *of_a = archive_bytes(b, a, path, &n_a);
    const unsigned char *of_c = archive_bytes(b, c, path, &n_c);

    if (going(b) && (n_a != n_c || memcmp(of_a, of_c, n_a) != 0))
        fail(b, "%s", what);
}

/* A saved file and where its tensors begin. */
struct victim {
    const char    *path;
    unsigned char *whole, *damaged;
    size_t         size, data;
    const struct reader *reader;
};

/* Read the damaged bytes and see what happens. */
static void
load_one(struct bench *b, const struct victim *v, const char *how)
{
    uint64_t live = mesa_memory_live();
    struct mesa_archive *a = NULL;
    struct mesa_error err;

    bench_write(b, v->path, v->damaged, v->size);
    if (!going(b) || mesa_archive_read(v->path, &a, &err) != MESA_OK)
        return;
    v->reader->read(b, v->reader, a);
    mesa_archive_free(a);
    if (mesa_memory_live() != live)
        fail(b, "%s: %lld blocks stay", how,
             (long long)(mesa_memory_live() - live));
}

/* Up to eight neighbouring bytes, to what is likely to hurt. */
static void
damage_values(struct bench *b, const struct victim *v)
{
    static const unsigned char hurts[] = { 0x00, 0xff, 0x7f, 0x80, 0x01 };
    struct mesa_rng rng = bench_rng(b, "damage", 0);

    for (int i = 0; i < DAMAGED_VALUES && going(b); i++) {
        size_t at = v->data + mesa_rng_below(&rng, v->size - v->data);
        size_t n = (size_t)1 << mesa_rng_below(&rng, 4);
        size_t how = mesa_rng_below(&rng, sizeof hurts + 1);

        at -= (at - v->data) % n;
        memcpy(v->damaged, v->whole, v->size);
        for (size_t j = at; j < at + n && j < v->size; j++)
            v->damaged[j] = how < sizeof hurts
                                ? hurts[how]
                                : (unsigned char)mesa_rng_bits(&rng);
        load_one(b, v, "damaged values");
    }
}

/* One place of the header at a time: digits, types, letters of names. */
static void
damage_header(struct bench *b, const struct victim *v)
{
    struct mesa_rng rng = bench_rng(b, "damage", 1);

    for (int i = 0; i < DAMAGED_HEADERS && going(b); i++) {
        size_t at = 8 + mesa_rng_below(&rng, v->data - 8);
        unsigned char old = v->whole[at];

        memcpy(v->damaged, v->whole, v->size);
        v->damaged[at] = old >= '0' && old <= '9' ? (unsigned char)(
                             '0' + mesa_rng_below(&rng, 10))
                         : old == 'F' ? 'I'
                         : old == 'I' ? 'U'
                         : old == 'U' ? 'I'
                                      : (unsigned char)(old ^ 1);
        load_one(b, v, "damaged header");
    }
}

/* Every 64-bit tensor as one of another type, whose size is the same. */
static void
damage_types(struct bench *b, const struct victim *v)
{
    for (size_t i = 8; i + 5 < v->data && going(b); i++) {
        if (memcmp(v->whole + i, "\"F64\"", 5) != 0 &&
            memcmp(v->whole + i, "\"I64\"", 5) != 0 &&
            memcmp(v->whole + i, "\"U64\"", 5) != 0)
            continue;
        memcpy(v->damaged, v->whole, v->size);
        v->damaged[i + 1] = v->whole[i + 1] == 'F' ? 'I' : 'F';
        load_one(b, v, "another type");
    }
}

static void
cut_off(struct bench *b, const struct victim *v)
{
    const size_t keep[] = { 0, 7, 8, 8 + (v->data - 8) / 2, v->data,
                            v->size - 1 };
    struct mesa_archive *a = NULL;
    struct mesa_error err;

    for (size_t i = 0; i < MESA_COUNT(keep) && going(b); i++) {
        bench_write(b, v->path, v->whole, keep[i]);
        if (going(b) && mesa_archive_read(v->path, &a, &err) == MESA_OK) {
            mesa_archive_free(a);
            fail(b, "a file cut off after %zu of %zu bytes can be read",
                 keep[i], v->size);
        }
    }
}

void
read_damaged(struct bench *b, const struct mesa_archive *a,
             const struct reader *reader)
{
    struct victim v = { .path = bench_file(b), .reader = reader };
    uint64_t header = 0;

    v.whole = archive_bytes(b, a, v.path, &v.size);
    v.damaged = v.size ? bench_array(b, v.size, 1) : NULL;
    if (!going(b))
        return;
    for (size_t i = 8; i-- > 0;)
        header = header << 8 | v.whole[i];
    v.data = 8 + (size_t)header;
    if (v.data >= v.size) {
        fail(b, "the archive holds no values");
        return;
    }
    damage_values(b, &v);
    damage_header(b, &v);
    damage_types(b, &v);
    cut_off(b, &v);
}

/* An archive without anything in it has no shape, no tensors. */
static void
load_empty(struct bench *b)
{
    struct mesa_archive *empty = bench_archive(b);
    struct mesa_instance *e = bench_instance(b);
    struct mesa_error err;

    if (going(b) && mesa_instance_load(e, empty, "it", 0, &err) == MESA_OK)
        fail(b, "an empty archive can be loaded");
}

static void
load_and_use(struct bench *b, const struct reader *reader,
             const struct mesa_archive *a)
{
    struct mesa_instance *e = NULL;
    struct mesa_error err;

    if (succeeded(b, mesa_instance_new(b->component, &e, &err), &err,
                  "create") &&
        mesa_instance_load(e, a, "it", 0, &err) == MESA_OK)
        reader->use(b, e);
    mesa_instance_free(e);
}

void
load_damaged(struct bench *b, const struct mesa_instance *from,
             void (*use)(struct bench *b, struct mesa_instance *e))
{
    const struct reader reader = { .read = load_and_use, .use = use };

    load_empty(b);
    read_damaged(b, must_save(b, from), &reader);
}
