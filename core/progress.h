/* SPDX-License-Identifier: MIT */
/* progress.h - how far a loop is: a bar that is drawn over, or plain lines. */
#ifndef MESA_CORE_PROGRESS_H
#define MESA_CORE_PROGRESS_H

#include "terminal.h"

#include <stdio.h>

enum mesa_progress_style {
    MESA_PROGRESS_NONE,
    MESA_PROGRESS_BAR,  /* drawn over, at most ten times a second */
    MESA_PROGRESS_LINES /* one every ten seconds */
};

/* A zeroed struct shows nothing. */
struct mesa_progress {
    FILE                    *to;
    int                      fd; /* to ask for its width */
    enum mesa_progress_style style;
    struct mesa_terminal     terminal;
    bool                     shown; /* the bar is on the last line */
    char                     name[64], score[160];
    uint64_t                 at, total; /* steps; 0: nobody knows */
    double                   started, last, told; /* seconds of a clock */
    double                   steps, seconds; /* of late */
};

/* A loop begins, or goes on, after `at` steps of total. */
void mesa_progress_start(struct mesa_progress *p, const char *name,
                         uint64_t at, uint64_t total, double now);

/* A step has been made; score: what it found, for people; empty: nothing, and
 * what was found last stays. */
void mesa_progress_step(struct mesa_progress *p, uint64_t at, uint64_t total,
                        const char *score, double now);

/* A step takes its time: tell so now and then. */
void mesa_progress_wait(struct mesa_progress *p, double now);

/* Make room for another line; then put the bar behind it. */
void mesa_progress_clear(struct mesa_progress *p);
void mesa_progress_redraw(struct mesa_progress *p, double now);

/* Nothing is under way any more. */
void mesa_progress_end(struct mesa_progress *p);

/* The texts, without control sequences but those of colours. */
#define MESA_PROGRESS_TEXT 2600
void mesa_progress_bar(const struct mesa_progress *p, double now,
                       char out[MESA_PROGRESS_TEXT]);
void mesa_progress_plain(const struct mesa_progress *p, double now,
                         char out[MESA_PROGRESS_TEXT]);

#endif
