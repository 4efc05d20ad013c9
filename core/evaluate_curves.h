/* SPDX-License-Identifier: MIT */
/* evaluate_curves.h - precision-recall and ROC curves on a grid, over fits. */
#ifndef MESA_CORE_EVALUATE_CURVES_H
#define MESA_CORE_EVALUATE_CURVES_H

#include "internal.h"

enum mesa_curve_kind { MESA_CURVE_PRECISION, MESA_CURVE_ROC, MESA_CURVES };

/* Values at recalls or false positive rates of 0, 0.01 ... 1, and the area. */
enum { MESA_CURVE_GRID = 101, MESA_CURVE_VALUES, MESA_CURVE_CLASSES = 8 };

/* Rows in the order of falling scores of one class. */
struct mesa_ordered_row {
    double score;
    size_t row, times; /* how often it counts */
    bool   positive;
};

/* Fill row[o->n], each counting once. */
MESA_INTERNAL void mesa_curve_order(const struct mesa_outcome *o,
                                    uint32_t class_,
                                    struct mesa_ordered_row *row);

/*
 * Both curves of ordered rows; false if they lack a positive or a negative.
 * Precision at a recall is that of the highest threshold that reaches it, the
 * steps of which average precision is the area; between points of a ROC curve
 * is a straight line, which ties make.
 */
MESA_INTERNAL bool
mesa_curves_of(const struct mesa_ordered_row *row, size_t n,
               double out[MESA_CURVES][MESA_CURVE_VALUES]);

/* Mean and sum of squared deviations so far (Welford 1962), of one class. */
struct mesa_curve_sum {
    double n; /* fits */
    double mean[MESA_CURVES][MESA_CURVE_VALUES];
    double square[MESA_CURVES][MESA_CURVE_VALUES];
};

/* What is summed, as doubles in a row, for checkpoints. */
#define MESA_CURVE_DOUBLES (sizeof(struct mesa_curve_sum) / sizeof(double))

/* Add a fit to the sums: of the positive class of two, or of the first few
 * classes of more, each against the rest. */
MESA_INTERNAL mesa_status mesa_curves_add(struct mesa_curve_sum *sum,
                                          size_t n_sums,
                                          const struct mesa_outcome *o,
                                          struct mesa_error *err);

/* How many sums there are for so many classes. */
size_t mesa_curve_sums(uint32_t n_classes);

/* Half of the interval of 95 % of a mean; NaN of one fit. */
double mesa_curve_half(const struct mesa_curve_sum *sum, int kind, size_t i);

/*
 * The interval of 95 % of curves of one fit by a bootstrap of the rows, those
 * of the class and the others apart: low[kind * MESA_CURVE_GRID + i] likewise
 * high.  False if there are too many rows for that, which needs none then.
 */
MESA_INTERNAL mesa_status
mesa_curves_bootstrap(const struct mesa_outcome *o, uint32_t class_,
                      struct mesa_rng *rng, double *low, double *high,
                      bool *done, struct mesa_error *err);

#endif
