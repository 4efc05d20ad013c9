/* SPDX-License-Identifier: MIT */
/*
 * mesa/environment.h - what a policy acts in: INI section [environment].
 *
 * An environment has no state of its own: a state is some numbers, and what
 * an action makes of it is a function.  Episodes run side by side, n rows of
 * states, all of them `horizon` steps long.  A goal is a state to be in.
 */
#ifndef MESA_ENVIRONMENT_H
#define MESA_ENVIRONMENT_H

#include <mesa/bundle.h>
#include <mesa/component.h>
#include <mesa/data.h>
#include <mesa/ops.h>
#include <mesa/random.h>

/* Names and numbers belong to the environment and live as long as it does.
 * All are there, but for distance_unit; sizes, horizon, dt and scales are above
 * 0, and bounds are finite, the lower one first. */
struct mesa_space {
    uint32_t           struct_size;
    uint32_t           n_states;  /* numbers of a state, and of a goal      */
    uint32_t           n_actions; /* numbers of an action                   */
    size_t             horizon;   /* steps of an episode                    */
    double             dt;        /* seconds between two states             */
    const char *const *state, *const *action; /* what numbers are called    */
    const char *const *unit;      /* of the numbers of a state: "m", "rad/s" */
    const double      *scale;     /* their usual size; networks divide by it */
    const double      *action_low, *action_high; /* step takes no more      */
    const char        *distance_unit; /* of the slot distance; or NULL      */
    bool               has_shaping; /* build_cost knows more than the goal  */
};

struct mesa_environment_class {
    struct mesa_class head;

    /* Required.  Fill *out, zeros but for struct_size, which is the caller's;
     * a function of the parameters alone. */
    void (*space)(const void *self, struct mesa_space *out);

    /* Required.  The state that an episode starts in. */
    void (*reset)(const void *self, double *state, struct mesa_rng *rng);

    /* Required.  next (n by n_states) from state (n by n_states) and action
     * (n by n_actions), row by row; next may be state.  Finite for whatever
     * is finite; actions out of bounds are those at the bounds. */
    void (*step)(const void *self, size_t n, const double *state,
                 const double *action, double *next);

    /* Optional.  Where episode i of a part is to get to: training goals, and
     * others that nothing was learnt from.  If absent, there are none. */
    void (*goal)(const void *self, enum mesa_part part, uint64_t i,
                 double *goal, struct mesa_rng *rng);

    /* Optional, with goal.  How far a state is from a goal: 0 at it, nowhere
     * less. */
    double (*distance)(const void *self, const double *state,
                       const double *goal);

    /* Optional.  What one step costs, of n rows: a state, the action there,
     * the state after it, and the goal (NULL without goals). */
    void (*cost)(const void *self, size_t n, const double *state,
                 const double *action, const double *next,
                 const double *goal, double *out);

    /* Optional.  step as nodes: rows by n_states and rows by n_actions give
     * rows by n_states.  The derivative is that of the dynamics; at a bound,
     * that of the inside. */
    mesa_node (*build_step)(const void *self, struct mesa_graph *g,
                            mesa_node state, mesa_node action);

    /* Optional.  What an episode costs, of rank 0: states after each step
     * (horizon by n_states), actions (horizon by n_actions), the goal (1 by
     * n_states, or 0).  shaped: with what has_shaping promises. */
    mesa_node (*build_cost)(const void *self, struct mesa_graph *g,
                            mesa_node states, mesa_node actions,
                            mesa_node goal, bool shaped);

    /* Optional, for pictures.  What a state looks like in a plane: x and y, in
     * m, of points of a body, joined in order.  Writes no more than `room` of
     * them; returns how many there are, which is always the same. */
    size_t (*outline)(const void *self, const double *state, size_t room,
                      double *xy);
};

#define MESA_ENVIRONMENT(T) \
    MESA_HEAD_(struct mesa_environment_class, MESA_KIND_ENVIRONMENT, 1, T)

#endif
