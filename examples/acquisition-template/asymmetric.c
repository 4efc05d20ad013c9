/* SPDX-License-Identifier: MIT */
/*
 * asymmetric.c - an acquisition of your own: asymmetric entropy.
 *
 * Where one class is rare, a model that has learnt nothing says so of every
 * row with the share of that class, not with a half.  Marcellin, Zighed and
 * Ritschard's measure is an entropy whose largest value, 1, is there:
 *
 *     h(p) = p (1 - p) / ((1 - 2 w) p + w^2)
 *
 * with p the probability of the rarer of two classes and w where it is
 * largest; w = 1/2 is four times the Gini index.  O(n), no memory.
 */
#include <mesa/mesa.h>

struct asymmetric {
    double peak;
};

static const struct mesa_param asymmetric_params[] = {
    MESA_REAL(struct asymmetric, peak, "peak", 0.2, 0.0, 1.0,
              "Probability of the rarer class that says least",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_OPEN_MAX),
    MESA_PARAM_END
};

/* Of the rows labelled so far; class 1 if there are as many of both. */
static size_t
rarer_class(const struct mesa_pool *pool)
{
    size_t ones = 0;

    for (size_t i = 0; i < pool->n_labelled; i++)
        ones += pool->label[i] == 1;
    return 2 * ones <= pool->n_labelled;
}

/* What is said of row i is a function of row i: blocks of rows do as well as
 * all of them, and `needs` can stay away. */
static mesa_status
asymmetric_score(const void *self, const struct mesa_pool *pool,
                 double *utility, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    const struct asymmetric *a = self;
    const size_t rare = rarer_class(pool);
    const double w = a->peak;

    (void)rng;
    (void)err;
    for (size_t i = 0; i < pool->n; i++) {
        const double *both = pool->proba + 2 * i;
        const double p = both[rare];

        utility[i] = p * both[1 - rare] / ((1.0 - 2.0 * w) * p + w * w);
    }
    return MESA_OK;
}

/* Without MESA_CLASS_MULTICLASS the core lends pools of two classes only. */
static const struct mesa_acquisition_class asymmetric = {
    MESA_ACQUISITION(struct asymmetric),
    .head.name   = "asymmetric",
    .head.title  = "Rows whose asymmetric entropy is largest",
    .head.cite   = "Marcellin, Zighed and Ritschard 2006, An asymmetric "
                   "entropy measure for decision trees, IPMU 2006",
    .head.params = asymmetric_params,
    .head.flags  = MESA_CLASS_DETERMINISTIC,
    .score       = asymmetric_score,
};

MESA_PLUGIN(.name = "asymmetric", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&asymmetric.head));
