/* SPDX-License-Identifier: MIT */
/*
 * all_knn - edited nearest neighbours with ever more neighbours (Tomek 1976).
 *
 * A pass of enn with 1 neighbour, then with 2 over what is left, and so on up
 * to n_neighbors; it ends early when a class has gone or, unless
 * allow_minority, another class has fewer rows than the smallest had at
 * first.  The result of the last pass counts, as it does in imbalanced-learn,
 * whose rows these are where no distances are tied (clean.h says what is done
 * where they are).  Each pass costs what enn does.
 */
#include "clean.h"

struct all_knn {
    const char *sampling_strategy;
    int64_t     n_neighbors;
    int         kind_sel;
    bool        allow_minority;
};

static const struct mesa_param all_knn_params[] = {
    MESA_STRING(struct all_knn, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_INT(struct all_knn, n_neighbors, "n_neighbors", 3, 1, 1000000,
             "Neighbours that judge a row in the last pass; equally far ones "
             "share the places left", .choices = clean_auto),
    MESA_CHOICE(struct all_knn, kind_sel, "kind_sel", CLEAN_ALL, clean_kinds,
                "Which rows stay"),
    MESA_BOOL(struct all_knn, allow_minority, "allow_minority", false,
              "Go on when another class has fewer rows than the smallest had"),
    MESA_PARAM_END
};

static mesa_status
all_knn_clean(const struct all_knn *a, struct clean *c, struct mesa_error *err)
{
    size_t most;
    mesa_status st = clean_k(c, a->n_neighbors, &most, err);

    for (size_t k = 1; st == MESA_OK && k <= most; k++) {
        if (clean_emptied(c) || (!a->allow_minority && clean_outnumbered(c)))
            break;
        st = clean_pass(c, k, (enum clean_kind)a->kind_sel, err);
    }
    return st;
}

static mesa_status
all_knn_resample(void *self, const struct mesa_dataset *data,
                 const struct mesa_feedback *feedback,
                 struct mesa_sample *out, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    const struct all_knn *a = self;
    struct clean c;
    mesa_status st = clean_init(&c, data, a->sampling_strategy, err);

    (void)feedback;
    (void)rng;
    if (st == MESA_OK)
        st = all_knn_clean(a, &c, err);
    if (st == MESA_OK)
        st = clean_report(&c, out, err);
    clean_free(&c);
    return st;
}

static const struct mesa_sampler_class all_knn = {
    MESA_SAMPLER(struct all_knn),
    .head.name   = "all_knn",
    .head.title  = "Edited nearest neighbours with 1, 2 ... k neighbours",
    .head.cite   = "Tomek 1976, IEEE Transactions on Systems, Man and "
                   "Cybernetics 6",
    .head.params = all_knn_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .resample    = all_knn_resample,
};

MESA_PLUGIN(.name = "all_knn", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&all_knn.head));
