/* SPDX-License-Identifier: MIT */
/*
 * sac.c - soft actor-critic decides which majority rows a learner sees.
 *
 * MESA (Liu et al. 2020): before each learner of an ensemble a policy looks
 * at the distribution of the errors so far and says where the Gaussian that
 * majority rows are drawn with (mesa/hardness.h) is to be centred.  It learns
 * from what the score gains by each learner.  Where the authors' code departs
 * from the paper or from soft actor-critic, its behaviour is a choice called
 * published, data, sample or critic.
 */
#include <string.h>

#include "sac.h"

static const struct mesa_choice policy_choices[] = {
    { "gaussian", SAC_GAUSSIAN, "a tanh-squashed Gaussian" },
    { "deterministic", SAC_DETERMINISTIC,
      "its centre, with small clipped noise to explore" },
    { NULL, 0, NULL }
};

static const struct mesa_choice bootstrap_choices[] = {
    { "reference", SAC_BOOTSTRAP_REFERENCE,
      "from the next state unless the ensemble is complete" },
    { "published", SAC_BOOTSTRAP_PUBLISHED,
      "only where the ensemble is complete, as the authors' code does" },
    { NULL, 0, NULL }
};

static const struct mesa_choice range_choices[] = {
    { "unit", SAC_RANGE_UNIT, "equal bins of 0 to 1" },
    { "data", SAC_RANGE_DATA, "equal bins of the smallest to the largest" },
    { NULL, 0, NULL }
};

static const struct mesa_choice rows_choices[] = {
    { "majority", SAC_ROWS_MAJORITY, "those of the majority class" },
    { "all", SAC_ROWS_ALL, "those of both classes" },
    { NULL, 0, NULL }
};

static const struct mesa_choice prefill_choices[] = {
    { "none", SAC_PREFILL_NONE, "nothing" },
    { "published", SAC_PREFILL_PUBLISHED,
      "the authors' hand-made transitions: hard rows for a poor ensemble, "
      "easy ones for an overfitted one" },
    { NULL, 0, NULL }
};

static const struct mesa_choice action_choices[] = {
    { "mean", SAC_ACTION_MEAN, "the policy's centre" },
    { "sample", SAC_ACTION_SAMPLE, "a draw, as the authors' code does" },
    { NULL, 0, NULL }
};

static const struct mesa_choice scale_choices[] = {
    { "bins", SAC_SCALE_BINS, "each sums to num_bins" },
    { "frequency", SAC_SCALE_FREQUENCY, "each sums to 1" },
    { NULL, 0, NULL }
};

static const struct mesa_choice schedule_choices[] = {
    { "policy_and_critic", SAC_SCHEDULE_BOTH, "those of both" },
    { "critic", SAC_SCHEDULE_CRITIC,
      "the critics' alone, as the authors' code does" },
    { NULL, 0, NULL }
};

/* Words instead of a number. */
static const struct mesa_choice sigma_stays[] = {
    { "none", 0, "sigma for all learners" },
    { NULL, 0, NULL }
};

static const struct mesa_choice ratio_stays[] = {
    { "none", 0, "train_ir for all learners" },
    { NULL, 0, NULL }
};

static const struct mesa_param sac_params[] = {
    MESA_REAL(struct sac, gamma, "gamma", 0.99, 0, 1,
              "How much the rewards of later rounds count"),
    MESA_REAL(struct sac, tau, "tau", 0.01, 0, 1,
              "Share of the critics that the targets take over per update",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct sac, lr, "lr", 0.001, 0, 1e3,
              "Learning rate of policy and critics (Adam)",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_INT(struct sac, lr_decay_steps, "lr_decay_steps", 10, 1, 1000000000,
             "Updates after which the learning rate is multiplied"),
    MESA_REAL(struct sac, lr_decay_gamma, "lr_decay_gamma", 0.99, 0, 1,
              "What the learning rate is multiplied by",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct sac, alpha, "alpha", 0.1, 0, 1e6,
              "Weight of the policy's entropy beside the reward, to begin "
              "with if it is tuned"),
    MESA_BOOL(struct sac, automatic_entropy_tuning,
              "automatic_entropy_tuning", false,
              "Tune alpha towards an entropy of -1"),
    MESA_INT(struct sac, batch_size, "batch_size", 64, 1, 100000,
             "Transitions in an update"),
    MESA_INT(struct sac, hidden_size, "hidden_size", 50, 1, 1024,
             "Units in each hidden layer of policy and critics"),
    MESA_INT(struct sac, updates_per_step, "updates_per_step", 1, 0, 10000,
             "Updates after each reward while learning"),
    MESA_INT(struct sac, target_update_interval, "target_update_interval", 1,
             1, 1000000000, "Updates between those of the targets"),
    MESA_INT(struct sac, replay_size, "replay_size", 1000, 1, 1000000,
             "Transitions that are remembered"),
    MESA_CHOICE(struct sac, policy_kind, "policy", SAC_GAUSSIAN,
                policy_choices, "How the policy acts"),
    MESA_REAL(struct sac, reward_coefficient, "reward_coefficient", 100,
              -1e9, 1e9, "What a gain in score is multiplied by"),
    MESA_INT(struct sac, num_bins, "num_bins", 5, 1, 1000,
             "Bins in each of the two histograms of errors that the policy "
             "sees"),
    MESA_REAL(struct sac, sigma, "sigma", 0.2, 0, 1e6,
              "Standard deviation of the Gaussian that weighs the majority "
              "rows by their errors",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct sac, sigma_last, "sigma_last", 0, 0, 1e6,
              "What sigma becomes by the last learner, in equal steps (not in "
              "the paper)",
              .choices = sigma_stays, .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct sac, train_ir, "train_ir", 1, 0, 1e9,
              "Majority rows for each minority row",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct sac, max_train_ir, "max_train_ir", 0, 0, 1e9,
              "Let the policy choose the majority rows for each minority row, "
              "from train_ir to this (not in the paper)",
              .choices = ratio_stays, .flags = MESA_PARAM_OPEN_MIN),
    MESA_CHOICE(struct sac, bootstrap, "bootstrap", SAC_BOOTSTRAP_REFERENCE,
                bootstrap_choices, "Where later rewards are looked at",
                .flags = MESA_PARAM_ADVANCED),
    MESA_CHOICE(struct sac, error_range, "error_range", SAC_RANGE_UNIT,
                range_choices, "What the bins divide",
                .flags = MESA_PARAM_ADVANCED),
    MESA_CHOICE(struct sac, error_rows, "error_rows", SAC_ROWS_MAJORITY,
                rows_choices, "Rows whose errors the policy sees",
                .flags = MESA_PARAM_ADVANCED),
    MESA_CHOICE(struct sac, prefill, "prefill", SAC_PREFILL_NONE,
                prefill_choices, "What is remembered at first",
                .flags = MESA_PARAM_ADVANCED),
    MESA_CHOICE(struct sac, action, "action", SAC_ACTION_MEAN, action_choices,
                "What a learnt policy does when it is used",
                .flags = MESA_PARAM_ADVANCED),
    MESA_CHOICE(struct sac, state_scale, "state_scale", SAC_SCALE_BINS,
                scale_choices, "What the histograms sum to",
                .flags = MESA_PARAM_ADVANCED),
    MESA_CHOICE(struct sac, schedule, "lr_schedule_on", SAC_SCHEDULE_BOTH,
                schedule_choices, "Learning rates that decay",
                .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

static mesa_status
check_params(const struct sac *s, struct mesa_error *err)
{
    if (s->replay_size < s->batch_size)
        return mesa_fail(err, MESA_EINVAL,
                         "replay_size is %lld but batch_size is %lld",
                         (long long)s->replay_size, (long long)s->batch_size);
    if (s->max_train_ir > 0 && s->max_train_ir < s->train_ir)
        return mesa_fail(err, MESA_EINVAL,
                         "max_train_ir is %g but train_ir is %g",
                         s->max_train_ir, s->train_ir);
    if (s->automatic_entropy_tuning && s->policy_kind != SAC_GAUSSIAN)
        return mesa_fail(err, MESA_EINVAL,
                         "automatic_entropy_tuning needs a gaussian policy");
    if (s->automatic_entropy_tuning && s->alpha <= 0)
        return mesa_fail(err, MESA_EINVAL,
                         "alpha is 0, which automatic_entropy_tuning cannot "
                         "start from");
    return MESA_OK;
}

static mesa_status
sac_init(void *self, struct mesa_error *err)
{
    struct sac *s = self;
    size_t states = sac_n_states(s), actions = sac_n_actions(s);
    mesa_status st = check_params(s, err);

    if (st != MESA_OK)
        return st;
    s->last.state = mesa_alloc_array(states, sizeof *s->last.state);
    s->last.action = mesa_alloc_array(actions, sizeof *s->last.action);
    s->next = mesa_alloc_array(states, sizeof *s->next);
    s->hidden = mesa_alloc_array((size_t)s->hidden_size, sizeof *s->hidden);
    if (!s->last.state || !s->last.action || !s->next || !s->hidden)
        return mesa_nomem(err, states, "states");
    st = sac_new_weights(s, err);
    return st == MESA_OK ? sac_replay_init(&s->replay, states, actions,
                                           (size_t)s->replay_size, err)
                         : st;
}

static void
sac_fini(void *self)
{
    struct sac *s = self;

    sac_learner_free(&s->learner);
    mesa_archive_free(s->kept);
    sac_replay_free(&s->replay);
    mesa_weights_free(s->policy);
    mesa_weights_free(s->critic);
    mesa_weights_free(s->target);
    mesa_free(s->last.state);
    mesa_free(s->last.action);
    mesa_free(s->next);
    mesa_free(s->hidden);
}

static mesa_status
sac_begin(void *self, const struct mesa_dataset *data, struct mesa_error *err)
{
    struct sac *s = self;

    (void)data;
    (void)err;
    s->last.acted = false;
    s->seen.proba = NULL;
    return MESA_OK;
}

/* Whether the ensemble is as it was when the last reward came, so that its
 * state is known; predictions of another round may be in the same place. */
static bool
is_known(const struct sac *s, const struct mesa_feedback *feedback)
{
    return s->seen.proba == feedback->proba &&
           s->seen.valid_proba == feedback->valid_proba &&
           s->seen.valid == feedback->valid &&
           s->seen.round == feedback->round;
}

/* The action of this round, into last. */
static mesa_status
decide(struct sac *s, const struct mesa_dataset *data,
       const struct mesa_feedback *feedback, const struct mesa_rng *rng,
       struct mesa_error *err)
{
    struct mesa_rng noise = mesa_rng_derive(rng, "action", 0);
    bool sampled = feedback->mode == MESA_SAMPLER_LEARN ||
                   s->action == SAC_ACTION_SAMPLE;
    mesa_status st = MESA_OK;

    if (is_known(s, feedback))
        memcpy(s->last.state, s->next, sac_n_states(s) * sizeof *s->next);
    else
        st = sac_state(s, data, feedback, s->last.state, err);
    if (st != MESA_OK)
        return st;
    sac_draw_weights(s, rng);
    if (feedback->mode == MESA_SAMPLER_EXPLORE)
        for (size_t j = 0; j < sac_n_actions(s); j++)
            s->last.action[j] = (float)mesa_rng_uniform(&noise);
    else
        sac_act(s, s->last.state, sampled, &noise, s->last.action);
    s->last.acted = true;
    s->last.learns = feedback->mode == MESA_SAMPLER_LEARN;
    return MESA_OK;
}

/* sigma goes from the first learner that is drawn for to the last. */
static double
sigma_of_round(const struct sac *s, const struct mesa_feedback *feedback)
{
    double way;

    if (s->sigma_last == 0 || feedback->n_rounds < 3)
        return s->sigma;
    way = (double)(feedback->round - 1) / (double)(feedback->n_rounds - 2);
    return s->sigma + (way < 1 ? way : 1) * (s->sigma_last - s->sigma);
}

/* A second action divides the range of ratios by factors, not by steps; the
 * data may have fewer rows than its end. */
static double
ratio_of_action(const struct sac *s, const struct mesa_dataset *data)
{
    double up, most;
    uint32_t label;
    size_t n;

    if (sac_n_actions(s) == 1 ||
        mesa_hardness_minority(data, &label, &n, NULL) != MESA_OK)
        return s->train_ir;
    up = mesa_math_log(s->max_train_ir / s->train_ir);
    up = s->train_ir * mesa_math_exp(up * (double)s->last.action[1]);
    most = (double)(data->x.rows - n) / (double)n;
    return up > most && s->train_ir <= most ? most : up;
}

static mesa_status
sac_resample(void *self, const struct mesa_dataset *data,
             const struct mesa_feedback *feedback, struct mesa_sample *out,
             struct mesa_rng *rng, struct mesa_error *err)
{
    struct sac *s = self;
    struct mesa_hardness how = { 0, s->sigma, s->train_ir };
    mesa_status st = MESA_OK;

    s->last.acted = false;
    if (feedback && feedback->proba) {
        st = decide(s, data, feedback, rng, err);
        how.mu = (double)s->last.action[0];
        how.sigma = sigma_of_round(s, feedback);
        how.train_ir = ratio_of_action(s, data);
    }
    return st == MESA_OK ? mesa_hardness_resample(data, feedback, &how, out,
                                                  rng, err)
                         : st;
}

/* The first learner follows no action, and earns the policy nothing. */
static mesa_status
sac_reward(void *self, double value, bool done,
           const struct mesa_dataset *data, const struct mesa_feedback *now,
           struct mesa_rng *rng, struct mesa_error *err)
{
    struct sac *s = self;
    struct mesa_rng fill = mesa_rng_derive(rng, "prefill", 0);
    int64_t n = s->last.learns ? s->updates_per_step : 0;
    mesa_status st;

    if (!s->last.acted)
        return MESA_OK;
    s->last.acted = false;
    s->seen.proba = NULL;
    st = sac_state(s, data, now, s->next, err);
    if (st != MESA_OK)
        return st;
    s->seen = *now;
    if (!s->filled && s->prefill == SAC_PREFILL_PUBLISHED)
        sac_replay_prefill(&s->replay, 0.05 * s->reward_coefficient,
                           sac_state_total(s), &fill);
    s->filled = true;
    sac_replay_add(&s->replay, s->last.state, s->last.action,
                   (float)(value * s->reward_coefficient), s->next, done);
    if (s->replay.n < (size_t)s->batch_size || n == 0)
        return MESA_OK;
    st = sac_learner_need(s, err);
    for (int64_t i = 0; i < n && st == MESA_OK; i++) {
        struct mesa_rng batch = mesa_rng_derive(rng, "update", (uint64_t)i);

        st = sac_learner_update(s, &batch, err);
    }
    return st;
}

/* Nothing as long as there are no weights: the first action draws them. */
static mesa_status
sac_tell_aim(void *self, const struct mesa_dataset *data,
             const struct mesa_feedback *feedback, double aim[3],
             struct mesa_error *err)
{
    struct sac *s = self;
    float *state;
    mesa_status st;

    if (!s->drawn || !feedback || !feedback->proba)
        return MESA_OK;
    state = mesa_alloc_raw(sac_n_states(s), sizeof *state);
    st = state ? sac_state(s, data, feedback, state, err)
               : mesa_nomem(err, sac_n_states(s), "bins");
    if (st == MESA_OK)
        sac_aim(s, state, aim);
    mesa_free(state);
    return st;
}

static const struct mesa_sampler_class sac = {
    MESA_SAMPLER(struct sac),
    .head.name   = "sac",
    .head.title  = "Majority rows by a learnt policy (MESA)",
    .head.cite   = "Liu, Wei, Jiang, Cao, Bian and Chang 2020, NeurIPS 33; "
                   "Haarnoja et al. 2018, arXiv 1812.05905",
    .head.params = sac_params,
    .head.flags  = MESA_CLASS_MISSING | MESA_CLASS_FEEDBACK,
    .head.init   = sac_init,
    .head.fini   = sac_fini,
    .head.save   = sac_save,
    .head.load   = sac_load,
    .resample    = sac_resample,
    .begin       = sac_begin,
    .reward      = sac_reward,
    .aim         = sac_tell_aim,
};

MESA_PLUGIN(.name = "sac", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&sac.head));
