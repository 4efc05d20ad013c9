/* SPDX-License-Identifier: MIT */
/* mesa/source.h - where data come from: INI section [data]. */
#ifndef MESA_SOURCE_H
#define MESA_SOURCE_H

#include <mesa/component.h>
#include <mesa/random.h>

/* A source gives ALL rows, which the core then splits, or TRAIN with VALID
 * and TEST as far as they exist. */
enum mesa_part {
    MESA_PART_ALL = 0,
    MESA_PART_TRAIN,
    MESA_PART_VALID,
    MESA_PART_TEST,
    MESA_PART_COUNT_
};

struct mesa_bundle; /* what a source fills: schema first, then parts */

struct mesa_source_class {
    struct mesa_class head;

    /* Required.  Fill out with columns, classes and parts. */
    mesa_status (*open)(void *self, struct mesa_bundle *out,
                        struct mesa_rng *rng, struct mesa_error *err);

    /* Optional.  Look only at headers: is everything there and well named?
     * Used by --check, which must be quick on any size. */
    mesa_status (*describe)(void *self, struct mesa_error *err);

    /*
     * Optional, both or neither: rows to predict, of files of any size.
     * stream opens path ("-": standard input) and finds the columns of a
     * model's schema there; with labels, those too.  next gives some more
     * rows, borrowed until it is called again: none after the last.
     */
    mesa_status (*stream)(void *self, const char *path,
                          const struct mesa_schema *schema, bool labels,
                          struct mesa_error *err);
    mesa_status (*next)(void *self, struct mesa_dataset *out,
                        struct mesa_error *err);
};

#define MESA_SOURCE(T) \
    MESA_HEAD_(struct mesa_source_class, MESA_KIND_SOURCE, 1, T)

MESA_BEGIN

/* Columns, once: n names (copied), all numeric.  NULL: x0, x1, ... */
MESA_API mesa_status mesa_bundle_columns(struct mesa_bundle *bundle, size_t n,
                                         const char *const *name,
                                         struct mesa_error *err);

/* Column j holds the codes 0 ... n-1 of these categories (copied). */
MESA_API mesa_status mesa_bundle_categories(struct mesa_bundle *bundle,
                                            size_t j, size_t n,
                                            const char *const *category,
                                            struct mesa_error *err);

/* Classes, once: n names (copied) in the order of the labels 0 ... n-1, and
 * the name of the label column (NULL: "label"). */
MESA_API mesa_status mesa_bundle_classes(struct mesa_bundle *bundle, size_t n,
                                         const char *const *name,
                                         const char *label,
                                         struct mesa_error *err);

/*
 * Room for a part, after columns and classes: *x for rows by n_columns
 * values (row-major, contents undefined) and *y for rows labels, both owned
 * by the bundle.  x may hold NaN for "missing"; the core looks for it.
 */
MESA_API mesa_status mesa_bundle_part(struct mesa_bundle *bundle,
                                      enum mesa_part part, size_t rows,
                                      double **x, int32_t **y,
                                      struct mesa_error *err);

/* For callers of sources.  A bundle is empty until mesa_source_open. */
MESA_API struct mesa_bundle *mesa_bundle_new(void); /* NULL: no memory */
MESA_API void mesa_bundle_free(struct mesa_bundle *bundle);

/* The part as a dataset, owned by the bundle; NULL if it has none. */
MESA_API const struct mesa_dataset *
mesa_bundle_dataset(const struct mesa_bundle *bundle, enum mesa_part part);

/* open on an instance, and everything that can be wrong with what it gave:
 * labels out of range, infinite values, parts without a schema. */
MESA_API mesa_status mesa_source_open(struct mesa_instance *source,
                                      struct mesa_bundle *out,
                                      struct mesa_rng *rng,
                                      struct mesa_error *err);

MESA_END

#endif
