/* SPDX-License-Identifier: MIT */
/*
 * policy_graph.c - one graph from the learned loss to what it led to.
 *
 * The inner steps are nodes: policies before, episodes they played, gradient
 * steps on the learned loss of these.  What the last policies did in episodes
 * of their own is a constant; how likely it was depends on their weights, and
 * through the inner steps on those of the loss.
 */
#include "policy.h"

#include <string.h>

static size_t
rows_of(const struct policy *p)
{
    return p->world.space.horizon * (size_t)p->episodes;
}

void
policy_episode_inputs(const struct policy *p, struct mesa_graph *g,
                      struct episode_nodes *out)
{
    const struct mesa_space *s = &p->world.space;
    const size_t rows = rows_of(p);

    out->state = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(rows, s->n_states));
    out->action = mesa_input(g, MESA_PER_TASK,
                             MESA_SHAPE(rows, s->n_actions));
    out->mean = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(rows, s->n_actions));
    out->gain = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(rows, (size_t)1));
}

void
policy_episode_bind(const struct episode_nodes *n, struct mesa_program *p,
                    const struct episodes *e)
{
    mesa_program_bind(p, n->state, e->state);
    mesa_program_bind(p, n->action, e->action);
    mesa_program_bind(p, n->mean, e->mean);
    mesa_program_bind(p, n->gain, e->gain);
}

mesa_node
policy_goal_input(const struct policy *p, struct mesa_graph *g)
{
    return mesa_input(g, MESA_PER_TASK,
                      MESA_SHAPE((size_t)1, p->world.space.n_states));
}

/* Each row of states with the goal beside it. */
static mesa_node
with_goal(struct mesa_graph *g, mesa_node state, mesa_node goal)
{
    size_t shape[MESA_MAX_DIMS] = { 0 };
    mesa_node side[2];

    mesa_node_shape(g, state, shape);
    side[0] = state;
    side[1] = mesa_broadcast(g, goal, 2, shape);
    return mesa_concat(g, side, 2, 1);
}

mesa_node
policy_view(const struct policy *p, struct mesa_graph *g, mesa_node state,
            mesa_node goal)
{
    return p->policy_goal ? with_goal(g, state, goal) : state;
}

mesa_node
policy_mean(const struct policy *p, struct mesa_graph *g,
            const mesa_node *weight, mesa_node state, mesa_node goal)
{
    return mesa_estimator_forward(p->estimator, g, weight,
                                  policy_view(p, g, state, goal));
}

/* The logarithm of a Gaussian's density, but for a constant: rows by 1. */
static mesa_node
log_density(const struct policy *p, struct mesa_graph *g, mesa_node mean,
            mesa_node action)
{
    const size_t one[2] = { rows_of(p), 1 };
    mesa_node d = mesa_mul(g, mesa_sub(g, action, mean),
                           mesa_scalar(g, 1 / p->std));
    mesa_node sum = mesa_sum_last(g, mesa_mul(g, d, d));

    return mesa_reshape(g, mesa_mul(g, sum, mesa_scalar(g, -0.5)), 2, one);
}

/* Schulman et al. 2017, equation 7. */
mesa_node
policy_surrogate(const struct policy *p, struct mesa_graph *g, mesa_node mean,
                 const struct episode_nodes *e, double clip)
{
    mesa_node ratio =
        mesa_exp(g, mesa_sub(g, log_density(p, g, mean, e->action),
                             log_density(p, g, e->mean, e->action)));
    mesa_node clipped = mesa_clamp(g, ratio, 1 - clip, 1 + clip);

    return mesa_mean(g, mesa_min(g, mesa_mul(g, ratio, e->gain),
                                 mesa_mul(g, clipped, e->gain)));
}

void
policy_learn(struct policy *p, struct mesa_graph *g, const mesa_node *weight,
            const struct episode_nodes *e, mesa_node goal, mesa_node *next)
{
    const size_t n = mesa_weights_count(p->model);
    const mesa_node rate = mesa_scalar(g, p->inner_lr);
    const struct mesa_loss_terms terms = {
        .struct_size = sizeof terms,
        .prediction = policy_mean(p, g, weight, e->state, goal),
        .target = e->action,
        .input = p->loss_goal ? with_goal(g, e->state, goal) : e->state,
        .extra = e->gain,
    };

    mesa_grad(g, teacher_loss(&p->teacher, g, &terms), weight, n, next);
    for (size_t j = 0; j < n; j++)
        next[j] = mesa_sub(g, weight[j], mesa_mul(g, rate, next[j]));
}

void
policy_nodes_free(struct policy_nodes *n)
{
    mesa_free(n->weight);
    mesa_free(n->played);
    memset(n, 0, sizeof *n);
}

mesa_status
policy_outer_build(struct policy *p, struct mesa_graph *g,
                   struct policy_nodes *out, struct mesa_error *err)
{
    const size_t n = mesa_weights_count(p->model);
    const size_t steps = (size_t)p->inner_steps;
    struct episode_nodes *last;
    mesa_node *now, *next, *swap, loss;

    memset(out, 0, sizeof *out);
    out->weight = mesa_alloc_array(3 * n, sizeof *out->weight);
    out->played = mesa_alloc_array(steps + 1, sizeof *out->played);
    if (!out->weight || !out->played)
        return mesa_nomem(err, n, "nodes");
    for (size_t j = 0; j < n; j++) {
        const struct mesa_weight *w = mesa_weights_get(p->model, j);

        out->weight[j] = mesa_input(g, MESA_PER_TASK, w->rank, w->shape);
    }
    out->goal = policy_goal_input(p, g);
    now = out->weight;
    next = now + n;
    for (size_t k = 0; k < steps; k++) {
        policy_episode_inputs(p, g, &out->played[k]);
        policy_learn(p, g, now, &out->played[k], out->goal, next);
        swap = k == 0 ? next + n : now;
        now = next;
        next = swap;
    }
    last = &out->played[steps];
    policy_episode_inputs(p, g, last);
    loss = policy_surrogate(
        p, g, policy_mean(p, g, now, last->state, out->goal), last, p->clip);
    out->objective = mesa_task_mean(g, mesa_neg(g, loss));
    return mesa_graph_status(g, err);
}

mesa_status
policy_outer_new(struct policy *p, struct mesa_error *err)
{
    struct mesa_graph *g = mesa_graph_new(MESA_F32, p->actors.crew.n);
    struct teacher *t = &p->teacher;
    struct policy_nodes n = { .weight = NULL };
    mesa_node *output = mesa_alloc_array(3 * t->n + 1, sizeof *output);
    mesa_status st = g && output ? MESA_OK : mesa_nomem(err, t->n, "nodes");

    if (st == MESA_OK) {
        teacher_inputs(t, g);
        st = policy_outer_build(p, g, &n, err);
    }
    if (st == MESA_OK)
        st = teacher_update(t, g, n.objective, err);
    if (st == MESA_OK) {
        memcpy(output, t->output, t->n_outputs * sizeof *output);
        output[t->n_outputs] = n.objective;
        st = mesa_program_new(g, output, t->n_outputs + 1, &p->outer, err);
    }
    if (st == MESA_OK) {
        teacher_bind(t, p->outer);
        crew_bind(&p->before, p->outer, n.weight);
        for (size_t k = 0; k <= (size_t)p->inner_steps; k++)
            policy_episode_bind(&n.played[k], p->outer, &p->played[k]);
        mesa_program_bind(p->outer, n.goal, p->played[0].goal);
        mesa_program_bind(p->outer, n.objective, &p->objective);
    }
    policy_nodes_free(&n);
    mesa_free(output);
    mesa_graph_free(g);
    return st;
}

mesa_status
policy_inner_new(struct policy *p, const struct actors *a,
                 struct learning *out, struct mesa_error *err)
{
    const size_t n = a->crew.n_tensors;
    struct mesa_graph *g = mesa_graph_new(MESA_F32, a->crew.n);
    mesa_node *weight = mesa_alloc_array(2 * n, sizeof *weight);
    mesa_status st;

    memset(out, 0, sizeof *out);
    if (!g || !weight) {
        st = mesa_nomem(err, n, "nodes");
        goto out;
    }
    teacher_inputs(&p->teacher, g);
    crew_inputs(&a->crew, g, weight);
    policy_episode_inputs(p, g, &out->at);
    out->goal = policy_goal_input(p, g);
    policy_learn(p, g, weight, &out->at, out->goal, weight + n);
    st = mesa_program_new(g, weight + n, n, &out->program, err);
    if (st != MESA_OK)
        goto out;
    teacher_bind(&p->teacher, out->program);
    crew_bind(&a->crew, out->program, weight);
    crew_bind(&a->crew, out->program, weight + n);
    mesa_program_bind(out->program, out->goal, a->goal);
out:
    mesa_graph_free(g);
    mesa_free(weight);
    return st;
}

void
learning_free(struct learning *l)
{
    mesa_program_free(l->program);
    mesa_optimizer_free(l->optimizer);
    memset(l, 0, sizeof *l);
}
