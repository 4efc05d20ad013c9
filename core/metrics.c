/* SPDX-License-Identifier: MIT */
/*
 * metrics.c - scores, by scikit-learn's and imbalanced-learn's definitions.
 *
 * Ranking scores (average precision, ROC AUC) need only how many rows of each
 * side have which score: the scores of positive and negative rows are sorted
 * apart, as integers in the order of the doubles, and merged.  With rare
 * positives that is little more than one radix sort.  Sums run in row order,
 * so the bits do not depend on threads.
 */
#include "internal.h"

#include <math.h>
#include <string.h>

#define LEAST_PROBABILITY 1e-15 /* scikit-learn 1.2's clip in log_loss */
#define ECE_BINS          15

struct mesa_metric {
    const char *name, *title;
    bool        larger_is_better;
    mesa_status (*value)(const struct mesa_outcome *outcome, double *value,
                         struct mesa_error *err);
};

/* Rows per true and predicted class, with their sums. */
struct counts {
    uint32_t n_classes;
    size_t  *cell; /* [true * n_classes + predicted] */
    size_t  *truly, *predicted;
    size_t   correct, total;
};

static uint32_t
predicted_class(const struct mesa_outcome *o, size_t r)
{
    const double *p = o->proba + r * o->n_classes;
    uint32_t best = 0;

    for (uint32_t c = 1; c < o->n_classes; c++)
        if (p[c] > p[best])
            best = c;
    return best;
}

void
mesa_confusion(const struct mesa_outcome *o, size_t *count)
{
    memset(count, 0, (size_t)o->n_classes * o->n_classes * sizeof *count);
    for (size_t r = 0; r < o->n; r++)
        count[(uint32_t)o->y[r] * o->n_classes + predicted_class(o, r)]++;
}

static mesa_status
count_outcome(const struct mesa_outcome *o, struct counts *k,
              struct mesa_error *err)
{
    uint32_t n = o->n_classes;

    k->n_classes = n;
    k->cell = mesa_alloc_array((size_t)n + 2, n * sizeof *k->cell);
    if (!k->cell)
        return mesa_nomem(err, n, "counts");
    k->truly = k->cell + (size_t)n * n;
    k->predicted = k->truly + n;
    mesa_confusion(o, k->cell);
    k->total = o->n;
    k->correct = 0;
    for (uint32_t t = 0; t < n; t++) {
        k->correct += k->cell[t * n + t];
        for (uint32_t p = 0; p < n; p++) {
            k->truly[t] += k->cell[t * n + p];
            k->predicted[p] += k->cell[t * n + p];
        }
    }
    return MESA_OK;
}

/* F1 of one class; 0 where it is 0/0, as scikit-learn's default. */
static double
class_f1(const struct counts *k, uint32_t c)
{
    double hits = (double)k->cell[(size_t)c * k->n_classes + c];
    double both = (double)k->truly[c] + (double)k->predicted[c];

    return both > 0 ? 2.0 * hits / both : 0.0;
}

static double
class_recall(const struct counts *k, uint32_t c)
{
    return (double)k->cell[(size_t)c * k->n_classes + c] /
           (double)k->truly[c];
}

/* Mean over the classes that occur in truth or prediction. */
static double
macro_f1(const struct counts *k)
{
    double sum = 0.0;
    size_t n = 0;

    for (uint32_t c = 0; c < k->n_classes; c++) {
        if (k->truly[c] + k->predicted[c] == 0)
            continue;
        sum += class_f1(k, c);
        n++;
    }
    return sum / (double)n;
}

/* The scores that confusion counts decide, one function each. */
static double
fscore(const struct mesa_outcome *o, const struct counts *k)
{
    return o->n_classes == 2 ? class_f1(k, o->positive) : macro_f1(k);
}

static double
f1_macro(const struct mesa_outcome *o, const struct counts *k)
{
    (void)o;
    return macro_f1(k);
}

static double
f1_weighted(const struct mesa_outcome *o, const struct counts *k)
{
    double sum = 0.0;

    (void)o;
    for (uint32_t c = 0; c < k->n_classes; c++)
        sum += class_f1(k, c) * (double)k->truly[c];
    return sum / (double)k->total;
}

/* Gorodkin 2004, eq. 8, in counts. */
static double
mcc(const struct mesa_outcome *o, const struct counts *k)
{
    double s = (double)k->total, cross = 0.0, truly = 0.0, predicted = 0.0;
    double spread;

    (void)o;
    for (uint32_t c = 0; c < k->n_classes; c++) {
        double t = (double)k->truly[c], p = (double)k->predicted[c];

        cross += t * p;
        truly += t * t;
        predicted += p * p;
    }
    spread = sqrt((s * s - predicted) * (s * s - truly));
    return spread > 0 ? ((double)k->correct * s - cross) / spread : 0.0;
}

/* The C-th root of the product of the recalls of the classes present. */
static double
gmean(const struct mesa_outcome *o, const struct counts *k)
{
    double product = 1.0;
    size_t n = 0;

    (void)o;
    for (uint32_t c = 0; c < k->n_classes; c++) {
        if (k->truly[c] == 0)
            continue;
        product *= class_recall(k, c);
        n++;
    }
    return n == 2 ? sqrt(product) : mesa_pow(product, 1.0 / (double)n);
}

static double
bacc(const struct mesa_outcome *o, const struct counts *k)
{
    double sum = 0.0;
    size_t n = 0;

    (void)o;
    for (uint32_t c = 0; c < k->n_classes; c++) {
        if (k->truly[c] == 0)
            continue;
        sum += class_recall(k, c);
        n++;
    }
    return sum / (double)n;
}

static double
accuracy(const struct mesa_outcome *o, const struct counts *k)
{
    (void)o;
    return (double)k->correct / (double)k->total;
}

static mesa_status
from_counts(const struct mesa_outcome *o,
            double (*score)(const struct mesa_outcome *,
                            const struct counts *),
            double *value, struct mesa_error *err)
{
    struct counts k;
    mesa_status st = count_outcome(o, &k, err);

    if (st == MESA_OK) {
        *value = score(o, &k);
        mesa_free(k.cell);
    }
    return st;
}

#define FROM_COUNTS(name)                                                \
    static mesa_status name##_value(const struct mesa_outcome *o,        \
                                    double *value, struct mesa_error *err) \
    {                                                                    \
        return from_counts(o, name, value, err);                         \
    }
FROM_COUNTS(fscore)
FROM_COUNTS(f1_macro)
FROM_COUNTS(f1_weighted)
FROM_COUNTS(mcc)
FROM_COUNTS(gmean)
FROM_COUNTS(bacc)
FROM_COUNTS(accuracy)

/* An integer in the order of the doubles (-0 and 0 alike). */
static uint64_t
order_key(double v)
{
    uint64_t bits;

    v += 0.0;
    memcpy(&bits, &v, sizeof bits);
    return bits ^ (bits >> 63 ? UINT64_MAX : UINT64_C(1) << 63);
}

/* Least significant digit radix sort; digits that are all alike cost one
 * look.  The result is in key; spare is as long. */
static void
sort_keys(uint64_t *key, uint64_t *spare, size_t n)
{
    size_t count[8][256];
    uint64_t *from = key, *to = spare;

    memset(count, 0, sizeof count);
    for (size_t i = 0; i < n; i++)
        for (int d = 0; d < 8; d++)
            count[d][key[i] >> (8 * d) & 255]++;
    for (int d = 0; d < 8; d++) {
        uint64_t *swap;
        size_t start = 0;

        if (n == 0 || count[d][from[0] >> (8 * d) & 255] == n)
            continue;
        for (int b = 0; b < 256; b++) {
            size_t here = count[d][b];

            count[d][b] = start;
            start += here;
        }
        for (size_t i = 0; i < n; i++)
            to[count[d][from[i] >> (8 * d) & 255]++] = from[i];
        swap = from;
        from = to;
        to = swap;
    }
    if (from != key)
        memcpy(key, from, n * sizeof *key);
}

/* The scores of one class's rows and of the rest, each sorted ascending. */
struct ranking {
    uint64_t *block;
    uint64_t *positive, *negative;
    size_t    n_positive, n_negative;
};

static mesa_status
rank(const struct mesa_outcome *o, uint32_t class_, struct ranking *out,
     struct mesa_error *err)
{
    out->block = mesa_alloc_raw(o->n, 2 * sizeof *out->block);
    if (!out->block)
        return mesa_nomem(err, o->n, "scores");
    out->n_positive = out->n_negative = 0;
    for (size_t r = 0; r < o->n; r++)
        out->n_positive += (uint32_t)o->y[r] == class_;
    out->positive = out->block;
    out->negative = out->block + out->n_positive;
    out->n_positive = 0;
    for (size_t r = 0; r < o->n; r++) {
        uint64_t key = order_key(o->proba[r * o->n_classes + class_]);

        if ((uint32_t)o->y[r] == class_)
            out->positive[out->n_positive++] = key;
        else
            out->negative[out->n_negative++] = key;
    }
    sort_keys(out->positive, out->block + o->n, out->n_positive);
    sort_keys(out->negative, out->block + o->n, out->n_negative);
    return MESA_OK;
}

/* sum of (R_n - R_{n-1}) P_n over the distinct scores, highest first. */
static double
average_precision(const struct ranking *k)
{
    size_t i = k->n_positive, j = k->n_negative;
    double sum = 0.0;

    while (i > 0) {
        uint64_t score = k->positive[i - 1];
        size_t before = i;
        double hits, all;

        while (i > 0 && k->positive[i - 1] == score)
            i--;
        while (j > 0 && k->negative[j - 1] >= score)
            j--;
        hits = (double)(k->n_positive - i);
        all = hits + (double)(k->n_negative - j);
        sum += (double)(before - i) * (hits / all);
    }
    return sum / (double)k->n_positive;
}

/* The share of pairs in order, ties counting half (Mann-Whitney). */
static double
area_under_roc(const struct ranking *k)
{
    size_t below = 0, equal = 0;
    double pairs = 0.0;

    for (size_t i = 0; i < k->n_positive; i++) {
        while (below < k->n_negative && k->negative[below] < k->positive[i])
            below++;
        equal = MESA_MAX(equal, below);
        while (equal < k->n_negative &&
               k->negative[equal] <= k->positive[i])
            equal++;
        pairs += (double)below + 0.5 * (double)(equal - below);
    }
    return pairs / ((double)k->n_positive * (double)k->n_negative);
}

/* Binary: of the positive class.  Otherwise the mean over the classes that
 * have rows, each against the rest. */
static mesa_status
from_rankings(const struct mesa_outcome *o, const char *name, bool both_sides,
              double (*score)(const struct ranking *), double *value,
              struct mesa_error *err)
{
    bool binary = o->n_classes == 2;
    double sum = 0.0;
    size_t n = 0;

    for (uint32_t c = 0; c < o->n_classes; c++) {
        struct ranking k;
        mesa_status st;

        if (binary && c != o->positive)
            continue;
        st = rank(o, c, &k, err);
        if (st != MESA_OK)
            return st;
        if (k.n_positive && (k.n_negative || !both_sides)) {
            sum += score(&k);
            n++;
        }
        mesa_free(k.block);
    }
    if (n == 0)
        return mesa_fail(err, MESA_EDATA,
                         both_sides ? "%s needs rows of two classes"
                                    : "%s needs rows of the positive class, "
                                      "there are none",
                         name);
    *value = sum / (double)n;
    return MESA_OK;
}

static mesa_status
aucprc_value(const struct mesa_outcome *o, double *value,
             struct mesa_error *err)
{
    return from_rankings(o, "aucprc", false, average_precision, value, err);
}

static mesa_status
rocauc_value(const struct mesa_outcome *o, double *value,
             struct mesa_error *err)
{
    return from_rankings(o, "rocauc", true, area_under_roc, value, err);
}

/* Probabilities are clipped and the row scaled to sum to 1 again. */
static mesa_status
logloss_value(const struct mesa_outcome *o, double *value,
              struct mesa_error *err)
{
    double sum = 0.0;

    (void)err;
    for (size_t r = 0; r < o->n; r++) {
        const double *p = o->proba + r * o->n_classes;
        double all = 0.0, mine = 0.0;

        for (uint32_t c = 0; c < o->n_classes; c++) {
            double v = MESA_MAX(p[c], LEAST_PROBABILITY);

            v = MESA_MIN(v, 1.0 - LEAST_PROBABILITY);
            all += v;
            if ((uint32_t)o->y[r] == c)
                mine = v;
        }
        sum -= mesa_log(mine / all);
    }
    *value = sum / (double)o->n;
    return MESA_OK;
}

/* Two classes: of the positive one.  More: summed over classes. */
static mesa_status
brier_value(const struct mesa_outcome *o, double *value,
            struct mesa_error *err)
{
    double sum = 0.0;

    (void)err;
    for (size_t r = 0; r < o->n; r++) {
        const double *p = o->proba + r * o->n_classes;

        for (uint32_t c = 0; c < o->n_classes; c++) {
            double d = p[c] - ((uint32_t)o->y[r] == c);

            if (o->n_classes > 2 || c == o->positive)
                sum += d * d;
        }
    }
    *value = sum / (double)o->n;
    return MESA_OK;
}

/* Guo et al. 2017, eq. 3: gap between confidence and accuracy, weighted over
 * equal-width bins of the predicted class's probability. */
static mesa_status
ece_value(const struct mesa_outcome *o, double *value, struct mesa_error *err)
{
    double confidence[ECE_BINS] = { 0.0 }, gap = 0.0;
    size_t right[ECE_BINS] = { 0 };

    (void)err;
    for (size_t r = 0; r < o->n; r++) {
        uint32_t c = predicted_class(o, r);
        double p = o->proba[r * o->n_classes + c];
        double at = ceil(p * ECE_BINS) - 1.0; /* (b/15, (b+1)/15] */
        size_t bin = at < 0 ? 0 : at > ECE_BINS - 1 ? ECE_BINS - 1
                                                    : (size_t)at;

        confidence[bin] += p;
        right[bin] += c == (uint32_t)o->y[r];
    }
    for (size_t b = 0; b < ECE_BINS; b++)
        gap += fabs(confidence[b] - (double)right[b]);
    *value = gap / (double)o->n;
    return MESA_OK;
}

static const struct mesa_metric metrics[] = {
    { "aucprc", "average precision (area under precision-recall)", true,
      aucprc_value },
    { "rocauc", "area under the ROC curve", true, rocauc_value },
    { "fscore", "F1 of the positive class", true, fscore_value },
    { "f1_weighted", "F1, classes weighted by their rows", true,
      f1_weighted_value },
    { "f1_macro", "F1, mean over classes", true, f1_macro_value },
    { "mcc", "Matthews correlation coefficient", true, mcc_value },
    { "gmean", "geometric mean of recalls", true, gmean_value },
    { "bacc", "balanced accuracy", true, bacc_value },
    { "accuracy", "accuracy", true, accuracy_value },
    { "logloss", "log loss", false, logloss_value },
    { "brier", "Brier score", false, brier_value },
    { "ece", "expected calibration error, 15 bins", false, ece_value },
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

mesa_status
mesa_metric_value(const struct mesa_metric *metric,
                  const struct mesa_outcome *outcome, double *value,
                  struct mesa_error *err)
{
    if (outcome->n == 0 || outcome->n_classes < 2)
        return mesa_fail(err, MESA_EDATA,
                         "%s is not defined for %zu rows of %u classes",
                         metric->name, outcome->n,
                         (unsigned)outcome->n_classes);
    return metric->value(outcome, value, err);
}
