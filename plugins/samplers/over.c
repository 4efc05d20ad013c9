/* SPDX-License-Identifier: MIT */
/*
 * over.c - what over-samplers share.
 *
 * Neighbours are those of mesa/neighbors.h: exact, rows at equal distances in
 * order of row.  Where neighbours are only counted by class, rows tied for the
 * last places share them (mesa_neighbors_votes), so that rows which exist many
 * times are judged by all that lie there and not by their order.
 */
#include "over.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const struct mesa_choice over_auto[] = {
    { "auto", 0, "the default, or what the number of rows allows" },
    { NULL, 0, NULL }
};

const char *
over_class(const struct over *o, char buffer[16])
{
    if (o->data->schema && o->data->schema->class_name)
        return o->data->schema->class_name[o->label];
    snprintf(buffer, 16, "%u", (unsigned)o->label);
    return buffer;
}

/* Between two categories there is nothing. */
static mesa_status
refuse_categories(const struct over *o)
{
    const struct mesa_schema *schema = o->data->schema;

    for (size_t j = 0; schema && !o->categories && j < schema->n_columns; j++)
        if (schema->column[j].type == MESA_CATEGORICAL)
            return mesa_fail(o->err, MESA_EDATA,
                             "%s makes rows between rows, which column '%s' "
                             "of categories does not allow; smotenc does",
                             o->name, schema->column[j].name);
    return MESA_OK;
}

static mesa_status
grow_classes(struct over *o, const size_t *target, const struct mesa_rng *rng,
             mesa_status (*make)(struct over *o))
{
    size_t grown = 0;
    mesa_status st;

    for (uint32_t c = 0; c < o->data->n_classes; c++)
        grown = target[c] < SIZE_MAX - grown ? grown + target[c] : SIZE_MAX;
    st = mesa_sample_reserve(o->out, o->data->x.rows,
                             grown - o->data->x.rows);
    if (st == MESA_OK)
        st = mesa_sample_keep_rows(o->out, NULL, o->data->x.rows);
    for (uint32_t c = 0; c < o->data->n_classes && st == MESA_OK; c++) {
        o->label = c;
        o->own.n = mesa_class_rows(o->data, c, o->own.row);
        o->wanted = target[c] - o->own.n;
        o->rng = mesa_rng_derive(rng, "class", c);
        if (o->wanted > 0)
            st = make(o);
    }
    return st;
}

mesa_status
over_sample(struct over *o, const char *strategy, const struct mesa_rng *rng,
            mesa_status (*make)(struct over *o))
{
    const struct mesa_dataset *data = o->data;
    size_t *target = mesa_alloc_array(data->n_classes, sizeof *target);
    mesa_status st = refuse_categories(o);

    o->own.row = mesa_alloc_raw(data->x.rows, sizeof *o->own.row);
    o->all = NULL;
    if (!target || !o->own.row)
        st = MESA_ENOMEM;
    if (st == MESA_OK)
        st = mesa_strategy_resolve(strategy, MESA_STRATEGY_OVER, data, target,
                                   o->err);
    if (st == MESA_OK)
        st = grow_classes(o, target, rng, make);
    if (st == MESA_ENOMEM)
        mesa_nomem(o->err, data->x.rows, "sampled rows");
    mesa_neighbors_free(o->all);
    mesa_free(o->own.row);
    mesa_free(target);
    return st;
}

mesa_status
over_k(struct over *o, const char *key, int64_t wanted, size_t *k)
{
    return mesa_neighbors_k(key, wanted, 5, o->data, o->label, o->own.n, k,
                            o->err);
}

mesa_status
over_m(struct over *o, const char *key, int64_t wanted, size_t usual,
       size_t *m)
{
    size_t most = o->data->x.rows - 1;

    *m = wanted > 0 ? (size_t)wanted : usual < most ? usual : most;
    if (*m > most)
        return mesa_fail(o->err, MESA_EINVAL,
                         "%s is %zu but there are %zu rows: %zu at most, or "
                         "auto",
                         key, *m, most + 1, most);
    if (*m < usual && wanted == 0)
        mesa_warn("%s is %zu, for there are %zu rows", key, *m, most + 1);
    return MESA_OK;
}

static int
compare_rows(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x > y) - (x < y);
}

/* Where each base row is among the rows that are searched, or NULL if they
 * are not of them. */
static size_t *
positions(const struct over_rows *base, const struct over_rows *among,
          bool *none)
{
    size_t *self = mesa_alloc_raw(base->n, sizeof *self);

    *none = false;
    for (size_t i = 0; self && i < base->n && !*none; i++) {
        const size_t *at = among ? bsearch(&base->row[i], among->row, among->n,
                                           sizeof *at, compare_rows)
                                 : &base->row[i];

        if (at)
            self[i] = among ? (size_t)(at - among->row) : *at;
        *none = at == NULL;
    }
    return self;
}

/* Those rows, made ready; *nb is o->all for all of them. */
static mesa_status
search_among(struct over *o, const struct over_rows *among,
             struct mesa_subset *rows, struct mesa_neighbors **nb)
{
    mesa_status st;

    if (!among) {
        st = o->all ? MESA_OK : mesa_neighbors_new(o->data, MESA_EUCLIDEAN,
                                                   &o->all, o->err);
        *nb = o->all;
        return st;
    }
    st = mesa_subset_init(rows, o->data, among->row, among->n, o->err);
    return st == MESA_OK ? mesa_neighbors_new(&rows->data, MESA_EUCLIDEAN, nb,
                                              o->err)
                         : st;
}

mesa_status
over_find(struct over *o, const struct over_rows *base,
          const struct over_rows *among, size_t k, struct over_ends *ends)
{
    struct mesa_subset from = { 0 }, to = { 0 };
    struct mesa_neighbors *nb = NULL;
    struct mesa_query query = { sizeof query, NULL, NULL, k };
    bool none = true;
    size_t *self = NULL;
    mesa_status st = search_among(o, among, &to, &nb);

    *ends = (struct over_ends){ base, k, NULL };
    if (st == MESA_OK)
        st = mesa_subset_init(&from, o->data, base->row, base->n, o->err);
    if (st != MESA_OK)
        goto out;
    self = positions(base, among, &none);
    ends->toward = mesa_alloc_raw(base->n, k * sizeof *ends->toward);
    if (!self || !ends->toward) {
        st = MESA_ENOMEM;
        goto out;
    }
    query.x = base == among ? NULL : &from.data.x;
    query.self = none ? NULL : self;
    st = mesa_neighbors_find(nb, &query, ends->toward, NULL, o->err);
    for (size_t i = 0; i < base->n * k && among && st == MESA_OK; i++)
        ends->toward[i] = among->row[ends->toward[i]];
out:
    if (among)
        mesa_neighbors_free(nb);
    mesa_subset_free(&from);
    mesa_subset_free(&to);
    mesa_free(self);
    return st;
}

mesa_status
over_others(struct over *o, const struct over_rows *base, size_t m,
            double **others)
{
    const uint32_t classes = o->data->n_classes;
    struct mesa_query query = { sizeof query, NULL, base->row, m };
    struct mesa_subset from = { 0 };
    struct mesa_neighbors *nb;
    mesa_status st = search_among(o, NULL, NULL, &nb);

    *others = NULL;
    if (st == MESA_OK)
        st = mesa_subset_init(&from, o->data, base->row, base->n, o->err);
    if (st != MESA_OK)
        goto out;
    query.x = &from.data.x;
    *others = mesa_alloc_raw(base->n, classes * sizeof **others);
    st = *others ? mesa_neighbors_votes(nb, &query, *others, o->err)
                 : MESA_ENOMEM;
    for (size_t i = 0; i < base->n && st == MESA_OK; i++)
        (*others)[i] = (double)m - (*others)[i * classes + o->label];
out:
    mesa_subset_free(&from);
    return st;
}

enum over_place
over_place(double others, size_t m)
{
    double whole = rint(others);

    if (whole >= (double)m)
        return OVER_NOISE;
    return whole >= (double)m / 2 ? OVER_DANGER : OVER_SAFE;
}

mesa_status
over_between(struct over *o, const struct over_ends *ends, size_t n,
             double scale)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        size_t pair = mesa_rng_below(&o->rng, ends->base->n * ends->k);
        double step = scale * mesa_rng_uniform(&o->rng);

        st = mesa_sample_make(o->out, ends->base->row[pair / ends->k],
                              ends->toward[pair], step, NULL);
    }
    return st;
}
