/* SPDX-License-Identifier: MIT */
/*
 * balanced_forest - a forest whose trees see as many rows of each class.
 *
 * Each tree sees rows of each class drawn with replacement, as many as the
 * smallest class has (Chen, Liaw and Breiman 2004), or as sampling_strategy
 * says; without replacement a class of which all rows are wanted is taken as
 * it is.  Trees look at sqrt(columns) columns for each cut, probabilities are
 * averaged, and the trees are fitted in parallel.
 */
#include "average.h"

struct balanced_forest {
    struct average average;
    const char    *sampling_strategy;
    bool           replacement;
};

static const struct mesa_param balanced_forest_params[] = {
    AVERAGE_COUNT(struct balanced_forest, 100),
    AVERAGE_ESTIMATOR(struct balanced_forest, "tree(max_features=sqrt)"),
    MESA_STRING(struct balanced_forest, sampling_strategy,
                "sampling_strategy", "all", MESA_STRATEGY_HELP),
    MESA_BOOL(struct balanced_forest, replacement, "replacement", true,
              "Draw the rows of each class with replacement"),
    MESA_PARAM_END
};

/* target[c] rows of each class. */
static mesa_status
draw_classes(const struct balanced_forest *b,
             const struct mesa_dataset *train, const size_t *target,
             struct mesa_sample *out, struct mesa_rng *rng,
             struct mesa_error *err)
{
    size_t *row = mesa_alloc_raw(train->x.rows, sizeof *row);
    mesa_status st = MESA_OK;

    if (!row)
        return mesa_nomem(err, train->x.rows, "row numbers");
    for (uint32_t c = 0; c < train->n_classes && st == MESA_OK; c++) {
        size_t n = mesa_class_rows(train, c, row);

        if (n > 0)
            st = mesa_bagging_draw(row, n, target[c], b->replacement, out,
                                   rng, err);
    }
    mesa_free(row);
    return st;
}

static mesa_status
balanced_forest_draw(const void *context, size_t member,
                     const struct mesa_dataset *train,
                     struct mesa_sample *out, struct mesa_rng *rng,
                     struct mesa_error *err)
{
    const struct balanced_forest *b = context;
    size_t *target = mesa_alloc_array(train->n_classes, sizeof *target);
    mesa_status st;

    (void)member;
    if (!target)
        return mesa_nomem(err, train->n_classes, "classes");
    st = mesa_strategy_resolve(b->sampling_strategy, MESA_STRATEGY_UNDER,
                               train, target, err);
    if (st == MESA_OK)
        st = draw_classes(b, train, target, out, rng, err);
    mesa_free(target);
    return st;
}

static mesa_status
balanced_forest_fit(void *self, const struct mesa_dataset *train,
                    const struct mesa_dataset *valid, struct mesa_rng *rng,
                    struct mesa_error *err)
{
    return average_fit_bags(
        self,
        (struct mesa_bagging_job){ .draw = balanced_forest_draw,
                                   .train = train,
                                   .valid = valid,
                                   .rng = rng },
        err);
}

static const struct mesa_estimator_class balanced_forest = {
    AVERAGE_SLOTS(struct balanced_forest),
    .head.name   = "balanced_forest",
    .head.title  = "Random forest on as many rows of each class",
    .head.cite   = "Chen, Liaw and Breiman 2004, University of California, "
                   "Berkeley, technical report 666",
    .head.params = balanced_forest_params,
    .fit         = balanced_forest_fit,
};

MESA_PLUGIN(.name = "balanced_forest", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&balanced_forest.head));
