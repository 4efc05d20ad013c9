/* SPDX-License-Identifier: MIT */
/*
 * mountain_car - a car in a valley, too weak to drive straight out of it.
 *
 *     v' = v + dt (gravity mass cos 3p + u / mass - friction v)
 *     p' = p + dt v'
 *
 * as in the code of Bechtle et al. 2021: only then are speed and position
 * kept to their bounds, and the left bound stops the car.  Derivatives pass
 * through the bounds of both, as they do there; through those of the action
 * they do not.
 *
 * An episode costs the norm of states minus goal, all of them as one vector,
 * the start among them.  Shaped, the first `extra_steps` states are to be at
 * the extra goal, up the other slope, and a second norm is of the rest.
 * Distance is that of the position alone: a car that comes faster is there
 * too.  `cost` counts both numbers, as the episode does.  O(1) per step.
 */
#include "common.h"

struct mountain_car {
    double           mass, gravity, friction, dt, max_speed, max_action;
    int64_t          horizon, extra_steps;
    struct mesa_list position_list, start_list, goal_list, extra_list;

    double position[2], start[2], goal[2], extra[2];
    double action_low, action_high;
};

static const struct mesa_param mountain_car_params[] = {
    MESA_REAL(struct mountain_car, mass, "mass", 0.2, 0, 1e6,
              "Of the car; multiplies gravity, divides the action",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct mountain_car, gravity, "gravity", -9.8, -1e6, 1e6,
              "What pulls it downhill; below 0 is down"),
    MESA_REAL(struct mountain_car, friction, "friction", 0.3, 0, 1e6,
              "Of the speed, per second"),
    MESA_REAL(struct mountain_car, dt, "dt", 0.1, 0, 10, "Seconds per step",
              .flags = MESA_PARAM_OPEN_MIN),
    NUMBERS(struct mountain_car, position_list, "positions", "-1.2, 0.5",
            "Where there is a road: from, to"),
    MESA_REAL(struct mountain_car, max_speed, "max_speed", 1.5, 0, 1e6,
              "Bound of the speed, both ways", .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct mountain_car, max_action, "max_action", 0.25, 0, 1e6,
              "Bound of the action, both ways", .flags = MESA_PARAM_OPEN_MIN),
    NUMBERS(struct mountain_car, start_list, "start", "-0.55, 0",
            "Position and speed that episodes start with"),
    NUMBERS(struct mountain_car, goal_list, "goal", "0.5, 1.0375",
            "Position and speed to get to"),
    NUMBERS(struct mountain_car, extra_list, "extra_goal", "-0.947, -0.0055",
            "Where to be first, for shaping; empty for none"),
    MESA_INT(struct mountain_car, extra_steps, "extra_steps", 15, 1, 1000000,
             "States, the start among them, to be at the extra goal"),
    MESA_INT(struct mountain_car, horizon, "horizon", 35, 1, 1000000,
             "Steps of an episode"),
    MESA_PARAM_END
};

static mesa_status
check_numbers(const struct mountain_car *c, struct mesa_error *err)
{
    const double most = c->dt / c->mass * c->max_action;

    if (!(most < 1e12))
        return mesa_fail(err, MESA_EINVAL,
                         "with this mass one step may win a speed of %g, "
                         "expected less than 1e12",
                         most);
    if (c->start[0] < c->position[0] || c->start[0] > c->position[1] ||
        fabs(c->start[1]) > c->max_speed)
        return mesa_fail(err, MESA_EINVAL,
                         "start is position %g, speed %g: beyond the bounds",
                         c->start[0], c->start[1]);
    if (c->extra_list.n && c->extra_steps > c->horizon)
        return mesa_fail(err, MESA_EINVAL,
                         "extra_steps is %lld but the horizon only %lld",
                         (long long)c->extra_steps, (long long)c->horizon);
    return MESA_OK;
}

static mesa_status
mountain_car_init(void *self, struct mesa_error *err)
{
    struct mountain_car *c = self;
    mesa_status st = read_range(&c->position_list, "positions", c->position,
                                err);

    if (st == MESA_OK)
        st = read_numbers(&c->start_list, "start", 2, c->start, err);
    if (st == MESA_OK)
        st = read_numbers(&c->goal_list, "goal", 2, c->goal, err);
    if (st == MESA_OK && c->extra_list.n)
        st = read_numbers(&c->extra_list, "extra_goal", 2, c->extra, err);
    c->action_low = -c->max_action;
    c->action_high = c->max_action;
    return st == MESA_OK ? check_numbers(c, err) : st;
}

static const char *const mountain_car_state[] = { "position", "speed" };
static const char *const mountain_car_unit[] = { "m", "m/s" };
static const char *const mountain_car_action[] = { "force" };
static const double mountain_car_scale[] = { 1, 1 };

static void
mountain_car_space(const void *self, struct mesa_space *out)
{
    const struct mountain_car *c = self;

    out->n_states = 2;
    out->n_actions = 1;
    out->horizon = (size_t)c->horizon;
    out->dt = c->dt;
    out->state = mountain_car_state;
    out->action = mountain_car_action;
    out->unit = mountain_car_unit;
    out->scale = mountain_car_scale;
    out->action_low = &c->action_low;
    out->action_high = &c->action_high;
    out->distance_unit = "m";
    out->has_shaping = c->extra_list.n > 0;
}

/* The car on a road whose slope is cos 3p. */
static size_t
mountain_car_outline(const void *self, const double *state, size_t room,
                     double *xy)
{
    (void)self;
    if (room > 0) {
        xy[0] = state[0];
        xy[1] = mesa_math_sin(3 * state[0]) / 3;
    }
    return 1;
}

static void
mountain_car_reset(const void *self, double *state, struct mesa_rng *rng)
{
    const struct mountain_car *c = self;

    (void)rng;
    state[0] = c->start[0];
    state[1] = c->start[1];
}

/* A position is a place on the road, but for callers who ask what becomes of
 * one that is not: the cosine of three times it has to be a number. */
static double
slope(double p)
{
    return mesa_math_cos(3 * within(p, -1e300, 1e300));
}

/* The factors of speed, slope and action in the new speed. */
struct factors {
    double v, slope, u;
};

static struct factors
factors(const struct mountain_car *c)
{
    return (struct factors){ 1 - c->friction * c->dt,
                             c->gravity * c->mass * c->dt, c->dt / c->mass };
}

static void
mountain_car_step(const void *self, size_t n, const double *state,
                  const double *action, double *next)
{
    const struct mountain_car *c = self;
    const struct factors f = factors(c);

    for (size_t r = 0; r < n; r++) {
        double u = within(action[r], c->action_low, c->action_high);
        double v = f.v * state[2 * r + 1] + f.slope * slope(state[2 * r]) +
                   f.u * u;
        double p = state[2 * r] + c->dt * v;
        bool stopped = p <= c->position[0] && v < 0;

        next[2 * r] = within(p, c->position[0], c->position[1]);
        next[2 * r + 1] = stopped ? 0
                                  : within(v, -c->max_speed, c->max_speed);
    }
}

static mesa_node
mountain_car_build_step(const void *self, struct mesa_graph *g,
                        mesa_node state, mesa_node action)
{
    const struct mountain_car *c = self;
    const struct factors f = factors(c);
    mesa_node zero = mesa_scalar(g, 0);
    mesa_node left = mesa_scalar(g, c->position[0]);
    mesa_node p = columns(g, state, 0, 1), v = columns(g, state, 1, 1);
    mesa_node u = mesa_clamp(g, action, c->action_low, c->action_high);
    mesa_node pull = mesa_cos(g, mesa_mul(g, p, mesa_scalar(g, 3)));
    mesa_node next[2];

    v = mesa_add(g, mesa_mul(g, v, mesa_scalar(g, f.v)),
                 mesa_mul(g, pull, mesa_scalar(g, f.slope)));
    v = mesa_add(g, v, mesa_mul(g, u, mesa_scalar(g, f.u)));
    p = mesa_add(g, p, mesa_mul(g, v, mesa_scalar(g, c->dt)));
    next[0] = mesa_clamp(g, p, c->position[0], c->position[1]);
    next[1] = mesa_select(
        g, mesa_mul(g, mesa_equal(g, next[0], left), mesa_less(g, v, zero)),
        zero, mesa_clamp(g, v, -c->max_speed, c->max_speed));
    next[0] = straight_through(g, next[0], p);
    next[1] = straight_through(g, next[1], v);
    return mesa_concat(g, next, 2, 1);
}

static void
mountain_car_goal(const void *self, enum mesa_part part, uint64_t i,
                  double *goal, struct mesa_rng *rng)
{
    const struct mountain_car *c = self;

    (void)part, (void)i, (void)rng;
    goal[0] = c->goal[0];
    goal[1] = c->goal[1];
}

static double
mountain_car_distance(const void *self, const double *state,
                      const double *goal)
{
    (void)self;
    return fabs(state[0] - goal[0]);
}

static void
mountain_car_cost(const void *self, size_t n, const double *state,
                  const double *action, const double *next,
                  const double *goal, double *out)
{
    const struct mountain_car *c = self;

    (void)state, (void)action;
    for (size_t r = 0; r < n; r++)
        out[r] = norm_between(&next[2 * r], goal ? goal : c->goal, 2);
}

static mesa_node
mountain_car_build_cost(const void *self, struct mesa_graph *g,
                        mesa_node states, mesa_node actions, mesa_node goal,
                        bool shaped)
{
    const struct mountain_car *c = self;
    const size_t first = (size_t)c->extra_steps;
    mesa_node all[2] = { mesa_constant(g, MESA_SHAPE(1, 2), c->start),
                         states };
    mesa_node path = mesa_concat(g, all, 2, 0);
    mesa_node extra, early, late;

    (void)actions;
    if (!shaped || !c->extra_list.n)
        return norm_node(g, mesa_sub(g, path, goal));
    extra = mesa_constant(g, MESA_SHAPE(1, 2), c->extra);
    early = mesa_slice(g, path, 0, 0, first);
    late = mesa_slice(g, path, 0, first, (size_t)c->horizon + 1 - first);
    return mesa_add(g, norm_node(g, mesa_sub(g, early, extra)),
                    norm_node(g, mesa_sub(g, late, goal)));
}

static const struct mesa_environment_class mountain_car = {
    MESA_ENVIRONMENT(struct mountain_car),
    .head.name = "mountain_car",
    .head.title = "A car in a valley, too weak to drive straight out",
    .head.cite = "Bechtle et al., Meta learning via learned loss, ICPR 2021; "
                 "A. Moore, Efficient memory-based learning for robot "
                 "control, PhD thesis, Cambridge 1990",
    .head.flags = MESA_CLASS_DETERMINISTIC,
    .head.params = mountain_car_params,
    .head.init = mountain_car_init,
    .space = mountain_car_space,
    .reset = mountain_car_reset,
    .step = mountain_car_step,
    .goal = mountain_car_goal,
    .distance = mountain_car_distance,
    .cost = mountain_car_cost,
    .build_step = mountain_car_build_step,
    .build_cost = mountain_car_build_cost,
    .outline    = mountain_car_outline,
};

MESA_PLUGIN(.name = "mountain_car", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&mountain_car.head));
