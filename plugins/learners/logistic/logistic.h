/* SPDX-License-Identifier: MIT */
/* logistic.h - what the files of the learner logistic share. */
#ifndef MESA_LEARNERS_LOGISTIC_H
#define MESA_LEARNERS_LOGISTIC_H

#include "../dense.h"

enum penalty { PENALTY_NONE, PENALTY_L1, PENALTY_L2 };

/*
 * The function that is minimised,
 *
 *     f(w) = 1/W sum_r s_r loss_r(w) + penalty(w) / (C W),   W = sum_r s_r,
 *
 * in columns that are centred (where there is an intercept) and divided by
 * their standard deviation.  w has for each of n_scores scores the cols
 * coefficients of the columns and the intercept.  With one score the classes
 * are 0 and 1 and the other score is 0.
 */
struct problem {
    const struct mesa_dataset *data;
    bool                       intercept;
    enum penalty               penalty;
    size_t                     cols, width; /* width = cols + 1      */
    size_t                     n_scores;    /* 1: two classes        */
    size_t                     n;           /* n_scores * width      */
    size_t                     n_chunks;
    int32_t                   *label; /* of each row, classes without rows
                                         left out                        */
    double                    *weight; /* s_r / W                        */
    double                    *mean, *inverse; /* of columns: 1 / std    */
    double                    *cost;  /* penalty factor of each column   */
    double                    *p;     /* n_scores probabilities per row  */
    double                    *chunk; /* partial sums: room for n + 1 each,
                                         and a row                       */
};

/* Sets up everything but p, given data, intercept, penalty, n_scores, label
 * and weight. */
mesa_status logistic_problem_init(struct problem *f, double c,
                                  struct mesa_error *err);
void logistic_problem_free(struct problem *f);

/* f(w) without the L1 penalty, and its gradient; leaves probabilities. */
mesa_status logistic_gradient(struct problem *f, const double *w,
                              double *value, double *gradient,
                              struct mesa_error *err);
/* f(w) without the L1 penalty; probabilities stay those of the gradient. */
mesa_status logistic_value(struct problem *f, const double *w, double *value,
                           struct mesa_error *err);
/* The Hessian where the gradient was taken, times v; its diagonal. */
mesa_status logistic_hessian(struct problem *f, const double *v, double *out,
                             struct mesa_error *err);
mesa_status logistic_diagonal(struct problem *f, double *out,
                              struct mesa_error *err);

/* Minimise f from w on.  *left: the largest component of the gradient. */
mesa_status logistic_minimise(struct problem *f, double *w, size_t max_iter,
                              double tol, double *left,
                              struct mesa_error *err);

#endif
