/* SPDX-License-Identifier: MIT */
/*
 * mesa/report.h - what a metalearner leaves, besides metrics.csv and what has
 * been learnt.
 *
 * The slot `report` of a metalearner writes to one.  Lines are for standard
 * output or for files of the run folder, values for summary.json or, if they
 * are times, for timings.json.  That memory ran out is reported by the core,
 * once, at the end.
 */
#ifndef MESA_REPORT_H
#define MESA_REPORT_H

#include <mesa/base.h>

struct mesa_report;

MESA_BEGIN

/* Text to the end of a file, NAME.csv, or (file NULL) of the table on
 * standard output.  Times go to the table or to a file of their own, whose
 * name ends in _times.csv: other files are compared byte for byte. */
MESA_API void mesa_report_print(struct mesa_report *report, const char *file,
                                const char *fmt, ...) MESA_PRINTF(3, 4);

/* A table on standard output, whose columns become as wide as they need: cells
 * of a row from left to right, put right (numbers) or left, then its end, with
 * whether it is the row to look at first.  mesa_report_print to standard output
 * ends the table. */
MESA_API void mesa_report_cell(struct mesa_report *report, bool right,
                               const char *fmt, ...) MESA_PRINTF(3, 4);
MESA_API void mesa_report_row(struct mesa_report *report, bool best);

/* A field of a CSV file after a separator ("" for the first one of a line), in
 * quotes if it needs them. */
MESA_API void mesa_report_field(struct mesa_report *report, const char *file,
                                const char *separator, const char *field);

/* A number likewise, as the shortest text that reads back as the same double;
 * nan, which has no sign, inf and -inf. */
MESA_API void mesa_report_value(struct mesa_report *report, const char *file,
                                const char *separator, double value);

/* Members of summary.json, in the order given; open starts an object, which
 * takes all members until close. */
MESA_API void mesa_report_open(struct mesa_report *report, const char *key);
MESA_API void mesa_report_close(struct mesa_report *report);
MESA_API void mesa_report_number(struct mesa_report *report, const char *key,
                                 double value);
MESA_API void mesa_report_count(struct mesa_report *report, const char *key,
                                uint64_t value);
MESA_API void mesa_report_text(struct mesa_report *report, const char *key,
                               const char *value);

/* A figure beside those of [evaluate] in scores of summary.json; NaN: null. */
MESA_API void mesa_report_score(struct mesa_report *report, const char *part,
                                const char *name, double value);

/* Something that happened at a step, such as that learning begins; in a few
 * words, for the picture of all figures of metrics.csv over the steps. */
MESA_API void mesa_report_event(struct mesa_report *report, uint64_t step,
                                const char *label);

/* A member of "seconds" in timings.json. */
MESA_API void mesa_report_seconds(struct mesa_report *report,
                                  const char *key, double value);

MESA_END

#endif
