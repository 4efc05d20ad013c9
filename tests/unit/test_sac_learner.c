/* SPDX-License-Identifier: MIT */
/* test_sac_learner.c - updates against torch; what a policy learns. */
#include "test.h"

#include <math.h>

#include "../golden/sac.h"
#include "sac_fixture.h"

/* The same arithmetic as in gen/sac.py. */
static float
number(size_t k, size_t salt)
{
    return (float)(((double)((k * 37 + salt * 11) % 23) - 11) / 12);
}

static void
fill(float *data, size_t n, size_t salt)
{
    for (size_t k = 0; k < n; k++)
        data[k] = number(k, salt);
}

static size_t
count(const struct mesa_weights *w, size_t i)
{
    const struct mesa_weight *t = mesa_weights_get(w, i);
    size_t n = 1;

    for (uint32_t d = 0; d < t->rank; d++)
        n *= t->shape[d];
    return n;
}

static void
fill_weights(struct mesa_weights *w, size_t salt)
{
    for (size_t i = 0; i < mesa_weights_count(w); i++)
        fill(mesa_weights_data(w, i), count(w, i), salt + i);
}

static void
expect_weights(struct mesa_weights *w, const double *golden, const char *what)
{
    for (size_t i = 0; i < mesa_weights_count(w); i++) {
        const float *x = mesa_weights_data(w, i);

        for (size_t k = 0; k < count(w, i); k++, golden++)
            if (!(fabs((double)x[k] - *golden) <= 1e-5))
                fail_msg("%s, %s[%zu] = %.9g, expected %.9g", what,
                         mesa_weights_get(w, i)->name, k, (double)x[k],
                         *golden);
    }
}

enum { STATES = 4, BATCH = 5, STEPS = 3 };

/* The generator's rows are the learner's columns. */
static void
fill_states(float *state, size_t salt)
{
    for (size_t k = 0; k < BATCH * STATES; k++)
        state[k % STATES * BATCH + k / STATES] = number(k, salt);
}

static void
fill_batch(struct sac_learner *l, size_t salt)
{
    fill_states(l->state, salt);
    fill(l->action, BATCH, salt + 1);
    fill(l->reward, BATCH, salt + 2);
    fill(l->mask, BATCH, salt + 3);
    for (size_t i = 0; i < BATCH; i++)
        l->mask[i] = l->mask[i] > 0;
    fill_states(l->next, salt + 4);
    fill(l->noise, BATCH, salt + 5);
    fill(l->next_noise, BATCH, salt + 6);
}

struct golden {
    const char   *name;
    int           policy;
    bool          tuned;
    const double *weights[3], *end;
};

static void
expect_updates(const struct golden *golden)
{
    struct fixture f;
    struct sac *s = make_sac(&f,
        "num_bins = 2\nhidden_size = 3\nbatch_size = 5\nlr = 0.01\n"
        "lr_decay_steps = 2\nlr_decay_gamma = 0.5\ntau = 0.25\n"
        "target_update_interval = 2\ngamma = 0.9\nalpha = 0.2\n"
        "policy = %s\nautomatic_entropy_tuning = %s\n",
        golden->policy == SAC_GAUSSIAN ? "gaussian" : "deterministic",
        golden->tuned ? "true" : "false");

    assert_ok(sac_learner_need(s, err));
    fill_weights(s->policy, 0);
    fill_weights(s->critic, 10);
    fill_weights(s->target, 20);
    for (size_t step = 0; step < STEPS; step++) {
        fill_batch(&s->learner, 30 + 7 * step);
        assert_ok(sac_learner_step(s, err));
    }
    assert_close((double)s->learner.critic_loss[0], golden->end[0], 1e-5);
    assert_close((double)s->learner.critic_loss[1], golden->end[1], 1e-5);
    assert_close((double)s->learner.policy_loss, golden->end[2], 1e-5);
    if (golden->tuned)
        assert_close((double)s->learner.log_alpha, golden->end[3], 1e-5);
    expect_weights(s->policy, golden->weights[0], golden->name);
    expect_weights(s->critic, golden->weights[1], golden->name);
    expect_weights(s->target, golden->weights[2], golden->name);
    free_sac(&f);
}

/* Three updates: the temperature fixed, tuned, and none. */
static void
test_updates(void **state)
{
    static const struct golden golden[] = {
        { "gaussian", SAC_GAUSSIAN, false,
          { golden_gaussian_policy, golden_gaussian_critic,
            golden_gaussian_target }, golden_gaussian_end },
        { "tuned", SAC_GAUSSIAN, true,
          { golden_tuned_policy, golden_tuned_critic, golden_tuned_target },
          golden_tuned_end },
        { "deterministic", SAC_DETERMINISTIC, false,
          { golden_deterministic_policy, golden_deterministic_critic,
            golden_deterministic_target }, golden_deterministic_end },
    };

    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++)
        expect_updates(&golden[i]);
}

/* One state after the other: the centre, and draws around it. */
static void
expect_acts(const char *policy)
{
    struct fixture f;
    struct sac *s = make_sac(&f, "num_bins = 2\nhidden_size = 3\n"
                                 "policy = %s\n", policy);
    bool gaussian = s->policy_kind == SAC_GAUSSIAN;
    float x[BATCH * STATES], action;
    struct mesa_rng rng, same;

    assert_ok(sac_learner_need(s, err));
    fill(x, BATCH * STATES, 90);
    fill_weights(s->policy, 0);
    mesa_rng_seed(&rng, 3);
    same = rng;
    for (size_t i = 0; i < BATCH; i++) {
        double centre = 0.5 * tanh(golden_centre[i]) + 0.5, z, drawn;

        sac_act(s, x + STATES * i, false, NULL, &action);
        assert_true(fabs((double)action - centre) < 1e-6);
        sac_act(s, x + STATES * i, true, &rng, &action);
        z = mesa_rng_normal(&same);
        drawn = 0.5 * tanh(golden_centre[i] + exp(golden_log_std[i]) * z) +
                0.5;
        if (!gaussian)
            drawn = fmin(1, fmax(0, centre + 0.1 * z));
        assert_true(fabs((double)action - drawn) < 1e-6);
    }
    free_sac(&f);
}

static void
test_acts(void **state)
{
    (void)state;
    expect_acts("gaussian");
    expect_acts("deterministic");
}

/* log_std ends at 2, and nothing comes of -20: an action is always within
 * 0 ... 1, and the centre is left alone. */
static void
test_extremes(void **state)
{
    static const float x[4] = { 1, 1, 1, 1 };
    struct fixture f;
    struct sac *s = make_sac(&f, "%s", "num_bins = 2\nhidden_size = 3\n");
    float *bias = mesa_weights_data(s->policy, SAC_DEVIATION_BIAS);
    float *centre = mesa_weights_data(s->policy, SAC_MEAN_BIAS), action;
    struct mesa_rng rng, same;

    assert_ok(sac_learner_need(s, err));
    (void)state;
    mesa_rng_seed(&rng, 3);
    for (int i = 0; i < 20; i++) {
        bias[0] = i % 2 ? 1e6f : -1e6f;
        centre[0] = 0.25f;
        same = rng;
        sac_act(s, x, true, &rng, &action);
        assert_true(fabs((double)action - 0.5 -
                         0.5 * tanh(0.25 + exp(i % 2 ? 2 : -20) *
                                               mesa_rng_normal(&same))) <
                    1e-6);
        centre[0] = i % 2 ? 1e30f : -1e30f;
        sac_act(s, x, true, &rng, &action);
        assert_true(action == (float)(i % 2));
    }
    free_sac(&f);
}

/* A bandit: whatever the state, actions near `best` earn most. */
static double
learnt_action(const char *settings, double best)
{
    struct fixture f;
    struct sac *s = make_sac(&f,
        "%snum_bins = 1\nhidden_size = 32\nlr = 0.005\n"
        "lr_decay_gamma = 1\nreplay_size = 500\n", settings);
    struct mesa_rng rng;
    float x[2], action;

    assert_ok(sac_learner_need(s, err));
    mesa_rng_seed(&rng, 1);
    sac_draw_weights(s, &rng);
    for (size_t i = 0; i < 500; i++) {
        float tried = (float)mesa_rng_uniform(&rng);
        double off = fabs((double)tried - best);

        for (size_t j = 0; j < 2; j++)
            x[j] = (float)mesa_rng_uniform(&rng);
        sac_replay_add(&s->replay, x, &tried, (float)fmax(0, 10 - 30 * off),
                       x, true);
    }
    for (size_t i = 0; i < 1500; i++)
        assert_ok(sac_learner_update(s, &rng, err));
    sac_act(s, x, false, NULL, &action);
    free_sac(&f);
    return (double)action;
}

static void
test_bandit(void **state)
{
    (void)state;
    assert_true(fabs(learnt_action("", 0.3) - 0.3) < 0.06);
    assert_true(fabs(learnt_action("", 0.9) - 0.9) < 0.06);
    assert_true(fabs(learnt_action("automatic_entropy_tuning = true\n", 0.6) -
                     0.6) < 0.06);
    assert_true(fabs(learnt_action("policy = deterministic\n", 0.3) - 0.3) <
                0.06);
}

/* With reference, what is done has no future; with published nothing else
 * has one. */
static void
test_bootstrap(void **state)
{
    static const struct {
        const char *setting;
        float       of_open, of_done;
    } kind[] = { { "reference", 1, 0 }, { "published", 0, 1 } };
    static const float x[10] = { 0 };
    struct mesa_rng rng;

    (void)state;
    mesa_rng_seed(&rng, 1);
    for (size_t k = 0; k < 2; k++) {
        struct fixture f;
        struct sac *s = make_sac(&f, "bootstrap = %s\nbatch_size = 2\n",
                                 kind[k].setting);

        assert_ok(sac_learner_need(s, err));
        sac_replay_add(&s->replay, x, x, 1, x, false);
        sac_replay_add(&s->replay, x, x, 2, x, true);
        assert_ok(sac_learner_update(s, &rng, err));
        for (size_t i = 0; i < 2; i++)
            assert_true(s->learner.mask[i] == (s->learner.reward[i] == 1
                                                   ? kind[k].of_open
                                                   : kind[k].of_done));
        free_sac(&f);
    }
}

/* lr_schedule_on = critic: the policy takes larger steps once rates have
 * decayed, the critics the same. */
static void
test_schedule(void **state)
{
    float policy[2], critic[2];
    const char *const on[2] = { "policy_and_critic", "critic" };

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct fixture f;
        struct sac *s = make_sac(&f,
            "num_bins = 2\nhidden_size = 3\nbatch_size = 5\n"
            "lr_decay_steps = 1\nlr_decay_gamma = 1e-6\n"
            "lr_schedule_on = %s\n", on[k]);

        assert_ok(sac_learner_need(s, err));
        fill_weights(s->policy, 0);
        fill_weights(s->critic, 10);
        for (size_t step = 0; step < STEPS; step++) {
            fill_batch(&s->learner, 30);
            assert_ok(sac_learner_step(s, err));
        }
        policy[k] = *(float *)mesa_weights_data(s->policy, SAC_MEAN_BIAS);
        critic[k] = *(float *)mesa_weights_data(s->critic, 6);
        free_sac(&f);
    }
    assert_true(critic[0] == critic[1]);
    assert_true(fabs((double)(policy[0] - number(0, 3))) < 1.1e-3);
    assert_true(fabs((double)(policy[1] - number(0, 3))) > 2e-3);
}

static void
test_losses(void **state)
{
    static const float x[10] = { 0 };
    struct fixture f;
    struct sac *s = make_sac(&f, "batch_size = 1\n");
    struct mesa_rng rng;

    assert_ok(sac_learner_need(s, err));
    (void)state;
    mesa_rng_seed(&rng, 1);
    sac_replay_add(&s->replay, x, x, 1, x, true);
    assert_ok(sac_learner_update(s, &rng, err));
    s->learner.noise[0] = INFINITY;
    assert_error(sac_learner_step(s, err), MESA_ENUMERIC,
                 "policy loss is not finite at update 2");
    free_sac(&f);
    s = make_sac(&f, "batch_size = 1\n");
    assert_ok(sac_learner_need(s, err));
    s->learner.reward[0] = INFINITY;
    assert_error(sac_learner_step(s, err), MESA_ENUMERIC,
                 "critic loss is not finite at update 1");
    free_sac(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_acts),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_bandit),
        cmocka_unit_test(test_bootstrap),
        cmocka_unit_test(test_schedule),
        cmocka_unit_test(test_losses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
