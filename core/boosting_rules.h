/* SPDX-License-Identifier: MIT */
/* boosting_rules.h - what a round of boosting makes of a learner's answers. */
#ifndef MESA_CORE_BOOSTING_RULES_H
#define MESA_CORE_BOOSTING_RULES_H

#include "internal.h"

/* Probabilities are not less in a logarithm, weights not in a round, as
 * scikit-learn has it: 2^-52. */
#define MESA_BOOST_EPSILON 0x1p-52

/* Rows with their weights: one each, or for MESA_ADABOOST_M2 one for each
 * class (0 for the row's own), summing to 1. */
struct mesa_boost_rows {
    enum mesa_boosting_algorithm algorithm;
    const int32_t               *y;
    size_t                       n, n_classes, width; /* 1 or n_classes */
    double                      *w;       /* n by width */
    double                      *scratch; /* n by n_classes */
};

/* How a learner did: its (pseudo-)loss, and where it is like guessing. */
struct mesa_boost_score {
    double loss, chance;
};

struct mesa_boost_score
mesa_boost_measure(const struct mesa_boost_rows *r, const double *proba);

/* The weight of the learner's vote. */
double mesa_boost_vote(const struct mesa_boost_rows *r, double loss,
                       double learning_rate);

/* New weights, not yet summing to 1; overwrites proba. */
void mesa_boost_update(const struct mesa_boost_rows *r, double *proba,
                       double vote, double learning_rate);

/* Make them sum to 1, none that is positive too small; false if the sum is
 * not a positive number. */
bool mesa_boost_normalise(const struct mesa_boost_rows *r);

/* The class of the largest probability; ties to the lower. */
size_t mesa_boost_label(const double *proba, size_t n_classes);

/* ensemble.c: the members' importances, each times its weight; their mean
 * where weight is NULL. */
mesa_status mesa_ensemble_sum_importance(const struct mesa_ensemble *e,
                                         const double *weight,
                                         double *importance,
                                         struct mesa_error *err);

#endif
