/* SPDX-License-Identifier: MIT */
/*
 * control_gains.c - extra = gains: the weights of the linear policy that would
 * have done what was done in an episode, by least squares.
 *
 * A car that hardly moves is in nearly the same state all the time, so that
 * a step of gradient descent on a loss of its actions, row by row, changes
 * what its policy makes of its position, and hardly what it makes of its
 * speed.  Columns e_j that have
 *
 *     mean_t e_j(t) s_k(t) = 1 if j = k, 0 if not
 *
 * over an episode undo that: mean_t e_j(t) a(t) is the gain of action a by
 * number j of the state, and its gradient by the weights of a linear policy
 * that of this weight alone, whatever the episode was.  e_j is what is left
 * of column j less its parts along all others, over its mean square; DULL is
 * added to that, for a number that never changes on its own says nothing.
 * O(n^3) columns of n numbers a state.
 */
#include "control.h"

#define DULL 1e-5

static mesa_node
product(struct mesa_graph *g, mesa_node a, mesa_node b)
{
    return mesa_mean(g, mesa_mul(g, a, b));
}

/* x without its part along y. */
static mesa_node
without(struct mesa_graph *g, mesa_node x, mesa_node y)
{
    mesa_node size = mesa_add(g, product(g, y, y), mesa_scalar(g, 1e-12));
    mesa_node part = mesa_div(g, product(g, x, y), size);

    return mesa_sub(g, x, mesa_mul(g, part, y));
}

/* e_j; the others are made orthogonal one by one, in own[]. */
static mesa_node
column(struct mesa_graph *g, const mesa_node *state, size_t n, size_t j,
       mesa_node *own)
{
    mesa_node x = state[j];
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == j)
            continue;
        own[k] = state[i];
        for (size_t h = 0; h < k; h++)
            own[k] = without(g, own[k], own[h]);
        x = without(g, x, own[k++]);
    }
    return mesa_div(g, x, mesa_add(g, product(g, x, x),
                                   mesa_scalar(g, DULL)));
}

mesa_node
control_gains(const struct control *c, struct mesa_graph *g, mesa_node states,
              mesa_node actions)
{
    const size_t n = c->space.n_states, m = c->space.n_actions;
    mesa_node *state = mesa_alloc_array(2 * n + n * m, sizeof *state);
    mesa_node *gain, all;

    if (!state)
        return mesa_graph_fail(g, MESA_ENOMEM, "out of memory: %zu gains",
                               n * m);
    gain = state + 2 * n;
    for (size_t j = 0; j < n; j++)
        state[j] = mesa_div(
            g, mesa_slice(g, mesa_stop_gradient(g, states), 1, j, 1),
            mesa_scalar(g, c->space.scale[j]));
    for (size_t j = 0; j < n; j++) {
        mesa_node e = column(g, state, n, j, state + n);

        for (size_t k = 0; k < m; k++)
            gain[j * m + k] = mesa_reshape(
                g, product(g, e, mesa_slice(g, actions, 1, k, 1)),
                MESA_SHAPE(1, 1));
    }
    all = mesa_concat(g, gain, n * m, 1);
    mesa_free(state);
    return all;
}
