/* SPDX-License-Identifier: MIT */
/*
 * cart.h - an environment that keeps its promises, for plugins that break
 * one: a cart on a rail, whose place its speed moves and an action its speed.
 */
#ifndef MESA_TESTS_CART_H
#define MESA_TESTS_CART_H

#include <mesa/mesa.h>

#include <math.h>

enum { CART_STATES = 2, CART_HORIZON = 4 };

struct cart {
    double unused;
};

static inline void
cart_space(const void *self, struct mesa_space *out)
{
    static const char *const state[] = { "place", "speed" };
    static const char *const unit[] = { "m", "m/s" };
    static const char *const action[] = { "push" };
    static const double scale[] = { 1, 1 }, low = -1, high = 1;

    (void)self;
    out->n_states = CART_STATES;
    out->n_actions = 1;
    out->horizon = CART_HORIZON;
    out->dt = 0.1;
    out->state = state;
    out->action = action;
    out->unit = unit;
    out->scale = scale;
    out->action_low = &low;
    out->action_high = &high;
}

static inline void
cart_reset(const void *self, double *state, struct mesa_rng *rng)
{
    (void)self;
    state[0] = mesa_rng_uniform(rng);
    state[1] = 0;
}

static inline double
cart_within(double x, double most)
{
    return fmin(fmax(x, -most), most);
}

/* One row; what is far away is brought back. */
static inline void
cart_move(const double *state, double push, double *next)
{
    double speed = cart_within(0.9 * state[1] + 0.1 * push, 1e3);

    next[0] = cart_within(state[0] + 0.1 * speed, 1e6);
    next[1] = speed;
}

static inline void
cart_step(const void *self, size_t n, const double *state,
          const double *action, double *next)
{
    (void)self;
    for (size_t r = 0; r < n; r++)
        cart_move(&state[2 * r], cart_within(action[r], 1), &next[2 * r]);
}

static inline void
cart_goal(const void *self, enum mesa_part part, uint64_t i, double *goal,
          struct mesa_rng *rng)
{
    (void)self, (void)part, (void)i;
    goal[0] = 1 + mesa_rng_uniform(rng);
    goal[1] = 0;
}

static inline double
cart_distance(const void *self, const double *state, const double *goal)
{
    (void)self;
    return fabs(state[0] - goal[0]);
}

static inline void
cart_cost(const void *self, size_t n, const double *state,
          const double *action, const double *next, const double *goal,
          double *out)
{
    (void)state, (void)action;
    for (size_t r = 0; r < n; r++)
        out[r] = cart_distance(self, &next[2 * r], goal);
}

/* The bounds that an episode does not get to are left out. */
static inline mesa_node
cart_build_step(const void *self, struct mesa_graph *g, mesa_node state,
                mesa_node action)
{
    mesa_node push = mesa_clamp(g, action, -1, 1);
    mesa_node place = mesa_slice(g, state, 1, 0, 1);
    mesa_node speed = mesa_slice(g, state, 1, 1, 1);
    mesa_node next[2];

    (void)self;
    next[1] = mesa_add(g, mesa_mul(g, mesa_scalar(g, 0.9), speed),
                       mesa_mul(g, mesa_scalar(g, 0.1), push));
    next[0] = mesa_add(g, place, mesa_mul(g, mesa_scalar(g, 0.1), next[1]));
    return mesa_concat(g, next, 2, 1);
}

static inline mesa_node
cart_build_cost(const void *self, struct mesa_graph *g, mesa_node states,
                mesa_node actions, mesa_node goal, bool shaped)
{
    mesa_node far = mesa_sub(g, states, goal);

    (void)self, (void)actions, (void)shaped;
    return mesa_mean(g, mesa_mul(g, far, far));
}

/* The class table; the last arguments are more designators. */
#define FAULTY_ENVIRONMENT(id, ...)                                     \
    static const struct mesa_environment_class id = {                   \
        MESA_ENVIRONMENT(struct cart), .head.name = #id,                \
        .head.title = "An environment for tests", .space = cart_space,  \
        .reset = cart_reset, .step = cart_step, .goal = cart_goal,      \
        .distance = cart_distance, .cost = cart_cost,                   \
        .build_step = cart_build_step, .build_cost = cart_build_cost,   \
        __VA_ARGS__                                                     \
    };                                                                  \
    MESA_PLUGIN(.name = #id, .version = "1.0", .license = "MIT",        \
                .classes = MESA_CLASSES(&id.head))

/* Overriding a designator is the point of this; compilers warn of it. */
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Woverride-init"
#endif

#endif
