/* SPDX-License-Identifier: MIT */
/* ranking.h - the scores of one class's rows against those of the rest. */
#ifndef MESA_CORE_RANKING_H
#define MESA_CORE_RANKING_H

#include "internal.h"

/* The members are private but for the two counts. */
struct mesa_ranking {
    size_t    n_positive, n_negative;
    size_t    n_scores;            /* that differ, of positives; or many   */
    uint64_t *all;                 /* in the order of rows                 */
    uint64_t *positive, *negative; /* ascending; negative only if merged,  */
                                   /* and only if there are many scores    */
    uint64_t *found;               /* [u]: negatives that have u positives */
    uint64_t *tied;                /* at or below; those equal to the last */
    uint64_t *spare;               /* for sorting, before found is needed  */
};

/* Room for o->n rows; serves any number of classes, one after the other. */
mesa_status mesa_ranking_init(struct mesa_ranking *k,
                              const struct mesa_outcome *o,
                              struct mesa_error *err);
void mesa_ranking_fini(struct mesa_ranking *k);

/* Class c against the rest. */
void mesa_ranking_fill(struct mesa_ranking *k, const struct mesa_outcome *o,
                       uint32_t c);

/* Sum over thresholds of (recall gained there) * precision; needs positives.
 * Share of (positive, negative) pairs in the right order, ties counting one
 * half; needs both. */
double mesa_ranking_precision(struct mesa_ranking *k);
double mesa_ranking_roc(struct mesa_ranking *k);

#endif
