/* SPDX-License-Identifier: MIT */
/*
 * curves.c - how scores go on with steps: means with their intervals.
 *
 * One task that diverges makes up a mean: then all lines are medians, with
 * quartiles, and the picture says so.
 */
#include "curves.h"

#include <mesa/vmath.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Costs so many times as high as at the beginning are not looked at. */
#define MOST_TIMES 100.0

/* A point of a line; what it is not known of is not finite. */
struct point {
    double x, middle, low, high;
};

/* Student's t of so many values, most often those of the point before. */
struct student {
    size_t n;
    double t;
};

/* How all lines of the picture are drawn. */
struct look {
    bool    medians, log, cut;
    double  top;     /* what lies higher is cut off: of costs */
    double *scratch; /* room for the values of any point      */
    struct student *student;
};

/* A picture without points is none. */
bool
few_wants_pictures(struct mesa_report *report)
{
    static const struct mesa_plot_info info = {
        .struct_size = sizeof info, .name = "adaptation"
    };

    return mesa_report_plot(report, &info) != NULL;
}

static int
compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of n values in order; between two where it is between them. */
static double
quantile(const double *sorted, size_t n, double share)
{
    const double at = share * (double)(n - 1);
    const size_t low = (size_t)at, high = low + 1 < n ? low + 1 : low;

    if (sorted[low] == sorted[high])
        return sorted[low]; /* infinite, perhaps */
    return sorted[low] + (at - (double)low) * (sorted[high] - sorted[low]);
}

/* In order; those that diverged are the worst ones. */
static void
sort_values(const struct few_line *l, size_t at, double *out)
{
    for (size_t i = 0; i < l->n; i++) {
        const double value = l->value(l->context, at, i);

        out[i] = isfinite(value) ? value : INFINITY;
    }
    qsort(out, l->n, sizeof *out, compare);
}

/* The half width of the interval of a mean; one value has none. */
static double
half_width(double squares, size_t n, struct student *student)
{
    if (n < 2)
        return NAN;
    if (student->n != n)
        *student = (struct student){ n, mesa_student_975(n - 1) };
    return student->t * sqrt(squares / (double)(n - 1) / (double)n);
}

static struct point
find_mean(const struct few_line *l, size_t at, struct student *student)
{
    struct point p = { l->x(l->context, at), 0, 0, 0 };
    double square = 0, far;
    size_t n = 0;

    for (size_t i = 0; i < l->n; i++) {
        const double value = l->value(l->context, at, i);

        p.middle += isfinite(value) ? value : 0;
        n += isfinite(value);
    }
    p.middle = n ? p.middle / (double)n : (double)NAN;
    for (size_t i = 0; i < l->n; i++) {
        const double d = l->value(l->context, at, i) - p.middle;

        square += isfinite(d) ? d * d : 0;
    }
    far = half_width(square, n, student);
    p.low = p.middle - far;
    p.high = p.middle + far;
    return p;
}

static struct point
find_point(const struct few_line *l, size_t at, const struct look *look)
{
    struct point p;

    if (!look->medians)
        return find_mean(l, at, look->student);
    sort_values(l, at, look->scratch);
    p.x = l->x(l->context, at);
    p.middle = quantile(look->scratch, l->n, 0.5);
    p.low = quantile(look->scratch, l->n, 0.25);
    p.high = quantile(look->scratch, l->n, 0.75);
    return p;
}

/* Do a few values, or one that is none, make up a mean? */
static bool
explodes(const struct few_line *l, const struct look *look)
{
    for (size_t at = 0; at < l->n_points; at++) {
        sort_values(l, at, look->scratch);
        if (!isfinite(look->scratch[l->n - 1]) ||
            find_mean(l, at, look->student).middle >
                10 * quantile(look->scratch, l->n, 0.5))
            return true;
    }
    return false;
}

/* The axis, by costs that are not far beyond those of the first points. */
static void
choose_axis(const struct few_line *line, size_t n, struct look *look)
{
    double low = INFINITY, high = -INFINITY;

    look->top = 0;
    for (size_t i = 0; i < n; i++)
        look->top = fmax(look->top,
                         MOST_TIMES * find_point(&line[i], 0, look).middle);
    if (!(look->top > 0))
        look->top = INFINITY; /* nothing to compare with */
    for (size_t i = 0; i < n; i++)
        for (size_t at = 0; at < line[i].n_points; at++) {
            const struct point v = find_point(&line[i], at, look);

            look->cut |= v.high > look->top || !(v.middle <= look->top);
            if (!(v.middle <= look->top))
                continue;
            low = fmin(low, v.middle);
            high = fmax(high, v.middle);
        }
    look->log = low > 0 && (high > 20 * low || look->cut);
}

static mesa_status
choose_look(const struct few_lines *info, const struct few_line *line,
            size_t n, struct look *look, struct mesa_error *err)
{
    size_t most = 1;

    for (size_t i = 0; i < n; i++)
        most = line[i].n > most ? line[i].n : most;
    look->scratch = mesa_alloc_array(most, sizeof *look->scratch);
    if (!look->scratch)
        return mesa_nomem(err, most, "scores");
    for (size_t i = 0; info->cost && i < n; i++)
        look->medians |= explodes(&line[i], look);
    look->top = INFINITY;
    if (info->cost)
        choose_axis(line, n, look);
    return MESA_OK;
}

static void
draw_line(const struct few_line *l, const struct look *look,
          struct mesa_plot *p)
{
    static const enum mesa_mark mark[] = { MESA_MARK_BAND, MESA_MARK_LINE,
                                           MESA_MARK_POINT };

    for (size_t k = 0; k < 3; k++) {
        if (mark[k] == MESA_MARK_POINT && l->n_points > 20)
            continue;
        mesa_plot_series(p, mark[k], l->label);
        for (size_t at = 0; at < l->n_points; at++) {
            struct point v = find_point(l, at, look);

            if (!(v.middle <= look->top))
                break;
            if (mark[k] == MESA_MARK_BAND && isnan(v.high))
                continue;
            v.high = fmin(v.high, look->top);
            /* A mean less its interval may lie beyond such an axis. */
            if (look->log && v.low <= 0)
                v.low = v.middle / 10;
            if (mark[k] == MESA_MARK_BAND)
                mesa_plot_point(p, (double[]){ v.x, v.low, v.high });
            else
                mesa_plot_point(p, (double[]){ v.x, v.middle });
        }
    }
}

/* A few steps have whole numbers on their axis. */
static void
draw_steps(const struct few_line *l, struct mesa_plot *p)
{
    if (l->n_points > 6)
        return;
    for (size_t at = 0; at < l->n_points; at++) {
        const double x = l->x(l->context, at);
        char text[24];

        if (x != floor(x) || l->x(l->context, l->n_points - 1) > 6)
            return;
        snprintf(text, sizeof text, "%.0f", x);
        mesa_plot_tick(p, 'x', x, text);
    }
}

/* Steps that were trained for, and what is got without learning. */
static void
draw_rules(const struct few_lines *info, const struct few_line *l,
           struct mesa_plot *p)
{
    const double last = l->x(l->context, l->n_points - 1);

    if (info->trained > 0 && info->trained < 0.7 * last)
        mesa_plot_rule(p, 'x', info->trained, "trained for");
    if (info->least > 0)
        mesa_plot_rule(p, 'y', info->least, info->least_label);
}

/* "100", or "10 to 100" of them. */
static void
say_counts(const struct few_line *line, size_t n, char out[64])
{
    size_t low = line[0].n, high = line[0].n;

    for (size_t i = 1; i < n; i++) {
        low = line[i].n < low ? line[i].n : low;
        high = line[i].n > high ? line[i].n : high;
    }
    if (low == high)
        snprintf(out, 64, "%zu", low);
    else
        snprintf(out, 64, "%zu to %zu", low, high);
}

static struct mesa_plot *
new_picture(const struct few_lines *info, const struct few_line *line,
            size_t n, const struct look *look, struct mesa_report *report)
{
    char caption[500], counts[64];
    const struct mesa_plot_info plot = {
        .struct_size = sizeof plot,
        .flags       = look->log ? MESA_PLOT_LOG_Y : 0,
        .section     = MESA_PLOT_RESULT,
        .name        = info->name,
        .title       = info->title,
        .caption     = caption,
        .x_label     = info->x_label,
        .y_label     = info->y_label
    };

    say_counts(line, n, counts);
    snprintf(caption, sizeof caption, "%s %s %s %s.%s", info->caption,
             strcmp(counts, "1") == 0
                 ? "Lines are single values, which have no intervals, of"
             : look->medians ? "Lines are medians, because some diverged or "
                               "make up the mean; bands are the middle half, "
                               "over"
                           : "Lines are means, bands their 95 % intervals "
                             "by Student's t, over",
             counts, info->what,
             look->cut ? " What comes to 100 times the highest first score is "
                         "cut off." : "");
    return mesa_report_plot(report, &plot);
}

mesa_status
few_draw_lines(const struct few_lines *info, const struct few_line *line,
               size_t n, struct mesa_report *report, struct mesa_error *err)
{
    struct student student = { 0 };
    struct look look = { .student = &student };
    struct mesa_plot *p;
    mesa_status st;

    for (size_t i = 0; i < n; i++)
        if (line[i].n == 0 || line[i].n_points == 0)
            return MESA_OK; /* nothing has been scored yet */
    st = choose_look(info, line, n, &look, err);
    p = st == MESA_OK ? new_picture(info, line, n, &look, report) : NULL;
    if (p)
        draw_steps(&line[0], p);
    for (size_t i = 0; p && i < n; i++) {
        const char *panel = line[i].panel;

        if (i == 0 || (panel && strcmp(panel, line[i - 1].panel) != 0)) {
            if (panel)
                mesa_plot_panel(p, panel);
            draw_rules(info, &line[i], p);
        }
        draw_line(&line[i], &look, p);
    }
    mesa_free(look.scratch);
    return st;
}
