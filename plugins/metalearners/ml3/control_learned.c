/* SPDX-License-Identifier: MIT */
/*
 * control_learned.c - dynamics = learned: what iterations differentiate is an
 * ensemble of networks, and the environment only gives it episodes.
 *
 * First some of random actions; then, each time it is trained, some of
 * policies of the training goals after adaptation with the loss as it is, so
 * that the networks know what the loss makes policies do.
 */
#include "control.h"

static void
learned_inputs(void *context, struct mesa_graph *g)
{
    struct control *c = context;
    struct mesa_error err;
    mesa_status st;

    dynamics_nodes_free(&c->nodes);
    st = dynamics_nodes_new(&c->learned, g, &c->nodes, &err);
    if (st != MESA_OK)
        mesa_graph_fail(g, st, "%s", err.message);
}

static void
learned_bind(void *context, struct mesa_program *p)
{
    struct control *c = context;

    dynamics_bind(&c->learned, p, &c->nodes);
}

static mesa_node
learned_step(void *context, struct mesa_graph *g, mesa_node state,
             mesa_node action)
{
    const struct control *c = context;

    return c->nodes.input
               ? dynamics_next(&c->learned, g, &c->nodes, state, action)
               : 0;
}

mesa_status
control_learned_open(struct control *c, const struct mesa_host *host,
                     struct mesa_error *err)
{
    const struct mesa_rng rng = mesa_host_rng(host, "control.dynamics", 0);

    if (c->dynamics != CONTROL_LEARNED)
        return MESA_OK;
    c->model = (struct control_dynamics){ .context = c,
                                          .inputs = learned_inputs,
                                          .bind = learned_bind,
                                          .step = learned_step };
    return dynamics_open(&c->learned, &c->space, &rng, err);
}

mesa_status
control_learned_ready(struct control *c, struct mesa_error *err)
{
    mesa_status st;

    if (c->dynamics != CONTROL_LEARNED)
        return MESA_OK;
    st = control_crew_new(c, (size_t)c->learned.options.rollouts, &c->real,
                          err);
    return st == MESA_OK ? control_crew_programs(c, &c->real, err) : st;
}

void
control_learned_close(struct control *c)
{
    control_crew_free(c, &c->real);
    dynamics_nodes_free(&c->nodes);
    dynamics_close(&c->learned);
}

static void
random_action(const struct mesa_space *s, struct mesa_rng *rng, double *out)
{
    for (size_t k = 0; k < s->n_actions; k++)
        out[k] = s->action_low[k] + (s->action_high[k] - s->action_low[k]) *
                                        mesa_rng_uniform(rng);
}

/* One episode of random actions. */
static mesa_status
babble(struct control *c, struct mesa_rng rng, struct mesa_error *err)
{
    const struct mesa_space *s = &c->space;
    double *state = mesa_alloc_array(2 * s->n_states + s->n_actions,
                                     sizeof *state);
    double *next, *action;
    mesa_status st = MESA_OK;

    if (!state)
        return mesa_nomem(err, s->n_states, "numbers of a state");
    next = state + s->n_states;
    action = next + s->n_states;
    mesa_environment_reset(c->environment, state, &rng);
    for (size_t t = 0; t < s->horizon && st == MESA_OK; t++) {
        random_action(s, &rng, action);
        mesa_environment_step(c->environment, 1, state, action, next);
        st = dynamics_see(&c->learned, 1, state, action, next, err);
        for (size_t j = 0; j < s->n_states; j++)
            state[j] = next[j];
    }
    mesa_free(state);
    return st;
}

static void
widen(const float *from, size_t n, double *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (double)from[i];
}

/* What the crew has just done, but for policies that are lost. */
static mesa_status
look_at(struct control *c, const struct control_crew *w,
        struct mesa_error *err)
{
    const size_t steps = c->space.horizon;
    const size_t states = steps * c->space.n_states;
    const size_t actions = steps * c->space.n_actions;
    double *seen = mesa_alloc_array(2 * states + actions, sizeof *seen);
    double *next, *action;
    mesa_status st = MESA_OK;

    if (!seen)
        return mesa_nomem(err, steps, "transitions");
    next = seen + states;
    action = next + states;
    for (size_t e = 0; e < w->n && st == MESA_OK; e++) {
        if (w->lost[e])
            continue;
        widen(w->states + e * states, states, seen);
        widen(w->next + e * states, states, next);
        widen(w->actions + e * actions, actions, action);
        st = dynamics_see(&c->learned, steps, seen, action, next, err);
    }
    mesa_free(seen);
    return st;
}

/* Real episodes of policies that the loss has adapted, as of now. */
static mesa_status
act(struct control *c, const struct mesa_host *host, uint64_t round,
    struct mesa_error *err)
{
    struct control_crew *w = &c->real;
    mesa_status st;

    for (size_t b = 0; b < w->n; b++) {
        uint64_t at = round * w->n + b;
        struct mesa_rng policy =
            c->policy_init == CONTROL_FIXED
                ? mesa_host_rng(host, "control.policy", 0)
                : mesa_host_rng(host, "control.real_policy", at);
        struct mesa_rng goal = mesa_host_rng(host, "control.real_goal", at);

        control_crew_policy(c, w, b, &policy);
        control_crew_goal(c, w, b, MESA_PART_TRAIN, at, &goal);
    }
    st = control_crew_run(c, w, err);
    for (int64_t k = 0; k < c->inner_steps && st == MESA_OK; k++) {
        st = mesa_program_run(w->learn, err);
        if (st == MESA_OK)
            st = control_crew_run(c, w, err);
    }
    return st == MESA_OK ? look_at(c, w, err) : st;
}

/* What there is to see for this training; i is 0 for the first one. */
static mesa_status
look(struct control *c, const struct mesa_host *host, uint64_t i,
     struct mesa_error *err)
{
    const struct dynamics_options *o = &c->learned.options;
    mesa_status st = MESA_OK;

    for (int64_t b = 0; i == 0 && b < o->babbling && st == MESA_OK; b++)
        st = babble(c, mesa_host_rng(host, "control.babbling", (uint64_t)b),
                    err);
    return st == MESA_OK ? act(c, host, i / (uint64_t)o->interval, err) : st;
}

mesa_status
control_learned_train(struct control *c, const struct mesa_host *host,
                      uint64_t i, struct mesa_metrics *metrics, bool *stopped,
                      struct mesa_error *err)
{
    const uint64_t interval = (uint64_t)c->learned.options.interval;
    struct mesa_rng rng;
    mesa_status st;

    *stopped = false;
    if (c->dynamics != CONTROL_LEARNED || i % interval != 0)
        return MESA_OK;
    rng = mesa_host_rng(host, "control.fit", i / interval);
    st = dynamics_mark(&c->learned, err);
    if (st == MESA_OK)
        st = look(c, host, i, err);
    if (st == MESA_OK)
        st = dynamics_fit(&c->learned, host, &rng, err);
    if (st == MESA_OK && mesa_host_cancelled(host)) {
        /* The step will be made again: as if nothing had been seen. */
        dynamics_go_back(&c->learned);
        *stopped = true;
        return MESA_OK;
    }
    if (st == MESA_OK &&
        mesa_metrics_add(metrics, "train", "dynamics_loss",
                         dynamics_last_loss(&c->learned)) != MESA_OK)
        st = mesa_nomem(err, 1, "metric row");
    return st;
}
