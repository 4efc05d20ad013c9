/* SPDX-License-Identifier: MIT */
/* mesa/metrics.h - scores of predicted probabilities against true classes. */
#ifndef MESA_METRICS_H
#define MESA_METRICS_H

#include <mesa/data.h>

struct mesa_metric; /* one of the named scores */

/*
 * What a score is computed from.  proba is n by n_classes, rows sum to 1;
 * positive is the class that counts as positive in binary scores: 1 unless
 * said otherwise.
 */
struct mesa_outcome {
    uint32_t       struct_size;
    uint32_t       n_classes;
    size_t         n;
    const int32_t *y;
    const double  *proba;
    uint32_t       positive;
};

MESA_BEGIN

/*
 * aucprc rocauc fscore f1_weighted f1_macro mcc gmean bacc accuracy logloss
 * brier ece; NULL if there is no such name.  mesa_metric_at walks them
 * (NULL after the last).
 *
 * aucprc is the step sum of average precision (no interpolation), as
 * scikit-learn defines it; more than two classes: the mean over classes,
 * one against the rest, except where the score is multi-class by itself.
 * A predicted class is the largest probability, ties to the lower class.
 */
MESA_API const struct mesa_metric *mesa_metric_find(const char *name);
MESA_API const struct mesa_metric *mesa_metric_at(size_t i);
MESA_API const char *mesa_metric_name(const struct mesa_metric *metric);
MESA_API const char *mesa_metric_title(const struct mesa_metric *metric);
MESA_API bool mesa_metric_larger_is_better(const struct mesa_metric *metric);

/* MESA_EDATA if the score is not defined (no rows, only one class present
 * where two are needed). */
MESA_API mesa_status mesa_metric_value(const struct mesa_metric *metric,
                                       const struct mesa_outcome *outcome,
                                       double *value, struct mesa_error *err);

/* count[true * n_classes + predicted]. */
MESA_API void mesa_confusion(const struct mesa_outcome *outcome,
                             size_t *count);

MESA_END

#endif
