/* SPDX-License-Identifier: MIT */
/*
 * control - a loss that policies learn from in one step, because it was made
 * through the dynamics of the environment they act in.
 *
 * An iteration draws policies, each with a goal, has an episode of each, lets
 * each make a step of gradient descent on the learned loss of what it did,
 * has another episode of each, and moves the weights of the loss to where
 * that one costs less.  At the end the loss alone adapts policies, and the
 * environment itself says how far they get.
 *
 * Bechtle et al. 2021, arXiv:1906.05374, section V: there one policy, with
 * the same initial weights in all iterations, is all that the loss learns
 * from, and the loss works for that policy only (policy_init = fixed).  Here
 * policies are drawn anew (policy_init = resample).
 */
#include "control.h"

#include <math.h>
#include <string.h>

static const struct mesa_choice control_policy_inits[] = {
    { "resample", CONTROL_RESAMPLE, "drawn anew for each episode of training" },
    { "fixed", CONTROL_FIXED, "the same weights in all of training" },
    { NULL, 0, NULL }
};

static const struct mesa_choice control_inners[] = {
    { "actions", CONTROL_ACTIONS, "by its actions, in the states it was in" },
    { "episode", CONTROL_EPISODE, "by its states as well, through the "
                                  "dynamics" },
    { NULL, 0, NULL }
};

static const struct mesa_choice control_models[] = {
    { "true", CONTROL_TRUE, "those of the environment" },
    { "learned", CONTROL_LEARNED, "networks that learn them from episodes" },
    { NULL, 0, NULL }
};

static const struct mesa_choice control_extras[] = {
    { "distance", CONTROL_FAR, "how far, over all numbers of a state" },
    { "difference", CONTROL_WAY, "by how much, number by number" },
    { "gains", CONTROL_GAINS, "not that, but the linear policy that did what "
                              "was done" },
    { NULL, 0, NULL }
};

static const struct mesa_param control_params[] = {
    MESA_INT(struct control, iterations, "iterations", 1000, 0,
             INT64_MAX / 2, "Steps of the outer loop"),
    MESA_INT(struct control, meta_batch_size, "meta_batch_size", 4, 1, 100000,
             "Policies, each with a goal, of one iteration"),
    MESA_CHOICE(struct control, policy_init, "policy_init", CONTROL_RESAMPLE,
                control_policy_inits, "Where policies start from"),
    MESA_INT(struct control, inner_steps, "inner_steps", 1, 1, 100,
             "Steps of adaptation in training, an episode each"),
    MESA_CHOICE(struct control, inner_gradient, "inner_gradient",
                CONTROL_ACTIONS, control_inners,
                "How adaptation differentiates the learned loss of an "
                "episode"),
    MESA_REAL(struct control, inner_lr, "inner_lr", 0.001, 0.0, 1e6,
              "Learning rate of adaptation",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_REAL(struct control, meta_lr, "meta_lr", 0.001, 0.0, 1e6,
              "Learning rate of the loss (Adam)",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_BOOL(struct control, cosine_annealing, "cosine_annealing", false,
              "Let that rate fall along a cosine to min_meta_lr"),
    MESA_REAL(struct control, min_meta_lr, "min_meta_lr", 1e-5, 0.0, 1e6,
              "Where cosine_annealing ends", .flags = MESA_PARAM_ADVANCED),
    MESA_BOOL(struct control, goal_input, "goal_input", false,
              "Show the goal to the policy, after the state"),
    MESA_BOOL(struct control, shaping, "shaping", false,
              "Tell the task loss in training what else the environment "
              "knows of a good episode"),
    MESA_BOOL(struct control, detach, "detach", true,
              "Do not differentiate a policy by the states it sees",
              .flags = MESA_PARAM_ADVANCED),
    MESA_BOOL(struct control, pass_bounds, "pass_bounds", true,
              "Differentiate actions beyond their bounds as if there were "
              "none", .flags = MESA_PARAM_ADVANCED),
    MESA_CHOICE(struct control, dynamics, "dynamics", CONTROL_TRUE,
                control_models, "Dynamics that training differentiates"),
    MESA_CHOICE(struct control, extra, "extra", CONTROL_FAR, control_extras,
                "What the loss is told of how an episode ends beside the goal",
                .flags = MESA_PARAM_ADVANCED),
    DYNAMICS_PARAMETERS(struct control, learned.options),
    MESA_LIST(struct control, eval_steps, "eval_steps", "0, 1",
              "Steps of adaptation after which policies are scored",
              .min.r = 0, .max.r = 1e6),
    MESA_INT(struct control, eval_policies, "eval_policies", 5, 1, 100000,
             "Policies not seen in training that are scored"),
    MESA_INT(struct control, eval_goals, "eval_goals", 1, 1, 100000,
             "Goals of each of them"),
    MESA_INT(struct control, eval_interval, "eval_interval", 0, 0,
             INT64_MAX / 2, "Iterations between scores; 0: at the end only"),
    MESA_REAL(struct control, reach_distance, "reach_distance", 0.05, 0, 1e12,
              "How far from the goal an episode may end that has reached it"),
    MESA_INT(struct control, log_interval, "log_interval", 10, 1,
             INT64_MAX / 2,
             "Iterations whose mean task loss makes a row of metrics.csv",
             .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

static mesa_status
control_init(void *self, struct mesa_error *err)
{
    struct control *c = self;

    c->teacher.solver = mesa_optimizer_defaults();
    c->teacher.solver.solver = MESA_ADAM;
    c->teacher.solver.learning_rate = c->meta_lr;
    if (c->min_meta_lr > c->meta_lr && c->cosine_annealing)
        return mesa_fail(err, MESA_EINVAL,
                         "min_meta_lr is %g but meta_lr is %g", c->min_meta_lr,
                         c->meta_lr);
    if (c->cosine_annealing && c->iterations > 0) {
        c->teacher.solver.schedule = MESA_COSINE;
        c->teacher.solver.period = (double)c->iterations;
        c->teacher.solver.floor = c->min_meta_lr;
    }
    return control_check_eval(c, err);
}

static void
control_fini(void *self)
{
    struct control *c = self;

    mesa_program_free(c->program);
    control_trials_free(c);
    control_learned_close(c);
    control_crew_free(c, &c->crew);
    teacher_close(&c->teacher);
    mesa_weights_free(c->policy);
    mesa_instance_free(c->estimator);
    mesa_instance_free(c->environment);
}

static mesa_node
true_step(void *context, struct mesa_graph *g, mesa_node state,
          mesa_node action)
{
    return mesa_environment_build_step(context, g, state, action);
}

/* Does the environment say all that is asked of it here? */
static mesa_status
check_environment(struct control *c, struct mesa_error *err)
{
    const struct mesa_environment_class *e =
        (const void *)mesa_instance_class(c->environment);
    const char *missing = !e->goal         ? "goal"
                          : !e->distance   ? "distance"
                          : !e->build_cost ? "build_cost"
                                           : NULL;

    if (missing)
        return mesa_fail(err, MESA_EINVAL,
                         "environment %s has no `%s`, which ml3_control "
                         "needs",
                         e->head.name, missing);
    if (c->dynamics == CONTROL_TRUE && !e->build_step)
        return mesa_fail(err, MESA_EINVAL,
                         "environment %s has no `build_step`: nothing can be "
                         "differentiated through its dynamics "
                         "(dynamics = true)",
                         e->head.name);
    if (c->shaping && !c->space.has_shaping)
        return mesa_fail(err, MESA_EINVAL,
                         "shaping = yes, but environment %s knows no more "
                         "than the goal",
                         e->head.name);
    return MESA_OK;
}

static mesa_status
open_environment(struct control *c, const struct mesa_host *host,
                 struct mesa_error *err)
{
    const struct mesa_component *environment =
        mesa_host_component(host, MESA_KIND_ENVIRONMENT);
    mesa_status st;

    if (!environment)
        return mesa_fail(err, MESA_EINVAL,
                         "there is no [environment] section: where are "
                         "policies to act?");
    st = mesa_instance_new(environment, &c->environment, err);
    if (st != MESA_OK)
        return st;
    c->space.struct_size = sizeof c->space;
    st = mesa_environment_space(c->environment, &c->space, err);
    if (st != MESA_OK)
        return st;
    c->model = (struct control_dynamics){ .context = c->environment,
                                          .step = true_step };
    return check_environment(c, err);
}

static mesa_status
open_policy(struct control *c, const struct mesa_host *host,
            struct mesa_error *err)
{
    const struct mesa_component *estimator =
        mesa_host_component(host, MESA_KIND_ESTIMATOR);
    const size_t n = c->space.n_states;
    mesa_status st;

    if (!estimator)
        return mesa_fail(err, MESA_EINVAL,
                         "there is no [estimator] section: which model is "
                         "the policy?");
    st = mesa_instance_new(estimator, &c->estimator, err);
    if (st == MESA_OK)
        st = mesa_estimator_weights(c->estimator, c->goal_input ? 2 * n : n,
                                    c->space.n_actions, MESA_F32, &c->policy,
                                    err);
    if (st == MESA_OK)
        c->n = mesa_weights_count(c->policy);
    return st;
}

static mesa_status
control_begin(void *self, const struct mesa_host *host,
              struct mesa_error *err)
{
    struct control *c = self;
    struct mesa_loss_shape shape = { .struct_size = sizeof shape };
    mesa_status st = open_environment(c, host, err);

    if (st == MESA_OK)
        st = open_policy(c, host, err);
    shape.n_outputs = c->space.n_actions;
    shape.n_inputs = c->space.n_states;
    shape.n_extra = c->extra == CONTROL_FAR ? 1 : c->space.n_states;
    if (c->extra == CONTROL_GAINS)
        shape.n_extra *= c->space.n_actions;
    if (st == MESA_OK)
        st = teacher_open(&c->teacher, host,
                          mesa_host_component(host, MESA_KIND_LOSS), &shape,
                          MESA_F32, err);
    if (st == MESA_OK)
        st = control_crew_new(c, (size_t)c->meta_batch_size, &c->crew, err);
    if (st == MESA_OK)
        st = control_learned_open(c, host, err);
    if (st == MESA_OK)
        st = control_program_new(c, err);
    if (st == MESA_OK)
        st = control_learned_ready(c, err);
    return st == MESA_OK ? control_trials_new(c, err) : st;
}

/* Policies and goals of iteration i. */
static void
draw(struct control *c, const struct mesa_host *host, uint64_t i)
{
    for (size_t b = 0; b < c->crew.n; b++) {
        uint64_t at = i * c->crew.n + b;
        bool fixed = c->policy_init == CONTROL_FIXED;
        struct mesa_rng policy =
            mesa_host_rng(host, "control.policy", fixed ? 0 : at);
        struct mesa_rng goal = mesa_host_rng(host, "control.goal", at);

        control_crew_policy(c, &c->crew, b, &policy);
        control_crew_goal(c, &c->crew, b, MESA_PART_TRAIN, at, &goal);
    }
}

static mesa_status
log_cost(struct control *c, uint64_t i, double cost,
         struct mesa_metrics *metrics, struct mesa_error *err)
{
    c->sum += cost;
    c->n_summed++;
    if ((i + 1) % (uint64_t)c->log_interval != 0 &&
        i + 1 != (uint64_t)c->iterations)
        return MESA_OK;
    if (mesa_metrics_add(metrics, "train", "task_loss",
                         c->sum / (double)c->n_summed) != MESA_OK)
        return mesa_nomem(err, 1, "metric row");
    c->sum = 0;
    c->n_summed = 0;
    return MESA_OK;
}

static mesa_status
train_once(struct control *c, const struct mesa_host *host, uint64_t i,
           struct mesa_metrics *metrics, struct mesa_error *err)
{
    double cost = 0;
    bool stopped;
    mesa_status st = control_learned_train(c, host, i, metrics, &stopped, err);

    if (st != MESA_OK || stopped)
        return st;
    draw(c, host, i);
    teacher_step(&c->teacher);
    st = mesa_program_run(c->program, err);
    for (size_t b = 0; b < c->crew.n; b++)
        cost += (double)c->crew.cost[b];
    cost /= (double)c->crew.n;
    if (st == MESA_OK)
        st = teacher_check(&c->teacher, host, i, cost, err);
    return st == MESA_OK ? log_cost(c, i, cost, metrics, err) : st;
}

static mesa_status
control_step(void *self, const struct mesa_host *host, uint64_t i,
             struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    struct control *c = self;
    uint64_t at;
    const enum teacher_stage stage =
        teacher_stage(i, (uint64_t)c->iterations, (uint64_t)c->eval_interval,
                      &at);

    *done = stage == TEACHER_LAST_TEST;
    return stage == TEACHER_ITERATION
               ? train_once(c, host, at, metrics, err)
               : control_evaluate(c, host, metrics, err);
}

static uint64_t
control_total(const void *self, const struct mesa_host *host)
{
    const struct control *c = self;

    (void)host;
    return teacher_total((uint64_t)c->iterations, (uint64_t)c->eval_interval);
}

static mesa_status
control_finish(void *self, const struct mesa_host *host,
               struct mesa_error *err)
{
    return teacher_finish(&((struct control *)self)->teacher, host, err);
}

static mesa_status
control_report_slot(const void *self, const struct mesa_host *host,
                    struct mesa_report *report, struct mesa_error *err)
{
    (void)host;
    control_report(self, report);
    return control_draw(self, report, err);
}

static mesa_status
control_save(const void *self, struct mesa_archive *to,
             struct mesa_error *err)
{
    const struct control *c = self;
    mesa_status st;

    if (!c->program)
        return MESA_OK;
    st = mesa_archive_put_vector(to, "sum", MESA_F64, 1, &c->sum, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "n_summed", MESA_U64, 1,
                                     &c->n_summed, err);
    if (st == MESA_OK && c->dynamics == CONTROL_LEARNED)
        st = dynamics_save(&c->learned, to, err);
    return st == MESA_OK ? teacher_save(&c->teacher, to, err) : st;
}

static mesa_status
control_load(void *self, const struct mesa_archive *from,
             struct mesa_error *err)
{
    struct control *c = self;
    const size_t one = 1;
    const void *sum, *n;
    mesa_status st;

    if (!c->program)
        return mesa_fail(err, MESA_ESTATE, "load comes after begin");
    st = mesa_archive_expect(from, "sum", MESA_F64, 1, &one, &sum, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "n_summed", MESA_U64, 1, &one, &n,
                                 err);
    if (st == MESA_OK && c->dynamics == CONTROL_LEARNED)
        st = dynamics_load(&c->learned, from, err);
    if (st == MESA_OK)
        st = teacher_load(&c->teacher, from, err);
    if (st != MESA_OK)
        return st;
    memcpy(&c->sum, sum, sizeof c->sum);
    memcpy(&c->n_summed, n, sizeof c->n_summed);
    return MESA_OK;
}

static const struct mesa_metalearner_class control = {
    MESA_METALEARNER(struct control),
    .head.name   = "ml3_control",
    .head.title  = "A loss learnt through the dynamics that policies act in",
    .head.cite   = "Bechtle et al. 2021, Meta learning via learned loss, "
                   "arXiv:1906.05374",
    .head.params = control_params,
    .head.flags  = MESA_CLASS_CONTROL,
    .head.init   = control_init,
    .head.fini   = control_fini,
    .head.save   = control_save,
    .head.load   = control_load,
    .begin       = control_begin,
    .step        = control_step,
    .finish      = control_finish,
    .total       = control_total,
    .report      = control_report_slot,
};

MESA_PLUGIN(.name = "ml3_control", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&control.head));
