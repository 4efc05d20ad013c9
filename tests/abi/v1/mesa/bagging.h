/* SPDX-License-Identifier: MIT */
/*
 * mesa/bagging.h - ensembles whose learner draws the rows of each member.
 *
 * Like mesa_ensemble_fit without feedback, for rules of drawing that are the
 * ensemble's own and no sampler's: the bootstrap, SMOTEBagging's shares.
 */
#ifndef MESA_BAGGING_H
#define MESA_BAGGING_H

#include <mesa/ensemble.h>

struct mesa_bagging_job {
    uint32_t                     struct_size;
    size_t                       n; /* members */
    const struct mesa_component *estimator;
    const struct mesa_dataset   *train, *valid; /* valid may be NULL */
    const struct mesa_rng       *rng;

    /* Report the rows of a member to out.  Called from several threads. */
    mesa_status (*draw)(const void *context, size_t member,
                        const struct mesa_dataset *train,
                        struct mesa_sample *out, struct mesa_rng *rng,
                        struct mesa_error *err);
    const void *context;
};

MESA_BEGIN

/* Replace what is in e by n learners, in parallel, with streams derived from
 * rng by their number.  On failure e is empty. */
MESA_API mesa_status mesa_bagging_fit(struct mesa_ensemble *e,
                                      const struct mesa_bagging_job *job,
                                      struct mesa_error *err);

/* Report to out a share (up to 1) or a number of rows, rounded down and at
 * least one, drawn with replacement or without. */
MESA_API mesa_status mesa_bagging_bootstrap(double max_samples,
                                            bool replacement,
                                            const struct mesa_dataset *train,
                                            struct mesa_sample *out,
                                            struct mesa_rng *rng,
                                            struct mesa_error *err);

/* Report n of the rows listed (NULL: 0, 1, ...), drawn with replacement or
 * without. */
MESA_API mesa_status mesa_bagging_draw(const size_t *row, size_t rows,
                                       size_t n, bool replacement,
                                       struct mesa_sample *out,
                                       struct mesa_rng *rng,
                                       struct mesa_error *err);

MESA_END

#endif
