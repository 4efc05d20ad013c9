/* SPDX-License-Identifier: MIT */
/*
 * learner.c - soft actor-critic: one update as one differentiable program.
 *
 * Haarnoja et al. 2018 ("Algorithms and Applications"), with twin critics,
 * which are the two tasks of the graph: whatever is per task here exists
 * twice.  All gradients are taken at the weights before the update (the
 * policy's through the critics as they were); then critics, policy and
 * temperature take a step each, and the targets follow the new critics.
 *
 * Transitions are columns: the last axis, which products are vectorised
 * along, is then the batch, 64 wide, and not a layer, 50 wide or 1.
 */
#include <math.h>

#include "sac.h"

/* The inputs of the program beside the weights. */
struct inputs {
    mesa_node state, action, reward, mask, next, noise, next_noise;
    mesa_node temperature, log_alpha, tau;
};

/* What the policy does, actions by columns, and log-density, 1 by columns. */
struct acting {
    mesa_node action, density;
};

static mesa_node
linear(struct mesa_graph *g, mesa_node x, mesa_node weight, mesa_node bias)
{
    return mesa_add(g, mesa_matmul(g, weight, x, MESA_TRANSPOSED, MESA_PLAIN),
                    bias);
}

static mesa_node
add_constant(struct mesa_graph *g, mesa_node x, double c)
{
    return mesa_add(g, x, mesa_scalar(g, c));
}

static mesa_node
times(struct mesa_graph *g, double c, mesa_node x)
{
    return mesa_mul(g, mesa_scalar(g, c), x);
}

/* 0.5 tanh(x) + 0.5 of a Gaussian x; the density is that of the action. */
static struct acting
act_gaussian(struct mesa_graph *g, const mesa_node *w, mesa_node hidden,
             mesa_node mean, mesa_node noise)
{
    const double log_root_2pi = 0x1.d67f1c864beb5p-1;
    struct acting out;
    mesa_node width, y, slope;

    width = linear(g, hidden, w[SAC_DEVIATION_WEIGHT],
                   w[SAC_DEVIATION_BIAS]);
    width = mesa_clamp(g, width, -20, 2);
    y = mesa_tanh(g, mesa_add(g, mean, mesa_mul(g, mesa_exp(g, width),
                                                noise)));
    slope = add_constant(g, times(g, -0.5, mesa_mul(g, y, y)), 0.5 + 1e-6);
    out.action = add_constant(g, times(g, 0.5, y), 0.5);
    out.density = times(g, -0.5, mesa_mul(g, noise, noise));
    out.density = mesa_sub(g, out.density, width);
    out.density = add_constant(g, out.density, -log_root_2pi);
    out.density = mesa_sub(g, out.density, mesa_log(g, slope));
    out.density = mesa_sum_axes(g, out.density, 1 << 0);
    return out;
}

/* A deterministic policy explores with small noise; it has no entropy. */
static struct acting
act(const struct sac *s, struct mesa_graph *g, const mesa_node *w,
    mesa_node state, mesa_node noise)
{
    mesa_node hidden = mesa_relu(g, linear(g, state, w[SAC_HIDDEN_WEIGHT],
                                           w[SAC_HIDDEN_BIAS]));
    mesa_node mean = linear(g, hidden, w[SAC_MEAN_WEIGHT], w[SAC_MEAN_BIAS]);
    struct acting out;

    if (s->policy_kind == SAC_GAUSSIAN)
        return act_gaussian(g, w, hidden, mean, noise);
    out.action = add_constant(g, times(g, 0.5, mesa_tanh(g, mean)), 0.5);
    noise = mesa_clamp(g, times(g, 0.1, noise), -0.25, 0.25);
    out.action = mesa_clamp(g, mesa_add(g, out.action, noise), 0, 1);
    out.density = mesa_scalar(g, 0);
    return out;
}

/* Both critics' values, 1 by columns. */
static mesa_node
value(struct mesa_graph *g, const mesa_node *w, mesa_node state,
      mesa_node action)
{
    mesa_node h = mesa_matmul(g, w[0], state, MESA_TRANSPOSED, MESA_PLAIN);
    mesa_node of_action = mesa_matmul(g, w[1], action, MESA_TRANSPOSED,
                                      MESA_PLAIN);

    h = mesa_relu(g, mesa_add(g, mesa_add(g, h, of_action), w[2]));
    h = mesa_relu(g, linear(g, h, w[3], w[4]));
    return linear(g, h, w[5], w[6]);
}

/* min(a, b) = (a + b) / 2 - |a - b| / 2, where a and b are two tasks. */
static mesa_node
lower(struct mesa_graph *g, mesa_node q)
{
    mesa_node mean = mesa_task_mean(g, q);
    mesa_node apart = mesa_abs(g, mesa_sub(g, q, mean));

    return mesa_sub(g, mean, mesa_task_mean(g, apart));
}

static mesa_node
entropy_cost(struct mesa_graph *g, const struct inputs *in, mesa_node density)
{
    return mesa_mul(g, in->temperature, density);
}

/* Mean squared distance of each critic from r + mask gamma V(next). */
static mesa_node
critic_loss(const struct sac *s, struct mesa_graph *g,
            const struct inputs *in, const mesa_node *policy,
            const mesa_node *critic, const mesa_node *target)
{
    struct acting next = act(s, g, policy, in->next, in->next_noise);
    mesa_node v = lower(g, value(g, target, in->next, next.action)), off;

    v = mesa_sub(g, v, entropy_cost(g, in, next.density));
    v = mesa_mul(g, times(g, s->gamma, in->mask), v);
    v = mesa_add(g, in->reward, v);
    off = mesa_sub(g, value(g, critic, in->state, in->action), v);
    return mesa_mean(g, mesa_mul(g, off, off));
}

static struct inputs
add_inputs(const struct sac *s, struct mesa_graph *g)
{
    const size_t columns = s->learner.batch;
    const size_t state[2] = { sac_n_states(s), columns };
    const size_t action[2] = { sac_n_actions(s), columns };
    const size_t one[2] = { 1, columns };
    struct inputs in;

    in.state = mesa_input(g, MESA_SHARED, 2, state);
    in.action = mesa_input(g, MESA_SHARED, 2, action);
    in.reward = mesa_input(g, MESA_SHARED, 2, one);
    in.mask = mesa_input(g, MESA_SHARED, 2, one);
    in.next = mesa_input(g, MESA_SHARED, 2, state);
    in.noise = mesa_input(g, MESA_SHARED, 2, action);
    in.next_noise = mesa_input(g, MESA_SHARED, 2, action);
    in.log_alpha = mesa_input(g, MESA_SHARED, 0, NULL);
    in.tau = mesa_input(g, MESA_SHARED, 0, NULL);
    in.temperature = s->automatic_entropy_tuning
                         ? mesa_exp(g, in.log_alpha)
                         : mesa_input(g, MESA_SHARED, 0, NULL);
    return in;
}

/* One input per critic of a tensor whose first axis is the critics. */
static void
add_critics(const struct mesa_weights *w, struct mesa_graph *g,
            mesa_node *node)
{
    for (size_t i = 0; i < SAC_CRITIC_WEIGHTS; i++) {
        const struct mesa_weight *t = mesa_weights_get(w, i);

        node[i] = mesa_input(g, MESA_PER_TASK, t->rank - 1, t->shape + 1);
    }
}

enum { N_PARAMS = SAC_POLICY_WEIGHTS + SAC_CRITIC_WEIGHTS + 1,
       MOST_OUTPUTS = 3 * N_PARAMS + SAC_CRITIC_WEIGHTS + 2 };

/* The graph while it is being built. */
struct building {
    struct mesa_graph *g;
    struct inputs      in;
    mesa_node          policy[SAC_POLICY_WEIGHTS];
    mesa_node          critic[SAC_CRITIC_WEIGHTS];
    mesa_node          target[SAC_CRITIC_WEIGHTS];
    mesa_node          new_policy[SAC_POLICY_WEIGHTS];
    mesa_node          new_critic[SAC_CRITIC_WEIGHTS];
    mesa_node          new_target[SAC_CRITIC_WEIGHTS];
    mesa_node          critic_grad[SAC_CRITIC_WEIGHTS];
    mesa_node          policy_grad[SAC_POLICY_WEIGHTS];
    mesa_node          new_log_alpha, critic_loss, policy_loss, density;
    mesa_node          output[MOST_OUTPUTS];
    size_t             n_policy, n_outputs;
};

static void
add_outputs(struct building *b, const mesa_node *node, size_t n)
{
    for (size_t i = 0; i < n; i++)
        b->output[b->n_outputs++] = node[i];
}

/* One Adam step for n parameters, whose state is part of the outputs. */
static mesa_status
add_adam(const struct sac *s, struct building *b, bool decays,
         const mesa_node *param, const mesa_node *grad, size_t n,
         mesa_node *updated, struct mesa_optimizer **out,
         struct mesa_error *err)
{
    struct mesa_optimizer_options options = mesa_optimizer_defaults();
    mesa_node state[2 * N_PARAMS];
    mesa_status st;

    options.learning_rate = s->lr;
    if (decays) {
        options.schedule = MESA_STEP;
        options.period = (double)s->lr_decay_steps;
        options.gamma = s->lr_decay_gamma;
    }
    st = mesa_optimizer_new(b->g, &options, param, grad, n, updated, out,
                            err);
    if (st != MESA_OK)
        return st;
    mesa_optimizer_state(*out, state);
    add_outputs(b, state, mesa_optimizer_n_state(*out));
    add_outputs(b, updated, n);
    return MESA_OK;
}

/* Losses and gradients come first, so that new weights can be written where
 * nothing reads the old ones any more. */
static void
add_gradients(struct sac *s, struct building *b)
{
    struct acting now = act(s, b->g, b->policy, b->in.state, b->in.noise);
    mesa_node q;

    b->critic_loss = critic_loss(s, b->g, &b->in, b->policy, b->critic,
                                 b->target);
    mesa_grad(b->g, b->critic_loss, b->critic, SAC_CRITIC_WEIGHTS,
              b->critic_grad);
    q = lower(b->g, value(b->g, b->critic, b->in.state, now.action));
    b->policy_loss = mesa_mean(
        b->g, mesa_sub(b->g, entropy_cost(b->g, &b->in, now.density), q));
    mesa_grad(b->g, b->policy_loss, b->policy, b->n_policy, b->policy_grad);
    b->density = now.density;
    add_outputs(b, &b->critic_loss, 1);
    add_outputs(b, &b->policy_loss, 1);
}

static mesa_status
add_critic_step(struct sac *s, struct building *b, struct mesa_error *err)
{
    mesa_status st = add_adam(s, b, true, b->critic, b->critic_grad,
                              SAC_CRITIC_WEIGHTS, b->new_critic,
                              &s->learner.critic, err);

    for (size_t i = 0; i < SAC_CRITIC_WEIGHTS; i++) {
        mesa_node way = mesa_sub(b->g, b->new_critic[i], b->target[i]);

        b->new_target[i] = mesa_add(b->g, b->target[i],
                                    mesa_mul(b->g, b->in.tau, way));
    }
    add_outputs(b, b->new_target, SAC_CRITIC_WEIGHTS);
    return st;
}

/* Temperature (section 5): minus the mean of log-density + target entropy is
 * the derivative of its loss by log alpha; the target is -1 per action. */
static mesa_status
add_alpha_step(struct sac *s, struct building *b, mesa_node density,
               struct mesa_error *err)
{
    mesa_node grad = mesa_mean(b->g, density);

    grad = add_constant(b->g, grad, -(double)sac_n_actions(s));
    grad = mesa_neg(b->g, grad);
    return add_adam(s, b, false, &b->in.log_alpha, &grad, 1,
                    &b->new_log_alpha, &s->learner.alpha, err);
}

static mesa_status
add_policy_step(struct sac *s, struct building *b, struct mesa_error *err)
{
    mesa_status st = add_adam(s, b, s->schedule == SAC_SCHEDULE_BOTH,
                              b->policy, b->policy_grad, b->n_policy,
                              b->new_policy, &s->learner.policy, err);

    if (st == MESA_OK && s->automatic_entropy_tuning)
        st = add_alpha_step(s, b, b->density, err);
    return st;
}

static void
bind_weights(struct mesa_weights *w, struct mesa_program *p,
             const mesa_node *before, const mesa_node *after, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mesa_program_bind(p, before[i], mesa_weights_data(w, i));
        mesa_program_bind(p, after[i], mesa_weights_data(w, i));
    }
}

static void
bind(struct sac *s, const struct building *b)
{
    struct sac_learner *l = &s->learner;
    const struct inputs *in = &b->in;

    bind_weights(s->policy, l->program, b->policy, b->new_policy,
                 b->n_policy);
    bind_weights(s->critic, l->program, b->critic, b->new_critic,
                 SAC_CRITIC_WEIGHTS);
    bind_weights(s->target, l->program, b->target, b->new_target,
                 SAC_CRITIC_WEIGHTS);
    mesa_program_bind(l->program, in->state, l->state);
    mesa_program_bind(l->program, in->action, l->action);
    mesa_program_bind(l->program, in->reward, l->reward);
    mesa_program_bind(l->program, in->mask, l->mask);
    mesa_program_bind(l->program, in->next, l->next);
    mesa_program_bind(l->program, in->noise, l->noise);
    mesa_program_bind(l->program, in->next_noise, l->next_noise);
    mesa_program_bind(l->program, in->log_alpha, &l->log_alpha);
    mesa_program_bind(l->program, in->tau, &l->tau);
    if (!s->automatic_entropy_tuning)
        mesa_program_bind(l->program, in->temperature, &l->temperature);
    mesa_program_bind(l->program, b->critic_loss, l->critic_loss);
    mesa_program_bind(l->program, b->policy_loss, &l->policy_loss);
    mesa_optimizer_bind(l->critic, l->program);
    mesa_optimizer_bind(l->policy, l->program);
    if (l->alpha) {
        mesa_program_bind(l->program, b->new_log_alpha, &l->log_alpha);
        mesa_optimizer_bind(l->alpha, l->program);
    }
}

static mesa_status
build(struct sac *s, struct mesa_error *err)
{
    struct building b = { .g = mesa_graph_new(MESA_F32, SAC_CRITICS),
                          .n_policy = s->policy_kind == SAC_GAUSSIAN
                                          ? SAC_POLICY_WEIGHTS
                                          : SAC_DEVIATION_WEIGHT };
    mesa_status st;

    if (!b.g)
        return mesa_nomem(err, 1, "graph");
    b.in = add_inputs(s, b.g);
    mesa_weights_inputs(s->policy, b.g, b.policy);
    add_critics(s->critic, b.g, b.critic);
    add_critics(s->target, b.g, b.target);
    add_gradients(s, &b);
    st = add_critic_step(s, &b, err);
    if (st == MESA_OK)
        st = add_policy_step(s, &b, err);
    if (st == MESA_OK)
        st = mesa_program_new(b.g, b.output, b.n_outputs,
                              &s->learner.program, err);
    if (st == MESA_OK)
        bind(s, &b);
    mesa_graph_free(b.g);
    return st;
}

mesa_status
sac_learner_init(struct sac *s, struct mesa_error *err)
{
    struct sac_learner *l = &s->learner;
    size_t n = (size_t)s->batch_size;
    size_t states = sac_n_states(s), actions = sac_n_actions(s);
    bool gaussian = s->policy_kind == SAC_GAUSSIAN;

    l->batch = n;
    l->state = mesa_alloc_array(n, states * sizeof *l->state);
    l->action = mesa_alloc_array(n, actions * sizeof *l->action);
    l->reward = mesa_alloc_array(n, sizeof *l->reward);
    l->mask = mesa_alloc_array(n, sizeof *l->mask);
    l->next = mesa_alloc_array(n, states * sizeof *l->next);
    l->noise = mesa_alloc_array(n, actions * sizeof *l->noise);
    l->next_noise = mesa_alloc_array(n, actions * sizeof *l->next_noise);
    l->pick = mesa_alloc_array(n, sizeof *l->pick);
    if (!l->state || !l->action || !l->reward || !l->mask || !l->next ||
        !l->noise || !l->next_noise || !l->pick)
        return mesa_nomem(err, n, "transitions");
    l->temperature = gaussian ? (float)s->alpha : 0;
    if (s->automatic_entropy_tuning)
        l->log_alpha = (float)mesa_math_log(s->alpha);
    return build(s, err);
}

void
sac_learner_free(struct sac_learner *l)
{
    mesa_program_free(l->program);
    mesa_optimizer_free(l->policy);
    mesa_optimizer_free(l->critic);
    mesa_optimizer_free(l->alpha);
    mesa_free(l->state);
    mesa_free(l->action);
    mesa_free(l->reward);
    mesa_free(l->mask);
    mesa_free(l->next);
    mesa_free(l->noise);
    mesa_free(l->next_noise);
    mesa_free(l->pick);
    *l = (struct sac_learner){ 0 };
}

/* A transition into column i of the batch. */
static void
gather(struct sac *s, size_t at, size_t i)
{
    struct sac_learner *l = &s->learner;
    const struct sac_replay *r = &s->replay;
    float done = r->done[at];

    for (size_t j = 0; j < r->n_states; j++) {
        l->state[j * l->batch + i] = r->state[at * r->n_states + j];
        l->next[j * l->batch + i] = r->next[at * r->n_states + j];
    }
    for (size_t j = 0; j < r->n_actions; j++)
        l->action[j * l->batch + i] = r->action[at * r->n_actions + j];
    l->reward[i] = r->reward[at];
    l->mask[i] = s->bootstrap == SAC_BOOTSTRAP_REFERENCE ? 1 - done : done;
}

static mesa_status
draw_batch(struct sac *s, struct mesa_rng *rng, struct mesa_error *err)
{
    struct sac_learner *l = &s->learner;
    size_t width = l->batch * s->replay.n_actions;
    mesa_status st = mesa_rng_choice(rng, s->replay.n, l->batch, false,
                                     l->pick, err);

    if (st != MESA_OK)
        return st;
    for (size_t i = 0; i < l->batch; i++)
        gather(s, sac_replay_at(&s->replay, l->pick[i]), i);
    for (size_t i = 0; i < width; i++) {
        l->noise[i] = (float)mesa_rng_normal(rng);
        l->next_noise[i] = (float)mesa_rng_normal(rng);
    }
    return MESA_OK;
}

static mesa_status
check_losses(const struct sac *s, struct mesa_error *err)
{
    const struct sac_learner *l = &s->learner;

    for (size_t i = 0; i < SAC_CRITICS; i++)
        if (!isfinite(l->critic_loss[i]))
            return mesa_fail(err, MESA_ENUMERIC,
                             "critic loss is not finite at update %llu",
                             (unsigned long long)s->n_updates);
    if (!isfinite(l->policy_loss))
        return mesa_fail(err, MESA_ENUMERIC,
                         "policy loss is not finite at update %llu",
                         (unsigned long long)s->n_updates);
    return MESA_OK;
}

mesa_status
sac_learner_step(struct sac *s, struct mesa_error *err)
{
    struct sac_learner *l = &s->learner;
    uint64_t interval = (uint64_t)s->target_update_interval;
    mesa_status st;

    l->tau = s->n_updates % interval == 0 ? (float)s->tau : 0;
    mesa_optimizer_step(l->critic);
    mesa_optimizer_step(l->policy);
    if (l->alpha)
        mesa_optimizer_step(l->alpha);
    st = mesa_program_run(l->program, err);
    s->n_updates++;
    return st == MESA_OK ? check_losses(s, err) : st;
}

mesa_status
sac_learner_update(struct sac *s, struct mesa_rng *rng,
                   struct mesa_error *err)
{
    mesa_status st = draw_batch(s, rng, err);

    return st == MESA_OK ? sac_learner_step(s, err) : st;
}
