/* SPDX-License-Identifier: MIT */
/*
 * mesa/boosting.h - the other loop: each learner learns most from the rows
 * that those before it got wrong.
 *
 * A sampler may change the rows of each round: SMOTEBoost, RUSBoost and
 * RAMOBoost are this loop with different samplers.
 */
#ifndef MESA_BOOSTING_H
#define MESA_BOOSTING_H

#include <mesa/ensemble.h>

enum mesa_boosting_algorithm {
    MESA_ADABOOST_M2, /* pseudo-loss over wrong labels: Freund and Schapire
                         1997, figure 5                                     */
    MESA_SAMME,       /* by labels: Zhu et al. 2009, algorithm 2            */
    MESA_SAMME_R,     /* by log-probabilities: algorithm 4 there            */
    MESA_SAMME_P      /* the same, but weights follow probabilities, not
                         their logarithms                                   */
};

struct mesa_boosting_job {
    uint32_t                     struct_size;
    enum mesa_boosting_algorithm algorithm;
    size_t                       n; /* rounds there will be, at most */
    double                       learning_rate; /* > 0 */
    size_t n_made;     /* made rows of a class that a round uses, the first
                          of the sampler's; SIZE_MAX: all                  */
    bool   accumulate; /* made rows stay for the rounds after              */
    bool   persist;    /* go on when a learner errs never, or too often:
                          the latter gets no vote                          */
    const struct mesa_component *estimator, *sampler; /* sampler: or NULL  */
    const struct mesa_dataset   *train, *valid;       /* valid: or NULL    */
    const struct mesa_rng       *rng;
};

/* A zeroed struct is empty. */
struct mesa_boosting {
    struct mesa_ensemble         ensemble;
    enum mesa_boosting_algorithm algorithm;
    double                      *weight; /* of each member's vote */
};

MESA_BEGIN

/*
 * Replace what is in b by up to n learners.  Rows carry the weights of the
 * round, to the sampler (if its class honours weights) and to the learner;
 * made rows the mean weight.  Unless the job persists the loop ends behind a
 * learner without error, and before one that is no better than chance, but
 * the first always stays.  Samplers are told round and n_rounds, and no
 * probabilities.  On failure b is empty.
 */
MESA_API mesa_status mesa_boosting_fit(struct mesa_boosting *b,
                                       const struct mesa_boosting_job *job,
                                       struct mesa_error *err);

/*
 * MESA_ADABOOST_M2: the mean of the members' probabilities by weight.  The
 * others as scikit-learn: the softmax of the votes, or of the centred
 * log-probabilities, over the number of classes less one.
 */
MESA_API mesa_status
mesa_boosting_predict_proba(const struct mesa_boosting *b,
                            const struct mesa_cmatrix *x, double *proba,
                            struct mesa_error *err);

/* The mean of the members' importances by weight. */
MESA_API mesa_status mesa_boosting_importance(const struct mesa_boosting *b,
                                              double *importance,
                                              struct mesa_error *err);

MESA_API mesa_status mesa_boosting_save(const struct mesa_boosting *b,
                                        struct mesa_archive *to,
                                        struct mesa_error *err);
MESA_API mesa_status
mesa_boosting_load(struct mesa_boosting *b,
                   enum mesa_boosting_algorithm algorithm,
                   const struct mesa_component *estimator,
                   const struct mesa_archive *from, struct mesa_error *err);
MESA_API void mesa_boosting_free(struct mesa_boosting *b);

MESA_END

#endif
