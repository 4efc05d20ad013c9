/* SPDX-License-Identifier: MIT */
/* initial.c - the rows to label before there is a model. */
#include "active.h"

#include <math.h>
#include <string.h>

mesa_status
active_count(const char *key, double wanted, size_t rows, size_t *out,
             struct mesa_error *err)
{
    double n = wanted < 1 ? floor(wanted * (double)rows + 0.5) : wanted;

    if (n != floor(n))
        return mesa_fail(err, MESA_EINVAL,
                         "%s is %g, expected a share below 1 or a number of "
                         "rows",
                         key, wanted);
    if (n > (double)rows)
        return mesa_fail(err, MESA_EDATA,
                         "%s is %.0f, but there are %zu training rows", key,
                         n, rows);
    *out = n < 1 ? 1 : (size_t)n;
    return MESA_OK;
}

/* A row of class c, which has n of them. */
static size_t
draw_of(const struct mesa_dataset *d, uint32_t c, size_t n,
        struct mesa_rng *rng)
{
    size_t wanted = mesa_rng_below(rng, n), r = 0;

    while (d->y[r] != (int32_t)c || wanted-- > 0)
        r++;
    return r;
}

/* The first picked row of the class that has the most of them. */
static size_t
most_frequent(const struct mesa_dataset *d, const size_t *pick, size_t *count)
{
    size_t most = 0, at = 0;

    for (uint32_t c = 1; c < d->n_classes; c++)
        if (count[c] > count[most])
            most = c;
    while (d->y[pick[at]] != (int32_t)most)
        at++;
    count[most]--;
    return at;
}

/* A row of each class that is not there, count[] and rows_of[] being picked
 * rows and rows of the classes: for one of the class that has the most, or
 * besides those that somebody has listed. */
static void
add_classes(const struct active *a, size_t *pick, size_t *n, size_t *count,
            const size_t *rows_of, struct mesa_rng *rng)
{
    const struct mesa_dataset *d = a->data;

    for (uint32_t c = 0; c < d->n_classes; c++) {
        size_t at;

        if (count[c] > 0 || rows_of[c] == 0)
            continue;
        at = a->listed ? (*n)++ : most_frequent(d, pick, count);
        pick[at] = draw_of(d, c, rows_of[c], rng);
        count[c]++;
    }
}

/* Of data that know their labels, with a row of every class. */
static mesa_status
complete(const struct active *a, size_t *pick, size_t *n,
         struct mesa_rng *rng, struct mesa_error *err)
{
    const struct mesa_dataset *d = a->data;
    size_t *count = mesa_alloc_array(d->n_classes, 2 * sizeof *count);
    size_t *rows_of, present = 0;
    mesa_status st = MESA_OK;

    if (!count)
        return mesa_nomem(err, d->n_classes, "counts");
    rows_of = count + d->n_classes;
    mesa_class_counts(d, rows_of);
    for (uint32_t c = 0; c < d->n_classes; c++)
        present += rows_of[c] > 0;
    for (size_t i = 0; i < *n; i++)
        count[d->y[pick[i]]]++;
    if (*n < present && !a->listed)
        st = mesa_fail(err, MESA_EINVAL,
                       "n_init is %zu, too few for a row of each of %zu "
                       "classes; every_class = no does without",
                       *n, present);
    else
        add_classes(a, pick, n, count, rows_of, rng);
    mesa_free(count);
    return st;
}

static mesa_status
spread(const struct active *a, const struct mesa_host *host, size_t *pick,
       struct mesa_rng *rng, struct mesa_error *err)
{
    const struct mesa_dataset *rows;
    mesa_status st = mesa_host_prepared(host, MESA_PART_TRAIN, &rows, err);

    if (st == MESA_OK && (rows->flags & MESA_DATA_MISSING))
        st = mesa_fail(err, MESA_EDATA,
                       "initial = kmeans takes no missing values: [transform] "
                       "impute fills them in");
    return st == MESA_OK ? active_kmeans(&rows->x, a->start, pick, rng, err)
                         : st;
}

mesa_status
active_initial(const struct active *a, const struct mesa_host *host,
               size_t *pick, size_t *n, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_host_rng(host, "active.initial", 0);
    mesa_status st = MESA_OK;

    *n = a->start;
    if (a->listed)
        memcpy(pick, a->listed, a->start * sizeof *pick);
    else if (a->initial == ACTIVE_KMEANS)
        st = spread(a, host, pick, &rng, err);
    else
        st = mesa_rng_choice(&rng, a->data->x.rows, a->start, false, pick,
                             err);
    if (st == MESA_OK && a->every_class &&
        !(a->data->flags & MESA_DATA_UNLABELLED))
        st = complete(a, pick, n, &rng, err);
    return st;
}
