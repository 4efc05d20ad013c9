/* SPDX-License-Identifier: MIT */
/* mesa/transform.h - columns to columns: INI section [transform]. */
#ifndef MESA_TRANSFORM_H
#define MESA_TRANSFORM_H

#include <mesa/component.h>

/* What a column of the result tells of one that came. */
enum mesa_column_role {
    MESA_COLUMN_SAME,     /* what that did: type and categories stay       */
    MESA_COLUMN_VALUE,    /* 1 where that is `value` (NaN: missing), or 0  */
    MESA_COLUMN_INDICATOR /* 1 where something else is true of that, or 0  */
};

struct mesa_transform_column {
    size_t      from; /* the column that came                              */
    uint32_t    role; /* enum mesa_column_role                             */
    double      value;
    const char *before, *after; /* put around its name; NULL: nothing      */
    /* What an earlier step made of `from`, which this is made of; NULL: the
     * column itself. */
    const struct mesa_transform_column *of;
};

struct mesa_transform_class {
    struct mesa_class head;

    /* Required.  Learn from training rows; forget what was learnt before.
     * NaN arrives only where head.flags has MESA_CLASS_MISSING. */
    mesa_status (*fit)(void *self, const struct mesa_dataset *train,
                       struct mesa_error *err);

    /* Required.  out[r * width + j] for each row of x, where width is that of
     * `columns`; called only after fit or load, with as many columns as then;
     * from several threads at once. */
    mesa_status (*apply)(const void *self, const struct mesa_cmatrix *x,
                         double *out, struct mesa_error *err);

    /* Optional.  The way back. */
    mesa_status (*invert)(const void *self, const struct mesa_cmatrix *x,
                          double *out, struct mesa_error *err);

    /* Optional.  From rows x to transformed ones, by nodes of g. */
    mesa_status (*to_onnx)(const void *self, struct mesa_onnx *g, uint32_t x,
                           uint32_t *out, struct mesa_error *err);

    /* Optional.  How many columns apply writes, after fit or load, and in
     * *out what they are: a list of self's, good until the next fit or load.
     * *out is NULL where they are those that come, as without this slot. */
    size_t (*columns)(const void *self,
                      const struct mesa_transform_column **out);
};

#define MESA_TRANSFORM(T) \
    MESA_HEAD_(struct mesa_transform_class, MESA_KIND_TRANSFORM, 1, T)

MESA_BEGIN

/* The same on an instance, checked as in estimator.h.  A fit that leaves no
 * column is MESA_EDATA. */
MESA_API mesa_status mesa_transform_fit(struct mesa_instance *transform,
                                        const struct mesa_dataset *train,
                                        struct mesa_error *err);
MESA_API mesa_status
mesa_transform_apply(const struct mesa_instance *transform,
                     const struct mesa_cmatrix *x, double *out,
                     struct mesa_error *err);
/* 0 before fit; out may be NULL. */
MESA_API size_t
mesa_transform_columns(const struct mesa_instance *transform,
                       const struct mesa_transform_column **out);

/* data with the transform applied: *block has the rows, and a schema where
 * the columns are others, and is freed with mesa_free; the rest is shared.
 * Without a transform (NULL) *out is data itself and *block NULL. */
MESA_API mesa_status mesa_transformed(const struct mesa_instance *transform,
                                      const struct mesa_dataset *data,
                                      struct mesa_dataset *out,
                                      double **block, struct mesa_error *err);

MESA_END

#endif
