/* SPDX-License-Identifier: MIT */
/* environment_fixture.h - environments that are linked into a test. */
#ifndef MESA_TESTS_ENVIRONMENT_FIXTURE_H
#define MESA_TESTS_ENVIRONMENT_FIXTURE_H

#include "maker.h"

#include <math.h>

const struct mesa_plugin *mountain_car_plugin(void);
const struct mesa_plugin *pointmass_plugin(void);
const struct mesa_plugin *reacher_plugin(void);

static const struct mesa_builtin plugins[] = {
    { "environments", "mountain_car", mountain_car_plugin },
    { "environments", "pointmass", pointmass_plugin },
    { "environments", "reacher", reacher_plugin },
    { NULL, NULL, NULL },
};

enum { MOST_STATES = 4, MOST_ACTIONS = 2, MOST_HORIZON = 65 };

/* An environment, made with words, and its table. */
struct world {
    struct maker                         m;
    const struct mesa_environment_class *c;
    const void                          *self;
    struct mesa_space                    space;
    struct mesa_rng                      rng;
};

static inline void
world_open(struct world *w, const char *name, const char *words)
{
    *w = (struct world){ .m.registry.builtins = plugins,
                         .space.struct_size = sizeof w->space };
    assert_ok(maker_make(&w->m, MESA_KIND_ENVIRONMENT, name, words, err));
    w->c = (const void *)mesa_instance_class(w->m.made);
    w->self = mesa_instance_self(w->m.made);
    w->c->space(w->self, &w->space);
    mesa_rng_seed(&w->rng, 42);
}

static inline void
world_close(struct world *w)
{
    maker_free(&w->m);
}

static inline void
reset(struct world *w, double *state)
{
    w->c->reset(w->self, state, &w->rng);
}

/* Actions beyond the bounds, too. */
static inline void
draw_actions(struct world *w, double *action, size_t n)
{
    const size_t k = w->space.n_actions;

    for (size_t i = 0; i < n * k; i++)
        action[i] = w->space.action_high[i % k] * 1.5 *
                    mesa_rng_normal(&w->rng);
}

static inline void
assert_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance * (1 + fabs(expected))))
        fail_msg("%.17g, expected %.17g", found, expected);
}

static inline void
goal_of(const struct world *w, enum mesa_part part, uint64_t i, double *goal)
{
    struct mesa_rng rng = mesa_rng_derive(&w->rng, "goal",
                                          i * MESA_PART_COUNT_ + part);

    w->c->goal(w->self, part, i, goal, &rng);
}

#endif
