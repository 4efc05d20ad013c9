/* SPDX-License-Identifier: MIT */
/*
 * few_shot.h - what the metalearners of tasks share: a model and its initial
 * weights, adaptation to many tasks side by side, scores after some steps.
 */
#ifndef MESA_METALEARNERS_FEW_SHOT_H
#define MESA_METALEARNERS_FEW_SHOT_H

#include <mesa/mesa.h>

/* model.c: what is meta-learnt. */
struct few_model {
    struct mesa_instance *estimator;
    struct mesa_instance *loss; /* NULL: what is customary */
    size_t                n_inputs, n_outputs;
    bool                  classes;
    enum mesa_dtype       dtype;
    size_t                n;       /* tensors of weights */
    struct mesa_weights  *weights; /* the initial ones   */
};

/* The run's [estimator] for these inputs and outputs; zero weights. */
mesa_status few_model_open(struct few_model *m, const struct mesa_host *host,
                           const struct mesa_component *loss,
                           const struct mesa_task_shape *shape,
                           struct mesa_error *err);
/* The same of another estimator than the run's. */
mesa_status few_model_make(struct few_model *m,
                           const struct mesa_component *estimator,
                           const struct mesa_component *loss,
                           const struct mesa_task_shape *shape,
                           struct mesa_error *err);
void few_model_close(struct few_model *m);
/* rows by n_outputs */
mesa_node few_forward(const struct few_model *m, struct mesa_graph *g,
                      const mesa_node *weight, mesa_node x);
/* What those terms cost the model. */
mesa_node few_loss_terms(const struct few_model *m, struct mesa_graph *g,
                         const struct mesa_loss_terms *terms);
/* Of the prediction for rows x, whose targets are y. */
mesa_node few_loss(const struct few_model *m, struct mesa_graph *g,
                   const mesa_node *weight, mesa_node x, mesa_node y);

/* Weights of many tasks side by side: each tensor of the model n_tasks times,
 * zero at first; new ones for task t, a function of rng alone. */
mesa_status few_tensors_new(const struct few_model *m, size_t n_tasks,
                            void ***out, struct mesa_error *err);
void few_tensors_free(const struct few_model *m, void **tensor);
void few_tensors_draw(const struct few_model *m, const struct mesa_rng *rng,
                      size_t t, void *const *tensor);
/* Bytes of tensor j for one task. */
size_t few_tensor_bytes(const struct few_model *m, size_t j);

/*
 * How weights change in one step on a task's support rows: by a rule of one's
 * own, nodes from weights and gradients; or, if it has none, by a solver.
 * loss: what the step makes smaller, if it is not the model's.  Of the slots
 * only build or solver has to be there.
 */
struct few_rule {
    void *context;
    mesa_node (*loss)(void *context, struct mesa_graph *g,
                      const struct mesa_loss_terms *terms);
    mesa_status (*build)(void *context, struct mesa_graph *g,
                         const mesa_node *weight, const mesa_node *gradient,
                         mesa_node *next, struct mesa_error *err);
    void (*bind)(void *context, struct mesa_program *p);
    void (*before)(void *context, size_t step); /* step 0 is the first */
    const struct mesa_optimizer_options *solver;
};

/* adapt.c: tasks in memory that adapt step by step. */
struct few_adapter {
    const struct few_model      *model;
    const struct few_rule       *rule;
    size_t                       n_tasks, n_query;
    struct mesa_program         *step, *predict;
    struct mesa_optimizer       *optimizer;
    void                       **weight; /* each tensor, of all tasks */
    void                        *prediction; /* tasks by query by outputs */
};

/* The rows are those of `rows`, which outlives the adapter: n tasks. */
mesa_status few_adapter_new(const struct few_model *model,
                            const struct few_rule *rule,
                            const struct mesa_task_shape *shape,
                            const struct mesa_task_batch *rows,
                            struct few_adapter *out, struct mesa_error *err);
void few_adapter_free(struct few_adapter *a);
/* All tasks at the initial weights; each at weights of its own, drawn for task
 * first + t from a stream derived from rng. */
void few_adapter_reset(struct few_adapter *a);
void few_adapter_draw(struct few_adapter *a, const struct mesa_rng *rng,
                      uint64_t first);
/* The weights of the first task, into `to`. */
void few_adapter_take(const struct few_adapter *a, struct mesa_weights *to);
/* Step k (0 is the first); what the model says of the query rows. */
mesa_status few_adapter_step(struct few_adapter *a, size_t k,
                             struct mesa_error *err);
mesa_status few_adapter_predict(struct few_adapter *a,
                                struct mesa_error *err);

/* Parameters about held-out tasks that all metalearners of tasks have. */
struct few_eval {
    struct mesa_list steps;
    int64_t          tasks, interval, valid_tasks;
};

#define FEW_EVALUATION(T, m)                                                 \
    MESA_LIST(T, m.steps, "eval_steps", "0, 1, 2, 5, 10, 32",                \
              "Steps of adaptation after which held-out tasks are scored",   \
              .min.r = 0, .max.r = 1e6),                                     \
    MESA_INT(T, m.tasks, "eval_tasks", 600, 1, INT64_C(1) << 32,             \
             "Test tasks scored at the end"),                                \
    MESA_INT(T, m.interval, "eval_interval", 0, 0, INT64_MAX / 2,            \
             "Iterations between scores of validation tasks; 0: none"),      \
    MESA_INT(T, m.valid_tasks, "eval_valid_tasks", 100, 1, INT64_C(1) << 32, \
             "Validation tasks scored each time",                            \
             .flags = MESA_PARAM_ADVANCED)

/* Losses before and after adaptation, summed since their last row of
 * metrics.csv. */
struct few_log {
    double   sum[2];
    uint64_t n;
};

/* How the numbers of each tensor are distributed, where somebody looks: tags
 * are WHAT/NAME. */
mesa_status few_show_weights(struct mesa_weights *w, enum mesa_dtype dtype,
                             const char *what, struct mesa_metrics *metrics,
                             struct mesa_error *err);

/* Add those of iteration i of n; a row of their means each interval, called
 * support_loss and query_loss, or by other names. */
mesa_status few_log_losses(struct few_log *log, const float outcome[2],
                           uint64_t i, uint64_t n, uint64_t interval,
                           struct mesa_metrics *metrics,
                           struct mesa_error *err);
mesa_status few_log_named(struct few_log *log, const char *const name[2],
                          const float outcome[2], uint64_t i, uint64_t n,
                          uint64_t interval, struct mesa_metrics *metrics,
                          struct mesa_error *err);

/* score.c: scores of tasks after some steps. */
enum { FEW_METRICS = 2, FEW_MOST_STEPS = 64 };

struct few_score {
    size_t      n_tasks, n_steps;
    size_t     *step;
    const char *split;
    double     *value; /* [metric][step][task]; not finite: diverged */
};

struct few_summary {
    double mean, std, interval, median; /* of tasks that did not diverge */
    size_t n, diverged;
    size_t worse; /* than before the first step */
};

mesa_status few_check_eval(const struct few_eval *eval,
                           struct mesa_error *err);
/* Are there tasks, and test tasks to score? */
mesa_status few_check_tasks(const struct mesa_host *host,
                            const struct few_eval *eval,
                            struct mesa_error *err);
/* After iteration i of n: validation tasks each interval; for i = n, which is
 * a step of its own, test tasks, whose scores stay in *out. */
mesa_status few_evaluate_after(const struct few_model *m,
                               const struct few_rule *rule,
                               const struct mesa_host *host,
                               const struct few_eval *eval, uint64_t i,
                               uint64_t n, struct few_score *out,
                               struct mesa_metrics *metrics,
                               struct mesa_error *err);
/* Room for n_tasks after n_steps numbers of steps, 0 ... n_steps - 1 at
 * first; the predictions of an adapter's tasks, which are tasks first ...,
 * against those rows, after s->step[step] steps (FEW_BEFORE: before any). */
#define FEW_BEFORE SIZE_MAX
mesa_status few_score_new(struct few_score *s, const char *split,
                          size_t n_tasks, size_t n_steps,
                          struct mesa_error *err);
void few_score_take(const struct few_score *s, const struct few_adapter *a,
                    const struct mesa_task_batch *rows, size_t first,
                    size_t step);
double few_score_value(const struct few_score *s, size_t metric, size_t step,
                       size_t task);
struct few_summary few_score_summary(const struct few_model *m,
                                     const struct few_score *s, size_t metric,
                                     size_t step);
/* Rows of metrics.csv, and members of summary.json: PREFIXmse@3 and so on. */
mesa_status few_score_rows_add(const struct few_model *m,
                               const struct few_score *s, const char *prefix,
                               size_t step, struct mesa_metrics *metrics,
                               struct mesa_error *err);
void few_score_members(const struct few_model *m, const struct few_score *s,
                       const char *prefix, size_t step,
                       struct mesa_report *report);
void few_score_free(struct few_score *s);
/* Into summary.json and the table; a warning if more steps than were trained
 * for (0: unknown) make tasks worse. */
void few_score_report(const struct few_model *m, const struct few_score *s,
                      size_t trained, struct mesa_report *report);

/* What a prediction is worth: mse and mae, or accuracy and logloss; of rows
 * at ... at + rows - 1 by n_outputs numbers. */
const char *few_metric_name(const struct few_model *m, size_t metric);
void few_score_rows(const struct few_model *m, const void *prediction,
                    const void *truth, size_t at, size_t rows,
                    double out[FEW_METRICS]);

/* own.c: adaptation to the rows of the run's [data], which are no tasks. */
struct few_own {
    double *prediction[MESA_PART_COUNT_]; /* rows by outputs, or NULL */
    double  score[MESA_PART_COUNT_][2][FEW_METRICS]; /* before, after */
    size_t  steps;
};

mesa_status few_own_shape(const struct mesa_host *host,
                          struct mesa_task_shape *shape,
                          struct mesa_error *err);
/* The model's weights become those adapted to the training rows. */
mesa_status few_own_adapt(struct few_own *own, struct few_model *m,
                          const struct few_rule *rule,
                          const struct mesa_host *host, size_t steps,
                          struct mesa_metrics *metrics,
                          struct mesa_error *err);
void few_own_report(const struct few_own *own, const struct few_model *m,
                    const struct mesa_host *host, struct mesa_report *report);
/* Rows with one target, with what is predicted. */
void few_own_draw(const struct few_own *own, const struct few_model *m,
                  const struct mesa_host *host, struct mesa_report *report);
void few_own_free(struct few_own *own);

#endif
