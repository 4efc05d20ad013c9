/* SPDX-License-Identifier: MIT */
/*
 * test_environment_costs.c - what episodes cost, where goals are, and what
 * is refused.
 */
#include "environment_fixture.h"

static const char *const names[] = { "mountain_car", "pointmass", "reacher" };

/* What an episode costs, and its derivative by states. */
static double
cost_of(const struct world *w, enum mesa_dtype dtype, void *states,
        void *actions, void *goal, bool shaped, void *slope)
{
    const size_t n = w->space.horizon, s = w->space.n_states;
    struct mesa_graph *g = mesa_graph_new(dtype, 1);
    mesa_node in[3], y[2];
    struct mesa_program *p;
    void *const at[3] = { states, actions, goal };
    union {
        double wide;
        float  narrow;
    } cost;

    in[0] = mesa_input(g, MESA_SHARED, MESA_SHAPE(n, s));
    in[1] = mesa_input(g, MESA_SHARED, MESA_SHAPE(n, w->space.n_actions));
    in[2] = mesa_input(g, MESA_SHARED, MESA_SHAPE(1, s));
    y[0] = w->c->build_cost(w->self, g, in[0], in[1], in[2], shaped);
    mesa_grad(g, y[0], in, 1, &y[1]);
    assert_ok(mesa_program_new(g, y, 2, &p, err));
    for (size_t i = 0; i < 3; i++)
        mesa_program_bind(p, in[i], at[i]);
    mesa_program_bind(p, y[0], &cost);
    mesa_program_bind(p, y[1], slope);
    assert_ok(mesa_program_run(p, err));
    mesa_program_free(p);
    mesa_graph_free(g);
    return dtype == MESA_F64 ? cost.wide : (double)cost.narrow;
}

/* An episode of random actions to a goal, and the costs of its steps. */
struct episode {
    double states[MOST_HORIZON * MOST_STATES], goal[MOST_STATES];
    double actions[MOST_HORIZON * MOST_ACTIONS], cost[MOST_HORIZON];
    double slope[MOST_HORIZON * MOST_STATES];
};

static void
act(struct world *w, struct episode *e)
{
    const size_t s = w->space.n_states, a = w->space.n_actions;
    double now[MOST_STATES];

    draw_actions(w, e->actions, w->space.horizon);
    w->c->goal(w->self, MESA_PART_TRAIN, 0, e->goal, &w->rng);
    reset(w, now);
    for (size_t t = 0; t < w->space.horizon; t++) {
        double *next = &e->states[t * s];

        w->c->step(w->self, 1, now, &e->actions[t * a], next);
        w->c->cost(w->self, 1, now, &e->actions[t * a], next, e->goal,
                   &e->cost[t]);
        memcpy(now, next, s * sizeof *now);
    }
}

static double
cost_of_episode(const struct world *w, struct episode *e, bool shaped)
{
    return cost_of(w, MESA_F64, e->states, e->actions, e->goal, shaped,
                   e->slope);
}

static double
mean(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* The figures of the published code for the episode of the test above. */
static void
test_cost_of_car(void **state)
{
    struct episode e;
    struct world w;
    double now[2], sum = 0;

    (void)state;
    world_open(&w, "mountain_car", "");
    assert_true(w.space.has_shaping);
    act(&w, &e);
    reset(&w, now);
    sum = (now[0] - 0.5) * (now[0] - 0.5) + 1.0375 * 1.0375;
    for (size_t t = 0; t < w.space.horizon; t++)
        sum += e.cost[t] * e.cost[t];
    assert_near(cost_of_episode(&w, &e, false), sqrt(sum), 1e-9);
    for (size_t t = 0; t < w.space.horizon; t++) {
        e.actions[t] = now[1] >= 0 ? 0.25 : -0.25;
        w.c->step(w.self, 1, now, &e.actions[t], now);
        memcpy(&e.states[2 * t], now, sizeof now);
    }
    assert_near(cost_of_episode(&w, &e, false), 10.086885090953245, 1e-9);
    assert_near(cost_of_episode(&w, &e, true), 12.23885321145134, 1e-9);
    world_close(&w);
    world_open(&w, "mountain_car", "extra_goal=");
    assert_false(w.space.has_shaping);
    assert_near(cost_of_episode(&w, &e, true), 10.086885090953245, 1e-9);
    world_close(&w);
}

static void
test_cost_of_bodies(void **state)
{
    struct episode e;
    struct world w;
    double last;

    (void)state;
    world_open(&w, "pointmass", "");
    act(&w, &e);
    assert_near(cost_of_episode(&w, &e, false),
                mean(e.cost, w.space.horizon), 1e-9);
    assert_near(e.cost[0],
                w.c->distance(w.self, e.states, e.goal) +
                    0.01 * (pow(fmin(1, fabs(e.actions[0])), 2) +
                            pow(fmin(1, fabs(e.actions[1])), 2)),
                1e-12);
    world_close(&w);
    world_open(&w, "reacher", "");
    act(&w, &e);
    last = hypot(e.states[64 * 4] - 1.1225, e.states[64 * 4 + 1] - 0.6126);
    assert_near(w.c->distance(w.self, &e.states[64 * 4], e.goal), last,
                1e-12);
    assert_near(e.cost[64],
                last + 1e-4 * hypot(e.states[64 * 4 + 2],
                                    e.states[64 * 4 + 3]), 1e-12);
    assert_near(cost_of_episode(&w, &e, false),
                mean(e.cost, w.space.horizon) + 10 * last, 1e-9);
    world_close(&w);
}

/* At the goal, where roots have no derivative, single precision too. */
static void
test_cost_at_goal(void **state)
{
    static float narrow[MOST_HORIZON * MOST_STATES], goal[MOST_STATES],
        actions[MOST_HORIZON * MOST_ACTIONS],
        slope[MOST_HORIZON * MOST_STATES];
    struct world w;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(names); i++) {
        bool is_car = i == 0;
        double wide[MOST_STATES];

        world_open(&w, names[i], is_car ? "start=0.5,1.0375" : "");
        w.c->goal(w.self, MESA_PART_TRAIN, 0, wide, &w.rng);
        assert_bits_equal(w.c->distance(w.self, wide, wide), 0.0);
        for (size_t k = 0; k < w.space.n_states; k++)
            goal[k] = (float)wide[k];
        for (size_t k = 0; k < w.space.horizon * w.space.n_states; k++)
            narrow[k] = goal[k % w.space.n_states];
        assert_true(fabs(cost_of(&w, MESA_F32, narrow, actions, goal, false,
                                 slope)) < 1e-4);
        for (size_t k = 0; k < w.space.horizon * w.space.n_states; k++)
            assert_true(slope[k] == 0);
        world_close(&w);
    }
}

static void
test_goals_of_reacher(void **state)
{
    double goal[4];
    struct world w;

    (void)state;
    world_open(&w, "reacher", "train_goals=1,2,3,4");
    for (uint64_t i = 0; i < 4; i++) {
        goal_of(&w, MESA_PART_TRAIN, i, goal);
        assert_bits_equal(goal[0], i % 2 ? 3.0 : 1.0);
        assert_bits_equal(goal[1], i % 2 ? 4.0 : 2.0);
        goal_of(&w, i % 2 ? MESA_PART_VALID : MESA_PART_TEST, i, goal);
        assert_bits_equal(goal[0], 0.4787);
        assert_bits_equal(goal[1], 1.4008);
        assert_true(goal[2] == 0 && goal[3] == 0);
    }
    world_close(&w);
    world_open(&w, "reacher", "goal_range=0.4,1.2,0.5,1.5");
    for (uint64_t i = 0; i < 20; i++) {
        goal_of(&w, MESA_PART_TRAIN, i, goal);
        assert_true(goal[0] >= 0.4 && goal[0] < 1.2);
        assert_true(goal[1] >= 0.5 && goal[1] < 1.5);
    }
    goal_of(&w, MESA_PART_TEST, 0, goal);
    assert_bits_equal(goal[0], 0.4787);
    world_close(&w);
}

static void
test_goals_of_pointmass(void **state)
{
    double goal[4];
    struct world w;

    (void)state;
    world_open(&w, "pointmass", "goal_distance=1,2");
    for (uint64_t i = 0; i < 100; i++)
        for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
            double far;

            goal_of(&w, (enum mesa_part)p, i, goal);
            far = hypot(goal[0], goal[1]);
            assert_true(far >= 1 - 1e-12 && far <= 2 + 1e-12);
            assert_true((p == MESA_PART_TRAIN) !=
                        (goal[0] > 0 && goal[1] < 0));
            assert_true(goal[2] == 0 && goal[3] == 0);
        }
    world_close(&w);
}

static void
refuses(const char *name, const char *words, const char *text)
{
    struct maker m = { .registry.builtins = plugins };

    assert_error(maker_make(&m, MESA_KIND_ENVIRONMENT, name, words, err),
                 MESA_EINVAL, text);
    maker_free(&m);
}

static void
test_refused(void **state)
{
    (void)state;
    refuses("mountain_car", "goal=0.5",
            "[environment] mountain_car: goal has 1 numbers, expected 2");
    refuses("mountain_car", "extra_goal=1,2,3",
            "[environment] mountain_car: extra_goal has 3 numbers, expected 2");
    refuses("mountain_car", "positions=0.5,-1.2",
            "[environment] mountain_car: positions is from 0.5 to -1.2: the "
            "lower one comes first");
    refuses("mountain_car", "start=0.6,0",
            "[environment] mountain_car: start is position 0.6, speed 0: "
            "beyond the bounds");
    refuses("mountain_car", "start=0,-2",
            "[environment] mountain_car: start is position 0, speed -2: "
            "beyond the bounds");
    refuses("mountain_car", "horizon=14",
            "[environment] mountain_car: extra_steps is 15 but the horizon "
            "only 14");
    refuses("pointmass", "test_angles=90",
            "[environment] pointmass: test_angles has 1 numbers, expected 2");
    refuses("pointmass", "start_spread=11",
            "[environment] pointmass: start_spread is 11 but the walls are at "
            "10");
    refuses("reacher", "mass_matrix=1,0,0.1,1",
            "[environment] reacher: mass_matrix is not symmetric with positive "
            "eigenvalues: nothing moves like that");
    refuses("reacher", "mass_matrix=1,2,2,1",
            "[environment] reacher: mass_matrix is not symmetric with positive "
            "eigenvalues: nothing moves like that");
    refuses("reacher", "mass_matrix=1e-300,0,0,1",
            "[environment] reacher: with this mass_matrix one step may win a "
            "speed of 1e+298, expected less than 1e12");
    refuses("reacher", "mass_matrix=1e-150,0,0,1e-150",
            "[environment] reacher: with this mass_matrix one step may win a "
            "speed of 1e+148, expected less than 1e12");
    refuses("mountain_car", "mass=1e-310",
            "[environment] mountain_car: with this mass one step may win a "
            "speed of inf, expected less than 1e12");
    refuses("pointmass", "mass=1e-310",
            "[environment] pointmass: with this mass one step may win a speed "
            "of inf, expected less than 1e12");
    refuses("reacher", "test_goals=1,2,3",
            "[environment] reacher: test_goals has 3 numbers, expected pairs "
            "of joint angles");
    refuses("reacher", "train_goals=",
            "[environment] reacher: train_goals has 0 numbers, expected pairs "
            "of joint angles");
    refuses("reacher", "goal_range=0,1",
            "[environment] reacher: goal_range has 2 numbers, expected 4");
    refuses("reacher", "goal_range=0,1,2,1",
            "[environment] reacher: goal_range is from 2 to 1: the lower one "
            "comes first");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cost_of_car),
        cmocka_unit_test(test_cost_of_bodies),
        cmocka_unit_test(test_cost_at_goal),
        cmocka_unit_test(test_goals_of_reacher),
        cmocka_unit_test(test_goals_of_pointmass),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
