/* SPDX-License-Identifier: MIT */
/*
 * mesa/archive.h - named tensors and notes: models, checkpoints, transfer.
 *
 * On disk an archive is a safetensors file: an 8-byte length, a JSON header,
 * the tensors (wide element types first, then by name).  Reading checks every
 * length, offset and shape before anything is used.
 */
#ifndef MESA_ARCHIVE_H
#define MESA_ARCHIVE_H

#include <mesa/status.h>

#define MESA_DTYPE_MAP(X) \
    X(F64, double)        \
    X(F32, float)         \
    X(I64, int64_t)       \
    X(I32, int32_t)       \
    X(U64, uint64_t)      \
    X(U32, uint32_t)      \
    X(U8, uint8_t)

enum mesa_dtype {
#define MESA_DTYPE_ENUM_(id, ctype) MESA_##id,
    MESA_DTYPE_MAP(MESA_DTYPE_ENUM_)
#undef MESA_DTYPE_ENUM_
    MESA_DTYPE_COUNT_
};

#define MESA_MAX_DIMS 4

struct mesa_tensor {
    enum mesa_dtype dtype;
    uint32_t        n_dims;               /* 0: a single value          */
    size_t          shape[MESA_MAX_DIMS]; /* the first n_dims are used  */
    const void     *data;                 /* row-major                  */
};

struct mesa_archive;

MESA_BEGIN

MESA_API struct mesa_archive *mesa_archive_new(void); /* NULL: no memory */
MESA_API void mesa_archive_free(struct mesa_archive *a);

/* Copy a tensor in.  MESA_EINVAL if the name is taken or empty. */
MESA_API mesa_status mesa_archive_put(struct mesa_archive *a, const char *name,
                                      const struct mesa_tensor *tensor,
                                      struct mesa_error *err);

/* The tensor of that name, borrowed from a; MESA_ENOTFOUND if there is none.
 * What comes out of a file is only as trustworthy as the file: check shapes
 * with mesa_archive_expect and values yourself. */
MESA_API mesa_status mesa_archive_get(const struct mesa_archive *a,
                                      const char *name,
                                      struct mesa_tensor *out,
                                      struct mesa_error *err);

/* Like mesa_archive_get, and MESA_EPARSE unless dtype and n_dims agree and
 * each extent of shape that is not SIZE_MAX is met. */
MESA_API mesa_status mesa_archive_expect(const struct mesa_archive *a,
                                         const char *name,
                                         enum mesa_dtype dtype,
                                         uint32_t n_dims, const size_t *shape,
                                         const void **data,
                                         struct mesa_error *err);

/* One vector (rank 1) in one call. */
MESA_API mesa_status mesa_archive_put_vector(struct mesa_archive *a,
                                             const char *name,
                                             enum mesa_dtype dtype, size_t n,
                                             const void *data,
                                             struct mesa_error *err);

/* Notes: strings beside the tensors ("__metadata__").  NULL if absent. */
MESA_API mesa_status mesa_archive_note(struct mesa_archive *a,
                                       const char *key, const char *text,
                                       struct mesa_error *err);
MESA_API const char *mesa_archive_get_note(const struct mesa_archive *a,
                                           const char *key);

/* Whole files.  Writing goes to a temporary name beside path, is synced, and
 * renamed: path holds the old bytes or the new ones, never a part. */
MESA_API mesa_status mesa_archive_write(const struct mesa_archive *a,
                                        const char *path,
                                        struct mesa_error *err);
MESA_API mesa_status mesa_archive_read(const char *path,
                                       struct mesa_archive **out,
                                       struct mesa_error *err);

MESA_END

#endif
