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

/* One row of each class that is not there for one of the class that has the
 * most rows; count: of the picked rows. */
static void
add_classes(const struct active *a, size_t *pick, size_t *count,
            const size_t *rows_of, struct mesa_rng *rng)
{
    const struct mesa_dataset *d = a->data;

    for (uint32_t c = 0; c < d->n_classes; c++) {
        size_t most = 0, at = 0, wanted;

        if (count[c] > 0 || rows_of[c] == 0)
            continue;
        for (uint32_t k = 1; k < d->n_classes; k++)
            if (count[k] > count[most])
                most = k;
        while (d->y[pick[at]] != (int32_t)most)
            at++;
        wanted = mesa_rng_below(rng, rows_of[c]);
        for (size_t r = 0; r < d->x.rows; r++)
            if (d->y[r] == (int32_t)c && wanted-- == 0)
                pick[at] = r;
        count[most]--;
        count[c]++;
    }
}

/* Of data that know their labels, with a row of every class. */
static mesa_status
complete(const struct active *a, size_t *pick, struct mesa_rng *rng,
         struct mesa_error *err)
{
    const struct mesa_dataset *d = a->data;
    size_t *count = mesa_alloc_array(d->n_classes, 2 * sizeof *count);
    size_t present = 0;

    if (!count)
        return mesa_nomem(err, d->n_classes, "counts");
    mesa_class_counts(d, count + d->n_classes);
    for (uint32_t c = 0; c < d->n_classes; c++)
        present += count[d->n_classes + c] > 0;
    for (size_t i = 0; i < a->start; i++)
        count[d->y[pick[i]]]++;
    if (a->start >= present)
        add_classes(a, pick, count, count + d->n_classes, rng);
    mesa_free(count);
    return a->start >= present
               ? MESA_OK
               : mesa_fail(err, MESA_EINVAL,
                           "n_init is %zu rows, too few for one of each of "
                           "%zu classes; with every_class = no that may be",
                           a->start, present);
}

mesa_status
active_initial(const struct active *a, const struct mesa_host *host,
               size_t *pick, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_host_rng(host, "active.initial", 0);
    mesa_status st = mesa_rng_choice(&rng, a->data->x.rows, a->start, false,
                                     pick, err);

    if (st == MESA_OK && a->every_class &&
        !(a->data->flags & MESA_DATA_UNLABELLED))
        st = complete(a, pick, &rng, err);
    return st;
}
