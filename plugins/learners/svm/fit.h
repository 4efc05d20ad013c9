/* SPDX-License-Identifier: MIT */
/* fit.h - the learner svm: parameters and what was learnt. */
#ifndef MESA_LEARNERS_SVM_FIT_H
#define MESA_LEARNERS_SVM_FIT_H

#include "svm.h"

enum { SVM_SCALE = 0, SVM_AUTO = -1 }; /* gamma */

struct svm {
    double            c, gamma, coef0, tol, cache_size;
    int               kernel_kind, balanced;
    int64_t           degree, max_iter;
    struct svm_kernel kernel;
    size_t            cols, n_classes, n_present, n_sv;
    int64_t          *present; /* classes with rows                       */
    double           *sv;      /* support vectors of all pairs, n_sv rows */
    double           *coef;    /* of each pair (0, 1), (0, 2) ... (1, 2)  */
    double           *rho, *a, *b; /* of each pair; the sigmoid's a and b */
};

/* Decision values above 0 speak for the second class of a pair. */
static inline size_t
svm_pairs(size_t n_present)
{
    return n_present * (n_present - 1) / 2;
}

mesa_status svm_resize(struct svm *s, size_t cols, size_t n_classes,
                       size_t n_present, struct mesa_error *err);
mesa_status svm_resize_vectors(struct svm *s, size_t n_sv,
                               struct mesa_error *err);
void svm_forget(struct svm *s);
/* From the parameters, but gamma. */
void svm_set_kernel(struct svm *s);

mesa_status svm_fit(void *self, const struct mesa_dataset *train,
                    const struct mesa_dataset *valid, struct mesa_rng *rng,
                    struct mesa_error *err);

/* onnx.c */
mesa_status svm_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                        uint32_t *proba, struct mesa_error *err);

#endif
