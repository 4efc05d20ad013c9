/* SPDX-License-Identifier: MIT */
/* check_environment.c - what is acted in: its space, steps, goals, costs. */
#include "arena.h"

#include <math.h>
#include <string.h>

static void
expect_names(struct bench *b, const char *const *name, size_t n,
             const char *what)
{
    if (!name) {
        fail(b, "space: there are no names of %s", what);
        return;
    }
    for (size_t i = 0; i < n && going(b); i++) {
        if (!name[i] || !*name[i])
            fail(b, "space: number %zu of %s has no name", i, what);
        for (size_t k = 0; k < i && going(b); k++)
            if (strcmp(name[i], name[k]) == 0)
                fail(b, "space: numbers %zu and %zu of %s are both called "
                     "'%s'", k, i, what, name[i]);
    }
}

static void
expect_sizes(struct bench *b, const struct mesa_space *s)
{
    if (!(s->dt > 0) || !isfinite(s->dt))
        fail(b, "space: dt is %g, expected some time", s->dt);
    if (!s->unit || !s->scale) {
        fail(b, "space: there are no %s of states",
             s->unit ? "scales" : "units");
        return;
    }
    for (size_t i = 0; i < s->n_states && going(b); i++) {
        if (!s->unit[i])
            fail(b, "space: number %zu of a state has no unit", i);
        else if (!(s->scale[i] > 0) || !isfinite(s->scale[i]))
            fail(b, "space: the scale of '%s' is %g", s->state[i],
                 s->scale[i]);
    }
    for (size_t i = 0; i < s->n_actions && going(b); i++)
        if (!isfinite(s->action_low[i]) || !isfinite(s->action_high[i]) ||
            !(s->action_low[i] < s->action_high[i]))
            fail(b, "space: '%s' is from %g to %g", s->action[i],
                 s->action_low[i], s->action_high[i]);
}

static void
space(struct bench *b)
{
    const struct arena *a = enter(b), *other = enter(b);
    const struct mesa_space *s;

    if (!going(b))
        return;
    s = &a->space;
    expect_names(b, s->state, s->n_states, "states");
    expect_names(b, s->action, s->n_actions, "actions");
    if (going(b))
        expect_sizes(b, s);
    if (going(b) && (a->c->distance && !a->c->goal))
        fail(b, "there is a distance, but from no goal");
    if (going(b) && s->has_shaping && !a->c->build_cost)
        fail(b, "has_shaping promises more of build_cost, which is not there");
    if (going(b) && (s->n_states != other->space.n_states ||
                     s->n_actions != other->space.n_actions ||
                     s->horizon != other->space.horizon))
        fail(b, "two instances have spaces of different sizes");
}

static void
reset(struct bench *b)
{
    const struct arena *a = enter(b);
    double *one, *again;

    if (!going(b))
        return;
    one = bench_array(b, a->space.n_states, sizeof *one);
    again = bench_array(b, a->space.n_states, sizeof *again);
    for (uint64_t i = 0; i < 4 && going(b); i++) {
        struct mesa_rng rng = bench_rng(b, "reset", i), same = rng;

        a->c->reset(a->self, one, &rng);
        a->c->reset(a->self, again, &same);
        expect_finite(b, one, a->space.n_states, "the state at the start");
        expect_bytes(b, one, again, a->space.n_states * sizeof *one,
                     "reset twice with the same stream, the states differ");
    }
}

static size_t
bytes_of_states(const struct arena *a)
{
    return ARENA_ROWS * a->space.n_states * sizeof(double);
}

/* `next` of the arena after something is no other than before. */
static void
expect_same_next(struct bench *b, const struct arena *a, const double *before,
                 const char *what)
{
    if (going(b))
        expect_bytes(b, before, a->next, bytes_of_states(a), what);
}

static double *
copy(struct bench *b, const double *x, size_t n)
{
    double *to = bench_array(b, n, sizeof *to);

    if (to)
        memcpy(to, x, n * sizeof *to);
    return to;
}

/* A function of its arguments, which it leaves alone: the same whatever else
 * was done before, and in another instance. */
static void
step(struct bench *b)
{
    struct arena *a = enter(b), *other = enter(b);
    const double *state, *action, *next;

    if (!going(b))
        return;
    state = copy(b, a->state, ARENA_ROWS * a->space.n_states);
    action = copy(b, a->action, ARENA_ROWS * a->space.n_actions);
    arena_step(b, a);
    next = copy(b, a->next, ARENA_ROWS * a->space.n_states);
    if (!going(b))
        return;
    expect_finite(b, next, ARENA_ROWS * a->space.n_states, "step");
    expect_bytes(b, state, a->state, bytes_of_states(a),
                 "step writes into the states it is given");
    expect_bytes(b, action, a->action,
                 ARENA_ROWS * a->space.n_actions * sizeof(double),
                 "step writes into the actions it is given");
    arena_step(b, a);
    expect_same_next(b, a, next, "made again, a step leads elsewhere");
    memcpy(other->state, state, bytes_of_states(a));
    memcpy(other->action, action,
           ARENA_ROWS * a->space.n_actions * sizeof(double));
    arena_step(b, other);
    expect_same_next(b, other, next,
                     "in another instance, a step leads elsewhere");
}

static void
rows(struct bench *b)
{
    struct arena *a = enter(b);
    const double *together;

    arena_step(b, a);
    together = going(b) ? copy(b, a->next, ARENA_ROWS * a->space.n_states)
                        : NULL;
    if (!going(b))
        return;
    for (size_t r = ARENA_ROWS; r-- > 0;)
        a->c->step(a->self, 1, &a->state[r * a->space.n_states],
                   &a->action[r * a->space.n_actions],
                   &a->next[r * a->space.n_states]);
    expect_same_next(b, a, together,
                     "one by one, rows get elsewhere than all at once");
}

static void
in_place(struct bench *b)
{
    struct arena *a = enter(b);

    arena_step(b, a);
    if (!going(b))
        return;
    a->c->step(a->self, ARENA_ROWS, a->state, a->action, a->state);
    expect_same_next(b, a, a->state,
                     "with next where state is, a step leads elsewhere");
}

static void
action_bounds(struct bench *b)
{
    struct arena *a = enter(b);
    const double *next;

    arena_step(b, a);
    next = going(b) ? copy(b, a->next, ARENA_ROWS * a->space.n_states) : NULL;
    for (size_t i = 0; going(b) && i < ARENA_ROWS * a->space.n_actions; i++) {
        size_t j = i % a->space.n_actions;

        a->action[i] = fmin(fmax(a->action[i], a->space.action_low[j]),
                            a->space.action_high[j]);
    }
    arena_step(b, a);
    if (going(b))
        expect_same_next(b, a, next, "actions out of bounds do not lead where "
                         "those at the bounds do");
}

/* From states that nobody would be in. */
static void
from_far(struct bench *b)
{
    static const double far[] = { 1e300, -1e300, 1e17, -1e3, 0 };
    struct arena *a = enter(b);

    if (!going(b))
        return;
    for (size_t i = 0; i < ARENA_ROWS * a->space.n_states; i++)
        a->state[i] = far[(i + i / 5 + i / 25) % MESA_COUNT(far)];
    for (size_t i = 0; i < ARENA_ROWS * a->space.n_actions; i++)
        a->action[i] = far[i % MESA_COUNT(far)];
    arena_step(b, a);
    expect_finite(b, a->next, ARENA_ROWS * a->space.n_states,
                  "step from states of up to +-1e300");
}

static bool
has_goals(struct bench *b, const struct arena *a)
{
    if (going(b) && !a->c->goal)
        skip(b, "%s has no goals", b->class_->name);
    return going(b);
}

static void
goals(struct bench *b)
{
    const struct arena *a = enter(b), *other = enter(b);
    double *one, *again;

    if (!has_goals(b, a))
        return;
    one = bench_array(b, a->space.n_states, sizeof *one);
    again = bench_array(b, a->space.n_states, sizeof *again);
    for (uint64_t i = 0; i < 4; i++)
        for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_ && going(b); p++) {
            arena_goal(b, a, (enum mesa_part)p, i, one);
            arena_goal(b, other, (enum mesa_part)p, i, again);
            expect_finite(b, one, a->space.n_states, "a goal");
            expect_bytes(b, one, again, a->space.n_states * sizeof *one,
                         "two instances have other goals");
            arena_goal(b, a, (enum mesa_part)p, i + 1, again);
            arena_goal(b, a, (enum mesa_part)p, i, again);
            expect_bytes(b, one, again, a->space.n_states * sizeof *one,
                         "after another one, a goal is elsewhere");
        }
}

static void
distance(struct bench *b)
{
    const struct arena *a = enter(b);

    if (going(b) && !a->c->distance)
        skip(b, "%s measures no distance", b->class_->name);
    if (!has_goals(b, a))
        return;
    for (size_t r = 0; r < ARENA_ROWS && going(b); r++) {
        double far = a->c->distance(a->self, &a->state[r * a->space.n_states],
                                    a->goal);

        if (!(far >= 0) || !isfinite(far))
            fail(b, "the distance to a goal is %g", far);
    }
    if (going(b) && a->c->distance(a->self, a->goal, a->goal) != 0)
        fail(b, "a goal is %g from itself",
             a->c->distance(a->self, a->goal, a->goal));
}

static void
cost(struct bench *b)
{
    struct arena *a = enter(b);
    double together[ARENA_ROWS], single[ARENA_ROWS];

    if (going(b) && !a->c->cost)
        skip(b, "%s says not what a step costs", b->class_->name);
    arena_step(b, a);
    if (!going(b))
        return;
    a->c->cost(a->self, ARENA_ROWS, a->state, a->action, a->next, a->goal,
               together);
    expect_finite(b, together, ARENA_ROWS, "what steps cost");
    for (size_t r = 0; r < ARENA_ROWS; r++)
        a->c->cost(a->self, 1, &a->state[r * a->space.n_states],
                   &a->action[r * a->space.n_actions],
                   &a->next[r * a->space.n_states], a->goal, &single[r]);
    if (going(b))
        expect_bytes(b, together, single, sizeof single,
                     "one by one, steps cost other than all at once");
}

#define ENVIRONMENT(name, run, what) \
    { name, MESA_KIND_ENVIRONMENT, run, what }

const struct check environment_checks[] = {
    ENVIRONMENT("space", space, "sizes, names, units and bounds"),
    ENVIRONMENT("reset", reset, "a function of the stream, finite"),
    ENVIRONMENT("step", step, "a function of state and action"),
    ENVIRONMENT("rows", rows, "one by one as all at once"),
    ENVIRONMENT("in_place", in_place, "next may be state"),
    ENVIRONMENT("action_bounds", action_bounds, "step takes no more"),
    ENVIRONMENT("finite", from_far, "also from far away"),
    ENVIRONMENT("goals", goals, "functions of part, number and stream"),
    ENVIRONMENT("distance", distance, ">= 0, and 0 at the goal"),
    ENVIRONMENT("cost", cost, "finite, one by one as all at once"),
    { NULL, 0, NULL, NULL }
};
