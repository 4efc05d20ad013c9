/* SPDX-License-Identifier: MIT */
/* environment.c - environments on instances, for whoever acts in them. */
#include "instance.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct mesa_environment_class *
class_of(const struct mesa_instance *e)
{
    return (const void *)mesa_instance_class(e);
}

/* What is wrong with an environment's space. */
static mesa_status
wrong(const struct mesa_instance *e, struct mesa_error *err, const char *what,
      ...) MESA_PRINTF(3, 4);

static mesa_status
wrong(const struct mesa_instance *e, struct mesa_error *err, const char *what,
      ...)
{
    char text[200];
    va_list args;

    va_start(args, what);
    vsnprintf(text, sizeof text, what, args);
    va_end(args);
    return mesa_fail(err, MESA_EINVAL, "environment %s: %s",
                     class_of(e)->head.name, text);
}

static bool
are_there(const char *const *name, size_t n)
{
    for (size_t i = 0; name && i < n; i++)
        if (!name[i])
            return false;
    return name != NULL;
}

static mesa_status
check_sizes(const struct mesa_instance *e, const struct mesa_space *s,
            struct mesa_error *err)
{
    const char *missing = !are_there(s->state, s->n_states)     ? "names"
                          : !are_there(s->action, s->n_actions) ? "actions"
                          : !are_there(s->unit, s->n_states)    ? "units"
                          : !s->scale                           ? "scales"
                          : !s->action_low || !s->action_high   ? "bounds"
                                                                : NULL;

    if (s->n_states == 0 || s->n_actions == 0)
        return wrong(e, err, "a state has %lu numbers and an action %lu",
                     (unsigned long)s->n_states,
                     (unsigned long)s->n_actions);
    if (s->horizon == 0)
        return wrong(e, err, "an episode has no steps");
    if (!(s->dt > 0) || !isfinite(s->dt))
        return wrong(e, err, "dt is %g, expected seconds", s->dt);
    return missing ? wrong(e, err, "some %s are missing", missing) : MESA_OK;
}

static mesa_status
check_space(const struct mesa_instance *e, const struct mesa_space *s,
            struct mesa_error *err)
{
    mesa_status st = check_sizes(e, s, err);

    for (size_t i = 0; st == MESA_OK && i < s->n_states; i++)
        if (!(s->scale[i] > 0) || !isfinite(s->scale[i]))
            st = wrong(e, err, "the scale of '%s' is %g", s->state[i],
                       s->scale[i]);
    for (size_t i = 0; st == MESA_OK && i < s->n_actions; i++)
        if (!isfinite(s->action_low[i]) || !isfinite(s->action_high[i]) ||
            !(s->action_low[i] < s->action_high[i]))
            st = wrong(e, err, "'%s' is from %g to %g", s->action[i],
                       s->action_low[i], s->action_high[i]);
    return st;
}

mesa_status
mesa_environment_space(const struct mesa_instance *e, struct mesa_space *out,
                       struct mesa_error *err)
{
    const uint32_t size = out->struct_size;
    struct mesa_space space = { .struct_size = sizeof space };

    class_of(e)->space(mesa_instance_view(e), &space);
    memset(out, 0, size);
    memcpy(out, &space, size < sizeof space ? size : sizeof space);
    out->struct_size = size;
    return check_space(e, &space, err);
}

void
mesa_environment_reset(const struct mesa_instance *e,
                       double *state, struct mesa_rng *rng)
{
    class_of(e)->reset(mesa_instance_view(e), state, rng);
}

void
mesa_environment_step(const struct mesa_instance *e, size_t n,
                      const double *state, const double *action, double *next)
{
    class_of(e)->step(mesa_instance_view(e), n, state,
                                action, next);
}

void
mesa_environment_goal(const struct mesa_instance *e,
                      enum mesa_part part, uint64_t i, double *goal,
                      struct mesa_rng *rng)
{
    class_of(e)->goal(mesa_instance_view(e), part, i,
                                goal, rng);
}

double
mesa_environment_distance(const struct mesa_instance *e,
                          const double *state, const double *goal)
{
    return class_of(e)->distance(mesa_instance_view(e),
                                           state, goal);
}

void
mesa_environment_cost(const struct mesa_instance *e, size_t n,
                      const double *state, const double *action,
                      const double *next, const double *goal, double *out)
{
    class_of(e)->cost(mesa_instance_view(e), n, state,
                                action, next, goal, out);
}

/* Is the slot there?  If not, the graph keeps it. */
static bool
has(const struct mesa_environment_class *c, struct mesa_graph *g,
    bool is_there, const char *slot)
{
    if (!is_there)
        mesa_graph_fail(g, MESA_ENOTSUP,
                        "environment %s has no `%s`: nothing can be "
                        "differentiated through it",
                        c->head.name, slot);
    return is_there;
}

mesa_node
mesa_environment_build_step(const struct mesa_instance *e,
                            struct mesa_graph *g, mesa_node state,
                            mesa_node action)
{
    const struct mesa_environment_class *c = class_of(e);

    return has(c, g, c->build_step, "build_step")
               ? c->build_step(mesa_instance_view(e), g, state,
                               action)
               : 0;
}

mesa_node
mesa_environment_build_cost(const struct mesa_instance *e,
                            struct mesa_graph *g, mesa_node states,
                            mesa_node actions, mesa_node goal, bool shaped)
{
    const struct mesa_environment_class *c = class_of(e);

    return has(c, g, c->build_cost, "build_cost")
               ? c->build_cost(mesa_instance_view(e), g, states,
                               actions, goal, shaped)
               : 0;
}

size_t
mesa_environment_outline(const struct mesa_instance *e, const double *state,
                         size_t room, double *xy)
{
    return class_of(e)->outline
               ? class_of(e)->outline(mesa_instance_view(e), state, room, xy)
               : 0;
}
