/* SPDX-License-Identifier: MIT */
/*
 * world_pictures.h - what metalearners show of policies in an environment:
 * where episodes go, and how far from their goals they are.
 */
#ifndef MESA_METALEARNERS_WORLD_PICTURES_H
#define MESA_METALEARNERS_WORLD_PICTURES_H

#include "../few_shot/curves.h"

enum { WORLD_METHODS = 3, WORLD_GROUPS = 3 };

/* Episodes of one kind, by some methods. */
struct world_group {
    const char *title;      /* of panels, such as "test" */
    size_t      n_episodes; /* of each method            */
    size_t      n_shown;    /* the first ones, as paths  */
};

struct world_view {
    const struct mesa_instance *environment;
    const struct mesa_space    *space;
    size_t                      n_methods, n_groups;
    const char                 *method[WORLD_METHODS];
    struct world_group          group[WORLD_GROUPS];
    const char                 *what; /* "policies", whose episodes they are */
    const void                 *context;
    /* State t, 0 to the horizon, into out; not finite: the policy is lost. */
    void (*state)(const void *context, size_t method, size_t group,
                  size_t episode, size_t t, double *out);
    const double *(*goal)(const void *context, size_t group, size_t episode);
};

mesa_status world_draw(const struct world_view *v, struct mesa_report *report,
                       struct mesa_error *err);

/* "distance to the goal in m". */
void world_distance_label(const struct mesa_space *space, char out[80]);

#endif
