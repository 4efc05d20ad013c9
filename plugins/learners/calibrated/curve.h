/* SPDX-License-Identifier: MIT */
/* curve.h - from a learner's probability of a class to an honest one. */
#ifndef MESA_LEARNERS_CURVE_H
#define MESA_LEARNERS_CURVE_H

#include <mesa/mesa.h>

/*
 * Points (x, y) with ascending x, joined by straight lines and level beyond
 * the ends; or, if sigmoid, 1 / (1 + exp(a p + b)) with a = x[0], b = y[0].
 */
struct calibrated_curve {
    bool    sigmoid;
    size_t  n;
    double *x, *y; /* y = x + n, one block */
};

/* Held-out rows: row r has the probability p[r * stride] and is of the class
 * or is not. */
struct calibrated_rows {
    const double              *p;
    size_t                     stride;
    const struct mesa_dataset *data;
    int32_t                    class_;
};

mesa_status calibrated_fit_sigmoid(struct calibrated_curve *curve,
                                   const struct calibrated_rows *rows,
                                   struct mesa_error *err);
mesa_status calibrated_fit_isotonic(struct calibrated_curve *curve,
                                    const struct calibrated_rows *rows,
                                    struct mesa_error *err);
double calibrated_curve_at(const struct calibrated_curve *curve, double p);
void calibrated_curve_free(struct calibrated_curve *curve);

mesa_status calibrated_curve_save(const struct calibrated_curve *curve,
                                  struct mesa_archive *to, size_t i,
                                  struct mesa_error *err);
mesa_status calibrated_curve_load(struct calibrated_curve *curve,
                                  const struct mesa_archive *from, size_t i,
                                  struct mesa_error *err);

#endif
