/* SPDX-License-Identifier: MIT */
/* query.h - mesa-core query: a run whose questions a person answers. */
#ifndef MESA_CORE_QUERY_H
#define MESA_CORE_QUERY_H

#include "run.h"

struct mesa_query_options {
    const char        *config;
    const char        *output; /* for questions; NULL: to_label.csv */
    const char        *labels; /* answers to the first one; or NULL */
    bool               finish; /* answer no other */
    const char *const *set;    /* what --set was given, to go on with */
    size_t             n_set;
};

/*
 * Go on with the run until it asks: MESA_EXIT_STOPPED, what was written is
 * then on standard error already and *err is empty; or until it is complete:
 * MESA_EXIT_OK.
 */
MESA_INTERNAL enum mesa_exit
mesa_query(struct mesa_recipe *recipe,
           const struct mesa_query_options *options,
           const struct mesa_run_control *control, struct mesa_error *err);

/* For the run, once its data are there: who answers. */
struct run;
mesa_status mesa_query_attach(struct mesa_inquiry *query, struct run *run,
                              struct mesa_error *err);

/* Once the folder is the run's alone: what killed runs have left behind. */
void mesa_query_clean(const struct mesa_inquiry *query);

/* The run has stopped with a checkpoint, because of a question or before; the
 * folder is still the run's alone.  MESA_EXIT_STOPPED, or why not. */
enum mesa_exit mesa_query_hand_over(const struct mesa_inquiry *query,
                                    struct mesa_error *err);

/* Answers that have been given and are in no checkpoint yet; they are now. */
bool mesa_query_has_new(const struct mesa_inquiry *query);
void mesa_query_kept(struct mesa_inquiry *query);

/* All answers so far, to and from a checkpoint, and to answers.csv before
 * new ones are in one. */
mesa_status mesa_query_save(const struct mesa_inquiry *query,
                            struct mesa_archive *to, struct mesa_error *err);
mesa_status mesa_query_load(struct mesa_inquiry *query,
                            const struct mesa_archive *from,
                            struct mesa_error *err);

#endif
