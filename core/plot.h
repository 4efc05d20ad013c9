/* SPDX-License-Identifier: MIT */
/* plot.h - pictures as they were said, and what becomes of them. */
#ifndef MESA_CORE_PLOT_H
#define MESA_CORE_PLOT_H

#include "text.h"

#include <signal.h>

enum { MESA_PLOT_VALUES = 4 }; /* of a point, at most */

struct mesa_plot_series {
    enum mesa_mark mark;
    size_t         panel;
    char          *label;
    size_t         n, capacity; /* points */
    double        *value;       /* n by mesa_mark_arity */
};

/* A word at a place: a name on an axis, a rule with its word, a note. */
struct mesa_plot_word {
    char   what; /* 't'ick, 'r'ule, 'n'ote */
    char   how;  /* axis, or end           */
    size_t panel;
    double x, y; /* a tick or rule is at x */
    char  *text;
};

struct mesa_plot {
    uint32_t                 flags, section;
    char                    *name, *title, *caption, *x_label, *y_label,
        *value_label;
    size_t                   n_panels, n_series, n_words;
    char                   **panel; /* titles */
    struct mesa_plot_series *series;
    struct mesa_plot_word   *word;
    bool                     failed; /* memory ran out */
};

/* Values of one point. */
MESA_INTERNAL size_t mesa_mark_arity(enum mesa_mark mark);
MESA_INTERNAL void mesa_plot_free(struct mesa_plot *plot);
bool mesa_plot_is_empty(const struct mesa_plot *plot);

/* plot_thin.c: no more points than a picture can show. */
MESA_INTERNAL void mesa_plot_thin(struct mesa_plot *plot);

/* plot_script.c: the texts of NAME.csv and NAME.gp. */
MESA_INTERNAL void mesa_plot_data(const struct mesa_plot *plot,
                                  struct mesa_text *out);
MESA_INTERNAL void mesa_plot_script(const struct mesa_plot *plot,
                                    struct mesa_text *out);

/* plot_files.c: FOLDER/plots/ with index.csv, and those two of each. */
MESA_INTERNAL mesa_status mesa_plots_write(struct mesa_plot *const *plot,
                                           size_t n, const char *folder,
                                           struct mesa_error *err);

/* What index.csv says of one picture, in the order of a report. */
struct mesa_plot_entry {
    uint32_t section, flags;
    char    *name, *title, *caption;
};
struct mesa_plot_index {
    size_t                  n;
    struct mesa_plot_entry *entry;
    char                   *damage; /* what is wrong with the file, or NULL */
};
/* No entries if there is no such file, those before the damage if it has
 * any; free even after failure. */
MESA_INTERNAL mesa_status mesa_plot_index_read(struct mesa_plot_index *out,
                                               const char *folder,
                                               struct mesa_error *err);
MESA_INTERNAL void mesa_plot_index_free(struct mesa_plot_index *index);

/* plot_draw.c: how many pictures of the folder that would draw. */
MESA_INTERNAL mesa_status mesa_plots_missing(const char *folder, size_t *n,
                                             struct mesa_error *err);

/*
 * NAME.svg of all pictures of the folder that lack one, or have
 * one older than its script, by gnuplot: the program that MESA_GNUPLOT names,
 * that of the PATH if it is not set, none if it is empty.  Scripts are
 * programs: only for folders that one trusts.  Ends early when *stop is set
 * (NULL: never).  *why says in fresh memory what is missing and why, or is
 * NULL; that is no failure.
 */
MESA_INTERNAL mesa_status mesa_plots_draw(const char *folder,
                                          const volatile sig_atomic_t *stop,
                                          char **why, struct mesa_error *err);

#endif
