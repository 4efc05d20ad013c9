/* SPDX-License-Identifier: MIT */
/* ml3.h - losses learnt from tasks: what the files of ml3 share. */
#ifndef MESA_METALEARNERS_ML3_H
#define MESA_METALEARNERS_ML3_H

#include "../few_shot/pictures.h"
#include "teacher.h"

enum ml3_rows { ML3_SUPPORT, ML3_QUERY };
enum ml3_init { ML3_RESAMPLE, ML3_FIXED };

enum {
    ML3_AUTO = -1, /* eval_lr, baseline_lr */
    ML3_NEVER = 0, /* reset_interval */
    ML3_MOST_STEPS = 100000 /* of a test, all of which are kept */
};

/* The two losses that tests compare. */
enum ml3_side { ML3_LEARNED, ML3_BASELINE, ML3_SIDES };

/* watch.c: a weight of one number that tasks say the truth of. */
struct ml3_named {
    size_t weight, info; /* among the model's, the tasks' */
};

/* Where tests found that weight. */
struct ml3_watch {
    struct ml3_named at;
    size_t           n_tasks;
    double          *truth;             /* [task] */
    double          *value[ML3_SIDES];  /* [step][task]; NULL: none watched */
};

/* landscape.c: the learned loss as a function of that weight. */
struct ml3_landscape {
    int64_t                points, interval, n_tasks;
    double                 from, to;

    struct mesa_task_shape shape;
    struct ml3_named       at;
    struct mesa_task_batch rows;
    void                 **weight; /* of all points; the rest is as drawn */
    struct mesa_program   *program;
    mesa_node              x, y, out;
    size_t                 n_times; /* times that it is looked at */
    float                 *loss;    /* [time][task][point] */
};

/* meta_test.c: tasks of one part, learnt with either loss. */
struct ml3_test {
    enum mesa_part         part;
    struct mesa_task_shape shape;  /* as they are judged                    */
    struct mesa_task_batch rows, judged; /* the same rows, by either name   */
    struct few_adapter     adapter[ML3_SIDES];
    struct few_score       score[ML3_SIDES]; /* after 0, 1, ... steps       */
    struct ml3_watch       watch;
    bool                   known; /* the baseline's, which do not change    */
};

struct ml3 {
    /* Parameters. */
    int64_t iterations, meta_batch_size, inner_steps, reset_interval;
    double  inner_lr, meta_lr;
    int     outer_rows, init;
    int     schedule;
    const char            *shaping, *watch; /* of a weight and of an info */
    struct mesa_list       within;
    struct mesa_component *loss, *task_loss, *baseline_loss, *shaping_loss;
    struct mesa_component *eval_estimator;
    struct few_eval        eval; /* valid_tasks: training tasks */
    double                 eval_lr, baseline_lr;
    int                    eval_rows;
    int64_t                log_interval;

    /* Training: the optimizee, its task loss, the loss that learns. */
    struct few_model       model;
    struct teacher         teacher;
    struct mesa_task_shape shape;
    struct mesa_task_batch batch;
    bool                   has_batch;
    uint64_t               first;   /* task of the batch               */
    struct ml3_named       shaped;
    struct mesa_instance  *distance; /* of shaping_loss; NULL: squared */
    void                 **weight; /* of all tasks, as they are now */
    struct mesa_program   *program;
    float                  outcome[2]; /* task losses before, after */
    struct few_log         log;

    /* Tests. */
    struct few_model              tested; /* with the baseline's loss */
    struct mesa_optimizer_options solver[ML3_SIDES];
    struct few_rule               rule[ML3_SIDES];
    struct ml3_test               test[2]; /* training tasks, test tasks */
    bool                          done;    /* the last test              */
    struct ml3_landscape          landscape;
};

/* outer.c: one iteration, a batch of tasks, as a graph. */
struct ml3_nodes {
    mesa_node *weight, *next; /* per task: before and after the inner steps */
    mesa_node  support_x, support_y, query_x, query_y, info;
    mesa_node  before, after; /* what the task loss makes of them: shared   */
};
mesa_status ml3_build(struct ml3 *m, struct mesa_graph *g,
                      struct ml3_nodes *out, struct mesa_error *err);
void ml3_nodes_free(struct ml3_nodes *n);
/* The program of m's batch, bound to what m holds. */
mesa_status ml3_program_new(struct ml3 *m, struct mesa_error *err);

/* watch.c: what the parameter `key` names, or what there is instead. */
mesa_status ml3_find(const char *key, const char *name,
                     const struct few_model *model,
                     const struct mesa_task_shape *shape,
                     struct ml3_named *out, struct mesa_error *err);
/* Scores have the numbers of `within` in their names: none twice. */
mesa_status ml3_check_within(const struct ml3 *m, struct mesa_error *err);
/* Room for a test's steps 0 ... n_steps - 1; nothing if nothing is watched. */
mesa_status ml3_watch_new(struct ml3_watch *w, const struct ml3 *m,
                          const struct mesa_task_shape *shape, size_t n_tasks,
                          size_t n_steps, struct mesa_error *err);
void ml3_watch_free(struct ml3_watch *w);
/* The weights of an adapter's tasks, which are tasks first ..., after so many
 * steps; what those tasks say. */
void ml3_watch_take(const struct ml3_watch *w, int side,
                    const struct few_adapter *a, size_t first, size_t step);
void ml3_watch_truth(const struct ml3_watch *w,
                     const struct mesa_task_batch *rows,
                     const struct mesa_task_shape *shape, size_t first);
/* PREFIXwithin_0.1@10 and so on: shares of tasks. */
mesa_status ml3_watch_rows_add(const struct ml3_watch *w, const struct ml3 *m,
                               int side, const char *prefix,
                               const char *split, size_t step,
                               struct mesa_metrics *metrics);
void ml3_watch_members(const struct ml3_watch *w, const struct ml3 *m,
                       int side, const char *prefix, size_t step,
                       struct mesa_report *report);
/* Columns of a file that has a line per task and step. */
void ml3_watch_header(const struct ml3_watch *w, const struct ml3 *m,
                      struct mesa_report *report, const char *file);
void ml3_watch_print(const struct ml3_watch *w, size_t task, size_t step,
                     struct mesa_report *report, const char *file);

/* landscape.c; all of them do nothing without landscape_interval. */
mesa_status ml3_landscape_open(struct ml3 *m, const struct mesa_host *host,
                               struct mesa_error *err);
void ml3_landscape_close(struct ml3 *m);
/* Before iteration i; i = iterations is the end. */
mesa_status ml3_landscape_take(struct ml3 *m, uint64_t i,
                               struct mesa_error *err);
mesa_status ml3_landscape_save(const struct ml3 *m, struct mesa_archive *to,
                               struct mesa_error *err);
mesa_status ml3_landscape_load(struct ml3 *m, const struct mesa_archive *from,
                               struct mesa_error *err);
void ml3_landscape_report(const struct ml3 *m, struct mesa_report *report);
/* Point k of the grid; what the weight should be for test task t; iterations
 * before time i. */
double ml3_landscape_point(const struct ml3_landscape *l, size_t k);
double ml3_landscape_truth(const struct ml3_landscape *l, size_t t);
uint64_t ml3_landscape_when(const struct ml3 *m, size_t i);

/* meta_test.c */
mesa_status ml3_tests_open(struct ml3 *m, const struct mesa_host *host,
                           struct mesa_error *err);
void ml3_tests_close(struct ml3 *m);
/* Learn the tasks with the loss as it is; every: score all steps, not only
 * those asked for.  A step of its own: told to stop, it has to be made again.
 */
mesa_status ml3_tests_run(struct ml3 *m, const struct mesa_host *host,
                          bool every, struct mesa_metrics *metrics,
                          struct mesa_error *err);
void ml3_tests_report(const struct ml3 *m, struct mesa_report *report);

/* pictures.c: all of them; landscape_picture.c: two of them. */
mesa_status ml3_draw(const struct ml3 *m, const struct mesa_host *host,
                     struct mesa_report *report, struct mesa_error *err);
mesa_status ml3_landscape_draw(const struct ml3 *m,
                               struct mesa_report *report,
                               struct mesa_error *err);

#endif
