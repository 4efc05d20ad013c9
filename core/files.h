/* SPDX-License-Identifier: MIT */
/* files.h - files that are there whole or not at all, and paths. */
#ifndef MESA_CORE_FILES_H
#define MESA_CORE_FILES_H

#include "internal.h"

/*
 * A file being written under a temporary name beside its own.  Writes may
 * fail silently; commit reports the first failure and then leaves nothing
 * behind.  After commit or abort the handle is gone.  What a symbolic link
 * leads to is replaced, not the link; a device or pipe is written directly.
 */
struct mesa_file;

MESA_INTERNAL mesa_status mesa_file_open(struct mesa_file **out,
                                         const char *folder, const char *name,
                                         struct mesa_error *err);
MESA_INTERNAL mesa_status mesa_file_open_path(struct mesa_file **out,
                                              const char *path,
                                              struct mesa_error *err);
MESA_INTERNAL void mesa_file_write(struct mesa_file *file, const void *data,
                                   size_t n);
/* For what can be made again: after a power cut it may be empty. */
MESA_INTERNAL void mesa_file_hurry(struct mesa_file *file);
MESA_INTERNAL mesa_status mesa_file_commit(struct mesa_file *file,
                                           struct mesa_error *err);
MESA_INTERNAL void mesa_file_abort(struct mesa_file *file);

/* All of text as FOLDER/NAME. */
MESA_INTERNAL mesa_status mesa_file_put(const char *folder, const char *name,
                                        const char *text,
                                        struct mesa_error *err);

/* A whole file, or all that a pipe gives, into fresh memory with a NUL behind
 * it.  MESA_ENOTFOUND, MESA_EIO, or MESA_EPARSE if it is longer than limit. */
MESA_INTERNAL mesa_status mesa_file_get(const char *path, size_t limit,
                                        char **data, size_t *n,
                                        struct mesa_error *err);

/* The same of a file that nobody named but that stands in a folder: what is
 * no regular file is MESA_EIO, and is not waited for.  Or only open it. */
MESA_INTERNAL mesa_status mesa_file_get_regular(const char *path, size_t limit,
                                                char **data, size_t *n,
                                                struct mesa_error *err);
MESA_INTERNAL mesa_status mesa_file_open_regular(int *fd, const char *path,
                                                 struct mesa_error *err);

/* The folder and those above it, as far as they are missing. */
MESA_INTERNAL mesa_status mesa_make_folders(const char *path,
                                            struct mesa_error *err);

/* path, if relative seen from folder, as an absolute path without "." and
 * ".." parts; fresh memory, NULL if there is none left. */
MESA_INTERNAL char *mesa_path_absolute(const char *folder, const char *path);

#endif
