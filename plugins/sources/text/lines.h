/* SPDX-License-Identifier: MIT */
/*
 * lines.h - files with one row per line, in blocks that are worked on
 * independently of each other.
 */
#ifndef MESA_SOURCES_LINES_H
#define MESA_SOURCES_LINES_H

#include "../csv/csv.h"

/* A file whose rows start at a byte of it.  A line belongs to the block that
 * it starts in. */
struct lines {
    struct csv_input in;
    char             comment; /* what lines that are no rows start with */
    size_t           block_size, n_blocks, n_rows;
    uint64_t         start, start_line;
    size_t          *row;  /* rows before each of n_blocks + 1 blocks  */
    uint64_t        *line; /* the number of each block's first line    */
};

/* The lines of one block, and the one in hand. */
struct lines_block {
    const struct lines *lines;
    char               *buffer;
    const char         *at, *stop; /* what is left              */
    uint64_t            line;      /* number of the line at `at` */
    const char         *begin, *end; /* the row, without blanks around it */
    uint64_t            row_line;
};

/* The next row; false when there is none.  A newline or NUL can be read
 * behind each. */
bool lines_next(struct lines_block *b);

/* Put "PATH:LINE: " of the row in hand in front of a message; returns st. */
mesa_status lines_blame(const struct lines_block *b, mesa_status st,
                        struct mesa_error *err);

/* What to do with each block; i is its number. */
typedef mesa_status lines_work(void *context, struct lines_block *b, size_t i,
                               struct mesa_error *err);

/* Count the rows from byte `start`, line `start_line` on, and let `look` (may
 * be NULL) see every block.  The numbers of lines are not known then. */
mesa_status lines_scan(struct lines *l, lines_work *look, void *context,
                       struct mesa_error *err);

/* Work on all blocks, in parallel.  Block i is to find row[i + 1] - row[i]
 * rows, which is checked. */
mesa_status lines_parse(const struct lines *l, lines_work *work, void *context,
                        struct mesa_error *err);

void lines_free(struct lines *l);

/* All words that the blocks have found, in order, into *to; they are freed.
 * More than CSV_MAX_CLASSES are an error. */
mesa_status lines_join_words(const struct lines *l, struct csv_words *words,
                             struct csv_words *to, struct mesa_error *err);

/* The class of label [begin, end) of the row in hand. */
mesa_status lines_class(const struct lines_block *b,
                        const struct csv_classes *classes, const char *begin,
                        const char *end, int32_t *out, struct mesa_error *err);

#endif
