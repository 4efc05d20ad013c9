/* SPDX-License-Identifier: MIT */
/* mesa/acting.h - environments on instances, for whoever acts in them. */
#ifndef MESA_ACTING_H
#define MESA_ACTING_H

#include <mesa/environment.h>

MESA_BEGIN

/* The slots, of an instance; those that are optional only where its class has
 * them, but for build_*, which give 0, and the graph keeps MESA_ENOTSUP. */
/* Fills out->struct_size bytes, which the caller has set.  MESA_EINVAL, naming
 * the environment, if a space is not what mesa/environment.h asks for. */
MESA_API mesa_status mesa_environment_space(const struct mesa_instance *e,
                                            struct mesa_space *out,
                                            struct mesa_error *err);
MESA_API void mesa_environment_reset(const struct mesa_instance *e,
                                     double *state, struct mesa_rng *rng);
MESA_API void mesa_environment_step(const struct mesa_instance *e, size_t n,
                                    const double *state, const double *action,
                                    double *next);
MESA_API void mesa_environment_goal(const struct mesa_instance *e,
                                    enum mesa_part part, uint64_t i,
                                    double *goal, struct mesa_rng *rng);
MESA_API double mesa_environment_distance(const struct mesa_instance *e,
                                          const double *state,
                                          const double *goal);
MESA_API void mesa_environment_cost(const struct mesa_instance *e, size_t n,
                                    const double *state, const double *action,
                                    const double *next, const double *goal,
                                    double *out);
MESA_API mesa_node mesa_environment_build_step(const struct mesa_instance *e,
                                               struct mesa_graph *g,
                                               mesa_node state,
                                               mesa_node action);
MESA_API mesa_node mesa_environment_build_cost(const struct mesa_instance *e,
                                               struct mesa_graph *g,
                                               mesa_node states,
                                               mesa_node actions,
                                               mesa_node goal, bool shaped);

/* 0 for a class without. */
MESA_API size_t mesa_environment_outline(const struct mesa_instance *e,
                                         const double *state, size_t room,
                                         double *xy);

MESA_END

#endif
