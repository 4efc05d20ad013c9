/* SPDX-License-Identifier: MIT */
/*
 * ramo - SMOTE that starts more often from rows that are hard to learn.
 *
 * The sampler of RAMOBoost.  A row of the class is drawn, with replacement,
 * with a probability proportional to
 *
 *     w / (1 + exp(-alpha delta)),
 *
 * w being its weight (1 in data without weights: the boosting loop sets them)
 * and delta the number of its k1 nearest rows that are of other classes; the
 * new row is a + u (b - a), b one of the k2 rows of the class nearest to a, u
 * uniform in [0, 1).  Rows tied for the last of the k1 places share them in
 * proportion to their classes.  With several classes, each is set against all
 * others.
 */
#include "over.h"

#include <math.h>

struct ramo {
    const char *sampling_strategy;
    int64_t     k_neighbors_1, k_neighbors_2;
    double      alpha;
};

static const struct mesa_param ramo_params[] = {
    MESA_STRING(struct ramo, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_INT(struct ramo, k_neighbors_1, "k_neighbors_1", 5, 1, INT32_MAX,
             "Nearest rows of any class that tell how hard a row is; rows "
             "tied for the last places share them in proportion",
             .choices = over_auto),
    MESA_INT(struct ramo, k_neighbors_2, "k_neighbors_2", 5, 1, INT32_MAX,
             OVER_K_HELP, .choices = over_auto),
    MESA_REAL(struct ramo, alpha, "alpha", 0.3, 0.0, INFINITY,
              "How much a neighbour of another class counts; 0: all rows of "
              "a class alike",
              .flags = MESA_PARAM_OPEN_MAX),
    MESA_PARAM_END
};

/* others[i] becomes the sum of the weights of rows 0 ... i. */
static mesa_status
add_up(struct over *o, double alpha, double *others)
{
    double sum = 0;
    char number[16];

    for (size_t i = 0; i < o->own.n; i++) {
        double w = o->data->weight ? o->data->weight[o->own.row[i]] : 1.0;

        sum += w * mesa_math_sigmoid(alpha * others[i]);
        others[i] = sum;
    }
    if (sum > 0 && isfinite(sum))
        return MESA_OK;
    return mesa_fail(o->err, MESA_EDATA,
                     "the weights of the %zu rows of class %s add up to %g",
                     o->own.n, over_class(o, number), sum);
}

/* The first row whose sum is above x. */
static size_t
find_above(const double *sum, size_t n, double x)
{
    size_t lo = 0, hi = n - 1;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (sum[mid] > x)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

static mesa_status
make_rows(struct over *o, const double *sum, const struct over_ends *ends)
{
    const size_t n = o->own.n;
    mesa_status st = MESA_OK;

    for (size_t j = 0; j < o->wanted && st == MESA_OK; j++) {
        double x = mesa_rng_uniform(&o->rng) * sum[n - 1];
        size_t i = find_above(sum, n, x);
        size_t b = ends->toward[i * ends->k +
                                mesa_rng_below(&o->rng, ends->k)];

        st = mesa_sample_make(o->out, o->own.row[i], b,
                              mesa_rng_uniform(&o->rng), NULL);
    }
    return st;
}

static mesa_status
ramo_class(struct over *o)
{
    const struct ramo *r = o->self;
    struct over_ends ends = { NULL, 0, NULL };
    double *sum = NULL;
    size_t k1, k2 = 0;
    mesa_status st = over_m(o, "k_neighbors_1", r->k_neighbors_1, 5, &k1);

    if (st == MESA_OK)
        st = over_k(o, "k_neighbors_2", r->k_neighbors_2, &k2);
    if (st == MESA_OK)
        st = over_others(o, &o->own, k1, &sum);
    if (st == MESA_OK)
        st = add_up(o, r->alpha, sum);
    if (st == MESA_OK)
        st = over_find(o, &o->own, &o->own, k2, &ends);
    if (st == MESA_OK)
        st = make_rows(o, sum, &ends);
    mesa_free(ends.toward);
    mesa_free(sum);
    return st;
}

static mesa_status
ramo_resample(void *self, const struct mesa_dataset *data,
              const struct mesa_feedback *feedback, struct mesa_sample *out,
              struct mesa_rng *rng, struct mesa_error *err)
{
    const struct ramo *r = self;
    struct over o = { .name = "ramo", .self = r, .data = data, .out = out,
                      .err = err };

    (void)feedback;
    return over_sample(&o, r->sampling_strategy, rng, ramo_class);
}

static const struct mesa_sampler_class ramo = {
    MESA_SAMPLER(struct ramo),
    .head.name   = "ramo",
    .head.title  = "SMOTE that starts from rows by weight and danger",
    .head.cite   = "Chen, He and Garcia 2010, IEEE Transactions on Neural "
                   "Networks 21",
    .head.params = ramo_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_WEIGHTS,
    .resample    = ramo_resample,
};

MESA_PLUGIN(.name = "ramo", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&ramo.head));
