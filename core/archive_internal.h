/* SPDX-License-Identifier: MIT */
/* archive_internal.h - what is behind an archive handle. */
#ifndef MESA_CORE_ARCHIVE_INTERNAL_H
#define MESA_CORE_ARCHIVE_INTERNAL_H

#include "internal.h"

#define MESA_PREFIX_MAX 256

struct mesa_stored_tensor {
    char              *name;
    struct mesa_tensor tensor;
    size_t             bytes;
    void              *own; /* the data, unless they lie in store.file */
};

struct mesa_stored_note {
    char *key, *text;
};

/* Tensors and notes are kept sorted by name. */
struct mesa_store {
    size_t                     n_tensors, tensor_capacity;
    struct mesa_stored_tensor *tensor;
    size_t                     n_notes, note_capacity;
    struct mesa_stored_note   *note;
    char                      *file; /* the bytes it was read from, or NULL */
};

/* A handle sees the names under its prefix.  mesa_archive_new's owns its
 * store, children borrow it. */
struct mesa_archive {
    struct mesa_store *store;
    char               prefix[MESA_PREFIX_MAX];
};

/* The part of parent under "NAME.I.", as a plain value. */
MESA_INTERNAL mesa_status mesa_archive_child(const struct mesa_archive *parent,
                                             const char *name, size_t i,
                                             struct mesa_archive *out,
                                             struct mesa_error *err);

size_t mesa_dtype_size(enum mesa_dtype dtype);

/* Add a tensor or note whose strings and data the store takes over (freed on
 * failure).  MESA_EINVAL if the name is taken. */
mesa_status mesa_store_add_tensor(struct mesa_store *store,
                                  struct mesa_stored_tensor *tensor,
                                  struct mesa_error *err);
mesa_status mesa_store_add_note(struct mesa_store *store, char *key,
                                char *text, struct mesa_error *err);

#endif
