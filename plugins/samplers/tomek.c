/* SPDX-License-Identifier: MIT */
/*
 * tomek - drop rows that are in a Tomek link.
 *
 * Two rows of different classes form a link if each is the nearest of the
 * other (Tomek 1976).  Only rows of targeted classes go: by default all but
 * the smallest class, so one end of each link; with all, both.  Ties are
 * settled as links.c says; without any, rows are imbalanced-learn's.  The
 * cost is that of one neighbour search for each row of a targeted class.
 */
#include "clean.h"

struct tomek {
    const char *sampling_strategy;
};

static const struct mesa_param tomek_params[] = {
    MESA_STRING(struct tomek, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_PARAM_END
};

static mesa_status
tomek_resample(void *self, const struct mesa_dataset *data,
               const struct mesa_feedback *feedback,
               struct mesa_sample *out, struct mesa_rng *rng,
               struct mesa_error *err)
{
    const struct tomek *tomek = self;
    struct clean c;
    mesa_status st = clean_init(&c, data, tomek->sampling_strategy, err);

    (void)feedback;
    (void)rng;
    if (st == MESA_OK)
        st = clean_look(&c, err);
    if (st == MESA_OK)
        st = clean_links(&c, err);
    if (st == MESA_OK)
        clean_drop(&c);
    if (st == MESA_OK)
        st = clean_report(&c, out, err);
    clean_free(&c);
    return st;
}

static const struct mesa_sampler_class tomek = {
    MESA_SAMPLER(struct tomek),
    .head.name   = "tomek",
    .head.title  = "Removal of the rows of the larger classes in Tomek links",
    .head.cite   = "Tomek 1976, IEEE Transactions on Systems, Man and "
                   "Cybernetics 6",
    .head.params = tomek_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .resample    = tomek_resample,
};

MESA_PLUGIN(.name = "tomek", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&tomek.head));
