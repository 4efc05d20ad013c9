/* SPDX-License-Identifier: MIT */
/* mesa/bundle.h - tables as sources give them: names, parts, rows. */
#ifndef MESA_BUNDLE_H
#define MESA_BUNDLE_H

#include <mesa/data.h>

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

/* Or targets, once: n >= 1 names (copied) of numbers to predict. */
MESA_API mesa_status mesa_bundle_targets(struct mesa_bundle *bundle, size_t n,
                                         const char *const *name,
                                         struct mesa_error *err);

/*
 * Room for a part, after columns and classes or targets: *x for rows by
 * n_columns values (row-major, contents undefined) and *y for rows labels,
 * both owned by the bundle.  x may hold NaN for "missing"; the core looks for
 * it.  With targets instead of classes *y is NULL.
 */
MESA_API mesa_status mesa_bundle_part(struct mesa_bundle *bundle,
                                      enum mesa_part part, size_t rows,
                                      double **x, int32_t **y,
                                      struct mesa_error *err);

/*
 * Room for the targets of a part, once, after mesa_bundle_part: *target for
 * rows by n values (row-major, contents undefined), owned by the bundle.  All
 * of them have to be finite: no target may be missing.
 */
MESA_API mesa_status mesa_bundle_part_targets(struct mesa_bundle *bundle,
                                              enum mesa_part part,
                                              double **target,
                                              struct mesa_error *err);

/* For callers of sources.  A bundle is empty until mesa_source_open. */
MESA_API struct mesa_bundle *mesa_bundle_new(void); /* NULL: no memory */
MESA_API void mesa_bundle_free(struct mesa_bundle *bundle);

/* The part as a dataset, owned by the bundle; NULL if it has none. */
MESA_API const struct mesa_dataset *
mesa_bundle_dataset(const struct mesa_bundle *bundle, enum mesa_part part);

MESA_END

#endif
