/* SPDX-License-Identifier: MIT */
/*
 * density_weighted - rows of what another acquisition wants, in the midst of
 * others rather than on their own: information density.
 *
 * The utility of the other acquisition (its score: how it chooses batches is
 * not used) times density^beta (Settles and Craven 2008, equation 13).  The
 * density of a row is
 *
 *     cosine     the paper's: its mean cosine to the rows of the pool, itself
 *                among them, which is its cosine to the mean of the rows of
 *                length 1, times the length of that; 0 if negative, or for a
 *                row of zeros;
 *     neighbors  1 / (1 + its mean distance to its k nearest in the pool).
 *
 * Counts of words, which the paper has, point the same way; columns about 0 do
 * not, and their mean is a direction by accident: hence neighbors by default.
 *
 * O(n * columns), or what finding neighbours costs, besides the other's: in
 * many columns that is n^2 distances of the whole pool in each query, for
 * which cosine is the way out.
 */
#include "inner.h"

#include <math.h>

struct density_weighted {
    struct inner base;
    double       beta;
    int          similarity;
    int64_t      n_neighbors;
};

enum { COSINE, NEIGHBORS };

static const struct mesa_choice density_similarities[] = {
    { "cosine", COSINE, "mean cosine to the rows of the pool" },
    { "neighbors", NEIGHBORS,
      "1 / (1 + mean distance to the nearest rows of the pool)" },
    { NULL, 0, NULL }
};

static const struct mesa_param density_weighted_params[] = {
    MESA_COMPONENT(struct density_weighted, base.acquisition, "acquisition",
                   MESA_KIND_ACQUISITION, "entropy",
                   "What the densities are for"),
    MESA_REAL(struct density_weighted, beta, "beta", 1.0, 0.0, 100.0,
              "Power of the density; 0: it does not count"),
    MESA_CHOICE(struct density_weighted, similarity, "similarity", NEIGHBORS,
                density_similarities, "What density is the mean of"),
    MESA_INT(struct density_weighted, n_neighbors, "n_neighbors", 5, 1, 10000,
             "Nearest rows that similarity = neighbors looks at; all others "
             "where there are fewer"),
    MESA_PARAM_END
};

static mesa_status
density_weighted_init(void *self, struct mesa_error *err)
{
    return inner_init(&((struct density_weighted *)self)->base, err);
}

static void
density_weighted_fini(void *self)
{
    inner_fini(&((struct density_weighted *)self)->base);
}

/* A row's length in units of its largest value, which may be any: *unit, 0 if
 * all are 0. */
static double
length_of(const double *row, size_t n, double *unit)
{
    double largest = 0.0, sum = 0.0;

    for (size_t j = 0; j < n; j++)
        largest = fabs(row[j]) > largest ? fabs(row[j]) : largest;
    *unit = largest;
    for (size_t j = 0; j < n && largest > 0.0; j++)
        sum += (row[j] / largest) * (row[j] / largest);
    return sqrt(sum);
}

static mesa_status
cosine_density(const struct mesa_cmatrix *x, double *density,
               struct mesa_error *err)
{
    double *mean = mesa_alloc_array(x->cols, sizeof *mean);

    if (!mean)
        return mesa_nomem(err, x->cols, "means");
    for (size_t r = 0; r < x->rows; r++) {
        const double *row = mesa_row(x, r);
        double unit, length = length_of(row, x->cols, &unit);

        for (size_t j = 0; j < x->cols && unit > 0.0; j++)
            mean[j] += row[j] / unit / length / (double)x->rows;
    }
    for (size_t r = 0; r < x->rows; r++) {
        const double *row = mesa_row(x, r);
        double unit, length = length_of(row, x->cols, &unit), dot = 0.0;

        for (size_t j = 0; j < x->cols && unit > 0.0; j++)
            dot += row[j] / unit * mean[j];
        density[r] = dot > 0.0 ? dot / length : 0.0;
    }
    mesa_free(mean);
    return MESA_OK;
}

/* Mean distances are the same in any order of equally far rows. */
static mesa_status
neighbor_density(const struct mesa_cmatrix *x, size_t k, double *density,
                 struct mesa_error *err)
{
    const struct mesa_dataset data = { .struct_size = sizeof data, .x = *x };
    const struct mesa_query query = { .struct_size = sizeof query, .k = k };
    struct mesa_neighbors *nb = NULL;
    size_t *index = mesa_alloc_raw(x->rows, k * sizeof *index);
    double *distance = mesa_alloc_raw(x->rows, k * sizeof *distance);
    mesa_status st = index && distance
                         ? mesa_neighbors_new(&data, MESA_EUCLIDEAN, &nb, err)
                         : mesa_nomem(err, x->rows * k, "neighbours");

    if (st == MESA_OK)
        st = mesa_neighbors_find(nb, &query, index, distance, err);
    for (size_t r = 0; r < x->rows && st == MESA_OK; r++) {
        double sum = 0.0;

        for (size_t j = 0; j < k; j++)
            sum += distance[r * k + j];
        density[r] = 1.0 / (1.0 + sum / (double)k);
    }
    mesa_neighbors_free(nb);
    mesa_free(index);
    mesa_free(distance);
    return st;
}

static mesa_status
density_of(const struct density_weighted *w, const struct mesa_cmatrix *x,
           double *density, struct mesa_error *err)
{
    const size_t k = (size_t)w->n_neighbors;

    if (w->similarity == COSINE)
        return cosine_density(x, density, err);
    density[0] = 1.0;
    return x->rows < 2 ? MESA_OK
                       : neighbor_density(x, k < x->rows ? k : x->rows - 1,
                                          density, err);
}

static mesa_status
density_weighted_score(const void *self, const struct mesa_pool *pool,
                       double *utility, struct mesa_rng *rng,
                       struct mesa_error *err)
{
    const struct density_weighted *w = self;
    double *density = mesa_alloc_raw(pool->n, sizeof *density);
    mesa_status st = density ? MESA_OK
                             : mesa_nomem(err, pool->n, "densities");

    if (st == MESA_OK)
        st = mesa_acquisition_score(w->base.made, pool, utility, rng, err);
    if (st == MESA_OK)
        st = density_of(w, &pool->x, density, err);
    for (size_t i = 0; i < pool->n && st == MESA_OK; i++)
        utility[i] *= mesa_math_pow(density[i], w->beta);
    mesa_free(density);
    return st;
}

static uint32_t
density_weighted_needs(const void *self)
{
    const struct density_weighted *w = self;

    return inner_needs(&w->base) | MESA_POOL_WHOLE;
}

static const struct mesa_acquisition_class density_weighted = {
    MESA_ACQUISITION(struct density_weighted),
    .head.name   = "density_weighted",
    .head.title  = "What another acquisition wants, in dense places first",
    .head.cite   = "Settles and Craven 2008, An analysis of active learning "
                   "strategies for sequence labeling tasks, EMNLP",
    .head.params = density_weighted_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .head.init   = density_weighted_init,
    .head.fini   = density_weighted_fini,
    .score       = density_weighted_score,
    .needs       = density_weighted_needs,
};

MESA_PLUGIN(.name = "density_weighted", .version = MESA_VERSION,
            .license = "MIT",
            .classes = MESA_CLASSES(&density_weighted.head));
