/* SPDX-License-Identifier: MIT */
/*
 * world_pictures.c - episodes as paths in the plane, if the first two numbers
 * of a state are of one kind, or else over time and as one number over the
 * other; and distances from goals over time.
 */
#include "world_pictures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_STATES = 64, /* numbers of a state */
       MOST_POINTS = 64  /* of a body */ };

/* "x in m", "speed" */
static void
put_label(const char *name, const char *unit, char out[100])
{
    snprintf(out, 100, "%.40s%s%.40s", name, unit && *unit ? " in " : "",
             unit ? unit : "");
}

void
world_distance_label(const struct mesa_space *space, char out[80])
{
    const char *unit = space->distance_unit;

    snprintf(out, 80, "distance to the goal%s%.40s", unit ? " in " : "",
             unit ? unit : "");
}

/* Do the first two numbers of a state make up a plane? */
static bool
is_plane(const struct mesa_space *s)
{
    return s->n_states > 1 && strcmp(s->unit[0], s->unit[1]) == 0;
}

/* What of a state the axes of a picture are. */
enum axes { OVER_TIME, IN_PLANE };

static void
draw_path(const struct world_view *v, enum axes axes, size_t group,
          size_t episode, size_t method, struct mesa_plot *p)
{
    double state[MOST_STATES];

    mesa_plot_series(p, MESA_MARK_LINE, v->method[method]);
    for (size_t t = 0; t <= v->space->horizon; t++) {
        v->state(v->context, method, group, episode, t, state);
        if (axes == IN_PLANE)
            mesa_plot_point(p, state);
        else
            mesa_plot_point(p, (double[]){ (double)t * v->space->dt,
                                           state[0] });
    }
}

static void
open_panel(const struct world_view *v, size_t group, size_t episode,
           struct mesa_plot *p)
{
    char title[80];

    snprintf(title, sizeof title, "%.40s, episode %zu", v->group[group].title,
             episode);
    mesa_plot_panel(p, title);
}

/* One episode by all methods, where it starts and where it is to end. */
static void
draw_episode(const struct world_view *v, enum axes axes, size_t group,
             size_t episode, struct mesa_plot *p)
{
    const double *goal = v->goal(v->context, group, episode);
    double state[MOST_STATES];

    open_panel(v, group, episode, p);
    for (size_t m = 0; m < v->n_methods; m++)
        draw_path(v, axes, group, episode, m, p);
    if (axes == OVER_TIME) {
        const double end = (double)v->space->horizon * v->space->dt;

        mesa_plot_series(p, MESA_MARK_REFERENCE, "goal");
        mesa_plot_point(p, (double[]){ 0, goal[0] });
        mesa_plot_point(p, (double[]){ end, goal[0] });
        return;
    }
    v->state(v->context, 0, group, episode, 0, state);
    mesa_plot_series(p, MESA_MARK_POINT, "start");
    mesa_plot_point(p, state);
    mesa_plot_series(p, MESA_MARK_CROSS, "goal");
    mesa_plot_point(p, goal);
}

static void
draw_paths(const struct world_view *v, enum axes axes, const char *name,
           const char *title, struct mesa_report *report)
{
    const struct mesa_space *s = v->space;
    char x[100], y[100], caption[300];
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_ANIMATE | MESA_PLOT_SHARED,
        .section     = MESA_PLOT_RESULT,
        .name        = name,
        .title       = title,
        .caption     = caption,
        .x_label     = x,
        .y_label     = y
    };
    struct mesa_plot *p;

    put_label(s->state[0], s->unit[0], axes == IN_PLANE ? x : y);
    if (axes == IN_PLANE)
        put_label(s->state[1], s->unit[1], y);
    else
        put_label("time", "s", x);
    snprintf(caption, sizeof caption,
             "Single episodes of %s in the environment itself, %s", v->what,
             axes == OVER_TIME
                 ? "over time."
                 : "by the first two numbers of a state.");
    p = mesa_report_plot(report, &info);
    for (size_t g = 0; p && g < v->n_groups; g++)
        for (size_t e = 0; e < v->group[g].n_shown; e++)
            draw_episode(v, axes, g, e, p);
}

/* Where on the plane the end of a body is; false: nowhere. */
static bool
find_end(const struct world_view *v, const double *state, double *body,
         size_t n)
{
    if (mesa_environment_outline(v->environment, state, n, body) != n)
        return false;
    return isfinite(body[2 * n - 2]) && isfinite(body[2 * n - 1]);
}

/* The path of its end, and the whole of it, as segments, where that is. */
static void
draw_motion(const struct world_view *v, size_t group, size_t episode,
            size_t method, size_t n, struct mesa_plot *p)
{
    double state[MOST_STATES], body[2 * MOST_POINTS];

    mesa_plot_series(p, MESA_MARK_LINE, v->method[method]);
    for (size_t t = 0; t <= v->space->horizon; t++) {
        v->state(v->context, method, group, episode, t, state);
        if (find_end(v, state, body, n))
            mesa_plot_point(p, &body[2 * n - 2]);
    }
    if (!find_end(v, state, body, n))
        return;
    mesa_plot_series(p, n > 1 ? MESA_MARK_SEGMENT : MESA_MARK_POINT,
                     v->method[method]);
    for (size_t i = 1; i < n; i++)
        mesa_plot_point(p, &body[2 * (i - 1)]);
    if (n == 1)
        mesa_plot_point(p, body);
}

/* From the lowest to the highest first number of a state: where a body of one
 * point can be, if no other number says so too. */
static void
draw_road(const struct world_view *v, size_t group, size_t episode,
          struct mesa_plot *p)
{
    const double *goal = v->goal(v->context, group, episode);
    double low = goal[0], high = goal[0], state[MOST_STATES], at[2];

    for (size_t m = 0; m < v->n_methods; m++)
        for (size_t t = 0; t <= v->space->horizon; t++) {
            v->state(v->context, m, group, episode, t, state);
            low = fmin(low, state[0]);
            high = fmax(high, state[0]);
        }
    mesa_plot_series(p, MESA_MARK_REFERENCE, "");
    memset(state, 0, sizeof state);
    for (int i = 0; i <= 100; i++) {
        state[0] = low + (high - low) * i / 100;
        if (find_end(v, state, at, 1))
            mesa_plot_point(p, at);
    }
}

/* Bodies as the environment says that they look. */
static void
draw_bodies(const struct world_view *v, struct mesa_report *report)
{
    static const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_ANIMATE | MESA_PLOT_SHARED,
        .section     = MESA_PLOT_RESULT,
        .name        = "motion",
        .title       = "What single episodes look like",
        .caption     = "The path of the end of a body in single episodes, and "
                       "the body where they end; the cross is where it is to "
                       "get to.",
        .x_label     = "x in m",
        .y_label     = "y in m"
    };
    double state[MOST_STATES] = { 0 }, body[2 * MOST_POINTS];
    const size_t n = mesa_environment_outline(v->environment, state,
                                              MOST_POINTS, body);
    struct mesa_plot *p = n > 0 && n <= MOST_POINTS
                              ? mesa_report_plot(report, &info) : NULL;

    for (size_t g = 0; p && g < v->n_groups; g++)
        for (size_t e = 0; e < v->group[g].n_shown; e++) {
            open_panel(v, g, e, p);
            if (n == 1)
                draw_road(v, g, e, p);
            for (size_t m = 0; m < v->n_methods; m++)
                draw_motion(v, g, e, m, n, p);
            mesa_plot_series(p, MESA_MARK_CROSS, "");
            if (find_end(v, v->goal(v->context, g, e), body, n))
                mesa_plot_point(p, &body[2 * n - 2]);
        }
}

/* One line of the picture of distances. */
struct line {
    const struct world_view *view;
    size_t                   method, group;
};

static double
time_of(const void *context, size_t at)
{
    const struct line *l = context;

    return (double)at * l->view->space->dt;
}

static double
distance_of(const void *context, size_t at, size_t episode)
{
    const struct line *l = context;
    const struct world_view *v = l->view;
    double state[MOST_STATES];

    v->state(v->context, l->method, l->group, episode, at, state);
    for (size_t j = 0; j < v->space->n_states; j++)
        if (!isfinite(state[j]))
            return NAN;
    return mesa_environment_distance(
        v->environment, state, v->goal(v->context, l->group, episode));
}

static mesa_status
draw_distances(const struct world_view *v, struct mesa_report *report,
               struct mesa_error *err)
{
    struct few_line line[WORLD_METHODS * WORLD_GROUPS];
    struct line what[WORLD_METHODS * WORLD_GROUPS];
    char label[80];
    const struct few_lines info = {
        .name    = "distance",
        .title   = "Distance to the goal in an episode",
        .what    = "episodes",
        .caption = "How far episodes in the environment itself are from their "
                   "goals, while they last.",
        .x_label = "time in s",
        .y_label = label,
        .cost    = true,
    };
    size_t n = 0;

    world_distance_label(v->space, label);
    for (size_t g = 0; g < v->n_groups; g++)
        for (size_t m = 0; m < v->n_methods; m++) {
            what[n] = (struct line){ v, m, g };
            line[n] = (struct few_line){
                v->n_groups > 1 ? v->group[g].title : NULL, v->method[m],
                v->space->horizon + 1, v->group[g].n_episodes, &what[n],
                time_of, distance_of
            };
            n++;
        }
    return few_draw_lines(&info, line, n, report, err);
}

mesa_status
world_draw(const struct world_view *v, struct mesa_report *report,
           struct mesa_error *err)
{
    if (v->space->n_states > MOST_STATES)
        return MESA_OK; /* of nothing that could be drawn */
    draw_bodies(v, report);
    if (is_plane(v->space)) {
        draw_paths(v, IN_PLANE, "trajectory", "Where episodes go", report);
    } else {
        draw_paths(v, OVER_TIME, "trajectory", "Where episodes go", report);
        if (v->space->n_states > 1)
            draw_paths(v, IN_PLANE, "states", "States of episodes", report);
    }
    return draw_distances(v, report, err);
}
