/* SPDX-License-Identifier: MIT */
/* mesa/sampler.h - which rows to learn from: INI section [sampler]. */
#ifndef MESA_SAMPLER_H
#define MESA_SAMPLER_H

#include <mesa/component.h>
#include <mesa/random.h>
#include <mesa/sample.h>

/* What a sampler that learns is to do; others need not look. */
enum mesa_sampler_mode {
    MESA_SAMPLER_USE,    /* apply what was learnt                        */
    MESA_SAMPLER_LEARN,  /* act so as to learn; a reward follows         */
    MESA_SAMPLER_EXPLORE /* the same, acting at random                   */
};

/* What an ensemble knows after its first learners.  Fields may be absent. */
struct mesa_feedback {
    uint32_t      struct_size;
    uint32_t      n_classes;
    size_t        round;    /* learners fitted so far                     */
    size_t        n_rounds; /* learners there will be                     */
    const double *proba;    /* rows by n_classes: the ensemble's mean
                               prediction for each training row; NULL in
                               round 0, or if the class does not set
                               MESA_CLASS_FEEDBACK                        */
    const struct mesa_dataset *valid;       /* held-out rows, or NULL     */
    const double              *valid_proba; /* their mean prediction      */
    enum mesa_sampler_mode     mode;
};

struct mesa_sampler_class {
    struct mesa_class head;

    /*
     * Required.  Report rows of data through mesa_sample_keep (any order,
     * repeats allowed) and mesa_sample_make.  data has at least one row of
     * two classes, is not to be changed, and no pointer into it is to be
     * kept.  feedback may be NULL (no ensemble).  The core calls one
     * instance from one thread at a time.
     */
    mesa_status (*resample)(void *self, const struct mesa_dataset *data,
                            const struct mesa_feedback *feedback,
                            struct mesa_sample *out, struct mesa_rng *rng,
                            struct mesa_error *err);

    /* Optional.  A new ensemble starts. */
    mesa_status (*begin)(void *self, const struct mesa_dataset *data,
                         struct mesa_error *err);

    /*
     * Optional.  For a sampler that learns: what the last resample earned,
     * and what the ensemble is like now (proba is never NULL); done: the
     * ensemble is complete.  Streams for learning are derived from rng.
     */
    mesa_status (*reward)(void *self, double value, bool done,
                          const struct mesa_dataset *data,
                          const struct mesa_feedback *now,
                          struct mesa_rng *rng, struct mesa_error *err);

    /* Optional.  The error of majority rows to draw around in such a state,
     * and from where to where that is while learning; nothing changes. */
    mesa_status (*aim)(void *self, const struct mesa_dataset *data,
                       const struct mesa_feedback *feedback, double aim[3],
                       struct mesa_error *err);
};

#define MESA_SAMPLER(T) \
    MESA_HEAD_(struct mesa_sampler_class, MESA_KIND_SAMPLER, 1, T)

MESA_BEGIN

/* resample on an instance, into an empty sample, checked as in estimator.h:
 * MESA_EDATA for NaN or classes that the sampler does not take. */
MESA_API mesa_status
mesa_sampler_resample(struct mesa_instance *sampler,
                      const struct mesa_dataset *data,
                      const struct mesa_feedback *feedback,
                      struct mesa_sample *out, struct mesa_rng *rng,
                      struct mesa_error *err);
MESA_API mesa_status mesa_sampler_begin(struct mesa_instance *sampler,
                                        const struct mesa_dataset *data,
                                        struct mesa_error *err);
/* What the last resample earned; nothing for a class without reward. */
MESA_API mesa_status
mesa_sampler_reward(struct mesa_instance *sampler, double value, bool done,
                    const struct mesa_dataset *data,
                    const struct mesa_feedback *now, struct mesa_rng *rng,
                    struct mesa_error *err);
/* Three times NaN for a class without aim, or as long as it has none. */
MESA_API mesa_status
mesa_sampler_aim(struct mesa_instance *sampler,
                 const struct mesa_dataset *data,
                 const struct mesa_feedback *feedback, double aim[3],
                 struct mesa_error *err);

MESA_END

#endif
