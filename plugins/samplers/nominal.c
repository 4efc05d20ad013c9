/* SPDX-License-Identifier: MIT */
/* nominal.c - near rows by comparing all, and most frequent values. */
#include "nominal.h"

#include <stdlib.h>

struct search {
    struct over *o;
    size_t       k;
    double     (*distance)(const void *context, size_t a, size_t b);
    const void  *context;
    size_t      *toward;
    double      *apart; /* k of each row */
};

/* Into its place among the n < k + 1 nearest so far; later rows go behind
 * those that are as near. */
static void
insert(size_t *row, double *apart, size_t n, size_t r, double d)
{
    for (; n > 0 && d < apart[n - 1]; n--) {
        apart[n] = apart[n - 1];
        row[n] = row[n - 1];
    }
    apart[n] = d;
    row[n] = r;
}

static mesa_status
find_nearest(void *context, size_t i, struct mesa_error *err)
{
    const struct search *s = context;
    const struct over_rows *own = &s->o->own;
    size_t *row = s->toward + i * s->k, n = 0;
    double *apart = s->apart + i * s->k;

    (void)err;
    for (size_t j = 0; j < own->n; j++) {
        double d;

        if (j == i)
            continue;
        d = s->distance(s->context, own->row[i], own->row[j]);
        if (n < s->k)
            insert(row, apart, n++, own->row[j], d);
        else if (d < apart[n - 1])
            insert(row, apart, n - 1, own->row[j], d);
    }
    return MESA_OK;
}

mesa_status
nominal_find(struct over *o, size_t k,
             double (*distance)(const void *context, size_t a, size_t b),
             const void *context, struct over_ends *ends)
{
    struct search s = { o, k, distance, context, NULL, NULL };
    mesa_status st = MESA_ENOMEM;

    *ends = (struct over_ends){ &o->own, k, NULL };
    s.toward = ends->toward = mesa_alloc_raw(o->own.n,
                                             k * sizeof *s.toward);
    s.apart = mesa_alloc_raw(o->own.n, k * sizeof *s.apart);
    if (s.toward && s.apart)
        st = mesa_parallel_for(o->own.n, find_nearest, &s, o->err);
    mesa_free(s.apart);
    return st;
}

int
nominal_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

size_t
nominal_modes(double *value, size_t n)
{
    size_t most = 0, found = 0, run;

    qsort(value, n, sizeof *value, nominal_compare);
    for (size_t i = 0; i < n; i += run) {
        double v = value[i];

        for (run = 1; i + run < n && value[i + run] <= v; run++)
            continue;
        if (run > most) {
            most = run;
            found = 0;
        }
        if (run == most)
            value[found++] = v;
    }
    return found;
}
