/* SPDX-License-Identifier: MIT */
/*
 * enn - edited nearest neighbours.
 *
 * A row of a targeted class goes if any of its n_neighbors nearest rows is of
 * another class (all), or if another class has more of them (mode; Wilson
 * 1972).  Rows of all classes are neighbours.  Neighbours that are equally
 * far away share the places left (clean.h), so a row stays among its equals
 * when nearly all of them are of its class; without ties, rows are
 * imbalanced-learn's.  The cost is that of one neighbour search for each row
 * of a targeted class.
 */
#include "clean.h"

struct enn {
    const char *sampling_strategy;
    int64_t     n_neighbors;
    int         kind_sel;
};

static const struct mesa_param enn_params[] = {
    MESA_STRING(struct enn, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_INT(struct enn, n_neighbors, "n_neighbors", 3, 1, 1000000,
             CLEAN_N_NEIGHBORS_HELP, .choices = clean_auto),
    MESA_CHOICE(struct enn, kind_sel, "kind_sel", CLEAN_ALL, clean_kinds,
                "Which rows stay"),
    MESA_PARAM_END
};

static mesa_status
enn_resample(void *self, const struct mesa_dataset *data,
             const struct mesa_feedback *feedback,
             struct mesa_sample *out, struct mesa_rng *rng,
             struct mesa_error *err)
{
    const struct enn *enn = self;
    struct clean c;
    size_t k = 0;
    mesa_status st = clean_init(&c, data, enn->sampling_strategy, err);

    (void)feedback;
    (void)rng;
    if (st == MESA_OK)
        st = clean_k(&c, enn->n_neighbors, &k, err);
    if (st == MESA_OK)
        st = clean_pass(&c, k, (enum clean_kind)enn->kind_sel, err);
    if (st == MESA_OK)
        st = clean_report(&c, out, err);
    clean_free(&c);
    return st;
}

static const struct mesa_sampler_class enn = {
    MESA_SAMPLER(struct enn),
    .head.name   = "enn",
    .head.title  = "Removal of rows that their neighbours speak against",
    .head.cite   = "Wilson 1972, IEEE Transactions on Systems, Man and "
                   "Cybernetics 2",
    .head.params = enn_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .resample    = enn_resample,
};

MESA_PLUGIN(.name = "enn", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&enn.head));
