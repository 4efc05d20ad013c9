/* SPDX-License-Identifier: MIT */
/*
 * mesa/trial.h - for metalearners that compare: fit and score as [evaluate]
 * would.
 *
 * Trials are one source's rows with the metrics, repeats, folds and positive
 * class of [evaluate].  One trial fits one estimator on the training rows of
 * one fold of one repeat and scores it on all parts.  Whatever the estimator,
 * folds are the same; [transform], and a [sampler] that nothing refers to,
 * see the training rows of the fold only.
 */
#ifndef MESA_TRIAL_H
#define MESA_TRIAL_H

#include <mesa/estimator.h>
#include <mesa/metalearner.h>
#include <mesa/metrics.h>

struct mesa_trials;

/* What came of one fit. */
struct mesa_trial {
    uint32_t struct_size; /* set by the caller                             */
    uint32_t reserved;    /* zero                                          */
    uint64_t rows;        /* learnt from: mesa_estimator_rows              */
    double   seconds;     /* that fitting took: never to be compared       */
    double  *value;       /* the caller's: MESA_TRIAL_PARTS by n_metrics,
                             train, valid, test; NaN where there is none   */
};

#define MESA_TRIAL_PARTS 3

/* A row of metrics.csv, which is not written.  MESA_ENOMEM ends the loop. */
typedef mesa_status mesa_trial_keep(void *context, uint64_t step,
                                    const char *split, const char *name,
                                    double value);

/* A metalearner to its end on the rows of a fold. */
struct mesa_trial_loop {
    uint32_t struct_size; /* set by the caller                             */
    bool     stopped;     /* the run is to stop: what was kept is no loop  */
    const struct mesa_component *metalearner;
    size_t           repeat, fold;
    mesa_trial_keep *keep;
    void            *context;
    uint64_t         steps;   /* made                                      */
    double           seconds; /* that they took: never to be compared      */
};

MESA_BEGIN

/*
 * Read the rows of a source (NULL, or [data]: those that the run has got
 * already).  Free with mesa_trials_free (NULL is fine), while the host is
 * there.  MESA_EDATA if nothing can be learnt from them.
 */
MESA_API mesa_status mesa_trials_new(const struct mesa_host *host,
                                     const struct mesa_component *source,
                                     struct mesa_trials **out,
                                     struct mesa_error *err);
MESA_API void mesa_trials_free(struct mesa_trials *trials);

/* The source's name; repeats, folds (1 without cross-validation), metrics,
 * the leading one first. */
MESA_API const char *mesa_trials_name(const struct mesa_trials *trials);
MESA_API size_t mesa_trials_repeats(const struct mesa_trials *trials);
MESA_API size_t mesa_trials_folds(const struct mesa_trials *trials);
MESA_API size_t mesa_trials_n_metrics(const struct mesa_trials *trials);
MESA_API const struct mesa_metric *
mesa_trials_metric(const struct mesa_trials *trials, size_t i);

/*
 * Fit and score.  Random streams depend on the run's seed, the names of
 * source and estimator, repeat and fold alone.  May be called by several
 * threads at once.  A failure says which part, if a score is not defined.
 */
MESA_API mesa_status mesa_trials_run(const struct mesa_trials *trials,
                                     const struct mesa_component *estimator,
                                     size_t repeat, size_t fold,
                                     struct mesa_trial *out,
                                     struct mesa_error *err);

/* The same for a loop, with streams of repeat and fold alone: whoever is
 * looped draws the same.  What it teaches ends with it. */
MESA_API mesa_status mesa_trials_loop(const struct mesa_trials *trials,
                                      struct mesa_trial_loop *loop,
                                      struct mesa_error *err);

/* All metrics of rows whose probabilities are known, into value[n_metrics].
 * part is for messages. */
MESA_API mesa_status mesa_trials_score(const struct mesa_trials *trials,
                                       enum mesa_part part,
                                       const struct mesa_dataset *rows,
                                       const double *proba, double *value,
                                       struct mesa_error *err);

MESA_END

#endif
