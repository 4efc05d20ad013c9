/* SPDX-License-Identifier: MIT */
/*
 * rollout.c - an episode as nodes: horizon times what the policy does and
 * what becomes of it.
 *
 * The derivative of what an episode costs goes back step by step through the
 * dynamics, but not through the weights of the policy: it gives a number for
 * each action, and the weights see all of them at once, as rows of one
 * product.  An episode of T steps so costs T small steps and two passes of T
 * rows through the policy, and not T passes of one row each way.
 */
#include "control.h"

#include <string.h>

/* Numbers over their usual sizes. */
static mesa_node
scaled(const struct control *c, struct mesa_graph *g, mesa_node x)
{
    const size_t n = c->space.n_states;

    for (size_t i = 0; i < n; i++)
        if (c->space.scale[i] < 1 || c->space.scale[i] > 1)
            return mesa_div(g, x, mesa_constant(g, 1, &n, c->space.scale));
    return x;
}

/* What is no more than the bounds; from beyond them a derivative comes only
 * if asked for, that of u. */
static mesa_node
bounded(const struct control *c, struct mesa_graph *g, mesa_node u)
{
    const size_t n = c->space.n_actions;
    const double *low = c->space.action_low, *high = c->space.action_high;
    mesa_node y;

    if (n == 1) {
        y = mesa_clamp(g, u, low[0], high[0]);
    } else {
        y = mesa_max(g, u, mesa_constant(g, 1, &n, low));
        y = mesa_min(g, y, mesa_constant(g, 1, &n, high));
    }

    return c->pass_bounds
               ? mesa_add(g, mesa_stop_gradient(g, y),
                          mesa_sub(g, u, mesa_stop_gradient(g, u)))
               : y;
}

mesa_node
control_act(const struct control *c, struct mesa_graph *g,
            const mesa_node *weight, mesa_node states, mesa_node goal)
{
    mesa_node x[2] = { scaled(c, g, states), 0 }, u;
    size_t shape[MESA_MAX_DIMS] = { 0 };

    if (c->goal_input) {
        mesa_node_shape(g, states, shape);
        x[1] = mesa_broadcast(g, scaled(c, g, goal), 2, shape);
        x[0] = mesa_concat(g, x, 2, 1);
    }
    u = mesa_estimator_forward(c->estimator, g, weight, x[0]);
    mesa_node_shape(g, u, shape);
    if (u && shape[1] != c->space.n_actions)
        return mesa_graph_fail(g, MESA_ESHAPE,
                               "%s gives %zu actions where %u are wanted",
                               mesa_instance_class(c->estimator)->name,
                               shape[1], (unsigned)c->space.n_actions);
    return bounded(c, g, u);
}

mesa_status
control_roll(const struct control *c, struct mesa_graph *g,
             const mesa_node *weight, mesa_node start, mesa_node goal,
             struct control_episode *out, struct mesa_error *err)
{
    const size_t steps = c->space.horizon;
    mesa_node state = start, *before, *after, *fixed;

    memset(out, 0, sizeof *out);
    out->node = mesa_alloc_array(3 * steps + c->n, sizeof *out->node);
    if (!out->node)
        return mesa_nomem(err, steps, "steps");
    before = out->node + steps;
    after = before + steps;
    fixed = after + steps;
    for (size_t j = 0; j < c->n; j++)
        fixed[j] = mesa_stop_gradient(g, weight[j]);
    for (size_t t = 0; t < steps; t++) {
        before[t] = state;
        out->node[t] = control_act(
            c, g, fixed, c->detach ? mesa_stop_gradient(g, state) : state,
            goal);
        state = c->model.step(c->model.context, g, state, out->node[t]);
        after[t] = state;
    }
    out->actions = mesa_concat(g, out->node, steps, 0);
    out->states = mesa_concat(g, before, steps, 0);
    out->next = mesa_concat(g, after, steps, 0);
    out->last = state;
    return MESA_OK;
}

void
control_episode_free(struct control_episode *e)
{
    mesa_free(e->node);
    memset(e, 0, sizeof *e);
}

mesa_node
control_surrogate(const struct control *c, struct mesa_graph *g,
                  const mesa_node *weight, mesa_node goal,
                  const struct control_episode *e, mesa_node cost)
{
    const size_t steps = c->space.horizon;
    mesa_node *pull = mesa_alloc_array(steps, sizeof *pull);
    mesa_node all, action;

    if (!pull)
        return mesa_graph_fail(g, MESA_ENOMEM, "out of memory: %zu steps",
                               steps);
    mesa_grad(g, cost, e->node, steps, pull);
    all = mesa_concat(g, pull, steps, 0);
    mesa_free(pull);
    action = control_act(c, g, weight, mesa_stop_gradient(g, e->states),
                         goal);
    return mesa_sum(g, mesa_mul(g, all, action));
}
