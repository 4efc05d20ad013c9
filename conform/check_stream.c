/* SPDX-License-Identifier: MIT */
/*
 * check_stream.c - rows of a source in parts: those of open, in their order.
 *
 * The file is that of --set file=NAME, or the default of that parameter; its
 * rows are compared where open gives them as one part.
 */
#include "archive.h"
#include "toy.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct mesa_source_class *
class_of(const struct bench *b)
{
    return (const void *)b->class_;
}

/* One opens what the other reads. */
static void
both_slots(struct bench *b)
{
    const struct mesa_source_class *c = class_of(b);

    if (!c->stream != !c->next)
        fail(b, "%s has %s but not %s", b->class_->name,
             c->stream ? "stream" : "next", c->stream ? "next" : "stream");
}

static const char *
file_name(const struct bench *b)
{
    const struct mesa_param *p = b->class_->params;
    size_t n = mesa_param_count(p);

    for (size_t i = b->n_set; i > 0; i--)
        if (strncmp(b->set[i - 1], "file=", 5) == 0)
            return b->set[i - 1] + 5;
    for (size_t i = 0; i < n; i++)
        if (p[i].type == MESA_TYPE_STRING && strcmp(p[i].name, "file") == 0)
            return p[i].dflt.s;
    return NULL;
}

static void
release_bundle(void *bundle)
{
    mesa_bundle_free(bundle);
}

/* All rows as open has them, and the file that they come from. */
static const struct mesa_dataset *
all_rows(struct bench *b, const char **path)
{
    struct mesa_rng rng = bench_rng(b, "open", 1);
    const struct mesa_dataset *d = NULL;
    struct mesa_instance *s;
    struct mesa_bundle *bundle;
    struct mesa_error err;

    *path = file_name(b);
    if (!class_of(b)->stream || !class_of(b)->next)
        skip(b, "%s does not give rows in parts", b->class_->name);
    else if (!*path)
        skip(b, "%s needs --set file=NAME", b->class_->name);
    s = bench_instance(b);
    bundle = going(b) ? mesa_bundle_new() : NULL;
    if (going(b))
        own(b, bundle, release_bundle);
    if (going(b) && succeeded(b, mesa_source_open(s, bundle, &rng, &err),
                              &err, "open"))
        d = mesa_bundle_dataset(bundle, MESA_PART_ALL);
    if (going(b) && !d)
        skip(b, "%s gives parts, not all rows", b->class_->name);
    return d;
}

/* Targets are none: nobody asks for them. */
static bool
has_labels(const struct mesa_dataset *all)
{
    return all && all->y;
}

static bool
begin(struct bench *b, struct mesa_instance *s, const char *path,
      const struct mesa_dataset *all, bool labels)
{
    struct mesa_error err;

    return going(b) &&
           succeeded(b, class_of(b)->stream(mesa_instance_self(s), path,
                                            all->schema, labels, &err),
                     &err, "stream");
}

/* Rows from `first` on, as far as there are any: how many. */
static size_t
compare_block(struct bench *b, struct mesa_instance *s,
              const struct mesa_dataset *all, size_t first, bool labels)
{
    struct mesa_dataset got = { .struct_size = sizeof got };
    struct mesa_error err;

    if (!going(b) ||
        !succeeded(b, class_of(b)->next(mesa_instance_self(s), &got, &err),
                   &err, "next") || got.x.rows == 0)
        return 0;
    if (got.x.cols != all->x.cols)
        fail(b, "next gives %zu columns of %zu", got.x.cols, all->x.cols);
    else if (got.x.rows > all->x.rows - first)
        fail(b, "next goes on behind row %zu, the last that open gives",
             all->x.rows);
    else if (labels && !got.y)
        fail(b, "next gives no labels, which were asked for");
    for (size_t r = 0; r < got.x.rows && going(b); r++) {
        if (memcmp(mesa_row(&got.x, r), mesa_row(&all->x, first + r),
                   all->x.cols * sizeof(double)) != 0 ||
            (labels && got.y[r] != all->y[first + r]))
            fail(b, "row %zu is another one than open gives", first + r);
    }
    return got.x.rows;
}

static void
compare_all(struct bench *b, struct mesa_instance *s,
            const struct mesa_dataset *all, bool labels)
{
    size_t n = 0, more;

    while ((more = compare_block(b, s, all, n, labels)) > 0)
        n += more;
    if (going(b) && n < all->x.rows)
        fail(b, "next ends after %zu rows of %zu", n, all->x.rows);
}

static void
same_rows(struct bench *b)
{
    const char *path;
    const struct mesa_dataset *all = all_rows(b, &path);
    struct mesa_instance *s = bench_instance(b);

    if (begin(b, s, path, all, has_labels(all)))
        compare_all(b, s, all, has_labels(all));
    if (begin(b, s, path, all, false))
        compare_all(b, s, all, false);
}

static void
anew(struct bench *b)
{
    const char *path;
    const struct mesa_dataset *all = all_rows(b, &path);
    struct mesa_instance *s = bench_instance(b);

    if (begin(b, s, path, all, has_labels(all)))
        compare_block(b, s, all, 0, has_labels(all));
    if (begin(b, s, path, all, has_labels(all)))
        compare_all(b, s, all, has_labels(all));
}

/* How many of the first files are open. */
static int
open_files(void)
{
    int n = 0;

    for (int file = 0; file < 256; file++)
        n += fcntl(file, F_GETFD) != -1;
    return n;
}

/* Whoever reads may have seen enough. */
static void
closed(struct bench *b)
{
    const char *path;
    const struct mesa_dataset *all = all_rows(b, &path);
    uint64_t live = mesa_memory_live();
    int files = open_files();
    struct mesa_instance *s = NULL;
    struct mesa_error err;

    if (!going(b) ||
        !succeeded(b, mesa_instance_new(b->component, &s, &err), &err,
                   "create"))
        return;
    if (begin(b, s, path, all, has_labels(all)))
        compare_block(b, s, all, 0, has_labels(all));
    mesa_instance_free(s);
    if (mesa_memory_live() != live)
        fail(b, "ended early, %lld blocks stay",
             (long long)(mesa_memory_live() - live));
    if (open_files() != files)
        fail(b, "ended early, a file stays open");
}

static void
no_file(struct bench *b)
{
    const char *path;
    const struct mesa_dataset *all = all_rows(b, &path);
    struct mesa_instance *s = bench_instance(b);
    struct mesa_error err = { MESA_OK, 0, "", "" };
    char *none = mesa_asprintf("%s.is-not-there", path ? path : "");

    if (!going(b)) {
        mesa_free(none);
        return;
    }
    own(b, none, mesa_free);
    if (class_of(b)->stream(mesa_instance_self(s), none, all->schema, false,
                            &err) == MESA_OK)
        fail(b, "stream opens a file that is not there");
    else if (!*err.message)
        fail(b, "stream does not say which file is not there");
}

/* Rows until there are none, or one that is not as it should be. */
static void
read_to_end(struct bench *b, const char *path, const struct mesa_dataset *all)
{
    struct mesa_dataset got = { .struct_size = sizeof got };
    struct mesa_error err = { MESA_OK, 0, "", "" };
    struct mesa_instance *s = bench_instance(b);
    mesa_status st;
    size_t n = 0;

    if (!going(b))
        return;
    st = class_of(b)->stream(mesa_instance_self(s), path, all->schema,
                             has_labels(all), &err);
    do {
        got.x.rows = 0;
        if (st == MESA_OK)
            st = class_of(b)->next(mesa_instance_self(s), &got, &err);
        n += got.x.rows;
    } while (st == MESA_OK && got.x.rows > 0 && n <= all->x.rows);
    if (st == MESA_OK && n > all->x.rows)
        fail(b, "cut off, the file has more rows than before");
    if (st != MESA_OK && !*err.message)
        fail(b, "cut off: %s without a message", mesa_status_name(st));
}

static void
cut_off(struct bench *b)
{
    const char *path, *other;
    const struct mesa_dataset *all = all_rows(b, &path);
    const unsigned char *bytes = NULL;
    size_t size = 0;

    if (going(b) && access(path, R_OK) != 0)
        skip(b, "%s is no file that can be cut off", path);
    other = bench_file(b);
    if (going(b))
        bytes = bench_read(b, path, &size);
    for (size_t part = 0; part < 24 && going(b); part++) {
        bench_write(b, other, bytes, size * part / 24);
        read_to_end(b, other, all);
    }
}

struct reading {
    const char                *path;
    const struct mesa_dataset *all;
};

static mesa_status
work_stream(struct bench *b, void *context, struct mesa_error *err)
{
    const struct reading *of = context;
    struct mesa_dataset got = { .struct_size = sizeof got };
    struct mesa_instance *s;
    mesa_status st = mesa_instance_new(b->component, &s, err);

    if (st == MESA_OK)
        st = class_of(b)->stream(mesa_instance_self(s), of->path,
                                 of->all->schema, has_labels(of->all), err);
    do {
        got.x.rows = 0;
        if (st == MESA_OK)
            st = class_of(b)->next(mesa_instance_self(s), &got, err);
    } while (st == MESA_OK && got.x.rows > 0);
    mesa_instance_free(s);
    return st;
}

static void
memory(struct bench *b)
{
    struct reading of;

    of.all = all_rows(b, &of.path);
    sweep_memory(b, &(struct trial){ &of, work_stream }, "stream and next");
}

#define SOURCE(name, run, what) { name, MESA_KIND_SOURCE, run, what }

const struct check stream_checks[] = {
    SOURCE("stream_slots", both_slots, "stream and next, or neither"),
    SOURCE("stream", same_rows, "gives the rows of open, in their order"),
    SOURCE("stream_again", anew, "a second stream starts anew"),
    SOURCE("stream_closed", closed, "an early end leaves nothing open"),
    SOURCE("stream_missing", no_file, "no such file: that is said"),
    SOURCE("stream_cut", cut_off, "a file that is cut off ends"),
    SOURCE("stream_memory", memory, "ENOMEM wherever memory runs out"),
    { NULL, 0, NULL, NULL }
};
