/* SPDX-License-Identifier: MIT */
/*
 * policy.h - losses that teach policies without a model of the world: what
 * the files of ml3_policy share.
 *
 * Policies learn side by side, each for a goal of its own: the task axis of
 * every graph here.
 */
#ifndef MESA_METALEARNERS_ML3_POLICY_H
#define MESA_METALEARNERS_ML3_POLICY_H

#include "teacher.h"

/* What policies act in, and how their actions are counted: 0 is the middle
 * between the bounds, 1 the upper one. */
struct policy_world {
    struct mesa_instance *environment;
    struct mesa_space     space;
    double               *middle, *half; /* of each number of an action */
};

/* Episodes of n policies, each `n_episodes` of them side by side.  A row is a
 * step of an episode; rows come step by step. */
struct episodes {
    size_t  n, n_episodes, rows; /* rows of one policy */
    float  *state;  /* n by rows by n_states, divided by their scale */
    float  *goal;   /* n by 1 by n_states, divided as well           */
    float  *action; /* n by rows by n_actions: what was done         */
    float  *mean;   /* the same: what the policy was for             */
    float  *gain;   /* n by rows by 1: returns, standardised         */
    double *now;    /* n by n_episodes by n_states                   */
    double *next, *act, *target; /* ... and the goals, n by n_states */
    double *reward; /* n by rows                                     */
    double *total, *distance; /* n: mean return, distance at the end */
};

/* Weights of n networks, side by side. */
struct crew {
    struct mesa_weights *model; /* one of them: names and shapes; lent */
    size_t               n, n_tensors;
    size_t              *count; /* numbers of each tensor    */
    float              **weight; /* each tensor, n by count  */
};

/* Where episodes enter a graph. */
struct episode_nodes {
    mesa_node state, action, mean, gain;
};

/* Policies that act: a program from what they see to what they do. */
struct actors {
    struct crew          crew;
    struct mesa_program *program;
    float               *seen, *goal, *mean; /* one step of all episodes */
};

/* Policies that learn by one gradient step on the episodes bound. */
struct learning {
    struct mesa_program   *program;
    struct mesa_optimizer *optimizer; /* or NULL: plain steps */
    struct episode_nodes   at;
    mesa_node              goal;
};

/* Of PPO: networks that say what returns a state promises. */
struct critics {
    struct mesa_weights *model;
    struct crew          crew;
    struct mesa_program *program;
    float *value, *target; /* n by rows by 1: promised, and what came */
};

enum policy_method { POLICY_LEARNED, POLICY_PPO, POLICY_METHODS };
enum policy_metric { POLICY_RETURN, POLICY_DISTANCE, POLICY_METRICS };

/* Returns and distances: [method][metric][update][goal]. */
struct policy_score {
    size_t  n_goals, n_updates; /* with the one before the first */
    double *value;
    struct episodes last[POLICY_METHODS]; /* after the last update */
};

struct policy {
    /* Parameters. */
    struct mesa_component *loss_component;
    int64_t iterations, meta_batch_size, episodes, inner_steps, outer_epochs,
        reset_interval, log_interval;
    double  inner_lr, meta_lr, discount, std, clip;
    int     policy_init;
    bool    policy_goal, loss_goal;
    int64_t eval_goals, ppo_epochs;
    double  ppo_lr, ppo_clip, ppo_lambda;
    int     ppo_baseline;
    struct mesa_list eval_updates;

    struct policy_world   world;
    struct mesa_instance *estimator;
    struct mesa_weights  *model; /* a policy's: names, shapes, memory */
    struct teacher        teacher;

    /* Training. */
    struct actors        actors;
    struct learning      inner;
    struct episodes     *played; /* of inner steps, and one of the outer */
    struct crew          before; /* the policies before the inner steps  */
    struct mesa_program *outer;
    float                objective;
    double               sum[2]; /* of returns, since a row of metrics */
    uint64_t             n_sum;

    struct policy_score score;
};

enum { POLICY_RESAMPLE, POLICY_FIXED };
enum { PPO_EPISODES, PPO_VALUE };

/* policy_world.c */
mesa_status policy_world_open(struct policy_world *w,
                              const struct mesa_host *host,
                              struct mesa_error *err);
void policy_world_close(struct policy_world *w);
mesa_status episodes_new(const struct policy *p, size_t n,
                         struct episodes *out, struct mesa_error *err);
void episodes_free(struct episodes *e);
/* Goals first ... of a part. */
void episodes_aim(const struct policy *p, const struct mesa_host *host,
                  enum mesa_part part, uint64_t first, struct episodes *e);
/* Play all episodes; with noise, or doing what policies are for.  A policy
 * that gives something else than numbers does nothing, its total and distance
 * are none, and *finite is false. */
mesa_status episodes_play(const struct policy *p, struct actors *a,
                          const struct mesa_rng *rng, bool noise,
                          struct episodes *e, bool *finite,
                          struct mesa_error *err);
/* Of rewards, n rows of n_episodes each, the discounted returns to go; less
 * what episodes get on average from that step on; of unit variance. */
void policy_gains(const double *reward, size_t n_steps, size_t n_episodes,
                  double discount, float *gain);

/* policy_crew.c */
mesa_status crew_new(struct mesa_weights *model, size_t n, struct crew *out,
                     struct mesa_error *err);
void crew_free(struct crew *c);
/* Fresh weights of network k from the stream `name`, first + k; or of all of
 * them from its stream 0. */
void crew_draw(struct crew *c, const struct mesa_host *host, const char *name,
               uint64_t first, bool alike);
void crew_copy(const struct crew *from, struct crew *to);
void crew_inputs(const struct crew *c, struct mesa_graph *g, mesa_node *node);
void crew_bind(const struct crew *c, struct mesa_program *p,
               const mesa_node *node);
mesa_status crew_save(const struct crew *c, struct mesa_archive *to,
                      struct mesa_error *err);
mesa_status crew_load(struct crew *c, const struct mesa_archive *from,
                      struct mesa_error *err);
mesa_status actors_new(const struct policy *p, size_t n, struct actors *out,
                       struct mesa_error *err);
void actors_free(struct actors *a);

/* policy_graph.c */
void policy_episode_inputs(const struct policy *p, struct mesa_graph *g,
                           struct episode_nodes *out);
void policy_episode_bind(const struct episode_nodes *n, struct mesa_program *p,
                         const struct episodes *e);
mesa_node policy_goal_input(const struct policy *p, struct mesa_graph *g);
/* What policies see, and what they are for, of rows of states. */
mesa_node policy_view(const struct policy *p, struct mesa_graph *g,
                      mesa_node state, mesa_node goal);
mesa_node policy_mean(const struct policy *p, struct mesa_graph *g,
                      const mesa_node *weight, mesa_node state,
                      mesa_node goal);
/* Gains under a changed policy, with its ratio clipped: to be large. */
mesa_node policy_surrogate(const struct policy *p, struct mesa_graph *g,
                           mesa_node mean, const struct episode_nodes *e,
                           double clip);
/* next[]: weights after a gradient step on the learned loss. */
void policy_learn(struct policy *p, struct mesa_graph *g,
                  const mesa_node *weight, const struct episode_nodes *e,
                  mesa_node goal, mesa_node *next);
/* The outer objective: minus the surrogate after all inner steps. */
struct policy_nodes {
    mesa_node            *weight; /* the policies before */
    struct episode_nodes *played; /* inner steps, and the outer one */
    mesa_node             goal, objective;
};
mesa_status policy_outer_build(struct policy *p, struct mesa_graph *g,
                               struct policy_nodes *out,
                               struct mesa_error *err);
void policy_nodes_free(struct policy_nodes *n);
mesa_status policy_outer_new(struct policy *p, struct mesa_error *err);
mesa_status policy_inner_new(struct policy *p, const struct actors *a,
                             struct learning *out, struct mesa_error *err);
void learning_free(struct learning *l);

/* ppo.c */
mesa_status ppo_new(struct policy *p, const struct mesa_host *host,
                    const struct actors *a, const struct episodes *e,
                    struct critics *critics, struct learning *out,
                    struct mesa_error *err);
/* The gains of episodes by what critics promise, and what that should be. */
mesa_status ppo_judge(const struct policy *p, struct critics *critics,
                      struct episodes *e, struct mesa_error *err);
void ppo_critics_free(struct critics *c);
/* Generalised advantages of one policy's episodes, standardised, and returns:
 * from rewards and values, steps by n_episodes. */
void ppo_gains(const double *reward, const float *value, size_t n_steps,
               size_t n_episodes, double discount, double lambda, float *gain,
               float *target);

/* policy_test.c */
mesa_status policy_test(struct policy *p, const struct mesa_host *host,
                        struct mesa_metrics *metrics, struct mesa_error *err);
void policy_test_report(const struct policy *p, struct mesa_report *report);
void policy_score_free(struct policy_score *s);
/* Number j of the state at step t of the first episode to goal g; at the
 * horizon, where it has come to. */
double policy_state(const struct policy *p, const struct episodes *e, size_t g,
                    size_t t, size_t j);
/* Of each goal, after so many updates. */
const double *policy_values(const struct policy_score *s, int method,
                            int metric, size_t update);

/* policy_pictures.c */
mesa_status policy_draw(const struct policy *p, struct mesa_report *report,
                        struct mesa_error *err);

#endif
