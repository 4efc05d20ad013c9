/* SPDX-License-Identifier: MIT */
/* control.h - learned losses for policies: what its files share. */
#ifndef MESA_METALEARNERS_CONTROL_H
#define MESA_METALEARNERS_CONTROL_H

#include "dynamics.h"
#include "teacher.h"

enum control_policies { CONTROL_RESAMPLE, CONTROL_FIXED };
enum control_inner { CONTROL_ACTIONS, CONTROL_EPISODE };
enum control_model { CONTROL_TRUE, CONTROL_LEARNED };
enum control_extra { CONTROL_FAR, CONTROL_WAY, CONTROL_GAINS };
enum { CONTROL_MOST_STEPS = 64 };

/* How a state follows from another, as nodes of a graph. */
struct control_dynamics {
    void *context;
    /* Optional.  Inputs of its own in a graph, before its steps; what they
     * are bound to in a program. */
    void (*inputs)(void *context, struct mesa_graph *g);
    void (*bind)(void *context, struct mesa_program *p);
    /* 1 by n_states from 1 by n_states and 1 by n_actions. */
    mesa_node (*step)(void *context, struct mesa_graph *g, mesa_node state,
                      mesa_node action);
};

/* Policies in memory, each with a goal, side by side: the tasks of programs. */
struct control_crew {
    size_t  n;
    float **weight;       /* each tensor, of all policies               */
    double *now, *action; /* where they are, and what they do           */
    double *from, *to;    /* start and goal: n by n_states              */
    float  *start, *goal; /* the same, for programs                     */

    /* What they did: n by horizon by n_states (before and after an action)
     * or by n_actions. */
    float *states, *next, *actions;
    float *last, *cost; /* the last state; what it cost */
    bool  *lost; /* policies with weights or actions that are no numbers */

    /* Programs, where wanted: what all do in a state each, what episodes
     * cost, a step of adaptation by the learned loss, by the cost. */
    struct mesa_program *act, *price, *learn, *descend;
    float               *seen, *did; /* of act */
};

/* Some episodes after some steps of adaptation, by both losses. */
enum { CONTROL_LEARNT, CONTROL_BASELINE, CONTROL_METHODS };
enum { CONTROL_COST, CONTROL_DISTANCE, CONTROL_REACHED, CONTROL_SCORES };
enum { CONTROL_MOST_TRIALS = 3 };

struct control_trial {
    const char         *split;
    bool                done;
    enum mesa_part      part;  /* of the goals    */
    bool                fresh; /* of the policies */
    size_t              n_policies, n_goals;
    struct control_crew crew;
    /* Of each method, number of steps, episode: scores; the states from the
     * start on (horizon + 1), actions (horizon). */
    double *score;
    float  *states, *actions;
};

struct control {
    /* Parameters. */
    int64_t          iterations, meta_batch_size, inner_steps;
    double           inner_lr, meta_lr, min_meta_lr;
    int              policy_init, inner_gradient, dynamics, extra;
    bool             goal_input, shaping, detach, pass_bounds;
    bool             cosine_annealing;
    struct mesa_list eval_steps;
    int64_t          eval_policies, eval_goals, eval_interval, log_interval;
    double           reach_distance;

    /* Who acts where, to learn what. */
    struct mesa_instance   *environment, *estimator;
    struct mesa_space       space;
    struct mesa_weights    *policy; /* one, to draw */
    size_t                  n;      /* its tensors  */
    struct control_dynamics model;
    struct teacher          teacher;

    struct control_crew  crew;
    struct mesa_program *program;
    struct dynamics       learned; /* dynamics = learned */
    struct dynamics_nodes nodes;   /* of the last graph  */
    struct control_crew   real;    /* what it learns from */

    double               sum; /* costs since the last row of metrics.csv */
    uint64_t             n_summed;

    struct control_trial trial[CONTROL_MOST_TRIALS];
    size_t               n_trials;
};

/* rollout.c: an episode as nodes. */
struct control_episode {
    mesa_node  states, next; /* horizon by n_states: before and after actions */
    mesa_node  actions;      /* horizon by n_actions                        */
    mesa_node  last;         /* 1 by n_states                               */
    mesa_node *node;         /* one by one: actions, states, next           */
};
/* What a policy does in states (rows by n_states), rows by n_actions. */
mesa_node control_act(const struct control *c, struct mesa_graph *g,
                      const mesa_node *weight, mesa_node states,
                      mesa_node goal);
/* An episode.  Derivatives go back to its actions, but not to the weights of
 * the policy: those are what control_surrogate is for. */
mesa_status control_roll(const struct control *c, struct mesa_graph *g,
                         const mesa_node *weight, mesa_node start,
                         mesa_node goal, struct control_episode *out,
                         struct mesa_error *err);
void control_episode_free(struct control_episode *e);
/* A number with the derivative, by the policy's weights, of an episode's
 * cost: that of the actions at each state, times what they cost. */
mesa_node control_surrogate(const struct control *c, struct mesa_graph *g,
                            const mesa_node *weight, mesa_node goal,
                            const struct control_episode *e, mesa_node cost);

/* control_gains.c: 1 by n_states times n_actions, from an episode. */
mesa_node control_gains(const struct control *c, struct mesa_graph *g,
                        mesa_node states, mesa_node actions);

/* control_graph.c: what programs compute. */
struct control_nodes {
    mesa_node *weight, *next, *gradient; /* of policies                   */
    mesa_node  start, goal;              /* 1 by n_states, of each        */
    mesa_node  states, last;             /* of an episode that is over    */
    mesa_node  cost, objective;          /* of each; shared               */
};
mesa_status control_nodes_new(const struct control *c, struct mesa_graph *g,
                              struct control_nodes *n,
                              struct mesa_error *err);
void control_nodes_free(struct control_nodes *n);
/* From weight, start and goal: next, after the inner steps, cost and
 * objective of the episode with next. */
mesa_status control_build(const struct control *c, struct mesa_graph *g,
                          struct control_nodes *n, struct mesa_error *err);
/* One iteration of c's crew, with an update of the loss. */
mesa_status control_program_new(struct control *c, struct mesa_error *err);
mesa_status control_crew_programs(struct control *c, struct control_crew *crew,
                                  struct mesa_error *err);

/* crew.c: episodes in memory, and in the environment itself. */
mesa_status control_crew_new(const struct control *c, size_t n,
                             struct control_crew *out,
                             struct mesa_error *err);
void control_crew_free(const struct control *c, struct control_crew *crew);
/* The policy, and the start and goal i of a part, of one of them. */
void control_crew_policy(struct control *c, struct control_crew *crew,
                         size_t at, const struct mesa_rng *rng);
void control_crew_goal(const struct control *c, struct control_crew *crew,
                       size_t at, enum mesa_part part, uint64_t i,
                       const struct mesa_rng *rng);
/* Episodes of all of them: states, next, actions, last, cost.  A policy that
 * is lost does nothing, and its actions and cost are no numbers. */
mesa_status control_crew_run(const struct control *c, struct control_crew *crew,
                             struct mesa_error *err);

/* control_learned.c: dynamics = learned; nothing if they are the true ones.
 * open comes before programs, ready when the loss is there; train is part of
 * iteration i, and with *stopped, for the host says stop, has done nothing. */
mesa_status control_learned_open(struct control *c,
                                 const struct mesa_host *host,
                                 struct mesa_error *err);
mesa_status control_learned_ready(struct control *c, struct mesa_error *err);
void control_learned_close(struct control *c);
mesa_status control_learned_train(struct control *c,
                                  const struct mesa_host *host, uint64_t i,
                                  struct mesa_metrics *metrics, bool *stopped,
                                  struct mesa_error *err);

/* control_test.c: policies that nothing was learnt from.  An evaluation is a
 * step of its own, which ends, with nothing, when the host says stop. */
mesa_status control_check_eval(const struct control *c,
                               struct mesa_error *err);
mesa_status control_trials_new(struct control *c, struct mesa_error *err);
void control_trials_free(struct control *c);
mesa_status control_evaluate(struct control *c, const struct mesa_host *host,
                             struct mesa_metrics *metrics,
                             struct mesa_error *err);
void control_report(const struct control *c, struct mesa_report *report);
/* Where numbers of episode e after eval_steps[k] are. */
size_t control_place(const struct control *c, const struct control_trial *t,
                     int method, size_t k, size_t e);

/* control_pictures.c */
mesa_status control_draw(const struct control *c, struct mesa_report *report,
                         struct mesa_error *err);

#endif
