/* SPDX-License-Identifier: MIT */
/*
 * mesa/hardness.h - drawing majority rows by how hard the ensemble finds them.
 *
 * The sampling step of MESA (Liu et al. 2020, algorithm 1): a Gaussian over
 * the errors |p - y| of the majority rows, p being the mean probability of
 * the minority class.  Two classes; the minority is the one with fewer rows,
 * ties to the higher class.
 */
#ifndef MESA_HARDNESS_H
#define MESA_HARDNESS_H

#include <mesa/sampler.h>

/* How rows are drawn: errors around mu, at a distance of some sigma > 0;
 * train_ir > 0 majority rows for each minority row, rounded down. */
struct mesa_hardness {
    double mu, sigma, train_ir;
};

MESA_BEGIN

/* Which of the two classes is the minority, and how many rows it has.
 * MESA_EDATA unless it has at least two. */
MESA_API mesa_status mesa_hardness_minority(const struct mesa_dataset *data,
                                            uint32_t *label, size_t *rows,
                                            struct mesa_error *err);

/*
 * Report to out the majority rows that were drawn, without replacement and in
 * the order drawn, and then all minority rows.  A row's weight is the density
 * at its error, relative to the largest there is, so that none underflows.
 * Where the feedback has no probabilities yet (or is NULL) all majority rows
 * are equally likely.  MESA_EINVAL if there are not enough of them.
 */
MESA_API mesa_status
mesa_hardness_resample(const struct mesa_dataset *data,
                       const struct mesa_feedback *feedback,
                       const struct mesa_hardness *how,
                       struct mesa_sample *out, struct mesa_rng *rng,
                       struct mesa_error *err);

MESA_END

#endif
