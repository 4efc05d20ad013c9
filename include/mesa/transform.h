/* SPDX-License-Identifier: MIT */
/* mesa/transform.h - columns to columns: INI section [transform]. */
#ifndef MESA_TRANSFORM_H
#define MESA_TRANSFORM_H

#include <mesa/component.h>

struct mesa_transform_class {
    struct mesa_class head;

    /* Required.  Learn from training rows; forget what was learnt before.
     * NaN arrives only where head.flags has MESA_CLASS_MISSING. */
    mesa_status (*fit)(void *self, const struct mesa_dataset *train,
                       struct mesa_error *err);

    /* Required.  out[r * x->cols + j] for each row of x; called only after
     * fit or load, with as many columns; from several threads at once. */
    mesa_status (*apply)(const void *self, const struct mesa_cmatrix *x,
                         double *out, struct mesa_error *err);

    /* Optional.  The way back. */
    mesa_status (*invert)(const void *self, const struct mesa_cmatrix *x,
                          double *out, struct mesa_error *err);

    /* Optional.  From rows x to transformed ones, by nodes of g. */
    mesa_status (*to_onnx)(const void *self, struct mesa_onnx *g, uint32_t x,
                           uint32_t *out, struct mesa_error *err);
};

#define MESA_TRANSFORM(T) \
    MESA_HEAD_(struct mesa_transform_class, MESA_KIND_TRANSFORM, 1, T)

MESA_BEGIN

/* The same on an instance, checked as in estimator.h. */
MESA_API mesa_status mesa_transform_fit(struct mesa_instance *transform,
                                        const struct mesa_dataset *train,
                                        struct mesa_error *err);
MESA_API mesa_status
mesa_transform_apply(const struct mesa_instance *transform,
                     const struct mesa_cmatrix *x, double *out,
                     struct mesa_error *err);

MESA_END

#endif
