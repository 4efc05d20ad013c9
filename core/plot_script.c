/* SPDX-License-Identifier: MIT */
/*
 * plot_script.c - a picture as a table and a gnuplot script, for people to
 * edit and to run again: looks are decided here, for all pictures.
 *
 * Colours are those of Okabe and Ito, which people with any colour vision can
 * tell apart; the scale of values runs from dark blue to yellow (cividis).
 */
#include "plot_table.h"

#include <math.h>
#include <string.h>

#define INK  "#666666"
#define RULE "#999999"
#define GRID "#dddddd"

static const char *const colour[] = { "#0072b2", "#d55e00", "#009e73",
                                      "#cc79a7", "#e69f00", "#56b4e9",
                                      "#8c564b", "#b2a400" };

static void
put_quoted(struct mesa_text *out, const char *text)
{
    mesa_text_add(out, "\"");
    mesa_plot_put_line(out, text, true);
    mesa_text_add(out, "\"");
}

static size_t
n_panels(const struct mesa_plot *p)
{
    return p->n_panels > 0 ? p->n_panels : 1;
}

static bool
has_mark(const struct mesa_plot *p, enum mesa_mark mark)
{
    for (size_t i = 0; i < p->n_series; i++)
        if (p->series[i].mark == mark && p->series[i].n > 0)
            return true;
    return false;
}

static bool
has_values(const struct mesa_plot *p)
{
    return has_mark(p, MESA_MARK_SCALED) || has_mark(p, MESA_MARK_CELL);
}

/* Columns of panels; and the size of the whole for screens. */
static size_t
panel_columns(size_t n)
{
    return n < 2 ? 1 : n <= 4 ? 2 : 3;
}

static void
put_terminal(struct mesa_text *out, const struct mesa_plot *p)
{
    const size_t n = n_panels(p), across = panel_columns(n);
    const size_t down = (n + across - 1) / across;
    const size_t width = across == 1 ? 640 : across == 2 ? 760 : 960;
    const size_t height = n == 1 ? 400 : 40 + 270 * down;

    mesa_text_add(out, "# ");
    mesa_plot_put_line(out, p->title, false);
    mesa_text_printf(out,
        ".\n#\n# gnuplot %s.gp                       writes %s.svg\n"
        "# gnuplot -e \"format='pdf'\" %s.gp     writes %s.pdf; png likewise\n"
        "reset\nif (!exists('format')) format = 'svg'\n"
        "if (format eq 'svg') set terminal svg size %zu,%zu dynamic "
        "noenhanced font 'sans-serif,13'\n"
        "if (format eq 'pdf') set terminal pdfcairo size %.1fcm,%.1fcm "
        "noenhanced font 'sans-serif,9'\n"
        "if (format eq 'png') set terminal pngcairo size %zu,%zu noenhanced "
        "font 'sans-serif,20'\n"
        "set output '%s.'.format\n"
        "set encoding utf8\nset datafile separator comma\n",
        p->name, p->name, p->name, p->name, width, height,
        (double)width / 45.0, (double)height / 45.0, 2 * width, 2 * height,
        p->name);
}

static void
put_style(struct mesa_text *out, const struct mesa_plot *p)
{
    mesa_text_add(out,
        "set border 3 lc rgb '" RULE "'\n"
        "set tics nomirror out scale 0.5 textcolor rgb 'black'\n"
        "set grid ytics lt 1 lw 0.5 lc rgb '" GRID "'\n"
        "set key above left horizontal samplen 1.5 spacing 1.1\n"
        "set style fill solid 0.85 noborder\n");
    if (has_mark(p, MESA_MARK_BOX))
        mesa_text_add(out, "set style boxplot nooutliers\n"
                           "set jitter overlap 0.3 spread 0.25\n");
    if (has_values(p)) {
        mesa_text_add(out,
            "set palette maxcolors 64 defined (0 '#00204d', 0.25 '#414d6b', "
            "0.5 '#7c7b78', 0.75 '#bcaf6f', 1 '#ffea46')\nset cblabel ");
        put_quoted(out, p->value_label);
        mesa_text_add(out, "\n");
    }
    mesa_text_add(out, "set xlabel ");
    put_quoted(out, p->x_label);
    mesa_text_add(out, "\nset ylabel ");
    put_quoted(out, p->y_label);
    mesa_text_add(out, "\n");
    if (p->flags & MESA_PLOT_LOG_X)
        mesa_text_add(out, "set logscale x\nset format x '%g'\n");
    if (p->flags & MESA_PLOT_LOG_Y)
        mesa_text_add(out, "set logscale y\nset format y '%g'\n");
}

/* Is the field one of the axis 'x' or 'y'? */
static bool
is_along(int field, char axis)
{
    return axis == 'x' ? field == X || field == TO_X
                       : field == Y || field == LOW || field == HIGH ||
                             field == TO_Y;
}

/* From where to where the points lie; false if nowhere. */
static bool
find_range(const struct mesa_plot *p, char axis, double *low, double *high)
{
    const bool log = p->flags & (axis == 'x' ? MESA_PLOT_LOG_X
                                             : MESA_PLOT_LOG_Y);

    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < p->n_series; i++) {
        const struct mesa_plot_series *s = &p->series[i];
        const size_t arity = mesa_mark_arity(s->mark);

        for (size_t k = 0; k < s->n * arity; k++) {
            if (!is_along(mesa_plot_field(s->mark, k % arity), axis) ||
                !isfinite(s->value[k]) || (log && s->value[k] <= 0))
                continue;
            *low = fmin(*low, s->value[k]);
            *high = fmax(*high, s->value[k]);
        }
    }
    return *low <= *high;
}

static bool
has_ticks(const struct mesa_plot *p, char axis)
{
    for (size_t i = 0; i < p->n_words; i++)
        if (p->word[i].what == 't' && p->word[i].how == axis)
            return true;
    return false;
}

/* Where names stand in place of numbers, half a place more at either end. */
static void
put_ticks(struct mesa_text *out, const struct mesa_plot *p, char axis)
{
    const char *before = "";

    if (!has_ticks(p, axis))
        return;
    mesa_text_printf(out, "set %ctics (", axis);
    for (size_t i = 0; i < p->n_words; i++) {
        const struct mesa_plot_word *w = &p->word[i];

        if (w->what != 't' || w->how != axis)
            continue;
        mesa_text_add(out, before);
        put_quoted(out, w->text);
        mesa_text_add(out, " ");
        mesa_text_printf(out, "%.9g", w->x);
        before = ", ";
    }
    mesa_text_add(out, ")\n");
}

static void
put_range(struct mesa_text *out, const struct mesa_plot *p, char axis)
{
    const uint32_t unit = axis == 'x' ? MESA_PLOT_UNIT_X : MESA_PLOT_UNIT_Y;
    const uint32_t log = axis == 'x' ? MESA_PLOT_LOG_X : MESA_PLOT_LOG_Y;
    const char *back = axis == 'y' && p->flags & MESA_PLOT_REVERSE_Y
                           ? " reverse" : "";
    const bool bars = axis == 'y' && has_mark(p, MESA_MARK_BAR);
    double low, high, margin = 0.0;

    if (p->flags & unit) {
        mesa_text_printf(out, "set %crange [0:1]%s\n", axis, back);
        return;
    }
    if (!find_range(p, axis, &low, &high))
        return;
    if (has_ticks(p, axis))
        margin = 0.6;
    else if (p->flags & log)
        margin = -1;
    else if (!(axis == 'y' && p->flags & MESA_PLOT_SHARED) || has_values(p))
        margin = 0.0;
    else
        margin = 0.05 * (high - low);
    if (bars && p->flags & log)
        mesa_text_printf(out, "set yrange [%g:*]\n", 0.5 * low);
    else if (bars)
        mesa_text_add(out, "set yrange [*<0:0<*]\n");
    else if (margin >= 0 && high > low &&
             (has_ticks(p, axis) || p->flags & MESA_PLOT_SHARED))
        mesa_text_printf(out, "set %crange [%.9g:%.9g]%s\n", axis,
                         low - margin, high + margin, back);
    else if (margin > 0)
        mesa_text_printf(out, "set %crange [%.9g:%.9g]%s\n", axis,
                         low - margin, low + margin, back);
    else if (*back)
        mesa_text_printf(out, "set %crange [*:*]%s\n", axis, back);
}

/* Rules and notes of a panel. */
static void
put_words(struct mesa_text *out, const struct mesa_plot *p, size_t panel)
{
    for (size_t i = 0; i < p->n_words; i++) {
        const struct mesa_plot_word *w = &p->word[i];
        const bool across = w->how == 'y';

        if (w->panel != panel || w->what == 't')
            continue;
        if (w->what == 'r') {
            mesa_text_printf(out,
                             across ? "set arrow from graph 0, first %.9g to "
                                      "graph 1, first %.9g "
                                    : "set arrow from %.9g, graph 0 to %.9g, "
                                      "graph 1 ",
                             w->x, w->x);
            mesa_text_add(out, "nohead lw 1 dt 2 lc rgb '" RULE "'\n");
        }
        if (!*w->text)
            continue;
        mesa_text_add(out, "set label ");
        put_quoted(out, w->text);
        if (w->what == 'n')
            mesa_text_printf(out, " at %.9g, %.9g %s front\n", w->x, w->y,
                             w->how == 'l'   ? "left"
                             : w->how == 'r' ? "right"
                                             : "center");
        else
            mesa_text_printf(out,
                             across ? " at graph 0.99, first %.9g right "
                                      "offset 0,0.5 front\n"
                                    : " at %.9g, graph 0.96 left offset 0.5,0 "
                                      "front\n",
                             w->x);
    }
}

/* Series of one label have one colour, in the order of their first ones. */
static const char *
colour_of(const struct mesa_plot *p, size_t i)
{
    size_t n = 0;

    if (!*p->series[i].label)
        return INK;
    for (size_t j = 0; j <= i; j++) {
        const struct mesa_plot_series *s = &p->series[j];
        bool seen = !*s->label || s->mark == MESA_MARK_REFERENCE ||
                    s->mark == MESA_MARK_CELL || s->mark == MESA_MARK_SCALED;

        if (j < i && !seen && strcmp(s->label, p->series[i].label) == 0)
            return colour_of(p, j);
        for (size_t k = 0; k < j && !seen; k++)
            seen = strcmp(p->series[k].label, s->label) == 0;
        n += !seen && j < i;
    }
    return colour[n % MESA_COUNT(colour)];
}

static bool
is_background(enum mesa_mark mark)
{
    return mark == MESA_MARK_BAND || mark == MESA_MARK_FAINT;
}

/* One entry in the key for each label: the first that is in front. */
static bool
has_entry(const struct mesa_plot *p, size_t i)
{
    const struct mesa_plot_series *s = &p->series[i];

    if (!*s->label || s->n == 0)
        return false;
    for (size_t j = 0; j < p->n_series; j++) {
        const struct mesa_plot_series *t = &p->series[j];

        if (j == i || t->n == 0 || strcmp(t->label, s->label) != 0)
            continue;
        if (is_background(s->mark) && !is_background(t->mark))
            return false;
        if (j < i && is_background(s->mark) == is_background(t->mark))
            return false;
    }
    return true;
}

/* What gnuplot draws a mark with; the colour comes behind, if it has one. */
static const struct {
    const char *style, *colour;
} look[MESA_MARK_COUNT_] = {
    [MESA_MARK_LINE]      = { "lines lw 2 lc rgb", "#" },
    [MESA_MARK_FAINT]     = { "lines lw 1 lc rgb", "#a0" },
    [MESA_MARK_REFERENCE] = { "lines lw 1 dt 2 lc rgb '" RULE "'", NULL },
    [MESA_MARK_BAND]      = { "filledcurves fs transparent solid 0.2 noborder "
                              "fc rgb", "#" },
    [MESA_MARK_ERROR]     = { "yerrorbars pt 7 ps 0.6 lw 1.5 lc rgb", "#" },
    [MESA_MARK_POINT]     = { "points pt 7 ps 0.45 lc rgb", "#" },
    [MESA_MARK_SCALED]    = { "points pt 7 ps 0.6 lc palette", NULL },
    [MESA_MARK_CROSS]     = { "points pt 2 ps 0.6 lw 1.5 lc rgb", "#" },
    [MESA_MARK_BAR]       = { "boxes lc rgb", "#" },
    [MESA_MARK_BOX]       = { "boxplot fs transparent solid 0.25 border lw 1.5 "
                              "lc rgb", "#" },
    [MESA_MARK_CELL]      = { "image", NULL },
    [MESA_MARK_SEGMENT]   = { "vectors nohead lw 3 lc rgb", "#" }
};

/* Which columns of the table a mark uses; bars beside others are shifted. */
static void
put_columns(struct mesa_text *out, const struct mesa_plot_series *s,
            const struct mesa_plot_layout *l, double shift, double width)
{
    const int *f = l->field;

    mesa_text_add(out, "using ");
    if (s->mark == MESA_MARK_BAR)
        mesa_text_printf(out, "($%d%+.9g):%d:(%.9g)", f[X], shift, f[Y],
                         width);
    else if (s->mark == MESA_MARK_BOX)
        mesa_text_printf(out, "(%.9g):%d:(0.5)", s->value[0], f[Y]);
    else if (s->mark == MESA_MARK_SEGMENT)
        mesa_text_printf(out, "%d:%d:($%d-$%d):($%d-$%d)", f[X], f[Y],
                         f[TO_X], f[X], f[TO_Y], f[Y]);
    else
        for (size_t v = 0; v < mesa_mark_arity(s->mark); v++)
            mesa_text_printf(out, "%s%d", v ? ":" : "",
                             f[mesa_plot_field(s->mark, v)]);
}

static void
put_drawing(struct mesa_text *out, const struct mesa_plot *p, size_t i,
            const struct mesa_plot_layout *l, double shift, double width)
{
    const enum mesa_mark mark = p->series[i].mark;

    put_columns(out, &p->series[i], l, shift, width);
    mesa_text_printf(out, " with %s", look[mark].style);
    if (look[mark].colour)
        mesa_text_printf(out, " '%s%s'", look[mark].colour,
                         colour_of(p, i) + 1);
}

/* The series of a panel as one plot command. */
static void
put_panel(struct mesa_text *out, const struct mesa_plot *p, size_t panel,
          const struct mesa_plot_layout *l)
{
    size_t index = 0, n_bars = 0, bar = 0;
    const char *before = "plot ";

    for (size_t i = 0; i < p->n_series; i++)
        n_bars += p->series[i].panel == panel && p->series[i].n > 0 &&
                  p->series[i].mark == MESA_MARK_BAR;
    for (size_t i = 0; i < p->n_series; i++) {
        const struct mesa_plot_series *s = &p->series[i];
        const double width = 0.8 / (double)MESA_MAX(n_bars, 1);

        if (s->n == 0)
            continue;
        if (s->panel == panel) {
            mesa_text_printf(out, "%s'%s.csv' %sindex %zu ", before, p->name,
                             index == 0 ? "skip 1 " : "", index);
            put_drawing(out, p, i, l,
                        ((double)bar - 0.5 * ((double)n_bars - 1)) * width,
                        width);
            bar += s->mark == MESA_MARK_BAR;
            mesa_text_add(out, " title ");
            put_quoted(out, has_entry(p, i) ? s->label : "");
            if (s->mark == MESA_MARK_BOX)
                mesa_text_printf(out,
                                 ", \\\n     '' %sindex %zu using %d:%d with "
                                 "points pt 7 ps 0.3 lc rgb '%s' notitle",
                                 index == 0 ? "skip 1 " : "", index,
                                 l->field[X], l->field[Y], colour_of(p, i));
            before = ", \\\n     ";
        }
        index++;
    }
    mesa_text_add(out, *before == 'p' ? "clear\n" : "\n");
}

void
mesa_plot_script(const struct mesa_plot *p, struct mesa_text *out)
{
    const struct mesa_plot_layout l = mesa_plot_layout(p);
    const size_t n = n_panels(p), across = panel_columns(n);

    put_terminal(out, p);
    put_style(out, p);
    put_ticks(out, p, 'x');
    put_ticks(out, p, 'y');
    put_range(out, p, 'x');
    put_range(out, p, 'y');
    if (n > 1)
        mesa_text_printf(out, "set multiplot layout %zu,%zu\n",
                         (n + across - 1) / across, across);
    for (size_t panel = 0; panel < n; panel++) {
        if (panel > 0)
            mesa_text_add(out, "unset arrow\nunset label\n");
        put_words(out, p, panel);
        if (n > 1) {
            mesa_text_add(out, "set title ");
            put_quoted(out, mesa_plot_panel_title(p, panel));
            mesa_text_add(out, "\n");
        }
        put_panel(out, p, panel, &l);
    }
    mesa_text_add(out, n > 1 ? "unset multiplot\nunset output\n"
                             : "unset output\n");
}
