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

const char *const mesa_part_names[MESA_PART_COUNT_] = { "pool", "train",
                                                        "valid", "test" };

static const struct mesa_param evaluate_params[] = {
    MESA_LIST(struct mesa_evaluate, metrics, "metrics",
              "aucprc, rocauc, fscore, mcc, gmean, bacc",
              "Scores to report, the first one leading"),
    MESA_INT(struct mesa_evaluate, repeats, "repeats", 1, 1, 1000000,
             "How often to fit and score, each time with fresh streams"),
    MESA_INT(struct mesa_evaluate, folds, "folds", 0, 0, 1000000,
             "Cross-validate over so many stratified folds; 0 means the "
             "split of the data"),
    MESA_BOOL(struct mesa_evaluate, shuffle, "shuffle", true,
              "Cut folds from shuffled rows, anew in each repeat; false cuts "
              "them as the rows lie, always alike"),
    MESA_STRING(struct mesa_evaluate, positive, "positive", NULL,
                "Class that counts as positive; the rarest of the training "
                "rows if not given, or, where some of these have no label, "
                "of the test or else validation rows"),
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
    mesa_free(e->curve);
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

mesa_status
mesa_evaluate_refuse_targets(struct mesa_error *err)
{
    return mesa_fail(err, MESA_EDATA,
                     "the data have targets, not classes: [evaluate] scores "
                     "classes");
}

/* The rarest class present, ties to the higher; how many are present. */
static size_t
find_rarest(const size_t *count, uint32_t n_classes, uint32_t *rarest)
{
    size_t fewest = SIZE_MAX, present = 0;

    for (uint32_t c = 0; c < n_classes; c++) {
        present += count[c] > 0;
        if (count[c] > 0 && count[c] <= fewest) {
            fewest = count[c];
            *rarest = c;
        }
    }
    return present;
}

/* Few labels tell little of which class is rare; rows that are to be scored
 * have all of theirs, and stay the same however many are asked for. */
static uint32_t
rarest_scored(const struct mesa_parts *parts, const struct mesa_dataset *train,
              size_t *count)
{
    static const enum mesa_part order[] = { MESA_PART_TEST, MESA_PART_VALID };
    uint32_t rarest = train->n_classes - 1;

    for (size_t i = 0; i < MESA_COUNT(order); i++) {
        const struct mesa_dataset *d = parts->data[order[i]];

        if (!d || !d->y || (d->flags & MESA_DATA_UNLABELLED))
            continue;
        mesa_class_counts(d, count);
        if (find_rarest(count, d->n_classes, &rarest) > 1)
            return rarest;
    }
    rarest = train->n_classes - 1;
    mesa_warn("rows without a label do not tell which class is rare, so '%s' "
              "counts as positive, the last one; say [evaluate] positive",
              train->schema->class_name[rarest]);
    return rarest;
}

static uint32_t
class_called(const struct mesa_schema *s, const char *name)
{
    for (uint32_t c = 0; c < s->n_classes; c++)
        if (strcmp(s->class_name[c], name) == 0)
            return c;
    return UINT32_MAX;
}

mesa_status
mesa_evaluate_positive(const struct mesa_evaluate *e,
                       const struct mesa_parts *parts,
                       const struct mesa_dataset *train, uint32_t *positive,
                       struct mesa_error *err)
{
    size_t *count, present;

    if (!train->y)
        return mesa_evaluate_refuse_targets(err);
    if (train->x.rows == 0)
        return mesa_fail(err, MESA_EDATA,
                         "there are no training rows, nothing can be learnt");
    count = mesa_alloc_array(train->n_classes, sizeof *count);
    if (!count)
        return mesa_nomem(err, train->n_classes, "counts");
    mesa_class_counts(train, count);
    present = find_rarest(count, train->n_classes, positive);
    if (train->flags & MESA_DATA_UNLABELLED) {
        present = 2;
        if (!e->positive)
            *positive = rarest_scored(parts, train, count);
    }
    mesa_free(count);
    if (e->positive)
        *positive = class_called(train->schema, e->positive);
    if (present < 2)
        return mesa_fail(err, MESA_EDATA,
                         "all %zu training rows are of class '%s', nothing "
                         "can be learnt",
                         train->x.rows,
                         train->schema->class_name[train->y[0]]);
    if (*positive == UINT32_MAX)
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
    if (host->recipe->run.report) {
        e->n_curves = mesa_curve_sums(
            mesa_parts_schema(&host->parts)->n_classes);
        e->curve = mesa_alloc_array(e->n_curves, sizeof *e->curve);
        if (!e->curve)
            return mesa_nomem(err, e->n_curves, "curves");
    }
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
    const struct mesa_dataset *rows = mesa_host_training(host);
    uint32_t positive = 0;
    mesa_status st = mesa_evaluate_positive(e, &host->parts,
                                            pool ? pool : rows, &positive,
                                            err);

    e->recipe = host->recipe;
    e->scores_positive = positive;
    /* The same class as before there were labels, or fewer of them. */
    if (st == MESA_OK && !pool && rows != mesa_host_data(host, MESA_PART_TRAIN))
        st = mesa_evaluate_positive(e, &host->parts,
                                    mesa_host_data(host, MESA_PART_TRAIN),
                                    &e->scores_positive, err);
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
cut_pool(struct mesa_cut *out, const struct mesa_dataset *pool,
         const uint32_t *fold_of, size_t fold, struct mesa_error *err)
{
    size_t *pick = mesa_alloc_raw(pool->x.rows, sizeof *pick);
    mesa_status st = MESA_OK;

    if (!pick)
        return mesa_nomem(err, pool->x.rows, "row numbers");
    for (int part = 0; part < 2 && st == MESA_OK; part++) {
        size_t n = 0;

        for (size_t r = 0; r < pool->x.rows; r++)
            if ((fold_of[r] == fold) == (part == 1))
                pick[n++] = r;
        st = mesa_subset_init(part == 1 ? &out->test : &out->train, pool,
                              pick, n, err);
    }
    out->part[MESA_PART_TRAIN] = &out->train.data;
    out->part[MESA_PART_TEST] = &out->test.data;
    mesa_free(pick);
    return st;
}

mesa_status
mesa_evaluate_cut(const struct mesa_evaluate *e,
                  const struct mesa_parts *parts, const struct mesa_rng *root,
                  size_t repeat, size_t fold, uint32_t *fold_of,
                  struct mesa_cut *out, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_rng_derive(root, "folds", repeat);
    const struct mesa_dataset *pool = parts->data[MESA_PART_ALL];
    mesa_status st;

    memset(out, 0, sizeof *out);
    memcpy(out->part, parts->data, sizeof out->part);
    if (e->folds == 0)
        return MESA_OK;
    st = mesa_split_folds(pool, (size_t)e->folds, e->shuffle ? &rng : NULL,
                          fold_of, err);
    return st == MESA_OK ? cut_pool(out, pool, fold_of, fold, err) : st;
}

void
mesa_cut_free(struct mesa_cut *cut)
{
    mesa_subset_free(&cut->train);
    mesa_subset_free(&cut->test);
}

mesa_status
mesa_evaluate_score(const struct mesa_evaluate *e,
                    const struct mesa_dataset *d, const double *proba,
                    uint32_t positive, enum mesa_part part, double *value,
                    struct mesa_error *err)
{
    const struct mesa_outcome outcome = { sizeof outcome, d->n_classes,
                                          d->x.rows,      d->y,
                                          proba,          positive };
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < e->n_metrics && st == MESA_OK; i++)
        st = mesa_metric_value(e->metric[i], &outcome, &value[i], err);
    return st == MESA_OK ? st
                         : mesa_error_prefix(err, st, "%s rows",
                                             mesa_part_names[part]);
}

/* Scores of one part into its place in e->value and into metrics.csv. */
static mesa_status
score_part(struct mesa_evaluate *e, const struct mesa_dataset *d,
           const double *proba, size_t step, enum mesa_part part,
           struct mesa_metrics *metrics, struct mesa_error *err)
{
    double *value = e->value +
                    (step * MESA_SCORED_PARTS + part - 1) * e->n_metrics;
    mesa_status st = mesa_evaluate_score(e, d, proba, e->scores_positive,
                                         part, value, err);

    for (size_t i = 0; i < e->n_metrics && st == MESA_OK; i++)
        if (mesa_metrics_add(metrics, mesa_part_names[part],
                             mesa_metric_name(e->metric[i]),
                             value[i]) != MESA_OK)
            st = mesa_nomem(err, 1, "metric row");
    return st;
}

/* How sure the model is, of the class that counts as positive. */
static mesa_status
show_part(const struct mesa_evaluate *e, const struct mesa_dataset *d,
          const double *proba, enum mesa_part part,
          struct mesa_metrics *metrics, struct mesa_error *err)
{
    double *positive;

    if (!mesa_metrics_shows(metrics))
        return MESA_OK;
    positive = mesa_alloc_raw(d->x.rows, sizeof *positive);
    if (!positive)
        return mesa_nomem(err, d->x.rows, "predictions");
    for (size_t r = 0; r < d->x.rows; r++)
        positive[r] = proba[r * d->n_classes + e->scores_positive];
    mesa_metrics_histogram(metrics, mesa_part_names[part], "p_positive",
                           positive, d->x.rows);
    mesa_free(positive);
    return MESA_OK;
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
        if (st == MESA_OK && e->curve &&
            p == (int)mesa_evaluate_shown(e, &host->parts))
            st = mesa_evaluate_take_curves(e, d, proba, err);
        if (st == MESA_OK)
            st = show_part(e, d, proba, (enum mesa_part)p, metrics, err);
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

/* The fit of a step.  Rows that somebody has asked for may be too few for the
 * sampler, which is no reason to lose them: they are learnt from as they are,
 * as they were while they were asked for. */
static mesa_status
fit(struct mesa_model *out, const struct mesa_host *host, uint64_t i,
    const struct mesa_dataset *const part[MESA_PART_COUNT_],
    struct mesa_error *err)
{
    const bool asked = host->train_on && *host->train_on;
    bool resampled = true;
    const struct mesa_model_job job = {
        host->recipe->transform, mesa_recipe_row_sampler(host->recipe),
        mesa_recipe_fitted(host->recipe), &host->root, i,
        asked ? &resampled : NULL
    };
    mesa_status st = mesa_model_fit(out, &job, part[MESA_PART_TRAIN],
                                    part[MESA_PART_VALID], err);

    if (st == MESA_OK && !resampled && i == 0)
        mesa_host_say(host, "the model learns from %zu rows as they are: %s",
                      part[MESA_PART_TRAIN]->x.rows, err->message);
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
    struct mesa_model model = { NULL, NULL };
    struct mesa_cut cut = { .part = { NULL } };
    bool last_fit = i == steps;
    mesa_status st = MESA_OK;

    memcpy(cut.part, host->parts.data, sizeof cut.part);
    if (last_fit)
        cut.part[MESA_PART_TRAIN] = cut.part[MESA_PART_ALL];
    else
        st = mesa_evaluate_cut(e, &host->parts, &host->root, i / folds,
                               i % folds, e->fold, &cut, err);
    if (e->folds == 0)
        cut.part[MESA_PART_TRAIN] = mesa_host_training(host);
    if (st == MESA_OK)
        st = fit(&model, host, i, cut.part, err);
    if (st == MESA_OK && !last_fit)
        st = score_all(e, host, &model, i, cut.part, metrics, err);
    if (st == MESA_OK && (last_fit || (i == 0 && e->folds == 0)))
        keep_model(e, &model);
    mesa_model_free(&model);
    mesa_cut_free(&cut);
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
    .report      = mesa_evaluate_report,
};
