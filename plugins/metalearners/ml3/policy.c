/* SPDX-License-Identifier: MIT */
/*
 * ml3_policy - a loss from which policies learn faster than by their returns:
 * learned losses for reinforcement learning without a model of the world.
 *
 * A policy is a Gaussian whose mean a network gives for each state; it is to
 * get to a goal that it is not told.  The learned loss sees each step of the
 * episodes that the policy has played: the mean, the action taken, the state
 * with the goal, and what the rest of the episode was worth.  In an iteration
 *
 *   1. policies, one for each goal of a batch, play episodes, and make a
 *      gradient step on their learned loss (inner_steps times);
 *   2. they play again; by the likelihood ratio of what they did then, a step
 *      of Adam makes the loss one whose gradient steps lead to better
 *      returns.  Its derivative passes through the inner steps; none is taken
 *      of the environment.
 *
 * At the end policies that nothing was learnt from learn on goals that
 * nothing was learnt from: by the learned loss alone, and by PPO (ppo.c), as
 * many episodes for each.
 *
 * A loss that sees states and goals can come to know what to do there, and
 * PPO knows nothing at first: hence the distance between the two.  One that
 * is left with actions and returns (use_input = no in [loss]) leads by less,
 * and only in the first updates.
 *
 * Bechtle et al. 2021, Meta learning via learned loss, arXiv:1906.05374,
 * describe such a loss, but no code of it was published.  This is our
 * reading: which columns the loss sees, that rewards are standardised, the
 * surrogate with one clipped ratio for all of the outer loop, and policies
 * that start anew (reset_interval) are choices of ours.
 */
#include "policy.h"

#include <math.h>
#include <string.h>

static const struct mesa_choice policy_inits[] = {
    { "resample", POLICY_RESAMPLE, "drawn anew each time" },
    { "fixed", POLICY_FIXED, "always the same one" },
    { NULL, 0, NULL }
};

static const struct mesa_choice ppo_baselines[] = {
    { "episodes", PPO_EPISODES, "what the policy's episodes get on average "
                                "from the same step on" },
    { "value", PPO_VALUE, "what a network that learns along promises" },
    { NULL, 0, NULL }
};

static const struct mesa_param policy_params[] = {
    MESA_COMPONENT(struct policy, loss_component, "loss", MESA_KIND_LOSS,
                   NULL, "The loss that learns",
                   .flags = MESA_PARAM_SECTION),
    MESA_INT(struct policy, iterations, "iterations", 500, 0, INT64_MAX / 2,
             "Steps of the outer loop"),
    MESA_INT(struct policy, meta_batch_size, "meta_batch_size", 16, 1, 100000,
             "Goals of one iteration, each with a policy of its own"),
    MESA_INT(struct policy, episodes, "episodes", 4, 2, 100000,
             "Episodes that a policy plays between two of its steps"),
    MESA_INT(struct policy, inner_steps, "inner_steps", 1, 1, 100,
             "Gradient steps of policies in an iteration"),
    MESA_REAL(struct policy, inner_lr, "inner_lr", 0.1, 0.0, 1e6,
              "Learning rate of policies",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_REAL(struct policy, meta_lr, "meta_lr", 0.001, 0.0, 1e6,
              "Learning rate of Adam in the outer loop",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_INT(struct policy, outer_epochs, "outer_epochs", 1, 1, 1000,
             "Steps of Adam on the same episodes"),
    MESA_REAL(struct policy, clip, "clip", 0.2, 0.0, 1.0,
              "How far from 1 the outer loop lets ratios of likelihoods count",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct policy, discount, "discount", 0.95, 0.0, 1.0,
              "What a reward one step later is worth"),
    MESA_REAL(struct policy, std, "std", 0.3, 0.0, 1e3,
              "Standard deviation of actions, where 1 is half of their range",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_CHOICE(struct policy, policy_init, "policy_init", POLICY_RESAMPLE,
                policy_inits, "Weights that policies start from"),
    MESA_INT(struct policy, reset_interval, "reset_interval", 1, 1,
             INT64_MAX / 2,
             "Iterations after which policies and goals are new; until then "
             "policies go on from where their inner steps have led"),
    MESA_BOOL(struct policy, loss_goal, "loss_goal", true,
              "Show the goal to the loss, beside the state (use_input)"),
    MESA_BOOL(struct policy, policy_goal, "policy_goal", false,
              "Show the goal to policies"),
    MESA_INT(struct policy, eval_goals, "eval_goals", 20, 1, 100000,
             "Test goals that policies learn to get to at the end"),
    MESA_LIST(struct policy, eval_updates, "eval_updates", "0, 1, 2, 5, 10",
              "Updates of policies after which they are scored",
              .min.r = 0, .max.r = 1e5),
    MESA_REAL(struct policy, ppo_lr, "ppo_lr", 0.01, 0.0, 1e6,
              "Learning rate of Adam in PPO, the baseline",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_INT(struct policy, ppo_epochs, "ppo_epochs", 10, 1, 1000,
             "Its steps on the episodes of one update"),
    MESA_REAL(struct policy, ppo_clip, "ppo_clip", 0.2, 0.0, 1.0,
              "How far from 1 it lets ratios of likelihoods count",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_CHOICE(struct policy, ppo_baseline, "ppo_baseline", PPO_EPISODES,
                ppo_baselines, "What it compares returns with"),
    MESA_REAL(struct policy, ppo_lambda, "ppo_lambda", 0.95, 0.0, 1.0,
              "How much of its advantages with ppo_baseline = value is made "
              "of returns, not of values"),
    MESA_INT(struct policy, log_interval, "log_interval", 10, 1,
             INT64_MAX / 2,
             "Iterations whose mean returns make a row of metrics.csv",
             .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

static mesa_status
policy_init(void *self, struct mesa_error *err)
{
    struct policy *p = self;

    for (size_t i = 0; i < p->eval_updates.n; i++)
        if (p->eval_updates.value[i] !=
            (double)(size_t)p->eval_updates.value[i])
            return mesa_fail(err, MESA_EINVAL,
                             "eval_updates: %g is not a whole number",
                             p->eval_updates.value[i]);
    for (size_t i = 1; i < p->eval_updates.n; i++)
        if (p->eval_updates.value[i] <= p->eval_updates.value[i - 1])
            return mesa_fail(err, MESA_EINVAL,
                             "eval_updates has %g, expected numbers each "
                             "larger than the one before",
                             p->eval_updates.value[i]);
    if (p->eval_updates.n == 0)
        return mesa_fail(err, MESA_EINVAL, "eval_updates is empty");
    p->teacher.solver = mesa_optimizer_defaults();
    p->teacher.solver.learning_rate = p->meta_lr;
    return MESA_OK;
}

static void
policy_fini(void *self)
{
    struct policy *p = self;

    policy_score_free(&p->score);
    mesa_program_free(p->outer);
    learning_free(&p->inner);
    for (int64_t k = 0; p->played && k <= p->inner_steps; k++)
        episodes_free(&p->played[k]);
    mesa_free(p->played);
    crew_free(&p->before);
    actors_free(&p->actors);
    teacher_close(&p->teacher);
    mesa_weights_free(p->model);
    mesa_instance_free(p->estimator);
    policy_world_close(&p->world);
}

static mesa_status
open_model(struct policy *p, const struct mesa_host *host,
           struct mesa_error *err)
{
    const struct mesa_component *estimator =
        mesa_host_component(host, MESA_KIND_ESTIMATOR);
    const struct mesa_space *s = &p->world.space;
    const struct mesa_loss_shape shape = {
        .struct_size = sizeof shape,
        .n_outputs = s->n_actions,
        .n_targets = s->n_actions,
        .n_inputs = (p->loss_goal ? 2 : 1) * (size_t)s->n_states,
        .n_extra = 1,
    };
    mesa_status st;

    if (!estimator)
        return mesa_fail(err, MESA_EINVAL,
                         "there is no [estimator] section: which model is to "
                         "be the policy?");
    st = mesa_instance_new(estimator, &p->estimator, err);
    if (st == MESA_OK)
        st = mesa_estimator_weights(
            p->estimator, (p->policy_goal ? 2 : 1) * (size_t)s->n_states,
            s->n_actions, MESA_F32, &p->model, err);
    return st == MESA_OK ? teacher_open(&p->teacher, host, p->loss_component,
                                        &shape, MESA_F32, err)
                         : st;
}

static mesa_status
policy_begin(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    struct policy *p = self;
    const size_t n = (size_t)p->meta_batch_size;
    const size_t steps = (size_t)p->inner_steps;
    mesa_status st = policy_world_open(&p->world, host, err);

    if (st == MESA_OK)
        st = open_model(p, host, err);
    if (st != MESA_OK)
        return st;
    p->played = mesa_alloc_array(steps + 1, sizeof *p->played);
    if (!p->played)
        return mesa_nomem(err, steps, "steps");
    for (size_t k = 0; k <= steps && st == MESA_OK; k++)
        st = episodes_new(p, n, &p->played[k], err);
    if (st == MESA_OK)
        st = actors_new(p, n, &p->actors, err);
    if (st == MESA_OK)
        st = crew_new(p->model, n, &p->before, err);
    if (st == MESA_OK)
        st = policy_inner_new(p, &p->actors, &p->inner, err);
    return st == MESA_OK ? policy_outer_new(p, err) : st;
}

/* Episodes of the policies as they are, then an inner step; then those after
 * the last one. */
static mesa_status
play_all(struct policy *p, const struct mesa_host *host, uint64_t i,
         bool *finite, struct mesa_error *err)
{
    const struct mesa_rng rng = mesa_host_rng(host, "ml3_policy.episodes", i);
    const size_t steps = (size_t)p->inner_steps;
    const uint64_t round = i / (uint64_t)p->reset_interval;
    mesa_status st = MESA_OK;

    *finite = true;
    for (size_t k = 0; k <= steps && st == MESA_OK && *finite; k++) {
        const struct mesa_rng own = mesa_rng_derive(&rng, "step", k);

        episodes_aim(p, host, MESA_PART_TRAIN, round * p->played[k].n,
                     &p->played[k]);
        st = episodes_play(p, &p->actors, &own, true, &p->played[k], finite,
                           err);
        if (st != MESA_OK || !*finite || k == steps)
            break;
        policy_episode_bind(&p->inner.at, p->inner.program, &p->played[k]);
        st = mesa_program_run(p->inner.program, err);
    }
    return st;
}

static mesa_status
log_returns(struct policy *p, uint64_t i, struct mesa_metrics *metrics,
            struct mesa_error *err)
{
    static const char *const name[2] = { "return_before", "return_after" };
    const struct episodes *e[2] = { &p->played[0],
                                    &p->played[p->inner_steps] };

    for (int k = 0; k < 2; k++)
        for (size_t j = 0; j < e[k]->n; j++)
            p->sum[k] += e[k]->total[j] / (double)e[k]->n;
    p->n_sum++;
    if ((i + 1) % (uint64_t)p->log_interval != 0 &&
        i + 1 != (uint64_t)p->iterations)
        return MESA_OK;
    for (int k = 0; k < 2; k++) {
        if (mesa_metrics_add(metrics, "train", name[k],
                             p->sum[k] / (double)p->n_sum) != MESA_OK)
            return mesa_nomem(err, 1, "metric row");
        p->sum[k] = 0;
    }
    p->n_sum = 0;
    return MESA_OK;
}

static mesa_status
train_once(struct policy *p, const struct mesa_host *host, uint64_t i,
           struct mesa_metrics *metrics, struct mesa_error *err)
{
    const uint64_t interval = (uint64_t)p->reset_interval;
    bool finite;
    mesa_status st;

    if (i % interval == 0)
        crew_draw(&p->actors.crew, host, "ml3_policy.policy",
                  i / interval * p->actors.crew.n,
                  p->policy_init == POLICY_FIXED);
    crew_copy(&p->actors.crew, &p->before);
    st = play_all(p, host, i, &finite, err);
    p->objective = finite ? 0.0F : (float)NAN;
    for (int64_t k = 0; k < p->outer_epochs && finite && st == MESA_OK; k++) {
        teacher_step(&p->teacher);
        st = mesa_program_run(p->outer, err);
    }
    if (st == MESA_OK)
        st = teacher_check(&p->teacher, host, i, (double)p->objective, err);
    return st == MESA_OK ? log_returns(p, i, metrics, err) : st;
}

static mesa_status
policy_step(void *self, const struct mesa_host *host, uint64_t i,
                 struct mesa_metrics *metrics, bool *done,
                 struct mesa_error *err)
{
    struct policy *p = self;

    *done = i >= (uint64_t)p->iterations;
    return *done ? policy_test(p, host, metrics, err)
                 : train_once(p, host, i, metrics, err);
}

static mesa_status
policy_finish(void *self, const struct mesa_host *host,
              struct mesa_error *err)
{
    struct policy *p = self;

    return teacher_finish(&p->teacher, host, err);
}

static uint64_t
policy_total(const void *self, const struct mesa_host *host)
{
    (void)host;
    return (uint64_t)((const struct policy *)self)->iterations + 1;
}

static mesa_status
policy_report(const void *self, const struct mesa_host *host,
              struct mesa_report *report, struct mesa_error *err)
{
    (void)host;
    policy_test_report(self, report);
    return policy_draw(self, report, err);
}

static mesa_status
policy_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct policy *p = self;
    mesa_status st;

    if (!p->outer)
        return MESA_OK;
    st = mesa_archive_put_vector(to, "sum", MESA_F64, 2, p->sum, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "n_sum", MESA_U64, 1, &p->n_sum,
                                     err);
    if (st == MESA_OK)
        st = crew_save(&p->actors.crew, to, err);
    return st == MESA_OK ? teacher_save(&p->teacher, to, err) : st;
}

static mesa_status
policy_load(void *self, const struct mesa_archive *from,
            struct mesa_error *err)
{
    static const size_t one = 1, two = 2;
    struct policy *p = self;
    const void *sum, *n;
    mesa_status st;

    if (!p->outer)
        return mesa_fail(err, MESA_ESTATE, "load comes after begin");
    st = mesa_archive_expect(from, "sum", MESA_F64, 1, &two, &sum, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "n_sum", MESA_U64, 1, &one, &n, err);
    if (st == MESA_OK)
        st = crew_load(&p->actors.crew, from, err);
    if (st == MESA_OK)
        st = teacher_load(&p->teacher, from, err);
    if (st != MESA_OK)
        return st;
    memcpy(p->sum, sum, sizeof p->sum);
    memcpy(&p->n_sum, n, sizeof p->n_sum);
    return MESA_OK;
}

static const struct mesa_metalearner_class policy = {
    MESA_METALEARNER(struct policy),
    .head.name   = "ml3_policy",
    .head.title  = "A loss from which policies learn faster than by returns",
    .head.cite   = "Bechtle et al. 2021, Meta learning via learned loss, "
                   "arXiv:1906.05374",
    .head.params = policy_params,
    .head.flags  = MESA_CLASS_CONTROL,
    .head.init   = policy_init,
    .head.fini   = policy_fini,
    .head.save   = policy_save,
    .head.load   = policy_load,
    .begin       = policy_begin,
    .step        = policy_step,
    .finish      = policy_finish,
    .total       = policy_total,
    .report      = policy_report,
};

MESA_PLUGIN(.name = "ml3_policy", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&policy.head));
