/* SPDX-License-Identifier: MIT */
/*
 * ppo.c - what the learned loss is compared with: proximal policy
 * optimisation.
 *
 * Some epochs of Adam on the clipped surrogate of the episodes just played,
 * all rows at once.  Gains are standardised: returns less what the episodes
 * of the same policy get on average from the same step on; or generalised
 * advantages, by networks like the policies', which see the state and how
 * much of the episode is over, and learn along what returns it promises.
 *
 * Schulman et al. 2017, Proximal policy optimization algorithms,
 * arXiv:1707.06347, Algorithm 1; Schulman et al. 2016, High-dimensional
 * continuous control using generalized advantage estimation.
 */
#include "policy.h"

#include <math.h>
#include <string.h>

void
ppo_critics_free(struct critics *c)
{
    crew_free(&c->crew);
    mesa_program_free(c->program);
    mesa_weights_free(c->model);
    mesa_free(c->value);
    memset(c, 0, sizeof *c);
}

/* What critics promise: rows by 1. */
static mesa_node
promise(const struct policy *p, struct mesa_graph *g, const mesa_node *weight,
        mesa_node state, mesa_node goal, struct mesa_error *err)
{
    const size_t side = (size_t)p->episodes;
    const size_t shape[2] = { p->world.space.horizon * side, 1 };
    double *passed = mesa_alloc_array(shape[0], sizeof *passed);
    mesa_node seen[2];

    if (!passed) {
        mesa_nomem(err, shape[0], "steps");
        return mesa_graph_fail(g, MESA_ENOMEM, "%s", err->message);
    }
    for (size_t r = 0; r < shape[0]; r++)
        passed[r] = (double)(r / side) / (double)p->world.space.horizon;
    seen[0] = policy_view(p, g, state, goal);
    seen[1] = mesa_constant(g, 2, shape, passed);
    mesa_free(passed);
    return mesa_estimator_forward(p->estimator, g, weight,
                                  mesa_concat(g, seen, 2, 1));
}

static mesa_status
make_program(const struct policy *p, const struct episodes *e,
             struct critics *c, struct mesa_error *err)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F32, c->crew.n);
    mesa_node *weight = mesa_alloc_array(c->crew.n_tensors, sizeof *weight);
    struct episode_nodes at;
    mesa_node goal, value;
    mesa_status st;

    if (!g || !weight) {
        st = mesa_nomem(err, c->crew.n_tensors, "nodes");
        goto out;
    }
    crew_inputs(&c->crew, g, weight);
    policy_episode_inputs(p, g, &at);
    goal = policy_goal_input(p, g);
    value = promise(p, g, weight, at.state, goal, err);
    st = mesa_program_new(g, &value, 1, &c->program, err);
    if (st != MESA_OK)
        goto out;
    crew_bind(&c->crew, c->program, weight);
    policy_episode_bind(&at, c->program, e);
    mesa_program_bind(c->program, goal, e->goal);
    mesa_program_bind(c->program, value, c->value);
out:
    mesa_graph_free(g);
    mesa_free(weight);
    return st;
}

static mesa_status
appoint(const struct policy *p, const struct mesa_host *host,
        const struct episodes *e, struct critics *c, struct mesa_error *err)
{
    const size_t states = p->world.space.n_states;
    mesa_status st = mesa_estimator_weights(
        p->estimator, (p->policy_goal ? 2 : 1) * states + 1, 1, MESA_F32,
        &c->model, err);

    if (st == MESA_OK)
        st = crew_new(c->model, e->n, &c->crew, err);
    if (st != MESA_OK)
        return st;
    crew_draw(&c->crew, host, "ml3_policy.critic", 0, false);
    c->value = mesa_alloc_array(2 * e->n, e->rows * sizeof *c->value);
    if (!c->value)
        return mesa_nomem(err, e->n * e->rows, "values");
    c->target = c->value + e->n * e->rows;
    return make_program(p, e, c, err);
}

void
ppo_gains(const double *reward, const float *value, size_t n_steps,
          size_t n_episodes, double discount, double lambda, float *gain,
          float *target)
{
    const size_t rows = n_steps * n_episodes;
    double mean = 0, square = 0, scale;

    for (size_t i = 0; i < n_episodes; i++) {
        double sum = 0, next = 0; /* nothing comes after the last step */

        for (size_t t = n_steps; t-- > 0;) {
            const size_t r = t * n_episodes + i;
            const double now = (double)value[r];

            /* Values are returns by (1 - discount): like rewards. */
            sum = (1 - discount) * reward[r] + discount * next - now +
                  discount * lambda * sum;
            next = now;
            gain[r] = (float)sum;
            target[r] = (float)(sum + now);
            mean += sum / (double)rows;
        }
    }
    for (size_t r = 0; r < rows; r++)
        square += ((double)gain[r] - mean) * ((double)gain[r] - mean);
    scale = sqrt(square / (double)rows) + 1e-8;
    for (size_t r = 0; r < rows; r++)
        gain[r] = (float)(((double)gain[r] - mean) / scale);
}

mesa_status
ppo_judge(const struct policy *p, struct critics *c, struct episodes *e,
          struct mesa_error *err)
{
    mesa_status st = mesa_program_run(c->program, err);

    for (size_t k = 0; k < e->n && st == MESA_OK; k++)
        ppo_gains(e->reward + k * e->rows, c->value + k * e->rows,
                  p->world.space.horizon, e->n_episodes, p->discount,
                  p->ppo_lambda, e->gain + k * e->rows,
                  c->target + k * e->rows);
    return st;
}

/* Nodes of a program: weights of policies and critics, gradients, what
 * becomes of weights, what Adam keeps. */
struct nodes {
    size_t    n; /* tensors of both */
    mesa_node *weight, *gradient, *next, target;
};

static mesa_node
objective(const struct policy *p, struct mesa_graph *g,
          const struct critics *c, const struct learning *l, size_t policies,
          struct nodes *n, struct mesa_error *err)
{
    const size_t shape[2] = { p->world.space.horizon * (size_t)p->episodes,
                              1 };
    mesa_node mean = policy_mean(p, g, n->weight, l->at.state, l->goal);
    mesa_node loss = mesa_neg(g, policy_surrogate(p, g, mean, &l->at,
                                                  p->ppo_clip));
    mesa_node d;

    if (!c->program)
        return loss;
    n->target = mesa_input(g, MESA_PER_TASK, 2, shape);
    d = mesa_sub(g, promise(p, g, n->weight + policies, l->at.state, l->goal,
                            err),
                 n->target);
    return mesa_add(g, loss, mesa_mean(g, mesa_mul(g, d, d)));
}

static mesa_status
build(struct policy *p, struct mesa_graph *g, const struct actors *a,
      const struct critics *c, struct nodes *n, struct learning *out,
      struct mesa_error *err)
{
    const size_t policies = a->crew.n_tensors;
    struct mesa_optimizer_options solver = mesa_optimizer_defaults();
    mesa_status st;

    crew_inputs(&a->crew, g, n->weight);
    if (c->program)
        crew_inputs(&c->crew, g, n->weight + policies);
    policy_episode_inputs(p, g, &out->at);
    out->goal = policy_goal_input(p, g);
    mesa_grad(g, objective(p, g, c, out, policies, n, err), n->weight, n->n,
              n->gradient);
    solver.learning_rate = p->ppo_lr;
    st = mesa_optimizer_new(g, &solver, n->weight, n->gradient, n->n, n->next,
                            &out->optimizer, err);
    if (st != MESA_OK)
        return st;
    mesa_optimizer_state(out->optimizer, n->next + n->n);
    return mesa_program_new(g, n->next,
                            n->n + mesa_optimizer_n_state(out->optimizer),
                            &out->program, err);
}

mesa_status
ppo_new(struct policy *p, const struct mesa_host *host,
        const struct actors *a, const struct episodes *e,
        struct critics *critics, struct learning *out, struct mesa_error *err)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F32, a->crew.n);
    struct nodes n = { .n = a->crew.n_tensors };
    mesa_status st = g ? MESA_OK : mesa_nomem(err, 1, "graph");

    memset(out, 0, sizeof *out);
    if (st == MESA_OK && p->ppo_baseline == PPO_VALUE)
        st = appoint(p, host, e, critics, err);
    n.n += critics->crew.n_tensors;
    n.weight = mesa_alloc_array(5 * n.n, sizeof *n.weight);
    if (st == MESA_OK && !n.weight)
        st = mesa_nomem(err, n.n, "nodes");
    if (st == MESA_OK) {
        n.gradient = n.weight + n.n;
        n.next = n.gradient + n.n;
        st = build(p, g, a, critics, &n, out, err);
    }
    if (st == MESA_OK) {
        crew_bind(&a->crew, out->program, n.weight);
        crew_bind(&a->crew, out->program, n.next);
        mesa_program_bind(out->program, out->goal, a->goal);
        mesa_optimizer_bind(out->optimizer, out->program);
    }
    if (st == MESA_OK && critics->program) {
        crew_bind(&critics->crew, out->program,
                  n.weight + a->crew.n_tensors);
        crew_bind(&critics->crew, out->program, n.next + a->crew.n_tensors);
        mesa_program_bind(out->program, n.target, critics->target);
    }
    mesa_free(n.weight);
    mesa_graph_free(g);
    return st;
}
