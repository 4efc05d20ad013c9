/* SPDX-License-Identifier: MIT */
/*
 * reptile - weights from which a few gradient steps on a few rows of a new
 * task lead far, found without a second derivative.
 *
 * An iteration takes the model from the initial weights through some steps of
 * plain training on each of a batch of tasks, and moves the initial weights
 * towards the mean of where that has led.  With meta_batch_size = 1 tasks
 * come one after the other; more are adapted side by side.
 *
 * Each inner step takes the next inner_batch rows of the task's rows to adapt
 * to, in the order in which the source has drawn them: a training task of 10
 * times as many rows gives 10 steps fresh rows each.  An iteration costs about
 * 6 multiply-adds per weight and row of a step.
 *
 * Nichol, Achiam and Schulman 2018, arXiv:1803.02999.
 */
#include "reptile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct mesa_choice reptile_modes[] = {
    { "train", REPTILE_TRAIN, "learn from the tasks of [data]" },
    { "adapt", REPTILE_ADAPT, "adapt what `state` holds to the training rows "
                              "of [data]" },
    { NULL, 0, NULL }
};

static const struct mesa_choice reptile_solvers[] = {
    { "sgd", MESA_SGD, "gradient descent" },
    { "adam", MESA_ADAM, "Adam without momentum (beta1 = 0), anew for each "
                         "task" },
    { NULL, 0, NULL }
};

static const struct mesa_choice reptile_schedules[] = {
    { "linear", REPTILE_LINEAR, "evenly from outer_lr to outer_lr_end" },
    { "constant", REPTILE_CONSTANT, "outer_lr" },
    { NULL, 0, NULL }
};

static const struct mesa_choice reptile_epoch[] = {
    { "auto", REPTILE_AUTO, "as many as take each row once" },
    { NULL, 0, NULL }
};

static const struct mesa_choice reptile_all[] = {
    { "auto", REPTILE_AUTO, "all rows" },
    { NULL, 0, NULL }
};

static const struct mesa_choice reptile_auto[] = {
    { "auto", REPTILE_AUTO, "inner_steps, or those `state` was trained with" },
    { NULL, 0, NULL }
};

static const struct mesa_param reptile_params[] = {
    MESA_CHOICE(struct reptile, mode, "mode", REPTILE_TRAIN, reptile_modes,
                "What to do"),
    MESA_INT(struct reptile, iterations, "iterations", 30000, 0,
             INT64_MAX / 2, "Steps of the outer loop"),
    MESA_INT(struct reptile, meta_batch_size, "meta_batch_size", 5, 1,
             1000000, "Tasks of one iteration"),
    MESA_INT(struct reptile, inner_steps, "inner_steps", REPTILE_AUTO, 1,
             REPTILE_MOST_STEPS,
             "Steps of adaptation in training; auto: as many as take each "
             "row of a training task once", .choices = reptile_epoch),
    MESA_INT(struct reptile, inner_batch, "inner_batch", REPTILE_AUTO, 1,
             1000000, "Rows of one step of adaptation in training",
             .choices = reptile_all),
    MESA_REAL(struct reptile, inner_lr, "inner_lr", 0.02, 0.0, 1e6,
              "Learning rate of adaptation",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_CHOICE(struct reptile, inner_optimizer, "inner_optimizer", MESA_SGD,
                reptile_solvers, "How adaptation changes weights"),
    MESA_REAL(struct reptile, outer_lr, "outer_lr", 1.0, 0.0, 1e6,
              "Share of the way to the adapted weights in the first "
              "iteration",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_CHOICE(struct reptile, outer_schedule, "outer_schedule",
                REPTILE_LINEAR, reptile_schedules,
                "How that share changes over the iterations"),
    MESA_REAL(struct reptile, outer_lr_end, "outer_lr_end", 0.0, 0.0, 1e6,
              "Where outer_schedule = linear ends"),
    MESA_COMPONENT(struct reptile, loss, "loss", MESA_KIND_LOSS, NULL,
                   "What adaptation minimises; log loss for classes and the "
                   "mean squared error for targets if not given",
                   .flags = MESA_PARAM_SECTION),
    MESA_INT(struct reptile, adapt_steps, "adapt_steps", REPTILE_AUTO, 0,
             1000000, "Steps of adaptation in mode = adapt, each of all rows",
             .choices = reptile_auto),
    FEW_EVALUATION(struct reptile, eval),
    MESA_INT(struct reptile, log_interval, "log_interval", 100, 1,
             INT64_MAX / 2,
             "Iterations whose mean losses make a row of metrics.csv",
             .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

static mesa_status
reptile_init(void *self, struct mesa_error *err)
{
    struct reptile *r = self;

    r->solver = mesa_optimizer_defaults();
    r->solver.solver = (enum mesa_solver)r->inner_optimizer;
    r->solver.learning_rate = r->inner_lr;
    r->solver.beta1 = 0;
    r->rule = (struct few_rule){ .solver = &r->solver };
    if (r->outer_schedule == REPTILE_LINEAR && r->outer_lr_end > r->outer_lr)
        return mesa_fail(err, MESA_EINVAL,
                         "outer_lr_end is %g but outer_lr is %g",
                         r->outer_lr_end, r->outer_lr);
    return few_check_eval(&r->eval, err);
}

static void
reptile_fini(void *self)
{
    struct reptile *r = self;

    mesa_program_free(r->program);
    mesa_task_batch_free(&r->batch);
    few_model_close(&r->model);
    mesa_weights_free(r->good);
    mesa_weights_free(r->before);
    few_score_free(&r->score);
    few_own_free(&r->own);
}

static mesa_status
reptile_start(void *self, const struct mesa_archive *from,
              struct mesa_error *err)
{
    struct reptile *r = self;

    (void)err;
    r->from = from;
    return MESA_OK;
}

static mesa_status
open_model(struct reptile *r, const struct mesa_host *host,
           const struct mesa_task_shape *shape, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_host_rng(host, "reptile.weights", 0);
    mesa_status st;

    r->shape = *shape;
    r->model.dtype = MESA_F32;
    st = few_model_open(&r->model, host, r->loss, shape, err);
    if (st != MESA_OK)
        return st;
    mesa_weights_draw(r->model.weights, &rng);
    if (r->from)
        st = mesa_weights_load(r->model.weights, r->from, NULL, err);
    return st == MESA_OK ? st : mesa_error_prefix(err, st, "state");
}

/* What "auto" stands for with so many rows. */
static mesa_status
count_steps(struct reptile *r, struct mesa_error *err)
{
    size_t n = r->shape.n_support;

    r->rows = r->inner_batch == REPTILE_AUTO ? n : (size_t)r->inner_batch;
    if (r->rows > n)
        return mesa_fail(err, MESA_EINVAL,
                         "inner_batch is %zu but a training task has %zu "
                         "rows to adapt to",
                         r->rows, n);
    r->steps = r->inner_steps == REPTILE_AUTO ? (n + r->rows - 1) / r->rows
                                              : (size_t)r->inner_steps;
    if (r->steps > REPTILE_MOST_STEPS)
        return mesa_fail(err, MESA_EINVAL,
                         "a training task has %zu rows, %zu of them a step: "
                         "that is %zu steps, at most %d are taken",
                         n, r->rows, r->steps, REPTILE_MOST_STEPS);
    return MESA_OK;
}

static mesa_status
prepare_training(struct reptile *r, const struct mesa_host *host,
                 struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    mesa_status st = few_check_tasks(host, &r->eval, err);

    if (st == MESA_OK)
        st = open_model(r, host, mesa_tasks_shape(tasks, MESA_PART_TRAIN),
                        err);
    if (st == MESA_OK)
        st = count_steps(r, err);
    if (st == MESA_OK)
        st = mesa_task_batch_new(tasks, MESA_PART_TRAIN,
                                 (size_t)r->meta_batch_size, MESA_F32,
                                 &r->batch, err);
    if (st == MESA_OK)
        st = mesa_weights_copy(r->model.weights, &r->good, err);
    if (st == MESA_OK)
        st = mesa_weights_copy(r->model.weights, &r->before, err);
    return st == MESA_OK ? reptile_program_new(r, err) : st;
}

/* Steps of adaptation to rows of the user's own. */
static mesa_status
count_own_steps(struct reptile *r, struct mesa_error *err)
{
    const char *note = mesa_archive_get_note(r->from, "inner_steps");
    int64_t steps = r->adapt_steps;

    if (steps == REPTILE_AUTO)
        steps = r->inner_steps;
    if (steps == REPTILE_AUTO &&
        (!note || !mesa_parse_int64(note, note + strlen(note), &steps) ||
         steps < 0 || steps > 1000000))
        return mesa_fail(err, MESA_EINVAL,
                         "state does not say how many steps it was trained "
                         "with: set adapt_steps");
    r->steps = (size_t)steps;
    return MESA_OK;
}

static mesa_status
reptile_begin(void *self, const struct mesa_host *host,
              struct mesa_error *err)
{
    struct reptile *r = self;
    struct mesa_task_shape shape;
    mesa_status st;

    if (r->mode == REPTILE_TRAIN)
        return prepare_training(r, host, err);
    if (!r->from)
        return mesa_fail(err, MESA_EINVAL,
                         "mode = adapt needs a state: the init.safetensors "
                         "that training has left");
    st = count_own_steps(r, err);
    if (st == MESA_OK)
        st = few_own_shape(host, &shape, err);
    return st == MESA_OK ? open_model(r, host, &shape, err) : st;
}

/* Back to the weights before a step that has spoilt them. */
static mesa_status
fail_diverged(struct reptile *r, uint64_t i, struct mesa_error *err)
{
    char loss[MESA_DOUBLE_TEXT];

    mesa_format_double((double)r->outcome[1], loss);
    mesa_weights_assign(r->model.weights, r->good);
    return mesa_fail(err, MESA_ENUMERIC,
                     "iteration %llu diverged: its loss is %s; a smaller "
                     "inner_lr or outer_lr may help",
                     (unsigned long long)i, loss);
}

static mesa_status
train_once(struct reptile *r, const struct mesa_host *host, uint64_t i,
           struct mesa_metrics *metrics, struct mesa_error *err)
{
    mesa_status st = mesa_tasks_draw(mesa_host_tasks(host), MESA_PART_TRAIN,
                                     i * (uint64_t)r->meta_batch_size,
                                     &r->batch, err);

    if (st != MESA_OK)
        return st;
    mesa_weights_assign(r->before, r->model.weights);
    r->outer_rate = (float)reptile_outer_rate(r, i);
    st = mesa_program_run(r->program, err);
    if (st == MESA_OK && isfinite(r->outcome[1])) {
        struct mesa_weights *good = r->before;

        r->before = r->good;
        r->good = good;
    }
    if (st == MESA_OK && (!isfinite(r->outcome[1]) ||
                          !mesa_weights_finite(r->model.weights)))
        return fail_diverged(r, i, err);
    if (st != MESA_OK)
        return st;
    return few_log_losses(&r->log, r->outcome, i, (uint64_t)r->iterations,
                          (uint64_t)r->log_interval, metrics, err);
}

static mesa_status
reptile_step(void *self, const struct mesa_host *host, uint64_t i,
             struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    struct reptile *r = self;
    const uint64_t n = (uint64_t)r->iterations;
    mesa_status st = MESA_OK;

    if (r->mode == REPTILE_ADAPT) {
        *done = true;
        return few_own_adapt(&r->own, &r->model, &r->rule, host, r->steps,
                             metrics, err);
    }
    if (i < n)
        st = train_once(r, host, i, metrics, err);
    if (st == MESA_OK)
        st = few_show_weights(r->model.weights, r->model.dtype, "weights",
                              metrics, err);
    if (st == MESA_OK)
        st = few_evaluate_after(&r->model, &r->rule, host, &r->eval, i, n,
                                &r->score, metrics, err);
    *done = i >= n;
    return st;
}

static uint64_t
reptile_total(const void *self, const struct mesa_host *host)
{
    const struct reptile *r = self;

    (void)host;
    return r->mode == REPTILE_ADAPT ? 1 : (uint64_t)r->iterations + 1;
}

static mesa_status
reptile_keep(const void *self, struct mesa_archive *to,
             struct mesa_error *err)
{
    const struct reptile *r = self;
    char steps[24];
    mesa_status st = mesa_weights_save(r->model.weights, to, NULL, err);

    snprintf(steps, sizeof steps, "%zu", r->steps);
    return st == MESA_OK ? mesa_archive_note(to, "inner_steps", steps, err)
                         : st;
}

static mesa_status
reptile_report(const void *self, const struct mesa_host *host,
               struct mesa_report *report, struct mesa_error *err)
{
    const struct reptile *r = self;

    if (r->mode == REPTILE_ADAPT) {
        few_own_report(&r->own, &r->model, host, report);
        few_own_draw(&r->own, &r->model, host, report);
        return MESA_OK;
    }
    few_score_report(&r->model, &r->score, r->steps, report);
    return few_draw_start(&r->model, &r->rule, host, &r->eval, &r->score,
                          r->steps, report, err);
}

static mesa_status
reptile_save(const void *self, struct mesa_archive *to,
             struct mesa_error *err)
{
    const struct reptile *r = self;
    mesa_status st;

    if (!r->model.weights || r->mode == REPTILE_ADAPT)
        return MESA_OK;
    st = mesa_archive_put_vector(to, "sum", MESA_F64, 2, r->log.sum, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "n_summed", MESA_U64, 1,
                                     &r->log.n, err);
    return st == MESA_OK
               ? mesa_weights_save(r->model.weights, to, "weight", err)
               : st;
}

static mesa_status
reptile_load(void *self, const struct mesa_archive *from,
             struct mesa_error *err)
{
    struct reptile *r = self;
    const size_t one = 1, two = 2;
    const void *sum, *n;
    mesa_status st;

    if (r->mode == REPTILE_ADAPT)
        return MESA_OK;
    if (!r->model.weights)
        return mesa_fail(err, MESA_ESTATE, "load comes after begin");
    st = mesa_archive_expect(from, "sum", MESA_F64, 1, &two, &sum, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "n_summed", MESA_U64, 1, &one, &n,
                                 err);
    if (st == MESA_OK)
        st = mesa_weights_load(r->model.weights, from, "weight", err);
    if (st != MESA_OK)
        return st;
    memcpy(r->log.sum, sum, sizeof r->log.sum);
    memcpy(&r->log.n, n, sizeof r->log.n);
    return MESA_OK;
}

static const struct mesa_metalearner_class reptile = {
    MESA_METALEARNER(struct reptile),
    .head.name   = "reptile",
    .head.title  = "Weights near those that tasks lead to",
    .head.cite   = "Nichol, Achiam and Schulman 2018, arXiv:1803.02999",
    .head.params = reptile_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_TASKS,
    .head.init   = reptile_init,
    .head.fini   = reptile_fini,
    .head.save   = reptile_save,
    .head.load   = reptile_load,
    .begin       = reptile_begin,
    .step        = reptile_step,
    .total       = reptile_total,
    .report      = reptile_report,
    .keep        = reptile_keep,
    .start       = reptile_start,
};

MESA_PLUGIN(.name = "reptile", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&reptile.head));
