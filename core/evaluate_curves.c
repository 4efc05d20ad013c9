/* SPDX-License-Identifier: MIT */
/*
 * evaluate_curves.c - precision-recall and ROC curves on a grid, so that those
 * of several fits have a mean and an interval at each place.
 */
#include "evaluate_curves.h"

#include "interval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LAST     = MESA_CURVE_GRID - 1,
    AREA     = MESA_CURVE_GRID,
    DRAWS    = 200,  /* of a bootstrap */
    OUTSIDE  = 5,    /* of these lie below the interval, and above it */
    MOST_ROWS = 50000 /* beyond which it is too narrow to be seen */
};

/* Falling scores; the row decides between equal ones, so that the order is
 * the same whatever sorts. */
static int
compare_rows(const void *a, const void *b)
{
    const struct mesa_ordered_row *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

void
mesa_curve_order(const struct mesa_outcome *o, uint32_t class_,
                 struct mesa_ordered_row *row)
{
    for (size_t r = 0; r < o->n; r++)
        row[r] = (struct mesa_ordered_row){ o->proba[r * o->n_classes + class_],
                                            r, 1,
                                            (uint32_t)o->y[r] == class_ };
    qsort(row, o->n, sizeof *row, compare_rows);
}

/* Rows above a threshold: of the class, and others. */
struct counts {
    size_t positive, negative;
};

static struct counts
count_all(const struct mesa_ordered_row *row, size_t n)
{
    struct counts c = { 0, 0 };

    for (size_t i = 0; i < n; i++)
        *(row[i].positive ? &c.positive : &c.negative) += row[i].times;
    return c;
}

/* Grid points that the recall of this threshold is the first to reach. */
static void
fill_precision(double *out, size_t *at, struct counts before,
               struct counts now, struct counts all)
{
    const double precision = (double)now.positive /
                             (double)(now.positive + now.negative);

    if (now.positive == before.positive)
        return;
    while (*at <= LAST && *at * all.positive <= LAST * now.positive)
        out[(*at)++] = precision;
    out[AREA] += precision * (double)(now.positive - before.positive) /
                 (double)all.positive;
}

/* Grid points before the false positive rate of this threshold. */
static void
fill_roc(double *out, size_t *at, struct counts before, struct counts now,
         struct counts all)
{
    const double rise = (double)(now.positive - before.positive);
    const double run = (double)(now.negative - before.negative);
    const double scale = 1.0 / (double)all.positive;

    while (*at <= LAST && *at * all.negative < LAST * now.negative) {
        const double along = (double)(*at * all.negative) / LAST -
                             (double)before.negative;

        out[(*at)++] = scale * ((double)before.positive + along / run * rise);
    }
    out[AREA] += scale * (run / (double)all.negative) *
                 ((double)before.positive + 0.5 * rise);
}

bool
mesa_curves_of(const struct mesa_ordered_row *row, size_t n,
               double out[MESA_CURVES][MESA_CURVE_VALUES])
{
    const struct counts all = count_all(row, n);
    struct counts before = { 0, 0 }, now = before;
    size_t precision = 0, roc = 0;

    if (all.positive == 0 || all.negative == 0)
        return false;
    out[MESA_CURVE_PRECISION][AREA] = out[MESA_CURVE_ROC][AREA] = 0.0;
    for (size_t i = 0; i < n; i++) {
        *(row[i].positive ? &now.positive : &now.negative) += row[i].times;
        if (i + 1 < n && row[i + 1].score == row[i].score)
            continue;
        fill_precision(out[MESA_CURVE_PRECISION], &precision, before, now,
                       all);
        fill_roc(out[MESA_CURVE_ROC], &roc, before, now, all);
        before = now;
    }
    while (roc <= LAST)
        out[MESA_CURVE_ROC][roc++] = 1.0;
    return true;
}

size_t
mesa_curve_sums(uint32_t n_classes)
{
    return n_classes <= 2 ? 1 : MESA_MIN(n_classes, MESA_CURVE_CLASSES);
}

static void
add_curves(struct mesa_curve_sum *sum,
           double curve[MESA_CURVES][MESA_CURVE_VALUES])
{
    sum->n += 1;
    for (int kind = 0; kind < MESA_CURVES; kind++)
        for (size_t i = 0; i < MESA_CURVE_VALUES; i++) {
            const double off = curve[kind][i] - sum->mean[kind][i];

            sum->mean[kind][i] += off / sum->n;
            sum->square[kind][i] += off * (curve[kind][i] -
                                           sum->mean[kind][i]);
        }
}

mesa_status
mesa_curves_add(struct mesa_curve_sum *sum, size_t n_sums,
                const struct mesa_outcome *o, struct mesa_error *err)
{
    struct mesa_ordered_row *row = mesa_alloc_raw(o->n, sizeof *row);
    double curve[MESA_CURVES][MESA_CURVE_VALUES];

    if (!row)
        return mesa_nomem(err, o->n, "ordered rows");
    for (size_t s = 0; s < n_sums; s++) {
        mesa_curve_order(o, n_sums == 1 ? o->positive : (uint32_t)s, row);
        if (mesa_curves_of(row, o->n, curve))
            add_curves(&sum[s], curve);
    }
    mesa_free(row);
    return MESA_OK;
}

double
mesa_curve_half(const struct mesa_curve_sum *sum, int kind, size_t i)
{
    if (sum->n < 2)
        return NAN;
    return mesa_student_975((size_t)sum->n - 1) *
           sqrt(sum->square[kind][i] / (sum->n - 1) / sum->n);
}

/* As many rows of each kind as there are, any of them any number of times.
 * of: all rows of one kind, then those of the other. */
static void
draw_rows(struct mesa_ordered_row *row, const size_t *of, size_t n,
          size_t n_positive, struct mesa_rng *rng)
{
    for (size_t i = 0; i < n; i++)
        row[i].times = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t from = i < n_positive ? 0 : n_positive;
        const size_t many = i < n_positive ? n_positive : n - n_positive;

        row[of[from + mesa_rng_below(rng, many)]].times++;
    }
}

static int
compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* value[place][draw] */
static void
take_quantiles(double *value, size_t places, double *low, double *high)
{
    for (size_t i = 0; i < places; i++) {
        qsort(value + i * DRAWS, DRAWS, sizeof *value, compare_doubles);
        low[i] = value[i * DRAWS + OUTSIDE];
        high[i] = value[i * DRAWS + DRAWS - 1 - OUTSIDE];
    }
}

static void
draw_curves(struct mesa_ordered_row *row, size_t *of, size_t n,
            struct mesa_rng *rng, double *value)
{
    double curve[MESA_CURVES][MESA_CURVE_VALUES];
    size_t n_positive = 0, next = 0;

    for (int positive = 1; positive >= 0; positive--)
        for (size_t i = 0; i < n; i++)
            if (row[i].positive == (positive == 1)) {
                of[next++] = i;
                n_positive += row[i].positive;
            }
    for (size_t d = 0; d < DRAWS; d++) {
        draw_rows(row, of, n, n_positive, rng);
        mesa_curves_of(row, n, curve);
        for (size_t kind = 0; kind < MESA_CURVES; kind++)
            for (size_t i = 0; i < MESA_CURVE_GRID; i++)
                value[(kind * MESA_CURVE_GRID + i) * DRAWS + d] =
                    curve[kind][i];
    }
}

mesa_status
mesa_curves_bootstrap(const struct mesa_outcome *o, uint32_t class_,
                      struct mesa_rng *rng, double *low, double *high,
                      bool *done, struct mesa_error *err)
{
    const size_t places = MESA_CURVES * MESA_CURVE_GRID;
    double curve[MESA_CURVES][MESA_CURVE_VALUES];
    struct mesa_ordered_row *row;
    double *value;
    size_t *of;
    mesa_status st = MESA_OK;

    *done = false;
    if (o->n > MOST_ROWS)
        return MESA_OK;
    row = mesa_alloc_raw(o->n, sizeof *row);
    of = mesa_alloc_raw(o->n, sizeof *of);
    value = mesa_alloc_raw(places, DRAWS * sizeof *value);
    if (!row || !of || !value) {
        st = mesa_nomem(err, o->n, "rows drawn");
    } else {
        mesa_curve_order(o, class_, row);
        *done = mesa_curves_of(row, o->n, curve);
    }
    if (*done) {
        draw_curves(row, of, o->n, rng, value);
        take_quantiles(value, places, low, high);
    }
    mesa_free(row);
    mesa_free(of);
    mesa_free(value);
    return st;
}
