/* SPDX-License-Identifier: MIT */
/* crew.c - policies in memory, each with a goal, and episodes of theirs. */
#include "control.h"

#include <math.h>
#include <string.h>

static size_t
count(const struct mesa_weight *w)
{
    size_t n = 1;

    for (uint32_t d = 0; d < w->rank; d++)
        n *= w->shape[d];
    return n;
}

/* All arrays of doubles and all of floats are one block each. */
static mesa_status
alloc_episodes(const struct control *c, struct control_crew *w,
               struct mesa_error *err)
{
    const size_t states = c->space.n_states, actions = c->space.n_actions;
    const size_t steps = c->space.horizon;

    w->now = mesa_alloc_array(w->n, (3 * states + actions) * sizeof *w->now);
    w->start = mesa_alloc_array(
        w->n, (4 * states + actions + steps * (2 * states + actions) + 1) *
                  sizeof *w->start);
    w->lost = mesa_alloc_array(w->n, sizeof *w->lost);
    if (!w->now || !w->start || !w->lost)
        return mesa_nomem(err, w->n, "episodes");
    w->from = w->now + w->n * states;
    w->to = w->from + w->n * states;
    w->action = w->to + w->n * states;
    w->goal = w->start + w->n * states;
    w->last = w->goal + w->n * states;
    w->seen = w->last + w->n * states;
    w->did = w->seen + w->n * states;
    w->cost = w->did + w->n * actions;
    w->states = w->cost + w->n;
    w->next = w->states + w->n * steps * states;
    w->actions = w->next + w->n * steps * states;
    return MESA_OK;
}

mesa_status
control_crew_new(const struct control *c, size_t n, struct control_crew *out,
                 struct mesa_error *err)
{
    memset(out, 0, sizeof *out);
    out->n = n;
    out->weight = mesa_alloc_array(c->n, sizeof *out->weight);
    if (!out->weight)
        return mesa_nomem(err, c->n, "weights");
    for (size_t j = 0; j < c->n; j++) {
        out->weight[j] = mesa_alloc_array(
            n, count(mesa_weights_get(c->policy, j)) * sizeof(float));
        if (!out->weight[j])
            return mesa_nomem(err, n, "policies");
    }
    return alloc_episodes(c, out, err);
}

void
control_crew_free(const struct control *c, struct control_crew *w)
{
    for (size_t j = 0; w->weight && j < c->n; j++)
        mesa_free(w->weight[j]);
    mesa_free(w->weight);
    mesa_free(w->now);
    mesa_free(w->start);
    mesa_free(w->lost);
    mesa_program_free(w->act);
    mesa_program_free(w->price);
    mesa_program_free(w->learn);
    mesa_program_free(w->descend);
    memset(w, 0, sizeof *w);
}

void
control_crew_policy(struct control *c, struct control_crew *w, size_t at,
                    const struct mesa_rng *rng)
{
    mesa_weights_draw(c->policy, rng);
    for (size_t j = 0; j < c->n; j++) {
        size_t n = count(mesa_weights_get(c->policy, j));

        memcpy(w->weight[j] + at * n, mesa_weights_data(c->policy, j),
               n * sizeof *w->weight[j]);
    }
}

void
control_crew_goal(const struct control *c, struct control_crew *w, size_t at,
                  enum mesa_part part, uint64_t i, const struct mesa_rng *rng)
{
    const size_t n = c->space.n_states;
    struct mesa_rng start = mesa_rng_derive(rng, "start", 0);
    struct mesa_rng goal = mesa_rng_derive(rng, "goal", 0);

    mesa_environment_reset(c->environment, w->from + at * n, &start);
    mesa_environment_goal(c->environment, part, i, w->to + at * n, &goal);
    for (size_t k = at * n; k < (at + 1) * n; k++) {
        w->start[k] = (float)w->from[k];
        w->goal[k] = (float)w->to[k];
    }
}

/* Step t of all: what each does where it is, and where that leads. */
static mesa_status
step(const struct control *c, struct control_crew *w, size_t t,
     struct mesa_error *err)
{
    const size_t states = c->space.n_states, actions = c->space.n_actions;
    const size_t steps = c->space.horizon;
    mesa_status st;

    for (size_t k = 0; k < w->n * states; k++)
        w->seen[k] = (float)w->now[k];
    st = mesa_program_run(w->act, err);
    if (st != MESA_OK)
        return st;
    for (size_t k = 0; k < w->n * actions; k++)
        if (!isfinite(w->did[k]))
            w->lost[k / actions] = true;
    for (size_t k = 0; k < w->n * actions; k++) {
        if (w->lost[k / actions])
            w->did[k] = (float)NAN;
        w->action[k] = w->lost[k / actions] ? 0 : (double)w->did[k];
    }
    mesa_environment_step(c->environment, w->n, w->now, w->action, w->now);
    for (size_t e = 0; e < w->n; e++) {
        size_t row = e * steps + t;

        memcpy(w->states + row * states, w->seen + e * states,
               states * sizeof *w->states);
        memcpy(w->actions + row * actions, w->did + e * actions,
               actions * sizeof *w->actions);
        for (size_t k = 0; k < states; k++)
            w->next[row * states + k] = (float)w->now[e * states + k];
    }
    return MESA_OK;
}

static void
find_lost(const struct control *c, struct control_crew *w)
{
    memset(w->lost, 0, w->n * sizeof *w->lost);
    for (size_t j = 0; j < c->n; j++) {
        const size_t n = count(mesa_weights_get(c->policy, j));

        for (size_t k = 0; k < w->n * n; k++)
            if (!isfinite(w->weight[j][k]))
                w->lost[k / n] = true;
    }
}

mesa_status
control_crew_run(const struct control *c, struct control_crew *w,
                 struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    find_lost(c, w);
    memcpy(w->now, w->from, w->n * c->space.n_states * sizeof *w->now);
    for (size_t t = 0; t < c->space.horizon && st == MESA_OK; t++)
        st = step(c, w, t, err);
    for (size_t k = 0; k < w->n * c->space.n_states; k++)
        w->last[k] = (float)w->now[k];
    if (st == MESA_OK)
        st = mesa_program_run(w->price, err);
    for (size_t e = 0; e < w->n; e++)
        if (w->lost[e])
            w->cost[e] = (float)NAN;
    return st;
}
