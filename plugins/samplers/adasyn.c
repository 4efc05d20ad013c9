/* SPDX-License-Identifier: MIT */
/*
 * adasyn - more new rows from rows that have more neighbours of other
 * classes.
 *
 * Of the n rows that a class is to gain, row i gets n r_i / sum(r), rounded
 * with halves to even, where r_i counts the rows of other classes among its k
 * nearest; so not quite n may be made.  Each is a + u (b - a) with a row i, b
 * one of the k rows of the class nearest to it, u uniform in [0, 1).
 *
 * Rows tied for the last of the k places share them in proportion to their
 * classes, where imbalanced-learn takes whichever comes first.
 */
#include "over.h"

#include <math.h>

struct adasyn {
    const char *sampling_strategy;
    int64_t     n_neighbors;
};

static const struct mesa_param adasyn_params[] = {
    MESA_STRING(struct adasyn, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_INT(struct adasyn, n_neighbors, "n_neighbors", 5, 1, INT32_MAX,
             "Nearest rows of any class that tell how many rows to make of "
             "one (rows tied for the last places share them in proportion), "
             "and of its class that new rows may lie towards; auto takes "
             "fewer where the class is small",
             .choices = over_auto),
    MESA_PARAM_END
};

/* others[i] becomes how many rows to make from row i. */
static mesa_status
share_out(struct over *o, double *others)
{
    double sum = 0, made = 0;
    char number[16];

    for (size_t i = 0; i < o->own.n; i++)
        sum += others[i];
    if (!(sum > 0))
        return mesa_fail(o->err, MESA_EDATA,
                         "no row of class %s has a neighbour of another "
                         "class, so there is nothing to share the new rows "
                         "out by; smote needs none",
                         over_class(o, number));
    for (size_t i = 0; i < o->own.n; i++) {
        others[i] = rint(others[i] * (double)o->wanted / sum);
        made += others[i];
    }
    if (!(made > 0))
        return mesa_fail(o->err, MESA_EDATA,
                         "%zu new rows of class %s are less than half a row "
                         "for each of its %zu, so none is made; smote "
                         "would make them",
                         o->wanted, over_class(o, number), o->own.n);
    return MESA_OK;
}

static mesa_status
make_from(struct over *o, const struct over_ends *ends, size_t i, size_t n)
{
    mesa_status st = MESA_OK;

    for (size_t j = 0; j < n && st == MESA_OK; j++) {
        size_t b = ends->toward[i * ends->k +
                                mesa_rng_below(&o->rng, ends->k)];

        st = mesa_sample_make(o->out, ends->base->row[i], b,
                              mesa_rng_uniform(&o->rng), NULL);
    }
    return st;
}

static mesa_status
adasyn_class(struct over *o)
{
    const struct adasyn *a = o->self;
    struct over_ends ends = { NULL, 0, NULL };
    double *share = NULL;
    size_t k;
    mesa_status st = over_k(o, "n_neighbors", a->n_neighbors, &k);

    if (st == MESA_OK)
        st = over_others(o, &o->own, k, &share);
    if (st == MESA_OK)
        st = share_out(o, share);
    if (st == MESA_OK)
        st = over_find(o, &o->own, &o->own, k, &ends);
    for (size_t i = 0; i < o->own.n && st == MESA_OK; i++)
        st = make_from(o, &ends, i, (size_t)share[i]);
    mesa_free(ends.toward);
    mesa_free(share);
    return st;
}

static mesa_status
adasyn_resample(void *self, const struct mesa_dataset *data,
                const struct mesa_feedback *feedback, struct mesa_sample *out,
                struct mesa_rng *rng, struct mesa_error *err)
{
    const struct adasyn *a = self;
    struct over o = { .name = "adasyn", .self = a, .data = data, .out = out,
                      .err = err };

    (void)feedback;
    return over_sample(&o, a->sampling_strategy, rng, adasyn_class);
}

static const struct mesa_sampler_class adasyn = {
    MESA_SAMPLER(struct adasyn),
    .head.name   = "adasyn",
    .head.title  = "SMOTE with more rows where other classes are near",
    .head.cite   = "He, Bai, Garcia and Li 2008, International Joint "
                   "Conference on Neural Networks",
    .head.params = adasyn_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = adasyn_resample,
};

MESA_PLUGIN(.name = "adasyn", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&adasyn.head));
