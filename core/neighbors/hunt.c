/* SPDX-License-Identifier: MIT */
/*
 * hunt.c - boxes are entered nearest first, until all that are left are too
 * far away.
 *
 * Votes take one way out early.  The part of all but the largest class, in
 * imbalanced data a small one, is searched first; once k rows of the largest
 * class are closer than the nearest other row, no row that has not been seen
 * can change the votes.
 */
#include "neighbors/hunt.h"

#include <math.h>
#include <string.h>

/* Tiles that a query looks into alone, and one part in so many besides: few
 * enough that it is a sweep that reads most of the data, if anything does. */
enum { PATIENCE = 64, SHARE = 256 };

mesa_status
mesa_batch_init(struct mesa_batch *b, const struct mesa_neighbors *nb,
                size_t n, size_t k, bool votes, struct mesa_error *err)
{
    size_t tiles = MESA_MAX(nb->part[0].nodes[0], nb->part[1].nodes[0]);
    size_t room = k + 1, classes = votes ? nb->data->n_classes : 0;
    double *order = b->order = mesa_alloc_raw(n, room * sizeof *order);
    size_t *row = b->row = mesa_alloc_raw(n, (2 + classes) * room *
                                                 sizeof *row);

    b->nb = nb;
    b->n = n;
    b->coarse = mesa_alloc_raw(n, nb->data->x.cols * sizeof *b->coarse);
    b->hunt = mesa_alloc_array(n, sizeof *b->hunt);
    b->seen = mesa_alloc_raw(tiles, sizeof *b->seen);
    b->bound = mesa_alloc_raw(n, FAN * sizeof *b->bound);
    if (!order || !row || !b->hunt || !b->seen || !b->bound || !b->coarse)
        return mesa_nomem(err, n, "searches");
    for (size_t i = 0; i < n; i++, row += (2 + classes) * room) {
        struct mesa_hunt *h = &b->hunt[i];

        h->nb = nb;
        h->k = k;
        h->order = order + i * room;
        h->row = row;
        h->slot = votes ? row : NULL;
        h->sum = row + room;
        h->count = row + 2 * room;
        h->coarse = b->coarse + i * nb->data->x.cols;
    }
    return MESA_OK;
}

void
mesa_batch_free(struct mesa_batch *b)
{
    mesa_free(b->hunt);
    mesa_free(b->seen);
    mesa_free(b->bound);
    mesa_free(b->order);
    mesa_free(b->row);
    mesa_free(b->coarse);
}

/* One row; false if it, and so any later one as far away, is too far. */
static bool
take_row(struct mesa_hunt *h, double order, size_t row)
{
    size_t at = h->n;

    while (at > 0 && (h->order[at - 1] > order ||
                      (!(h->order[at - 1] < order) && h->row[at - 1] > row)))
        at--;
    if (at == h->k)
        return false;
    h->n += h->n < h->k;
    memmove(h->order + at + 1, h->order + at,
            (h->n - 1 - at) * sizeof *h->order);
    memmove(h->row + at + 1, h->row + at, (h->n - 1 - at) * sizeof *h->row);
    h->order[at] = order;
    h->row[at] = row;
    if (h->n == h->k)
        h->cut = h->order[h->k - 1];
    return true;
}

/* A distance that has not been seen, at place `at`.  Slots in use and free
 * ones are in slot[0 ... k], in any order. */
static void
open_place(struct mesa_hunt *h, size_t at, double order)
{
    size_t n = h->n++, slot = h->slot[n];

    memmove(h->order + at + 1, h->order + at, (n - at) * sizeof *h->order);
    memmove(h->sum + at + 1, h->sum + at, (n - at) * sizeof *h->sum);
    memmove(h->slot + at + 1, h->slot + at, (n - at) * sizeof *h->slot);
    h->order[at] = order;
    h->sum[at] = 0;
    h->slot[at] = slot;
    memset(h->count + slot * h->nb->data->n_classes, 0,
           h->nb->data->n_classes * sizeof *h->count);
}

/* Some rows of a class that are equally far away, not beyond the cut. */
static void
take_votes(struct mesa_hunt *h, double order, size_t class_, size_t count)
{
    size_t at = h->n;

    while (at > 0 && h->order[at - 1] > order)
        at--;
    if (at > 0 && !(h->order[at - 1] < order))
        at--;
    else
        open_place(h, at, order);
    h->count[h->slot[at] * h->nb->data->n_classes + class_] += count;
    h->sum[at] += count;
    h->total += count;
    while (h->total - h->sum[h->n - 1] >= h->k)
        h->total -= h->sum[--h->n];
    if (h->total >= h->k)
        h->cut = h->order[h->n - 1];
}

/* Whether row is among n ascending ones. */
static bool
is_among(const uint32_t *rows, size_t n, size_t row)
{
    size_t lo = 0;

    while (n > 1) {
        size_t half = n / 2;

        if (rows[lo + half] <= row)
            lo += half;
        n -= half;
    }
    return rows[lo] == row;
}

/* All rows equal to a distinct one. */
static void
take_equal(struct mesa_hunt *h, const struct mesa_tiles *p, size_t which,
           double order)
{
    const uint32_t *rows = p->row + p->first[which];
    size_t n = p->first[which + 1] - p->first[which];

    if (h->slot) {
        n -= is_among(rows, n, h->self);
        if (n > 0)
            take_votes(h, order, (size_t)h->nb->data->y[rows[0]], n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (rows[i] != h->self && !take_row(h, order, rows[i]))
            return;
}

/* False if no row of the tile can be within the cut. */
static bool
is_worth_a_look(struct mesa_hunt *h, const struct mesa_tiles *p, size_t t)
{
    size_t cols = h->nb->data->x.cols;

    if (!h->screens)
        return true;
    if (h->cut < h->limit_for) {
        h->limit_for = h->cut;
        h->limit = mesa_screen_limit(h->nb, h->cut, h->error);
    }
    return mesa_screen_tile(h->coarse, cols, p->coarse + t * TILE * cols,
                            h->limit);
}

static void
look_into_tile(struct mesa_hunt *h, const struct mesa_tiles *p, size_t t)
{
    size_t n = MESA_MIN(p->n - t * TILE, TILE), cols = h->nb->data->x.cols;
    double order[TILE];

    if (!is_worth_a_look(h, p, t) ||
        !mesa_compare_tile(h->nb, h->x, p->tile + t * TILE * cols, h->cut,
                           order))
        return;
    for (size_t i = 0; i < n; i++)
        if (order[i] <= h->cut)
            take_equal(h, p, t * TILE + i, order[i]);
}

/* The n boxes of a group, nearest first. */
static void
sort_boxes(const double *bound, size_t n, size_t *box)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;

        for (; at > 0 && bound[box[at - 1]] > bound[i]; at--)
            box[at] = box[at - 1];
        box[at] = i;
    }
}

/* No row can come that is not of the largest class, and within the cut. */
static bool
is_decided(const struct mesa_hunt *h)
{
    return h->cut < h->other;
}

/* Nearest first, until nothing that is left matters, or patience ends. */
static void
dive(struct mesa_hunt *h, const struct mesa_tiles *p, int level, size_t node,
     uint64_t *seen, uint64_t bit)
{
    size_t cols = h->nb->data->x.cols, box[FAN], n;
    double bound[FAN];

    if (level == 0) {
        look_into_tile(h, p, node);
        seen[node] |= bit;
        h->patience--;
        return;
    }
    mesa_compare_boxes(h->nb, h->x, p->box[level - 1] + node * cols * 2 * FAN,
                       bound);
    n = MESA_MIN(p->nodes[level - 1] - node * FAN, FAN);
    sort_boxes(bound, n, box);
    for (size_t i = 0; i < n && bound[box[i]] <= h->cut && !is_decided(h) &&
                       h->patience > 0; i++)
        dive(h, p, level - 1, node * FAN + box[i], seen, bit);
}

/* FAN tiles, for each query that still needs one of them. */
static void
sweep_group(struct mesa_batch *b, const struct mesa_tiles *p, size_t group,
            uint64_t active)
{
    const double *box = p->box[0] + group * b->nb->data->x.cols * 2 * FAN;
    size_t end = MESA_MIN(p->nodes[0], (group + 1) * FAN);

    for (size_t i = 0; i < b->n; i++)
        if (active >> i & 1)
            mesa_compare_boxes(b->nb, b->hunt[i].x, box, b->bound + i * FAN);
    for (size_t t = group * FAN; t < end; t++)
        for (size_t i = 0; i < b->n; i++) {
            struct mesa_hunt *h = &b->hunt[i];

            if ((active & ~b->seen[t]) >> i & 1 &&
                b->bound[i * FAN + t % FAN] <= h->cut && !is_decided(h))
                look_into_tile(h, p, t);
        }
}

/* Queries near to many tiles, as there are in many columns, look into them
 * together, in the order in which they lie in memory. */
static void
search_part(struct mesa_batch *b, const struct mesa_tiles *p)
{
    uint64_t active = 0;

    memset(b->seen, 0, p->nodes[0] * sizeof *b->seen);
    for (size_t i = 0; i < b->n; i++) {
        b->hunt[i].patience = PATIENCE + p->nodes[0] / SHARE;
        dive(&b->hunt[i], p, p->top, 0, b->seen, UINT64_C(1) << i);
        if (b->hunt[i].patience == 0)
            active |= UINT64_C(1) << i;
    }
    for (size_t g = 0; g * FAN < p->nodes[0] && active; g++) {
        for (size_t i = 0; i < b->n; i++)
            if (is_decided(&b->hunt[i]))
                active &= ~(UINT64_C(1) << i);
        sweep_group(b, p, g, active);
    }
}

void
mesa_batch_run(struct mesa_batch *b)
{
    const struct mesa_tiles *largest = &b->nb->part[0], *rest = largest + 1;

    for (size_t i = 0; i < b->n; i++) {
        struct mesa_hunt *h = &b->hunt[i];

        h->n = h->total = 0;
        h->cut = h->limit_for = h->limit = INFINITY;
        h->screens = b->nb->center &&
                     mesa_screen_row(b->nb, h->x, h->coarse, &h->error);
        h->other = -INFINITY;
        for (size_t j = 0; h->slot && j <= h->k; j++)
            h->slot[j] = j;
    }
    if (rest->n > 0)
        search_part(b, rest);
    for (size_t i = 0; i < b->n && b->hunt[i].slot; i++)
        b->hunt[i].other = b->hunt[i].n > 0 ? b->hunt[i].order[0] : INFINITY;
    search_part(b, largest);
}

/* Closer rows whole; rows at the cut share the places that are left. */
void
mesa_hunt_votes(const struct mesa_hunt *h, double *votes)
{
    size_t classes = h->nb->data->n_classes, last = h->n - 1;
    size_t places = h->k - (h->total - h->sum[last]);

    for (size_t c = 0; c < classes; c++) {
        size_t tied = h->count[h->slot[last] * classes + c], closer = 0;

        for (size_t i = 0; i < last; i++)
            closer += h->count[h->slot[i] * classes + c];
        votes[c] = (double)tied * (double)places / (double)h->sum[last] +
                   (double)closer;
    }
}
