/* SPDX-License-Identifier: MIT */
/* mesa/host.h - what the core lends to outer loops while a run goes on. */
#ifndef MESA_HOST_H
#define MESA_HOST_H

#include <mesa/component.h>
#include <mesa/random.h>
#include <mesa/source.h>

struct mesa_host;    /* components, data, tasks, streams   */
struct mesa_metrics; /* where a step reports its figures   */

MESA_BEGIN

/* The component of that kind ([estimator], [sampler], ...), or NULL. */
MESA_API const struct mesa_component *
mesa_host_component(const struct mesa_host *host, enum mesa_kind kind);

/* A part of the data, transforms not applied; NULL if there is none. */
MESA_API const struct mesa_dataset *
mesa_host_data(const struct mesa_host *host, enum mesa_part part);

/* The same with the run's transform, fitted on the training rows, applied;
 * *out is NULL if there is no such part.  Good as long as the host is. */
MESA_API mesa_status mesa_host_prepared(const struct mesa_host *host,
                                        enum mesa_part part,
                                        const struct mesa_dataset **out,
                                        struct mesa_error *err);

/* For finish: what the instance has learnt is where all later instances of
 * its component start, and what the run leaves as KIND.safetensors. */
MESA_API mesa_status mesa_host_learned(const struct mesa_host *host,
                                       const struct mesa_instance *trained,
                                       struct mesa_error *err);

/* For metalearners with MESA_CLASS_UNLABELLED.  Labels that somebody is to
 * give: rows of the training part, and what is known of them. */
struct mesa_question {
    uint32_t      struct_size;
    size_t        n;
    const size_t *row;
    const double *utility;
    const double *proba; /* n by n_classes; NULL: nothing is known yet */
};
enum mesa_answer {
    MESA_ANSWER_GIVEN, /* label[n] is filled                               */
    MESA_ANSWER_LATER, /* return at once: this step will be made again     */
    MESA_ANSWER_NEVER  /* go on without: this is the last step             */
};

/* The labels that the data hold, or those that people give (mesa-core query).
 * MESA_EDATA if the data have none.  In a step that is answered LATER a
 * metalearner keeps the labels that it was given earlier in it: the run's
 * checkpoint has them, and they are not asked for again. */
MESA_API mesa_status mesa_host_ask(const struct mesa_host *host,
                                   const struct mesa_question *question,
                                   int32_t *label, enum mesa_answer *answer,
                                   struct mesa_error *err);

/* For finish: what [evaluate] fits on, instead of the training part; lent
 * for as long as the metalearner lives. */
MESA_API void mesa_host_train_on(const struct mesa_host *host,
                                 const struct mesa_dataset *rows);

/* A line about what is going on, for people: on standard error unless the
 * run is a quiet one, and in run.log. */
MESA_API void mesa_host_say(const struct mesa_host *host, const char *fmt,
                            ...) MESA_PRINTF(2, 3);

/* The tasks of the run's source; NULL if it gives rows. */
MESA_API const struct mesa_tasks *
mesa_host_tasks(const struct mesa_host *host);

/* The stream for a piece of work; a function of seed, name and i. */
MESA_API struct mesa_rng mesa_host_rng(const struct mesa_host *host,
                                       const char *name, uint64_t i);

/* True once the user wants to stop: long steps look at it and return early
 * with MESA_OK.  A step that has been told so does not count, whatever it
 * reports: after a resume the core makes it again, with the same i. */
MESA_API bool mesa_host_cancelled(const struct mesa_host *host);

/* One row of metrics.csv: split is "train", "valid", "test" or "". */
MESA_API mesa_status mesa_metrics_add(struct mesa_metrics *metrics,
                                      const char *split, const char *name,
                                      double value);

/* How values are distributed, for TensorBoard, at a hundred steps of a run or
 * so; shows: this is one of them, and somebody looks. */
MESA_API bool mesa_metrics_shows(const struct mesa_metrics *metrics);
MESA_API void mesa_metrics_histogram(struct mesa_metrics *metrics,
                                     const char *split, const char *name,
                                     const double *value, size_t n);

MESA_END

#endif
