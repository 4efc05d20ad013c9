/* SPDX-License-Identifier: MIT */
/*
 * exact_few.c - the columns of a node in order, for those that are looked at.
 *
 * Where a node looks at few of the columns, as in forests, dividing them all
 * is mostly in vain.  Then columns stay as the root has them, a node has its
 * rows in any order, and a column that is looked at is put in order: a row has
 * a place in the order of the root, and what is to be sorted is a set of
 * different numbers.  Of many, each sets a bit, and bits are read in order; of
 * few, each goes where as many lie before it, which is counted for all at once.
 * O(rows) for a column that is looked at, nothing for any other.
 */
#include <string.h>

#include "exact.h"

/* Up to so many places are counted; a whole number of lanes. */
enum { COUNTED = 64, COUNT_LANES = 16 };

typedef uint16_t lanes __attribute__((vector_size(COUNT_LANES * 2)));

/* Whether it pays, and places and rows have room in 16 bits. */
static bool
is_worth(const struct tree_exact *e)
{
    const struct tree_problem *p = e->p;

    return 2 * p->max_features <= p->d && p->max_leaves == SIZE_MAX &&
           e->n << e->shift <= TREE_RANKED;
}

/* After tree_exact_sort; the engine then works on the root first. */
mesa_status
tree_exact_few(struct tree_exact *e, struct mesa_error *err)
{
    const size_t n = e->n, cells = n * e->p->d;

    if (!is_worth(e))
        return MESA_OK;
    e->set = mesa_alloc_array((n + 63) / 64, sizeof *e->set);
    e->place = mesa_alloc_raw(cells + n, sizeof *e->place);
    if (!e->set || !e->place)
        return mesa_nomem(err, cells, "places of rows");
    e->member = e->place + cells;
    for (size_t i = 0; i < n; i++)
        e->member[i] = (uint16_t)i;
    for (size_t c = 0; c < e->p->d; c++) {
        const uint32_t *order = e->order + c * n;
        uint16_t *place = e->place + c * n;

        for (size_t i = 0; i < n; i++)
            place[row_of(e, order[i])] = (uint16_t)i;
    }
    return MESA_OK;
}

/* n <= COUNTED different places; what is counted beyond n is not read. */
MESA_CLONES
static void
sort_counted(const uint32_t *order, const uint16_t *place,
             const uint16_t *member, size_t n, uint32_t *out)
{
    _Alignas(64) uint16_t at[COUNTED] = { 0 }, before[COUNTED];

    for (size_t i = 0; i < n; i++)
        at[i] = place[member[i]];
    for (size_t i = 0; i < n; i += COUNT_LANES) {
        lanes x, sum = { 0 };

        memcpy(&x, at + i, sizeof x);
        for (size_t j = 0; j < n; j++)
            sum -= (lanes)(x > at[j]);
        memcpy(before + i, &sum, sizeof sum);
    }
    for (size_t i = 0; i < n; i++)
        out[before[i]] = order[at[i]];
}

static void
sort_set(const struct tree_exact *e, const uint32_t *order,
         const uint16_t *place, const uint16_t *member, size_t n,
         uint32_t *out)
{
    uint64_t *set = e->set;

    for (size_t i = 0; i < n; i++) {
        const size_t at = place[member[i]];

        set[at / 64] |= UINT64_C(1) << at % 64;
    }
    for (size_t w = 0; w < (e->n + 63) / 64; w++) {
        uint64_t bits = set[w];

        set[w] = 0;
        for (; bits != 0; bits &= bits - 1)
            *out++ = order[w * 64 + (size_t)__builtin_ctzll(bits)];
    }
}

/* The entries of the node in a column, in order, where tree_exact_entries
 * finds them until the column is sorted for another node. */
void
tree_exact_gather(const struct tree_exact *e, size_t column, size_t start,
                  size_t n)
{
    const uint32_t *order = e->order + column * e->n;
    const uint16_t *place = e->place + column * e->n;
    uint32_t *out = e->spare + column * e->n;

    if (n == e->n)
        memcpy(out, order, n * sizeof *out);
    else if (n <= COUNTED)
        sort_counted(order, place, e->member + start, n, out);
    else
        sort_set(e, order, place, e->member + start, n, out);
}

/* Instead of tree_exact_divide: the rows of the children side by side. */
void
tree_exact_part(struct tree_exact *e, const struct tree_span *span,
                const struct tree_split *split)
{
    const uint32_t *entry = tree_exact_entries(e, split->column, span->start);
    const size_t missing = split->n_left - split->cut;
    uint16_t *to = e->member + span->start;

    for (size_t i = 0; i < split->cut; i++)
        *to++ = (uint16_t)row_of(e, entry[i]);
    for (size_t i = span->count - missing; i < span->count; i++)
        *to++ = (uint16_t)row_of(e, entry[i]);
    for (size_t i = split->cut; i < span->count - missing; i++)
        *to++ = (uint16_t)row_of(e, entry[i]);
}
