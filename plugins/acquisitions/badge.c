/* SPDX-License-Identifier: MIT */
/*
 * badge - batches that are uncertain and diverse: k-means++ on gradients.
 *
 * A row's gradient embedding is that of the log loss in the last layer, for
 * the class that is likeliest: (onehot(argmax p) - p) (x) h, where h is what
 * the last hidden layer makes of the row, or else its features and a 1.  The
 * first pick has the largest norm; each further one is drawn with probability
 * proportional to its squared distance to the nearest pick, and is the lowest
 * row left where all distances are 0 (Ash et al. 2020, algorithm 1).
 *
 * Embeddings have classes * columns numbers, but are products: squared
 * distances are |a|^2 |h|^2 + |b|^2 |g|^2 - 2 (a . b) (h . g), so that nothing
 * of that size is ever made.  O(n * k * (classes + columns)), parallel over
 * rows, n * classes numbers of memory.  The whole pool is looked at for each
 * pick: on a large one, budget decides what a query costs.
 */
#include "batch.h"

#include <math.h>
#include <string.h>

struct gradients {
    const struct mesa_cmatrix *h;
    double  bias;    /* what a further column of ones adds to h . h' */
    size_t  n, classes;
    double *a;       /* n by classes: onehot(argmax p) - p            */
    double *norm2;   /* squared                                       */
    double *near;    /* to the nearest pick, squared; BATCH_CHOSEN    */
    size_t  center;  /* the last pick                                 */
};

static double
product(const struct gradients *g, size_t i, size_t j)
{
    const size_t k = g->classes;

    return mesa_vdot(g->a + i * k, g->a + j * k, k) *
           (mesa_vdot(mesa_row(g->h, i), mesa_row(g->h, j), g->h->cols) +
            g->bias);
}

static mesa_status
prepare_chunk(void *context, size_t i, struct mesa_error *err)
{
    const struct gradients *g = context;

    (void)err;
    for (size_t r = i * BATCH_CHUNK; r < batch_end(i, g->n); r++) {
        double *a = g->a + r * g->classes;
        size_t likeliest = 0;

        for (size_t c = 1; c < g->classes; c++)
            if (a[c] > a[likeliest])
                likeliest = c;
        for (size_t c = 0; c < g->classes; c++)
            a[c] = (c == likeliest ? 1.0 : 0.0) - a[c];
        g->norm2[r] = product(g, r, r);
        g->near[r] = INFINITY;
    }
    return MESA_OK;
}

/* Gradients of the rows of a pool; norm2 is lent. */
static mesa_status
open_gradients(struct gradients *g, const struct mesa_pool *pool,
               double *norm2, struct mesa_error *err)
{
    const size_t n = pool->n, each = pool->n_classes + 1;

    *g = (struct gradients){ .h = batch_points(pool), .n = n,
                             .classes = pool->n_classes, .norm2 = norm2 };
    g->bias = g->h == &pool->x ? 1.0 : 0.0;
    g->a = mesa_alloc_raw(n, each * sizeof *g->a);
    if (!g->a)
        return mesa_nomem(err, n * each, "gradients");
    g->near = g->a + n * pool->n_classes;
    memcpy(g->a, pool->proba, n * pool->n_classes * sizeof *g->a);
    return mesa_parallel_for(BATCH_CHUNKS(n), prepare_chunk, g, err);
}

static mesa_status
badge_score(const void *self, const struct mesa_pool *pool, double *utility,
            struct mesa_rng *rng, struct mesa_error *err)
{
    struct gradients g;
    mesa_status st = open_gradients(&g, pool, utility, err);

    (void)self;
    (void)rng;
    for (size_t r = 0; r < pool->n && st == MESA_OK; r++)
        utility[r] = sqrt(utility[r]);
    mesa_free(g.a);
    return st;
}

/* Rounding must not make a squared distance negative. */
static mesa_status
approach_chunk(void *context, size_t i, struct mesa_error *err)
{
    const struct gradients *g = context;

    (void)err;
    for (size_t r = i * BATCH_CHUNK; r < batch_end(i, g->n); r++) {
        double d;

        if (g->near[r] == BATCH_CHOSEN)
            continue;
        d = g->norm2[r] + g->norm2[g->center] -
            2.0 * product(g, r, g->center);
        d = d > 0.0 ? d : 0.0;
        if (d < g->near[r])
            g->near[r] = d;
    }
    return MESA_OK;
}

/* The place where the sum of squared distances, in order, passes `left`; the
 * first one left if all distances are 0. */
static size_t
draw(const struct gradients *g, double left)
{
    size_t pick = SIZE_MAX;
    double sum = 0.0;

    for (size_t r = 0; r < g->n && sum <= left; r++)
        if (g->near[r] > 0.0) {
            sum += g->near[r];
            pick = r;
        }
    for (size_t r = 0; r < g->n && pick == SIZE_MAX; r++)
        if (g->near[r] != BATCH_CHOSEN)
            pick = r;
    return pick;
}

/* One more, by the distances to what was picked last, at place i - 1. */
static mesa_status
pick_next(struct gradients *g, size_t i, size_t *pick, double *utility,
          struct mesa_rng *rng, struct mesa_error *err)
{
    double total = 0.0;
    mesa_status st;

    g->center = pick[i - 1];
    g->near[g->center] = BATCH_CHOSEN;
    st = mesa_parallel_for(BATCH_CHUNKS(g->n), approach_chunk, g, err);
    if (st != MESA_OK)
        return st;
    for (size_t r = 0; r < g->n; r++)
        total += g->near[r] > 0.0 ? g->near[r] : 0.0;
    if (!isfinite(total))
        return mesa_fail(err, MESA_ENUMERIC,
                         "squared distances between gradients of %zu rows "
                         "add up to %g", g->n, total);
    pick[i] = draw(g, mesa_rng_uniform(rng) * total);
    utility[i] = sqrt(g->near[pick[i]]);
    return MESA_OK;
}

static mesa_status
badge_select(const void *self, const struct mesa_pool *pool, size_t k,
             size_t *pick, double *utility, struct mesa_rng *rng,
             struct mesa_error *err)
{
    double *norm2 = mesa_alloc_raw(pool->n, sizeof *norm2);
    struct gradients g = { .a = NULL };
    mesa_status st = norm2 ? open_gradients(&g, pool, norm2, err)
                           : mesa_nomem(err, pool->n, "gradients");

    (void)self;
    if (st == MESA_OK)
        st = mesa_top_k(norm2, pool->n, 1, pick, err);
    if (st == MESA_OK)
        utility[0] = sqrt(norm2[pick[0]]);
    for (size_t i = 1; i < k && st == MESA_OK; i++)
        st = pick_next(&g, i, pick, utility, rng, err);
    mesa_free(g.a);
    mesa_free(norm2);
    return st;
}

static uint32_t
badge_needs(const void *self)
{
    (void)self;
    return MESA_POOL_WHOLE | MESA_POOL_EMBEDDING;
}

static const struct mesa_acquisition_class badge = {
    MESA_ACQUISITION(char),
    .head.name  = "badge",
    .head.title = "Batches of rows whose gradients are large and different",
    .head.cite  = "Ash et al. 2020, Deep batch active learning by diverse, "
                  "uncertain gradient lower bounds, ICLR",
    .head.flags = MESA_CLASS_MULTICLASS,
    .score      = badge_score,
    .select     = badge_select,
    .needs      = badge_needs,
};

MESA_PLUGIN(.name = "badge", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&badge.head));
