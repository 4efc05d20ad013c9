/* SPDX-License-Identifier: MIT */
/*
 * plot_axes.c - ranges, names in place of numbers, rules and notes of a
 * picture, as gnuplot takes them.  What gnuplot finds by itself is left to it.
 */
#include "plot_table.h"

#include <math.h>
#include <string.h>

#define RULE "#999999"
#define ALL  SIZE_MAX /* panels */

static bool
is_log(const struct mesa_plot *p, char axis)
{
    return p->flags & (axis == 'x' ? MESA_PLOT_LOG_X : MESA_PLOT_LOG_Y);
}

/* Is the field one of the axis 'x' or 'y'? */
static bool
is_along(int field, char axis)
{
    return axis == 'x' ? field == X || field == TO_X
                       : field == Y || field == LOW || field == HIGH ||
                             field == TO_Y;
}

/* Can a logarithmic axis show it? */
static bool
has_place(const struct mesa_plot *p, char axis, double at)
{
    return isfinite(at) && (at > 0 || !is_log(p, axis));
}

bool
mesa_plot_is_drawn(const struct mesa_plot *p, const struct mesa_plot_series *s)
{
    const size_t arity = mesa_mark_arity(s->mark);

    for (size_t i = 0; i < s->n; i++) {
        bool drawn = true;

        for (size_t v = 0; v < arity && drawn; v++) {
            const int field = mesa_plot_field(s->mark, v);
            const double at = s->value[i * arity + v];

            drawn = isfinite(at) &&
                    (!is_along(field, 'x') || has_place(p, 'x', at)) &&
                    (!is_along(field, 'y') || has_place(p, 'y', at));
        }
        if (drawn)
            return true;
    }
    return false;
}

/* From where to where the points of a panel, or of ALL, lie; false if
 * nowhere. */
static bool
find_range(const struct mesa_plot *p, char axis, size_t panel, double *low,
           double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < p->n_series; i++) {
        const struct mesa_plot_series *s = &p->series[i];
        const size_t arity = mesa_mark_arity(s->mark);

        if (panel != ALL && s->panel != panel)
            continue;
        for (size_t k = 0; k < s->n * arity; k++) {
            if (!is_along(mesa_plot_field(s->mark, k % arity), axis) ||
                !has_place(p, axis, s->value[k]))
                continue;
            *low = fmin(*low, s->value[k]);
            *high = fmax(*high, s->value[k]);
        }
    }
    return *low <= *high;
}

/* From where to where values go that are colours. */
static bool
find_values(const struct mesa_plot *p, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < p->n_series; i++) {
        const struct mesa_plot_series *s = &p->series[i];
        const size_t arity = mesa_mark_arity(s->mark);

        for (size_t k = 0; k < s->n * arity; k++) {
            if (mesa_plot_field(s->mark, k % arity) != VALUE ||
                !isfinite(s->value[k]))
                continue;
            *low = fmin(*low, s->value[k]);
            *high = fmax(*high, s->value[k]);
        }
    }
    return *low <= *high;
}

/* A colour is one value in all panels; shares are so in all pictures. */
void
mesa_plot_put_values(struct mesa_text *out, const struct mesa_plot *p)
{
    double low, high;

    if (!find_values(p, &low, &high))
        return;
    if (low >= 0 && high <= 1)
        mesa_text_add(out, "set cbrange [0:1]\n");
    else if (p->n_panels > 1 && low < high)
        mesa_text_printf(out, "set cbrange [%.9g:%.9g]\n", low, high);
}

/* The least distance of two places of marks that have a width; 1 of one. */
double
mesa_plot_spacing(const struct mesa_plot *p, enum mesa_mark mark, char axis)
{
    const size_t arity = mesa_mark_arity(mark), v = axis == 'y';
    double least = INFINITY;

    for (size_t i = 0; i < p->n_series; i++) {
        const struct mesa_plot_series *s = &p->series[i];

        for (size_t k = 1; k < s->n && s->mark == mark; k++) {
            const double d = fabs(s->value[k * arity + v] -
                                  s->value[(k - 1) * arity + v]);

            if (d > 0 && d < least)
                least = d;
        }
    }
    return isfinite(least) ? least : 1.0;
}

static bool
has_ticks(const struct mesa_plot *p, char axis)
{
    for (size_t i = 0; i < p->n_words; i++)
        if (p->word[i].what == 't' && p->word[i].how == axis)
            return true;
    return false;
}

/* The longest of the names, cut where a line is. */
static size_t
longest_tick(const struct mesa_plot *p, char axis, size_t *n)
{
    size_t longest = 0;

    *n = 0;
    for (size_t i = 0; i < p->n_words; i++)
        if (p->word[i].what == 't' && p->word[i].how == axis) {
            longest = MESA_MAX(longest, strlen(p->word[i].text));
            ++*n;
        }
    return MESA_MIN(longest, (size_t)60);
}

/* Names that do not fit side by side, 7 pixels a letter, are turned: how long
 * the longest is, or 0. */
size_t
mesa_plot_turned(const struct mesa_plot *p, size_t width)
{
    size_t n, longest = longest_tick(p, 'x', &n);

    return n * (12 + 7 * longest) > width ? longest : 0;
}

/* Even turned, names need a line each beside the numbers of the other axis. */
bool
mesa_plot_crowded(const struct mesa_plot *p, size_t width)
{
    size_t n;

    longest_tick(p, 'x', &n);
    return n * 20 + 120 > width;
}

static void
put_ticks(struct mesa_text *out, const struct mesa_plot *p, char axis,
          size_t width)
{
    enum { LINE = 18 }; /* pixels of a turned name */
    const size_t turned = axis == 'x' ? mesa_plot_turned(p, width) : 0;
    const char *before = "";
    size_t n, every, k = 0;

    if (!has_ticks(p, axis))
        return;
    if (turned > 0)
        mesa_text_printf(out, "set bmargin %.3g\nset lmargin %.3g\n"
                              "set rmargin 3\n",
                         4.5 + 0.36 * (double)turned,
                         5.0 + 0.6 * (double)turned);
    /* More names than lines: only every nth. */
    longest_tick(p, axis, &n);
    every = turned > 0 ? MESA_MAX(LINE * n / MESA_MAX(width, 1) +
                                      (LINE * n % MESA_MAX(width, 1) > 0),
                                  (size_t)1) : 1;
    mesa_text_printf(out, "set %ctics %s(", axis,
                     turned > 0 ? "rotate by 50 right " : "");
    for (size_t i = 0; i < p->n_words; i++) {
        const struct mesa_plot_word *w = &p->word[i];

        if (w->what != 't' || w->how != axis || !has_place(p, axis, w->x) ||
            k++ % every != 0)
            continue;
        mesa_text_add(out, before);
        mesa_plot_put_quoted(out, w->text);
        mesa_text_printf(out, " %.9g", w->x);
        before = ", ";
    }
    mesa_text_add(out, ")\n");
}

/* Are both axes lengths in metres?  A body has its own shape then. */
bool
mesa_plot_is_map(const struct mesa_plot *p)
{
    static const char unit[] = " in m";
    const size_t n = sizeof unit - 1, x = strlen(p->x_label),
                 y = strlen(p->y_label);

    return x >= n && y >= n && strcmp(p->x_label + x - n, unit) == 0 &&
           strcmp(p->y_label + y - n, unit) == 0;
}

/* How far beyond its points an axis goes; negative: gnuplot decides. */
static double
margin_of(const struct mesa_plot *p, char axis, size_t panel, double length)
{
    if (is_log(p, axis))
        return -1;
    if (mesa_plot_has_mark(p, MESA_MARK_CELL, panel))
        return 0.5 * mesa_plot_spacing(p, MESA_MARK_CELL, axis);
    if (has_ticks(p, axis))
        return 0.6;
    if (axis == 'x' && mesa_plot_has_mark(p, MESA_MARK_BAR, panel))
        return 0.6 * mesa_plot_spacing(p, MESA_MARK_BAR, axis);
    if (axis == 'x' && mesa_plot_has_mark(p, MESA_MARK_BOX, panel))
        return 0.6;
    if (p->flags & MESA_PLOT_SHARED)
        return axis == 'y' ? 0.05 * length : 0.0;
    return -1;
}

/* Do all panels have one range of this axis? */
static bool
is_whole(const struct mesa_plot *p, char axis)
{
    const uint32_t unit = axis == 'x' ? MESA_PLOT_UNIT_X : MESA_PLOT_UNIT_Y;

    return p->flags & (unit | MESA_PLOT_SHARED) || has_ticks(p, axis) ||
           p->n_panels < 2;
}

/* 1, 2 or 5 times a power of 10, at most so many times within the range. */
static double
step_of(double range, size_t most)
{
    const double n = (double)most;
    double step = 1.0;

    while (step * n < range)
        step *= 10;
    while (step * n >= 10 * range)
        step /= 10;
    return step / 5 * n >= range ? step / 5
           : step / 2 * n >= range ? step / 2 : step;
}

/* Letters of the longest number on an axis in such steps. */
static size_t
letters_of(double low, double high, double step)
{
    size_t n = 1 + (low < 0);

    for (double at = fmax(fabs(low), fabs(high)); at >= 10 && n < 8; at /= 10)
        n++;
    if (step < 1)
        n++; /* the point */
    for (; step < 0.999 && n < 8; step *= 10)
        n++;
    return n;
}

/* Only as many numbers as there is room for, 7 pixels a letter: gnuplot takes
 * no heed of their length. */
static void
put_steps(struct mesa_text *out, const struct mesa_plot *p, size_t panel,
          size_t width)
{
    enum { MOST = 6, WIDE = 400, SHORT = 4 };
    double low = 0, high = 1, step;
    size_t letters, most;

    if (is_log(p, 'x') || has_ticks(p, 'x'))
        return;
    if (!(p->flags & MESA_PLOT_UNIT_X) &&
        (!find_range(p, 'x', panel, &low, &high) || high - low < 1e-9 ||
         high - low > 1e12)) {
        mesa_text_add(out, panel == ALL ? "" : "set xtics autofreq\n");
        return;
    }
    letters = letters_of(low, high, step_of(high - low, MOST));
    most = MESA_MIN(width / (14 + 7 * letters), (size_t)MOST);
    step = step_of(high - low, MESA_MAX(most, 2));
    if (width < WIDE || letters > SHORT)
        mesa_text_printf(out, "set xtics %g\n", step);
    else if (panel != ALL)
        mesa_text_add(out, "set xtics autofreq\n");
}

static void
put_range(struct mesa_text *out, const struct mesa_plot *p, char axis,
          size_t panel)
{
    const uint32_t unit = axis == 'x' ? MESA_PLOT_UNIT_X : MESA_PLOT_UNIT_Y;
    const char *back = axis == 'y' && p->flags & MESA_PLOT_REVERSE_Y
                           ? " reverse" : "";
    const bool bars = axis == 'y' &&
                      mesa_plot_has_mark(p, MESA_MARK_BAR, panel);
    double low, high, margin;

    if (p->flags & unit) {
        mesa_text_printf(out, "set %crange [0:1]%s\n", axis, back);
        return;
    }
    if (!find_range(p, axis, panel, &low, &high))
        return;
    margin = margin_of(p, axis, panel, high - low);
    if (bars && is_log(p, axis))
        mesa_text_printf(out, "set yrange [%g:*]%s\n", 0.5 * low, back);
    else if (bars)
        mesa_text_printf(out, "set yrange [*<0:0<*]%s\n", back);
    else if (margin >= 0 && low - margin < high + margin)
        mesa_text_printf(out, "set %crange [%.9g:%.9g]%s\n", axis,
                         low - margin, high + margin, back);
    else if (*back || panel != ALL)
        mesa_text_printf(out, "set %crange [*:*]%s\n", axis, back);
}

void
mesa_plot_put_axes(struct mesa_text *out, const struct mesa_plot *p,
                   size_t width)
{
    put_ticks(out, p, 'x', width);
    put_ticks(out, p, 'y', width);
    if (is_whole(p, 'x'))
        put_steps(out, p, ALL, width);
    for (const char *axis = "xy"; *axis; axis++)
        if (is_whole(p, *axis))
            put_range(out, p, *axis, ALL);
}

void
mesa_plot_put_panel_axes(struct mesa_text *out, const struct mesa_plot *p,
                         size_t panel, size_t width)
{
    if (!is_whole(p, 'x'))
        put_steps(out, p, panel, width);
    for (const char *axis = "xy"; *axis; axis++)
        if (!is_whole(p, *axis))
            put_range(out, p, *axis, panel);
}

/* The word of a rule stands where there is room for it. */
static void
put_rule(struct mesa_text *out, const struct mesa_plot *p,
         const struct mesa_plot_word *w)
{
    const bool across = w->how == 'y';
    double low, high;

    mesa_text_printf(out,
                     across ? "set arrow from graph 0, first %.9g to graph "
                              "1, first %.9g "
                            : "set arrow from %.9g, graph 0 to %.9g, graph "
                              "1 ",
                     w->x, w->x);
    mesa_text_add(out, "nohead lw 1 dt 2 lc rgb '" RULE "'\n");
    if (!*w->text)
        return;
    mesa_text_add(out, "set label ");
    mesa_plot_put_quoted(out, w->text);
    if (across)
        mesa_text_printf(out, " at graph 0.99, first %.9g right offset 0,0.5 "
                              "front\n", w->x);
    else if (find_range(p, 'x', w->panel, &low, &high) &&
             w->x > 0.5 * (low + high))
        mesa_text_printf(out, " at %.9g, graph 0.96 right offset -0.5,0 "
                              "front\n", w->x);
    else
        mesa_text_printf(out, " at %.9g, graph 0.96 left offset 0.5,0 "
                              "front\n", w->x);
}

void
mesa_plot_put_words(struct mesa_text *out, const struct mesa_plot *p,
                    size_t panel)
{
    /* What is said of a bar stands on it. */
    const bool above = mesa_plot_has_mark(p, MESA_MARK_BAR, panel);

    for (size_t i = 0; i < p->n_words; i++) {
        const struct mesa_plot_word *w = &p->word[i];

        if (w->panel != panel)
            continue;
        if (w->what == 'r' && has_place(p, w->how, w->x))
            put_rule(out, p, w);
        if (w->what != 'n' || !has_place(p, 'x', w->x) ||
            !has_place(p, 'y', w->y))
            continue;
        mesa_text_add(out, "set label ");
        mesa_plot_put_quoted(out, w->text);
        mesa_text_printf(out, " at %.9g, %.9g %s%s front\n", w->x, w->y,
                         w->how == 'l'   ? "left"
                         : w->how == 'r' ? "right"
                                         : "center",
                         above ? " offset 0,0.5" : "");
    }
}
