/* SPDX-License-Identifier: MIT */
/*
 * plot_thin.c - no more points than a picture can show.
 *
 * A line of 100,000 points looks like one of the lowest and the highest of
 * each column of pixels, an interval like the widest; of clouds every nth
 * point is kept.  The whole figures are in the other files of the run.
 */
#include "plot.h"

#include <math.h>

enum { BUCKETS = 400, MOST_POINTS = 2000 };

/* Indices of the lowest and the highest y of points from ... to - 1. */
static void
extremes(const struct mesa_plot_series *s, size_t from, size_t to,
         size_t *lowest, size_t *highest)
{
    *lowest = *highest = from;
    for (size_t i = from; i < to; i++) {
        const double y = s->value[2 * i + 1];

        if (y < s->value[2 * *lowest + 1] ||
            isnan(s->value[2 * *lowest + 1]))
            *lowest = i;
        if (y > s->value[2 * *highest + 1] ||
            isnan(s->value[2 * *highest + 1]))
            *highest = i;
    }
}

static void
move_point(struct mesa_plot_series *s, size_t from, size_t *to)
{
    s->value[2 * *to] = s->value[2 * from];
    s->value[2 * *to + 1] = s->value[2 * from + 1];
    ++*to;
}

static void
thin_line(struct mesa_plot_series *s)
{
    const size_t n = s->n;
    size_t kept = 0;

    for (size_t b = 0; b < BUCKETS; b++) {
        const size_t from = b * n / BUCKETS, to = (b + 1) * n / BUCKETS;
        size_t low, high;

        extremes(s, from, to, &low, &high);
        /* What is kept never lies behind what is still to be looked at. */
        move_point(s, MESA_MIN(low, high), &kept);
        if (low != high)
            move_point(s, MESA_MAX(low, high), &kept);
    }
    s->n = kept;
}

static void
thin_band(struct mesa_plot_series *s)
{
    const size_t n = s->n;

    for (size_t b = 0; b < BUCKETS; b++) {
        const size_t from = b * n / BUCKETS, to = (b + 1) * n / BUCKETS;
        double low = s->value[3 * from + 1], high = s->value[3 * from + 2];

        for (size_t i = from; i < to; i++) {
            low = fmin(low, s->value[3 * i + 1]);
            high = fmax(high, s->value[3 * i + 2]);
        }
        s->value[3 * b] = s->value[3 * from];
        s->value[3 * b + 1] = low;
        s->value[3 * b + 2] = high;
    }
    s->n = BUCKETS;
}

static void
thin_cloud(struct mesa_plot_series *s)
{
    const size_t arity = mesa_mark_arity(s->mark), n = s->n;

    for (size_t i = 0; i < MOST_POINTS; i++)
        for (size_t v = 0; v < arity; v++)
            s->value[i * arity + v] =
                s->value[i * n / MOST_POINTS * arity + v];
    s->n = MOST_POINTS;
}

void
mesa_plot_thin(struct mesa_plot *p)
{
    for (size_t i = 0; i < p->n_series; i++) {
        struct mesa_plot_series *s = &p->series[i];

        switch (s->mark) {
        case MESA_MARK_LINE:
        case MESA_MARK_FAINT:
        case MESA_MARK_REFERENCE:
            if (s->n > 2 * BUCKETS)
                thin_line(s);
            break;
        case MESA_MARK_BAND:
            if (s->n > 2 * BUCKETS)
                thin_band(s);
            break;
        case MESA_MARK_POINT:
        case MESA_MARK_SCALED:
        case MESA_MARK_CROSS:
        case MESA_MARK_ERROR:
        case MESA_MARK_SEGMENT:
            if (s->n > MOST_POINTS)
                thin_cloud(s);
            break;
        default: /* all of these count */
            break;
        }
    }
}
