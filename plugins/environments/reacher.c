/* SPDX-License-Identifier: MIT */
/*
 * reacher - a planar arm with two joints, which a torque each turns.
 *
 * Gravity, centrifugal and Coriolis forces are compensated, so that the mass
 * matrix alone says what torques do, and it is constant: a = M^-1 u.  A joint
 * that runs into its limit stops there.  The arm of Bechtle et al. 2021 has
 * links of 0.1 and 0.11 m, and is to get its tip to (0.0253, 0.1986) m while
 * it learns, to (0.0553, 0.1509) afterwards: the joint angles of that are the
 * goals here, at rest.  The default masses put both within reach.
 *
 * With q* where the joints are to be, and means over the states after steps,
 * an episode costs 10 |q_T - q*| + mean |q_t - q*| + 1e-4 mean |v_t|, a step
 * |q - q*| + 1e-4 |v|; distance is |q - q*|.  O(1) per step.
 */
#include "body.h"

#define AT_THE_END 10.0
#define SPEED_COST 1e-4

struct reacher {
    double           dt, max_torque, limit;
    int64_t          horizon;
    struct mesa_list masses, train, test, range_list;

    double      range[2 * DIMS]; /* of q1: from, to; of q2 */
    struct body body;
};

static const struct mesa_param reacher_params[] = {
    NUMBERS(struct reacher, masses, "mass_matrix", "0.11, 0.05, 0.05, 0.05",
            "Torques per acceleration, by rows, in kg m^2; symmetric"),
    MESA_REAL(struct reacher, dt, "dt", 0.01, 0, 10, "Seconds per step",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct reacher, max_torque, "max_torque", 1.0, 0, 1e6,
              "Bound of torques, both ways, in N m",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct reacher, limit, "joint_limit", 3.0, 0, 1e6,
              "Bound of joint angles, both ways, in rad",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_INT(struct reacher, horizon, "horizon", 65, 1, 1000000,
             "Steps of an episode"),
    NUMBERS(struct reacher, train, "train_goals", "1.1225, 0.6126",
            "Pairs of joint angles to learn with, taken in turn"),
    NUMBERS(struct reacher, test, "test_goals", "0.4787, 1.4008",
            "Pairs of joint angles to be judged by, taken in turn"),
    NUMBERS(struct reacher, range_list, "goal_range", NULL,
            "Draw goals to learn with in place of train_goals: of the first "
            "joint from, to; of the second from, to"),
    MESA_PARAM_END
};

static mesa_status
check_pairs(const struct mesa_list *list, const char *key,
            struct mesa_error *err)
{
    if (list->n == 0 || list->n % DIMS)
        return mesa_fail(err, MESA_EINVAL,
                         "%s has %zu numbers, expected pairs of joint angles",
                         key, list->n);
    return MESA_OK;
}

static mesa_status
read_goals(struct reacher *r, struct mesa_error *err)
{
    mesa_status st = check_pairs(&r->train, "train_goals", err);

    if (st == MESA_OK)
        st = check_pairs(&r->test, "test_goals", err);
    if (st != MESA_OK || r->range_list.n == 0)
        return st;
    st = read_numbers(&r->range_list, "goal_range", 2 * DIMS, r->range, err);
    for (size_t j = 0; st == MESA_OK && j < DIMS; j++)
        if (r->range[2 * j] > r->range[2 * j + 1])
            return mesa_fail(err, MESA_EINVAL,
                             "goal_range is from %g to %g: the lower one "
                             "comes first",
                             r->range[2 * j], r->range[2 * j + 1]);
    return st;
}

static mesa_status
reacher_init(void *self, struct mesa_error *err)
{
    struct reacher *r = self;
    double m[DIMS * DIMS], inverse[DIMS * DIMS], det;
    mesa_status st = read_numbers(&r->masses, "mass_matrix", DIMS * DIMS, m,
                                  err);

    if (st != MESA_OK)
        return st;
    det = m[0] * m[3] - m[1] * m[2];
    if (m[1] != m[2] || !(m[0] > 0) || !(det > 0))
        return mesa_fail(err, MESA_EINVAL,
                         "mass_matrix is not symmetric with positive "
                         "eigenvalues: nothing moves like that");
    inverse[0] = m[3] / det;
    inverse[1] = inverse[2] = -m[1] / det;
    inverse[3] = m[0] / det;
    body_init(&r->body, inverse, r->dt, r->limit, r->max_torque);
    st = body_check(&r->body, "mass_matrix", err);
    return st == MESA_OK ? read_goals(r, err) : st;
}

static const char *const reacher_state[] = { "q1", "q2", "v1", "v2" };
static const char *const reacher_unit[] = { "rad", "rad", "rad/s", "rad/s" };
static const char *const reacher_action[] = { "torque1", "torque2" };
static const double reacher_scale[] = { 1, 1, 8, 8 };

static void
reacher_space(const void *self, struct mesa_space *out)
{
    const struct reacher *r = self;

    out->n_states = STATES;
    out->n_actions = DIMS;
    out->horizon = (size_t)r->horizon;
    out->dt = r->dt;
    out->state = reacher_state;
    out->action = reacher_action;
    out->unit = reacher_unit;
    out->scale = reacher_scale;
    out->action_low = r->body.low;
    out->action_high = r->body.high;
    out->distance_unit = "rad";
    out->has_shaping = false;
}

/* Base, elbow and tip of the published arm. */
static size_t
reacher_outline(const void *self, const double *state, size_t room,
                double *xy)
{
    static const double length[DIMS] = { 0.1, 0.11 };
    double x = 0, y = 0, angle = 0;

    (void)self;
    for (size_t i = 0; i <= DIMS; i++) {
        if (i > 0) {
            angle += state[i - 1];
            x += length[i - 1] * mesa_math_cos(angle);
            y += length[i - 1] * mesa_math_sin(angle);
        }
        if (i < room) {
            xy[2 * i] = x;
            xy[2 * i + 1] = y;
        }
    }
    return DIMS + 1;
}

static void
reacher_reset(const void *self, double *state, struct mesa_rng *rng)
{
    (void)self, (void)rng;
    for (size_t j = 0; j < STATES; j++)
        state[j] = 0;
}

static void
reacher_step(const void *self, size_t n, const double *state,
             const double *action, double *next)
{
    const struct reacher *r = self;

    body_step(&r->body, n, state, action, next);
}

static mesa_node
reacher_build_step(const void *self, struct mesa_graph *g, mesa_node state,
                   mesa_node action)
{
    const struct reacher *r = self;

    return body_build_step(&r->body, g, state, action);
}

static void
reacher_goal(const void *self, enum mesa_part part, uint64_t i, double *goal,
             struct mesa_rng *rng)
{
    const struct reacher *r = self;
    const struct mesa_list *l = part == MESA_PART_TRAIN ? &r->train : &r->test;
    const size_t first = DIMS * (size_t)(i % (l->n / DIMS));

    for (size_t j = 0; j < DIMS; j++) {
        goal[j] = part == MESA_PART_TRAIN && r->range_list.n
                      ? uniform(r->range[2 * j], r->range[2 * j + 1], rng)
                      : l->value[first + j];
        goal[DIMS + j] = 0;
    }
}

static double
reacher_distance(const void *self, const double *state, const double *goal)
{
    (void)self;
    return norm_between(state, goal, DIMS);
}

static void
reacher_cost(const void *self, size_t n, const double *state,
             const double *action, const double *next, const double *goal,
             double *out)
{
    static const double rest[STATES];

    (void)self, (void)state, (void)action;
    for (size_t i = 0; i < n; i++) {
        const double *s = &next[i * STATES];

        out[i] = norm_between(s, goal ? goal : rest, DIMS) +
                 SPEED_COST * norm_between(&s[DIMS], rest, DIMS);
    }
}

static mesa_node
reacher_build_cost(const void *self, struct mesa_graph *g, mesa_node states,
                   mesa_node actions, mesa_node goal, bool shaped)
{
    const struct reacher *r = self;
    mesa_node to_go = row_norms(g, mesa_sub(g, columns(g, states, 0, DIMS),
                                            columns(g, goal, 0, DIMS)));
    mesa_node speeds = row_norms(g, columns(g, states, DIMS, DIMS));
    mesa_node last = mesa_sum(
        g, mesa_slice(g, to_go, 0, (size_t)r->horizon - 1, 1));
    mesa_node cost = mesa_add(
        g, mesa_mul(g, last, mesa_scalar(g, AT_THE_END)),
        mesa_mean(g, to_go));

    (void)actions, (void)shaped;
    return mesa_add(g, cost, mesa_mul(g, mesa_mean(g, speeds),
                                      mesa_scalar(g, SPEED_COST)));
}

static const struct mesa_environment_class reacher = {
    MESA_ENVIRONMENT(struct reacher),
    .head.name = "reacher",
    .head.title = "A planar arm with two joints, turned by torques",
    .head.cite = "Bechtle et al., Meta learning via learned loss, ICPR 2021",
    .head.params = reacher_params,
    .head.init = reacher_init,
    .space = reacher_space,
    .reset = reacher_reset,
    .step = reacher_step,
    .goal = reacher_goal,
    .distance = reacher_distance,
    .cost = reacher_cost,
    .build_step = reacher_build_step,
    .build_cost = reacher_build_cost,
    .outline    = reacher_outline,
};

MESA_PLUGIN(.name = "reacher", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&reacher.head));
