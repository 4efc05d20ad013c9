/* SPDX-License-Identifier: MIT */
/* host.h - what a run lends to its outer loops. */
#ifndef MESA_CORE_HOST_H
#define MESA_CORE_HOST_H

#include "recipe.h"

#include <mesa/trial.h>

#include <signal.h>
#include <stdatomic.h>

/*
 * The data of a run, split: either training, validation and test rows, or
 * with folds a pool to be cut again and again (and validation rows beside).
 */
struct mesa_parts {
    struct mesa_bundle        *bundle;
    struct mesa_subset         subset[MESA_PART_COUNT_];
    const struct mesa_dataset *data[MESA_PART_COUNT_]; /* [ALL]: the pool */
    struct mesa_dataset        joined; /* training and test rows as one */
    double                    *joined_x;
    int32_t                   *joined_y;
};

MESA_INTERNAL mesa_status mesa_parts_open(struct mesa_parts *parts,
                                          const struct mesa_component *source,
                                          bool folds,
                                          const struct mesa_rng *run,
                                          struct mesa_error *err);
MESA_INTERNAL void mesa_parts_free(struct mesa_parts *parts);

/* Names of columns and classes; the same for every part. */
const struct mesa_schema *mesa_parts_schema(const struct mesa_parts *parts);

/* Parts of the data with the transform applied, once they are asked for. */
struct mesa_prepared {
    struct mesa_instance *transform; /* fitted; NULL: none, or not yet */
    struct mesa_dataset   data[MESA_PART_COUNT_];
    double               *x[MESA_PART_COUNT_];
};

/* Seconds of a clock that only goes forward. */
double mesa_now(void);

struct mesa_host {
    struct mesa_recipe           *recipe;
    struct mesa_parts             parts;
    struct mesa_tasks            *tasks; /* in place of parts, or NULL */
    struct mesa_rng               root;
    const volatile sig_atomic_t  *stop; /* NULL: never */
    atomic_bool                  *heard; /* a plugin was told so; or NULL */
    struct mesa_prepared         *prepared; /* NULL: no transform */
    struct mesa_trials          **trials;   /* the list of all; NULL: none */
    const struct mesa_dataset   **train_on; /* mesa_host_train_on; or NULL */
    mesa_status (*ask)(void *context, const struct mesa_question *question,
                       int32_t *label, enum mesa_answer *answer,
                       struct mesa_error *err); /* NULL: the data know */
    void                         *ask_context;
    void (*say)(void *context, const char *line); /* NULL: to nobody */
    void                         *say_context;
    void (*wait)(void *context); /* a step is still going on; or NULL */
    const struct mesa_trials     *outer; /* whose loop this is for; or NULL */
};

/* What [evaluate] fits on without folds. */
const struct mesa_dataset *mesa_host_training(const struct mesa_host *host);

MESA_INTERNAL void mesa_prepared_free(struct mesa_prepared *prepared);

/* Rows of metrics.csv: kept as text until the run loop takes them, or given
 * to whoever keeps them. */
struct mesa_metrics {
    struct mesa_text *rows;
    uint64_t          step;
    struct mesa_events *events; /* NULL: none */
    bool              shows;     /* histograms of this step */
    char              split[16]; /* of what last holds */
    char              last[160]; /* for the progress line */
    mesa_trial_keep  *keep;      /* NULL: rows */
    void             *context;
};

/* What [evaluate] found, for summary.json and the table. */
struct mesa_scores {
    size_t                           n_metrics, n_steps;
    const struct mesa_metric *const *metric;
    const double *value;   /* [step][part - 1][metric], NaN if none */
    uint32_t      positive;
};

#define MESA_SCORED_PARTS 3 /* train, valid, test */

/* One of the data sets that trials were made with, for summary.json and to
 * see that it has not changed; the next, or NULL. */
const struct mesa_trials *
mesa_trials_next(const struct mesa_trials *trials);
const struct mesa_parts *mesa_trials_parts(const struct mesa_trials *trials);
const char *mesa_trials_positive(const struct mesa_trials *trials);

MESA_INTERNAL void mesa_evaluate_scores(const void *self,
                                        struct mesa_scores *out);

/* predictions.csv and model.safetensors into the folder. */
MESA_INTERNAL mesa_status mesa_evaluate_write(const void *self,
                                              const struct mesa_host *host,
                                              const char *folder,
                                              struct mesa_error *err);

#endif
