/* SPDX-License-Identifier: MIT */
/*
 * coreset - rows that no labelled row is near: k-centre greedy.
 *
 * Each pick is the row furthest from the nearest row that is labelled or
 * picked already, the first of several (Sener and Savarese 2018, algorithm 1;
 * without its mixed-integer refinement).  Distances are Euclidean, in the
 * model's last hidden layer if it has one, else in its features.  Where no
 * row is labelled, the first pick is the one nearest the mean.
 *
 * O(n * (labelled + k) * columns), parallel over rows, of the whole pool at
 * once: a query of 100 among 100 000 rows with 1000 labelled takes 1.1e8
 * distances.
 */
#include "batch.h"

#include <math.h>

/* Squared distances of points to the nearest of the centres so far. */
struct coverage {
    const struct mesa_cmatrix *points;
    struct mesa_cmatrix        centers; /* to look at next              */
    double                    *near;    /* BATCH_CHOSEN for those picked */
};

static mesa_status
cover_chunk(void *context, size_t i, struct mesa_error *err)
{
    const struct coverage *c = context;
    const size_t end = batch_end(i, c->points->rows);

    (void)err;
    for (size_t r = i * BATCH_CHUNK; r < end; r++) {
        const double *row = mesa_row(c->points, r);

        for (size_t k = 0; k < c->centers.rows; k++) {
            double d = batch_distance2(row, mesa_row(&c->centers, k),
                                       c->points->cols);

            if (d < c->near[r])
                c->near[r] = d;
        }
    }
    return MESA_OK;
}

static mesa_status
cover(struct coverage *c, const struct mesa_cmatrix *centers,
      struct mesa_error *err)
{
    c->centers = *centers;
    return mesa_parallel_for(BATCH_CHUNKS(c->points->rows), cover_chunk, c,
                             err);
}

static void
forget_centers(const struct coverage *c)
{
    for (size_t r = 0; r < c->points->rows; r++)
        c->near[r] = INFINITY;
}

/* From the mean, where there is no labelled row. */
static mesa_status
cover_mean(struct coverage *c, struct mesa_error *err)
{
    const struct mesa_cmatrix *x = c->points;
    double *mean = mesa_alloc_array(x->cols, sizeof *mean);
    const struct mesa_cmatrix center = { mean, 1, x->cols, x->cols, NULL };
    mesa_status st;

    if (!mean)
        return mesa_nomem(err, x->cols, "means");
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++)
            mean[j] += mesa_row(x, r)[j] / (double)x->rows;
    st = cover(c, &center, err);
    mesa_free(mean);
    return st;
}

static mesa_status
coreset_score(const void *self, const struct mesa_pool *pool, double *utility,
              struct mesa_rng *rng, struct mesa_error *err)
{
    const struct mesa_cmatrix *labelled = batch_labelled(pool);
    struct coverage c = { .points = batch_points(pool), .near = utility };
    mesa_status st;

    (void)self;
    (void)rng;
    forget_centers(&c);
    st = labelled->rows > 0 ? cover(&c, labelled, err) : cover_mean(&c, err);
    for (size_t r = 0; r < pool->n && st == MESA_OK; r++) {
        double d = sqrt(utility[r]);

        utility[r] = labelled->rows > 0 ? d : 1.0 / (1.0 + d);
    }
    return st;
}

/* The place furthest off, the first of several. */
static size_t
furthest(const struct coverage *c)
{
    size_t best = SIZE_MAX;

    for (size_t r = 0; r < c->points->rows; r++)
        if (c->near[r] != BATCH_CHOSEN &&
            (best == SIZE_MAX || c->near[r] > c->near[best]))
            best = r;
    return best;
}

/* Picks after the first `done`, given what is covered so far. */
static mesa_status
pick_rest(struct coverage *c, size_t done, size_t k, size_t *pick,
          double *utility, struct mesa_error *err)
{
    struct mesa_cmatrix center = *c->points;
    mesa_status st = MESA_OK;

    center.rows = 1;
    center.index = NULL;
    for (size_t i = 0; i < k && st == MESA_OK; i++) {
        if (i >= done) {
            pick[i] = furthest(c);
            utility[i] = sqrt(c->near[pick[i]]);
        }
        center.data = mesa_row(c->points, pick[i]);
        c->near[pick[i]] = BATCH_CHOSEN;
        if (i + 1 < k)
            st = cover(c, &center, err);
    }
    return st;
}

static mesa_status
coreset_select(const void *self, const struct mesa_pool *pool, size_t k,
               size_t *pick, double *utility, struct mesa_rng *rng,
               struct mesa_error *err)
{
    const struct mesa_cmatrix *labelled = batch_labelled(pool);
    double *near = mesa_alloc_raw(pool->n, sizeof *near);
    struct coverage c = { .points = batch_points(pool), .near = near };
    size_t done = 0;
    mesa_status st = MESA_OK;

    if (!near)
        return mesa_nomem(err, pool->n, "distances");
    forget_centers(&c);
    if (labelled->rows > 0) {
        st = cover(&c, labelled, err);
    } else {
        st = coreset_score(self, pool, near, rng, err);
        if (st == MESA_OK)
            st = mesa_top_k(near, pool->n, 1, pick, err);
        if (st == MESA_OK)
            utility[0] = near[pick[0]];
        forget_centers(&c);
        done = 1;
    }
    if (st == MESA_OK)
        st = pick_rest(&c, done, k, pick, utility, err);
    mesa_free(near);
    return st;
}

static uint32_t
coreset_needs(const void *self)
{
    (void)self;
    return MESA_POOL_WHOLE | MESA_POOL_LABELLED | MESA_POOL_EMBEDDING;
}

static const struct mesa_acquisition_class coreset = {
    MESA_ACQUISITION(char),
    .head.name  = "coreset",
    .head.title = "Rows far from every labelled row, and from each other",
    .head.cite  = "Sener and Savarese 2018, Active learning for convolutional "
                  "neural networks: a core-set approach, ICLR",
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .score      = coreset_score,
    .select     = coreset_select,
    .needs      = coreset_needs,
};

MESA_PLUGIN(.name = "coreset", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&coreset.head));
