/* SPDX-License-Identifier: MIT */
/*
 * policy.c - the weights of policy and critics; acting.
 *
 * Acting is so small (a hidden layer of some fifty units) that it is done in
 * plain loops, in double precision from the weights' single one.
 */
#include "sac.h"

/* Standard deviation by which a deterministic policy explores. */
#define NOISE 0.1

mesa_status
sac_new_weights(struct sac *s, struct mesa_error *err)
{
    size_t states = sac_n_states(s), actions = sac_n_actions(s);
    size_t h = (size_t)s->hidden_size;
    double in = mesa_glorot(6, states, h), out = mesa_glorot(6, h, actions);
    double both = mesa_glorot(6, states + actions, h);
    const struct mesa_weight policy[SAC_POLICY_WEIGHTS] = {
        { "hidden.weight", 2, { states, h }, MESA_UNIFORM, in },
        { "hidden.bias", 2, { h, 1 }, MESA_ZEROS, 0 },
        { "mean.weight", 2, { h, actions }, MESA_UNIFORM, out },
        { "mean.bias", 2, { actions, 1 }, MESA_ZEROS, 0 },
        { "log_std.weight", 2, { h, actions }, MESA_UNIFORM, out },
        { "log_std.bias", 2, { actions, 1 }, MESA_ZEROS, 0 },
    };
    /* The first layer's rows for states and for actions are two tensors. */
    const struct mesa_weight critic[SAC_CRITIC_WEIGHTS] = {
        { "state.weight", 3, { SAC_CRITICS, states, h }, MESA_UNIFORM, both },
        { "action.weight", 3, { SAC_CRITICS, actions, h }, MESA_UNIFORM,
          both },
        { "hidden1.bias", 3, { SAC_CRITICS, h, 1 }, MESA_ZEROS, 0 },
        { "hidden2.weight", 3, { SAC_CRITICS, h, h }, MESA_UNIFORM,
          mesa_glorot(6, h, h) },
        { "hidden2.bias", 3, { SAC_CRITICS, h, 1 }, MESA_ZEROS, 0 },
        { "value.weight", 3, { SAC_CRITICS, h, 1 }, MESA_UNIFORM,
          mesa_glorot(6, h, 1) },
        { "value.bias", 3, { SAC_CRITICS, 1, 1 }, MESA_ZEROS, 0 },
    };
    mesa_status st = mesa_weights_new(policy, SAC_POLICY_WEIGHTS, MESA_F32,
                                      &s->policy, err);

    if (st == MESA_OK)
        st = mesa_weights_new(critic, SAC_CRITIC_WEIGHTS, MESA_F32,
                              &s->critic, err);
    if (st == MESA_OK)
        st = mesa_weights_new(critic, SAC_CRITIC_WEIGHTS, MESA_F32,
                              &s->target, err);
    return st;
}

/* Once, with the first stream there is; targets start equal to critics. */
void
sac_draw_weights(struct sac *s, const struct mesa_rng *rng)
{
    struct mesa_rng policy = mesa_rng_derive(rng, "policy", 0);
    struct mesa_rng critic = mesa_rng_derive(rng, "critic", 0);

    if (s->drawn)
        return;
    s->drawn = true;
    mesa_weights_draw(s->policy, &policy);
    mesa_weights_draw(s->critic, &critic);
    mesa_weights_assign(s->target, s->critic);
}

/* Unit j of a linear layer of n units. */
static double
linear(struct mesa_weights *w, size_t weight, size_t bias, const double *x,
       size_t n_in, size_t n, size_t j)
{
    const float *a = mesa_weights_data(w, weight);
    double sum = ((const float *)mesa_weights_data(w, bias))[j];

    for (size_t i = 0; i < n_in; i++)
        sum += x[i] * (double)a[i * n + j];
    return sum;
}

static void
fill_hidden(struct sac *s, const float *state)
{
    const float *a = mesa_weights_data(s->policy, SAC_HIDDEN_WEIGHT);
    const float *bias = mesa_weights_data(s->policy, SAC_HIDDEN_BIAS);
    size_t n = sac_n_states(s), h = (size_t)s->hidden_size;

    for (size_t j = 0; j < h; j++)
        s->hidden[j] = (double)bias[j];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < h; j++)
            s->hidden[j] += (double)state[i] * (double)a[i * h + j];
    for (size_t j = 0; j < h; j++)
        s->hidden[j] = s->hidden[j] > 0 ? s->hidden[j] : 0;
}

static double
within(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static double
squash(double x)
{
    return 0.5 * mesa_math_tanh(x) + 0.5;
}

void
sac_aim(struct sac *s, const float *state, double aim[3])
{
    size_t n = sac_n_actions(s), h = (size_t)s->hidden_size;
    double x, width;

    fill_hidden(s, state);
    x = linear(s->policy, SAC_MEAN_WEIGHT, SAC_MEAN_BIAS, s->hidden, h, n, 0);
    aim[0] = squash(x);
    aim[1] = within(aim[0] - NOISE, 0, 1);
    aim[2] = within(aim[0] + NOISE, 0, 1);
    if (s->policy_kind != SAC_GAUSSIAN)
        return;
    width = linear(s->policy, SAC_DEVIATION_WEIGHT, SAC_DEVIATION_BIAS,
                   s->hidden, h, n, 0);
    width = mesa_math_exp(within(width, -20, 2));
    aim[1] = squash(x - width);
    aim[2] = squash(x + width);
}

void
sac_act(struct sac *s, const float *state, bool sampled, struct mesa_rng *rng,
        float *action)
{
    size_t n = sac_n_actions(s), h = (size_t)s->hidden_size;
    bool gaussian = s->policy_kind == SAC_GAUSSIAN;

    fill_hidden(s, state);
    for (size_t j = 0; j < n; j++) {
        double x = linear(s->policy, SAC_MEAN_WEIGHT, SAC_MEAN_BIAS,
                          s->hidden, h, n, j);
        double noise = sampled ? mesa_rng_normal(rng) : 0;
        double width;

        if (sampled && gaussian) {
            width = linear(s->policy, SAC_DEVIATION_WEIGHT,
                           SAC_DEVIATION_BIAS, s->hidden, h, n, j);
            x += mesa_math_exp(within(width, -20, 2)) * noise;
        }
        x = squash(x);
        if (!gaussian)
            x = within(x + within(NOISE * noise, -0.25, 0.25), 0, 1);
        action[j] = (float)x;
    }
}
