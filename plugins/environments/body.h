/* SPDX-License-Identifier: MIT */
/*
 * body.h - what moves in two coordinates, pushed by two forces.
 *
 * A state is (q1, q2, v1, v2).  Semi-implicit Euler: first the speeds, then
 * the coordinates with the new ones.  A coordinate that would pass its limit
 * stays there, and its speed is gone.
 */
#ifndef MESA_ENVIRONMENTS_BODY_H
#define MESA_ENVIRONMENTS_BODY_H

#include "common.h"

enum { DIMS = 2, STATES = 2 * DIMS };

struct body {
    double dt;
    double limit;            /* of coordinates, to both sides               */
    double low[DIMS], high[DIMS]; /* of forces                              */
    double gain[DIMS * DIMS]; /* speed won in a step, per force (rows)      */
};

/* Inverse masses by rows; forces up to `most` to both sides. */
static inline void
body_init(struct body *b, const double inverse[DIMS * DIMS], double dt,
          double limit, double most)
{
    b->dt = dt;
    b->limit = limit;
    for (size_t i = 0; i < DIMS; i++) {
        b->low[i] = -most;
        b->high[i] = most;
    }
    for (size_t i = 0; i < DIMS * DIMS; i++)
        b->gain[i] = dt * inverse[i];
}

/* Speeds that one step may win have to be numbers, and leave room for more. */
static inline mesa_status
body_check(const struct body *b, const char *masses, struct mesa_error *err)
{
    double most = 0;

    for (size_t i = 0; i < DIMS * DIMS; i++)
        if (!(fabs(b->gain[i]) * b->high[0] <= most))
            most = fabs(b->gain[i]) * b->high[0];
    if (!(most < 1e12))
        return mesa_fail(err, MESA_EINVAL,
                         "with this %s one step may win a speed of %g, "
                         "expected less than 1e12",
                         masses, most);
    return MESA_OK;
}

static inline void
body_step_row(const struct body *b, const double *state, const double *action,
              double *next)
{
    double moved[STATES];

    for (size_t j = 0; j < DIMS; j++) {
        double v = state[DIMS + j], q;

        for (size_t k = 0; k < DIMS; k++)
            v += within(action[k], b->low[k], b->high[k]) *
                 b->gain[k * DIMS + j];
        q = state[j] + b->dt * v;
        moved[j] = within(q, -b->limit, b->limit);
        moved[DIMS + j] = fabs(q) > b->limit ? 0 : v;
    }
    for (size_t j = 0; j < STATES; j++)
        next[j] = moved[j];
}

static inline void
body_step(const struct body *b, size_t n, const double *state,
          const double *action, double *next)
{
    for (size_t r = 0; r < n; r++)
        body_step_row(b, &state[r * STATES], &action[r * DIMS],
                      &next[r * STATES]);
}

static inline mesa_node
body_build_step(const struct body *b, struct mesa_graph *g, mesa_node state,
                mesa_node action)
{
    mesa_node force = mesa_clamp(g, action, b->low[0], b->high[0]);
    mesa_node gain = mesa_constant(g, MESA_SHAPE(DIMS, DIMS), b->gain);
    mesa_node limit = mesa_scalar(g, b->limit);
    mesa_node v = mesa_add(
        g, columns(g, state, DIMS, DIMS),
        mesa_matmul(g, force, gain, MESA_PLAIN, MESA_PLAIN));
    mesa_node q = mesa_add(g, columns(g, state, 0, DIMS),
                           mesa_mul(g, v, mesa_scalar(g, b->dt)));
    mesa_node stopped = mesa_less(g, limit, mesa_abs(g, q));
    mesa_node next[2] = {
        straight_through(g, mesa_clamp(g, q, -b->limit, b->limit), q),
        straight_through(
            g, mesa_select(g, stopped, mesa_scalar(g, 0), v), v)
    };

    return mesa_concat(g, next, 2, 1);
}

#endif
