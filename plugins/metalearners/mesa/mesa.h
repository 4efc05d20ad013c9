/* SPDX-License-Identifier: MIT */
/*
 * mesa.h - teaching a sampler: the episodes (mesa.c), what the last of them
 * was like (shown.c), and pictures of that and of what was learnt
 * (pictures.c).
 */
#ifndef MESA_META_H
#define MESA_META_H

#include <mesa/mesa.h>

enum { TRAIN, VALID, TEST, N_SPLITS };

/* A part of the data, as an episode sees it. */
struct part {
    const struct mesa_dataset *all;   /* NULL: there is none            */
    struct mesa_dataset        data;  /* of two classes                 */
    int32_t                   *y;     /* its labels, if relabelled      */
    struct mesa_ranks         *ranks; /* NULL: of no use                */
};

/* How many bins of errors are looked at, and of how many members at most. */
enum { SHOWN_BINS = 10, SHOWN_MEMBERS = 100 };

/* An ensemble as it grows: its size, what the sampler aims at then, and the
 * shares of the majority rows with errors in each bin. */
struct view {
    double members, aim[3];
    double share[TEST][SHOWN_BINS]; /* of training and validation rows */
};
enum { SHOWN_VALUES = sizeof(struct view) / sizeof(double) };

struct shown {
    size_t       n;
    struct view *view; /* SHOWN_MEMBERS */
};

struct mesa {
    int64_t     update_steps, start_steps, max_estimators;
    double      train_ratio;
    int64_t     verbose, mean_episodes;
    const char *metric_name;
    struct mesa_component *estimator, *ensemble;

    const struct mesa_metric *metric;
    struct mesa_instance     *sampler;
    struct mesa_subset        subset; /* train_ratio of the training rows */
    struct part               part[N_SPLITS];
    double                   *test_proba;
    /* What a checkpoint holds, beside the sampler. */
    uint64_t     n_steps, n_episodes;
    double      *recent; /* the last mean_episodes times N_SPLITS scores */
    struct shown shown;
};

/* mesa.c: point the parts at class i, if there are more than two. */
void mesa_meta_choose_class(const struct mesa *m, uint64_t i);

/* shown.c: one more view, of an ensemble that is as `now` says. */
mesa_status mesa_meta_show(struct mesa *m, const struct mesa_feedback *now,
                           size_t members, uint32_t positive,
                           struct mesa_error *err);
/* The errors |y - p| of an ensemble, for TensorBoard. */
mesa_status mesa_meta_show_errors(const struct mesa *m,
                                  const struct mesa_feedback *now,
                                  struct mesa_metrics *metrics,
                                  struct mesa_error *err);
mesa_status mesa_meta_shown_save(const struct shown *shown,
                                 struct mesa_archive *to,
                                 struct mesa_error *err);
mesa_status mesa_meta_shown_load(struct shown *shown,
                                 const struct mesa_archive *from,
                                 struct mesa_error *err);

/* pictures.c */
mesa_status mesa_meta_report(const void *self, const struct mesa_host *host,
                             struct mesa_report *report,
                             struct mesa_error *err);

#endif
