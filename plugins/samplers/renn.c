/* SPDX-License-Identifier: MIT */
/*
 * renn - repeated edited nearest neighbours (Tomek 1976).
 *
 * Passes of enn over what is left, until one drops nothing, a class has gone,
 * another class has fewer rows than the smallest had at first, or max_iter
 * passes are done; the result of the last pass counts, as it does in
 * imbalanced-learn, whose rows these are where no distances are tied (clean.h
 * says what is done where they are).  Should less rows than n_neighbors be
 * left, all of them are neighbours.  Each pass costs what enn does.
 */
#include "clean.h"

struct renn {
    const char *sampling_strategy;
    int64_t     n_neighbors;
    int64_t     max_iter;
    int         kind_sel;
};

static const struct mesa_param renn_params[] = {
    MESA_STRING(struct renn, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_INT(struct renn, n_neighbors, "n_neighbors", 3, 1, 1000000,
             CLEAN_N_NEIGHBORS_HELP, .choices = clean_auto),
    MESA_CHOICE(struct renn, kind_sel, "kind_sel", CLEAN_ALL, clean_kinds,
                "Which rows stay"),
    MESA_INT(struct renn, max_iter, "max_iter", 100, 1, INT64_MAX,
             "Passes at most"),
    MESA_PARAM_END
};

static mesa_status
renn_clean(const struct renn *renn, struct clean *c, struct mesa_error *err)
{
    size_t k, before = SIZE_MAX;
    mesa_status st = clean_k(c, renn->n_neighbors, &k, err);

    for (int64_t i = 0; i < renn->max_iter && st == MESA_OK; i++) {
        if (c->n == before || clean_emptied(c) || clean_outnumbered(c))
            break;
        before = c->n;
        st = clean_pass(c, k, (enum clean_kind)renn->kind_sel, err);
    }
    return st;
}

static mesa_status
renn_resample(void *self, const struct mesa_dataset *data,
              const struct mesa_feedback *feedback,
              struct mesa_sample *out, struct mesa_rng *rng,
              struct mesa_error *err)
{
    const struct renn *renn = self;
    struct clean c;
    mesa_status st = clean_init(&c, data, renn->sampling_strategy, err);

    (void)feedback;
    (void)rng;
    if (st == MESA_OK)
        st = renn_clean(renn, &c, err);
    if (st == MESA_OK)
        st = clean_report(&c, out, err);
    clean_free(&c);
    return st;
}

static const struct mesa_sampler_class renn = {
    MESA_SAMPLER(struct renn),
    .head.name   = "renn",
    .head.title  = "Edited nearest neighbours, repeated until nothing changes",
    .head.cite   = "Tomek 1976, IEEE Transactions on Systems, Man and "
                   "Cybernetics 6",
    .head.params = renn_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .resample    = renn_resample,
};

MESA_PLUGIN(.name = "renn", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&renn.head));
