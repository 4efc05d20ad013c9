/* SPDX-License-Identifier: MIT */
/* fit.h - fitting and predicting in one call, for checks of estimators. */
#ifndef MESA_CONFORM_FIT_H
#define MESA_CONFORM_FIT_H

#include "toy.h"

/* False, with the check skipped, for models that only metalearners teach; and
 * where there are no probabilities. */
bool fits(struct bench *b);
bool classifies(struct bench *b);

mesa_status try_fit(struct bench *b, struct mesa_instance *e,
                    const struct mesa_dataset *train, uint64_t seed,
                    struct mesa_error *err);
void must_fit(struct bench *b, struct mesa_instance *e,
              const struct mesa_dataset *train, uint64_t seed);

/* A fresh instance fitted on train. */
struct mesa_instance *fitted(struct bench *b, const struct mesa_dataset *train,
                             uint64_t seed);

/* Probabilities for the rows of d, the bench's; not NULL while going. */
double *must_predict(struct bench *b, const struct mesa_instance *e,
                     const struct mesa_dataset *d);

/* fitted and must_predict in one. */
double *learn(struct bench *b, const struct mesa_dataset *train,
              const struct mesa_dataset *rows, uint64_t seed);

/* In [0, 1], rows summing to 1. */
void expect_sane(struct bench *b, const double *proba, size_t rows,
                 size_t n_classes, const char *when);

/* The share of rows whose largest probability is that of their class. */
double accuracy(const double *proba, const struct mesa_dataset *d);

size_t proba_size(const struct mesa_dataset *d);

#endif
