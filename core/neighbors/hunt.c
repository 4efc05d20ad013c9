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

mesa_status
mesa_hunt_init(struct mesa_hunt *h, const struct mesa_neighbors *nb, size_t k,
               bool votes, struct mesa_error *err)
{
    size_t room = k + 1;
    bool there;

    memset(h, 0, sizeof *h);
    h->nb = nb;
    h->k = k;
    h->order = mesa_alloc_raw(room, sizeof *h->order);
    if (votes) {
        h->slot = mesa_alloc_raw(room, sizeof *h->slot);
        h->sum = mesa_alloc_raw(room, sizeof *h->sum);
        h->count = mesa_alloc_raw(room, nb->data->n_classes *
                                            sizeof *h->count);
    } else {
        h->row = mesa_alloc_raw(room, sizeof *h->row);
    }
    there = votes ? h->slot && h->sum && h->count : h->row != NULL;
    return there && h->order ? MESA_OK : mesa_nomem(err, k, "neighbours");
}

void
mesa_hunt_free(struct mesa_hunt *h)
{
    mesa_free(h->order);
    mesa_free(h->row);
    mesa_free(h->slot);
    mesa_free(h->sum);
    mesa_free(h->count);
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

static void
look_into_tile(struct mesa_hunt *h, const struct mesa_tiles *p, size_t t)
{
    size_t n = MESA_MIN(p->n - t * TILE, TILE);
    double order[TILE];

    if (!mesa_compare_tile(h->nb, h->x,
                           p->tile + t * TILE * h->nb->data->x.cols, h->cut,
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

static void
look_into_box(struct mesa_hunt *h, const struct mesa_tiles *p, int level,
              size_t node)
{
    size_t cols = h->nb->data->x.cols, box[FAN], n;
    double bound[FAN];

    if (level == 0) {
        look_into_tile(h, p, node);
        return;
    }
    mesa_compare_boxes(h->nb, h->x, p->box[level - 1] + node * cols * 2 * FAN,
                       bound);
    n = MESA_MIN(p->nodes[level - 1] - node * FAN, FAN);
    sort_boxes(bound, n, box);
    for (size_t i = 0; i < n && bound[box[i]] <= h->cut && !is_decided(h);
         i++)
        look_into_box(h, p, level - 1, node * FAN + box[i]);
}

void
mesa_hunt_run(struct mesa_hunt *h, const double *x, size_t self)
{
    const struct mesa_tiles *largest = &h->nb->part[0], *rest = largest + 1;

    h->x = x;
    h->self = self;
    h->n = h->total = 0;
    h->cut = INFINITY;
    h->other = -INFINITY;
    for (size_t i = 0; h->slot && i <= h->k; i++)
        h->slot[i] = i;
    if (rest->n > 0)
        look_into_box(h, rest, rest->top, 0);
    if (h->slot)
        h->other = h->n > 0 ? h->order[0] : INFINITY;
    look_into_box(h, largest, largest->top, 0);
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
