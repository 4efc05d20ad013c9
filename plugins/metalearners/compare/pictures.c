/* SPDX-License-Identifier: MIT */
/*
 * pictures.c - the scores of a comparison as boxes, methods in order of their
 * mean rank; the learning curves of runs.
 *
 * With one data set there is a panel for each of the first metrics, with
 * several one for each of the first data sets, of the leading metric.
 */
#include "compare.h"

#include <math.h>
#include <string.h>

enum { METRIC_PANELS = 4, DATA_PANELS = 9 };

static const char *const part_name[MESA_TRIAL_PARTS] = { "train", "valid",
                                                         "test" };

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static const char *
metric_name(const struct compare *c, size_t metric)
{
    return mesa_metric_name(mesa_trials_metric(c->trials[0], metric));
}

/* The figure of a panel: of methods a metric, of runs first aulc and then
 * what the leading metric ended with. */
static double
figure_at(const struct compare *c, size_t data, size_t method, size_t fit,
          const char *split, size_t metric)
{
    const struct compare_key key = { split,
                                     metric > 0 ? metric_name(c, 0) : "aulc",
                                     NULL };
    const size_t place = compare_place(c, data, method, fit);
    const size_t part = c->runs.n ? 0 : compare_leading_part(c, data);

    return c->runs.n
               ? compare_runs_figure(c, place, &key)
               : compare_scores(c, place)[part * c->n_metrics + metric];
}

double
compare_leading_score(const struct compare *c, size_t data, size_t method,
                      size_t fit, const char *split)
{
    return figure_at(c, data, method, fit, split, 0);
}

/* The split whose figures are drawn. */
static mesa_status
find_split(const struct compare *c, size_t data, const char **out,
           struct mesa_error *err)
{
    if (c->runs.n)
        return compare_runs_split(c, data, out, err);
    *out = part_name[compare_leading_part(c, data)];
    return MESA_OK;
}

static char *
panel_title(const struct compare *c, size_t panel, const char *split)
{
    if (c->data.n)
        return mesa_asprintf("%s", mesa_trials_name(c->trials[panel]));
    if (!c->runs.n)
        return mesa_asprintf("%s, %s rows", metric_name(c, panel), split);
    return panel == 0
               ? mesa_asprintf("%s, mean over steps, %s rows",
                               metric_name(c, 0), split)
               : mesa_asprintf("%s at the end, %s rows", metric_name(c, 0),
                               split);
}

static size_t
count_panels(const struct compare *c)
{
    return c->data.n ? least(c->n_data, DATA_PANELS)
           : c->runs.n ? 2
                       : least(c->n_metrics, METRIC_PANELS);
}

/* rank: of each method, smaller is better. */
static mesa_status
draw_panel(const struct compare *c, struct mesa_plot *p, size_t panel,
           const double *rank, struct mesa_error *err)
{
    const size_t data = c->data.n ? panel : 0;
    const size_t metric = c->data.n ? 0 : panel;
    const char *split;
    char *title;
    mesa_status st = find_split(c, data, &split, err);

    if (st != MESA_OK)
        return st;
    title = panel_title(c, panel, split);
    if (!title)
        return mesa_nomem(err, 1, "title");
    mesa_plot_panel(p, title);
    for (size_t i = 0; i < c->entry->n; i++) {
        const size_t m = compare_ranked(rank, c->entry->n, false, i);

        mesa_plot_series(p, MESA_MARK_BOX, compare_method(c, m));
        for (size_t f = 0; f < c->n_fits; f++)
            mesa_plot_point(p, (double[]){
                (double)i, figure_at(c, data, m, f, split, metric) });
    }
    mesa_free(title);
    return MESA_OK;
}

/* It is one metric that the order is by: by others it may be another. */
static char *
make_caption(const struct compare *c)
{
    return mesa_asprintf(
        "%zu scores of each %s, one for each fit (repeats: %zu, folds: %zu)"
        "%s%s: boxes are quartiles, the line in them is the median, whiskers "
        "reach to what lies within 1.5 box heights, points are the scores. "
        "In order of mean %s%s%s.",
        c->n_fits, c->runs.n ? "run" : "method", c->n_fits / c->n_folds,
        c->n_folds, c->data.n ? ", on each data set; " : "",
        c->data.n ? metric_name(c, 0) : "", c->data.n ? "rank by " : "",
        metric_name(c, 0),
        c->data.n ? " over data sets"
        : c->runs.n ? " over steps"
                    : "");
}

static mesa_status
draw_boxes(const struct compare *c, struct mesa_report *r, const double *rank,
           struct mesa_error *err)
{
    char *caption = make_caption(c);
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_RESULT,
        .name        = "methods", /* evaluations have scores */
        .title       = "Scores of all fits",
        .caption     = caption,
        .x_label     = c->runs.n ? "run" : "method",
        .y_label     = c->data.n ? metric_name(c, 0) : "score"
    };
    struct mesa_plot *p = mesa_report_plot(r, &info);
    mesa_status st = caption ? MESA_OK : mesa_nomem(err, 1, "caption");

    for (size_t i = 0; i < c->entry->n; i++)
        mesa_plot_tick(p, 'x', (double)i,
                       compare_method(c, compare_ranked(rank, c->entry->n,
                                                        false, i)));
    for (size_t i = 0; p && i < count_panels(c) && st == MESA_OK; i++)
        st = draw_panel(c, p, i, rank, err);
    mesa_free(caption);
    return st;
}

/* What runs had labelled at each of their steps, for all of which there is
 * such a figure; *out is NULL if there is not. */
static mesa_status
find_labelled(const struct compare *c, size_t data, size_t run,
              struct compare_figure **out, struct mesa_error *err)
{
    static const struct compare_key key = { "", "labelled", NULL };
    uint64_t steps;
    mesa_status st = compare_runs_steps(c, data, run, &key, out, &steps, err);

    for (uint64_t i = 0; i < steps && st == MESA_OK; i++)
        if ((*out)[i].n == 0) {
            mesa_free(*out);
            *out = NULL;
            break;
        }
    return st;
}

static bool
all_label(const struct compare *c)
{
    for (size_t i = 0; i < c->n_data * c->runs.n * c->n_fits; i++)
        if (compare_key_find(&c->curve[i].keys, "", "labelled") == SIZE_MAX)
            return false;
    return true;
}

/* What scores can be. */
struct range {
    double low, high;
};

static struct range
range_of(const char *metric)
{
    static const struct {
        const char  *name;
        struct range range;
    } other[] = { { "mcc", { -1.0, 1.0 } },
                  { "brier", { 0.0, 2.0 } },
                  { "logloss", { 0.0, INFINITY } } };

    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (strcmp(metric, other[i].name) == 0)
            return other[i].range;
    return (struct range){ 0.0, 1.0 };
}

static void
draw_band(struct mesa_plot *p, const struct compare_figure *f, double at,
          struct range can)
{
    const double half = compare_half_width(*f);
    double low = f->mean - half, high = f->mean + half;

    if (f->mean >= can.low && f->mean <= can.high) {
        low = fmax(low, can.low);
        high = fmin(high, can.high);
    }
    mesa_plot_point(p, (double[]){ at, low, high });
}

/* As far as the first run to stop went: a mean over those that went on would
 * jump, as they are others. */
static void
draw_curve(struct mesa_plot *p, const char *name,
           const struct compare_figure *f, uint64_t steps,
           const struct compare_figure *labelled, struct range can)
{
    size_t most = 0;

    for (uint64_t i = 0; i < steps; i++)
        most = f[i].n > most ? f[i].n : most;
    mesa_plot_series(p, MESA_MARK_BAND, name);
    for (uint64_t i = 0; i < steps; i++)
        if (f[i].n > 1 && f[i].n == most)
            draw_band(p, &f[i], labelled ? labelled[i].mean : (double)i,
                      can);
    mesa_plot_series(p, MESA_MARK_LINE, name);
    for (uint64_t i = 0; i < steps; i++)
        if (f[i].n > 0 && f[i].n == most)
            mesa_plot_point(p, (double[]){
                labelled ? labelled[i].mean : (double)i, f[i].mean });
}

static mesa_status
draw_run(const struct compare *c, struct mesa_plot *p, size_t data, size_t run,
         const struct compare_key *key, struct mesa_error *err)
{
    struct compare_figure *f, *labelled = NULL;
    uint64_t steps;
    mesa_status st = compare_runs_steps(c, data, run, key, &f, &steps, err);

    if (st == MESA_OK && all_label(c))
        st = find_labelled(c, data, run, &labelled, err);
    if (st == MESA_OK)
        draw_curve(p, compare_method(c, run), f, steps, labelled,
                   range_of(key->name));
    mesa_free(f);
    mesa_free(labelled);
    return st;
}

/* Of one data set all metrics of the deciding split, as far as there is
 * room; of several the leading one. */
static mesa_status
draw_curves(const struct compare *c, struct mesa_plot *p,
            struct mesa_error *err)
{
    const size_t panels = c->data.n ? least(c->n_data, DATA_PANELS)
                                    : least(c->n_metrics, METRIC_PANELS);
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < panels && st == MESA_OK; i++) {
        const size_t data = c->data.n ? i : 0;
        struct compare_key key = { "", metric_name(c, c->data.n ? 0 : i),
                                   NULL };
        char *title;

        st = compare_runs_split(c, data, &key.split, err);
        if (st != MESA_OK)
            break;
        title = mesa_asprintf("%s, %s rows",
                              c->data.n ? mesa_trials_name(c->trials[data])
                                        : key.name,
                              key.split);
        if (!title)
            return mesa_nomem(err, 1, "title");
        mesa_plot_panel(p, title);
        for (size_t m = 0; m < c->runs.n && st == MESA_OK; m++)
            st = draw_run(c, p, data, m, &key, err);
        mesa_free(title);
    }
    return st;
}

static mesa_status
draw_runs(const struct compare *c, struct mesa_report *r,
          struct mesa_error *err)
{
    char *caption = mesa_asprintf(
        "Means over %zu runs of each kind (repeats: %zu, folds: %zu), up to "
        "the last step that all of them reached; bands are 95 %% intervals of "
        "the mean by Student's t, cut off where no score can be.%s",
        c->n_fits, c->n_fits / c->n_folds, c->n_folds,
        c->n_fits > 1 ? "" : " One run has none.");
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_RESULT,
        .name        = "runs",
        .title       = "Learning curves of the runs",
        .caption     = caption,
        .x_label     = all_label(c) ? "labelled rows" : "step",
        .y_label     = c->data.n ? metric_name(c, 0) : "score"
    };
    struct mesa_plot *p = mesa_report_plot(r, &info);
    mesa_status st = caption ? MESA_OK : mesa_nomem(err, 1, "caption");

    if (p && st == MESA_OK)
        st = draw_curves(c, p, err);
    mesa_free(caption);
    return st;
}

/* Steps are repeats, which have no course: a picture of nothing in place of
 * that which the core makes of metrics over steps. */
static void
draw_no_course(struct mesa_report *r)
{
    static const struct mesa_plot_info none = { .struct_size = sizeof none,
                                                .name        = "learning",
                                                .title       = "None" };

    mesa_report_plot(r, &none);
}

mesa_status
compare_pictures(const struct compare *c, struct mesa_report *r,
                 const double *score, struct mesa_error *err)
{
    double *rank = mesa_alloc_array(c->entry->n, sizeof *rank);
    struct compare_friedman f;
    mesa_status st;

    if (!rank)
        return mesa_nomem(err, c->entry->n, "ranks");
    draw_no_course(r);
    compare_friedman(score, c->n_data, c->entry->n,
                     mesa_metric_larger_is_better(
                         mesa_trials_metric(c->trials[0], 0)),
                     rank, &f);
    st = draw_boxes(c, r, rank, err);
    if (st == MESA_OK && c->runs.n)
        st = draw_runs(c, r, err);
    mesa_free(rank);
    return st == MESA_OK ? compare_draw_ranks(c, r, score, err) : st;
}
