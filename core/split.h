/* SPDX-License-Identifier: MIT */
/* split.h - which rows train and which rows test, class by class. */
#ifndef MESA_CORE_SPLIT_H
#define MESA_CORE_SPLIT_H

#include "internal.h"

/*
 * Parts in the given shares (positive, at most 1 in sum up to rounding; the
 * last part takes what is left if the sum is 1) of every class alike: counts
 * per class are right within one row, by largest remainder.  part[r] is the
 * part of row r; rows beyond a sum below 1 get n_parts.
 */
MESA_INTERNAL mesa_status
mesa_split_shares(const struct mesa_dataset *data, const double *share,
                  size_t n_parts, struct mesa_rng *rng, uint32_t *part,
                  struct mesa_error *err);

/*
 * n_folds >= 2 folds with as many rows of each class as possible alike;
 * fold[r] is the fold that tests row r.  Shuffled by rng; with rng NULL the
 * assignment of scikit-learn's StratifiedKFold(shuffle=False).  MESA_EDATA if
 * a class that has rows has fewer than there are folds.  In both functions,
 * data without classes are one class.
 */
MESA_INTERNAL mesa_status mesa_split_folds(const struct mesa_dataset *data,
                                           size_t n_folds,
                                           struct mesa_rng *rng,
                                           uint32_t *fold,
                                           struct mesa_error *err);

#endif
