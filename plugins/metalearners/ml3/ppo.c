/* SPDX-License-Identifier: MIT */
/*
 * ppo.c - what the learned loss is compared with: proximal policy
 * optimisation.
 *
 * Some epochs of Adam on the clipped surrogate of the episodes just played,
 * all rows at once; the standardised gains are returns less what the episodes
 * of the same policy get on average from the same step on.
 *
 * Schulman et al. 2017, Proximal policy optimization algorithms,
 * arXiv:1707.06347, Algorithm 1.
 */
#include "policy.h"

#include <string.h>

/* Nodes: weights, gradients, what becomes of weights, moments of Adam. */
static mesa_status
build(struct policy *p, struct mesa_graph *g, const struct actors *a,
      mesa_node *node, struct learning *out, struct mesa_error *err)
{
    const size_t n = a->crew.n_tensors;
    struct mesa_optimizer_options solver = mesa_optimizer_defaults();
    mesa_node *weight = node, *gradient = node + n, *next = node + 2 * n;
    mesa_node mean, loss;
    mesa_status st;

    crew_inputs(&a->crew, g, weight);
    policy_episode_inputs(p, g, &out->at);
    out->goal = policy_goal_input(p, g);
    mean = policy_mean(p, g, weight, out->at.state, out->goal);
    loss = mesa_neg(g, policy_surrogate(p, g, mean, &out->at, p->ppo_clip));
    mesa_grad(g, loss, weight, n, gradient);
    solver.learning_rate = p->ppo_lr;
    st = mesa_optimizer_new(g, &solver, weight, gradient, n, next,
                            &out->optimizer, err);
    if (st != MESA_OK)
        return st;
    mesa_optimizer_state(out->optimizer, next + n);
    st = mesa_program_new(g, next,
                          n + mesa_optimizer_n_state(out->optimizer),
                          &out->program, err);
    if (st != MESA_OK)
        return st;
    crew_bind(&a->crew, out->program, weight);
    crew_bind(&a->crew, out->program, next);
    mesa_optimizer_bind(out->optimizer, out->program);
    mesa_program_bind(out->program, out->goal, a->goal);
    return MESA_OK;
}

mesa_status
ppo_new(struct policy *p, const struct actors *a, struct learning *out,
        struct mesa_error *err)
{
    const size_t n = a->crew.n_tensors;
    struct mesa_graph *g = mesa_graph_new(MESA_F32, a->crew.n);
    mesa_node *node = mesa_alloc_array(5 * n, sizeof *node);
    mesa_status st;

    memset(out, 0, sizeof *out);
    st = g && node ? build(p, g, a, node, out, err)
                   : mesa_nomem(err, n, "nodes");
    mesa_free(node);
    mesa_graph_free(g);
    return st;
}
