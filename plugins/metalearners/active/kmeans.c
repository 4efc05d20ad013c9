/* SPDX-License-Identifier: MIT */
/*
 * kmeans.c - rows to begin with that are far from each other.
 *
 * The seeding of k-means++, whose centres are rows: the first one at random,
 * each other with probability proportional to the squared distance from the
 * nearest one so far.  Arthur and Vassilvitskii 2007, SODA.  Costs rows times
 * columns for each row that is chosen.
 */
#include "active.h"

#include <math.h>

struct seeds {
    const struct mesa_cmatrix *x;
    size_t                     last;  /* the row chosen last */
    double                    *apart; /* squared, from the nearest one */
    bool                      *taken;
};

/* Those of a chunk that the row chosen last is nearer to. */
static mesa_status
come_near(void *context, size_t chunk, struct mesa_error *err)
{
    const struct seeds *s = context;
    const size_t first = chunk * MESA_CHUNK;
    const size_t left = s->x->rows - first;
    const size_t stop = first + (left < MESA_CHUNK ? left : MESA_CHUNK);
    const double *center = mesa_row(s->x, s->last);

    (void)err;
    for (size_t r = first; r < stop; r++) {
        const double *row = mesa_row(s->x, r);
        double sum = 0.0;

        for (size_t j = 0; j < s->x->cols; j++)
            sum += (row[j] - center[j]) * (row[j] - center[j]);
        if (!(s->apart[r] < sum))
            s->apart[r] = sum;
    }
    return MESA_OK;
}

/* The nth of those that have not been taken. */
static size_t
nth_left(const struct seeds *s, size_t n)
{
    size_t r = 0;

    while (s->taken[r] || n-- > 0)
        r++;
    return r;
}

/* Row r with probability apart[r] / total; the last one that may be drawn,
 * where rounding leaves none. */
static size_t
draw(const struct seeds *s, double total, struct mesa_rng *rng)
{
    double left = mesa_rng_uniform(rng) * total;
    size_t found = 0;

    for (size_t r = 0; r < s->x->rows && left >= 0; r++) {
        if (s->apart[r] > 0)
            found = r;
        left -= s->apart[r];
    }
    return found;
}

static mesa_status
choose(struct seeds *s, size_t i, struct mesa_rng *rng, struct mesa_error *err)
{
    const double total = mesa_vsum(s->apart, s->x->rows);

    if (!isfinite(total))
        return mesa_fail(err, MESA_ENUMERIC,
                         "initial = kmeans: squared distances add up to %g; "
                         "[transform] standard makes columns comparable",
                         total);
    /* What is left are doubles of what has been chosen. */
    s->last = total > 0 ? draw(s, total, rng)
                        : nth_left(s, mesa_rng_below(rng, s->x->rows - i));
    return MESA_OK;
}

static mesa_status
choose_all(struct seeds *s, size_t n, size_t *pick, struct mesa_rng *rng,
           struct mesa_error *err)
{
    const size_t chunks = MESA_CHUNKS(s->x->rows);
    mesa_status st = MESA_OK;

    for (size_t r = 0; r < s->x->rows; r++)
        s->apart[r] = INFINITY;
    s->last = mesa_rng_below(rng, s->x->rows);
    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        if (i > 0)
            st = choose(s, i, rng, err);
        pick[i] = s->last;
        s->taken[s->last] = true;
        if (st == MESA_OK && i + 1 < n)
            st = mesa_parallel_for(chunks, come_near, s, err);
    }
    return st;
}

mesa_status
active_kmeans(const struct mesa_cmatrix *x, size_t n, size_t *pick,
              struct mesa_rng *rng, struct mesa_error *err)
{
    struct seeds s = { .x = x,
                       .apart = mesa_alloc_raw(x->rows, sizeof *s.apart),
                       .taken = mesa_alloc_array(x->rows, sizeof *s.taken) };
    mesa_status st = s.apart && s.taken
                         ? choose_all(&s, n, pick, rng, err)
                         : mesa_nomem(err, x->rows, "distances");

    mesa_free(s.apart);
    mesa_free(s.taken);
    return st;
}
