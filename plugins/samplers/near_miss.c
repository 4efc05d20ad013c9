/* SPDX-License-Identifier: MIT */
/*
 * near_miss - keep the rows of larger classes near those of the smallest
 * (Mani and Zhang 2003).
 *
 * Of each targeted class as many rows as wanted stay:
 *
 *     version 1   those with the least mean distance to the n_neighbors rows
 *                 of the smallest class nearest to them
 *     version 2   the same, to the n_neighbors farthest from them
 *     version 3   of the rows that are among the n_neighbors_ver3 nearest of
 *                 any row of the smallest class, those with the greatest mean
 *                 distance as in version 1; these may be fewer than wanted,
 *                 which a warning tells
 *
 * Of rows that are equally far the lower ones stay.  Rows come out in the
 * order of the data; which ones they are is as in imbalanced-learn, but for a
 * class that is to keep all of its rows and does so here in version 3 too.
 * Where classes are smallest together it is the lowest.
 *
 * The cost is that of a neighbour search, among the rows of the smallest
 * class, for each row of a targeted class.
 */
#include <math.h>
#include <stdlib.h>

#include <mesa/mesa.h>

#include "common.h"

enum { BATCH = 4096 };

struct near_miss {
    const char *sampling_strategy;
    int64_t     version, n_neighbors, n_neighbors_ver3;
};

static const struct mesa_choice near_miss_auto[] = {
    { "auto", 0, "3, or as many as the class has rows" },
    { NULL, 0, NULL }
};

static const struct mesa_param near_miss_params[] = {
    MESA_STRING(struct near_miss, sampling_strategy, "sampling_strategy",
                "auto", MESA_STRATEGY_HELP),
    MESA_INT(struct near_miss, version, "version", 1, 1, 3,
             "Rows that stay: 1 nearest to near ones of the smallest class, 2 "
             "nearest to its far ones, 3 farthest of its near ones"),
    MESA_INT(struct near_miss, n_neighbors, "n_neighbors", 3, 1, 1000000,
             "Rows of the smallest class to take the mean distance to",
             .choices = near_miss_auto),
    MESA_INT(struct near_miss, n_neighbors_ver3, "n_neighbors_ver3", 3, 1,
             1000000,
             "Version 3: neighbours of each row of the smallest class from "
             "which rows are chosen", .choices = near_miss_auto),
    MESA_PARAM_END
};

/* A row by its place in its class, and how far it is. */
struct scored {
    double score;
    size_t place;
};

/* One class on its way. */
struct choice {
    const struct near_miss    *self;
    const struct mesa_dataset *data;
    struct mesa_subset         smallest, class_;
    struct mesa_neighbors     *near; /* rows of the smallest class */
    size_t                     k;
    size_t                    *row; /* the n rows of the class */
    size_t                     n;
    struct scored             *scored; /* the m of them that can stay */
    size_t                     m;
    bool                      *keep; /* per row of the data */
};

/* As many as wanted of n rows, or for 0 (auto) up to 3. */
static mesa_status
near_miss_k(const struct choice *c, const char *key, int64_t wanted,
            size_t n, uint32_t class_, size_t *k, struct mesa_error *err)
{
    char buffer[16];
    const char *name = class_name(c->data, class_, buffer);

    *k = wanted > 0 ? (size_t)wanted : smaller(3, n);
    if (*k > n)
        return mesa_fail(err, MESA_EINVAL, "%s is %zu but class %s has %zu "
                         "row%s: as many at most, or auto",
                         key, *k, name, n, n == 1 ? "" : "s");
    if (*k < 3 && wanted == 0)
        mesa_warn("%s is %zu, as class %s has %zu row%s", key, *k, name, n,
                  n == 1 ? "" : "s");
    return MESA_OK;
}

/* The sum of distances to the nearest, for the scored rows first ... n-1 after
 * it. */
static mesa_status
score_nearest(struct choice *c, size_t first, size_t n, size_t *index,
              double *distance, struct mesa_error *err)
{
    struct mesa_cmatrix x = c->class_.data.x;
    struct mesa_query query = { sizeof query, &x, NULL, c->k };
    mesa_status st;

    x.rows = n;
    for (size_t i = 0; i < n; i++)
        index[i] = c->class_.data.x.index[c->scored[first + i].place];
    x.index = index;
    st = mesa_neighbors_find(c->near, &query, index + n, distance, err);
    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        c->scored[first + i].score = 0;
        for (size_t j = 0; j < c->k; j++)
            c->scored[first + i].score += distance[i * c->k + j];
    }
    return st;
}

static mesa_status
score_by_nearest(struct choice *c, struct mesa_error *err)
{
    size_t batch = smaller(BATCH, c->m);
    size_t *index = mesa_alloc_raw(batch, (c->k + 1) * sizeof *index);
    double *distance = mesa_alloc_raw(batch, c->k * sizeof *distance);
    mesa_status st = index && distance ? MESA_OK
                                       : mesa_nomem(err, batch, "neighbours");

    for (size_t at = 0; at < c->m && st == MESA_OK; at += batch)
        st = score_nearest(c, at, smaller(batch, c->m - at), index, distance,
                           err);
    mesa_free(index);
    mesa_free(distance);
    return st;
}

static double
apart(const double *a, const double *b, size_t cols)
{
    double sum = 0;

    for (size_t j = 0; j < cols; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sqrt(sum);
}

/* The sum of the distances to the farthest, from the nearest of them on, for
 * one chunk of rows. */
static mesa_status
score_farthest(void *context, size_t chunk, struct mesa_error *err)
{
    const struct choice *c = context;
    const struct mesa_cmatrix *few = &c->smallest.data.x;
    size_t end = smaller(c->m, (chunk + 1) * MESA_CHUNK);
    double *far = mesa_alloc_raw(c->k, sizeof *far);

    if (!far)
        return mesa_nomem(err, c->k, "distances");
    for (size_t i = chunk * MESA_CHUNK; i < end; i++) {
        struct scored *s = &c->scored[i];
        const double *x = mesa_row(&c->class_.data.x, s->place);
        size_t n = 0;

        for (size_t r = 0; r < few->rows; r++) {
            double d = apart(x, mesa_row(few, r), few->cols);
            size_t at;

            if (n == c->k && !(d > far[n - 1]))
                continue;
            n += n < c->k;
            for (at = n - 1; at > 0 && far[at - 1] < d; at--)
                far[at] = far[at - 1];
            far[at] = d;
        }
        s->score = 0;
        while (n > 0)
            s->score += far[--n];
    }
    mesa_free(far);
    return MESA_OK;
}

/* Only rows that are near any row of the smallest class can stay. */
static mesa_status
choose_near(struct choice *c, uint32_t class_, struct mesa_error *err)
{
    const size_t few = c->smallest.data.x.rows;
    struct mesa_neighbors *nb = NULL;
    size_t k = 0, *index = NULL, m = 0;
    bool *found = mesa_alloc_array(c->n, sizeof *found);
    mesa_status st = near_miss_k(c, "n_neighbors_ver3",
                                 c->self->n_neighbors_ver3, c->n, class_, &k,
                                 err);
    struct mesa_query query = { sizeof query, &c->smallest.data.x, NULL, k };

    if (st == MESA_OK) {
        index = mesa_alloc_raw(few, k * sizeof *index);
        st = index && found ? mesa_neighbors_new(&c->class_.data,
                                                 MESA_EUCLIDEAN, &nb, err)
                            : mesa_nomem(err, few, "neighbours");
    }
    if (st == MESA_OK)
        st = mesa_neighbors_find(nb, &query, index, NULL, err);
    if (st == MESA_OK) {
        for (size_t i = 0; i < few * k; i++)
            found[index[i]] = true;
        for (size_t i = 0; i < c->m; i++)
            if (found[i])
                c->scored[m++].place = i;
        c->m = m;
    }
    mesa_neighbors_free(nb);
    mesa_free(index);
    mesa_free(found);
    return st;
}

static int
by_score(const void *a, const void *b)
{
    const struct scored *p = a, *q = b;

    if (p->score < q->score || p->score > q->score)
        return p->score < q->score ? -1 : 1;
    return p->place < q->place ? -1 : p->place > q->place;
}

/* Version 3 keeps the farthest: score them the other way round. */
static void
turn(struct choice *c)
{
    for (size_t i = 0; i < c->m; i++)
        c->scored[i].score = -c->scored[i].score;
}

static mesa_status
choose(struct choice *c, uint32_t class_, size_t want, struct mesa_error *err)
{
    const int64_t version = c->self->version;
    char buffer[16];
    mesa_status st = MESA_OK;

    c->m = c->n;
    for (size_t i = 0; i < c->m; i++)
        c->scored[i].place = i;
    if (version == 3)
        st = choose_near(c, class_, err);
    if (st == MESA_OK)
        st = version == 2 ? mesa_parallel_for(MESA_CHUNKS(c->m),
                                              score_farthest, c, err)
                          : score_by_nearest(c, err);
    if (st != MESA_OK)
        return st;
    if (version == 3)
        turn(c);
    qsort(c->scored, c->m, sizeof *c->scored, by_score);
    if (c->m < want)
        mesa_warn("near_miss keeps %zu rows of class %s instead of %zu: "
                  "n_neighbors_ver3 finds no more",
                  c->m, class_name(c->data, class_, buffer), want);
    for (size_t i = 0; i < c->m; i++)
        c->keep[c->row[c->scored[i].place]] = i < want;
    return MESA_OK;
}

/* All rows of the class go but those that are chosen. */
static mesa_status
reduce_class(struct choice *c, uint32_t class_, size_t want,
             struct mesa_error *err)
{
    mesa_status st;

    c->n = mesa_class_rows(c->data, class_, c->row);
    if (want == c->n)
        return MESA_OK;
    c->scored = mesa_alloc_raw(c->n, sizeof *c->scored);
    if (!c->scored)
        return mesa_nomem(err, c->n, "distances");
    for (size_t i = 0; i < c->n; i++)
        c->keep[c->row[i]] = false;
    st = mesa_subset_init(&c->class_, c->data, c->row, c->n, err);
    if (st == MESA_OK) {
        st = choose(c, class_, want, err);
        mesa_subset_free(&c->class_);
    }
    mesa_free(c->scored);
    return st;
}

/* The class of fewest rows, of those that have any. */
static uint32_t
smallest_class(const struct mesa_dataset *data)
{
    size_t fewest = SIZE_MAX;
    uint32_t best = 0;

    for (uint32_t c = 0; c < data->n_classes; c++) {
        size_t n = mesa_class_rows(data, c, NULL);

        if (n > 0 && n < fewest) {
            fewest = n;
            best = c;
        }
    }
    return best;
}

static mesa_status
look_at_smallest(struct choice *c, struct mesa_error *err)
{
    const uint32_t label = smallest_class(c->data);
    size_t n = mesa_class_rows(c->data, label, c->row);
    mesa_status st = near_miss_k(c, "n_neighbors", c->self->n_neighbors,
                                 n, label, &c->k, err);

    if (st == MESA_OK)
        st = mesa_subset_init(&c->smallest, c->data, c->row, n, err);
    if (st == MESA_OK)
        st = mesa_neighbors_new(&c->smallest.data, MESA_EUCLIDEAN, &c->near,
                                err);
    return st;
}

static mesa_status
near_miss_resample(void *self, const struct mesa_dataset *data,
                   const struct mesa_feedback *feedback,
                   struct mesa_sample *out, struct mesa_rng *rng,
                   struct mesa_error *err)
{
    struct choice c = { .self = self, .data = data };
    size_t *target = mesa_alloc_array(data->n_classes, sizeof *target);
    mesa_status st;

    (void)feedback;
    (void)rng;
    c.row = mesa_alloc_raw(data->x.rows, sizeof *c.row);
    c.keep = mesa_alloc_raw(data->x.rows, sizeof *c.keep);
    if (!target || !c.row || !c.keep)
        st = mesa_nomem(err, data->x.rows, "row numbers");
    else
        st = mesa_strategy_resolve(c.self->sampling_strategy,
                                   MESA_STRATEGY_UNDER, data, target, err);
    if (st == MESA_OK)
        st = look_at_smallest(&c, err);
    for (size_t r = 0; r < data->x.rows && st == MESA_OK; r++)
        c.keep[r] = true;
    for (uint32_t k = 0; k < data->n_classes && st == MESA_OK; k++)
        st = reduce_class(&c, k, target[k], err);
    for (size_t r = 0; r < data->x.rows && st == MESA_OK; r++)
        if (c.keep[r] && mesa_sample_keep(out, r) != MESA_OK)
            st = mesa_nomem(err, data->x.rows, "sampled rows");
    mesa_neighbors_free(c.near);
    mesa_subset_free(&c.smallest);
    mesa_free(c.row);
    mesa_free(c.keep);
    mesa_free(target);
    return st;
}

static const struct mesa_sampler_class near_miss = {
    MESA_SAMPLER(struct near_miss),
    .head.name   = "near_miss",
    .head.title  = "Rows of the larger classes near the smallest class",
    .head.cite   = "Mani and Zhang 2003, ICML Workshop on Learning from "
                   "Imbalanced Datasets",
    .head.params = near_miss_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .resample    = near_miss_resample,
};

MESA_PLUGIN(.name = "near_miss", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&near_miss.head));
