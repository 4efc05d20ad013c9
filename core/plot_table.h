/* SPDX-License-Identifier: MIT */
/* plot_table.h - the columns of a picture's table, which its script names. */
#ifndef MESA_CORE_PLOT_TABLE_H
#define MESA_CORE_PLOT_TABLE_H

#include "plot.h"

enum mesa_plot_field { X, Y, LOW, HIGH, VALUE, TO_X, TO_Y, N_FIELDS };

/* Columns, numbered from 1; 0: there is none. */
struct mesa_plot_layout {
    int field[N_FIELDS];
    int series, panel;
};

/* Which field the vth value of a point is. */
int mesa_plot_field(enum mesa_mark mark, size_t v);
struct mesa_plot_layout mesa_plot_layout(const struct mesa_plot *plot);
const char *mesa_plot_panel_title(const struct mesa_plot *plot, size_t panel);

/* Text for one line: no breaks, no bytes that are not UTF-8, not too long.
 * Within double quotes, what means something to gnuplot there is escaped. */
void mesa_plot_put_line(struct mesa_text *out, const char *text, bool quoted);
void mesa_plot_put_quoted(struct mesa_text *out, const char *text);
/* In quotes, and cut where it would be longer, 7 pixels a letter. */
void mesa_plot_put_cut(struct mesa_text *out, const char *text, size_t pixels);

/* Is any point of the series to be seen?  Is any of such a mark,
 * in a panel, or in all of them (SIZE_MAX)? */
bool mesa_plot_is_drawn(const struct mesa_plot *plot,
                        const struct mesa_plot_series *series);
bool mesa_plot_has_mark(const struct mesa_plot *plot, enum mesa_mark mark,
                        size_t panel);

/* plot_axes.c: ranges and names of all panels, each so many pixels wide; the
 * ranges, rules and notes of a panel of its own; how long names are that do
 * not fit side by side (0: they do); the least distance of two of a mark, 1
 * of one. */
void mesa_plot_put_axes(struct mesa_text *out, const struct mesa_plot *plot,
                        size_t width);
void mesa_plot_put_panel_axes(struct mesa_text *out,
                              const struct mesa_plot *plot, size_t panel,
                              size_t width);
size_t mesa_plot_turned(const struct mesa_plot *plot, size_t width);
/* Too many names for a panel of that width? */
bool mesa_plot_crowded(const struct mesa_plot *plot, size_t width);
void mesa_plot_put_words(struct mesa_text *out, const struct mesa_plot *plot,
                         size_t panel);
bool mesa_plot_is_map(const struct mesa_plot *plot);
/* The range of values that are colours. */
void mesa_plot_put_values(struct mesa_text *out, const struct mesa_plot *plot);
double mesa_plot_spacing(const struct mesa_plot *plot, enum mesa_mark mark,
                         char axis);

#endif
