/* SPDX-License-Identifier: MIT */
/* archive_internal.h - what is behind an archive handle. */
#ifndef MESA_CORE_ARCHIVE_INTERNAL_H
#define MESA_CORE_ARCHIVE_INTERNAL_H

#include "internal.h"

#define MESA_PREFIX_MAX 256
#define MESA_NOTES_NAME "__metadata__" /* in the file; no tensor's name */

struct mesa_stored_tensor {
    char              *name; /* first, as in notes: the search relies on it */
    struct mesa_tensor tensor;
    size_t             bytes;
    void              *own; /* the data, unless they lie in store.file */
};

struct mesa_stored_note {
    char *key, *text;
};

/* Tensors and notes are sorted by name, as bytes. */
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

/* The bytes that dtype and shape ask for; false if no size_t holds them. */
bool mesa_tensor_bytes(const struct mesa_tensor *t, size_t *bytes);

/* Put a tensor or note at position i.  The store takes over its strings and
 * data, which are freed on failure; a string that is NULL is a failure. */
mesa_status mesa_store_add_tensor(struct mesa_store *store, size_t i,
                                  const struct mesa_stored_tensor *tensor,
                                  struct mesa_error *err);
mesa_status mesa_store_add_note(struct mesa_store *store, size_t i, char *key,
                                char *text, struct mesa_error *err);

#endif
