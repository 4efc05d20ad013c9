/* SPDX-License-Identifier: MIT */
/*
 * evaluate_pictures.c - what an evaluation shows: precision-recall and ROC
 * curves, calibration, and its scores over fits.
 *
 * Test rows are shown, or validation rows where there are none.  Curves are
 * means over all fits; calibration is of the rows of the first repeat, each
 * predicted once, as rows that are counted again and again would make shares
 * look surer than they are.
 */
#include "evaluate.h"

#include "interval.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    BINS  = 10,
    FITS  = 3, /* from which on a picture shows more than a table */
    BOXED = 4  /* points from which on a box is drawn around them */
};

/* The rows that are shown, as the first repeat predicted them. */
struct shown {
    struct mesa_outcome        outcome;
    const struct mesa_dataset *data;
    const char                *rows; /* what they are called */
    const char                *name; /* of the positive class */
};

enum mesa_part
mesa_evaluate_shown(const struct mesa_evaluate *e,
                    const struct mesa_parts *parts)
{
    const struct mesa_dataset *test = parts->data[MESA_PART_TEST];

    return e->folds > 0 || (test && test->x.rows > 0) ? MESA_PART_TEST
                                                      : MESA_PART_VALID;
}

/* False if there are no rows to be shown. */
static bool
find_shown(const struct mesa_evaluate *e, const struct mesa_host *host,
           struct shown *out)
{
    const enum mesa_part scored = mesa_evaluate_shown(e, &host->parts);
    const enum mesa_part part = e->folds > 0 ? MESA_PART_ALL : scored;
    const struct mesa_dataset *d = host->parts.data[part];

    if (!d || d->x.rows == 0 || !e->proba[part])
        return false;
    *out = (struct shown){
        { sizeof out->outcome, d->n_classes, d->x.rows, d->y, e->proba[part],
          e->scores_positive },
        d, mesa_part_names[scored], d->schema->class_name[e->scores_positive]
    };
    return true;
}

static size_t
n_fits(const struct mesa_evaluate *e)
{
    return (size_t)e->repeats * mesa_evaluate_n_folds(e);
}

mesa_status
mesa_evaluate_take_curves(struct mesa_evaluate *e,
                          const struct mesa_dataset *d, const double *proba,
                          struct mesa_error *err)
{
    const struct mesa_outcome outcome = { sizeof outcome, d->n_classes,
                                          d->x.rows,      d->y,
                                          proba,          e->scores_positive };

    return mesa_curves_add(e->curve, e->n_curves, &outcome, err);
}

/* Where an interval is, and how it came about. */
struct interval {
    double low[MESA_CURVES * MESA_CURVE_GRID];
    double high[MESA_CURVES * MESA_CURVE_GRID];
    bool   known, of_rows; /* of the rows of one fit, not over fits */
};

/* Do fits that are scored on the same rows all say the same, as those of
 * learners that draw nothing by lot do? */
static bool
all_same(const struct mesa_evaluate *e, const struct mesa_curve_sum *sum)
{
    if (e->folds > 0 || sum->n < 2)
        return false;
    for (int kind = 0; kind < MESA_CURVES; kind++)
        for (size_t i = 0; i < MESA_CURVE_VALUES; i++)
            if (sum->square[kind][i] > 0)
                return false;
    return true;
}

static mesa_status
find_interval(const struct mesa_evaluate *e, const struct mesa_host *host,
              const struct shown *s, struct interval *out,
              struct mesa_error *err)
{
    const struct mesa_curve_sum *sum = &e->curve[0];
    struct mesa_rng rng = mesa_host_rng(host, "curves", 0);

    out->known = sum->n >= 2;
    out->of_rows = n_fits(e) == 1 || all_same(e, sum);
    if (out->of_rows)
        return mesa_curves_bootstrap(&s->outcome, e->scores_positive, &rng,
                                     out->low, out->high, &out->known, err);
    for (int kind = 0; kind < MESA_CURVES && out->known; kind++)
        for (size_t i = 0; i < MESA_CURVE_GRID; i++) {
            const size_t at = (size_t)kind * MESA_CURVE_GRID + i;
            const double half = mesa_curve_half(sum, kind, i);

            out->low[at] = fmax(0.0, sum->mean[kind][i] - half);
            out->high[at] = fmin(1.0, sum->mean[kind][i] + half);
        }
    return MESA_OK;
}

/* Of how many fits a curve is the mean, and how far that is sure. */
static void
say_fits(struct mesa_text *t, const struct mesa_evaluate *e,
         const struct interval *interval)
{
    const struct mesa_curve_sum *sum = &e->curve[0];
    const bool same = all_same(e, sum);

    if (sum->n >= 2)
        mesa_text_printf(t, "mean of %.0f fits%s", sum->n,
                         same ? ", which are all the same" : "");
    else
        mesa_text_add(t, "of one fit");
    if (interval->known)
        mesa_text_printf(t, ", with pointwise intervals of 95 %% (%s).",
                         interval->of_rows
                             ? same ? "bootstrap of the rows of the first, "
                                      "200 draws"
                                    : "bootstrap of the rows, 200 draws"
                         : e->folds > 0
                             ? "of the mean, by Student's t over the fits, "
                               "which share training rows"
                             : "of the mean, by Student's t over the fits, "
                               "which share their rows: how far fits differ, "
                               "not rows");
    else
        mesa_text_add(t, ".");
}

/* The same of the classes of more than two. */
static void
say_classes(struct mesa_text *t, const struct mesa_evaluate *e,
            const struct shown *s)
{
    double least = INFINITY, most = 0.0;
    size_t drawn = 0;

    for (size_t c = 0; c < e->n_curves; c++)
        if (e->curve[c].n > 0) {
            least = fmin(least, e->curve[c].n);
            most = fmax(most, e->curve[c].n);
            drawn++;
        }
    if (most >= 2)
        mesa_text_printf(t, "mean of %s%.0f fits", least < most ? "up to " : "",
                         most);
    else
        mesa_text_add(t, "of one fit");
    if (drawn == s->outcome.n_classes)
        mesa_text_printf(t, "; each of %zu classes against the rest.", drawn);
    else
        mesa_text_printf(t, "; %zu of %u classes, each against the rest%s.",
                         drawn, (unsigned)s->outcome.n_classes,
                         drawn == MESA_CURVE_CLASSES
                             ? ": the first"
                             : " (of the first 8, those that rows are of)");
}

static char *
curve_caption(const struct mesa_evaluate *e, const struct shown *s, int kind,
              const struct interval *interval)
{
    const bool roc = kind == MESA_CURVE_ROC;
    struct mesa_text t = { 0 };

    mesa_text_printf(&t, "%s of %s rows, ",
                     roc ? "Share of the rows of a class that is found, over "
                           "the share of the others that is taken for it,"
                         : "Share that is right of what is taken for a class, "
                           "over the share of the class that is found,",
                     s->rows);
    if (e->n_curves > 1) {
        say_classes(&t, e, s);
    } else {
        say_fits(&t, e, interval);
        mesa_text_printf(&t, " The class is '%s', the area %.3f.", s->name,
                         e->curve[0].mean[kind][MESA_CURVE_GRID]);
    }
    mesa_text_add(&t, roc ? " Dashed: chance."
                          : " Precision at a recall is that of the highest "
                            "threshold that reaches it, as in average "
                            "precision.");
    if (!roc && e->n_curves == 1)
        mesa_text_add(&t, " Dashed: chance, the share of the class.");
    return mesa_text_take(&t);
}

static void
add_chance(struct mesa_plot *p, const struct mesa_evaluate *e,
           const struct shown *s, int kind)
{
    double share = 0.0;

    if (kind == MESA_CURVE_PRECISION && e->n_curves > 1)
        return;
    for (size_t r = 0; r < s->outcome.n; r++)
        share += s->outcome.y[r] == (int32_t)e->scores_positive;
    share /= (double)s->outcome.n;
    mesa_plot_series(p, MESA_MARK_REFERENCE, "chance");
    mesa_plot_point(p, (double[]){ 0, kind == MESA_CURVE_ROC ? 0 : share });
    mesa_plot_point(p, (double[]){ 1, kind == MESA_CURVE_ROC ? 1 : share });
}

static void
add_curve(struct mesa_plot *p, const struct mesa_curve_sum *sum, int kind,
          const char *label)
{
    mesa_plot_series(p, MESA_MARK_LINE, label);
    if (sum->n > 0 && kind == MESA_CURVE_ROC)
        mesa_plot_point(p, (double[]){ 0, 0 });
    for (size_t i = 0; i < MESA_CURVE_GRID && sum->n > 0; i++)
        mesa_plot_point(p, (double[]){ (double)i / (MESA_CURVE_GRID - 1),
                                       sum->mean[kind][i] });
}

static mesa_status
draw_curves(const struct mesa_evaluate *e, const struct shown *s, int kind,
            const struct interval *interval, struct mesa_report *report,
            struct mesa_error *err)
{
    char *caption = curve_caption(e, s, kind, interval);
    const bool roc = kind == MESA_CURVE_ROC;
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_UNIT_X | MESA_PLOT_UNIT_Y,
        .section     = MESA_PLOT_RESULT,
        .name        = roc ? "roc" : "precision_recall",
        .title       = roc ? "ROC curve" : "Precision and recall",
        .caption     = caption,
        .x_label     = roc ? "false positive rate" : "recall",
        .y_label     = roc ? "true positive rate" : "precision"
    };
    struct mesa_plot *p;

    if (!caption)
        return mesa_nomem(err, 1, "caption");
    p = mesa_report_plot(report, &info);
    mesa_free(caption);
    if (e->n_curves == 1 && interval->known) {
        mesa_plot_series(p, MESA_MARK_BAND, s->rows);
        for (size_t i = 0; i < MESA_CURVE_GRID; i++) {
            const size_t at = (size_t)kind * MESA_CURVE_GRID + i;

            mesa_plot_point(p, (double[]){
                (double)i / (MESA_CURVE_GRID - 1), interval->low[at],
                interval->high[at] });
        }
    }
    for (size_t c = 0; c < e->n_curves; c++)
        add_curve(p, &e->curve[c], kind,
                  e->n_curves == 1 ? s->rows : s->data->schema->class_name[c]);
    add_chance(p, e, s, kind);
    return MESA_OK;
}

/* Rows by what is predicted for them, and how many of them are right. */
struct bin {
    size_t n, right;
    double sum;
};

/* Of the positive class of two; of more, of the class that is predicted. */
static void
fill_bins(const struct mesa_outcome *o, struct bin bin[BINS])
{
    for (size_t r = 0; r < o->n; r++) {
        const double *p = o->proba + r * o->n_classes;
        uint32_t c = o->positive;
        size_t b;

        for (uint32_t k = o->n_classes > 2 ? 0 : o->n_classes;
             k < o->n_classes; k++)
            if (k == 0 || p[k] > p[c])
                c = k;
        b = p[c] > 0 ? MESA_MIN((size_t)(p[c] * BINS), BINS - 1) : 0;
        bin[b].n++;
        bin[b].sum += p[c];
        bin[b].right += o->y[r] == (int32_t)c;
    }
}

/* Panels of shares with their intervals and of rows in each bin. */
static void
add_bins(struct mesa_plot *p, const struct bin bin[BINS], const char *rows)
{
    mesa_plot_panel(p, "share of rows that are of the class");
    mesa_plot_series(p, MESA_MARK_REFERENCE, "as predicted");
    mesa_plot_point(p, (double[]){ 0, 0 });
    mesa_plot_point(p, (double[]){ 1, 1 });
    mesa_plot_series(p, MESA_MARK_ERROR, rows);
    for (int b = 0; b < BINS; b++) {
        double point[4];

        if (bin[b].n == 0)
            continue;
        point[0] = bin[b].sum / (double)bin[b].n;
        point[1] = (double)bin[b].right / (double)bin[b].n;
        mesa_wilson(bin[b].right, bin[b].n, &point[2], &point[3]);
        mesa_plot_point(p, point);
    }
    mesa_plot_panel(p, "rows");
    mesa_plot_series(p, MESA_MARK_BAR, rows);
    for (int b = 0; b < BINS; b++) {
        const double at = (b + 0.5) / BINS;
        char count[24];

        snprintf(count, sizeof count, "%zu", bin[b].n);
        mesa_plot_point(p, (double[]){ at, (double)bin[b].n });
        if (bin[b].n > 0)
            mesa_plot_note(p, 'c', at, (double)bin[b].n, count);
    }
}

static mesa_status
draw_calibration(const struct shown *s, struct mesa_report *report,
                 struct mesa_error *err)
{
    const bool binary = s->outcome.n_classes <= 2;
    char *caption = mesa_asprintf(
        "Left: the share of %s rows that are of %s%s%s, over the mean of "
        "what was predicted for them, in ten bins of equal width, with "
        "intervals of 95 %% (Wilson); on the dashed line predictions are "
        "what they say. Right: how many rows each bin has. Each row is "
        "counted once, as the first repeat predicted it.",
        s->rows, binary ? "class '" : "the class predicted",
        binary ? s->name : "", binary ? "'" : "");
    char *label = mesa_asprintf("predicted probability%s%s",
                                binary ? " of " : "", binary ? s->name : "");
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .flags       = MESA_PLOT_UNIT_X,
        .section     = MESA_PLOT_RESULT,
        .name        = "calibration",
        .title       = "Calibration",
        .caption     = caption,
        .x_label     = label,
        .y_label     = " " /* an axis, which panels name */
    };
    struct bin bin[BINS] = { { 0, 0, 0.0 } };
    mesa_status st = MESA_OK;

    if (caption && label) {
        fill_bins(&s->outcome, bin);
        add_bins(mesa_report_plot(report, &info), bin, s->rows);
    } else {
        st = mesa_nomem(err, 1, "caption");
    }
    mesa_free(caption);
    mesa_free(label);
    return st;
}

static void
add_scores(struct mesa_plot *p, const struct mesa_evaluate *e,
           enum mesa_part part, bool larger)
{
    size_t at = 0;

    for (size_t m = 0; m < e->n_metrics; m++) {
        if (mesa_metric_larger_is_better(e->metric[m]) != larger)
            continue;
        mesa_plot_tick(p, 'x', (double)at, mesa_metric_name(e->metric[m]));
        mesa_plot_series(p, MESA_MARK_BOX, "");
        for (size_t i = 0; i < n_fits(e); i++)
            mesa_plot_point(p, (double[]){
                (double)at, e->value[(i * MESA_SCORED_PARTS + part - 1) *
                                         e->n_metrics + m] });
        at++;
    }
}

/* Scores of one direction have a picture of their own: the others may be on
 * another scale. */
static mesa_status
draw_scores(const struct mesa_evaluate *e, const struct mesa_host *host,
            bool larger, struct mesa_report *report, struct mesa_error *err)
{
    const enum mesa_part part = mesa_evaluate_shown(e, &host->parts);
    char *caption = mesa_asprintf(
        "%s of %s rows over %zu fits, a point each%s. %s is better.",
        larger ? "Scores" : "Losses", mesa_part_names[part], n_fits(e),
        n_fits(e) >= BOXED ? "; boxes are quartiles, whiskers reach to points "
                             "within 1.5 of their distance"
                           : "",
        larger ? "Larger" : "Smaller");
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_RESULT,
        .name        = larger ? "scores" : "losses",
        .title       = larger ? "Scores over fits" : "Losses over fits",
        .caption     = caption,
        .x_label     = "",
        .y_label     = larger ? "score (larger is better)"
                              : "loss (smaller is better)"
    };

    if (!caption)
        return mesa_nomem(err, 1, "caption");
    add_scores(mesa_report_plot(report, &info), e, part, larger);
    mesa_free(caption);
    return MESA_OK;
}

mesa_status
mesa_evaluate_report(const void *self, const struct mesa_host *host,
                     struct mesa_report *report, struct mesa_error *err)
{
    const struct mesa_evaluate *e = self;
    struct interval interval = { .known = false };
    struct shown s;
    bool ranked = false;
    mesa_status st = MESA_OK;

    if (!e->curve || !find_shown(e, host, &s))
        return MESA_OK;
    for (size_t c = 0; c < e->n_curves; c++)
        ranked |= e->curve[c].n > 0;
    if (e->n_curves == 1 && ranked)
        st = find_interval(e, host, &s, &interval, err);
    for (int kind = 0; kind < MESA_CURVES && ranked && st == MESA_OK; kind++)
        st = draw_curves(e, &s, kind, &interval, report, err);
    if (st == MESA_OK)
        st = draw_calibration(&s, report, err);
    for (int larger = 1; larger >= 0 && n_fits(e) >= FITS; larger--)
        if (st == MESA_OK)
            st = draw_scores(e, host, larger, report, err);
    return st;
}
