/* SPDX-License-Identifier: MIT */
/*
 * exact_data.c - the sorted columns that exact.c works on.
 *
 * One block of memory: values by column, entries sorted by value, room to
 * divide them, a mark per row.  Sorting runs in parallel over columns.
 */
#include <math.h>
#include <string.h>

#include "exact.h"

/* Rows from which sorting a column is worth a thread. */
#define SORT_ALONE ((size_t)4096)

/* Bits that a class takes in an entry. */
static unsigned
bits_for(size_t n_classes)
{
    unsigned bits = 1;

    while ((size_t)1 << bits < n_classes)
        bits++;
    return bits;
}

/* Room for n rows; what was there is lost. */
mesa_status
tree_exact_reserve(struct tree_exact *e, size_t n, struct mesa_error *err)
{
    size_t d = e->p->d, cells = n * d;
    char *at;

    if (n > UINT32_MAX >> e->shift)
        return mesa_fail(err, MESA_EDATA, "%zu rows of %zu classes: at most "
                         "%zu rows", n, e->p->k,
                         (size_t)(UINT32_MAX >> e->shift));
    e->n = n;
    e->rows = UINT32_MAX >> e->shift;
    if (n << e->shift <= TREE_RANKED)
        e->rows = (uint32_t)(TREE_RANKED - 1) >> e->shift;
    if (n <= e->block_rows)
        n = e->block_rows;
    else
        mesa_free(e->block), e->block = NULL;
    if (!e->block) {
        if (cells / d != n || cells > SIZE_MAX / 32)
            return mesa_nomem(err, n, "rows");
        e->block = mesa_alloc_raw(cells * 16 + n * 5 + d * 2
                                  + 2 * TREE_LANES * 4, 1);
        if (!e->block) {
            e->block_rows = 0;
            return mesa_nomem(err, n, "rows");
        }
        e->block_rows = n;
    }
    cells = e->block_rows * d;
    at = e->block;
    e->value = (double *)(void *)at;
    e->order = (uint32_t *)(void *)(at + cells * 8);
    e->spare = e->order + cells;
    e->share = (float *)(void *)(e->spare + cells);
    e->left = (uint8_t *)(e->share + e->block_rows + 2 * TREE_LANES);
    e->ranked = (bool *)(e->left + e->block_rows);
    e->plain = e->ranked + d;
    memset(e->spare, 0, TREE_LANES * sizeof *e->spare); /* read past order */
    return MESA_OK;
}

/* Columns to sort; small ones share one scratch and one thread. */
struct sorting {
    struct tree_exact *e;
    const uint32_t    *y;
    uint64_t          *pairs; /* NULL: each column its own */
};

static mesa_status
sort_column(void *context, size_t c, struct mesa_error *err)
{
    const struct sorting *s = context;
    size_t n = s->e->n;
    uint64_t *pairs = s->pairs;
    size_t last;
    bool near;

    if (!pairs)
        pairs = mesa_alloc_raw(2 * n, sizeof *pairs);
    if (!pairs)
        return mesa_nomem(err, 2 * n, "keys");
    near = tree_presort(s->e->value + c * n, s->y, n, s->e->shift, s->e->same,
                        pairs, s->e->order + c * n);
    s->e->ranked[c] = n << s->e->shift <= TREE_RANKED && !near;
    last = row_of(s->e, s->e->order[c * n + n - 1]);
    s->e->plain[c] = s->e->ranked[c] && !isnan(s->e->value[c * n + last]);
    if (!s->pairs)
        mesa_free(pairs);
    return MESA_OK;
}

/* Sort all columns; y is the class of each row of value. */
mesa_status
tree_exact_sort(struct tree_exact *e, const uint32_t *y,
                struct mesa_error *err)
{
    struct sorting s = { e, y, NULL };
    mesa_status st = MESA_OK;

    if (e->n >= SORT_ALONE)
        return mesa_parallel_for(e->p->d, sort_column, &s, err);
    s.pairs = mesa_alloc_raw(2 * e->n, sizeof *s.pairs);
    if (!s.pairs)
        return mesa_nomem(err, 2 * e->n, "keys");
    for (size_t c = 0; c < e->p->d && st == MESA_OK; c++)
        st = sort_column(&s, c, err);
    mesa_free(s.pairs);
    return st;
}

/* All rows of the problem, sorted.  Values stay double: scikit-learn rounds
 * them to float first, and so may see ties where there are none here. */
mesa_status
tree_exact_init(struct tree_exact *e, const struct tree_problem *p,
                struct mesa_error *err)
{
    mesa_status st;

    *e = (struct tree_exact){ .p = p, .w = p->w, .same = TREE_SAME };
    e->shift = bits_for(p->k);
    st = tree_exact_reserve(e, p->n, err);
    if (st != MESA_OK)
        return st;
    for (size_t r = 0; r < p->n; r++) {
        const double *x = mesa_row(p->x, p->row ? p->row[r] : r);

        for (size_t c = 0; c < p->d; c++)
            e->value[c * p->n + r] = x[c];
    }
    st = tree_exact_sort(e, p->y, err);
    return st == MESA_OK ? tree_exact_few(e, err) : st;
}

void
tree_exact_free(struct tree_exact *e)
{
    mesa_free(e->block);
    mesa_free(e->place);
    mesa_free(e->set);
    *e = (struct tree_exact){ 0 };
}
