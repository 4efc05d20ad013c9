/* SPDX-License-Identifier: MIT */
/*
 * pictures.h - what metalearners of tasks show in plots/: the tasks, scores
 * after steps of adaptation, models before and after them.
 *
 * All of it is drawn from what has been learnt and from tasks that are drawn
 * anew, in the slot `report`: nothing has to be kept while a run goes.
 */
#ifndef MESA_METALEARNERS_FEW_PICTURES_H
#define MESA_METALEARNERS_FEW_PICTURES_H

#include "curves.h"
#include "few_shot.h"

enum { FEW_PANELS = 4, FEW_LINES = 4, FEW_CURVES = 4 };

/* Steps that models are adapted for a picture alone, at most: they take as
 * long as others. */
#define FEW_MOST_DRAWN ((size_t)1000)

/* Scores that are a line of a picture; panels are as those of few_line. */
struct few_curve {
    const char             *panel, *label;
    const struct few_score *score;
};

/* How adaptation goes on, FEW_CURVES at most; trained: steps that were trained
 * for, 0 for none. */
mesa_status few_draw_adaptation(const struct few_model *m,
                                const struct mesa_host *host,
                                const struct few_curve *curve, size_t n,
                                size_t trained, struct mesa_report *report,
                                struct mesa_error *err);

/* Models that learn test tasks: from their own weights, or (rng) from those
 * that are drawn for each task. */
struct few_pupil {
    const char             *label; /* or NULL, if there is but one */
    const struct few_model *model;
    const struct few_rule  *rule;
    const struct mesa_rng  *rng;
};

/* What they make of test tasks with one input and one target after some of
 * these numbers of steps; nothing of others. */
mesa_status few_draw_fits(const struct mesa_host *host,
                          const struct few_pupil *pupil, size_t n,
                          const struct mesa_list *steps,
                          struct mesa_report *report, struct mesa_error *err);

/* regions.c: the same of tasks with two inputs and two classes. */
mesa_status few_draw_regions(const struct mesa_host *host,
                             const struct few_pupil *pupil, size_t n,
                             const struct mesa_list *steps,
                             struct mesa_report *report,
                             struct mesa_error *err);

/* losses.c: the losses that pupils' steps make smaller, by predictions. */
mesa_status few_draw_losses(const struct mesa_host *host,
                            const struct few_pupil *pupil, size_t n,
                            struct mesa_report *report,
                            struct mesa_error *err);

/* samples.c: some of the tasks that are learnt from. */
mesa_status few_draw_tasks(const struct mesa_host *host,
                           struct mesa_report *report,
                           struct mesa_error *err);

/* start.c: all of these, of weights to start from; score: what they were found
 * to be worth.  Beside them, weights that nothing has been learnt for. */
mesa_status few_draw_start(const struct few_model *m,
                           const struct few_rule *rule,
                           const struct mesa_host *host,
                           const struct few_eval *eval,
                           const struct few_score *score, size_t trained,
                           struct mesa_report *report,
                           struct mesa_error *err);

/* So many different tasks, or as many as there are. */
size_t few_count_tasks(const struct mesa_task_shape *s, size_t n);
/* A number of a batch. */
double few_number(const void *x, size_t i, enum mesa_dtype dtype);
/* Row r of task t, support rows first: input j, output j. */
double few_input(const struct mesa_task_batch *b,
                 const struct mesa_task_shape *s, size_t t, size_t r,
                 size_t j);
double few_output(const struct mesa_task_batch *b,
                  const struct mesa_task_shape *s, size_t t, size_t r,
                  size_t j);
/* All rows of a task with one input and one output, by their inputs. */
void few_draw_sorted(struct mesa_plot *p, const struct mesa_task_batch *b,
                     const struct mesa_task_shape *s, size_t t,
                     double (*scratch)[2]);

#endif
