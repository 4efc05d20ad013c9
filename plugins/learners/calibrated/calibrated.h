/* SPDX-License-Identifier: MIT */
/* calibrated.h - what the files of the learner calibrated share. */
#ifndef MESA_LEARNERS_CALIBRATED_H
#define MESA_LEARNERS_CALIBRATED_H

#include "../inner.h"
#include "curve.h"

enum { METHOD_SIGMOID, METHOD_ISOTONIC, METHOD_PRIOR };
enum { ON_FOLDS, ON_VALID };

struct calibrated {
    struct inner             inner;
    int                      method, on;
    int64_t                  cv;
    bool                     average;
    size_t                   n_classes;
    struct mesa_ensemble     members;
    size_t                   n_curves; /* per member */
    struct calibrated_curve *curve;    /* of member 0, of member 1 ... */
    double                  *ratio;    /* of prior: n_classes, or NULL */
};

/* onnx.c */
mesa_status calibrated_to_onnx(const void *self, struct mesa_onnx *g,
                               uint32_t x, uint32_t *proba,
                               struct mesa_error *err);

#endif
