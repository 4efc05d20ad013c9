/* SPDX-License-Identifier: MIT */
/* pendulum.c - an environment of your own: a pendulum, to be swung up. */
#include <mesa/mesa.h>

#include <math.h>

enum { ANGLE, SPEED, STATES, STEPS = 60 };

static const double pi = 3.14159265358979323846, dt = 0.05, gravity = 9.81;
static const double most_torque = 4, most_speed = 20;

struct pendulum {
    double friction;
};

static const struct mesa_param pendulum_params[] = {
    MESA_REAL(struct pendulum, friction, "friction", 0.1, 0, 10,
              "Share of the speed that is lost per second"),
    MESA_PARAM_END
};

static void
pendulum_space(const void *self, struct mesa_space *out)
{
    static const char *const state[] = { "angle", "speed" };
    static const char *const unit[] = { "rad", "rad/s" };
    static const char *const action[] = { "torque" };
    static const double scale[] = { 3, 8 };
    static const double low = -4, high = 4;

    (void)self;
    out->n_states = STATES;
    out->n_actions = 1;
    out->horizon = STEPS;
    out->dt = dt;
    out->state = state;
    out->unit = unit;
    out->scale = scale;
    out->action = action;
    out->action_low = &low;
    out->action_high = &high;
    out->distance_unit = "rad";
}

/* It hangs, nearly still. */
static void
pendulum_reset(const void *self, double *state, struct mesa_rng *rng)
{
    (void)self;
    state[ANGLE] = 0.01 * mesa_rng_normal(rng);
    state[SPEED] = 0;
}

static double
within(double x, double most)
{
    return x < -most ? -most : x > most ? most : x;
}

static void
pendulum_step(const void *self, size_t n, const double *state,
              const double *action, double *next)
{
    const struct pendulum *p = self;

    for (size_t r = 0; r < n; r++, state += STATES, next += STATES) {
        double pull = -gravity * mesa_math_sin(state[ANGLE]);
        double speed = state[SPEED] * (1 - p->friction * dt) +
                       (pull + within(action[r], most_torque)) * dt;

        next[SPEED] = within(speed, most_speed);
        next[ANGLE] = within(state[ANGLE], 1e6) + next[SPEED] * dt;
    }
}

/* The numbers of value, the derivative of x: out of a bound, too. */
static mesa_node
straight_through(struct mesa_graph *g, mesa_node value, mesa_node x)
{
    return mesa_add(g, mesa_stop_gradient(g, value),
                    mesa_sub(g, x, mesa_stop_gradient(g, x)));
}

static mesa_node
pendulum_build_step(const void *self, struct mesa_graph *g, mesa_node state,
                    mesa_node action)
{
    const struct pendulum *p = self;
    mesa_node angle = mesa_slice(g, state, 1, ANGLE, 1);
    mesa_node speed = mesa_slice(g, state, 1, SPEED, 1);
    mesa_node torque = mesa_clamp(g, action, -most_torque, most_torque);
    mesa_node pull = mesa_mul(g, mesa_sin(g, angle),
                              mesa_scalar(g, -gravity));
    mesa_node next[STATES];

    speed = mesa_mul(g, speed, mesa_scalar(g, 1 - p->friction * dt));
    speed = mesa_add(g, speed, mesa_mul(g, mesa_add(g, pull, torque),
                                        mesa_scalar(g, dt)));
    next[SPEED] = straight_through(
        g, mesa_clamp(g, speed, -most_speed, most_speed), speed);
    next[ANGLE] = mesa_add(g, angle, mesa_mul(g, next[SPEED],
                                              mesa_scalar(g, dt)));
    return mesa_concat(g, next, STATES, 1);
}

/* Up, on the left or on the right, and at rest there. */
static void
pendulum_goal(const void *self, enum mesa_part part, uint64_t i, double *goal,
              struct mesa_rng *rng)
{
    (void)self, (void)i;
    goal[ANGLE] = (part == MESA_PART_TRAIN ? pi : -pi) *
                  (0.9 + 0.1 * mesa_rng_uniform(rng));
    goal[SPEED] = 0;
}

static double
pendulum_distance(const void *self, const double *state, const double *goal)
{
    (void)self;
    return fabs(state[ANGLE] - goal[ANGLE]);
}

static void
pendulum_cost(const void *self, size_t n, const double *state,
              const double *action, const double *next, const double *goal,
              double *out)
{
    (void)state, (void)action;
    for (size_t r = 0; r < n; r++)
        out[r] = pendulum_distance(self, &next[r * STATES], goal);
}

/* The mean square of what is missing, which has a derivative at the goal. */
static mesa_node
pendulum_build_cost(const void *self, struct mesa_graph *g, mesa_node states,
                    mesa_node actions, mesa_node goal, bool shaped)
{
    mesa_node missing = mesa_sub(g, mesa_slice(g, states, 1, ANGLE, 1),
                                 mesa_slice(g, goal, 1, ANGLE, 1));

    (void)self, (void)actions, (void)shaped;
    return mesa_mean(g, mesa_mul(g, missing, missing));
}

static const struct mesa_environment_class pendulum = {
    MESA_ENVIRONMENT(struct pendulum),
    .head.name   = "pendulum",
    .head.title  = "A pendulum, to be swung up",
    .head.params = pendulum_params,
    .space       = pendulum_space,
    .reset       = pendulum_reset,
    .step        = pendulum_step,
    .goal        = pendulum_goal,
    .distance    = pendulum_distance,
    .cost        = pendulum_cost,
    .build_step  = pendulum_build_step,
    .build_cost  = pendulum_build_cost,
};

MESA_PLUGIN(.name = "pendulum", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&pendulum.head));
