/* SPDX-License-Identifier: MIT */
/* test_ppo.c - clipped surrogates, returns, advantages by hand; critics. */
#include "ml3_policy_fixture.h"

/* One number of an action, four rows. */
static void
test_surrogate(void **state)
{
    enum { ROWS = 4 };
    const double std = 0.5, clip = 0.2;
    double action[ROWS] = { 0.1, 0.4, -0.3, 0.5 };
    double before[ROWS] = { 0, 0, 0.2, 0.4 };
    double now[ROWS] = { 0.3, 0.3, 0.2, 0.1 };
    double gain[ROWS] = { 1, 1.5, -2, -0.5 }, got, slope[ROWS];
    double expected = 0;
    struct mesa_graph *g = mesa_graph_new(MESA_F64, 1);
    struct policy p = { .std = std, .episodes = 2 };
    struct episode_nodes e = { .state = 0 };
    struct mesa_program *program;
    mesa_node mean, out[2];

    (void)state;
    p.world.space.horizon = ROWS / 2;
    p.world.space.n_states = p.world.space.n_actions = 1;
    policy_episode_inputs(&p, g, &e);
    mean = mesa_input(g, MESA_PER_TASK, MESA_SHAPE((size_t)ROWS, (size_t)1));
    out[0] = policy_surrogate(&p, g, mean, &e, clip);
    mesa_grad(g, out[0], &mean, 1, &out[1]);
    assert_ok(mesa_program_new(g, out, 2, &program, err));
    mesa_program_bind(program, e.action, action);
    mesa_program_bind(program, e.mean, before);
    mesa_program_bind(program, e.gain, gain);
    mesa_program_bind(program, mean, now);
    mesa_program_bind(program, out[0], &got);
    mesa_program_bind(program, out[1], slope);
    assert_ok(mesa_program_run(program, err));
    for (size_t i = 0; i < ROWS; i++) {
        const double a = (action[i] - now[i]) / std;
        const double b = (action[i] - before[i]) / std;
        const double ratio = exp((b * b - a * a) / 2);
        const double kept = fmin(fmax(ratio, 1 - clip), 1 + clip);

        expected += fmin(ratio * gain[i], kept * gain[i]) / ROWS;
        /* What is clipped has no derivative. */
        assert_true(fabs(slope[i] - (kept == ratio ||
                                             ratio * gain[i] < kept * gain[i]
                                         ? ratio * gain[i] * a / std / ROWS
                                         : 0)) < 1e-14);
    }
    assert_close(got, expected, 1e-14);
    /* Row 1 has become likelier than clip allows, row 3 less likely. */
    assert_true(slope[1] == 0 && slope[3] == 0);
    assert_true(slope[0] != 0 || slope[2] != 0);
    mesa_program_free(program);
    mesa_graph_free(g);
}

/* Two episodes of three steps, half of a later reward. */
static void
test_gains(void **state)
{
    static const double reward[] = { 1, 0, 2, 4, 4, 0 };
    /* Returns 3, 2; 4, 4; 4, 0; less the mean of each step. */
    static const double centred[] = { 0.5, -0.5, 0, 0, 2, -2 };
    const double scale = sqrt((0.25 + 0.25 + 4 + 4) / 6);
    float gain[6];

    (void)state;
    policy_gains(reward, 3, 2, 0.5, gain);
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs((double)gain[i] - centred[i] / scale) < 1e-6);
}

/* One episode of three steps, and another that always is as promised. */
static void
test_advantages(void **state)
{
    static const double reward[] = { 1, 2, -2, 2, 4, 0 };
    static const float value[] = { 1, 1.5F, 2, 1, -1, 0 };
    /* Half of a reward, half of what comes next, less the value. */
    const double d[] = { 0.5 + 1 - 1, -1 - 0.5 - 2, 2 + 0 + 1 };
    const double first[] = { d[0] + 0.4 * (d[1] + 0.4 * d[2]),
                             d[1] + 0.4 * d[2], d[2] };
    const double mean = (first[0] + first[1] + first[2]) / 6;
    double square = 3 * mean * mean;
    float gain[6], target[6];

    (void)state;
    for (size_t t = 0; t < 3; t++)
        square += (first[t] - mean) * (first[t] - mean);
    ppo_gains(reward, value, 3, 2, 0.5, 0.8, gain, target);
    for (size_t t = 0; t < 3; t++) {
        const double scale = sqrt(square / 6);

        assert_true(fabs((double)gain[2 * t] - (first[t] - mean) / scale) <
                    1e-6);
        assert_true(fabs((double)gain[2 * t + 1] + mean / scale) < 1e-6);
        assert_true(fabs((double)(target[2 * t] - value[2 * t]) - first[t]) <
                    1e-6);
        assert_true(target[2 * t + 1] == value[2 * t + 1]);
    }
}

/* Critics come to promise what PPO's returns are. */
static void
test_critics(void **state)
{
    struct world w;
    double error[2] = { 0, 0 };

    (void)state;
    assert_ok(begin(&w, MASS MLP LOSS, "ppo_baseline = value\n", err));
    for (int k = 0; k < 2; k++) {
        struct policy *p = w.policy;
        struct critics critics = { .value = NULL };
        struct learning l;

        episodes_aim(p, &w.host, MESA_PART_TRAIN, 0, p->played);
        crew_draw(&p->actors.crew, &w.host, "policy", 0, false);
        assert_ok(ppo_new(p, &w.host, &p->actors, p->played, &critics, &l,
                          err));
        policy_episode_bind(&l.at, l.program, p->played);
        for (int i = 0; i <= 100 * k; i++) {
            const struct mesa_rng rng = mesa_host_rng(&w.host, "test", 0);
            bool finite;

            assert_ok(episodes_play(p, &p->actors, &rng, true, p->played,
                                    &finite, err));
            assert_ok(ppo_judge(p, &critics, p->played, err));
            mesa_optimizer_step(l.optimizer);
            assert_ok(mesa_program_run(l.program, err));
        }
        for (size_t r = 0; r < p->played->n * p->played->rows; r++)
            error[k] += fabs((double)(critics.target[r] - critics.value[r]));
        ppo_critics_free(&critics);
        learning_free(&l);
    }
    assert_true(error[1] < error[0] / 2);
    world_close(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_surrogate),
        cmocka_unit_test(test_gains),
        cmocka_unit_test(test_advantages),
        cmocka_unit_test(test_critics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
