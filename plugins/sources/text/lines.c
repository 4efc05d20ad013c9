/* SPDX-License-Identifier: MIT */
/*
 * lines.c - reading lines in parallel: once to count, once to parse each row
 * into its place.  In memory are the matrix and one block per thread; a line
 * longer than a block makes its block grow.
 */
#include "lines.h"

#include <string.h>

/* Bytes first read beyond a block, in the hope that its last line ends. */
#define BEYOND ((size_t)4096)

/* n bytes of the file from `from` on, and room for one more. */
static mesa_status
fill(struct lines_block *b, uint64_t from, size_t have, size_t n,
     struct mesa_error *err)
{
    char *more = mesa_realloc_array(b->buffer, n + 1, 1);

    if (!more)
        return mesa_nomem(err, n, "bytes of a block");
    b->buffer = more;
    return csv_input_read(&b->lines->in, from + have, n - have, more + have,
                          err);
}

/* Read on until the line that the block ends in does; *n: where. */
static mesa_status
complete(struct lines_block *b, uint64_t from, size_t *n,
         struct mesa_error *err)
{
    size_t have = *n, beyond = BEYOND;
    const char *newline = b->buffer[have - 1] == '\n' ? b->buffer + have - 1
                                                      : NULL;
    mesa_status st = MESA_OK;

    while (!newline && from + have < b->lines->in.size && st == MESA_OK) {
        uint64_t left = b->lines->in.size - from - have;
        size_t more = left < beyond ? (size_t)left : beyond;

        st = fill(b, from, have, have + more, err);
        if (st == MESA_OK)
            newline = memchr(b->buffer + have, '\n', more);
        have += more;
        beyond *= 2;
    }
    *n = newline ? (size_t)(newline + 1 - b->buffer) : have;
    if (st == MESA_OK && !newline)
        b->buffer[(*n)++] = '\n'; /* which the file's last line lacks */
    return st;
}

static mesa_status
load(struct lines_block *b, const struct lines *l, size_t i,
     struct mesa_error *err)
{
    uint64_t lo = l->start + (uint64_t)i * l->block_size;
    uint64_t left = l->in.size - lo, from = lo - (i > 0);
    size_t n = (left < l->block_size ? (size_t)left : l->block_size) + (i > 0);
    size_t skip = 0;
    mesa_status st;

    memset(b, 0, sizeof *b);
    b->lines = l;
    st = fill(b, from, 0, n, err);
    if (st != MESA_OK)
        return st;
    /* The newline before the block may be the one its first line follows. */
    if (i > 0) {
        const char *newline = memchr(b->buffer, '\n', n - 1);

        if (!newline)
            return MESA_OK;
        skip = (size_t)(newline + 1 - b->buffer);
    }
    st = complete(b, from, &n, err);
    b->at = b->buffer + skip;
    b->stop = b->buffer + n;
    return st;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool
lines_next(struct lines_block *b)
{
    while (b->at < b->stop) {
        const char *p = b->at;
        const char *end = memchr(p, '\n', (size_t)(b->stop - p));

        b->at = end + 1;
        b->row_line = b->line++;
        while (p < end && is_blank(*p))
            p++;
        while (end > p && is_blank(end[-1]))
            end--;
        b->begin = p;
        b->end = end;
        if (p < end && *p != b->lines->comment)
            return true;
    }
    return false;
}

mesa_status
lines_blame(const struct lines_block *b, mesa_status st,
            struct mesa_error *err)
{
    return csv_blame(&b->lines->in, b->row_line, st, err);
}

struct scan {
    struct lines *lines;
    lines_work   *look;
    void         *context;
    uint64_t     *nul; /* line of the first NUL byte in the block + 1 */
};

static mesa_status
scan_block(void *context, size_t i, struct mesa_error *err)
{
    struct scan *s = context;
    struct lines_block b;
    const char *nul;
    mesa_status st = load(&b, s->lines, i, err);

    /* Names end at a NUL, so that one in a name would deceive. */
    nul = st == MESA_OK && b.at ? memchr(b.at, '\0', (size_t)(b.stop - b.at))
                                : NULL;
    if (nul) {
        const char *newline = memchr(nul, '\n', (size_t)(b.stop - nul));

        b.stop = newline + 1;
    }
    if (st == MESA_OK && !nul && s->look) {
        const char *at = b.at;

        st = s->look(s->context, &b, i, err);
        b.at = at;
        b.line = 0;
    }
    while (st == MESA_OK && lines_next(&b))
        s->lines->row[i + 1]++;
    s->lines->line[i + 1] = b.line;
    s->nul[i] = nul ? b.line : 0;
    mesa_free(b.buffer);
    return st;
}

static mesa_status
sum_up(struct scan *s, struct mesa_error *err)
{
    struct lines *l = s->lines;

    l->line[0] = l->start_line;
    for (size_t i = 0; i < l->n_blocks; i++) {
        if (s->nul[i])
            return csv_blame(&l->in, l->line[i] + s->nul[i] - 1,
                             mesa_fail(err, MESA_EPARSE, "a NUL byte"), err);
        l->row[i + 1] += l->row[i];
        l->line[i + 1] += l->line[i];
    }
    l->n_rows = l->row[l->n_blocks];
    return MESA_OK;
}

mesa_status
lines_scan(struct lines *l, lines_work *look, void *context,
           struct mesa_error *err)
{
    struct scan s = { l, look, context, NULL };
    mesa_status st = MESA_OK;

    l->row = mesa_alloc_array(l->n_blocks + 1, sizeof *l->row);
    l->line = mesa_alloc_array(l->n_blocks + 1, sizeof *l->line);
    s.nul = mesa_alloc_array(l->n_blocks, sizeof *s.nul);
    if (!l->row || !l->line || !s.nul)
        st = mesa_nomem(err, l->n_blocks, "blocks");
    if (st == MESA_OK)
        st = mesa_parallel_for(l->n_blocks, scan_block, &s, err);
    if (st == MESA_OK)
        st = sum_up(&s, err);
    mesa_free(s.nul);
    return st;
}

struct parse {
    const struct lines *lines;
    lines_work         *work;
    void               *context;
};

/* A file that changes under our hands may have other rows now, but never gets
 * room that is not its own: the count comes first. */
static mesa_status
parse_block(void *context, size_t i, struct mesa_error *err)
{
    const struct parse *p = context;
    const struct lines *l = p->lines;
    size_t n = 0;
    struct lines_block b;
    mesa_status st = load(&b, l, i, err);
    const char *at = b.at;

    while (st == MESA_OK && lines_next(&b))
        n++;
    b.at = at;
    b.line = l->line[i];
    if (st == MESA_OK && n != l->row[i + 1] - l->row[i])
        st = mesa_fail(err, MESA_EIO, "%s changed while it was read",
                       l->in.shown);
    if (st == MESA_OK && n > 0)
        st = p->work(p->context, &b, i, err);
    mesa_free(b.buffer);
    return st;
}

mesa_status
lines_parse(const struct lines *l, lines_work *work, void *context,
            struct mesa_error *err)
{
    struct parse p = { l, work, context };

    return mesa_parallel_for(l->n_blocks, parse_block, &p, err);
}

void
lines_free(struct lines *l)
{
    csv_input_close(&l->in);
    mesa_free(l->row);
    mesa_free(l->line);
}

mesa_status
lines_join_words(const struct lines *l, struct csv_words *words,
                 struct csv_words *to, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < l->n_blocks; i++) {
        for (size_t k = 0; k < words[i].n && st == MESA_OK; k++)
            st = csv_words_add(to, words[i].text[k], strlen(words[i].text[k]),
                               err);
        if (st == MESA_OK && to->n > CSV_MAX_CLASSES)
            st = mesa_fail(err, MESA_EDATA,
                           "%s holds more than %d different labels, too many "
                           "for classes",
                           l->in.shown, CSV_MAX_CLASSES);
        csv_words_free(&words[i]);
    }
    return st;
}

mesa_status
lines_class(const struct lines_block *b, const struct csv_classes *classes,
            const char *begin, const char *end, int32_t *out,
            struct mesa_error *err)
{
    struct csv_field field = { .begin = begin, .end = end };
    struct csv_list list = { "", 0 };
    int shown = csv_field_shown(&field);
    mesa_status st;

    *out = csv_classes_find(classes, begin, (size_t)(end - begin));
    if (*out >= 0)
        return MESA_OK;
    for (size_t c = 0; c < classes->name.n; c++)
        csv_list_add(&list, classes->name.text[c]);
    if (classes->declared)
        st = mesa_fail(err, MESA_EDATA, "class '%.*s' is not one of %s", shown,
                       begin, list.text);
    else
        st = mesa_fail(err, MESA_EDATA, "class '%.*s' does not occur in %s",
                       shown, begin, classes->from);
    return lines_blame(b, st, err);
}
