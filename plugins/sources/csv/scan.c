/* SPDX-License-Identifier: MIT */
/*
 * scan.c - cutting a file into blocks that can be parsed independently.
 *
 * Whether a byte lies inside a quoted field is the parity of the number of
 * quotes before it, so blocks can be counted without knowing how they start:
 * each counts its rows for both cases, and one pass over the counts settles
 * which case it was (the idea of Ge, Li, Eilebrecht, Chandramouli and
 * Kossmann, "Speculative distributed CSV data parsing", SIGMOD 2019).  A row
 * belongs to the block that holds the newline before it.  O(bytes), at the
 * speed of memchr.
 */
#include "csv.h"

#include <string.h>

/* What one block was found to hold. */
struct tally {
    size_t rows[2]; /* if it starts outside, inside quotes */
    size_t lines, lines_before_nul;
    bool   odd, nul; /* an odd number of quotes, a NUL byte */
};

struct scan {
    const struct csv_file *file;
    struct tally          *tally;
};

const char *
csv_row_end(const char *p, const char *end, bool *in_quote)
{
    for (; p < end; p++) {
        *in_quote ^= *p == '"';
        if (*p == '\n' && !*in_quote)
            break;
    }
    return p;
}

/* Newlines in [p, end), and those of them that a row follows: empty lines
 * are no rows.  Two bytes after end must be readable. */
static void
count_rows(const char *p, const char *end, size_t *rows, size_t *lines)
{
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        ++*lines;
        ++p;
        *rows += *p != '\n' && !(*p == '\r' && p[1] == '\n');
    }
}

static void
count_block(const char *p, const char *end, struct tally *t)
{
    const char *nul = memchr(p, '\0', (size_t)(end - p));

    t->nul = nul != NULL;
    if (nul)
        count_rows(p, nul, &t->rows[0], &t->lines_before_nul);
    while (p < end) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        const char *stop = quote ? quote : end;

        count_rows(p, stop, &t->rows[t->odd], &t->lines);
        t->odd ^= quote != NULL;
        p = stop + 1;
    }
}

/* Bytes lo - 1 ... hi - 2 of the file decide about the rows that start in
 * block lo ... hi - 1; the last block looks at the last byte, too. */
static mesa_status
scan_block(void *context, size_t i, struct mesa_error *err)
{
    const struct scan *scan = context;
    const struct csv_file *f = scan->file;
    size_t block = (size_t)f->csv->block_size, before = i > 0;
    uint64_t lo = f->start + i * block;
    size_t left = (size_t)(f->in.size - lo);
    size_t n = left < block ? left : block;
    size_t have = left < n + 1 ? left : n + 1;
    char *buffer = mesa_alloc_raw(block + 4, 1);
    mesa_status st;

    if (!buffer)
        return mesa_nomem(err, block, "bytes of a block");
    buffer[0] = '\n';
    st = csv_input_read(&f->in, lo - before, have + before,
                        buffer + 1 - before, err);
    if (st == MESA_OK) {
        memset(buffer + 1 + have, '\n', 2);
        count_block(buffer, buffer + n + (left == n), &scan->tally[i]);
    }
    if (i == 0) { /* the newline made up above is no line of the file */
        scan->tally[i].lines--;
        scan->tally[i].lines_before_nul--;
    }
    mesa_free(buffer);
    return st;
}

/* A walk through a file by the rules of RFC 4180. */
struct walk {
    enum { FIELD_START, PLAIN, QUOTED, CLOSED, AFTER } state;
    enum csv_fault fault;
    uint64_t       line, quote_line;
};

/* One byte.  Carriage returns count as blanks; where they matter, the parser
 * says so. */
static void
walk_byte(struct walk *w, char c, char delimiter)
{
    bool ends = c == delimiter || c == '\n';
    bool blank = !ends && (c == ' ' || c == '\t' || c == '\r');

    if (w->state == QUOTED) {
        w->state = c == '"' ? CLOSED : QUOTED;
    } else if (ends) {
        w->state = FIELD_START;
    } else if (w->state == FIELD_START && c == '"') {
        w->state = QUOTED;
        w->quote_line = w->line;
    } else if (w->state == FIELD_START) {
        w->state = blank ? FIELD_START : PLAIN;
    } else if (w->state == PLAIN) {
        w->fault = c == '"' ? CSV_STRAY_QUOTE : CSV_FINE;
    } else if (w->state == CLOSED && c == '"') {
        w->state = QUOTED;
    } else {
        w->fault = blank ? CSV_FINE : CSV_AFTER_QUOTE;
        w->state = AFTER;
    }
    w->line += c == '\n';
}

/* Where a file with an odd number of quotes goes wrong. */
static mesa_status
blame_quotes(const struct csv_file *f, struct mesa_error *err)
{
    char buffer[4096];
    struct walk w = { FIELD_START, CSV_FINE, f->start_line, 0 };
    mesa_status st;

    for (uint64_t at = f->start; at < f->in.size && w.fault == CSV_FINE;) {
        uint64_t left = f->in.size - at;
        size_t n = left < sizeof buffer ? (size_t)left : sizeof buffer;

        st = csv_input_read(&f->in, at, n, buffer, err);
        if (st != MESA_OK)
            return st;
        for (size_t i = 0; i < n && w.fault == CSV_FINE; i++)
            walk_byte(&w, buffer[i], f->delimiter);
        at += n;
    }
    if (w.fault == CSV_FINE)
        w.fault = CSV_OPEN_QUOTE;
    return csv_blame(&f->in,
                     w.fault == CSV_STRAY_QUOTE ? w.line : w.quote_line,
                     csv_field_blame(w.fault, err), err);
}

/* Settle how each block starts, and sum up what lies before it. */
static mesa_status
sum_up(struct csv_file *f, const struct tally *tally, struct mesa_error *err)
{
    struct csv_span at = { 0, f->start_line, false };

    for (size_t i = 0; i < f->n_blocks; i++) {
        f->span[i] = at;
        if (tally[i].nul)
            return csv_blame(&f->in, at.line + tally[i].lines_before_nul,
                             mesa_fail(err, MESA_EPARSE, "a NUL byte"), err);
        at.rows += tally[i].rows[at.in_quote];
        at.line += tally[i].lines;
        at.in_quote ^= tally[i].odd;
    }
    f->span[f->n_blocks] = at;
    f->n_rows = at.rows;
    return at.in_quote ? blame_quotes(f, err) : MESA_OK;
}

mesa_status
csv_scan(struct csv_file *f, struct mesa_error *err)
{
    uint64_t block = (uint64_t)f->csv->block_size;
    struct scan scan = { f, NULL };
    mesa_status st = MESA_OK;

    f->n_blocks = (size_t)((f->in.size - f->start + block - 1) / block);
    f->span = mesa_alloc_array(f->n_blocks + 1, sizeof *f->span);
    scan.tally = mesa_alloc_array(f->n_blocks, sizeof *scan.tally);
    if (!f->span || !scan.tally)
        st = mesa_nomem(err, f->n_blocks, "blocks");
    if (st == MESA_OK)
        st = mesa_parallel_for(f->n_blocks, scan_block, &scan, err);
    if (st == MESA_OK)
        st = sum_up(f, scan.tally, err);
    mesa_free(scan.tally);
    return st;
}
