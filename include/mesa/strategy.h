/* SPDX-License-Identifier: MIT */
/* mesa/strategy.h - imbalanced-learn's sampling_strategy, as one value. */
#ifndef MESA_STRATEGY_H
#define MESA_STRATEGY_H

#include <mesa/data.h>

enum mesa_strategy_use {
    MESA_STRATEGY_UNDER, /* target: rows to keep; n where not targeted     */
    MESA_STRATEGY_OVER,  /* target: rows to have;  n where not targeted    */
    MESA_STRATEGY_CLEAN  /* target: 1 where the class may lose rows, or 0  */
};

MESA_BEGIN

/* Help text for the parameter row that every sampler shares. */
#define MESA_STRATEGY_HELP                                                 \
    "Ratio of minority to majority rows afterwards (two classes), a word " \
    "(auto, majority, minority, not minority, not majority, all), or "     \
    "class:count pairs (over-sampling also class:+more; class may be "     \
    "minority or majority)"

/*
 * Resolve text against the rows per class of data into target[n_classes].
 * auto is "not minority" for UNDER and CLEAN, "not majority" for OVER.  Ties
 * for the smallest and the largest class go to the lower class.  Classes
 * without rows are left alone.  MESA_EINVAL names what is wrong, with the
 * counts in it.
 */
MESA_API mesa_status mesa_strategy_resolve(const char *text,
                                           enum mesa_strategy_use use,
                                           const struct mesa_dataset *data,
                                           size_t *target,
                                           struct mesa_error *err);

MESA_END

#endif
