/* SPDX-License-Identifier: MIT */
/*
 * instance_hardness_threshold - keep the rows that a learner finds easy
 * (Smith, Martinez and Giraud-Carrier 2014).
 *
 * The rows are split into cv folds, every class shuffled and dealt out to
 * them in turn; a learner fitted on the others predicts each fold.  A row's
 * easiness is the probability of its own class.  Of each targeted class those
 * rows stay whose easiness is not below a threshold: the percentile, between
 * rows interpolated linearly, above which there are as many as wanted.  All
 * rows tied at the threshold stay, which can be many more: with full trees
 * most probabilities are 1.  Rows come out in the order of the data.
 *
 * As in imbalanced-learn the learner is a forest of 100 trees unless another
 * is named.  The cost is that of cv fits, which run in parallel.
 */
#include <math.h>
#include <stdlib.h>

#include <mesa/mesa.h>

#include "common.h"

struct iht {
    const char            *sampling_strategy;
    struct mesa_component *estimator;
    int64_t                cv;
};

static const struct mesa_param iht_params[] = {
    MESA_STRING(struct iht, sampling_strategy, "sampling_strategy", "auto",
                MESA_STRATEGY_HELP),
    MESA_COMPONENT(struct iht, estimator, "estimator", MESA_KIND_ESTIMATOR,
                   "forest(n_estimators=100)",
                   "The learner whose probabilities say how hard a row is"),
    MESA_INT(struct iht, cv, "cv", 5, 2, 1000000,
             "Folds; each is predicted by a learner fitted on the others"),
    MESA_PARAM_END
};

/* The easiness of all rows on its way. */
struct easiness {
    const struct iht          *self;
    const struct mesa_dataset *data;
    const struct mesa_rng     *rng;
    uint32_t                  *fold; /* of each row */
    double                    *easy;
};

/* Deal each class out in a random order, going on where the one before has
 * ended, so that folds are as equal as can be. */
static mesa_status
deal_folds(struct easiness *e, size_t *row, struct mesa_error *err)
{
    const size_t cv = (size_t)e->self->cv, rows = e->data->x.rows;
    size_t dealt = 0;
    char buffer[16];

    for (uint32_t c = 0; c < e->data->n_classes; c++) {
        struct mesa_rng rng = mesa_rng_derive(e->rng, "deal", c);
        size_t n = mesa_class_rows(e->data, c, row);

        if (n > 0 && n < cv)
            return mesa_fail(err, MESA_EDATA, "class %s has %zu row%s but cv "
                             "is %zu: each fold needs one",
                             class_name(e->data, c, buffer), n,
                             n == 1 ? "" : "s", cv);
        mesa_rng_permutation(&rng, n, row + rows);
        for (size_t i = 0; i < n; i++)
            e->fold[row[row[rows + i]]] = (uint32_t)(dealt++ % cv);
    }
    return MESA_OK;
}

/* The rows in a fold, or outside, into row; how many. */
static size_t
rows_of_fold(const struct easiness *e, size_t fold, bool inside, size_t *row)
{
    size_t n = 0;

    for (size_t r = 0; r < e->data->x.rows; r++)
        if ((e->fold[r] == fold) == inside)
            row[n++] = r;
    return n;
}

static mesa_status
fit_others(const struct easiness *e, size_t fold, size_t *row,
           struct mesa_instance *learner, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_rng_derive(e->rng, "fold", fold);
    size_t n = rows_of_fold(e, fold, false, row);
    struct mesa_subset others;
    mesa_status st = mesa_subset_init(&others, e->data, row, n, err);

    if (st != MESA_OK)
        return st;
    st = mesa_estimator_fit(learner, &others.data, NULL, &rng, err);
    mesa_subset_free(&others);
    return st;
}

static mesa_status
predict_fold(const struct easiness *e, size_t fold, size_t *row,
             const struct mesa_instance *learner, struct mesa_error *err)
{
    const size_t classes = mesa_estimator_n_classes(learner);
    size_t n = rows_of_fold(e, fold, true, row);
    double *proba = mesa_alloc_raw(n, classes * sizeof *proba);
    struct mesa_subset held;
    mesa_status st;

    if (!proba)
        return mesa_nomem(err, n, "probabilities");
    st = mesa_subset_init(&held, e->data, row, n, err);
    if (st == MESA_OK) {
        st = mesa_estimator_predict_proba(learner, &held.data.x, proba, err);
        mesa_subset_free(&held);
    }
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        e->easy[row[i]] = proba[i * classes + (size_t)e->data->y[row[i]]];
    mesa_free(proba);
    return st;
}

static mesa_status
run_fold(void *context, size_t fold, struct mesa_error *err)
{
    const struct easiness *e = context;
    size_t *row = mesa_alloc_raw(e->data->x.rows, sizeof *row);
    struct mesa_instance *learner = NULL;
    mesa_status st = row ? mesa_instance_new(e->self->estimator, &learner,
                                             err)
                         : mesa_nomem(err, e->data->x.rows, "row numbers");

    if (st == MESA_OK)
        st = fit_others(e, fold, row, learner, err);
    if (st == MESA_OK)
        st = predict_fold(e, fold, row, learner, err);
    mesa_instance_free(learner);
    mesa_free(row);
    return st;
}

static int
by_value(const void *a, const void *b)
{
    const double *p = a, *q = b;

    return *p < *q ? -1 : *p > *q;
}

/*
 * The percentile of n sorted values above which there are want: numpy's, in
 * its order of operations, as rounding can decide on a row.
 */
static double
threshold_of(const double *sorted, size_t n, size_t want)
{
    double percent = (1.0 - (double)want / (double)n) * 100.0;
    double at = (double)(n - 1) * (percent / 100.0);
    double below = sorted[(size_t)at];
    double above = sorted[smaller((size_t)at + 1, n - 1)];
    double part = at - floor(at);

    return part >= 0.5 ? above - (above - below) * (1 - part)
                       : below + (above - below) * part;
}

/* Give the rows of a class that are to go an easiness below all others. */
static mesa_status
cut_class(struct easiness *e, uint32_t class_, size_t want, size_t *row,
          struct mesa_error *err)
{
    size_t n = mesa_class_rows(e->data, class_, row);
    double *sorted, threshold;

    if (want == n)
        return MESA_OK;
    sorted = mesa_alloc_raw(n, sizeof *sorted);
    if (!sorted)
        return mesa_nomem(err, n, "probabilities");
    for (size_t i = 0; i < n; i++)
        sorted[i] = e->easy[row[i]];
    qsort(sorted, n, sizeof *sorted, by_value);
    threshold = threshold_of(sorted, n, want);
    for (size_t i = 0; i < n; i++)
        if (e->easy[row[i]] < threshold)
            e->easy[row[i]] = -1;
    mesa_free(sorted);
    return MESA_OK;
}

static mesa_status
choose_rows(struct easiness *e, size_t *target, size_t *row,
            struct mesa_sample *out, struct mesa_error *err)
{
    const struct mesa_dataset *d = e->data;
    mesa_status st = mesa_strategy_resolve(e->self->sampling_strategy,
                                           MESA_STRATEGY_UNDER, d, target,
                                           err);

    if (st == MESA_OK)
        st = deal_folds(e, row, err);
    if (st == MESA_OK)
        st = mesa_parallel_for((size_t)e->self->cv, run_fold, e, err);
    for (uint32_t c = 0; c < d->n_classes && st == MESA_OK; c++)
        st = cut_class(e, c, target[c], row, err);
    for (size_t r = 0; r < d->x.rows && st == MESA_OK; r++)
        if (e->easy[r] >= 0 && mesa_sample_keep(out, r) != MESA_OK)
            st = mesa_nomem(err, d->x.rows, "sampled rows");
    return st;
}

static mesa_status
iht_resample(void *self, const struct mesa_dataset *data,
             const struct mesa_feedback *feedback, struct mesa_sample *out,
             struct mesa_rng *rng, struct mesa_error *err)
{
    const size_t rows = data->x.rows;
    size_t *target = mesa_alloc_array(data->n_classes, sizeof *target);
    size_t *row = mesa_alloc_raw(rows, 2 * sizeof *row);
    struct easiness e = { self, data, rng,
                          mesa_alloc_raw(rows, sizeof(uint32_t)),
                          mesa_alloc_raw(rows, sizeof(double)) };
    mesa_status st;

    (void)feedback;
    if (target && row && e.fold && e.easy)
        st = choose_rows(&e, target, row, out, err);
    else
        st = mesa_nomem(err, rows, "row numbers");
    mesa_free(target);
    mesa_free(row);
    mesa_free(e.fold);
    mesa_free(e.easy);
    return st;
}

static const struct mesa_sampler_class iht = {
    MESA_SAMPLER(struct iht),
    .head.name   = "instance_hardness_threshold",
    .head.title  = "The rows of the larger classes that a learner finds easy",
    .head.cite   = "Smith, Martinez and Giraud-Carrier 2014, Machine "
                   "Learning 95",
    .head.params = iht_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING,
    .resample    = iht_resample,
};

MESA_PLUGIN(.name = "instance_hardness_threshold", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&iht.head));
