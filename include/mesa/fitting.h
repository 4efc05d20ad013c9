/* SPDX-License-Identifier: MIT */
/* mesa/fitting.h - estimators on instances, for whoever fits them. */
#ifndef MESA_FITTING_H
#define MESA_FITTING_H

#include <mesa/estimator.h>

MESA_BEGIN

/* The slots of an instance, checked: MESA_ESTATE before fit, MESA_ESHAPE for
 * another number of columns, MESA_EDATA for data that the class does not
 * take (NaN, weights, more than two classes), MESA_EINVAL for an instance of
 * another kind.  proba is rows by mesa_estimator_n_classes. */
MESA_API mesa_status
mesa_estimator_fit(struct mesa_instance *estimator,
                   const struct mesa_dataset *train,
                   const struct mesa_dataset *valid, struct mesa_rng *rng,
                   struct mesa_error *err);
MESA_API mesa_status
mesa_estimator_predict_proba(const struct mesa_instance *estimator,
                             const struct mesa_cmatrix *x, double *proba,
                             struct mesa_error *err);
MESA_API mesa_status
mesa_estimator_importance(const struct mesa_instance *estimator,
                          double *importance, struct mesa_error *err);

/* Of the data it was fitted on; 0 before fit. */
MESA_API size_t
mesa_estimator_n_columns(const struct mesa_instance *estimator);
MESA_API size_t
mesa_estimator_n_classes(const struct mesa_instance *estimator);

/* What rows says; without it, the rows given to fit.  0 after load. */
MESA_API uint64_t mesa_estimator_rows(const struct mesa_instance *estimator);

/* The ensemble it is, fitted; or NULL. */
MESA_API const struct mesa_ensemble *
mesa_estimator_members(const struct mesa_instance *estimator);

/* What an estimator or its members, theirs, and so on, are made of. */
MESA_API struct mesa_counts *mesa_counts_new(void); /* NULL: no memory */
MESA_API void mesa_counts_free(struct mesa_counts *counts);
/* So many of what NAME says (copied): lower_snake_case, plural.  The same name
 * again is of another member. */
MESA_API void mesa_count(struct mesa_counts *to, const char *name,
                         uint64_t value);
/* All of an estimator, fitted; none where nobody has the slot. */
MESA_API mesa_status
mesa_estimator_counts(const struct mesa_instance *estimator,
                      struct mesa_counts *out, struct mesa_error *err);

/* What the last hidden layer makes of rows, see the slot; *width is 0 if it
 * has none. */
MESA_API mesa_status mesa_estimator_embed(
    const struct mesa_instance *estimator, const struct mesa_cmatrix *x,
    double *out, size_t *width, struct mesa_error *err);

MESA_END

#endif
