/* SPDX-License-Identifier: MIT */
/*
 * ml3 - meta-learning via learned loss: a loss with which a model learns a new
 * task in fewer steps, or to a better end, than with the task's own.
 *
 * [loss] is the one that learns (type = learned).  An iteration trains models
 * with it for a few gradient steps, one model on each task of a batch; then
 * Adam changes the loss so that the models come out better by the task loss,
 * differentiated through those steps.  `shaping` tells the training, and it
 * alone, what is known of its tasks: the loss then learns to lead a weight
 * there, also past places where the task loss has minima.
 *
 * Tests learn training tasks and test tasks from fresh weights with the
 * learned loss alone, and again with a baseline loss.
 *
 * A batch is one program, whose cost is that of its matrix products: those of
 * the model and of the loss, each about four times forward for one inner step.
 *
 * Bechtle et al. 2021, Meta learning via learned loss, arXiv:1906.05374.
 */
#include "ml3.h"

#include <stdio.h>
#include <string.h>

static const struct mesa_choice ml3_rows[] = {
    { "support", ML3_SUPPORT, "those that the model learns from" },
    { "query", ML3_QUERY, "others" },
    { NULL, 0, NULL }
};

static const struct mesa_choice ml3_inits[] = {
    { "resample", ML3_RESAMPLE, "drawn anew each time, for each task" },
    { "fixed", ML3_FIXED, "always the same" },
    { NULL, 0, NULL }
};

static const struct mesa_choice ml3_never[] = {
    { "never", ML3_NEVER, "models go on learning, whatever the task" },
    { NULL, 0, NULL }
};

static const struct mesa_choice ml3_schedules[] = {
    { "constant", MESA_CONSTANT, "meta_lr" },
    { "cosine", MESA_COSINE, "half a wave of a cosine, down to 0" },
    { "linear", MESA_LINEAR, "evenly down to 0" },
    { NULL, 0, NULL }
};

static const struct mesa_choice ml3_no_landscape[] = {
    { "never", ML3_NEVER, "no landscape.csv" },
    { NULL, 0, NULL }
};

static const struct mesa_choice ml3_inner[] = {
    { "auto", ML3_AUTO, "inner_lr" },
    { NULL, 0, NULL }
};

static const struct mesa_choice ml3_eval[] = {
    { "auto", ML3_AUTO, "eval_lr" },
    { NULL, 0, NULL }
};

static const struct mesa_param ml3_params[] = {
    MESA_INT(struct ml3, iterations, "iterations", 500, 0, INT64_MAX / 2,
             "Steps of the outer loop; 0: test the loss that [loss] state "
             "holds"),
    MESA_INT(struct ml3, meta_batch_size, "meta_batch_size", 1, 1, 1000000,
             "Tasks of one iteration, with a model each"),
    MESA_INT(struct ml3, inner_steps, "inner_steps", 1, 1, 1000,
             "Gradient steps with the learned loss that an iteration looks "
             "through"),
    MESA_REAL(struct ml3, inner_lr, "inner_lr", 0.001, 0.0, 1e6,
              "Learning rate of the models",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_REAL(struct ml3, meta_lr, "meta_lr", 0.001, 0.0, 1e6,
              "Learning rate of Adam, for the loss",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_CHOICE(struct ml3, schedule, "meta_schedule", MESA_CONSTANT,
                ml3_schedules, "How that rate changes over the iterations"),
    MESA_INT(struct ml3, reset_interval, "reset_interval", 1, 1,
             INT64_MAX / 2,
             "Iterations that models learn on for, with the same tasks, "
             "before others begin", .choices = ml3_never),
    MESA_CHOICE(struct ml3, init, "init", ML3_RESAMPLE, ml3_inits,
                "Weights that models begin with in training"),
    MESA_CHOICE(struct ml3, outer_rows, "outer_rows", ML3_SUPPORT, ml3_rows,
                "Rows that judge a model after its inner steps"),
    MESA_STRING(struct ml3, shaping, "shaping", NULL,
                "In place of the task loss: what is known of a task, which "
                "the weight of that name should come to"),
    MESA_COMPONENT(struct ml3, shaping_loss, "shaping_loss", MESA_KIND_LOSS,
                   NULL, "With shaping, what becomes of the distance; its "
                   "square if not given"),
    MESA_COMPONENT(struct ml3, loss, "loss", MESA_KIND_LOSS, NULL,
                   "The loss that learns", .flags = MESA_PARAM_SECTION),
    MESA_COMPONENT(struct ml3, task_loss, "task_loss", MESA_KIND_LOSS, NULL,
                   "What training judges by; log loss for classes and the "
                   "mean squared error for targets if not given"),
    MESA_COMPONENT(struct ml3, baseline_loss, "baseline_loss",
                   MESA_KIND_LOSS, NULL,
                   "What the learned loss is tested against; task_loss if "
                   "not given"),
    MESA_COMPONENT(struct ml3, eval_estimator, "eval_estimator",
                   MESA_KIND_ESTIMATOR, NULL,
                   "Model of tests; [estimator] if not given"),
    MESA_LIST(struct ml3, eval.steps, "eval_steps", "0, 1, 10, 100",
              "Steps after which tests score models", .min.r = 0,
              .max.r = ML3_MOST_STEPS),
    MESA_INT(struct ml3, eval.tasks, "eval_tasks", 100, 1, INT64_C(1) << 32,
             "Test tasks of each test"),
    MESA_INT(struct ml3, eval.valid_tasks, "eval_train_tasks", 10, 1,
             INT64_C(1) << 32, "Training tasks of each test"),
    MESA_INT(struct ml3, eval.interval, "eval_interval", 0, 0, INT64_MAX / 2,
             "Iterations between tests; 0: one at the end"),
    MESA_REAL(struct ml3, eval_lr, "eval_lr", ML3_AUTO, 0.0, 1e6,
              "Learning rate of models in tests",
              .flags = MESA_PARAM_OPEN_MIN, .choices = ml3_inner),
    MESA_REAL(struct ml3, baseline_lr, "baseline_lr", ML3_AUTO, 0.0, 1e6,
              "The same of those with the baseline loss",
              .flags = MESA_PARAM_OPEN_MIN, .choices = ml3_eval),
    MESA_CHOICE(struct ml3, eval_rows, "eval_rows", ML3_QUERY, ml3_rows,
                "Rows that score models in tests"),
    MESA_STRING(struct ml3, watch, "watch", NULL,
                "What is known of a task, which tests compare the weight of "
                "that name with; that of shaping if not given"),
    MESA_LIST(struct ml3, within, "within", "0.1, 0.5",
              "Distances: tests score the share of tasks where that weight "
              "comes nearer", .min.r = 0, .max.r = 1e12,
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_INT(struct ml3, landscape.interval, "landscape_interval", ML3_NEVER,
             1, INT64_MAX / 2,
             "Iterations between looks at the learned loss as a function of "
             "that weight", .choices = ml3_no_landscape),
    MESA_REAL(struct ml3, landscape.from, "landscape_from", -7, -1e9, 1e9,
              "Where it is looked at: from"),
    MESA_REAL(struct ml3, landscape.to, "landscape_to", 7, -1e9, 1e9, "To"),
    MESA_INT(struct ml3, landscape.points, "landscape_points", 141, 2, 100000,
             "Points, evenly between the two"),
    MESA_INT(struct ml3, landscape.n_tasks, "landscape_tasks", 3, 1, 1000,
             "Test tasks, the first ones, whose loss it is"),
    MESA_INT(struct ml3, log_interval, "log_interval", 100, 1, INT64_MAX / 2,
             "Iterations whose mean task losses make a row of metrics.csv",
             .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

static mesa_status
ml3_init(void *self, struct mesa_error *err)
{
    struct ml3 *m = self;
    mesa_status st;

    if (m->shaping && !*m->shaping)
        m->shaping = NULL;
    m->teacher.solver = mesa_optimizer_defaults();
    if (m->watch && !*m->watch)
        m->watch = NULL;
    if (!m->watch)
        m->watch = m->shaping;
    m->teacher.solver.learning_rate = m->meta_lr;
    if (m->iterations > 0) {
        m->teacher.solver.schedule = (enum mesa_schedule)m->schedule;
        m->teacher.solver.period = (double)m->iterations;
    }
    st = few_check_eval(&m->eval, err);
    return st == MESA_OK ? ml3_check_within(m, err) : st;
}

static void
ml3_fini(void *self)
{
    struct ml3 *m = self;

    ml3_tests_close(m);
    ml3_landscape_close(m);
    mesa_instance_free(m->distance);
    mesa_program_free(m->program);
    teacher_close(&m->teacher);
    few_tensors_free(&m->model, m->weight);
    mesa_task_batch_free(&m->batch);
    few_model_close(&m->model);
}

static mesa_status
open_teacher(struct ml3 *m, const struct mesa_host *host,
             struct mesa_error *err)
{
    const struct mesa_loss_shape shape = {
        sizeof shape, m->shape.n_outputs, m->shape.n_outputs,
        m->shape.n_inputs, 0
    };

    return teacher_open(&m->teacher, host, m->loss, &shape, m->model.dtype,
                        err);
}

static mesa_status
open_shaping(struct ml3 *m, struct mesa_error *err)
{
    mesa_status st;

    if (!m->shaping)
        return MESA_OK;
    st = ml3_find("shaping", m->shaping, &m->model, &m->shape, &m->shaped,
                  err);
    return st == MESA_OK && m->shaping_loss
               ? mesa_instance_new(m->shaping_loss, &m->distance, err)
               : st;
}

static mesa_status
ml3_begin(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    const struct few_eval at_the_end = { .interval = 0 };
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    struct ml3 *m = self;
    mesa_status st = few_check_tasks(host, &at_the_end, err);

    if (st != MESA_OK)
        return st;
    m->shape = *mesa_tasks_shape(tasks, MESA_PART_TRAIN);
    m->model.dtype = MESA_F32;
    st = few_model_open(&m->model, host, m->task_loss, &m->shape, err);
    if (st == MESA_OK)
        st = open_shaping(m, err);
    if (st == MESA_OK)
        st = open_teacher(m, host, err);
    if (st == MESA_OK)
        st = mesa_task_batch_new(tasks, MESA_PART_TRAIN,
                                 (size_t)m->meta_batch_size, MESA_F32,
                                 &m->batch, err);
    if (st == MESA_OK)
        st = few_tensors_new(&m->model, m->batch.n, &m->weight, err);
    if (st == MESA_OK)
        st = ml3_program_new(m, err);
    if (st == MESA_OK)
        st = ml3_landscape_open(m, host, err);
    return st == MESA_OK ? ml3_tests_open(m, host, err) : st;
}

/* Models for the tasks that begin with iteration i. */
static void
begin_models(struct ml3 *m, const struct mesa_host *host, uint64_t first)
{
    for (size_t t = 0; t < m->batch.n; t++) {
        const struct mesa_rng rng = mesa_host_rng(
            host, "ml3.weights", m->init == ML3_FIXED ? 0 : first + t);

        few_tensors_draw(&m->model, &rng, t, m->weight);
    }
}

/* Means of task losses before and after the inner steps. */
static mesa_status
log_losses(struct ml3 *m, uint64_t i, struct mesa_metrics *metrics,
           struct mesa_error *err)
{
    static const char *const name[2] = { "task_loss_before",
                                         "task_loss_after" };

    return few_log_named(&m->log, name, m->outcome, i,
                         (uint64_t)m->iterations, (uint64_t)m->log_interval,
                         metrics, err);
}

/* The tasks that begin with `first`; they stay until models begin anew. */
static mesa_status
draw_tasks(struct ml3 *m, const struct mesa_host *host, uint64_t first,
           struct mesa_error *err)
{
    mesa_status st;

    if (m->has_batch && m->first == first)
        return MESA_OK;
    st = mesa_tasks_draw(mesa_host_tasks(host), MESA_PART_TRAIN, first,
                         &m->batch, err);
    m->has_batch = st == MESA_OK;
    m->first = first;
    return st;
}

static mesa_status
train_once(struct ml3 *m, const struct mesa_host *host, uint64_t i,
           struct mesa_metrics *metrics, struct mesa_error *err)
{
    const uint64_t interval = (uint64_t)m->reset_interval;
    const uint64_t batch = (uint64_t)m->meta_batch_size;
    const uint64_t first = (interval ? i / interval : i) * batch;
    mesa_status st = draw_tasks(m, host, first, err);

    if (st != MESA_OK)
        return st;
    if (interval ? i % interval == 0 : i == 0)
        begin_models(m, host, first);
    teacher_step(&m->teacher);
    st = mesa_program_run(m->program, err);
    if (st == MESA_OK)
        st = teacher_check(&m->teacher, host, i, (double)m->outcome[1], err);
    return st == MESA_OK ? log_losses(m, i, metrics, err) : st;
}

static mesa_status
ml3_step(void *self, const struct mesa_host *host, uint64_t i,
         struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    struct ml3 *m = self;
    uint64_t at;
    const enum teacher_stage stage =
        teacher_stage(i, (uint64_t)m->iterations, (uint64_t)m->eval.interval,
                      &at);
    mesa_status st;

    *done = stage == TEACHER_LAST_TEST;
    if (stage == TEACHER_TEST)
        return ml3_tests_run(m, host, false, metrics, err);
    st = ml3_landscape_take(m, at, err);
    if (st != MESA_OK)
        return st;
    return *done ? ml3_tests_run(m, host, true, metrics, err)
                 : train_once(m, host, at, metrics, err);
}

static uint64_t
ml3_total(const void *self, const struct mesa_host *host)
{
    const struct ml3 *m = self;

    (void)host;
    return teacher_total((uint64_t)m->iterations, (uint64_t)m->eval.interval);
}

static mesa_status
ml3_finish(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    return teacher_finish(&((struct ml3 *)self)->teacher, host, err);
}

static mesa_status
ml3_report(const void *self, const struct mesa_host *host,
           struct mesa_report *report, struct mesa_error *err)
{
    ml3_tests_report(self, report);
    ml3_landscape_report(self, report);
    return ml3_draw(self, host, report, err);
}

/* Models, as one vector for each weight. */
static mesa_status
save_models(const struct ml3 *m, struct mesa_archive *to,
            struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t j = 0; j < m->model.n && st == MESA_OK; j++) {
        char name[32];

        snprintf(name, sizeof name, "model.%zu", j);
        st = mesa_archive_put_vector(
            to, name, MESA_F32,
            m->batch.n * few_tensor_bytes(&m->model, j) / sizeof(float),
            m->weight[j], err);
    }
    return st;
}

static mesa_status
ml3_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct ml3 *m = self;
    mesa_status st;

    if (!m->program)
        return MESA_OK;
    st = mesa_archive_put_vector(to, "sum", MESA_F64, 2, m->log.sum, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "n_summed", MESA_U64, 1,
                                     &m->log.n, err);
    if (st == MESA_OK)
        st = save_models(m, to, err);
    if (st == MESA_OK)
        st = ml3_landscape_save(m, to, err);
    return st == MESA_OK ? teacher_save(&m->teacher, to, err) : st;
}

static mesa_status
load_models(struct ml3 *m, const struct mesa_archive *from,
            struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t j = 0; j < m->model.n && st == MESA_OK; j++) {
        const size_t bytes = m->batch.n * few_tensor_bytes(&m->model, j);
        const size_t n = bytes / sizeof(float);
        const void *at;
        char name[32];

        snprintf(name, sizeof name, "model.%zu", j);
        st = mesa_archive_expect(from, name, MESA_F32, 1, &n, &at, err);
        if (st == MESA_OK)
            memcpy(m->weight[j], at, bytes);
    }
    return st;
}

static mesa_status
ml3_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    struct ml3 *m = self;
    const size_t one = 1, two = 2;
    const void *sum, *n;
    mesa_status st;

    if (!m->program)
        return mesa_fail(err, MESA_ESTATE, "load comes after begin");
    st = mesa_archive_expect(from, "sum", MESA_F64, 1, &two, &sum, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "n_summed", MESA_U64, 1, &one, &n,
                                 err);
    if (st == MESA_OK)
        st = load_models(m, from, err);
    if (st == MESA_OK)
        st = ml3_landscape_load(m, from, err);
    if (st == MESA_OK)
        st = teacher_load(&m->teacher, from, err);
    if (st != MESA_OK)
        return st;
    memcpy(m->log.sum, sum, sizeof m->log.sum);
    memcpy(&m->log.n, n, sizeof m->log.n);
    return MESA_OK;
}

static const struct mesa_metalearner_class ml3 = {
    MESA_METALEARNER(struct ml3),
    .head.name   = "ml3",
    .head.title  = "A loss with which tasks are learnt faster or better",
    .head.cite   = "Bechtle et al. 2021, Meta learning via learned loss, "
                   "arXiv:1906.05374",
    .head.params = ml3_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_TASKS,
    .head.init   = ml3_init,
    .head.fini   = ml3_fini,
    .head.save   = ml3_save,
    .head.load   = ml3_load,
    .begin       = ml3_begin,
    .step        = ml3_step,
    .total       = ml3_total,
    .finish      = ml3_finish,
    .report      = ml3_report,
};

MESA_PLUGIN(.name = "ml3", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&ml3.head));
