/* SPDX-License-Identifier: MIT */
/*
 * replay.c - transitions to learn from: a ring, the oldest are overwritten.
 *
 * Transitions are counted from the oldest, wherever in memory that is, so
 * that a ring that was saved and loaded is drawn from in the same way.
 */
#include <math.h>
#include <string.h>

#include "sac.h"

mesa_status
sac_replay_init(struct sac_replay *r, size_t n_states, size_t n_actions,
                size_t capacity, struct mesa_error *err)
{
    r->n_states = n_states;
    r->n_actions = n_actions;
    r->capacity = capacity;
    r->state = mesa_alloc_array(capacity, n_states * sizeof *r->state);
    r->action = mesa_alloc_array(capacity, n_actions * sizeof *r->action);
    r->reward = mesa_alloc_array(capacity, sizeof *r->reward);
    r->next = mesa_alloc_array(capacity, n_states * sizeof *r->next);
    r->done = mesa_alloc_array(capacity, sizeof *r->done);
    if (!r->state || !r->action || !r->reward || !r->next || !r->done)
        return mesa_nomem(err, capacity, "transitions");
    return MESA_OK;
}

void
sac_replay_free(struct sac_replay *r)
{
    mesa_free(r->state);
    mesa_free(r->action);
    mesa_free(r->reward);
    mesa_free(r->next);
    mesa_free(r->done);
    *r = (struct sac_replay){ 0 };
}

size_t
sac_replay_at(const struct sac_replay *r, size_t i)
{
    i += r->first;
    return i < r->capacity ? i : i - r->capacity;
}

void
sac_replay_add(struct sac_replay *r, const float *state, const float *action,
               float reward, const float *next, bool done)
{
    size_t at;

    if (r->n < r->capacity)
        r->n++;
    else
        r->first = sac_replay_at(r, 1);
    at = sac_replay_at(r, r->n - 1);
    memcpy(r->state + at * r->n_states, state, r->n_states * sizeof *state);
    memcpy(r->action + at * r->n_actions, action,
           r->n_actions * sizeof *action);
    r->reward[at] = reward;
    memcpy(r->next + at * r->n_states, next, r->n_states * sizeof *next);
    r->done[at] = done;
}

/* Two bumps, Gaussians of deviation 0.3 over 0 ... 1, that sum to 2 x total,
 * with noise on top. */
static void
fill_bumps(float *state, size_t bins, const double centre[2], double total,
           struct mesa_rng *rng)
{
    double sum = 0;

    for (size_t i = 0; i < 2 * bins; i++) {
        double at = bins > 1 ? (double)(i % bins) / (double)(bins - 1) : 0;
        double z = (at - centre[i / bins]) / 0.3;

        state[i] = (float)mesa_math_exp(-0.5 * z * z);
        sum += (double)state[i];
    }
    for (size_t i = 0; i < 2 * bins; i++)
        state[i] = (float)(total * (2 * (double)state[i] / sum +
                                    0.5 * mesa_rng_uniform(rng) /
                                        (double)bins));
}

/* A third each: underfitted, learning, overfitted, and what to do then. */
void
sac_replay_prefill(struct sac_replay *r, double reward, double total,
                   struct mesa_rng *rng)
{
    static const struct {
        double centre[2];
        float  action;
    } kind[] = { { { 1, 1 }, 0.9f }, { { 0.5, 0.5 }, 0.5f },
                 { { 0, 0.5 }, 0.1f } };
    size_t bins = r->n_states / 2;

    r->n = r->first = 0;
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < r->capacity / 3; i++) {
            size_t at = r->n++;

            fill_bumps(r->state + at * r->n_states, bins, kind[k].centre,
                       total, rng);
            fill_bumps(r->next + at * r->n_states, bins, kind[k].centre,
                       total, rng);
            for (size_t j = 0; j < r->n_actions; j++)
                r->action[at * r->n_actions + j] = kind[k].action;
            r->reward[at] = (float)reward;
            r->done[at] = 0;
        }
    }
}

/* Oldest first. */
static mesa_status
save_part(const struct sac_replay *r, const char *name, const float *part,
          size_t width, struct mesa_archive *to, struct mesa_error *err)
{
    float *copy = mesa_alloc_raw(r->n, width * sizeof *copy);
    struct mesa_tensor t = { MESA_F32, 2, { r->n, width }, copy };
    mesa_status st;

    if (!copy)
        return mesa_nomem(err, r->n, "transitions");
    for (size_t i = 0; i < r->n; i++)
        memcpy(copy + i * width, part + sac_replay_at(r, i) * width,
               width * sizeof *copy);
    st = mesa_archive_put(to, name, &t, err);
    mesa_free(copy);
    return st;
}

static mesa_status
load_part(float *part, const char *name, size_t n, size_t width,
          const struct mesa_archive *from, struct mesa_error *err)
{
    const size_t shape[2] = { n, width };
    const float *stored;
    const void *data;
    mesa_status st = mesa_archive_expect(from, name, MESA_F32, 2, shape,
                                         &data, err);

    if (st != MESA_OK)
        return st;
    stored = data;
    for (size_t i = 0; i < n * width; i++)
        if (!isfinite(stored[i]))
            return mesa_fail(err, MESA_EPARSE,
                             "%s has values that are not finite", name);
    if (n > 0)
        memcpy(part, data, n * width * sizeof *part);
    return MESA_OK;
}

mesa_status
sac_replay_save(const struct sac_replay *r, struct mesa_archive *to,
                struct mesa_error *err)
{
    mesa_status st = save_part(r, "replay.state", r->state, r->n_states, to,
                               err);

    if (st == MESA_OK)
        st = save_part(r, "replay.action", r->action, r->n_actions, to, err);
    if (st == MESA_OK)
        st = save_part(r, "replay.reward", r->reward, 1, to, err);
    if (st == MESA_OK)
        st = save_part(r, "replay.next", r->next, r->n_states, to, err);
    return st == MESA_OK ? save_part(r, "replay.done", r->done, 1, to, err)
                         : st;
}

mesa_status
sac_replay_load(struct sac_replay *r, const struct mesa_archive *from,
                size_t n, struct mesa_error *err)
{
    mesa_status st;

    if (n > r->capacity)
        return mesa_fail(err, MESA_EPARSE,
                         "replay_size is %zu but the state has %zu "
                         "transitions", r->capacity, n);
    r->n = r->first = 0;
    st = load_part(r->state, "replay.state", n, r->n_states, from, err);
    if (st == MESA_OK)
        st = load_part(r->action, "replay.action", n, r->n_actions, from,
                       err);
    if (st == MESA_OK)
        st = load_part(r->reward, "replay.reward", n, 1, from, err);
    if (st == MESA_OK)
        st = load_part(r->next, "replay.next", n, r->n_states, from, err);
    if (st == MESA_OK)
        st = load_part(r->done, "replay.done", n, 1, from, err);
    if (st == MESA_OK)
        r->n = n;
    return st;
}
