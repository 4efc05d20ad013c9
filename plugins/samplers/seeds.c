/* SPDX-License-Identifier: MIT */
/* seeds.c - rows to start from, given or drawn. */
#include "seeds.h"

#include <math.h>

mesa_status
seeds_check(const struct seeds *s, const struct clean *c,
            struct mesa_error *err)
{
    char buffer[16];

    for (size_t i = 0; i < s->rows.n; i++) {
        const double v = s->rows.value[i];
        uint32_t label;

        if (v > floor(v) || v >= (double)c->data->x.rows)
            return mesa_fail(err, MESA_EINVAL,
                             "seed_rows has %s, expected a whole number below "
                             "%zu, the number of rows",
                             s->rows.item[i], c->data->x.rows);
        label = (uint32_t)c->data->y[(size_t)v];
        if (label == c->smallest || !c->target[label])
            return mesa_fail(err, MESA_EINVAL,
                             "seed_rows has row %s of class %s, which stays "
                             "whole",
                             s->rows.item[i],
                             class_name(c->data, label, buffer));
    }
    return MESA_OK;
}

/* Into chosen[], which rows are drawn. */
static mesa_status
draw(const struct seeds *s, const struct clean *c, uint32_t class_,
     const size_t *row, size_t n, const struct mesa_rng *rng, bool *chosen,
     struct mesa_error *err)
{
    struct mesa_rng stream = mesa_rng_derive(rng, "seeds", class_);
    const size_t want = (size_t)s->n;
    char buffer[16];
    size_t *pick;
    mesa_status st;

    if (want > n)
        return mesa_fail(err, MESA_EINVAL,
                         "n_seeds_s is %zu but class %s has %zu row%s", want,
                         class_name(c->data, class_, buffer), n,
                         n == 1 ? "" : "s");
    pick = mesa_alloc_raw(want, sizeof *pick);
    if (!pick)
        return mesa_nomem(err, want, "seeds");
    st = mesa_rng_choice(&stream, n, want, false, pick, err);
    for (size_t i = 0; i < want && st == MESA_OK; i++)
        chosen[row[pick[i]]] = true;
    mesa_free(pick);
    return st;
}

mesa_status
seeds_choose(const struct seeds *s, const struct clean *c, uint32_t class_,
             const size_t *row, size_t n, const struct mesa_rng *rng,
             bool *chosen, size_t *n_chosen, struct mesa_error *err)
{
    char buffer[16];
    mesa_status st = MESA_OK;

    if (s->rows.n == 0)
        st = draw(s, c, class_, row, n, rng, chosen, err);
    for (size_t i = 0; i < s->rows.n; i++) {
        size_t r = (size_t)s->rows.value[i];

        if (c->data->y[r] == (int32_t)class_)
            chosen[r] = true;
    }
    *n_chosen = 0;
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        *n_chosen += chosen[row[i]];
    if (st == MESA_OK && *n_chosen == 0)
        st = mesa_fail(err, MESA_EINVAL, "seed_rows has no row of class %s",
                       class_name(c->data, class_, buffer));
    return st;
}

mesa_status
seeds_k(const struct clean *c, int64_t k, size_t n_seeds,
        struct mesa_error *err)
{
    char buffer[16];
    size_t there = c->count[c->smallest] + n_seeds;

    if ((size_t)k <= there)
        return MESA_OK;
    return mesa_fail(err, MESA_EINVAL,
                     "n_neighbors is %zu but class %s and the seeds are %zu "
                     "rows",
                     (size_t)k, class_name(c->data, c->smallest, buffer),
                     there);
}
