/* SPDX-License-Identifier: MIT */
/*
 * sac.h - a sampler that learns how hard the rows of each round should be.
 *
 * What acts (policy.c) needs weights alone; what learns (learner.c) is one
 * differentiable program over a batch of transitions that were kept
 * (replay.c); what both see of an ensemble is its state (state.c).
 */
#ifndef MESA_SAC_H
#define MESA_SAC_H

#include <mesa/hardness.h>
#include <mesa/mesa.h>

enum sac_policy { SAC_GAUSSIAN, SAC_DETERMINISTIC };
enum sac_bootstrap { SAC_BOOTSTRAP_REFERENCE, SAC_BOOTSTRAP_PUBLISHED };
enum sac_range { SAC_RANGE_UNIT, SAC_RANGE_DATA };
enum sac_rows { SAC_ROWS_MAJORITY, SAC_ROWS_ALL };
enum sac_prefill { SAC_PREFILL_NONE, SAC_PREFILL_PUBLISHED };
enum sac_action { SAC_ACTION_MEAN, SAC_ACTION_SAMPLE };
enum sac_scale { SAC_SCALE_BINS, SAC_SCALE_FREQUENCY };
enum sac_schedule { SAC_SCHEDULE_BOTH, SAC_SCHEDULE_CRITIC };

/* Twin critics are the two tasks of every graph here. */
enum { SAC_CRITICS = 2 };

/* Weights of the policy; those of the last two are not used by a
 * deterministic one. */
enum {
    SAC_HIDDEN_WEIGHT,
    SAC_HIDDEN_BIAS,
    SAC_MEAN_WEIGHT,
    SAC_MEAN_BIAS,
    SAC_DEVIATION_WEIGHT,
    SAC_DEVIATION_BIAS,
    SAC_POLICY_WEIGHTS,
    SAC_CRITIC_WEIGHTS = 7
};

/* Transitions, the oldest of them at `first`; full when n is the capacity. */
struct sac_replay {
    size_t n_states, n_actions, capacity;
    size_t n, first;
    float *state, *action, *reward, *next, *done;
};

/* The program of one update, and the memory that it reads and writes. */
struct sac_learner {
    struct mesa_program   *program;
    struct mesa_optimizer *policy, *critic, *alpha;
    size_t                 batch;
    float *state, *action, *reward, *mask, *next, *noise, *next_noise;
    size_t *pick;
    float  temperature, log_alpha, tau; /* bound */
    float  critic_loss[SAC_CRITICS], policy_loss;
};

/* What the last resample did, for the reward that follows. */
struct sac_last {
    bool   acted, learns;
    float *state, *action;
};

struct sac {
    double  gamma, tau, lr, lr_decay_gamma, alpha;
    int64_t lr_decay_steps, batch_size, hidden_size, updates_per_step;
    int64_t target_update_interval, replay_size, num_bins;
    double  reward_coefficient, sigma, sigma_last, train_ir, max_train_ir;
    bool    automatic_entropy_tuning;
    int     policy_kind, bootstrap, error_range, error_rows, prefill, action;
    int     state_scale, schedule;

    bool                 drawn, filled;
    uint64_t             n_updates;
    struct mesa_weights *policy, *critic, *target;
    struct sac_replay    replay;
    struct sac_learner   learner; /* made when it is first needed */
    struct mesa_archive *kept;    /* what it will start from      */
    struct sac_last      last;
    float               *next;   /* n_states */
    struct mesa_feedback seen;   /* what next is the state of, if any */
    double              *hidden; /* hidden_size */
};

size_t sac_n_states(const struct sac *s);
size_t sac_n_actions(const struct sac *s);
/* What each histogram sums to. */
double sac_state_total(const struct sac *s);

/* state.c: error histograms of training and validation rows. */
mesa_status sac_state(const struct sac *s, const struct mesa_dataset *data,
                      const struct mesa_feedback *feedback, float *state,
                      struct mesa_error *err);
/* How many of n errors are in each bin, into count[n_bins]; NumPy's histogram
 * to the last bit of its edges, with all beyond them in the outer bins. */
void sac_histogram(const double *error, size_t n, double low, double high,
                   size_t n_bins, size_t *count);

/* policy.c: what to do in a state, into action[n_actions]. */
mesa_status sac_new_weights(struct sac *s, struct mesa_error *err);
void sac_draw_weights(struct sac *s, const struct mesa_rng *rng);
void sac_act(struct sac *s, const float *state, bool sampled,
             struct mesa_rng *rng, float *action);
/* Its first action, and that from a standard deviation less to one more. */
void sac_aim(struct sac *s, const float *state, double aim[3]);

/* replay.c: transition i, counted from the oldest, is at sac_replay_at. */
mesa_status sac_replay_init(struct sac_replay *r, size_t n_states,
                            size_t n_actions, size_t capacity,
                            struct mesa_error *err);
void sac_replay_free(struct sac_replay *r);
void sac_replay_add(struct sac_replay *r, const float *state,
                    const float *action, float reward, const float *next,
                    bool done);
size_t sac_replay_at(const struct sac_replay *r, size_t i);
/* The published hand-made transitions, of states that sum to 2 x total. */
void sac_replay_prefill(struct sac_replay *r, double reward, double total,
                        struct mesa_rng *rng);
mesa_status sac_replay_save(const struct sac_replay *r,
                            struct mesa_archive *to, struct mesa_error *err);
mesa_status sac_replay_load(struct sac_replay *r,
                            const struct mesa_archive *from, size_t n,
                            struct mesa_error *err);

/* learner.c: one gradient step on a batch drawn with rng, or on the one that
 * is in place.  MESA_ENUMERIC when a loss is not finite. */
mesa_status sac_learner_init(struct sac *s, struct mesa_error *err);
/* The learner, if there is none yet, from what was loaded. */
mesa_status sac_learner_need(struct sac *s, struct mesa_error *err);
void sac_learner_free(struct sac_learner *l);
mesa_status sac_learner_update(struct sac *s, struct mesa_rng *rng,
                               struct mesa_error *err);
mesa_status sac_learner_step(struct sac *s, struct mesa_error *err);

/* store.c */
mesa_status sac_save(const void *self, struct mesa_archive *to,
                     struct mesa_error *err);
mesa_status sac_load(void *self, const struct mesa_archive *from,
                     struct mesa_error *err);

#endif
