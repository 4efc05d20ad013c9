/* SPDX-License-Identifier: MIT */
/*
 * pointmass - a mass in a plane, pushed to a goal: a double integrator.
 *
 * Episodes start at rest near the origin.  Goals lie around it, at rest, in a
 * range of directions to learn with and another one to be judged by: by
 * default a quarter of all directions that nothing was learnt in.  The plane
 * ends at the walls of a room, which stop what runs into them.
 *
 * A step costs the distance to the goal after it plus control_cost |u|^2, of
 * the force that the bounds leave; an episode the mean of its steps.  O(1)
 * per step.
 */
#include "body.h"

#define PER_DEGREE (3.14159265358979323846 / 180)

struct pointmass {
    double           mass, dt, max_force, room, spread, control_cost;
    int64_t          horizon;
    struct mesa_list distance_list, train_list, test_list;

    double      distance[2], train[2], test[2];
    struct body body;
};

static const struct mesa_param pointmass_params[] = {
    MESA_REAL(struct pointmass, mass, "mass", 1.0, 0, 1e6, "In kg",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct pointmass, dt, "dt", 0.1, 0, 10, "Seconds per step",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct pointmass, max_force, "max_force", 1.0, 0, 1e6,
              "Bound of each force, both ways, in N",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct pointmass, room, "room", 10.0, 0, 1e6,
              "Where the walls are, from the origin, in m",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct pointmass, spread, "start_spread", 0.1, 0, 1e6,
              "Episodes start up to that far from the origin, along both "
              "axes, in m"),
    MESA_REAL(struct pointmass, control_cost, "control_cost", 0.01, 0, 1e6,
              "What a force costs, per square newton and step"),
    MESA_INT(struct pointmass, horizon, "horizon", 50, 1, 1000000,
             "Steps of an episode"),
    NUMBERS(struct pointmass, distance_list, "goal_distance", "1, 1",
            "How far from the origin goals are: from, to, in m"),
    NUMBERS(struct pointmass, train_list, "train_angles", "0, 270",
            "Directions of goals to learn with: from, to, in degrees"),
    NUMBERS(struct pointmass, test_list, "test_angles", "270, 360",
            "Directions of goals to be judged by: from, to, in degrees"),
    MESA_PARAM_END
};

static mesa_status
pointmass_init(void *self, struct mesa_error *err)
{
    struct pointmass *p = self;
    const double inverse[DIMS * DIMS] = { 1 / p->mass, 0, 0, 1 / p->mass };
    mesa_status st = read_range(&p->distance_list, "goal_distance",
                                p->distance, err);

    if (st == MESA_OK)
        st = read_range(&p->train_list, "train_angles", p->train, err);
    if (st == MESA_OK)
        st = read_range(&p->test_list, "test_angles", p->test, err);
    body_init(&p->body, inverse, p->dt, p->room, p->max_force);
    if (st == MESA_OK)
        st = body_check(&p->body, "mass", err);
    if (st == MESA_OK && p->spread > p->room)
        return mesa_fail(err, MESA_EINVAL,
                         "start_spread is %g but the walls are at %g",
                         p->spread, p->room);
    return st;
}

static const char *const pointmass_state[] = { "x", "y", "vx", "vy" };
static const char *const pointmass_unit[] = { "m", "m", "m/s", "m/s" };
static const char *const pointmass_action[] = { "fx", "fy" };
static const double pointmass_scale[] = { 1, 1, 1, 1 };

static void
pointmass_space(const void *self, struct mesa_space *out)
{
    const struct pointmass *p = self;

    out->n_states = STATES;
    out->n_actions = DIMS;
    out->horizon = (size_t)p->horizon;
    out->dt = p->dt;
    out->state = pointmass_state;
    out->action = pointmass_action;
    out->unit = pointmass_unit;
    out->scale = pointmass_scale;
    out->action_low = p->body.low;
    out->action_high = p->body.high;
    out->distance_unit = "m";
    out->has_shaping = false;
}

static void
pointmass_reset(const void *self, double *state, struct mesa_rng *rng)
{
    const struct pointmass *p = self;

    for (size_t j = 0; j < DIMS; j++) {
        state[j] = uniform(-p->spread, p->spread, rng);
        state[DIMS + j] = 0;
    }
}

static void
pointmass_step(const void *self, size_t n, const double *state,
               const double *action, double *next)
{
    const struct pointmass *p = self;

    body_step(&p->body, n, state, action, next);
}

static mesa_node
pointmass_build_step(const void *self, struct mesa_graph *g, mesa_node state,
                     mesa_node action)
{
    const struct pointmass *p = self;

    return body_build_step(&p->body, g, state, action);
}

static void
pointmass_goal(const void *self, enum mesa_part part, uint64_t i,
               double *goal, struct mesa_rng *rng)
{
    const struct pointmass *p = self;
    const double *angles = part == MESA_PART_TRAIN ? p->train : p->test;
    double angle = uniform(angles[0], angles[1], rng) * PER_DEGREE;
    double far = uniform(p->distance[0], p->distance[1], rng);

    (void)i; /* each has a stream of its own */
    goal[0] = far * mesa_math_cos(angle);
    goal[1] = far * mesa_math_sin(angle);
    goal[2] = goal[3] = 0;
}

static double
pointmass_distance(const void *self, const double *state, const double *goal)
{
    (void)self;
    return norm_between(state, goal, DIMS);
}

static void
pointmass_cost(const void *self, size_t n, const double *state,
               const double *action, const double *next, const double *goal,
               double *out)
{
    static const double origin[STATES];
    const struct pointmass *p = self;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        out[i] = norm_between(&next[i * STATES], goal ? goal : origin, DIMS);
        for (size_t j = 0; j < DIMS; j++) {
            double u = within(action[i * DIMS + j], p->body.low[j],
                              p->body.high[j]);

            out[i] += p->control_cost * u * u;
        }
    }
}

static mesa_node
pointmass_build_cost(const void *self, struct mesa_graph *g, mesa_node states,
                     mesa_node actions, mesa_node goal, bool shaped)
{
    const struct pointmass *p = self;
    mesa_node to_go = row_norms(g, mesa_sub(g, columns(g, states, 0, DIMS),
                                            columns(g, goal, 0, DIMS)));
    mesa_node u = mesa_clamp(g, actions, p->body.low[0], p->body.high[0]);
    mesa_node effort = mesa_mul(g, mesa_mean(g, mesa_mul(g, u, u)),
                                mesa_scalar(g, DIMS * p->control_cost));

    (void)shaped;
    return mesa_add(g, mesa_mean(g, to_go), effort);
}

static const struct mesa_environment_class pointmass = {
    MESA_ENVIRONMENT(struct pointmass),
    .head.name = "pointmass",
    .head.title = "A mass in a plane, pushed to a goal",
    .head.params = pointmass_params,
    .head.init = pointmass_init,
    .space = pointmass_space,
    .reset = pointmass_reset,
    .step = pointmass_step,
    .goal = pointmass_goal,
    .distance = pointmass_distance,
    .cost = pointmass_cost,
    .build_step = pointmass_build_step,
    .build_cost = pointmass_build_cost,
};

MESA_PLUGIN(.name = "pointmass", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&pointmass.head));
