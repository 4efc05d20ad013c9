/* SPDX-License-Identifier: MIT */
/* environment.c - environments on instances, for whoever acts in them. */
#include "instance.h"

static const struct mesa_environment_class *
class_of(const struct mesa_instance *e)
{
    return (const void *)mesa_instance_class(e);
}

void
mesa_environment_space(const struct mesa_instance *e,
                       struct mesa_space *out)
{
    *out = (struct mesa_space){ .struct_size = sizeof *out };
    class_of(e)->space(mesa_instance_view(e), out);
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
