/* SPDX-License-Identifier: MIT */
/*
 * maml - model-agnostic meta-learning: weights from which a few gradient steps
 * on a few rows of a new task lead far.
 *
 * An iteration adapts the model to a batch of tasks, each from the same
 * initial weights, and makes an Adam step down the mean loss of their query
 * rows after adaptation; the derivative passes through the inner gradients
 * (first_order takes them for constants: FOMAML).  With the initial weights
 * can be learnt: a rate for each weight and step (LSLR), for each number
 * (Meta-SGD), and matrices that bend gradients (Meta-Curvature).  inner_steps =
 * 0 trains one model on all tasks at once, the pretraining baseline; adapt =
 * head adapts the last layer only (ANIL).
 *
 * A batch is one program whose cost is that of its matrix products: about 12
 * multiply-adds per weight and row to second order, 6 to first.
 *
 * Finn, Abbeel and Levine 2017 (MAML); Li et al. 2017 (Meta-SGD); Antoniou,
 * Edwards and Storkey 2019 (LSLR, multi-step loss, annealing); Park and Oliva
 * 2019 (Meta-Curvature); Raghu et al. 2020 (ANIL).
 */
#include "maml.h"

#include <math.h>
#include <string.h>

static const struct mesa_choice maml_modes[] = {
    { "train", MAML_TRAIN, "learn from the tasks of [data]" },
    { "adapt", MAML_ADAPT, "adapt what `state` holds to the training rows of "
                           "[data]" },
    { NULL, 0, NULL }
};

static const struct mesa_choice maml_rates[] = {
    { "none", MAML_FIXED, "inner_lr" },
    { "per_layer_per_step", MAML_PER_LAYER_PER_STEP,
      "one for each weight and step (LSLR)" },
    { "per_parameter", MAML_PER_PARAMETER,
      "one for each number of each weight (Meta-SGD)" },
    { NULL, 0, NULL }
};

static const struct mesa_choice maml_curvatures[] = {
    { "none", MAML_FLAT, "gradients as they are" },
    { "full", MAML_FULL, "a matrix on each side of each weight's gradient "
                         "(MC2)" },
    { "layerwise", MAML_LAYERWISE, "one on the side of the outputs (MC1)" },
    { NULL, 0, NULL }
};

static const struct mesa_choice maml_adapted[] = {
    { "all", MAML_ALL, "all weights" },
    { "head", MAML_HEAD, "those of the last layer (ANIL)" },
    { NULL, 0, NULL }
};

static const struct mesa_choice maml_unclipped[] = {
    { "none", MAML_UNCLIPPED, "as it is" },
    { NULL, 0, NULL }
};

static const struct mesa_choice maml_auto[] = {
    { "auto", MAML_AUTO, "inner_steps" },
    { NULL, 0, NULL }
};

static const struct mesa_param maml_params[] = {
    MESA_CHOICE(struct maml, mode, "mode", MAML_TRAIN, maml_modes,
                "What to do"),
    MESA_INT(struct maml, iterations, "iterations", 70000, 0, INT64_MAX / 2,
             "Steps of the outer loop"),
    MESA_INT(struct maml, meta_batch_size, "meta_batch_size", 25, 1, 1000000,
             "Tasks of one iteration"),
    MESA_INT(struct maml, inner_steps, "inner_steps", 1, 0, 1000,
             "Gradient steps of adaptation in training; 0 trains on all "
             "tasks at once, without adaptation"),
    MESA_REAL(struct maml, inner_lr, "inner_lr", 0.01, 0.0, 1e6,
              "Learning rate of adaptation; where rates are learnt, their "
              "first value",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_REAL(struct maml, inner_clip, "inner_clip", MAML_UNCLIPPED, 0.0, 1e30,
              "Largest norm of a task's inner gradient, which is scaled down "
              "to it; keeps learnt rates from blowing up in several steps",
              .flags = MESA_PARAM_OPEN_MIN, .choices = maml_unclipped),
    MESA_REAL(struct maml, meta_lr, "meta_lr", 0.001, 0.0, 1e6,
              "Learning rate of Adam in the outer loop",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_BOOL(struct maml, first_order, "first_order", false,
              "Take inner gradients for constants (FOMAML)"),
    MESA_INT(struct maml, derivative_order_annealing,
             "derivative_order_annealing", 0, 0, INT64_MAX / 2,
             "Iterations of first order before those of second order begin"),
    MESA_CHOICE(struct maml, learn_rates, "learn_rates", MAML_FIXED,
                maml_rates, "Learning rates of adaptation that are learnt"),
    MESA_CHOICE(struct maml, curvature, "curvature", MAML_FLAT,
                maml_curvatures, "Matrices for gradients that are learnt"),
    MESA_CHOICE(struct maml, adapt, "adapt", MAML_ALL, maml_adapted,
                "Weights that adaptation changes"),
    MESA_BOOL(struct maml, multi_step_loss, "multi_step_loss", false,
              "Minimise the query losses after every inner step, with shares "
              "that move to the last one (MAML++)"),
    MESA_INT(struct maml, multi_step_loss_iterations,
             "multi_step_loss_iterations", 7500, 1, INT64_MAX / 2,
             "Iterations until only the last inner step counts"),
    MESA_BOOL(struct maml, cosine_annealing, "cosine_annealing", false,
              "Let meta_lr fall to min_meta_lr as a cosine over iterations"),
    MESA_REAL(struct maml, min_meta_lr, "min_meta_lr", 1e-5, 0.0, 1e6,
              "Where cosine_annealing ends"),
    MESA_COMPONENT(struct maml, loss, "loss", MESA_KIND_LOSS, NULL,
                   "What inner and outer loop minimise; log loss for classes "
                   "and the mean squared error for targets if not given",
                   .flags = MESA_PARAM_SECTION),
    MESA_INT(struct maml, adapt_steps, "adapt_steps", MAML_AUTO, 0, 1000000,
             "Steps of adaptation in mode = adapt", .choices = maml_auto),
    FEW_EVALUATION(struct maml, eval),
    MESA_INT(struct maml, log_interval, "log_interval", 100, 1, INT64_MAX / 2,
             "Iterations whose mean losses make a row of metrics.csv",
             .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

static mesa_status
maml_init(void *self, struct mesa_error *err)
{
    struct maml *m = self;

    m->rule = (struct few_rule){ .context = m,
                                 .build = maml_rule_build,
                                 .bind = maml_rule_bind,
                                 .before = maml_rule_before };
    if (m->min_meta_lr > m->meta_lr && m->cosine_annealing)
        return mesa_fail(err, MESA_EINVAL,
                         "min_meta_lr is %g but meta_lr is %g", m->min_meta_lr,
                         m->meta_lr);
    if (m->inner_steps == 0 &&
        (m->learn_rates != MAML_FIXED || m->curvature != MAML_FLAT ||
         m->multi_step_loss))
        return mesa_fail(err, MESA_EINVAL,
                         "inner_steps is 0: there are no steps whose rates, "
                         "curvature or losses could be learnt from");
    return few_check_eval(&m->eval, err);
}

static void
maml_fini(void *self)
{
    struct maml *m = self;

    maml_outer_free(&m->outer);
    mesa_task_batch_free(&m->batch);
    few_model_close(&m->model);
    mesa_weights_free(m->learnt);
    mesa_weights_free(m->good);
    mesa_weights_free(m->good_learnt);
    mesa_weights_free(m->before);
    mesa_weights_free(m->before_learnt);
    mesa_free(m->parts);
    mesa_free(m->step_share);
    mesa_free(m->rule_node);
    mesa_free(m->rate_now);
    few_score_free(&m->score);
    few_own_free(&m->own);
}

static mesa_status
maml_start(void *self, const struct mesa_archive *from,
           struct mesa_error *err)
{
    struct maml *m = self;

    (void)err;
    m->from = from;
    return MESA_OK;
}

/* Rates in the file that nobody asks for would be lost without a word. */
static mesa_status
check_options(const struct maml *m, struct mesa_error *err)
{
    static const char *const option[] = { "learn_rates", "curvature" };
    const char *const wanted[] = { maml_rates[m->learn_rates].name,
                                   maml_curvatures[m->curvature].name };

    for (size_t i = 0; i < 2; i++) {
        const char *has = mesa_archive_get_note(m->from, option[i]);

        if (has && strcmp(has, "none") != 0 && strcmp(has, wanted[i]) != 0)
            return mesa_fail(err, MESA_EINVAL,
                             "it was learnt with %s = %.40s, but %s is %s",
                             option[i], has, option[i], wanted[i]);
    }
    return MESA_OK;
}

/* A file without rates or curvature can be where learning them begins. */
static mesa_status
take_state(struct maml *m, struct mesa_error *err)
{
    const char *rates = mesa_archive_get_note(m->from, "learn_rates");
    const char *curvature = mesa_archive_get_note(m->from, "curvature");
    mesa_status st = mesa_weights_load(m->model.weights, m->from, NULL, err);

    if (st == MESA_OK)
        st = check_options(m, err);
    if (st == MESA_OK && ((rates && strcmp(rates, "none") != 0) ||
                          (curvature && strcmp(curvature, "none") != 0)))
        st = mesa_weights_load(m->learnt, m->from, NULL, err);
    return st == MESA_OK ? st : mesa_error_prefix(err, st, "state");
}

/* The model and what is learnt of it, for tasks or rows of this shape. */
static mesa_status
open_model(struct maml *m, const struct mesa_host *host,
           const struct mesa_task_shape *shape, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_host_rng(host, "maml.weights", 0);
    mesa_status st;

    m->shape = *shape;
    m->model.dtype = MESA_F32;
    st = few_model_open(&m->model, host, m->loss, shape, err);
    if (st == MESA_OK)
        st = maml_rule_new(m, err);
    if (st != MESA_OK)
        return st;
    mesa_weights_draw(m->model.weights, &rng);
    return m->from ? take_state(m, err) : MESA_OK;
}

static mesa_status
prepare_training(struct maml *m, const struct mesa_host *host,
                 struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    size_t n = (size_t)m->inner_steps;
    mesa_status st = few_check_tasks(host, &m->eval, err);

    if (st == MESA_OK)
        st = open_model(m, host, mesa_tasks_shape(tasks, MESA_PART_TRAIN),
                        err);
    if (st == MESA_OK)
        st = mesa_task_batch_new(tasks, MESA_PART_TRAIN,
                                 (size_t)m->meta_batch_size, MESA_F32,
                                 &m->batch, err);
    if (st == MESA_OK)
        st = mesa_weights_copy(m->model.weights, &m->good, err);
    if (st == MESA_OK)
        st = mesa_weights_copy(m->learnt, &m->good_learnt, err);
    if (st == MESA_OK)
        st = mesa_weights_copy(m->model.weights, &m->before, err);
    if (st == MESA_OK)
        st = mesa_weights_copy(m->learnt, &m->before_learnt, err);
    if (st != MESA_OK)
        return st;
    m->step_share = mesa_alloc_array(n ? n : 1, sizeof *m->step_share);
    return m->step_share ? MESA_OK : mesa_nomem(err, n, "steps");
}

static mesa_status
maml_begin(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    struct maml *m = self;
    struct mesa_task_shape shape;
    mesa_status st;

    if (m->mode == MAML_TRAIN)
        return prepare_training(m, host, err);
    if (!m->from)
        return mesa_fail(err, MESA_EINVAL,
                         "mode = adapt needs a state: the init.safetensors "
                         "that training has left");
    st = few_own_shape(host, &shape, err);
    return st == MESA_OK ? open_model(m, host, &shape, err) : st;
}

static bool
is_second_order(const struct maml *m, uint64_t i)
{
    return !m->first_order && i >= (uint64_t)m->derivative_order_annealing;
}

/* The program of iteration i; the moments of the one before go on. */
static mesa_status
choose_program(struct maml *m, uint64_t i, struct mesa_error *err)
{
    struct maml_program before = m->outer;
    struct mesa_archive *a = NULL;
    mesa_status st;

    if (before.program && before.second == is_second_order(m, i))
        return MESA_OK;
    memset(&m->outer, 0, sizeof m->outer);
    st = maml_outer_new(m, is_second_order(m, i), &m->outer, err);
    if (st == MESA_OK && before.program) {
        a = mesa_archive_new();
        st = a ? mesa_optimizer_save(before.optimizer, a, "adam", err)
               : mesa_nomem(err, 1, "archive");
        if (st == MESA_OK)
            st = mesa_optimizer_load(m->outer.optimizer, a, "adam", err);
        mesa_archive_free(a);
    }
    maml_outer_free(&before);
    return st;
}

/* The weights before this step are good, as their loss is a number. */
static void
note_good(struct maml *m)
{
    struct mesa_weights *weights = m->good, *learnt = m->good_learnt;

    m->good = m->before;
    m->good_learnt = m->before_learnt;
    m->before = weights;
    m->before_learnt = learnt;
}

/* Back to the last weights whose loss was a number. */
static mesa_status
fail_diverged(struct maml *m, uint64_t i, struct mesa_error *err)
{
    char loss[MESA_DOUBLE_TEXT];

    mesa_format_double((double)m->outcome[1], loss);
    mesa_weights_assign(m->model.weights, m->good);
    mesa_weights_assign(m->learnt, m->good_learnt);
    return mesa_fail(err, MESA_ENUMERIC,
                     "iteration %llu diverged: its loss is %s; a smaller "
                     "inner_lr or meta_lr may help",
                     (unsigned long long)i, loss);
}

static mesa_status
train_once(struct maml *m, const struct mesa_host *host, uint64_t i,
           struct mesa_metrics *metrics, struct mesa_error *err)
{
    mesa_status st = choose_program(m, i, err);

    if (st == MESA_OK)
        st = mesa_tasks_draw(mesa_host_tasks(host), MESA_PART_TRAIN,
                             i * (uint64_t)m->meta_batch_size, &m->batch,
                             err);
    if (st != MESA_OK)
        return st;
    for (size_t k = 0; m->multi_step_loss && k < (size_t)m->inner_steps; k++)
        m->step_share[k] = (float)maml_share(m, i, k);
    mesa_weights_assign(m->before, m->model.weights);
    mesa_weights_assign(m->before_learnt, m->learnt);
    mesa_optimizer_step(m->outer.optimizer);
    st = mesa_program_run(m->outer.program, err);
    if (m->inner_steps == 0)
        m->outcome[0] = m->outcome[1];
    if (st == MESA_OK && isfinite(m->outcome[1]))
        note_good(m);
    if (st == MESA_OK &&
        (!isfinite(m->outcome[1]) || !mesa_weights_finite(m->model.weights) ||
         !mesa_weights_finite(m->learnt)))
        return fail_diverged(m, i, err);
    if (st != MESA_OK)
        return st;
    return few_log_losses(&m->log, m->outcome, i, (uint64_t)m->iterations,
                          (uint64_t)m->log_interval, metrics, err);
}

static mesa_status
maml_step(void *self, const struct mesa_host *host, uint64_t i,
          struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    struct maml *m = self;
    const uint64_t n = (uint64_t)m->iterations;
    mesa_status st = MESA_OK;

    if (m->mode == MAML_ADAPT) {
        *done = true;
        return few_own_adapt(&m->own, &m->model, &m->rule, host,
                             (size_t)(m->adapt_steps == MAML_AUTO
                                          ? m->inner_steps
                                          : m->adapt_steps),
                             metrics, err);
    }
    if (i < n)
        st = train_once(m, host, i, metrics, err);
    if (st == MESA_OK)
        st = few_show_weights(m->model.weights, m->model.dtype, "weights",
                              metrics, err);
    if (st == MESA_OK)
        st = few_show_weights(m->learnt, m->model.dtype, "learnt", metrics,
                              err);
    if (st == MESA_OK)
        st = few_evaluate_after(&m->model, &m->rule, host, &m->eval, i, n,
                                &m->score, metrics, err);
    *done = i >= n;
    return st;
}

static uint64_t
maml_total(const void *self, const struct mesa_host *host)
{
    const struct maml *m = self;

    (void)host;
    return m->mode == MAML_ADAPT ? 1 : (uint64_t)m->iterations + 1;
}

static mesa_status
maml_keep(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct maml *m = self;
    mesa_status st = mesa_weights_save(m->model.weights, to, NULL, err);

    if (st == MESA_OK)
        st = mesa_weights_save(m->learnt, to, NULL, err);
    if (st == MESA_OK)
        st = mesa_archive_note(to, "learn_rates",
                               maml_rates[m->learn_rates].name, err);
    if (st == MESA_OK)
        st = mesa_archive_note(to, "curvature",
                               maml_curvatures[m->curvature].name, err);
    return st;
}

static mesa_status
maml_report(const void *self, const struct mesa_host *host,
            struct mesa_report *report, struct mesa_error *err)
{
    const struct maml *m = self;

    if (m->mode == MAML_ADAPT) {
        few_own_report(&m->own, &m->model, host, report);
        few_own_draw(&m->own, &m->model, host, report);
        return MESA_OK;
    }
    few_score_report(&m->model, &m->score, (size_t)m->inner_steps, report);
    return maml_draw(m, host, report, err);
}

static mesa_status
maml_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct maml *m = self;
    const uint64_t count[3] = { m->log.n, m->outer.optimizer != NULL,
                                m->outer.second };
    mesa_status st = MESA_OK;

    if (!m->model.weights || m->mode == MAML_ADAPT)
        return MESA_OK;
    st = mesa_archive_put_vector(to, "sum", MESA_F64, 2, m->log.sum, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "counts", MESA_U64, 3, count, err);
    if (st == MESA_OK)
        st = mesa_weights_save(m->model.weights, to, "weight", err);
    if (st == MESA_OK)
        st = mesa_weights_save(m->learnt, to, "learnt", err);
    return st == MESA_OK && m->outer.optimizer
               ? mesa_optimizer_save(m->outer.optimizer, to, "adam", err)
               : st;
}

static mesa_status
maml_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    struct maml *m = self;
    const size_t two = 2, three = 3;
    const void *sum, *count;
    mesa_status st;

    if (m->mode == MAML_ADAPT)
        return MESA_OK;
    if (!m->model.weights)
        return mesa_fail(err, MESA_ESTATE, "load comes after begin");
    st = mesa_archive_expect(from, "sum", MESA_F64, 1, &two, &sum, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "counts", MESA_U64, 1, &three, &count,
                                 err);
    if (st == MESA_OK)
        st = mesa_weights_load(m->model.weights, from, "weight", err);
    if (st == MESA_OK)
        st = mesa_weights_load(m->learnt, from, "learnt", err);
    if (st != MESA_OK)
        return st;
    mesa_weights_assign(m->good, m->model.weights);
    mesa_weights_assign(m->good_learnt, m->learnt);
    memcpy(m->log.sum, sum, sizeof m->log.sum);
    m->log.n = ((const uint64_t *)count)[0];
    maml_outer_free(&m->outer);
    if (((const uint64_t *)count)[1] == 0)
        return MESA_OK; /* saved before the first iteration */
    st = maml_outer_new(m, ((const uint64_t *)count)[2] != 0, &m->outer, err);
    return st == MESA_OK
               ? mesa_optimizer_load(m->outer.optimizer, from, "adam", err)
               : st;
}

static const struct mesa_metalearner_class maml = {
    MESA_METALEARNER(struct maml),
    .head.name   = "maml",
    .head.title  = "Weights from which few gradient steps lead far",
    .head.cite   = "Finn, Abbeel and Levine 2017, ICML (MAML)",
    .head.params = maml_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_TASKS,
    .head.init   = maml_init,
    .head.fini   = maml_fini,
    .head.save   = maml_save,
    .head.load   = maml_load,
    .begin       = maml_begin,
    .step        = maml_step,
    .total       = maml_total,
    .report      = maml_report,
    .keep        = maml_keep,
    .start       = maml_start,
};

MESA_PLUGIN(.name = "maml", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&maml.head));
