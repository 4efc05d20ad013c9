/* SPDX-License-Identifier: MIT */
/* report.h - what a metalearner reports, until the run writes it. */
#ifndef MESA_CORE_REPORT_H
#define MESA_CORE_REPORT_H

#include "json.h"
#include "plot.h"

/* The text of one file. */
struct mesa_report_file {
    char            *name;
    struct mesa_text text;
};

struct mesa_report {
    struct mesa_json_writer *summary;
    struct mesa_text        *table;
    size_t                   n_files, n_times;
    struct mesa_report_file *file;
    struct mesa_report_time {
        char  *key;
        double value;
    }   *time;
    size_t                   n_scores;
    struct mesa_report_score {
        char  *part, *name;
        double value;
    }   *score;
    size_t                   n_cells; /* of the table in hand */
    struct mesa_report_cell {
        char *text;
        bool  right, last, best; /* those of a row at its last cell */
    }   *cell;
    size_t                   n_events;
    struct mesa_report_event {
        uint64_t step;
        char    *label;
    }   *event;
    size_t                   n_plots;
    struct mesa_plot       **plot;
    bool draws;  /* pictures are wanted */
    bool colour; /* where the table goes, there are colours */
    bool failed; /* memory ran out */
};

/* What there is of a table goes to its text. */
MESA_INTERNAL void mesa_report_end_table(struct mesa_report *report);
void mesa_report_free_cells(struct mesa_report *report);

/* All of it; the text that it borrows is its owner's. */
MESA_INTERNAL void mesa_report_free(struct mesa_report *report);

#endif
