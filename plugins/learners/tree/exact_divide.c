/* SPDX-License-Identifier: MIT */
/*
 * exact_divide.c - the rows of a node to its children, in every column.
 *
 * The column that was cut is in order already: its entries mark each row as
 * left or right, and every other column is divided by these marks, stably, so
 * that both children stay sorted.  Only the rows of children that will be
 * looked at are kept.  O(rows) a column, columns in parallel in large nodes.
 */
#include <string.h>

#include "exact.h"

/* What goes left: the first rows of the column, and missing ones at its end
 * if the split says so. */
void
tree_exact_count(const void *engine, const struct tree_grow *g, size_t node,
                 const struct tree_split *split, double *left)
{
    const struct tree_exact *e = engine;
    const struct tree_span *span = &g->span[node];
    const uint32_t *order = tree_exact_entries(e, split->column, span->start);
    size_t missing = split->n_left - split->cut;

    memset(left, 0, g->p->k * sizeof *left);
    if (g->p->k == 2 && !e->w) {
        left[1] = (double)(count_ones(order, 0, split->cut)
                           + count_ones(order, span->count - missing,
                                        span->count));
        left[0] = (double)split->n_left - left[1];
        return;
    }
    move_rows(e, order, 0, split->cut, 1, left);
    move_rows(e, order, span->count - missing, span->count, 1, left);
}

/* Where rows go, passed by value: what loops store might change the engine,
 * as far as a compiler can tell. */
struct sides {
    const uint8_t *left;
    unsigned       shift;
    uint32_t       rows;
};

/* 1 if the row of an entry goes left, else 0. */
TREE_INLINE size_t
goes_left(struct sides s, uint32_t entry)
{
    return s.left[entry >> s.shift & s.rows];
}

/* Rows that go left to the front, in order. */
static void
keep_front(struct sides s, uint32_t *order, size_t n)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t entry = order[i];

        order[k] = entry;
        k += goes_left(s, entry);
    }
}

/* Those that go right to the back, in order. */
static void
keep_back(struct sides s, uint32_t *order, size_t n)
{
    size_t k = n - 1;

    for (size_t i = n; i-- > 0;) {
        uint32_t entry = order[i];

        order[k] = entry;
        k -= 1 - goes_left(s, entry);
    }
}

/* Left to the front, right behind it.  Every row is written to both places
 * and one of the two moves on: no branch to guess wrong. */
static void
keep_both(struct sides s, uint32_t *order, uint32_t *spare, size_t n)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t entry = order[i];

        order[k] = entry;
        spare[i - k] = entry;
        k += goes_left(s, entry);
    }
    memcpy(order + k, spare, (n - k) * sizeof *order);
}

/* One node and what is to become of it. */
struct division {
    const struct tree_exact *e;
    const struct tree_grow  *g;
    const uint64_t          *live;
    const struct tree_split *split;
    size_t                   start, n;
    bool                     open_left, open_right;
};

/* Columns that are constant, here and so below, are left as they are; so is
 * the one that was cut, unless its missing rows change sides. */
static mesa_status
divide_column(void *context, size_t c, struct mesa_error *err)
{
    const struct division *v = context;
    uint32_t *order = v->e->order + c * v->e->n + v->start;
    struct sides s = { v->e->left, v->e->shift, v->e->rows };

    (void)err;
    if ((v->live[c / 64] >> c % 64 & 1) == 0
        || (c == v->split->column && v->split->n_left == v->split->cut))
        return MESA_OK;
    if (!v->open_right)
        keep_front(s, order, v->n);
    else if (!v->open_left)
        keep_back(s, order, v->n);
    else
        keep_both(s, order, v->e->spare + c * v->e->n + v->start, v->n);
    return MESA_OK;
}

/* Say of n rows whether they go left. */
static void
mark_rows(const struct tree_exact *e, const uint32_t *order, size_t n,
          uint8_t left)
{
    uint8_t *to = e->left;
    uint32_t rows = e->rows;
    unsigned shift = e->shift;

    for (size_t i = 0; i < n; i++)
        to[order[i] >> shift & rows] = left;
}

mesa_status
tree_exact_divide(void *engine, struct tree_grow *g, size_t node,
                  const struct tree_split *split, bool open_left,
                  bool open_right, struct mesa_error *err)
{
    struct tree_exact *e = engine;
    const struct tree_span *span = &g->span[node];
    const uint32_t *order = e->order + split->column * e->n + span->start;
    size_t missing = split->n_left - split->cut;
    struct division v = {
        e, g, g->live + node * g->words, split, span->start, span->count,
        open_left, open_right
    };

    if (e->place) {
        tree_exact_part(e, span, split);
        return MESA_OK;
    }
    mark_rows(e, order, split->cut, 1);
    mark_rows(e, order + split->cut, span->count - split->n_left, 0);
    mark_rows(e, order + span->count - missing, missing, 1);
    if (span->count * g->p->d >= TREE_EXACT_CELLS)
        return mesa_parallel_for(g->p->d, divide_column, &v, err);
    for (size_t c = 0; c < g->p->d; c++)
        divide_column(&v, c, err);
    return MESA_OK;
}
