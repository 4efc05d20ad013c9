/* SPDX-License-Identifier: MIT */
/*
 * block.c - loading the rows of one block: from the first row that starts in
 * it to the end of the last, wherever that is.
 */
#include "csv.h"

#include <string.h>

/* Bytes first read beyond a block, in the hope that its last row ends. */
#define BEYOND ((size_t)4096)

/* What is in the buffer: the file's bytes from `offset`. */
struct window {
    uint64_t offset;
    size_t   n, capacity;
};

/* Have at least n bytes, or all that there are and a newline behind them. */
static mesa_status
fill(struct csv_block *b, struct window *w, const struct csv_file *f, size_t n,
     struct mesa_error *err)
{
    uint64_t left = f->in.size - w->offset;
    size_t want = left < n ? (size_t)left : n;
    mesa_status st;

    if (want + 2 > w->capacity) {
        char *more = mesa_realloc_array(b->buffer, want + 2, 1);

        if (!more)
            return mesa_nomem(err, want, "bytes of a block");
        b->buffer = more;
        w->capacity = want + 2;
    }
    st = csv_input_read(&f->in, w->offset + w->n, want - w->n,
                        b->buffer + w->n, err);
    w->n = want;
    memset(b->buffer + want, '\n', 2);
    return st;
}

/* The index behind the first unquoted newline at or after from; the end of
 * the file has one, if only in the buffer. */
static mesa_status
find_row(struct csv_block *b, struct window *w, const struct csv_file *f,
         size_t from, bool in_quote, size_t *out, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (;;) {
        const char *end = b->buffer + w->n;
        const char *p = csv_row_end(b->buffer + from, end, &in_quote);

        from = (size_t)(p - b->buffer);
        if (p < end || w->offset + w->n == f->in.size)
            break;
        st = fill(b, w, f, w->n * 2, err);
        if (st != MESA_OK)
            break;
    }
    *out = from + 1;
    return st;
}

const char *
csv_skip_empty_lines(const char *p, const char *end)
{
    while (p < end && (*p == '\n' || (*p == '\r' && p[1] == '\n')))
        p += 1 + (*p == '\r');
    return p;
}

uint64_t
csv_block_line(const struct csv_block *b, const char *at)
{
    uint64_t line = b->line;

    for (const char *p = b->begin; p < at; p++)
        line += *p == '\n';
    return line;
}

mesa_status
csv_block_load(struct csv_block *b, const struct csv_file *f, size_t i,
               struct mesa_error *err)
{
    size_t block = (size_t)f->csv->block_size, begin = 0, end;
    uint64_t lo = f->start + i * block;
    struct window w = { lo - (i > 0), 0, 0 };
    mesa_status st;

    /* The newline before the block may be the one its first row follows. */
    memset(b, 0, sizeof *b);
    st = fill(b, &w, f, block + 1 + BEYOND, err);
    if (st == MESA_OK && i > 0)
        st = find_row(b, &w, f, 0, f->span[i].in_quote, &begin, err);
    if (st == MESA_OK && i + 1 < f->n_blocks)
        st = find_row(b, &w, f, block - (i == 0), f->span[i + 1].in_quote,
                      &end, err);
    else
        end = w.n + 1;
    if (st != MESA_OK) {
        csv_block_free(b);
        return st;
    }
    b->begin = b->buffer;
    b->end = b->buffer + end;
    b->line = f->span[i].line;
    b->line = csv_block_line(b, b->buffer + begin);
    b->begin = b->buffer + begin;
    return MESA_OK;
}

void
csv_block_free(struct csv_block *b)
{
    mesa_free(b->buffer);
    b->buffer = NULL;
}
