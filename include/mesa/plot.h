/* SPDX-License-Identifier: MIT */
/*
 * mesa/plot.h - pictures of a run, said by what they show.
 *
 * The slot `report` of a metalearner adds pictures to its report: panels of
 * series of points.  The core draws them, as NAME.csv, NAME.gp (gnuplot) and
 * NAME.svg in the folder plots/ of the run, and owns their looks.  Texts are
 * copied, and may hold anything.  That memory ran out is reported by the core,
 * once, at the end; a plot that is NULL takes all calls and does nothing.
 */
#ifndef MESA_PLOT_H
#define MESA_PLOT_H

#include <mesa/report.h>

struct mesa_plot;

/* What a series is drawn as, and the values of each of its points.  A value
 * that is not finite leaves its point out, and breaks a line. */
enum mesa_mark {
    MESA_MARK_LINE,      /* x, y                                            */
    MESA_MARK_FAINT,     /* x, y: a line behind others, such as raw figures */
    MESA_MARK_REFERENCE, /* x, y: a thin dashed line, such as chance        */
    MESA_MARK_BAND,      /* x, low, high: an interval around a line         */
    MESA_MARK_ERROR,     /* x, y, low, high: a point with its interval      */
    MESA_MARK_POINT,     /* x, y                                            */
    MESA_MARK_SCALED,    /* x, y, value: a point coloured by its value      */
    MESA_MARK_CROSS,     /* x, y: a point to stand out among points         */
    MESA_MARK_BAR,       /* x, y: from 0; those of one x side by side       */
    MESA_MARK_BOX,       /* x, y: quartiles of all y, and the y themselves  */
    MESA_MARK_CELL,      /* x, y, value: of a regular grid, row by row      */
    MESA_MARK_SEGMENT,   /* x, y, to_x, to_y                                */
    MESA_MARK_COUNT_
};

enum mesa_plot_flag {
    MESA_PLOT_LOG_X   = 1 << 0, /* logarithmic axes: what is <= 0 is left   */
    MESA_PLOT_LOG_Y   = 1 << 1, /* out                                      */
    MESA_PLOT_UNIT_X  = 1 << 2, /* the axis goes from 0 to 1                */
    MESA_PLOT_UNIT_Y  = 1 << 3,
    MESA_PLOT_ANIMATE = 1 << 4, /* a point runs along each line             */
    MESA_PLOT_REVERSE_Y = 1 << 5, /* the axis goes downwards                */
    MESA_PLOT_SHARED  = 1 << 6  /* all panels have the axes of the whole    */
};

/* Where a report shows it: under its scores, with how they came about, or
 * with the data. */
enum mesa_plot_section {
    MESA_PLOT_RESULT,
    MESA_PLOT_LEARNING,
    MESA_PLOT_DATA
};

struct mesa_plot_info {
    uint32_t    struct_size;
    uint32_t    flags;       /* enum mesa_plot_flag                         */
    uint32_t    section;     /* enum mesa_plot_section                      */
    const char *name;        /* [a-z][a-z0-9_]*, that of its files          */
    const char *title;       /* one line, no full stop                      */
    const char *caption;     /* what one sees, in sentences; or NULL        */
    const char *x_label, *y_label; /* with units where there are any        */
    const char *value_label; /* of scaled points and cells; or NULL         */
};

MESA_BEGIN

/* A new picture, the report's own.  NULL if none are wanted, or memory ran
 * out: what only pictures need can be left out then.  A picture without
 * points is not drawn; of two with one name the later is. */
MESA_API struct mesa_plot *
mesa_report_plot(struct mesa_report *report, const struct mesa_plot_info *info);

/* The series that follow are in a panel of their own; before the first call
 * there is one without a title. */
MESA_API void mesa_plot_panel(struct mesa_plot *plot, const char *title);

/* The points that follow are drawn so.  Series of one label in a picture have
 * one colour, in order, even without points, and one key entry; "" has none. */
MESA_API void mesa_plot_series(struct mesa_plot *plot, enum mesa_mark mark,
                               const char *label);

/* As many values as the mark has. */
MESA_API void mesa_plot_point(struct mesa_plot *plot, const double *value);

/* A name in place of a number on an axis of all panels, 'x' or 'y'. */
MESA_API void mesa_plot_tick(struct mesa_plot *plot, char axis, double at,
                             const char *label);

/* A thin line across the panel at a value of axis 'x' or 'y', with a word
 * beside it ("" for none). */
MESA_API void mesa_plot_rule(struct mesa_plot *plot, char axis, double at,
                             const char *label);

/* A word at a place of the panel, 'l', 'c' or 'r': which end of it. */
MESA_API void mesa_plot_note(struct mesa_plot *plot, char end, double x,
                             double y, const char *text);

MESA_END

#endif
