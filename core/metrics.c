/* SPDX-License-Identifier: MIT */
/*
 * metrics.c - scores of predicted probabilities against true classes.
 *
 * Definitions are scikit-learn's (1.2) and imbalanced-learn's (0.10); where
 * they leave a choice, it is this:
 *
 * - The predicted class is the largest probability, ties to the lower class.
 *   The code of MESA (Liu et al., NeurIPS 2020) calls a row positive from
 *   p >= 0.5 on, so its F-score differs where a row is at exactly 0.5.
 * - logloss clips to [2^-52, 1 - 2^-52] and divides by the row's sum, as
 *   scikit-learn does with eps = "auto"; it is never infinite.
 * - brier is the mean of (p - y)^2 of the positive class for two classes, and
 *   of that square summed over the classes for more (Brier 1950).
 * - ece has 15 bins of equal width, ((m-1)/15, m/15], on the probability of
 *   the predicted class (Guo et al., ICML 2017).
 * - gmean and bacc look at the classes that have rows.  imbalanced-learn also
 *   counts a class that is only predicted, as recall 0.
 * - f1_macro averages the classes that have rows or are predicted.
 * - mcc is Gorodkin's R_K (2004), 0 when all predictions are of one class.
 *
 * - aucprc and rocauc of more than two classes average the classes that have
 *   rows; scikit-learn refuses an absent class.
 *
 * Sums run in the order of rows on one thread and carry their rounding error
 * along, so that threads and compilers cannot change them.
 */
#include "ranking.h"
#include "timing.h"
#include "total.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define N_BINS 15

struct mesa_metric {
    const char *name, *title;
    bool        larger_is_better;
    mesa_status (*value)(const struct mesa_metric *metric,
                         const struct mesa_outcome *o, double *value,
                         struct mesa_error *err);
};

static inline const double *
proba_row(const struct mesa_outcome *o, size_t r)
{
    return o->proba + r * o->n_classes;
}

static uint32_t
largest(const double *p, uint32_t n)
{
    uint32_t best = 0;

    for (uint32_t c = 1; c < n; c++)
        if (p[c] > p[best])
            best = c;
    return best;
}

void
mesa_confusion(const struct mesa_outcome *o, size_t *count)
{
    memset(count, 0, (size_t)o->n_classes * o->n_classes * sizeof *count);
    for (size_t r = 0; r < o->n; r++)
        count[(size_t)o->y[r] * o->n_classes +
              largest(proba_row(o, r), o->n_classes)]++;
}

/* All rows are of one class, so of that of the first. */
static mesa_status
refuse_one_class(const struct mesa_metric *metric,
                 const struct mesa_outcome *o, struct mesa_error *err)
{
    return mesa_fail(err, MESA_EDATA,
                     "%s needs rows of two classes, all %zu are of class %d",
                     metric->name, o->n, (int)o->y[0]);
}

/* A ranking score of the positive class, or its mean over the classes that
 * have rows, each against the rest. */
static mesa_status
from_rankings(const struct mesa_metric *metric, const struct mesa_outcome *o,
              bool needs_negatives, double (*score)(struct mesa_ranking *k),
              double *value, struct mesa_error *err)
{
    const bool binary = o->n_classes == 2;
    const uint32_t first = binary ? o->positive : 0;
    const uint32_t end = binary ? first + 1 : o->n_classes;
    struct mesa_total sum = { 0, 0 };
    struct mesa_ranking k;
    uint32_t n = 0;
    mesa_status st = mesa_ranking_init(&k, o, err);

    for (uint32_t c = first; c < end && st == MESA_OK; c++) {
        mesa_ranking_fill(&k, o, c);
        if (k.n_positive == 0)
            continue;
        if (needs_negatives && k.n_negative == 0) {
            st = refuse_one_class(metric, o, err);
            break;
        }
        mesa_total_add(&sum, score(&k));
        n++;
    }
    if (st == MESA_OK && n == 0)
        st = mesa_fail(err, MESA_EDATA,
                       "%s needs rows of class %u, there are none",
                       metric->name, first);
    if (st == MESA_OK)
        *value = mesa_total_value(&sum) / n;
    mesa_ranking_fini(&k);
    return st;
}

static mesa_status
value_aucprc(const struct mesa_metric *metric, const struct mesa_outcome *o,
             double *value, struct mesa_error *err)
{
    return from_rankings(metric, o, false, mesa_ranking_precision, value,
                         err);
}

static mesa_status
value_rocauc(const struct mesa_metric *metric, const struct mesa_outcome *o,
             double *value, struct mesa_error *err)
{
    return from_rankings(metric, o, true, mesa_ranking_roc, value, err);
}

/* Per class: rows of it, rows predicted as it, and both at once. */
struct tally {
    size_t  *rows, *predicted, *hits;
    uint32_t n_present;
    size_t   n_hits;
};

/* Fill t; the caller frees t->rows.  Linear in the number of classes. */
static mesa_status
tally_init(struct tally *t, const struct mesa_outcome *o,
           struct mesa_error *err)
{
    const size_t n = o->n_classes;

    t->rows = mesa_alloc_array(n, 3 * sizeof *t->rows);
    if (!t->rows)
        return mesa_nomem(err, n, "class counts");
    t->predicted = t->rows + n;
    t->hits = t->predicted + n;
    t->n_present = 0;
    t->n_hits = 0;
    for (size_t r = 0; r < o->n; r++) {
        uint32_t c = largest(proba_row(o, r), o->n_classes);

        t->rows[o->y[r]]++;
        t->predicted[c]++;
        t->hits[c] += (uint32_t)o->y[r] == c;
    }
    for (uint32_t c = 0; c < n; c++) {
        t->n_present += t->rows[c] > 0;
        t->n_hits += t->hits[c];
    }
    return MESA_OK;
}

/* As tally_init, and refuse a single class. */
static mesa_status
tally_two(struct tally *t, const struct mesa_metric *metric,
          const struct mesa_outcome *o, struct mesa_error *err)
{
    mesa_status st = tally_init(t, o, err);

    if (st != MESA_OK || t->n_present > 1)
        return st;
    mesa_free(t->rows);
    return refuse_one_class(metric, o, err);
}

/* F1 of class c: 0 unless it is hit. */
static double
f1_of(const struct tally *t, uint32_t c)
{
    if (t->hits[c] == 0)
        return 0.0;
    return 2.0 * (double)t->hits[c] /
           ((double)t->rows[c] + (double)t->predicted[c]);
}

static double
recall_of(const struct tally *t, uint32_t c)
{
    return (double)t->hits[c] / (double)t->rows[c];
}

static mesa_status
value_f1_macro(const struct mesa_metric *metric, const struct mesa_outcome *o,
               double *value, struct mesa_error *err)
{
    struct mesa_total sum = { 0, 0 };
    uint32_t n = 0;
    struct tally t;
    mesa_status st = tally_init(&t, o, err);

    (void)metric;
    if (st != MESA_OK)
        return st;
    for (uint32_t c = 0; c < o->n_classes; c++)
        if (t.rows[c] > 0 || t.predicted[c] > 0) {
            mesa_total_add(&sum, f1_of(&t, c));
            n++;
        }
    *value = mesa_total_value(&sum) / n;
    mesa_free(t.rows);
    return MESA_OK;
}

static mesa_status
value_f1_weighted(const struct mesa_metric *metric,
                  const struct mesa_outcome *o, double *value,
                  struct mesa_error *err)
{
    struct mesa_total sum = { 0, 0 };
    struct tally t;
    mesa_status st = tally_init(&t, o, err);

    (void)metric;
    if (st != MESA_OK)
        return st;
    for (uint32_t c = 0; c < o->n_classes; c++)
        mesa_total_add(&sum, f1_of(&t, c) * (double)t.rows[c]);
    *value = mesa_total_value(&sum) / (double)o->n;
    mesa_free(t.rows);
    return MESA_OK;
}

static mesa_status
value_fscore(const struct mesa_metric *metric, const struct mesa_outcome *o,
             double *value, struct mesa_error *err)
{
    struct tally t;
    mesa_status st;

    if (o->n_classes > 2)
        return value_f1_macro(metric, o, value, err);
    st = tally_init(&t, o, err);
    if (st != MESA_OK)
        return st;
    if (t.rows[o->positive] == 0 && t.predicted[o->positive] == 0)
        st = mesa_fail(err, MESA_EDATA,
                       "%s needs rows of class %u, there are none and none "
                       "is predicted", metric->name, o->positive);
    else
        *value = f1_of(&t, o->positive);
    mesa_free(t.rows);
    return st;
}

static mesa_status
value_mcc(const struct mesa_metric *metric, const struct mesa_outcome *o,
          double *value, struct mesa_error *err)
{
    const double n = (double)o->n;
    double both = 0, within_rows = n * n, within_predicted = within_rows;
    struct tally t;
    mesa_status st = tally_two(&t, metric, o, err);

    if (st != MESA_OK)
        return st;
    both = (double)t.n_hits * n;
    for (uint32_t c = 0; c < o->n_classes; c++) {
        const double rows = (double)t.rows[c];
        const double predicted = (double)t.predicted[c];

        both -= rows * predicted;
        within_rows -= rows * rows;
        within_predicted -= predicted * predicted;
    }
    *value = within_predicted > 0
                 ? both / sqrt(within_rows * within_predicted)
                 : 0.0;
    mesa_free(t.rows);
    return MESA_OK;
}

/* The geometric mean through logarithms: a product of many recalls may
 * underflow.  Two classes need none, and are exact to the last bit. */
static mesa_status
value_gmean(const struct mesa_metric *metric, const struct mesa_outcome *o,
            double *value, struct mesa_error *err)
{
    struct mesa_total sum = { 0, 0 };
    struct tally t;
    bool missed = false;
    mesa_status st = tally_two(&t, metric, o, err);

    if (st != MESA_OK)
        return st;
    if (o->n_classes == 2) {
        *value = sqrt(recall_of(&t, 0) * recall_of(&t, 1));
    } else {
        for (uint32_t c = 0; c < o->n_classes; c++) {
            if (t.rows[c] > 0 && t.hits[c] == 0)
                missed = true;
            else if (t.rows[c] > 0)
                mesa_total_add(&sum, mesa_math_log(recall_of(&t, c)));
        }
        *value = missed ? 0.0
                        : mesa_math_exp(mesa_total_value(&sum)
                                        / t.n_present);
    }
    mesa_free(t.rows);
    return MESA_OK;
}

static mesa_status
value_bacc(const struct mesa_metric *metric, const struct mesa_outcome *o,
           double *value, struct mesa_error *err)
{
    struct mesa_total sum = { 0, 0 };
    struct tally t;
    mesa_status st = tally_two(&t, metric, o, err);

    if (st != MESA_OK)
        return st;
    for (uint32_t c = 0; c < o->n_classes; c++)
        if (t.rows[c] > 0)
            mesa_total_add(&sum, recall_of(&t, c));
    *value = mesa_total_value(&sum) / t.n_present;
    mesa_free(t.rows);
    return MESA_OK;
}

static mesa_status
value_accuracy(const struct mesa_metric *metric, const struct mesa_outcome *o,
               double *value, struct mesa_error *err)
{
    size_t hits = 0;

    (void)metric;
    (void)err;
    for (size_t r = 0; r < o->n; r++)
        hits += largest(proba_row(o, r), o->n_classes) == (uint32_t)o->y[r];
    *value = (double)hits / (double)o->n;
    return MESA_OK;
}

static inline double
clip(double p)
{
    return MESA_MIN(MESA_MAX(p, DBL_EPSILON), 1 - DBL_EPSILON);
}

static mesa_status
value_logloss(const struct mesa_metric *metric, const struct mesa_outcome *o,
              double *value, struct mesa_error *err)
{
    struct mesa_total sum = { 0, 0 };

    (void)metric;
    (void)err;
    for (size_t r = 0; r < o->n; r++) {
        const double *p = proba_row(o, r);
        double all = 0;

        for (uint32_t c = 0; c < o->n_classes; c++)
            all += clip(p[c]);
        mesa_total_add(&sum, mesa_math_log(clip(p[o->y[r]]) / all));
    }
    /* 0 minus: a perfect score is not to read "-0". */
    *value = 0.0 - mesa_total_value(&sum) / (double)o->n;
    return MESA_OK;
}

static mesa_status
value_brier(const struct mesa_metric *metric, const struct mesa_outcome *o,
            double *value, struct mesa_error *err)
{
    const bool binary = o->n_classes == 2;
    const uint32_t first = binary ? o->positive : 0;
    const uint32_t end = binary ? first + 1 : o->n_classes;
    struct mesa_total sum = { 0, 0 };

    (void)metric;
    (void)err;
    for (size_t r = 0; r < o->n; r++)
        for (uint32_t c = first; c < end; c++) {
            double d = proba_row(o, r)[c] - ((uint32_t)o->y[r] == c);

            mesa_total_add(&sum, d * d);
        }
    *value = mesa_total_value(&sum) / (double)o->n;
    return MESA_OK;
}

static mesa_status
value_ece(const struct mesa_metric *metric, const struct mesa_outcome *o,
          double *value, struct mesa_error *err)
{
    struct mesa_total gap[N_BINS] = { { 0, 0 } }, sum = { 0, 0 };

    (void)metric;
    (void)err;
    for (size_t r = 0; r < o->n; r++) {
        const double *p = proba_row(o, r);
        uint32_t c = largest(p, o->n_classes);
        double bin = ceil(MESA_MIN(MESA_MAX(p[c], 0.0), 1.0) * N_BINS);

        mesa_total_add(&gap[bin > 0 ? (int)bin - 1 : 0],
            p[c] - ((uint32_t)o->y[r] == c));
    }
    for (int b = 0; b < N_BINS; b++)
        mesa_total_add(&sum, fabs(mesa_total_value(&gap[b])));
    *value = mesa_total_value(&sum) / (double)o->n;
    return MESA_OK;
}

static const struct mesa_metric metrics[] = {
    { "aucprc", "area under the precision-recall curve (average precision)",
      true, value_aucprc },
    { "rocauc", "area under the ROC curve", true, value_rocauc },
    { "fscore", "F1 of the positive class", true, value_fscore },
    { "f1_weighted", "F1, mean over classes weighted by their rows", true,
      value_f1_weighted },
    { "f1_macro", "F1, mean over classes", true, value_f1_macro },
    { "mcc", "Matthews correlation coefficient", true, value_mcc },
    { "gmean", "geometric mean of the recalls", true, value_gmean },
    { "bacc", "balanced accuracy: mean of the recalls", true, value_bacc },
    { "accuracy", "share of rows predicted correctly", true, value_accuracy },
    { "logloss", "mean negative log-likelihood", false, value_logloss },
    { "brier", "Brier score: mean squared error of the probabilities", false,
      value_brier },
    { "ece", "expected calibration error, 15 bins", false, value_ece },
};

const struct mesa_metric *
mesa_metric_at(size_t i)
{
    return i < MESA_COUNT(metrics) ? &metrics[i] : NULL;
}

const struct mesa_metric *
mesa_metric_find(const char *name)
{
    for (size_t i = 0; i < MESA_COUNT(metrics); i++)
        if (strcmp(metrics[i].name, name) == 0)
            return &metrics[i];
    return NULL;
}

const char *
mesa_metric_name(const struct mesa_metric *metric)
{
    return metric->name;
}

const char *
mesa_metric_title(const struct mesa_metric *metric)
{
    return metric->title;
}

bool
mesa_metric_larger_is_better(const struct mesa_metric *metric)
{
    return metric->larger_is_better;
}

/* The first row that is wrong, once one is known to be. */
static mesa_status
refuse_rows(const struct mesa_outcome *o, struct mesa_error *err)
{
    for (size_t r = 0; r < o->n; r++) {
        if ((uint32_t)o->y[r] >= o->n_classes)
            return mesa_fail(err, MESA_EDATA,
                             "row %zu is of class %d, but there are %u "
                             "classes", r, (int)o->y[r], o->n_classes);
        for (uint32_t c = 0; c < o->n_classes; c++)
            if (!isfinite(proba_row(o, r)[c]))
                return mesa_fail(err, MESA_ENUMERIC,
                                 "the probability of class %u in row %zu is "
                                 "not finite", c, r);
    }
    return MESA_OK;
}

/* Without branches, as scores of a few thousand rows are asked for often. */
MESA_INLINE uint32_t
run_beyond(const int32_t *y, size_t n, uint32_t n_classes)
{
    uint32_t bad = 0;

    for (size_t r = 0; r < n; r++)
        bad |= (uint32_t)y[r] >= n_classes;
    return bad;
}

MESA_CLONES static bool
any_beyond(const int32_t *y, size_t n, uint32_t n_classes)
{
    uint32_t bad = 0;
    size_t r = 0;

    for (; r + MESA_LANES <= n; r += MESA_LANES)
        bad |= run_beyond(y + r, MESA_LANES, n_classes);
    return bad | run_beyond(y + r, n - r, n_classes);
}

/* Adding one to an exponent of all ones sets the sign bit. */
MESA_INLINE uint64_t
run_infinite(const double *p, size_t n)
{
    const uint64_t exponent = UINT64_C(0x7ff) << 52, one = UINT64_C(1) << 52;
    uint64_t bad = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t bits;

        memcpy(&bits, &p[i], sizeof bits);
        bad |= (bits & exponent) + one;
    }
    return bad >> 63;
}

MESA_CLONES static bool
any_infinite(const double *p, size_t n)
{
    uint64_t bad = 0;
    size_t i = 0;

    for (; i + MESA_LANES <= n; i += MESA_LANES)
        bad |= run_infinite(p + i, MESA_LANES);
    return bad | run_infinite(p + i, n - i);
}

static mesa_status
check_rows(const struct mesa_outcome *o, struct mesa_error *err)
{
    bool bad = any_beyond(o->y, o->n, o->n_classes) ||
               any_infinite(o->proba, o->n * o->n_classes);

    return bad ? refuse_rows(o, err) : MESA_OK;
}

/* What no score could survive: nothing to score, or nothing that counts. */
static mesa_status
check(const struct mesa_metric *metric, const struct mesa_outcome *o,
      struct mesa_error *err)
{
    if (o->n == 0)
        return mesa_fail(err, MESA_EDATA, "%s needs rows, there are none",
                         metric->name);
    if (o->n_classes < 2)
        return mesa_fail(err, MESA_EDATA, "%s needs 2 classes, there are %u",
                         metric->name, o->n_classes);
    if (o->n_classes == 2 && o->positive > 1)
        return mesa_fail(err, MESA_EINVAL,
                         "%s of class %u, but there are 2 classes",
                         metric->name, o->positive);
    return check_rows(o, err);
}

mesa_status
mesa_metric_value(const struct mesa_metric *metric,
                  const struct mesa_outcome *outcome, double *value,
                  struct mesa_error *err)
{
    struct mesa_outcome o = { .positive = 1 };
    struct mesa_lap lap;
    mesa_status st;

    memcpy(&o, outcome, MESA_MIN(outcome->struct_size, sizeof o));
    mesa_lap_open(&lap, mesa_phase_timer(MESA_PHASE_METRICS));
    st = check(metric, &o, err);
    if (st == MESA_OK)
        st = metric->value(metric, &o, value, err);
    mesa_lap_close(&lap);
    return st;
}
