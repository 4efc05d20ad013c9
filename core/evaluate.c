/* SPDX-License-Identifier: MIT */
/*
 * evaluate.c - fit and score, as an outer loop like any other.
 *
 * Step i is repeat i / folds, fold i % folds (folds = 1 without
 * cross-validation): transform, sampler and estimator see the training rows
 * of that fold and nothing else; all parts are scored.  Repeat 0 also leaves
 * its predictions and its model; with folds the model is fitted once more, on
 * all rows, in a step of its own.
 */
#include "evaluate.h"

#include "split.h"

#include <math.h>
#include <string.h>

static const struct mesa_param evaluate_params[] = {
    MESA_LIST(struct mesa_evaluate, metrics, "metrics",
              "aucprc, rocauc, fscore, mcc, gmean, bacc",
              "Scores to report, the first one leading"),
    MESA_INT(struct mesa_evaluate, repeats, "repeats", 1, 1, 1000000,
             "How often to fit and score, each time with fresh streams"),
    MESA_INT(struct mesa_evaluate, folds, "folds", 0, 0, 1000000,
             "Cross-validate over so many stratified folds; 0 means the "
             "split of the data"),
    MESA_STRING(struct mesa_evaluate, positive, "positive", NULL,
                "Class that counts as positive; the rarest of the training "
                "rows if not given"),
    MESA_PARAM_END
};

static mesa_status
evaluate_init(void *self, struct mesa_error *err)
{
    struct mesa_evaluate *e = self;

    e->n_metrics = e->metrics.n;
    if (e->n_metrics == 0)
        return mesa_fail(err, MESA_EINVAL, "metrics is empty");
    if (e->folds == 1)
        return mesa_fail(err, MESA_EINVAL,
                         "folds is 1, expected 0 or at least 2");
    e->metric = mesa_alloc_array(e->n_metrics, sizeof *e->metric);
    if (!e->metric)
        return mesa_nomem(err, e->n_metrics, "metrics");
    for (size_t i = 0; i < e->n_metrics; i++) {
        struct mesa_nearest nearest = { e->metrics.item[i], NULL, 0 };

        e->metric[i] = mesa_metric_find(e->metrics.item[i]);
        for (size_t j = 0; j < i && e->metric[i]; j++)
            if (e->metric[j] == e->metric[i])
                return mesa_fail(err, MESA_EINVAL, "metrics has '%s' twice",
                                 e->metrics.item[i]);
        if (e->metric[i])
            continue;
        for (size_t j = 0; mesa_metric_at(j); j++)
            mesa_nearest_offer(&nearest, mesa_metric_name(mesa_metric_at(j)));
        return mesa_fail(err, MESA_EINVAL,
                         "metrics has '%s', which is none%s%s%s",
                         e->metrics.item[i],
                         nearest.best ? "; did you mean '" : "",
                         nearest.best ? nearest.best : "",
                         nearest.best ? "'?" : "");
    }
    return MESA_OK;
}

static void
evaluate_fini(void *self)
{
    struct mesa_evaluate *e = self;

    mesa_instance_free(e->model.transform);
    mesa_instance_free(e->model.estimator);
    mesa_free(e->metric);
    mesa_free(e->value);
    mesa_free(e->fold);
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        mesa_free(e->proba[p]);
}

size_t
mesa_evaluate_n_folds(const struct mesa_evaluate *e)
{
    return e->folds > 0 ? (size_t)e->folds : 1;
}

static size_t
scored_steps(const struct mesa_evaluate *e)
{
    return (size_t)e->repeats * mesa_evaluate_n_folds(e);
}

static uint64_t
evaluate_total(const void *self, const struct mesa_host *host)
{
    const struct mesa_evaluate *e = self;

    (void)host;
    return scored_steps(e) + (e->folds > 0);
}

/* The class named positive, or the rarest present, ties to the higher. */
static mesa_status
choose_positive(struct mesa_evaluate *e, const struct mesa_dataset *train,
                struct mesa_error *err)
{
    size_t *count = mesa_alloc_array(train->n_classes, sizeof *count);
    size_t fewest = SIZE_MAX, present = 0;

    if (!count)
        return mesa_nomem(err, train->n_classes, "counts");
    mesa_class_counts(train, count);
    e->scores_positive = UINT32_MAX;
    for (uint32_t c = 0; c < train->n_classes; c++) {
        present += count[c] > 0;
        if (e->positive) {
            if (strcmp(train->schema->class_name[c], e->positive) == 0)
                e->scores_positive = c;
        } else if (count[c] > 0 && count[c] <= fewest) {
            fewest = count[c];
            e->scores_positive = c;
        }
    }
    mesa_free(count);
    if (train->x.rows == 0)
        return mesa_fail(err, MESA_EDATA,
                         "there are no training rows, nothing can be learnt");
    if (present < 2)
        return mesa_fail(err, MESA_EDATA,
                         "all %zu training rows are of class '%s', nothing "
                         "can be learnt",
                         train->x.rows,
                         train->schema->class_name[train->y[0]]);
    if (e->scores_positive == UINT32_MAX)
        return mesa_fail(err, MESA_EINVAL,
                         "[evaluate] positive is '%s', which is no class of "
                         "the data",
                         e->positive);
    return MESA_OK;
}

static mesa_status
alloc_results(struct mesa_evaluate *e, const struct mesa_host *host,
              struct mesa_error *err)
{
    size_t n = scored_steps(e) * MESA_SCORED_PARTS * e->n_metrics;

    e->value = mesa_alloc_raw(n, sizeof *e->value);
    if (!e->value)
        return mesa_nomem(err, n, "scores");
    for (size_t i = 0; i < n; i++)
        e->value[i] = NAN;
    for (int p = 0; p < MESA_PART_COUNT_; p++) {
        const struct mesa_dataset *d = mesa_host_data(host,
                                                      (enum mesa_part)p);

        if (!d || p == MESA_PART_TRAIN ||
            (e->folds > 0 && p == MESA_PART_VALID))
            continue;
        e->proba[p] = mesa_alloc_array(d->x.rows,
                                       d->n_classes * sizeof(double));
        if (!e->proba[p])
            return mesa_nomem(err, d->x.rows, "predictions");
        e->n_proba[p] = d->x.rows * d->n_classes;
    }
    return MESA_OK;
}

/* Class probabilities are predicted: classifiers only, and rows must suit. */
static mesa_status
evaluate_begin(void *self, const struct mesa_host *host,
               struct mesa_error *err)
{
    struct mesa_evaluate *e = self;
    const struct mesa_dataset *pool = mesa_host_data(host, MESA_PART_ALL);
    const struct mesa_dataset *train =
        pool ? pool : mesa_host_data(host, MESA_PART_TRAIN);
    mesa_status st = choose_positive(e, train, err);

    e->recipe = host->recipe;

    if (st == MESA_OK)
        st = alloc_results(e, host, err);
    if (st == MESA_OK && pool) {
        e->fold = mesa_alloc_raw(pool->x.rows, sizeof *e->fold);
        if (!e->fold)
            st = mesa_nomem(err, pool->x.rows, "folds");
    }
    return st;
}

/* The training and test rows of a fold, as subsets of the pool. */
static mesa_status
cut_fold(struct mesa_evaluate *e, const struct mesa_host *host, size_t repeat,
         size_t fold, struct mesa_subset *train, struct mesa_subset *test,
         struct mesa_error *err)
{
    const struct mesa_dataset *pool = mesa_host_data(host, MESA_PART_ALL);
    struct mesa_rng rng = mesa_host_rng(host, "folds", repeat);
    size_t *pick = mesa_alloc_raw(pool->x.rows, sizeof *pick);
    mesa_status st;

    if (!pick)
        return mesa_nomem(err, pool->x.rows, "row numbers");
    st = mesa_split_folds(pool, (size_t)e->folds, &rng, e->fold, err);
    for (int part = 0; part < 2 && st == MESA_OK; part++) {
        size_t n = 0;

        for (size_t r = 0; r < pool->x.rows; r++)
            if ((e->fold[r] == fold) == (part == 1))
                pick[n++] = r;
        st = mesa_subset_init(part == 1 ? test : train, pool, pick, n, err);
    }
    mesa_free(pick);
    return st;
}

/* Scores of one part into its place in e->value and into metrics.csv. */
static mesa_status
score_part(struct mesa_evaluate *e, const struct mesa_dataset *d,
           const double *proba, size_t step, enum mesa_part part,
           struct mesa_metrics *metrics, struct mesa_error *err)
{
    static const char *const names[] = { "train", "valid", "test" };
    const char *name = names[part - 1];
    double *value = e->value +
                    (step * MESA_SCORED_PARTS + part - 1) * e->n_metrics;
    const struct mesa_outcome outcome = { sizeof outcome, d->n_classes,
                                          d->x.rows,      d->y,
                                          proba, e->scores_positive };
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < e->n_metrics && st == MESA_OK; i++) {
        st = mesa_metric_value(e->metric[i], &outcome, &value[i], err);
        if (st != MESA_OK)
            return mesa_error_prefix(err, st, "%s rows", name);
        st = mesa_metrics_add(metrics, name, mesa_metric_name(e->metric[i]),
                              value[i]);
        if (st != MESA_OK)
            return mesa_nomem(err, 1, "metric row");
    }
    return st;
}

/* Out-of-fold predictions go to the pool's rows. */
static void
scatter(const struct mesa_evaluate *e, size_t fold, size_t rows,
        uint32_t n_classes, const double *from, double *to)
{
    size_t next = 0;

    for (size_t r = 0; r < rows; r++)
        if (e->fold[r] == fold)
            memcpy(to + r * n_classes, from + n_classes * next++,
                   n_classes * sizeof *to);
}

static mesa_status
score_all(struct mesa_evaluate *e, const struct mesa_host *host,
          const struct mesa_model *model, size_t step,
          const struct mesa_dataset *const part[MESA_PART_COUNT_],
          struct mesa_metrics *metrics, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (int p = MESA_PART_TRAIN; p <= MESA_PART_TEST && st == MESA_OK; p++) {
        const struct mesa_dataset *d = part[p];
        double *proba;

        if (!d || d->x.rows == 0)
            continue;
        proba = mesa_alloc_raw(d->x.rows, d->n_classes * sizeof *proba);
        if (!proba)
            return mesa_nomem(err, d->x.rows, "predictions");
        st = mesa_model_predict(model, d, proba, err);
        if (st == MESA_OK)
            st = score_part(e, d, proba, step, (enum mesa_part)p, metrics,
                            err);
        if (st == MESA_OK && step < mesa_evaluate_n_folds(e)) {
            if (e->folds > 0 && p == MESA_PART_TEST)
                scatter(e, step, host->parts.data[MESA_PART_ALL]->x.rows,
                        d->n_classes, proba, e->proba[MESA_PART_ALL]);
            else if (e->proba[p])
                memcpy(e->proba[p], proba,
                       d->x.rows * d->n_classes * sizeof *proba);
        }
        mesa_free(proba);
    }
    return st;
}

/* Keep this model as the one the run leaves. */
static void
keep_model(struct mesa_evaluate *e, struct mesa_model *model)
{
    mesa_instance_free(e->model.transform);
    mesa_instance_free(e->model.estimator);
    e->model = *model;
    *model = (struct mesa_model){ NULL, NULL };
}

static mesa_status
evaluate_step(void *self, const struct mesa_host *host, uint64_t i,
              struct mesa_metrics *metrics, bool *done,
              struct mesa_error *err)
{
    struct mesa_evaluate *e = self;
    size_t folds = mesa_evaluate_n_folds(e), steps = scored_steps(e);
    const struct mesa_dataset *part[MESA_PART_COUNT_];
    struct mesa_subset train = { 0 }, test = { 0 };
    struct mesa_model model = { NULL, NULL };
    bool last_fit = i == steps;
    mesa_status st = MESA_OK;

    memcpy(part, host->parts.data, sizeof part);
    if (last_fit) {
        part[MESA_PART_TRAIN] = part[MESA_PART_ALL];
    } else if (e->folds > 0) {
        st = cut_fold(e, host, i / folds, i % folds, &train, &test, err);
        part[MESA_PART_TRAIN] = &train.data;
        part[MESA_PART_TEST] = &test.data;
    }
    if (st == MESA_OK)
        st = mesa_model_fit(&model, host, part[MESA_PART_TRAIN],
                            part[MESA_PART_VALID], i, err);
    if (st == MESA_OK && !last_fit)
        st = score_all(e, host, &model, i, part, metrics, err);
    if (st == MESA_OK && (last_fit || (i == 0 && e->folds == 0)))
        keep_model(e, &model);
    mesa_model_free(&model);
    mesa_subset_free(&train);
    mesa_subset_free(&test);
    *done = i + 1 >= evaluate_total(e, host);
    return st;
}

const struct mesa_metalearner_class mesa_evaluate_class = {
    MESA_METALEARNER(struct mesa_evaluate),
    .head.name   = "evaluate",
    .head.title  = "Fit and score the estimator, repeatedly or over folds",
    .head.params = evaluate_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING,
    .head.init   = evaluate_init,
    .head.fini   = evaluate_fini,
    .head.save   = mesa_evaluate_save,
    .head.load   = mesa_evaluate_load,
    .begin       = evaluate_begin,
    .step        = evaluate_step,
    .total       = evaluate_total,
};
