/* SPDX-License-Identifier: MIT */
/* test_environments.c - what the dynamics are, and the same as nodes. */
#include "environment_fixture.h"

static const char *const names[] = { "mountain_car", "pointmass", "reacher" };

enum { ROWS = 400 };

/* Where actions lead that change every ten steps: far, into bounds too.  The
 * episode starts anew now and then. */
static void
draw_states(struct world *w, double *state, size_t n)
{
    const size_t s = w->space.n_states;
    double action[MOST_ACTIONS], now[MOST_STATES];

    for (size_t r = 0; r < n; r++) {
        if (r % 200 == 0)
            reset(w, now);
        if (r % 10 == 0)
            draw_actions(w, action, 1);
        w->c->step(w->self, 1, now, action, now);
        memcpy(&state[r * s], now, s * sizeof *now);
    }
}

/*
 * A program for next, from states and actions, and for the derivatives of the
 * sum of next by states and actions, each row's own.
 */
enum wanted { NEXT, BY_STATE, BY_ACTION, WANTED };

static void
build(const struct world *w, size_t n, double *state, double *action,
      double *out[WANTED])
{
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    mesa_node in[2], y[WANTED];
    struct mesa_program *p;

    in[0] = mesa_input(g, MESA_SHARED, MESA_SHAPE(n, w->space.n_states));
    in[1] = mesa_input(g, MESA_SHARED, MESA_SHAPE(n, w->space.n_actions));
    y[NEXT] = w->c->build_step(w->self, g, in[0], in[1]);
    mesa_grad(g, mesa_sum(g, y[NEXT]), in, 2, &y[BY_STATE]);
    assert_ok(mesa_program_new(g, y, WANTED, &p, err));
    mesa_program_bind(p, in[0], state);
    mesa_program_bind(p, in[1], action);
    for (size_t i = 0; i < WANTED; i++)
        mesa_program_bind(p, y[i], out[i]);
    assert_ok(mesa_program_run(p, err));
    mesa_program_free(p);
    mesa_graph_free(g);
}

static double
sum_of_step(const struct world *w, const double *state, const double *action)
{
    double next[MOST_STATES], sum = 0;

    w->c->step(w->self, 1, state, action, next);
    for (size_t i = 0; i < w->space.n_states; i++)
        sum += next[i];
    return sum;
}

/* No number of next is where a bound may hold it, nor an action. */
static bool
is_inside(const struct world *w, const double *next, const double *action,
          const double *most)
{
    bool inside = true;

    for (size_t i = 0; i < w->space.n_states; i++)
        inside = inside && fabs(next[i]) < most[i] - 1e-3;
    for (size_t i = 0; i < w->space.n_actions; i++)
        inside = inside && fabs(action[i]) < w->space.action_high[i] - 1e-3;
    return inside;
}

/* The derivative along number k of x by differences of step. */
static void
assert_slope(const struct world *w, double *state, double *action, double *x,
             double found)
{
    const double h = 1e-5, at = *x;
    double above;

    *x = at + h;
    above = sum_of_step(w, state, action);
    *x = at - h;
    assert_near(found, (above - sum_of_step(w, state, action)) / (2 * h),
                1e-8);
    *x = at;
}

/* step and build_step; derivatives where no bound is near. */
static void
check_step(struct world *w, const double *most)
{
    const size_t s = w->space.n_states, a = w->space.n_actions;
    double state[ROWS * MOST_STATES], action[ROWS * MOST_ACTIONS];
    double next[ROWS * MOST_STATES], built[ROWS * MOST_STATES];
    double by_state[ROWS * MOST_STATES], by_action[ROWS * MOST_ACTIONS];
    size_t inside = 0;

    draw_states(w, state, ROWS);
    draw_actions(w, action, ROWS);
    w->c->step(w->self, ROWS, state, action, next);
    build(w, ROWS, state, action, (double *[]){ built, by_state, by_action });
    for (size_t i = 0; i < ROWS * s; i++)
        assert_near(built[i], next[i], 1e-12);
    for (size_t r = 0; r < ROWS; r++) {
        double *u = &action[r * a];

        if (!is_inside(w, &next[r * s], u, most))
            continue;
        inside++;
        for (size_t i = 0; i < s; i++)
            assert_slope(w, &state[r * s], u, &state[r * s + i],
                         by_state[r * s + i]);
        for (size_t i = 0; i < a; i++)
            assert_slope(w, &state[r * s], u, &u[i], by_action[r * a + i]);
    }
    assert_true(inside > ROWS / 20 && inside < ROWS);
}

static void
test_nodes_step(void **state)
{
    static const struct {
        const char *name, *words;
        double      most[MOST_STATES];
    } cases[] = {
        { "mountain_car", "positions=-0.9,0.9", { 0.9, 1.5 } },
        { "mountain_car", "mass=0.1 gravity=-5 friction=0.1 dt=0.05 "
                          "max_speed=0.8 positions=-2,2",
          { 2, 0.8 } },
        { "pointmass", "", { 10, 10, 1e3, 1e3 } },
        { "pointmass", "room=1 mass=0.5 dt=0.2", { 1, 1, 1e3, 1e3 } },
        { "reacher", "", { 3, 3, 1e3, 1e3 } },
        { "reacher", "mass_matrix=0.2,0.03,0.03,0.04 joint_limit=1",
          { 1, 1, 1e3, 1e3 } },
    };
    struct world w;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(cases); i++) {
        world_open(&w, cases[i].name, cases[i].words);
        check_step(&w, cases[i].most);
        world_close(&w);
    }
}

/* The published code, from the published start, pushed along its speed: some
 * states (it hits the left bound in between), and what such episodes cost. */
static void
test_published_car(void **state)
{
    static const struct {
        size_t step;
        double position, speed;
    } golden[] = {
        { 1, -0.535949230579388, 0.1405076942061199 },
        { 2, -0.5090939436336479, 0.26855286945740187 },
        { 10, -0.129548481846135, 0.40108572344843174 },
        { 20, -0.35366454084029986, -1.186880677288508 },
        { 30, -1.0200474508725788, 0.8991541345756044 },
        { 35, -0.27415408106502015, 1.5 },
    };
    struct world w;
    double now[2], action;
    size_t seen = 0;

    (void)state;
    world_open(&w, "mountain_car", "");
    assert_int_equal(w.space.horizon, 35);
    reset(&w, now);
    for (size_t t = 1; t <= w.space.horizon; t++) {
        action = now[1] >= 0 ? 0.25 : -0.25;
        w.c->step(w.self, 1, now, &action, now);
        if (t == golden[seen].step) {
            assert_near(now[0], golden[seen].position, 1e-12);
            assert_near(now[1], golden[seen].speed, 1e-12);
            seen++;
        }
    }
    assert_int_equal(seen, MESA_COUNT(golden));
    world_close(&w);
}

/* What runs into a bound: stopped at the left one, not at the right one;
 * a derivative comes through both, as if they were not there. */
static void
test_car_bounds(void **state)
{
    double from[4] = { -1.1, -1.5, 0.45, 1.5 }, action[2] = { -0.2, 1 };
    double next[4], by_state[4], by_action[2];
    struct world w;

    (void)state;
    world_open(&w, "mountain_car", "");
    build(&w, 2, from, action, (double *[]){ next, by_state, by_action });
    assert_bits_equal(next[0], -1.2);
    assert_bits_equal(next[1], 0.0);
    assert_bits_equal(next[2], 0.5);
    assert_bits_equal(next[3], 1.5);
    /* d(p' + v') / dv = (dt + 1) (1 - friction dt), / du = (dt + 1) dt / m;
     * an action beyond the bound is that at the bound. */
    for (size_t r = 0; r < 2; r++)
        assert_near(by_state[2 * r + 1], 1.1 * 0.97, 1e-12);
    assert_near(by_action[0], 1.1 * 0.5, 1e-12);
    assert_bits_equal(by_action[1], 0.0);
    world_close(&w);
}

/* For whatever is finite. */
static void
test_far_away(void **state)
{
    static const double far[] = { 1.7e308, -1.7e308, 1e300, -1e17, 5 };
    struct world w;

    (void)state;
    for (size_t i = 0; i < MESA_COUNT(names); i++) {
        world_open(&w, names[i], i ? "dt=10" : "dt=10 friction=1e6");
        for (size_t k = 0; k < 625; k++) {
            double at[MOST_STATES], action[2] = { far[k % 5], far[k % 3] };

            for (size_t j = 0, d = k; j < MOST_STATES; j++, d /= 5)
                at[j] = far[d % 5];
            w.c->step(w.self, 1, at, action, at);
            for (size_t j = 0; j < w.space.n_states; j++)
                assert_true(isfinite(at[j]));
        }
        world_close(&w);
    }
}

/* Constant torques M a get from rest to a dt^2 n (n + 1) / 2 in n steps: at
 * both goals with less than the arm has. */
static void
test_reach(void **state)
{
    static const double mass[4] = { 0.11, 0.05, 0.05, 0.05 };
    const double gain = 0.01 * 0.01 * 65 * 66 / 2;
    double goal[4], now[4], torque[2];
    struct world w;

    (void)state;
    world_open(&w, "reacher", "");
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        goal_of(&w, (enum mesa_part)p, 0, goal);
        reset(&w, now);
        for (size_t k = 0; k < 2; k++) {
            torque[k] = (mass[2 * k] * goal[0] + mass[2 * k + 1] * goal[1]) /
                        gain;
            assert_true(fabs(torque[k]) < 1);
        }
        for (size_t t = 0; t < w.space.horizon; t++)
            w.c->step(w.self, 1, now, torque, now);
        assert_near(w.c->distance(w.self, now, goal), 0, 1e-12);
    }
    world_close(&w);
}

/* The tip of the published arm at the published goal; the car on its road;
 * what says nothing. */
static void
test_outline(void **state)
{
    static const double goal[4] = { 1.1225, 0.6126, 0, 0 };
    double xy[6] = { 0, 0, 0, 0, 7, 7 };
    struct world w;

    (void)state;
    world_open(&w, "reacher", "");
    assert_int_equal(mesa_environment_outline(w.m.made, goal, 2, xy), 3);
    assert_true(xy[4] == 7); /* there was no room */
    assert_close(xy[2] * xy[2] + xy[3] * xy[3], 0.01, 1e-12);
    assert_int_equal(mesa_environment_outline(w.m.made, goal, 3, xy), 3);
    assert_close(xy[4], 0.0253, 0.01);
    assert_close(xy[5], 0.1986, 0.01);
    world_close(&w);
    world_open(&w, "mountain_car", "");
    assert_int_equal(mesa_environment_outline(w.m.made, goal, 1, xy), 1);
    assert_bits_equal(xy[0], goal[0]);
    assert_close(xy[1], sin(3 * goal[0]) / 3, 1e-12);
    assert_int_equal(mesa_environment_outline(w.m.made, goal, 0, xy), 1);
    world_close(&w);
    world_open(&w, "pointmass", "");
    assert_int_equal(mesa_environment_outline(w.m.made, goal, 3, xy), 0);
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodes_step),
        cmocka_unit_test(test_published_car),
        cmocka_unit_test(test_car_bounds),
        cmocka_unit_test(test_far_away),
        cmocka_unit_test(test_reach),
        cmocka_unit_test(test_outline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
