/* SPDX-License-Identifier: MIT */
/*
 * neighbors.c - exact nearest rows: what can be asked, and in which order
 * answers are found.
 *
 * Queries are independent and run in parallel.  Searched rows are asked about
 * in order of tiles, so that what one needs is near to the processor when the
 * next one comes.
 */
#include "neighbors/hunt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_FOUND = 65536 /* neighbours that a batch has room for */ };

#define MISSING "values are missing, which this distance does not know"

static mesa_status
make_ready(struct mesa_neighbors *nb, struct mesa_error *err)
{
    const struct mesa_dataset *data = nb->data;
    size_t *count = NULL;
    mesa_status st = mesa_compare_init(nb, err);

    if (st == MESA_OK)
        st = mesa_screen_init(nb, err);
    if (st != MESA_OK)
        return st;
    if (data->y) {
        count = mesa_alloc_array(data->n_classes, sizeof *count);
        if (!count)
            return mesa_nomem(err, data->n_classes, "classes");
        mesa_class_counts(data, count);
    }
    for (size_t p = 0; p < PARTS && st == MESA_OK; p++)
        st = mesa_tiles_init(nb, count, p, err);
    mesa_free(count);
    return st;
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
        return mesa_fail(err, MESA_EDATA, MISSING);
    if (data->x.rows > UINT32_MAX - TILE)
        return mesa_fail(err, MESA_EINVAL,
                         "%zu rows are too many to search: at most %zu",
                         data->x.rows, (size_t)(UINT32_MAX - TILE));
    nb = mesa_alloc_array(1, sizeof *nb);
    if (!nb)
        return mesa_nomem(err, 1, "neighbours");
    nb->data = data;
    nb->distance = distance;
    st = make_ready(nb, err);
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
    for (size_t p = 0; p < PARTS; p++)
        mesa_tiles_free(&nb->part[p]);
    mesa_free(nb->scale);
    mesa_free(nb->share);
    mesa_free(nb->first);
    mesa_free(nb->loose);
    mesa_free(nb->center);
    mesa_free(nb);
}

/* A search under way. */
struct search {
    const struct mesa_neighbors *nb;
    const struct mesa_query     *query;
    struct mesa_cmatrix          x;
    size_t                       batch; /* queries that are made together */
    uint32_t                    *turn;  /* in which order, or NULL        */
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

/* The searched row that is q-th in order of tiles. */
static size_t
row_of(const struct mesa_neighbors *nb, size_t q)
{
    const struct mesa_tiles *largest = &nb->part[0], *rest = largest + 1;
    size_t n = largest->first[largest->n];

    return q < n ? largest->row[q] : rest->row[q - n];
}

/* The query that is made q-th. */
static size_t
query_of(const struct search *s, size_t q)
{
    if (!s->query->x)
        return row_of(s->nb, q);
    return s->turn ? s->turn[q] : q;
}

/* Queries about searched rows in order of their tiles. */
static mesa_status
take_turns(struct search *s, struct mesa_error *err)
{
    const size_t *self = s->query->self, rows = s->nb->data->x.rows;
    uint32_t *place, sum = 0;

    if (!s->query->x || !self || s->x.rows > UINT32_MAX)
        return MESA_OK;
    place = mesa_alloc_array(rows, sizeof *place);
    s->turn = mesa_alloc_raw(s->x.rows, sizeof *s->turn);
    if (!place || !s->turn) {
        mesa_free(place);
        return mesa_nomem(err, s->x.rows, "queries");
    }
    for (size_t i = 0; i < s->x.rows; i++)
        place[self[i]]++;
    for (size_t q = 0; q < rows; q++) {
        uint32_t *of = &place[row_of(s->nb, q)], count = *of;

        *of = sum;
        sum += count;
    }
    for (size_t i = 0; i < s->x.rows; i++)
        s->turn[place[self[i]]++] = (uint32_t)i;
    mesa_free(place);
    return MESA_OK;
}

static void
give_nearest(const struct search *s, const struct mesa_hunt *h, size_t i)
{
    bool squares = s->nb->distance == MESA_EUCLIDEAN ||
                   s->nb->distance == MESA_HEOM;

    if (s->index)
        memcpy(s->index + i * h->k, h->row, h->k * sizeof *h->row);
    for (size_t j = 0; j < h->k && s->distance; j++)
        s->distance[i * h->k + j] = squares ? sqrt(h->order[j]) : h->order[j];
}

static mesa_status
check_rows(const struct search *s, size_t start, size_t n,
           struct mesa_error *err)
{
    for (size_t q = start; q < start + n && s->query->x; q++)
        for (size_t j = 0; j < s->x.cols && s->nb->distance != MESA_HEOM; j++)
            if (isnan(mesa_row(&s->x, q)[j]))
                return mesa_fail(err, MESA_EDATA, MISSING);
    return MESA_OK;
}

static mesa_status
search_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct search *s = context;
    size_t start = chunk * s->batch, n = MESA_MIN(s->x.rows - start, s->batch);
    struct mesa_batch b = { 0 };
    mesa_status st = check_rows(s, start, n, err);

    if (st == MESA_OK)
        st = mesa_batch_init(&b, s->nb, n, s->query->k, s->votes != NULL,
                             err);

    for (size_t q = 0; q < n && st == MESA_OK; q++) {
        size_t i = query_of(s, start + q);

        b.hunt[q].x = mesa_row(&s->x, i);
        b.hunt[q].self = self_of(s, i);
    }
    if (st == MESA_OK)
        mesa_batch_run(&b);
    for (size_t q = 0; q < n && st == MESA_OK; q++) {
        size_t i = query_of(s, start + q);

        if (s->votes)
            mesa_hunt_votes(&b.hunt[q],
                            s->votes + i * s->nb->data->n_classes);
        else
            give_nearest(s, &b.hunt[q], i);
    }
    mesa_batch_free(&b);
    return st;
}

static mesa_status
search(struct search *s, struct mesa_error *err)
{
    const struct mesa_query *q = s->query;
    size_t there = s->nb->data->x.rows - (!q->x || q->self ? 1 : 0);
    mesa_status st;

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
    s->batch = MESA_MAX(1, MESA_MIN(BATCH, MOST_FOUND / q->k));
    st = take_turns(s, err);
    if (st == MESA_OK)
        st = mesa_parallel_for((s->x.rows + s->batch - 1) / s->batch,
                               search_chunk, s, err);
    mesa_free(s->turn);
    return st;
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
    const char *name = NULL;
    char number[16];

    snprintf(number, sizeof number, "%u", (unsigned)class_);
    if (data->schema && data->schema->class_name)
        name = data->schema->class_name[class_];
    if (!name)
        name = number;
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
