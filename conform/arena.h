/* SPDX-License-Identifier: MIT */
/* arena.h - an environment, and what happens in it, for checks of it. */
#ifndef MESA_CONFORM_ARENA_H
#define MESA_CONFORM_ARENA_H

#include "bench.h"

/* States that actions led to, one after the other, and actions there: the
 * action changes every few steps, and is often beyond its bounds. */
enum { ARENA_ROWS = 64 };

struct arena {
    const struct mesa_environment_class *c;
    const void                          *self;
    struct mesa_space                    space;
    double *state, *action, *next; /* ARENA_ROWS of each */
    double  *goal;                 /* one, of a training episode; or NULL */
};

/* With another instance each time; NULL if the check is over. */
struct arena *enter(struct bench *b);

/* In the arena's memory: `next` of all rows at once. */
void arena_step(struct bench *b, struct arena *a);

/* Goal i of a part, by a stream that is a function of both. */
void arena_goal(struct bench *b, const struct arena *a, enum mesa_part part,
                uint64_t i, double *goal);

void expect_finite(struct bench *b, const double *x, size_t n,
                   const char *what);

#endif
