/* SPDX-License-Identifier: MIT */
/* archive.h - saving, loading, and loading what somebody has damaged. */
#ifndef MESA_CONFORM_ARCHIVE_H
#define MESA_CONFORM_ARCHIVE_H

#include "bench.h"

/* A file of our own in TMPDIR, removed with the bench; all bytes of a file,
 * the bench's; and others instead. */
const char *bench_file(struct bench *b);
unsigned char *bench_read(struct bench *b, const char *path, size_t *size);
void bench_write(struct bench *b, const char *path, const void *bytes,
                 size_t size);

/* False, with the check skipped, where the class has no save and load. */
bool can_be_saved(struct bench *b);

struct mesa_archive *must_save(struct bench *b,
                               const struct mesa_instance *from);
void must_load(struct bench *b, struct mesa_instance *into,
               const struct mesa_archive *from);

/* Both hold the same, byte for byte. */
void expect_same_archive(struct bench *b, const struct mesa_archive *a,
                         const struct mesa_archive *c, const char *what);

/* What is done with an archive that somebody has damaged: to refuse it is as
 * good as to use it, but nothing may stay behind. */
struct reader {
    void (*read)(struct bench *b, const struct reader *self,
                 const struct mesa_archive *a);
    void (*use)(struct bench *b, struct mesa_instance *e);
    void *context;
};

/* Write `a` to a file, change it in some hundred ways, and read each. */
void read_damaged(struct bench *b, const struct mesa_archive *a,
                  const struct reader *reader);

/*
 * Save `from` to a file, change the file in some hundred ways, and load each
 * into a fresh instance.  Loading may fail; if it does not, `use` must come
 * to an end without a crash.
 */
void load_damaged(struct bench *b, const struct mesa_instance *from,
                  void (*use)(struct bench *b, struct mesa_instance *e));

#endif
