/* SPDX-License-Identifier: MIT */
/*
 * plot_script.c - a picture as a gnuplot script, for people to edit and to
 * run again: looks are decided here, for all pictures.
 *
 * Colours are those of Okabe and Ito, which people with any colour vision can
 * tell apart; the scale of values runs from dark blue to yellow (cividis),
 * or, where points lie on cells, from the colour of the first of them to that
 * of the last, both pale.  More series than colours are dashed.
 */
#include "plot_table.h"

#include <stdlib.h>
#include <string.h>

#define INK  "#666666"
#define RULE "#999999"
#define GRID "#dddddd"
#define PALE "#cccccc"

static const char *const colour[] = { "#0072b2", "#d55e00", "#009e73",
                                      "#cc79a7", "#e69f00", "#56b4e9",
                                      "#8c564b", "#b2a400" };

void
mesa_plot_put_quoted(struct mesa_text *out, const char *text)
{
    mesa_text_add(out, "\"");
    mesa_plot_put_line(out, text, true);
    mesa_text_add(out, "\"");
}

bool
mesa_plot_has_mark(const struct mesa_plot *p, enum mesa_mark mark,
                   size_t panel)
{
    for (size_t i = 0; i < p->n_series; i++)
        if (p->series[i].mark == mark &&
            (panel == SIZE_MAX || p->series[i].panel == panel) &&
            mesa_plot_is_drawn(p, &p->series[i]))
            return true;
    return false;
}

static bool
has_mark(const struct mesa_plot *p, enum mesa_mark mark)
{
    return mesa_plot_has_mark(p, mark, SIZE_MAX);
}

/* Panels with nothing in them have no place. */
static bool
is_panel(const struct mesa_plot *p, size_t panel)
{
    for (size_t i = 0; i < p->n_series; i++)
        if (p->series[i].panel == panel &&
            mesa_plot_is_drawn(p, &p->series[i]))
            return true;
    return false;
}

static size_t
n_panels(const struct mesa_plot *p)
{
    size_t n = 0;

    for (size_t i = 0; i < MESA_MAX(p->n_panels, 1); i++)
        n += is_panel(p, i);
    return MESA_MAX(n, 1);
}

/* Does the series need a colour of its own?  One without points keeps it for
 * others of its label in other pictures. */
static bool
is_coloured(const struct mesa_plot *p, const struct mesa_plot_series *s)
{
    return *s->label && s->mark != MESA_MARK_REFERENCE &&
           s->mark != MESA_MARK_CELL && s->mark != MESA_MARK_SCALED &&
           (s->n == 0 || mesa_plot_is_drawn(p, s));
}

/* The first of its label. */
static size_t
first_of(const struct mesa_plot *p, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (is_coloured(p, &p->series[j]) &&
            strcmp(p->series[j].label, p->series[i].label) == 0)
            return j;
    return i;
}

/* Series of one label have one look, in the order of their first ones. */
static size_t
order_of(const struct mesa_plot *p, size_t i)
{
    const size_t first = first_of(p, i);
    size_t n = 0;

    for (size_t j = 0; j < first; j++)
        n += is_coloured(p, &p->series[j]) && first_of(p, j) == j;
    return n;
}

/* Cells beneath points that have names are pale. */
static bool
has_pale_cells(const struct mesa_plot *p)
{
    for (size_t i = 0; i < p->n_series; i++)
        if (p->series[i].mark == MESA_MARK_POINT &&
            is_coloured(p, &p->series[i]) && p->series[i].n > 0)
            return !has_mark(p, MESA_MARK_SCALED);
    return false;
}

/* Crosses over cells of all colours are black, in white. */
static bool
needs_contrast(const struct mesa_plot *p, size_t i)
{
    return p->series[i].mark == MESA_MARK_CROSS &&
           has_mark(p, MESA_MARK_CELL) && !has_pale_cells(p);
}

/* Points without a name are behind those that have a colour by value; crosses
 * are on them, and the first colour is that of the low values. */
static const char *
colour_of(const struct mesa_plot *p, size_t i)
{
    const bool on_scale = p->series[i].mark == MESA_MARK_CROSS &&
                          has_mark(p, MESA_MARK_SCALED);

    if (needs_contrast(p, i))
        return "#000000";
    if (*p->series[i].label)
        return colour[(order_of(p, i) + on_scale) % MESA_COUNT(colour)];
    return p->series[i].mark == MESA_MARK_POINT &&
                   has_mark(p, MESA_MARK_SCALED)
               ? PALE : INK;
}

/* What stands beside something else of the same label. */
static bool
is_second(enum mesa_mark mark)
{
    return mark == MESA_MARK_BAND || mark == MESA_MARK_FAINT ||
           mark == MESA_MARK_CROSS;
}

/* A box that is named on its axis needs no other name. */
static bool
is_named(const struct mesa_plot *p, const struct mesa_plot_series *s)
{
    for (size_t i = 0; i < p->n_words; i++)
        if (s->mark == MESA_MARK_BOX && p->word[i].what == 't' &&
            p->word[i].how == 'x')
            return true;
    return false;
}

/* One entry in the key for each label: the first that is no second one. */
static bool
has_entry(const struct mesa_plot *p, size_t i)
{
    const struct mesa_plot_series *s = &p->series[i];

    if (!*s->label || !mesa_plot_is_drawn(p, s) || is_named(p, s))
        return false;
    for (size_t j = 0; j < p->n_series; j++) {
        const struct mesa_plot_series *t = &p->series[j];

        if (j == i || strcmp(t->label, s->label) != 0 ||
            !mesa_plot_is_drawn(p, t))
            continue;
        if (is_second(s->mark) && !is_second(t->mark))
            return false;
        if (j < i && is_second(s->mark) == is_second(t->mark))
            return false;
    }
    return true;
}

/* The size of the whole for screens, and rows that the key takes. */
struct page {
    size_t panels, across, down, width, height, panel_width, key_rows;
};

static size_t
page_width(size_t across)
{
    return across == 1 ? 640 : across == 2 ? 760 : 960;
}

static struct page
make_page(const struct mesa_plot *p)
{
    struct page page = { .panels = n_panels(p) };
    size_t entries = 0, longest = 0, columns;

    page.across = page.panels < 2 ? 1 : page.panels <= 4 ? 2 : 3;
    while (page.across > 1 &&
           mesa_plot_crowded(p, page_width(page.across) / page.across))
        page.across--;
    page.down = (page.panels + page.across - 1) / page.across;
    page.width = page_width(page.across);
    for (size_t i = 0; i < p->n_series; i++)
        if (has_entry(p, i)) {
            longest = MESA_MAX(longest, strlen(p->series[i].label));
            entries++;
        }
    columns = (page.width - 60) / (60 + 7 * MESA_MIN(longest, (size_t)60));
    page.key_rows = (entries + columns - 1) / columns;
    page.panel_width = page.width / page.across - 90;
    page.height = (page.panels == 1 ? 380 : 20 + 270 * page.down) +
                  20 * page.key_rows +
                  6 * mesa_plot_turned(p, page.panel_width) * page.down;
    return page;
}

static void
put_terminal(struct mesa_text *out, const struct mesa_plot *p,
             const struct page *page)
{
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
        "font 'sans-serif,20' linewidth 2 pointscale 2\n"
        "set output '%s.'.format\n"
        "set encoding utf8\nset datafile separator comma\n",
        p->name, p->name, p->name, p->name, page->width, page->height,
        (double)page->width / 45.0, (double)page->height / 45.0,
        2 * page->width, 2 * page->height, p->name);
}

/* A colour with twice as much white. */
static void
put_pale(struct mesa_text *out, const char *of)
{
    unsigned c = (unsigned)strtoul(of + 1, NULL, 16), pale = 0;

    for (int shift = 0; shift < 24; shift += 8)
        pale |= (((c >> shift & 255) + 2 * 255) / 3) << shift;
    mesa_text_printf(out, "'#%06x'", pale);
}

/* From the colour of the first series of points to that of the last. */
static void
put_pale_palette(struct mesa_text *out, const struct mesa_plot *p)
{
    size_t first = SIZE_MAX, last = SIZE_MAX, n = 0;

    for (size_t i = 0; i < p->n_series; i++)
        if (p->series[i].mark == MESA_MARK_POINT &&
            is_coloured(p, &p->series[i]) && p->series[i].n > 0) {
            first = MESA_MIN(first, i);
            last = i;
            n++;
        }
    mesa_text_add(out, "set palette maxcolors 64 defined (0 ");
    put_pale(out, n == 2 ? colour_of(p, first) : GRID);
    mesa_text_add(out, ", 0.5 '#ffffff', 1 ");
    put_pale(out, colour_of(p, last));
    mesa_text_add(out, ")");
}

static void
put_palette(struct mesa_text *out, const struct mesa_plot *p, size_t height)
{
    const bool cells = has_mark(p, MESA_MARK_CELL);
    const bool scaled = has_mark(p, MESA_MARK_SCALED);

    if (!cells && !scaled)
        return;
    if (cells && has_pale_cells(p))
        put_pale_palette(out, p);
    else
        mesa_text_add(out, "set palette maxcolors 64 defined (0 '#00204d', "
                           "0.25 '#414d6b', 0.5 '#7c7b78', 0.75 '#bcaf6f', "
                           "1 '#ffea46')");
    mesa_text_add(out, "\n");
    mesa_plot_put_values(out, p);
    mesa_text_add(out, "set cblabel ");
    mesa_plot_put_cut(out, p->value_label, height);
    mesa_text_add(out, "\n");
}

static void
put_style(struct mesa_text *out, const struct mesa_plot *p,
          const struct page *page)
{
    /* What titles have room along. */
    const size_t height = page->panels == 1 ? 340 : 230;

    mesa_text_add(out,
        "set border 3 lc rgb '" RULE "'\n"
        "set tics nomirror out scale 0.5 textcolor rgb 'black'\n"
        "set grid ytics lt 1 lw 0.5 lc rgb '" GRID "'\n"
        "set style fill solid 0.85 noborder\n");
    if (page->key_rows == 0)
        mesa_text_add(out, "unset key\n");
    else
        mesa_text_printf(out, "set key at screen 0.02, screen 0.99 left top "
                              "Left reverse maxrows %zu samplen 1.5 spacing "
                              "1.1\n", page->key_rows);
    if (page->key_rows > 0 && page->panels == 1)
        mesa_text_printf(out, "set tmargin %.3g\n",
                         1.2 * (double)page->key_rows +
                             (p->n_panels > 1 ? 2.0 : 1.0));
    if (has_mark(p, MESA_MARK_BOX))
        mesa_text_add(out, "set style boxplot nooutliers\n"
                           "set jitter overlap 0.3 spread 0.25\n");
    put_palette(out, p, height);
    if (!*p->y_label)
        mesa_text_add(out, "set border 1\nunset ytics\nunset grid\n");
    if (mesa_plot_is_map(p))
        mesa_text_add(out, "set size ratio -1\n");
    mesa_text_add(out, "set xlabel ");
    mesa_plot_put_cut(out, p->x_label, page->panel_width + 40);
    mesa_text_add(out, "\nset ylabel ");
    mesa_plot_put_cut(out, p->y_label, height);
    mesa_text_add(out, "\n");
    if (p->flags & MESA_PLOT_LOG_X)
        mesa_text_add(out, "set logscale x\nset format x '%g'\n");
    if (p->flags & MESA_PLOT_LOG_Y)
        mesa_text_add(out, "set logscale y\nset format y '%g'\n");
}

/* What gnuplot draws a mark with, and its entry in a key apart from it; the
 * colour comes behind, if it has one.  %d: a dash or a point type. */
static const struct {
    const char *style, *entry, *colour;
} look[MESA_MARK_COUNT_] = {
    [MESA_MARK_LINE]      = { "lines lw 2", "lines lw 2", "#" },
    [MESA_MARK_FAINT]     = { "lines lw 1", "lines lw 1", "#90" },
    [MESA_MARK_REFERENCE] = { "lines lw 1 dt 2 lc rgb '" RULE "'",
                              "lines lw 1 dt 2 lc rgb '" RULE "'", NULL },
    [MESA_MARK_BAND]      = { "filledcurves fs transparent solid 0.2 noborder",
                              "filledcurves fs transparent solid 0.2 noborder",
                              "#" },
    [MESA_MARK_ERROR]     = { "yerrorbars pt 7 ps 0.6 lw 1.5",
                              "points pt 7 ps 0.6", "#" },
    [MESA_MARK_POINT]     = { "points", "points ps 0.8", "#" },
    [MESA_MARK_SCALED]    = { "points pt 7 ps 0.6 lc palette",
                              "points pt 7 ps 0.6 lc rgb '" INK "'", NULL },
    [MESA_MARK_CROSS]     = { "points pt 2", "points pt 2 ps 0.6 lw 1", "#" },
    [MESA_MARK_BAR]       = { "boxes", "boxes", "#" },
    [MESA_MARK_BOX]       = { "boxplot fs transparent solid 0.25 border "
                              "lw 1.5",
                              "boxes fs transparent solid 0.25 border "
                              "lw 1.5", "#" },
    [MESA_MARK_CELL]      = { "image", "lines", NULL },
    [MESA_MARK_SEGMENT]   = { "vectors nohead lw 3", "lines lw 3", "#" }
};

/* The look of a series; the first of a colour has none but its own. */
static void
put_look(struct mesa_text *out, const struct mesa_plot *p, size_t i,
         const char *style)
{
    static const int points[] = { 7, 5, 9, 13 };
    const enum mesa_mark mark = p->series[i].mark;
    const size_t turn = *p->series[i].label
                            ? order_of(p, i) / MESA_COUNT(colour) : 0;

    mesa_text_printf(out, " with %s", style);
    if (mark == MESA_MARK_POINT)
        mesa_text_printf(out, " pt %d", points[turn % MESA_COUNT(points)]);
    if (mark == MESA_MARK_POINT && !*p->series[i].label &&
        has_mark(p, MESA_MARK_CELL)) {
        mesa_text_add(out, " lc rgb '#b0444444'"); /* not the matter here */
        return;
    }
    if (turn > 0 && (mark == MESA_MARK_LINE || mark == MESA_MARK_FAINT))
        mesa_text_printf(out, " dt %zu", 2 + (turn - 1) % 4);
    if (look[mark].colour)
        mesa_text_printf(out, " %s rgb '%s%s'",
                         mark == MESA_MARK_BAND ? "fc" : "lc",
                         look[mark].colour, colour_of(p, i) + 1);
}

/* Which columns of the table a mark uses; bars beside others are shifted. */
static void
put_columns(struct mesa_text *out, const struct mesa_plot_series *s,
            const struct mesa_plot_layout *l, double shift, double width)
{
    const int *f = l->field;

    mesa_text_add(out, "using ");
    if (s->mark == MESA_MARK_BAR)
        mesa_text_printf(out, "($%d%+.9g):%d:(%.9g)", f[X], shift, f[Y],
                         0.94 * width);
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

/* Which block of the table has the series. */
static void
put_block(struct mesa_text *out, const struct mesa_plot *p, size_t i)
{
    size_t index = 0;

    for (size_t j = 0; j < i; j++)
        index += p->series[j].n > 0;
    mesa_text_printf(out, "'%s.csv' %sindex %zu ", p->name,
                     index == 0 ? "skip 1 " : "", index);
}

/* A few points are places to be seen, many are a cloud: in one picture they
 * are as large as in the largest of its series. */
static const char *
size_of(const struct mesa_plot *p, enum mesa_mark mark)
{
    enum { FEW = 12 };
    size_t most = 0;

    for (size_t i = 0; i < p->n_series; i++)
        if (p->series[i].mark == mark)
            most = MESA_MAX(most, p->series[i].n);
    if (mark == MESA_MARK_POINT)
        return most <= FEW ? " ps 0.8" : " ps 0.45";
    if (mark == MESA_MARK_CROSS)
        return most <= FEW ? " ps 0.9 lw 2" : " ps 0.5 lw 1";
    return "";
}

static void
put_series(struct mesa_text *out, const struct mesa_plot *p, size_t i,
           const struct mesa_plot_layout *l, double shift, double width)
{
    if (needs_contrast(p, i)) {
        put_block(out, p, i);
        put_columns(out, &p->series[i], l, shift, width);
        mesa_text_add(out, " with points pt 2 ps 1 lw 5 lc rgb 'white' "
                           "notitle, \\\n     ");
    }
    put_block(out, p, i);
    put_columns(out, &p->series[i], l, shift, width);
    put_look(out, p, i, look[p->series[i].mark].style);
    mesa_text_add(out, needs_contrast(p, i)
                           ? " ps 0.9 lw 2" : size_of(p, p->series[i].mark));
}

static void
put_title(struct mesa_text *out, const char *title)
{
    mesa_text_add(out, *title ? " title " : " notitle");
    if (*title)
        mesa_plot_put_quoted(out, title);
}

/* The entries of all panels, in the key of the first. */
static void
put_entries(struct mesa_text *out, const struct mesa_plot *p)
{
    for (size_t i = 0; i < p->n_series; i++) {
        if (!has_entry(p, i))
            continue;
        mesa_text_add(out, ", \\\n     NaN");
        put_look(out, p, i, look[p->series[i].mark].entry);
        put_title(out, p->series[i].label);
    }
}

/* The series of a panel as one plot command; alone they have their entries
 * in the key. */
static void
put_panel(struct mesa_text *out, const struct mesa_plot *p, size_t panel,
          const struct mesa_plot_layout *l, bool alone)
{
    const char *before = "plot ";
    size_t n_bars = 0, bar = 0;
    double width;

    for (size_t i = 0; i < p->n_series; i++)
        n_bars += p->series[i].panel == panel &&
                  p->series[i].mark == MESA_MARK_BAR &&
                  mesa_plot_is_drawn(p, &p->series[i]);
    width = 0.8 * mesa_plot_spacing(p, MESA_MARK_BAR, 'x') /
            (double)MESA_MAX(n_bars, 1);
    for (size_t i = 0; i < p->n_series; i++) {
        const struct mesa_plot_series *s = &p->series[i];

        if (s->panel != panel || !mesa_plot_is_drawn(p, s))
            continue;
        mesa_text_add(out, before);
        put_series(out, p, i, l,
                   ((double)bar - 0.5 * ((double)n_bars - 1)) * width, width);
        bar += s->mark == MESA_MARK_BAR;
        put_title(out, alone && has_entry(p, i) ? s->label : "");
        before = ", \\\n     ";
        if (s->mark != MESA_MARK_BOX)
            continue;
        mesa_text_add(out, before);
        put_block(out, p, i);
        mesa_text_printf(out, "using %d:%d with points pt 7 ps 0.3 lc rgb "
                              "'%s' notitle",
                         l->field[X], l->field[Y], colour_of(p, i));
    }
}

static void
put_panels(struct mesa_text *out, const struct mesa_plot *p,
           const struct page *page)
{
    const struct mesa_plot_layout l = mesa_plot_layout(p);
    size_t n = 0;

    for (size_t panel = 0; panel < MESA_MAX(p->n_panels, 1); panel++) {
        if (!is_panel(p, panel))
            continue;
        if (n > 0)
            mesa_text_add(out, "unset arrow\nunset label\nunset key\n");
        mesa_plot_put_panel_axes(out, p, panel, page->panel_width);
        mesa_plot_put_words(out, p, panel);
        if (p->n_panels > 1) {
            mesa_text_add(out, "set title ");
            mesa_plot_put_cut(out, mesa_plot_panel_title(p, panel),
                              page->panel_width + 60);
            mesa_text_add(out, "\n");
        }
        put_panel(out, p, panel, &l, page->panels == 1);
        if (page->panels > 1 && n == 0)
            put_entries(out, p);
        mesa_text_add(out, "\n");
        n++;
    }
}

void
mesa_plot_script(const struct mesa_plot *p, struct mesa_text *out)
{
    const struct page page = make_page(p);

    put_terminal(out, p, &page);
    put_style(out, p, &page);
    mesa_plot_put_axes(out, p, page.panel_width);
    if (page.panels > 1) {
        mesa_text_printf(out, "set multiplot layout %zu,%zu", page.down,
                         page.across);
        /* A title of blanks leaves room for the key. */
        for (size_t i = 0; i < page.key_rows; i++)
            mesa_text_add(out, i == 0 ? " title \" " : "\\n ");
        mesa_text_add(out, page.key_rows > 0 ? "\"\n" : "\n");
    }
    put_panels(out, p, &page);
    mesa_text_add(out, page.panels > 1 ? "unset multiplot\nunset output\n"
                                       : "unset output\n");
}
