/* SPDX-License-Identifier: MIT */
/* svm.h - what the files of the learner svm share. */
#ifndef MESA_LEARNERS_SVM_H
#define MESA_LEARNERS_SVM_H

#include "../dense.h"

enum kernel { KERNEL_LINEAR, KERNEL_POLY, KERNEL_RBF, KERNEL_SIGMOID };

struct svm_kernel {
    enum kernel kind;
    double      gamma, coef0;
    int64_t     degree;
    size_t      cols;
};

double svm_kernel_value(const struct svm_kernel *k, const double *a,
                        const double *b);

/* Rows of two sides, +1 and -1, and what each may count at most. */
struct svm_problem {
    const struct svm_kernel *kernel;
    size_t                   n;
    const double           **row;
    double                  *side, *bound;
    double                   tol;
    size_t                   max_iter, cache_bytes;
};

/* alpha[n], which is >= 0, and rho: row x is on side +1 if
 * sum side * alpha * kernel(row, x) > rho.  *done: max_iter was enough. */
mesa_status svm_solve(const struct svm_problem *p, double *alpha, double *rho,
                      bool *done, struct mesa_error *err);

#endif
