/* SPDX-License-Identifier: MIT */
/* toy_environment.c - what metalearners act in, known to nobody else. */
#include "toy_environment.h"

#include <math.h>

enum { PLACE, SPEED, STATES, HORIZON = 5 };

static const double dt = 0.2, drag = 0.9;

struct cart {
    bool none;
};

static void
cart_space(const void *self, struct mesa_space *out)
{
    static const char *const state[] = { "place", "speed" };
    static const char *const unit[] = { "m", "m/s" };
    static const char *const action[] = { "push" };
    static const double scale[] = { 1, 1 }, low = -1, high = 1;

    (void)self;
    out->n_states = STATES;
    out->n_actions = 1;
    out->horizon = HORIZON;
    out->dt = dt;
    out->state = state;
    out->action = action;
    out->unit = unit;
    out->scale = scale;
    out->action_low = &low;
    out->action_high = &high;
    out->distance_unit = "m";
}

static void
cart_reset(const void *self, double *state, struct mesa_rng *rng)
{
    (void)self;
    state[PLACE] = 0.1 * mesa_rng_normal(rng);
    state[SPEED] = 0;
}

static double
within(double x, double most)
{
    return fmin(fmax(x, -most), most);
}

static void
cart_step(const void *self, size_t n, const double *state,
          const double *action, double *next)
{
    (void)self;
    for (size_t r = 0; r < n; r++, state += STATES, next += STATES) {
        double speed = drag * within(state[SPEED], 1e6) +
                       dt * within(action[r], 1);

        next[PLACE] = within(state[PLACE], 1e6) + dt * speed;
        next[SPEED] = speed;
    }
}

static void
cart_goal(const void *self, enum mesa_part part, uint64_t i, double *goal,
          struct mesa_rng *rng)
{
    (void)self, (void)i;
    goal[PLACE] = part == MESA_PART_TRAIN ? mesa_rng_uniform(rng)
                                          : -mesa_rng_uniform(rng);
    goal[SPEED] = 0;
}

static double
cart_distance(const void *self, const double *state, const double *goal)
{
    (void)self;
    return fabs(state[PLACE] - goal[PLACE]);
}

static void
cart_cost(const void *self, size_t n, const double *state,
          const double *action, const double *next, const double *goal,
          double *out)
{
    (void)state, (void)action;
    for (size_t r = 0; r < n; r++)
        out[r] = cart_distance(self, &next[r * STATES], goal);
}

static mesa_node
cart_build_step(const void *self, struct mesa_graph *g, mesa_node state,
                mesa_node action)
{
    mesa_node place = mesa_slice(g, state, 1, PLACE, 1);
    mesa_node speed = mesa_slice(g, state, 1, SPEED, 1);
    mesa_node push = mesa_clamp(g, action, -1, 1);
    mesa_node next[STATES];

    (void)self;
    next[SPEED] = mesa_add(g, mesa_mul(g, speed, mesa_scalar(g, drag)),
                           mesa_mul(g, push, mesa_scalar(g, dt)));
    next[PLACE] = mesa_add(g, place,
                           mesa_mul(g, next[SPEED], mesa_scalar(g, dt)));
    return mesa_concat(g, next, STATES, 1);
}

static mesa_node
cart_build_cost(const void *self, struct mesa_graph *g, mesa_node states,
                mesa_node actions, mesa_node goal, bool shaped)
{
    mesa_node far = mesa_sub(g, states, goal);

    (void)self, (void)actions, (void)shaped;
    return mesa_mean(g, mesa_mul(g, far, far));
}

const struct mesa_environment_class toy_environment_class = {
    MESA_ENVIRONMENT(struct cart),
    .head.name  = "toy_environment",
    .head.title = "An environment of mesa-conform",
    .space      = cart_space,
    .reset      = cart_reset,
    .step       = cart_step,
    .goal       = cart_goal,
    .distance   = cart_distance,
    .cost       = cart_cost,
    .build_step = cart_build_step,
    .build_cost = cart_build_cost,
};

const struct mesa_environment_class toy_bare_class = {
    MESA_ENVIRONMENT(struct cart),
    .head.name  = "toy_bare",
    .head.title = "An environment of mesa-conform without optional slots",
    .space      = cart_space,
    .reset      = cart_reset,
    .step       = cart_step,
};
