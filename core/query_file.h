/* SPDX-License-Identifier: MIT */
/* query_file.h - questions as CSV files, and the labels filled in there. */
#ifndef MESA_CORE_QUERY_FILE_H
#define MESA_CORE_QUERY_FILE_H

#include "internal.h"

#include <mesa/host.h>

/* What the column of labels is called in such a file; NULL: no memory. */
MESA_INTERNAL char *
mesa_question_label(const struct mesa_schema *schema);

/* The file that puts the question: row, iteration, the features, p_CLASS,
 * utility, and the label, empty.  In fresh memory. */
MESA_INTERNAL mesa_status
mesa_question_text(const struct mesa_dataset *train,
                   const struct mesa_question *question, uint64_t iteration,
                   char **out, struct mesa_error *err);

/* A line of such a file that somebody has filled in. */
struct mesa_filled {
    uint64_t           line;
    const char        *row, *label;
    const char        *iteration; /* NULL: the file has no such column */
    const char *const *feature;   /* of all columns; NULL as above */
};

struct mesa_labels {
    size_t              n;
    struct mesa_filled *item;
    bool                has_iteration; /* the column is there */
    char               *text, *data;   /* private, as what follows */
    const char        **cell;
};

/*
 * Read what came back, perhaps from a spreadsheet: only the columns row and
 * label must be there, wherever they are; lines without anything are passed
 * over.  Free even after a failure.
 */
MESA_INTERNAL mesa_status mesa_labels_read(struct mesa_labels *out,
                                           const char *path,
                                           const struct mesa_schema *schema,
                                           struct mesa_error *err);
MESA_INTERNAL void mesa_labels_free(struct mesa_labels *labels);

/* The first column in which the line tells something else of the row than the
 * data do, beyond what spreadsheets do to numbers; SIZE_MAX: none. */
MESA_INTERNAL size_t
mesa_labels_mismatch(const struct mesa_filled *filled,
                     const struct mesa_dataset *train, size_t row);

/* Two texts that mean the same label to a spreadsheet. */
MESA_INTERNAL bool mesa_labels_same(const char *a, const char *b);

/* The number of a row; false: it is none. */
MESA_INTERNAL bool mesa_labels_row(const char *text, size_t *out);

/* The class that is called so, another spelling of its number included, or,
 * if that is only one, in other letters of upper and lower case; -1: none. */
MESA_INTERNAL int32_t mesa_labels_class(const struct mesa_schema *schema,
                                        const char *text);

#endif
