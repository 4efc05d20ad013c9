/* SPDX-License-Identifier: MIT */
/*
 * histogram.c - sums of derivatives by bin.
 *
 * A bin is two 64-bit integers, so that a row and a column cost one addition
 * of 16 bytes; how many rows there are rides in the lower bits of one of them.
 * Sums of integers do not depend on their order: columns may be dealt to any
 * number of threads, and a sibling is exactly what a node leaves of its
 * parent.
 */
#include <string.h>

#include "gradient_boosting.h"

/* Columns that are counted together: their bins fit the first cache. */
enum { GROUP = 8 };

struct counting {
    const struct gb_grow *g;
    const struct gb_open *node;
    size_t                width; /* columns of a group */
};

TREE_INLINE void
add_row(struct gb_sum *hist, const uint8_t *code, size_t c, struct gb_sum s)
{
    struct gb_sum *to = hist + c * TREE_BINS + code[c];

    to->g += s.g;
    to->h += s.h;
}

/* Rows of a node in width <= GROUP neighbouring columns.  The callers' widths
 * are constants, so that no loop over columns is left. */
TREE_INLINE void
count_columns(const struct gb_rows *rows, const uint32_t *row, size_t n,
              size_t from, size_t width, struct gb_sum *hist)
{
    size_t d = rows->d;

    for (size_t i = 0; i < n; i++) {
        const uint8_t *code = rows->bins.code + row[i] * d + from;
        struct gb_sum s = rows->gh[row[i]];

        add_row(hist, code, 0, s);
        if (width > 1)
            add_row(hist, code, 1, s);
        if (width > 2)
            add_row(hist, code, 2, s);
        if (width > 3)
            add_row(hist, code, 3, s);
        if (width > 4)
            add_row(hist, code, 4, s);
        if (width > 5)
            add_row(hist, code, 5, s);
        if (width > 6)
            add_row(hist, code, 6, s);
        if (width > 7)
            add_row(hist, code, 7, s);
    }
}

static mesa_status
count_group(void *context, size_t group, struct mesa_error *err)
{
    const struct counting *t = context;
    const struct gb_rows *r = t->g->rows;
    size_t from = group * t->width, n = t->node->count;
    size_t width = from + t->width < r->d ? t->width : r->d - from;
    const uint32_t *row = t->g->row + t->node->start;
    struct gb_sum *hist = t->node->hist + from * TREE_BINS;

    (void)err;
    memset(hist, 0, width * TREE_BINS * sizeof *hist);
    switch (width) {
    case 8: count_columns(r, row, n, from, 8, hist); break;
    case 7: count_columns(r, row, n, from, 7, hist); break;
    case 6: count_columns(r, row, n, from, 6, hist); break;
    case 5: count_columns(r, row, n, from, 5, hist); break;
    case 4: count_columns(r, row, n, from, 4, hist); break;
    case 3: count_columns(r, row, n, from, 3, hist); break;
    case 2: count_columns(r, row, n, from, 2, hist); break;
    default: count_columns(r, row, n, from, 1, hist); break;
    }
    return MESA_OK;
}

/* Sums of the rows of a node into its histogram.  With few columns, groups
 * are smaller so that each thread has one. */
mesa_status
gb_hist_count(const struct gb_grow *g, const struct gb_open *node,
              struct mesa_error *err)
{
    size_t d = g->rows->d, threads = mesa_parallel_threads(), groups;
    struct counting t = { .g = g, .node = node, .width = GROUP };

    if (node->count * d >= GB_CELLS && d < GROUP * threads)
        t.width = (d + threads - 1) / threads;
    groups = (d + t.width - 1) / t.width;
    if (node->count * d >= GB_CELLS)
        return mesa_parallel_for(groups, count_group, &t, err);
    for (size_t i = 0; i < groups; i++)
        count_group(&t, i, err);
    return MESA_OK;
}

/* Leave in from, which is the parent's, what is not in what. */
void
gb_hist_subtract(const struct gb_grow *g, struct gb_sum *from,
                 const struct gb_sum *what)
{
    size_t cells = g->rows->d * TREE_BINS;

    for (size_t i = 0; i < cells; i++) {
        from[i].g -= what[i].g;
        from[i].h -= what[i].h;
    }
}
