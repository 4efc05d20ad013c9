/* SPDX-License-Identifier: MIT */
/* check_environment_nodes.c - steps and costs as nodes of graphs. */
#include "arena.h"
#include "machine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double step_size = 1e-6, tolerance = 1e-4, rounding = 1e-9;

/* The next states; or, with weights as a third input, the derivative of their
 * weighted sum by states or actions. */
enum wanted { NEXT = -1, BY_STATE, BY_ACTION };

static struct machine *
machine_of(struct bench *b, const struct arena *a, enum wanted wanted)
{
    const size_t n = a->space.n_states, k = a->space.n_actions;
    const size_t state[2] = { ARENA_ROWS, n }, action[2] = { ARENA_ROWS, k };
    struct machine *m = machine_new(b);
    size_t shape[MESA_MAX_DIMS];
    mesa_node in[3], y;
    struct mesa_error err;

    in[0] = machine_input(b, m, 2, state);
    in[1] = machine_input(b, m, 2, action);
    in[2] = machine_input(b, m, 2, state);
    if (!going(b))
        return NULL;
    y = a->c->build_step(a->self, m->graph, in[0], in[1]);
    if (!succeeded(b, mesa_graph_status(m->graph, &err), &err, "build_step"))
        return NULL;
    if (!y || mesa_node_shape(m->graph, y, shape) != 2 ||
        shape[0] != ARENA_ROWS || shape[1] != n) {
        fail(b, "build_step gives no node of rows by %zu states", n);
        return NULL;
    }
    if (wanted != NEXT)
        mesa_grad(m->graph, machine_dot(m, y, in[2]), &in[wanted], 1, &y);
    machine_plan(b, m, y, ARENA_ROWS * (wanted == BY_ACTION ? k : n));
    if (!going(b))
        return NULL;
    memcpy(m->value[0], a->state, ARENA_ROWS * n * sizeof(double));
    memcpy(m->value[1], a->action, ARENA_ROWS * k * sizeof(double));
    memset(m->value[2], 0, ARENA_ROWS * n * sizeof(double));
    return m;
}

static struct arena *
enter_nodes(struct bench *b)
{
    struct arena *a = enter(b);

    if (going(b) && !a->c->build_step)
        skip(b, "%s has no build_step", b->class_->name);
    return going(b) ? a : NULL;
}

static void
nodes_step(struct bench *b)
{
    struct arena *a = enter_nodes(b);
    struct machine *m = going(b) ? machine_of(b, a, NEXT) : NULL;

    machine_run(b, m);
    arena_step(b, a);
    for (size_t i = 0; going(b) && i < ARENA_ROWS * a->space.n_states; i++)
        if (!(fabs(m->out[i] - a->next[i]) <=
              rounding * (1 + fabs(a->next[i]))))
            fail(b, "build_step gives %.17g for '%s', step %.17g", m->out[i],
                 a->space.state[i % a->space.n_states], a->next[i]);
}

/* Number j of the state after row r, with x moved by so much. */
static double
moved(const struct arena *a, size_t r, size_t j, double *x, double by)
{
    const double at = *x;

    *x = at + by;
    a->c->step(a->self, 1, &a->state[r * a->space.n_states],
               &a->action[r * a->space.n_actions], a->next);
    *x = at;
    return a->next[j];
}

/*
 * Where x moves number j, the same to both sides, that is its derivative.
 * Elsewhere there may be a bound, and the derivative that of the inside.
 */
static void
expect_slope(struct bench *b, const struct arena *a, size_t r, size_t j,
             double *x, double found)
{
    const double h = step_size * (1 + fabs(*x));
    double here = moved(a, r, j, x, 0);
    double above = (moved(a, r, j, x, h) - here) / h;
    double below = (here - moved(a, r, j, x, -h)) / h;
    double middle = (above + below) / 2, size = fabs(middle);

    if (size < tolerance || !(fabs(above - below) <= tolerance * (1 + size)))
        return;
    if (!(fabs(found - middle) <= 10 * tolerance * (1 + size)))
        fail(b, "build_step's derivative of '%s' is %.9g, differences say "
             "%.9g", a->space.state[j], found, middle);
}

/* All derivatives of number j of next states, by `wanted`. */
static void
expect_slopes(struct bench *b, struct arena *a, struct machine *m, size_t j,
              enum wanted wanted)
{
    const size_t n = a->space.n_states;
    const size_t width = wanted == BY_STATE ? n : a->space.n_actions;
    double *x = wanted == BY_STATE ? a->state : a->action;

    for (size_t i = 0; i < ARENA_ROWS * n && going(b); i++)
        m->value[2][i] = i % n == j;
    machine_run(b, m);
    for (size_t i = 0; i < ARENA_ROWS * width && going(b); i++)
        expect_slope(b, a, i / width, j, &x[i], m->out[i]);
}

static void
nodes_derivative(struct bench *b)
{
    struct arena *a = enter_nodes(b);

    for (int w = BY_STATE; w <= BY_ACTION && going(b); w++) {
        struct machine *m = machine_of(b, a, (enum wanted)w);

        for (size_t j = 0; going(b) && j < a->space.n_states; j++)
            expect_slopes(b, a, m, j, (enum wanted)w);
    }
}

/* An episode's cost, and with `by` the derivative by states or actions. */
static struct machine *
cost_of(struct bench *b, const struct arena *a, bool shaped, int by)
{
    const size_t n = a->space.n_states, t = a->space.horizon;
    const size_t shape[3][2] = { { t, n }, { t, a->space.n_actions },
                                 { 1, n } };
    struct machine *m = machine_new(b);
    struct mesa_error err;
    mesa_node in[3] = { 0 }, y;

    for (size_t i = 0; i < (a->goal ? 3 : 2) && going(b); i++)
        in[i] = machine_input(b, m, 2, shape[i]);
    if (!going(b))
        return NULL;
    y = a->c->build_cost(a->self, m->graph, in[0], in[1], in[2], shaped);
    if (!succeeded(b, mesa_graph_status(m->graph, &err), &err, "build_cost"))
        return NULL;
    if (!y || mesa_node_shape(m->graph, y, NULL) != 0)
        fail(b, "build_cost gives no node of rank 0");
    else if (by >= 0)
        mesa_grad(m->graph, y, &in[by], 1, &y);
    machine_plan(b, m, y, by < 0 ? 1 : shape[by][0] * shape[by][1]);
    return going(b) ? m : NULL;
}

/* An episode of the arena's actions in turn; or one that is at the goal all
 * the time, and does nothing. */
static void
live(const struct arena *a, struct machine *m, bool at_goal)
{
    const size_t n = a->space.n_states, k = a->space.n_actions;
    const double *from = a->state;

    for (size_t t = 0; t < a->space.horizon; t++) {
        double *state = &m->value[0][t * n], *action = &m->value[1][t * k];

        if (at_goal) {
            memcpy(state, a->goal, n * sizeof *state);
            memset(action, 0, k * sizeof *action);
            continue;
        }
        memcpy(action, &a->action[t % ARENA_ROWS * k], k * sizeof *action);
        a->c->step(a->self, 1, from, action, state);
        from = state;
    }
    if (a->goal)
        memcpy(m->value[2], a->goal, n * sizeof(double));
}

static void
check_cost(struct bench *b, const struct arena *a, bool shaped, bool at_goal)
{
    static const char *const what[] = { "the cost", "its derivative by states",
                                        "its derivative by actions" };
    const size_t count[] = { 1, a->space.n_states * a->space.horizon,
                             a->space.n_actions * a->space.horizon };
    char text[100];

    for (int by = -1; by < 2 && going(b); by++) {
        struct machine *m = cost_of(b, a, shaped, by);

        if (going(b))
            live(a, m, at_goal);
        machine_run(b, m);
        snprintf(text, sizeof text, "%s of an episode%s%s", what[by + 1],
                 shaped ? ", shaped" : "", at_goal ? " at the goal" : "");
        if (going(b))
            expect_finite(b, m->out, count[by + 1], text);
    }
}

static void
nodes_cost(struct bench *b)
{
    const struct arena *a = enter(b);

    if (going(b) && !a->c->build_cost)
        skip(b, "%s has no build_cost", b->class_->name);
    for (int shaped = 0; shaped < 2 && going(b); shaped++) {
        if (shaped && !a->space.has_shaping)
            break;
        check_cost(b, a, shaped, false);
        if (going(b) && a->goal)
            check_cost(b, a, shaped, true);
    }
}

#define ENVIRONMENT(name, run, what) \
    { name, MESA_KIND_ENVIRONMENT, run, what }

const struct check environment_nodes_checks[] = {
    ENVIRONMENT("nodes_step", nodes_step, "build_step is step"),
    ENVIRONMENT("nodes_derivative", nodes_derivative, "by differences"),
    ENVIRONMENT("nodes_cost", nodes_cost, "finite, derivatives too"),
    { NULL, 0, NULL, NULL }
};
