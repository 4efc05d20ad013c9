/* SPDX-License-Identifier: MIT */
/*
 * smote - make rows of the smaller classes between rows that are near.
 *
 * All rows stay.  Each new row of a class is a + u (b - a): a one of its
 * rows, b one of the k rows of the class nearest to a, u uniform in [0, 1),
 * all drawn at random.  Cost O(n k) for the draws after an exact search for
 * neighbours among the n rows of the class.
 *
 * Rows that exist several times are neighbours of each other, as long as they
 * are different rows; imbalanced-learn drops the first neighbour instead,
 * which need not be the row itself then.
 */
#include "over.h"

struct smote {
    const char *sampling_strategy;
    int64_t     k_neighbors;
};

static const struct mesa_param smote_params[] = {
    MESA_STRING(struct smote, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_INT(struct smote, k_neighbors, "k_neighbors", 5, 1, INT32_MAX,
             OVER_K_HELP, .choices = over_auto),
    MESA_PARAM_END
};

static mesa_status
smote_class(struct over *o)
{
    const struct smote *s = o->self;
    struct over_ends ends = { NULL, 0, NULL };
    size_t k;
    mesa_status st = over_k(o, "k_neighbors", s->k_neighbors, &k);

    if (st == MESA_OK)
        st = over_find(o, &o->own, &o->own, k, &ends);
    if (st == MESA_OK)
        st = over_between(o, &ends, o->wanted, 1.0);
    mesa_free(ends.toward);
    return st;
}

static mesa_status
smote_resample(void *self, const struct mesa_dataset *data,
               const struct mesa_feedback *feedback, struct mesa_sample *out,
               struct mesa_rng *rng, struct mesa_error *err)
{
    const struct smote *s = self;
    struct over o = { .name = "smote", .self = s, .data = data, .out = out,
                      .err = err };

    (void)feedback;
    return over_sample(&o, s->sampling_strategy, rng, smote_class);
}

static const struct mesa_sampler_class smote = {
    MESA_SAMPLER(struct smote),
    .head.name   = "smote",
    .head.title  = "New rows between near rows of the smaller classes (SMOTE)",
    .head.cite   = "Chawla, Bowyer, Hall and Kegelmeyer 2002, Journal of "
                   "Artificial Intelligence Research 16",
    .head.params = smote_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = smote_resample,
};

MESA_PLUGIN(.name = "smote", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&smote.head));
