/* SPDX-License-Identifier: MIT */
/* curves.h - lines with intervals: scores of many after 0, 1, ... steps. */
#ifndef MESA_METALEARNERS_FEW_CURVES_H
#define MESA_METALEARNERS_FEW_CURVES_H

#include <mesa/mesa.h>

/* Is there anybody to draw for? */
bool few_wants_pictures(struct mesa_report *report);

/* Lines in a row with one panel share it; NULL: there is but one, without a
 * title. */
struct few_line {
    const char *panel, *label;
    size_t      n_points, n; /* values of each point: of tasks, episodes */
    const void *context;
    double    (*x)(const void *context, size_t point);
    /* Not finite: diverged. */
    double    (*value)(const void *context, size_t point, size_t i);
};

/* A picture of them. */
struct few_lines {
    const char *name, *title;
    const char *what;    /* "tasks": what there are n of                  */
    const char *caption; /* before what is said of lines and bands        */
    const char *x_label, *y_label;
    bool        cost;    /* at least 0, less is better: perhaps medians,
                            perhaps a logarithmic axis                    */
    double      trained; /* steps that were trained for; 0: not known     */
    double      least;   /* what is got without learning; 0: not known    */
    const char *least_label;
};

/* Nothing if there are no values. */
mesa_status few_draw_lines(const struct few_lines *info,
                           const struct few_line *line, size_t n,
                           struct mesa_report *report,
                           struct mesa_error *err);

#endif
