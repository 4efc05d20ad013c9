/* SPDX-License-Identifier: MIT */
/*
 * links.c - Tomek links among the rows that are left.
 *
 * Two rows of different classes are linked if each is the nearest of the
 * other.  Where several rows are nearest, they share that one place: a row
 * can be in a link only if more than half of it belongs to other classes; it
 * is in one if a nearest row of another class has none nearer than it.  (Of
 * 2,030 equal rows, 4 of them of another class, only those 4 can be linked.)
 *
 * Votes tell which rows can be linked, mostly few; only of those are the
 * nearest rows looked at, as many as are tied.
 */
#include "clean.h"

enum { BATCH = 16384, ROOM = 1 << 16 }; /* rows, neighbours at a time */

/* Rows that can be linked, by place, and what is known of their nearest. */
struct links {
    struct clean *clean;
    size_t       *place;
    size_t        n;
};

/* Rows whose nearest are mostly of other classes. */
static mesa_status
find_candidates(struct links *l, struct mesa_error *err)
{
    const struct clean *c = l->clean;
    const uint32_t classes = c->left->n_classes;
    size_t batch = smaller(BATCH, c->n), next = 0;
    double *votes = mesa_alloc_raw(batch, classes * sizeof *votes);
    mesa_status st = votes ? MESA_OK : mesa_nomem(err, batch, "votes");

    while (next < c->n && st == MESA_OK) {
        size_t n = 0, *asked = l->place + l->n, could = 0;

        for (; next < c->n && n < batch; next++)
            if (c->target[c->left->y[next]])
                asked[n++] = next;
        if (n > 0)
            st = clean_votes(c, asked, n, 1, votes, err);
        for (size_t i = 0; i < n && st == MESA_OK; i++)
            if (!clean_stays(votes + i * classes, classes,
                             c->left->y[asked[i]], CLEAN_ALL))
                asked[could++] = asked[i];
        l->n += could;
    }
    mesa_free(votes);
    return st;
}

/* The k nearest of some candidates and how far they are; the partners among
 * them, of whom, how far from that, and how far from their own nearest. */
struct look {
    size_t *index, *partner, *of;
    double *distance, *apart, *nearest;
};

static mesa_status
alloc_look(struct look *k, size_t n, struct mesa_error *err)
{
    k->index = mesa_alloc_raw(n, 3 * sizeof *k->index);
    k->distance = mesa_alloc_raw(n, 3 * sizeof *k->distance);
    if (!k->index || !k->distance)
        return mesa_nomem(err, n, "neighbours");
    k->partner = k->index + n;
    k->of = k->partner + n;
    k->apart = k->distance + n;
    k->nearest = k->apart + n;
    return MESA_OK;
}

/* Mark candidates with a nearest row of another class for which nothing is
 * nearer.  Rows that are equal have nothing nearer for sure. */
static mesa_status
ask_partners(const struct links *l, const struct look *k, size_t n,
             struct mesa_error *err)
{
    struct clean *c = l->clean;
    mesa_status st = MESA_OK;

    if (n > 0)
        st = clean_find(c, k->partner, n, 1, k->index, k->nearest, err);
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        if (!(k->nearest[i] < k->apart[i]))
            c->drop[k->of[i]] = true;
    return st;
}

/*
 * Judge candidates from ... from+n-1 by their k nearest.  One whose k-th is as
 * near as its first may have more: it goes back to the front of place[], at
 * *again.
 */
static mesa_status
judge(struct links *l, size_t from, size_t n, size_t k, size_t *again,
      struct mesa_error *err)
{
    struct clean *c = l->clean;
    const int32_t *y = c->left->y;
    struct look look = { NULL, NULL, NULL, NULL, NULL, NULL };
    size_t asked = 0;
    mesa_status st = alloc_look(&look, n * k, err);

    if (st == MESA_OK)
        st = clean_find(c, l->place + from, n, k, look.index, look.distance,
                        err);
    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        size_t p = l->place[from + i];
        const double *d = look.distance + i * k, first = d[0];

        if (first <= 0) {
            c->drop[p] = true;
            continue;
        }
        if (d[k - 1] <= first && k < c->n - 1) {
            l->place[(*again)++] = p;
            continue;
        }
        for (size_t j = 0; j < k && d[j] <= first; j++) {
            if (y[look.index[i * k + j]] == y[p])
                continue;
            look.partner[asked] = look.index[i * k + j];
            look.of[asked] = p;
            look.apart[asked++] = first;
        }
    }
    if (st == MESA_OK)
        st = ask_partners(l, &look, asked, err);
    mesa_free(look.index);
    mesa_free(look.distance);
    return st;
}

mesa_status
clean_links(struct clean *c, struct mesa_error *err)
{
    struct links l = { c, mesa_alloc_raw(c->n, sizeof(size_t)), 0 };
    mesa_status st = l.place ? find_candidates(&l, err)
                             : mesa_nomem(err, c->n, "row numbers");

    for (size_t k = smaller(2, c->n - 1); l.n > 0 && st == MESA_OK;
         k = smaller(4 * k, c->n - 1)) {
        size_t again = 0, step = ROOM / k + 1;

        for (size_t from = 0; from < l.n && st == MESA_OK; from += step)
            st = judge(&l, from, smaller(step, l.n - from), k, &again, err);
        l.n = again;
    }
    mesa_free(l.place);
    return st;
}
