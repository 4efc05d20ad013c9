/* SPDX-License-Identifier: MIT */
/*
 * neighbors.c - exact nearest rows.
 *
 * Every row is looked at.  Distances are sums over the columns in their
 * order, so that equal rows are equally far from anywhere; rows are ordered by
 * (distance, row).  Queries are independent and run in parallel.
 */
#include "internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct mesa_neighbors {
    const struct mesa_dataset *data;
    enum mesa_distance         distance;
    double                    *scale; /* per column: range, 4 deviations */
    double                    *share; /* MESA_VDM: of each class, by value */
    size_t                    *first; /* of a column's values in share */
};

static bool
is_category(const struct mesa_dataset *data, size_t j)
{
    return data->schema && data->schema->column[j].type == MESA_CATEGORICAL;
}

static double
difference(const struct mesa_neighbors *nb, size_t j, double a, double b)
{
    const uint32_t classes = nb->data->n_classes;
    double sum = 0;

    if (isnan(a) || isnan(b))
        return 1;
    if (!is_category(nb->data, j))
        return nb->scale[j] > 0 ? (a - b) / nb->scale[j] : 0;
    if (nb->distance == MESA_HEOM)
        return a != b;
    for (uint32_t c = 0; c < classes; c++)
        sum += fabs(nb->share[(nb->first[j] + (size_t)a) * classes + c] -
                    nb->share[(nb->first[j] + (size_t)b) * classes + c]);
    return sum;
}

/* What rows are ordered by: the square of a Euclidean distance. */
static double
order_of(const struct mesa_neighbors *nb, const double *a, const double *b)
{
    double sum = 0;

    for (size_t j = 0; j < nb->data->x.cols; j++) {
        double d = nb->scale ? difference(nb, j, a[j], b[j]) : a[j] - b[j];

        sum += nb->distance == MESA_MANHATTAN ? fabs(d) : d * d;
    }
    return sum;
}

static double
distance_of(const struct mesa_neighbors *nb, double order)
{
    return nb->distance == MESA_EUCLIDEAN || nb->distance == MESA_HEOM
               ? sqrt(order)
               : order;
}

/* Range, or four standard deviations, of the values that are there. */
static double
scale_of(const struct mesa_neighbors *nb, size_t j)
{
    const struct mesa_cmatrix *x = &nb->data->x;
    double least = INFINITY, most = -INFINITY, mean = 0, square = 0;
    size_t n = 0;

    for (size_t r = 0; r < x->rows; r++) {
        double v = mesa_row(x, r)[j];

        if (isnan(v))
            continue;
        least = MESA_MIN(least, v);
        most = MESA_MAX(most, v);
        mean += v;
        n++;
    }
    if (n == 0 || nb->distance == MESA_HEOM)
        return n ? most - least : 0;
    mean /= (double)n;
    for (size_t r = 0; r < x->rows; r++) {
        double v = mesa_row(x, r)[j] - mean;

        square += isnan(v) ? 0 : v * v;
    }
    return 4 * sqrt(square / (double)n);
}

/* The share of each class among the rows of each categorical value. */
static mesa_status
count_shares(struct mesa_neighbors *nb, struct mesa_error *err)
{
    const struct mesa_dataset *data = nb->data;
    size_t values = 0, classes = data->n_classes;

    for (size_t j = 0; j < data->x.cols; j++) {
        nb->first[j] = values;
        values += is_category(data, j) ? data->schema->column[j].n_categories
                                       : 0;
    }
    nb->share = mesa_alloc_array(values, classes * sizeof *nb->share);
    if (!nb->share)
        return mesa_nomem(err, values, "categories");
    for (size_t j = 0; j < data->x.cols; j++)
        for (size_t r = 0; r < data->x.rows && is_category(data, j); r++)
            nb->share[(nb->first[j] + (size_t)mesa_row(&data->x, r)[j]) *
                          classes +
                      (size_t)data->y[r]] += 1;
    for (size_t v = 0; v < values; v++) {
        double n = 0;

        for (size_t c = 0; c < classes; c++)
            n += nb->share[v * classes + c];
        for (size_t c = 0; c < classes && n > 0; c++)
            nb->share[v * classes + c] /= n;
    }
    return MESA_OK;
}

static mesa_status
measure(struct mesa_neighbors *nb, struct mesa_error *err)
{
    size_t cols = nb->data->x.cols;

    if (nb->distance != MESA_HEOM && nb->distance != MESA_VDM)
        return MESA_OK;
    nb->scale = mesa_alloc_array(cols, sizeof *nb->scale);
    nb->first = mesa_alloc_array(cols, sizeof *nb->first);
    if (!nb->scale || !nb->first)
        return mesa_nomem(err, cols, "columns");
    for (size_t j = 0; j < cols; j++)
        nb->scale[j] = is_category(nb->data, j) ? 0 : scale_of(nb, j);
    return nb->distance == MESA_VDM ? count_shares(nb, err) : MESA_OK;
}

mesa_status
mesa_neighbors_new(const struct mesa_dataset *data,
                   enum mesa_distance distance, struct mesa_neighbors **out,
                   struct mesa_error *err)
{
    struct mesa_neighbors *nb;
    mesa_status st;

    *out = NULL;
    if (distance != MESA_HEOM && (data->flags & MESA_DATA_MISSING))
        return mesa_fail(err, MESA_EDATA,
                         "values are missing, which this distance does not "
                         "know");
    nb = mesa_alloc_array(1, sizeof *nb);
    if (!nb)
        return mesa_nomem(err, 1, "neighbours");
    nb->data = data;
    nb->distance = distance;
    st = measure(nb, err);
    if (st == MESA_OK)
        *out = nb;
    else
        mesa_neighbors_free(nb);
    return st;
}

void
mesa_neighbors_free(struct mesa_neighbors *nb)
{
    if (!nb)
        return;
    mesa_free(nb->scale);
    mesa_free(nb->share);
    mesa_free(nb->first);
    mesa_free(nb);
}

/* A search under way. */
struct search {
    const struct mesa_neighbors *nb;
    const struct mesa_query     *query;
    struct mesa_cmatrix          x;
    size_t                      *index;
    double                      *distance, *votes;
};

static size_t
self_of(const struct search *s, size_t i)
{
    if (!s->query->x)
        return i;
    return s->query->self ? s->query->self[i] : SIZE_MAX;
}

/* The k nearest of query i, sorted; nearer[k] is scratch or the result. */
static void
find_nearest(const struct search *s, size_t i, size_t *index, double *order)
{
    const struct mesa_cmatrix *rows = &s->nb->data->x;
    const double *x = mesa_row(&s->x, i);
    size_t n = 0, k = s->query->k, self = self_of(s, i);

    for (size_t r = 0; r < rows->rows; r++) {
        double d;
        size_t at;

        if (r == self)
            continue;
        d = order_of(s->nb, x, mesa_row(rows, r));
        if (n == k && !(d < order[k - 1]))
            continue;
        n += n < k;
        for (at = n - 1; at > 0 && order[at - 1] > d; at--) {
            order[at] = order[at - 1];
            index[at] = index[at - 1];
        }
        order[at] = d;
        index[at] = r;
    }
}

/* Rows tied with the k-th share the places that are left. */
static void
count_votes(const struct search *s, size_t i, const double *order,
            double *votes)
{
    const struct mesa_dataset *data = s->nb->data;
    const double *x = mesa_row(&s->x, i);
    const double cut = order[s->query->k - 1];
    size_t self = self_of(s, i), places = s->query->k, tied = 0;

    memset(votes, 0, data->n_classes * sizeof *votes);
    for (size_t r = 0; r < data->x.rows; r++)
        if (r != self && order_of(s->nb, x, mesa_row(&data->x, r)) == cut) {
            votes[data->y[r]] += 1;
            tied++;
        }
    for (size_t j = 0; j < s->query->k; j++)
        places -= order[j] < cut;
    for (uint32_t c = 0; c < data->n_classes; c++)
        votes[c] = votes[c] * (double)places / (double)tied;
}

static mesa_status
search_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    enum { CHUNK = 64 };
    const struct search *s = context;
    size_t k = s->query->k, end = MESA_MIN(s->x.rows, (chunk + 1) * CHUNK);
    uint32_t classes = s->nb->data->n_classes;
    size_t *index = mesa_alloc_raw(k, sizeof *index);
    double *order = mesa_alloc_raw(k, sizeof *order);
    mesa_status st = index && order ? MESA_OK
                                    : mesa_nomem(err, k, "neighbours");

    for (size_t i = chunk * CHUNK; i < end && st == MESA_OK; i++) {
        find_nearest(s, i, index, order);
        if (s->index)
            memcpy(s->index + i * k, index, k * sizeof *index);
        for (size_t j = 0; j < k && s->distance; j++)
            s->distance[i * k + j] = distance_of(s->nb, order[j]);
        if (!s->votes)
            continue;
        count_votes(s, i, order, s->votes + i * classes);
        for (size_t j = 0; j < k && order[j] < order[k - 1]; j++)
            s->votes[i * classes + (size_t)s->nb->data->y[index[j]]] += 1;
    }
    mesa_free(index);
    mesa_free(order);
    return st;
}

static mesa_status
search(struct search *s, struct mesa_error *err)
{
    const struct mesa_query *q = s->query;
    size_t there = s->nb->data->x.rows - (!q->x || q->self ? 1 : 0);

    s->x = q->x ? *q->x : s->nb->data->x;
    if (s->x.cols != s->nb->data->x.cols)
        return mesa_fail(err, MESA_ESHAPE,
                         "rows of %zu columns cannot be compared to rows of "
                         "%zu",
                         s->x.cols, s->nb->data->x.cols);
    if (q->k == 0 || s->nb->data->x.rows == 0 || q->k > there)
        return mesa_fail(err, MESA_EINVAL,
                         "%zu neighbours are asked for, but there are %zu "
                         "rows to look among",
                         q->k, s->nb->data->x.rows ? there : 0);
    return mesa_parallel_for((s->x.rows + 63) / 64, search_chunk, s, err);
}

mesa_status
mesa_neighbors_find(const struct mesa_neighbors *nb,
                    const struct mesa_query *query, size_t *index,
                    double *distance, struct mesa_error *err)
{
    struct search s = { .nb = nb, .query = query, .index = index,
                        .distance = distance };

    return search(&s, err);
}

mesa_status
mesa_neighbors_votes(const struct mesa_neighbors *nb,
                     const struct mesa_query *query, double *votes,
                     struct mesa_error *err)
{
    struct search s = { .nb = nb, .query = query, .votes = votes };

    return search(&s, err);
}

mesa_status
mesa_neighbors_k(const char *key, int64_t wanted, size_t usual,
                 const struct mesa_dataset *data, uint32_t class_, size_t n,
                 size_t *k, struct mesa_error *err)
{
    const char *name = data->schema ? data->schema->class_name[class_] : NULL;
    char number[16];

    if (!name) {
        snprintf(number, sizeof number, "%u", (unsigned)class_);
        name = number;
    }
    if (n < 2)
        return mesa_fail(err, MESA_EDATA,
                         "class %s has %zu row%s, which leaves no neighbour",
                         name, n, n == 1 ? "" : "s");
    *k = wanted > 0 ? (size_t)wanted : MESA_MIN(usual, n - 1);
    if (*k > n - 1)
        return mesa_fail(err, MESA_EINVAL, "%s is %zu but class %s has %zu "
                         "rows: %zu at most, or auto",
                         key, *k, name, n, n - 1);
    if (*k < usual && wanted == 0)
        mesa_warn("%s is %zu for class %s, which has %zu rows", key, *k, name,
                  n);
    return MESA_OK;
}
