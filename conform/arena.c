/* SPDX-License-Identifier: MIT */
/* arena.c - an environment, and what happens in it, for checks of it. */
#include "arena.h"

#include <math.h>
#include <string.h>

enum { PUSH = 8 }; /* steps with the same action */

void
expect_finite(struct bench *b, const double *x, size_t n, const char *what)
{
    for (size_t i = 0; i < n && going(b); i++)
        if (!isfinite(x[i]))
            fail(b, "%s: number %zu is %g", what, i, x[i]);
}

void
arena_goal(struct bench *b, const struct arena *a, enum mesa_part part,
           uint64_t i, double *goal)
{
    struct mesa_rng rng = bench_rng(b, "goal", i * MESA_PART_COUNT_ + part);

    if (going(b))
        a->c->goal(a->self, part, i, goal, &rng);
}

void
arena_step(struct bench *b, struct arena *a)
{
    if (going(b))
        a->c->step(a->self, ARENA_ROWS, a->state, a->action, a->next);
}

/* One step after the other, from the start; every third action is beyond its
 * bounds. */
static void
walk(struct bench *b, struct arena *a)
{
    const size_t n = a->space.n_states, k = a->space.n_actions;
    struct mesa_rng rng = bench_rng(b, "walk", 0);

    a->c->reset(a->self, a->state, &rng);
    for (size_t r = 0; r < ARENA_ROWS; r++) {
        double *action = &a->action[r * k];

        for (size_t j = 0; j < k; j++) {
            double low = a->space.action_low[j];
            double size = a->space.action_high[j] - low;
            double at = r % PUSH ? (action[(ptrdiff_t)j - (ptrdiff_t)k] -
                                    low) / size
                                 : 1.5 * mesa_rng_uniform(&rng) - 0.25;

            action[j] = low + at * size;
        }
        a->c->step(a->self, 1, &a->state[r * n], action,
                   r + 1 < ARENA_ROWS ? &a->state[(r + 1) * n] : a->next);
    }
    expect_finite(b, a->state, ARENA_ROWS * n, "after some steps, the state");
}

/* What nothing can be done with. */
static void
look_at_space(struct bench *b, const struct arena *a)
{
    const struct mesa_space *s = &a->space;

    if (s->n_states == 0 || s->n_actions == 0)
        fail(b, "space: %u numbers of a state, %u of an action", s->n_states,
             s->n_actions);
    else if (s->horizon == 0)
        fail(b, "space: episodes have no steps");
    else if (!s->action_low || !s->action_high)
        fail(b, "space: there are no bounds of actions");
}

struct arena *
enter(struct bench *b)
{
    struct arena *a = bench_array(b, 1, sizeof *a);
    struct mesa_instance *instance = bench_instance(b);

    if (!going(b))
        return NULL;
    a->c = (const void *)b->class_;
    a->self = mesa_instance_self(instance);
    a->space.struct_size = sizeof a->space;
    a->c->space(a->self, &a->space);
    look_at_space(b, a);
    if (!going(b))
        return NULL;
    a->state = bench_array(b, ARENA_ROWS * a->space.n_states, sizeof(double));
    a->next = bench_array(b, ARENA_ROWS * a->space.n_states, sizeof(double));
    a->action = bench_array(b, ARENA_ROWS * a->space.n_actions,
                            sizeof(double));
    if (a->c->goal)
        a->goal = bench_array(b, a->space.n_states, sizeof(double));
    if (a->goal)
        arena_goal(b, a, MESA_PART_TRAIN, 0, a->goal);
    if (going(b))
        walk(b, a);
    return going(b) ? a : NULL;
}
