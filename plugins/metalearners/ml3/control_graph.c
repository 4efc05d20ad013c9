/* SPDX-License-Identifier: MIT */
/*
 * control_graph.c - the programs of ml3_control: an iteration, and what
 * evaluation needs.
 *
 * With theta the weights of a policy, s and a what it does in an episode and
 * M the learned loss of the weights phi,
 *
 *     theta' = theta - inner_lr d/dtheta mean_t M_phi(s_t, pi_theta(s_t), d)
 *     phi is to lower  C(episode of pi_theta')
 *
 * where the states s_t and the distance d of the last one to the goal are
 * data: that they depend on theta is of no concern to the inner step, unless
 * inner_gradient = episode.
 */
#include "control.h"

#include <string.h>

mesa_status
control_nodes_new(const struct control *c, struct mesa_graph *g,
                  struct control_nodes *n, struct mesa_error *err)
{
    const size_t size = c->space.n_states;

    memset(n, 0, sizeof *n);
    n->weight = mesa_alloc_array(3 * c->n, sizeof *n->weight);
    if (!n->weight)
        return mesa_nomem(err, c->n, "nodes");
    n->next = n->weight + c->n;
    n->gradient = n->next + c->n;
    for (size_t j = 0; j < c->n; j++) {
        const struct mesa_weight *w = mesa_weights_get(c->policy, j);

        n->weight[j] = mesa_input(g, MESA_PER_TASK, w->rank, w->shape);
        n->next[j] = n->weight[j];
    }
    n->start = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(1, size));
    n->goal = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(1, size));
    n->states = mesa_input(g, MESA_PER_TASK,
                           MESA_SHAPE(c->space.horizon, size));
    n->last = mesa_input(g, MESA_PER_TASK, MESA_SHAPE(1, size));
    return MESA_OK;
}

void
control_nodes_free(struct control_nodes *n)
{
    mesa_free(n->weight);
    memset(n, 0, sizeof *n);
}

/* What the learned loss thinks of these actions in these states. */
static mesa_node
learned_loss(const struct control *c, struct mesa_graph *g,
             const struct control_nodes *n, mesa_node states,
             mesa_node actions, mesa_node last)
{
    const size_t rows[2] = { c->space.horizon, c->teacher.shape.n_extra };
    mesa_node extra = mesa_sub(g, last, n->goal);

    if (c->extra == CONTROL_FAR)
        extra = mesa_reshape(
            g, mesa_sqrt(g, mesa_sum(g, mesa_mul(g, extra, extra))),
            MESA_SHAPE(1, 1));
    if (c->extra == CONTROL_GAINS)
        extra = control_gains(c, g, states, actions);

    return teacher_loss(
        &c->teacher, g,
        &(struct mesa_loss_terms){
            .struct_size = sizeof(struct mesa_loss_terms),
            .prediction = actions,
            .input = states,
            .extra = mesa_broadcast(g, extra, 2, rows) });
}

/* One step of the policies down a number; that of rate times it is one
 * product, and not one with the gradient of each weight. */
static void
descend(const struct control *c, struct mesa_graph *g,
        struct control_nodes *n, mesa_node number)
{
    mesa_node y = mesa_mul(g, mesa_scalar(g, c->inner_lr), number);

    mesa_grad(g, y, n->next, c->n, n->gradient);
    for (size_t j = 0; j < c->n; j++)
        n->next[j] = mesa_sub(g, n->next[j], n->gradient[j]);
}

/* An episode of the policies as they are now, and what it costs. */
static mesa_node
episode_cost(const struct control *c, struct mesa_graph *g,
             const struct control_nodes *n, bool shaped,
             struct control_episode *e)
{
    struct mesa_error err;
    mesa_status st = control_roll(c, g, n->next, n->start, n->goal, e, &err);

    if (st != MESA_OK)
        return mesa_graph_fail(g, st, "%s", err.message);
    return mesa_environment_build_cost(c->environment, g, e->next,
                                       e->actions, n->goal, shaped);
}

/* The same of the policies as they are now, in states that are data. */
static mesa_node
loss_of_actions(const struct control *c, struct mesa_graph *g,
                const struct control_nodes *n, mesa_node states,
                mesa_node last)
{
    return learned_loss(c, g, n, states,
                        control_act(c, g, n->next, states, n->goal), last);
}

/* An inner step: down what the learned loss thinks of an episode, by its
 * actions alone or by the states as well that they have led to. */
static mesa_status
inner_step(const struct control *c, struct mesa_graph *g,
           struct control_nodes *n, struct mesa_error *err)
{
    struct control_episode e;
    mesa_node last, y;
    mesa_status st = control_roll(c, g, n->next, n->start, n->goal, &e, err);

    if (st != MESA_OK)
        return st;
    last = mesa_stop_gradient(g, e.last);
    if (c->inner_gradient == CONTROL_EPISODE) {
        y = learned_loss(c, g, n, e.states, e.actions, last);
        y = control_surrogate(c, g, n->next, n->goal, &e, y);
    } else {
        y = loss_of_actions(c, g, n, mesa_stop_gradient(g, e.states), last);
    }
    descend(c, g, n, y);
    control_episode_free(&e);
    return MESA_OK;
}

mesa_status
control_build(const struct control *c, struct mesa_graph *g,
              struct control_nodes *n, struct mesa_error *err)
{
    struct control_episode e;
    mesa_node pull;

    for (int64_t k = 0; k < c->inner_steps; k++) {
        mesa_status st = inner_step(c, g, n, err);

        if (st != MESA_OK)
            return st;
    }
    n->cost = episode_cost(c, g, n, c->shaping, &e);
    pull = control_surrogate(c, g, n->next, n->goal, &e, n->cost);
    n->objective = mesa_task_mean(g, pull);
    control_episode_free(&e);
    return mesa_graph_status(g, err);
}

static void
bind_crew(const struct control *c, const struct control_crew *crew,
          const struct control_nodes *n, struct mesa_program *p)
{
    for (size_t j = 0; j < c->n; j++)
        mesa_program_bind(p, n->weight[j], crew->weight[j]);
    mesa_program_bind(p, n->start, crew->start);
    mesa_program_bind(p, n->goal, crew->goal);
    mesa_program_bind(p, n->states, crew->states);
    mesa_program_bind(p, n->last, crew->last);
}

/* A graph of so many tasks, with the nodes and inputs all programs have. */
static mesa_status
open_graph(struct control *c, size_t n_tasks, struct mesa_graph **g,
           struct control_nodes *n, struct mesa_error *err)
{
    mesa_status st;

    *g = mesa_graph_new(MESA_F32, n_tasks);
    if (!*g)
        return mesa_nomem(err, 1, "graph");
    st = control_nodes_new(c, *g, n, err);
    if (st == MESA_OK && c->model.inputs)
        c->model.inputs(c->model.context, *g);
    return st;
}

mesa_status
control_program_new(struct control *c, struct mesa_error *err)
{
    struct control_nodes n = { 0 };
    struct mesa_graph *g;
    mesa_node *out = NULL;
    mesa_status st = open_graph(c, c->crew.n, &g, &n, err);

    if (st != MESA_OK)
        goto out;
    teacher_inputs(&c->teacher, g);
    st = control_build(c, g, &n, err);
    if (st == MESA_OK)
        st = teacher_update(&c->teacher, g, n.objective, err);
    if (st != MESA_OK)
        goto out;
    out = mesa_alloc_array(c->teacher.n_outputs + 1, sizeof *out);
    if (!out) {
        st = mesa_nomem(err, c->teacher.n_outputs, "nodes");
        goto out;
    }
    memcpy(out, c->teacher.output, c->teacher.n_outputs * sizeof *out);
    out[c->teacher.n_outputs] = n.cost;
    st = mesa_program_new(g, out, c->teacher.n_outputs + 1, &c->program, err);
    if (st != MESA_OK)
        goto out;
    bind_crew(c, &c->crew, &n, c->program);
    mesa_program_bind(c->program, n.cost, c->crew.cost);
    teacher_bind(&c->teacher, c->program);
    if (c->model.bind)
        c->model.bind(c->model.context, c->program);
out:
    mesa_free(out);
    control_nodes_free(&n);
    mesa_graph_free(g);
    return st;
}

/* A program whose outputs are the policies after a step. */
static mesa_status
step_program(struct control *c, struct control_crew *crew, bool by_cost,
             struct mesa_program **out, struct mesa_error *err)
{
    struct control_nodes n = { 0 };
    struct control_episode e = { 0 };
    struct mesa_graph *g;
    mesa_status st = open_graph(c, crew->n, &g, &n, err);

    if (st != MESA_OK)
        goto out;
    teacher_inputs(&c->teacher, g);
    if (by_cost) {
        n.cost = episode_cost(c, g, &n, false, &e);
        descend(c, g, &n, control_surrogate(c, g, n.next, n.goal, &e,
                                            n.cost));
    } else if (c->inner_gradient == CONTROL_EPISODE) {
        st = inner_step(c, g, &n, err);
    } else {
        descend(c, g, &n, loss_of_actions(c, g, &n, n.states, n.last));
    }
    if (st == MESA_OK)
        st = mesa_program_new(g, n.next, c->n, out, err);
    if (st != MESA_OK)
        goto out;
    bind_crew(c, crew, &n, *out);
    for (size_t j = 0; j < c->n; j++)
        mesa_program_bind(*out, n.next[j], crew->weight[j]);
    teacher_bind(&c->teacher, *out);
    if (c->model.bind)
        c->model.bind(c->model.context, *out);
out:
    control_episode_free(&e);
    control_nodes_free(&n);
    mesa_graph_free(g);
    return st;
}

/* What policies do in one state each. */
static mesa_status
act_program(struct control *c, struct control_crew *crew,
            struct mesa_error *err)
{
    struct control_nodes n = { 0 };
    struct mesa_graph *g;
    mesa_node action;
    mesa_status st = open_graph(c, crew->n, &g, &n, err);

    if (st == MESA_OK) {
        action = control_act(c, g, n.weight, n.start, n.goal);
        st = mesa_program_new(g, &action, 1, &crew->act, err);
    }
    if (st == MESA_OK) {
        bind_crew(c, crew, &n, crew->act);
        mesa_program_bind(crew->act, n.start, crew->seen);
        mesa_program_bind(crew->act, action, crew->did);
    }
    control_nodes_free(&n);
    mesa_graph_free(g);
    return st;
}

/* What episodes that are over have cost. */
static mesa_status
price_program(struct control *c, struct control_crew *crew,
              struct mesa_error *err)
{
    struct control_nodes n = { 0 };
    struct mesa_graph *g;
    mesa_node actions, cost;
    mesa_status st = open_graph(c, crew->n, &g, &n, err);

    if (st == MESA_OK) {
        actions = mesa_input(
            g, MESA_PER_TASK,
            MESA_SHAPE(c->space.horizon, c->space.n_actions));
        cost = mesa_environment_build_cost(c->environment, g, n.states,
                                           actions, n.goal, false);
        st = mesa_program_new(g, &cost, 1, &crew->price, err);
    }
    if (st == MESA_OK) {
        bind_crew(c, crew, &n, crew->price);
        mesa_program_bind(crew->price, n.states, crew->next);
        mesa_program_bind(crew->price, actions, crew->actions);
        mesa_program_bind(crew->price, cost, crew->cost);
    }
    control_nodes_free(&n);
    mesa_graph_free(g);
    return st;
}

mesa_status
control_crew_programs(struct control *c, struct control_crew *crew,
                       struct mesa_error *err)
{
    mesa_status st = act_program(c, crew, err);

    if (st == MESA_OK)
        st = price_program(c, crew, err);
    if (st == MESA_OK)
        st = step_program(c, crew, false, &crew->learn, err);
    return st == MESA_OK ? step_program(c, crew, true, &crew->descend, err)
                         : st;
}
