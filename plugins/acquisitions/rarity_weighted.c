/* SPDX-License-Identifier: MIT */
/*
 * rarity_weighted - rows of what another acquisition wants, of rare classes
 * rather than of common ones.
 *
 * The utility of the other acquisition (its score: how it chooses batches is
 * not used) times sum_c p_c w_c, where p are the row's probabilities and
 *
 *     w_c ~ ((n + C) / (C (n_c + 1)))^power,  mean_c w_c = 1,
 *
 * for n_c of n labelled rows, or the sum of p_c over a pool of n rows, being
 * of class c of C.  Ours.  O(n * C) besides the other's.
 */
#include "inner.h"

struct rarity_weighted {
    struct inner base;
    double       power;
    int          prior;
};

enum { LABELLED, POOL };

static const struct mesa_choice rarity_priors[] = {
    { "labelled", LABELLED, "rows labelled so far" },
    { "pool", POOL, "what the model says of the rows of the pool" },
    { NULL, 0, NULL }
};

static const struct mesa_param rarity_weighted_params[] = {
    MESA_COMPONENT(struct rarity_weighted, base.acquisition, "acquisition",
                   MESA_KIND_ACQUISITION, "breaking_ties",
                   "What the weights are for"),
    MESA_REAL(struct rarity_weighted, power, "power", 2.0, 0.0, 10.0,
              "How much rare classes count: 0 not, 1 as rare as they are"),
    MESA_CHOICE(struct rarity_weighted, prior, "prior", LABELLED,
                rarity_priors, "What says how rare classes are"),
    MESA_PARAM_END
};

static mesa_status
rarity_weighted_init(void *self, struct mesa_error *err)
{
    return inner_init(&((struct rarity_weighted *)self)->base, err);
}

static void
rarity_weighted_fini(void *self)
{
    inner_fini(&((struct rarity_weighted *)self)->base);
}

/* How many rows there are of each class. */
static double
count_rows(const struct rarity_weighted *w, const struct mesa_pool *pool,
           double *count)
{
    const size_t k = pool->n_classes;

    for (size_t c = 0; c < k; c++)
        count[c] = 0.0;
    if (w->prior == POOL) {
        for (size_t i = 0; i < pool->n; i++)
            for (size_t c = 0; c < k; c++)
                count[c] += pool->proba[i * k + c];
        return (double)pool->n;
    }
    for (size_t i = 0; i < pool->n_labelled; i++)
        count[pool->label[i]] += 1.0;
    return (double)pool->n_labelled;
}

/* In place of the counts. */
static void
weigh(const struct rarity_weighted *w, double n, size_t classes, double *count)
{
    const double k = (double)classes;
    double sum = 0.0;

    for (size_t c = 0; c < classes; c++) {
        count[c] = mesa_math_pow((n + k) / (k * (count[c] + 1.0)), w->power);
        sum += count[c];
    }
    for (size_t c = 0; c < classes; c++)
        count[c] /= sum / k;
}

static mesa_status
rarity_weighted_score(const void *self, const struct mesa_pool *pool,
                      double *utility, struct mesa_rng *rng,
                      struct mesa_error *err)
{
    const struct rarity_weighted *w = self;
    const size_t k = pool->n_classes;
    double *weight = mesa_alloc_raw(k, sizeof *weight);
    mesa_status st = weight ? MESA_OK : mesa_nomem(err, k, "weights");

    if (st == MESA_OK)
        st = mesa_acquisition_score(w->base.made, pool, utility, rng, err);
    if (st == MESA_OK)
        weigh(w, count_rows(w, pool, weight), k, weight);
    for (size_t i = 0; i < pool->n && st == MESA_OK; i++) {
        double sum = 0.0;

        for (size_t c = 0; c < k; c++)
            sum += pool->proba[i * k + c] * weight[c];
        utility[i] *= sum;
    }
    mesa_free(weight);
    return st;
}

static uint32_t
rarity_weighted_needs(const void *self)
{
    const struct rarity_weighted *w = self;

    return inner_needs(&w->base) |
           (w->prior == POOL ? (uint32_t)MESA_POOL_WHOLE : 0);
}

static const struct mesa_acquisition_class rarity_weighted = {
    MESA_ACQUISITION(struct rarity_weighted),
    .head.name   = "rarity_weighted",
    .head.title  = "What another acquisition wants, rare classes first",
    .head.params = rarity_weighted_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .head.init   = rarity_weighted_init,
    .head.fini   = rarity_weighted_fini,
    .score       = rarity_weighted_score,
    .needs       = rarity_weighted_needs,
};

MESA_PLUGIN(.name = "rarity_weighted", .version = MESA_VERSION,
            .license = "MIT",
            .classes = MESA_CLASSES(&rarity_weighted.head));
