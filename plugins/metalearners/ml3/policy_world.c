/* SPDX-License-Identifier: MIT */
/*
 * policy_world.c - episodes: policies act, and what it was worth to them.
 *
 * An episode is made of calls of the environment's `step`, which nothing is
 * differentiated through.
 */
#include "policy.h"

#include <math.h>
#include <string.h>

mesa_status
policy_world_open(struct policy_world *w, const struct mesa_host *host,
                  struct mesa_error *err)
{
    const struct mesa_component *c =
        mesa_host_component(host, MESA_KIND_ENVIRONMENT);
    const struct mesa_environment_class *e;
    mesa_status st;
    size_t n;

    if (!c)
        return mesa_fail(err, MESA_EINVAL,
                         "there is no [environment] section: what is the "
                         "policy to act in?");
    e = (const void *)mesa_component_class(c);
    if (!e->goal || !e->distance || !e->cost)
        return mesa_fail(err, MESA_EINVAL,
                         "environment %s has no %s: ml3_policy learns from "
                         "costs on the way to goals",
                         e->head.name,
                         !e->goal       ? "goals"
                         : !e->distance ? "distance"
                                        : "cost");
    st = mesa_instance_new(c, &w->environment, err);
    w->space.struct_size = sizeof w->space;
    if (st == MESA_OK)
        st = mesa_environment_space(w->environment, &w->space, err);
    if (st != MESA_OK)
        return st;
    n = w->space.n_actions;
    w->middle = mesa_alloc_array(2 * n, sizeof *w->middle);
    if (!w->middle)
        return mesa_nomem(err, n, "bounds");
    w->half = w->middle + n;
    for (size_t j = 0; j < n; j++) {
        const double low = w->space.action_low[j];
        const double high = w->space.action_high[j];

        w->middle[j] = (low + high) / 2;
        w->half[j] = (high - low) / 2;
    }
    return MESA_OK;
}

void
policy_world_close(struct policy_world *w)
{
    mesa_instance_free(w->environment);
    mesa_free(w->middle);
    memset(w, 0, sizeof *w);
}

mesa_status
episodes_new(const struct policy *p, size_t n, struct episodes *out,
             struct mesa_error *err)
{
    const struct mesa_space *s = &p->world.space;
    const size_t side = (size_t)p->episodes, rows = s->horizon * side;
    const size_t states = s->n_states, actions = s->n_actions;
    float *f;
    double *d;

    memset(out, 0, sizeof *out);
    out->n = n;
    out->n_episodes = side;
    out->rows = rows;
    f = mesa_alloc_array(n, (rows * (states + 2 * actions + 1) + states) *
                                sizeof *f);
    d = mesa_alloc_array(n, (side * (2 * states + actions) + states + rows +
                             2) * sizeof *d);
    out->state = f; /* what is freed; so is now */
    out->now = d;
    if (!f || !d)
        return mesa_nomem(err, n * rows, "steps of episodes");
    out->goal = (f += n * rows * states);
    out->action = (f += n * states);
    out->mean = (f += n * rows * actions);
    out->gain = f + n * rows * actions;
    out->next = (d += n * side * states);
    out->act = (d += n * side * states);
    out->target = (d += n * side * actions);
    out->reward = (d += n * states);
    out->total = (d += n * rows);
    out->distance = d + n;
    return MESA_OK;
}

void
episodes_free(struct episodes *e)
{
    mesa_free(e->state);
    mesa_free(e->now);
    memset(e, 0, sizeof *e);
}

void
episodes_aim(const struct policy *p, const struct mesa_host *host,
             enum mesa_part part, uint64_t first, struct episodes *e)
{
    const char *name = part == MESA_PART_TRAIN ? "goal.train" : "goal.test";
    const struct mesa_space *s = &p->world.space;

    for (size_t k = 0; k < e->n; k++) {
        double *goal = e->target + k * s->n_states;
        struct mesa_rng rng = mesa_host_rng(host, name, first + k);

        mesa_environment_goal(p->world.environment, part, first + k, goal,
                              &rng);
        for (size_t j = 0; j < s->n_states; j++)
            e->goal[k * s->n_states + j] = (float)(goal[j] / s->scale[j]);
    }
}

static void
start(const struct policy *p, const struct mesa_rng *rng, struct episodes *e)
{
    const size_t all = e->n * e->n_episodes, n = p->world.space.n_states;

    for (size_t k = 0; k < all; k++) {
        struct mesa_rng own = mesa_rng_derive(rng, "start", k);

        mesa_environment_reset(p->world.environment, e->now + k * n, &own);
    }
}

/* What policies see at step t, also as rows of the episodes. */
static void
look(const struct policy *p, struct actors *a, struct episodes *e, size_t t)
{
    const struct mesa_space *s = &p->world.space;
    const size_t block = e->n_episodes * s->n_states;

    for (size_t k = 0; k < e->n; k++) {
        const double *now = e->now + k * block;
        float *row = e->state + (k * s->horizon + t) * block;

        for (size_t j = 0; j < block; j++)
            row[j] = (float)(now[j] / s->scale[j % s->n_states]);
        memcpy(a->seen + k * block, row, block * sizeof *row);
    }
}

/* Actions of step t: means, and noise from each policy's stream. */
static bool
choose(const struct policy *p, const struct actors *a, struct mesa_rng *noise,
       struct episodes *e, size_t t)
{
    const struct policy_world *w = &p->world;
    const size_t n = w->space.n_actions, block = e->n_episodes * n;
    bool finite = true;

    for (size_t k = 0; k < e->n; k++) {
        const size_t at = (k * w->space.horizon + t) * block;

        for (size_t j = 0; j < block; j++) {
            const double mean = (double)a->mean[k * block + j];
            double u = isfinite(mean) ? mean : 0;

            finite = finite && isfinite(mean);
            if (noise)
                u += p->std * mesa_rng_normal(&noise[k]);
            e->mean[at + j] = (float)mean;
            e->action[at + j] = (float)u;
            e->act[k * block + j] =
                w->middle[j % n] + w->half[j % n] * (double)(float)u;
        }
    }
    return finite;
}

/* One step of the world; rewards are costs that are spared. */
static void
advance(const struct policy *p, struct episodes *e, size_t t)
{
    const struct mesa_space *s = &p->world.space;
    const struct mesa_instance *world = p->world.environment;
    const size_t side = e->n_episodes;

    mesa_environment_step(world, e->n * side, e->now, e->act, e->next);
    for (size_t k = 0; k < e->n; k++)
        for (size_t i = 0; i < side; i++) {
            const size_t row = k * side + i;
            double cost;

            mesa_environment_cost(world, 1, e->now + row * s->n_states,
                                  e->act + row * s->n_actions,
                                  e->next + row * s->n_states,
                                  e->target + k * s->n_states, &cost);
            e->reward[k * e->rows + t * side + i] = -cost;
        }
    memcpy(e->now, e->next,
           e->n * side * s->n_states * sizeof *e->now);
}

void
policy_gains(const double *reward, size_t n_steps, size_t n_episodes,
             double discount, float *gain)
{
    const size_t rows = n_steps * n_episodes;
    double square = 0, scale;

    for (size_t i = 0; i < n_episodes; i++) {
        double sum = 0;

        for (size_t t = n_steps; t-- > 0;) {
            sum = reward[t * n_episodes + i] + discount * sum;
            gain[t * n_episodes + i] = (float)sum;
        }
    }
    for (size_t t = 0; t < n_steps; t++) {
        double mean = 0;

        for (size_t i = 0; i < n_episodes; i++)
            mean += (double)gain[t * n_episodes + i] / (double)n_episodes;
        for (size_t i = 0; i < n_episodes; i++) {
            double d = (double)gain[t * n_episodes + i] - mean;

            gain[t * n_episodes + i] = (float)d;
            square += d * d;
        }
    }
    scale = sqrt(square / (double)rows) + 1e-8;
    for (size_t r = 0; r < rows; r++)
        gain[r] = (float)((double)gain[r] / scale);
}

static bool
is_lost(const struct policy *p, const struct episodes *e, size_t k)
{
    const size_t n = e->rows * p->world.space.n_actions;

    for (size_t j = 0; j < n; j++)
        if (!isfinite(e->mean[k * n + j]))
            return true;
    return false;
}

/* What the episodes of each policy came to; no number if it is lost. */
static void
judge(const struct policy *p, struct episodes *e)
{
    const struct mesa_space *s = &p->world.space;
    const double each = 1 / (double)e->n_episodes;

    for (size_t k = 0; k < e->n; k++) {
        const double *reward = e->reward + k * e->rows;

        e->total[k] = e->distance[k] = 0;
        for (size_t r = 0; r < e->rows; r++)
            e->total[k] += reward[r] * each;
        for (size_t i = 0; i < e->n_episodes; i++)
            e->distance[k] +=
                each * mesa_environment_distance(
                           p->world.environment,
                           e->now + (k * e->n_episodes + i) * s->n_states,
                           e->target + k * s->n_states);
        policy_gains(reward, s->horizon, e->n_episodes, p->discount,
                     e->gain + k * e->rows);
        if (is_lost(p, e, k))
            e->total[k] = e->distance[k] = NAN;
    }
}

mesa_status
episodes_play(const struct policy *p, struct actors *a,
              const struct mesa_rng *rng, bool noise, struct episodes *e,
              bool *finite, struct mesa_error *err)
{
    struct mesa_rng *stream = mesa_alloc_array(e->n, sizeof *stream);
    mesa_status st = stream ? MESA_OK : mesa_nomem(err, e->n, "streams");

    *finite = true;
    for (size_t k = 0; k < e->n && st == MESA_OK; k++)
        stream[k] = mesa_rng_derive(rng, "noise", k);
    if (st == MESA_OK) {
        memcpy(a->goal, e->goal,
               e->n * p->world.space.n_states * sizeof *a->goal);
        start(p, rng, e);
    }
    for (size_t t = 0; t < p->world.space.horizon && st == MESA_OK; t++) {
        look(p, a, e, t);
        st = mesa_program_run(a->program, err);
        if (st != MESA_OK)
            break;
        *finite &= choose(p, a, noise ? stream : NULL, e, t);
        advance(p, e, t);
    }
    if (st == MESA_OK)
        judge(p, e);
    mesa_free(stream);
    return st;
}
