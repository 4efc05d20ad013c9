/* SPDX-License-Identifier: MIT */
/*
 * mesa/ensemble.h - the loop that most imbalanced ensembles are.
 *
 * Sequential averaging: fit learner t on what the sampler makes of the data,
 * average probabilities, tell the sampler how wrong the average still is.
 * UnderBagging, SMOTEBagging, Self-paced Ensemble, BalanceCascade and MESA
 * are this loop with different samplers.
 */
#ifndef MESA_ENSEMBLE_H
#define MESA_ENSEMBLE_H

#include <mesa/estimator.h>
#include <mesa/sampler.h>

/* A zeroed struct is an empty ensemble. */
struct mesa_ensemble {
    size_t                 n;
    struct mesa_instance **member;
};

MESA_BEGIN

/*
 * Replace what is in e by n learners.  Learner t learns from the sampler's
 * sample in round t, with streams derived from rng by t; sampler may be NULL
 * (all rows).  Unless the sampler reads feedback the rounds do not depend on
 * each other and run in parallel.  On failure e is empty.
 */
MESA_API mesa_status
mesa_ensemble_fit(struct mesa_ensemble *e, size_t n,
                  const struct mesa_component *estimator,
                  const struct mesa_component *sampler,
                  const struct mesa_dataset *train,
                  const struct mesa_dataset *valid, struct mesa_rng *rng,
                  struct mesa_error *err);

/*
 * The same one round at a time, for whoever trains the sampler by it.  The
 * sampler is a live one, borrowed as everything else; NULL: all rows.  The
 * ensemble has as many members as there were rounds, so it can be used at any
 * time and is what mesa_ensemble_fit would have made of so many.
 */
struct mesa_ensemble_job {
    uint32_t                     struct_size;
    size_t                       n; /* rounds there will be, at most */
    const struct mesa_component *estimator;
    struct mesa_instance        *sampler;
    const struct mesa_dataset   *train, *valid; /* valid may be NULL */
    const struct mesa_rng       *rng;
    const struct mesa_ranks     *train_ranks, *valid_ranks; /* or NULL */
};
struct mesa_ensemble_loop;

/* Empties e and tells the sampler; end with mesa_ensemble_end, also after a
 * failure (NULL is fine then). */
MESA_API mesa_status mesa_ensemble_begin(struct mesa_ensemble *e,
                                         const struct mesa_ensemble_job *job,
                                         struct mesa_ensemble_loop **out,
                                         struct mesa_error *err);
/* Fit one more member; MESA_ESTATE after the last. */
MESA_API mesa_status mesa_ensemble_round(struct mesa_ensemble_loop *loop,
                                         enum mesa_sampler_mode mode,
                                         struct mesa_error *err);
/* What the ensemble knows now; good until the next round. */
MESA_API mesa_status mesa_ensemble_feedback(struct mesa_ensemble_loop *loop,
                                            struct mesa_feedback *out,
                                            struct mesa_error *err);
MESA_API void mesa_ensemble_end(struct mesa_ensemble_loop *loop);

/* The mean of the members' probabilities, summed in order of member. */
MESA_API mesa_status
mesa_ensemble_predict_proba(const struct mesa_ensemble *e,
                            const struct mesa_cmatrix *x, double *proba,
                            struct mesa_error *err);
/* The same, sooner, if ranks are those of x (NULL: not known). */
MESA_API mesa_status mesa_ensemble_predict_ranked(
    const struct mesa_ensemble *e, const struct mesa_cmatrix *x,
    const struct mesa_ranks *ranks, double *proba, struct mesa_error *err);

/* The mean of the members' importances. */
MESA_API mesa_status mesa_ensemble_importance(const struct mesa_ensemble *e,
                                              double *importance,
                                              struct mesa_error *err);

/* The sum of the members' mesa_estimator_rows. */
MESA_API uint64_t mesa_ensemble_rows(const struct mesa_ensemble *e);

MESA_API mesa_status mesa_ensemble_save(const struct mesa_ensemble *e,
                                        struct mesa_archive *to,
                                        struct mesa_error *err);
MESA_API mesa_status mesa_ensemble_load(struct mesa_ensemble *e,
                                        const struct mesa_component *estimator,
                                        const struct mesa_archive *from,
                                        struct mesa_error *err);
MESA_API void mesa_ensemble_free(struct mesa_ensemble *e);

MESA_END

#endif
