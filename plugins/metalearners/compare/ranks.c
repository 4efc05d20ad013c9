/* SPDX-License-Identifier: MIT */
/*
 * ranks.c - the critical-difference diagram of Demsar (2006, figure 1): an
 * axis of mean ranks, methods by lines to its left and right, and bars that
 * join those which do not differ.
 *
 * Ranks are over data sets.  With one data set they are over its fits, and
 * there are no bars: folds share rows, which no test of these ranks allows.
 */
#include "compare.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Heights above the axis: between bars, and from the last to the first name. */
static const double bar_step = 0.5, gap = 0.5;

struct diagram {
    const struct compare *c;
    size_t                k, n; /* methods; how often they were ranked */
    double               *score; /* [n][k] */
    double               *rank;  /* mean of each */
    size_t               *order; /* methods, best first */
    struct compare_pair  *pair;
};

static void
release(struct diagram *d)
{
    mesa_free(d->score);
    mesa_free(d->rank);
    mesa_free(d->order);
    mesa_free(d->pair);
}

/* What methods are ranked by: on each data set, or in each fit of the one. */
static mesa_status
collect(struct diagram *d, const double *score, struct mesa_error *err)
{
    const struct compare *c = d->c;
    const char *split = "";
    mesa_status st = MESA_OK;

    d->score = mesa_alloc_array(d->n * d->k, sizeof *d->score);
    d->rank = mesa_alloc_array(d->k, sizeof *d->rank);
    d->order = mesa_alloc_array(d->k, sizeof *d->order);
    d->pair = mesa_alloc_array(d->k * (d->k - 1) / 2, sizeof *d->pair);
    if (!d->score || !d->rank || !d->order || !d->pair)
        return mesa_nomem(err, d->n * d->k, "ranks");
    if (c->n_data > 1) {
        memcpy(d->score, score, d->n * d->k * sizeof *score);
        return MESA_OK;
    }
    if (c->runs.n)
        st = compare_runs_split(c, 0, &split, err);
    for (size_t i = 0; i < d->n * d->k && st == MESA_OK; i++)
        d->score[i] = compare_leading_score(c, 0, i % d->k, i / d->k, split);
    return st;
}

static void
rank_all(struct diagram *d)
{
    struct compare_friedman f;

    compare_friedman(d->score, d->n, d->k,
                     mesa_metric_larger_is_better(
                         mesa_trials_metric(d->c->trials[0], 0)),
                     d->rank, &f);
    compare_pairs(d->rank, d->n, d->k, d->pair);
    for (size_t i = 0; i < d->k; i++)
        d->order[i] = compare_ranked(d->rank, d->k, false, i);
}

/* Are the places i < j of the order said to differ? */
static bool
differ(const struct diagram *d, size_t i, size_t j)
{
    const size_t a = d->order[i] < d->order[j] ? d->order[i] : d->order[j];
    const size_t b = d->order[i] < d->order[j] ? d->order[j] : d->order[i];

    for (size_t p = 0; p < d->k * (d->k - 1) / 2; p++)
        if (d->pair[p].a == a && d->pair[p].b == b)
            return d->pair[p].holm < COMPARE_LEVEL;
    return false;
}

/* The last place that a bar from place i reaches: no two of it differ. */
static size_t
reach(const struct diagram *d, size_t i)
{
    size_t end = i;

    while (end + 1 < d->k) {
        for (size_t j = i; j <= end; j++)
            if (differ(d, j, end + 1))
                return end;
        end++;
    }
    return end;
}

/* Bars that are not part of another; how many. */
static size_t
draw_bars(const struct diagram *d, struct mesa_plot *p)
{
    size_t n = 0, before = 0;

    if (d->c->n_data < 2)
        return 0;
    mesa_plot_series(p, MESA_MARK_SEGMENT, "no difference (Holm, 5 %)");
    for (size_t i = 0; i < d->k; i++) {
        const size_t end = reach(d, i);

        if (end == i || (n > 0 && end <= before))
            continue;
        n++;
        before = end;
        mesa_plot_point(p, (double[]){ d->rank[d->order[i]] - 0.05,
                                       bar_step * (double)n,
                                       d->rank[d->order[end]] + 0.05,
                                       bar_step * (double)n });
    }
    return n;
}

/* How far names stand from the axis, which is k - 1 long: an 80th of the
 * whole width for each letter. */
static double
margin(const struct diagram *d)
{
    double share = 0.0;

    for (size_t m = 0; m < d->k; m++)
        share = fmax(share, (double)(strlen(compare_method(d->c, m)) + 2) /
                                80.0);
    share = fmin(share, 0.32);
    return share * (double)(d->k - 1) / (1.0 - 2.0 * share) + 0.2;
}

/* A line from the place of a method on the axis to its name. */
static void
draw_name(const struct diagram *d, struct mesa_plot *p, size_t i,
          double height, bool left)
{
    const size_t m = d->order[i];
    const double rank = d->rank[m], apart = 0.02 * (double)d->k;
    const double end = left ? 1.0 - apart : (double)d->k + apart;
    const double name = left ? end - apart : end + apart;

    mesa_plot_series(p, MESA_MARK_FAINT, "");
    mesa_plot_point(p, (double[]){ rank, 0 });
    mesa_plot_point(p, (double[]){ rank, height });
    mesa_plot_point(p, (double[]){ end, height });
    mesa_plot_note(p, left ? 'r' : 'l', name, height,
                   compare_method(d->c, m));
}

static void
draw_axis(const struct diagram *d, struct mesa_plot *p)
{
    const size_t every = (d->k + 11) / 12;

    for (size_t i = 1; i <= d->k; i += every) {
        char text[24];

        snprintf(text, sizeof text, "%zu", i);
        mesa_plot_tick(p, 'x', (double)i, text);
    }
    /* As long as it takes for the names. */
    mesa_plot_series(p, MESA_MARK_FAINT, "");
    mesa_plot_point(p, (double[]){ 1.0 - margin(d), 0 });
    mesa_plot_point(p, (double[]){ (double)d->k + margin(d), 0 });
    mesa_plot_series(p, MESA_MARK_POINT, "");
    for (size_t i = 0; i < d->k; i++)
        mesa_plot_point(p, (double[]){ d->rank[d->order[i]], 0 });
}

/* Bars, then the outer names below those nearer to the middle. */
static void
draw(const struct diagram *d, struct mesa_plot *p)
{
    const size_t half = (d->k + 1) / 2;
    const double first = bar_step * (double)draw_bars(d, p) + gap;

    draw_axis(d, p);
    for (size_t i = 0; i < half; i++)
        draw_name(d, p, i, first + (double)i, true);
    for (size_t i = half; i < d->k; i++)
        draw_name(d, p, i, first + (double)(d->k - 1 - i), false);
}

static char *
make_caption(const struct diagram *d)
{
    const char *metric = mesa_metric_name(
        mesa_trials_metric(d->c->trials[0], 0));

    if (d->c->n_data > 1)
        return mesa_asprintf(
            "Mean ranks by %s over %zu data sets, 1 being the best. Bars join "
            "%s of which no two differ (normal test of mean ranks at 5 %%, "
            "adjusted by Holm; Demsar 2006).",
            metric, d->n, d->c->runs.n ? "runs" : "methods");
    return mesa_asprintf(
        "Mean ranks by %s over the %zu fits on one data set, 1 being the "
        "best. Fits share rows: whether ranks differ is not tested, which "
        "takes several data sets.",
        metric, d->n);
}

mesa_status
compare_draw_ranks(const struct compare *c, struct mesa_report *r,
                   const double *score, struct mesa_error *err)
{
    struct diagram d = { .c = c, .k = c->entry->n,
                         .n = c->n_data > 1 ? c->n_data : c->n_fits };
    struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_RESULT,
        .name        = "ranks",
        .title       = "Critical differences of mean ranks",
        .x_label     = "mean rank",
        .y_label     = ""
    };
    struct mesa_plot *p;
    char *caption;
    mesa_status st;

    if (d.k < 2 || d.n < 2)
        return MESA_OK;
    if (c->n_data < 2)
        info.title = "Mean ranks";
    caption = make_caption(&d);
    if (!caption)
        return mesa_nomem(err, 1, "caption");
    info.caption = caption;
    p = mesa_report_plot(r, &info);
    mesa_free(caption);
    if (!p)
        return MESA_OK;
    st = collect(&d, score, err);
    if (st == MESA_OK) {
        rank_all(&d);
        draw(&d, p);
    }
    release(&d);
    return st;
}
