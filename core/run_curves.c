/* SPDX-License-Identifier: MIT */
/*
 * run_curves.c - the picture of what a metalearner has reported, over its
 * steps: of any one, from metrics.csv.
 *
 * The file is read once, one character after the other, and only what a
 * picture can show is kept of it: the lowest and the highest figure of each
 * of a few hundred equal spans of steps, and the sums of finer ones, of which
 * moving averages are made.  With fewer steps a span is one step, and nothing
 * is lost.
 */
#include "run_state.h"

#include <mesa/number.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PANELS = 6,
    METRICS = 64, /* that are looked at; panels are of those with a course */
    CURVES = 4 * METRICS,
    SPANS  = 300,
    FINER  = 400,
    SHARE  = 20, /* of all figures of a curve, that are averaged */
    LEAST  = 5   /* figures that an average is of */
};

/* One metric of one split. */
struct curve {
    size_t   metric;
    char     split[16], label[32];
    uint64_t n, first, last; /* figures; steps */
    struct span {
        uint64_t n, low_step, high_step;
        double   low, high;
    } span[SPANS];
    struct {
        uint64_t n, last;
        double   sum;
    } finer[FINER];
};

struct curves {
    uint64_t      n_steps;
    size_t        n_metrics, n, at; /* at: where the row before belonged */
    char          metric[METRICS][128];
    struct curve *curve[CURVES];
};

enum field { STEP, SPLIT, METRIC, VALUE, N_FIELDS };

/* A row of the file; what is longer is cut. */
struct row {
    char   field[N_FIELDS][128];
    size_t n[N_FIELDS];
};

/* False at the end of the file. */
static bool
read_row(FILE *file, struct row *row)
{
    size_t at = 0;
    bool quoted = false, any = false;
    int c;

    memset(row->n, 0, sizeof row->n);
    while ((c = getc_unlocked(file)) != EOF && (c != '\n' || quoted)) {
        any = true;
        if (c == '"') {
            /* Two of them are one; that names lose theirs does no harm. */
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            if (++at == N_FIELDS)
                at = N_FIELDS - 1;
        } else if (row->n[at] + 1 < sizeof row->field[at]) {
            row->field[at][row->n[at]++] = (char)c;
        }
    }
    for (size_t i = 0; i < N_FIELDS; i++)
        row->field[i][row->n[i]] = '\0';
    return any || c != EOF;
}

/* Half the widths of intervals are no figures of their own. */
static bool
is_interval(const struct row *row)
{
    static const char end[] = "_ci95";
    const size_t n = sizeof end - 1;

    return row->n[METRIC] > n &&
           strcmp(row->field[METRIC] + row->n[METRIC] - n, end) == 0;
}

static bool
is_of(const struct curves *c, size_t i, const struct row *row)
{
    return strcmp(c->curve[i]->split, row->field[SPLIT]) == 0 &&
           strcmp(c->metric[c->curve[i]->metric], row->field[METRIC]) == 0;
}

/* The number of a metric; METRICS if there is no room for it. */
static size_t
find_metric(struct curves *c, const struct row *row)
{
    for (size_t i = 0; i < c->n_metrics; i++)
        if (strcmp(c->metric[i], row->field[METRIC]) == 0)
            return i;
    if (c->n_metrics == METRICS || is_interval(row))
        return METRICS;
    memcpy(c->metric[c->n_metrics], row->field[METRIC],
           sizeof c->metric[c->n_metrics]);
    return c->n_metrics++;
}

/* Where a row belongs: most often to the curve after that of the row before.
 * *out is NULL if it is one too many. */
static mesa_status
find_curve(struct curves *c, const struct row *row, struct curve **out,
           struct mesa_error *err)
{
    size_t metric;

    *out = NULL;
    for (size_t k = 1; k <= c->n; k++) {
        const size_t i = (c->at + k) % c->n;

        if (is_of(c, i, row)) {
            c->at = i;
            *out = c->curve[i];
            return MESA_OK;
        }
    }
    if (c->n == CURVES || row->n[SPLIT] >= sizeof (*out)->split)
        return MESA_OK;
    metric = find_metric(c, row);
    if (metric == METRICS)
        return MESA_OK;
    *out = mesa_alloc_array(1, sizeof **out);
    if (!*out)
        return mesa_nomem(err, 1, "curve");
    (*out)->metric = metric;
    memcpy((*out)->split, row->field[SPLIT], sizeof (*out)->split);
    c->at = c->n;
    c->curve[c->n++] = *out;
    return MESA_OK;
}

static void
take_value(struct curve *c, uint64_t step, uint64_t n_steps, double value)
{
    struct span *s = &c->span[n_steps <= SPANS ? step
                                               : step * SPANS / n_steps];
    const size_t f = n_steps <= FINER ? step : step * FINER / n_steps;

    if (s->n == 0 || value < s->low) {
        s->low = value;
        s->low_step = step;
    }
    if (s->n == 0 || value > s->high) {
        s->high = value;
        s->high_step = step;
    }
    s->n++;
    c->finer[f].n++;
    c->finer[f].last = step;
    c->finer[f].sum += value;
    if (c->n++ == 0)
        c->first = step;
    c->last = step;
}

static mesa_status
take_row(struct curves *c, const struct row *row, struct mesa_error *err)
{
    const char *step_text = row->field[STEP], *text = row->field[VALUE];
    struct curve *curve;
    int64_t step;
    double value;
    mesa_status st;

    if (!mesa_parse_int64(step_text, step_text + row->n[STEP], &step) ||
        step < 0 || (uint64_t)step >= c->n_steps)
        return MESA_OK;
    st = find_curve(c, row, &curve, err);
    if (st == MESA_OK && curve &&
        mesa_parse_double(text, text + row->n[VALUE], &value) &&
        isfinite(value))
        take_value(curve, (uint64_t)step, c->n_steps, value);
    return st;
}

static mesa_status
read_curves(struct curves *c, const char *folder, struct mesa_error *err)
{
    char *path = mesa_asprintf("%s/metrics.csv", folder);
    FILE *file = path ? fopen(path, "re") : NULL;
    struct row row;
    mesa_status st = MESA_OK;

    if (!path)
        return mesa_nomem(err, 1, "path");
    if (file)
        flockfile(file);
    while (file && st == MESA_OK && read_row(file, &row))
        st = take_row(c, &row, err);
    if (file)
        funlockfile(file);
    if (st == MESA_OK && (!file || ferror(file)))
        st = mesa_fail(err, MESA_EIO, "cannot read %s: %s", path,
                       strerror(errno));
    if (file)
        fclose(file);
    mesa_free(path);
    return st;
}

/* Figures that an average is of. */
static uint64_t
window(const struct curve *c)
{
    return MESA_MAX(c->n / SHARE, LEAST);
}

/* Fewer figures than a few averages are drawn as they are. */
static bool
is_averaged(const struct curve *c)
{
    return c->n >= 4 * LEAST;
}

/* So many that a line would be one. */
static bool
is_blot(const struct curve *c, uint64_t n_steps)
{
    return n_steps > SPANS && c->n > SPANS;
}

static void
add_point(struct mesa_plot *p, uint64_t step, double value)
{
    mesa_plot_point(p, (double[]){ (double)step, value });
}

/* From the lowest to the highest of each span. */
static void
add_extent(struct mesa_plot *p, const struct curve *c, uint64_t n_steps)
{
    mesa_plot_series(p, MESA_MARK_BAND, c->label);
    for (size_t i = 0; i < SPANS; i++)
        if (c->span[i].n > 0)
            mesa_plot_point(p, (double[]){
                (double)((2 * i + 1) * n_steps / (2 * SPANS)),
                c->span[i].low, c->span[i].high });
}

static void
add_figures(struct mesa_plot *p, const struct curve *c, uint64_t n_steps)
{
    if (is_blot(c, n_steps)) {
        add_extent(p, c, n_steps);
        return;
    }
    mesa_plot_series(p, is_averaged(c) ? MESA_MARK_FAINT : MESA_MARK_LINE,
                     c->label);
    for (size_t i = 0; i < SPANS; i++) {
        const struct span *s = &c->span[i];
        const bool rises = s->low_step <= s->high_step;

        if (s->n == 0)
            continue;
        add_point(p, rises ? s->low_step : s->high_step,
                  rises ? s->low : s->high);
        if (s->low_step != s->high_step)
            add_point(p, rises ? s->high_step : s->low_step,
                      rises ? s->high : s->low);
    }
}

/* At each span, the mean of as many figures before it as a window has, once
 * there are that many. */
static void
add_average(struct mesa_plot *p, const struct curve *c)
{
    const uint64_t wanted = window(c);

    if (!is_averaged(c))
        return;
    mesa_plot_series(p, MESA_MARK_LINE, c->label);
    for (size_t i = 0; i < FINER; i++) {
        uint64_t n = 0;
        double sum = 0;

        if (c->finer[i].n == 0)
            continue;
        for (size_t j = i + 1; j-- > 0 && n < wanted;) {
            n += c->finer[j].n;
            sum += c->finer[j].sum;
        }
        if (n >= wanted)
            add_point(p, c->finer[i].last, sum / (double)n);
    }
}

/* The metric that one is the baseline of, by its name; METRICS: none. */
static size_t
baseline_of(const struct curves *c, size_t metric)
{
    static const char start[] = "baseline_";
    const size_t n = sizeof start - 1;

    for (size_t i = 0; i < c->n_metrics; i++)
        if (strncmp(c->metric[metric], start, n) == 0 &&
            strcmp(c->metric[i], c->metric[metric] + n) == 0)
            return i;
    return METRICS;
}

/* The panel of a curve is that of a metric: its own, or its baseline's. */
static bool
is_in(const struct curves *c, const struct curve *curve, size_t metric)
{
    return curve->metric == metric ||
           baseline_of(c, curve->metric) == metric;
}

/* Is it told of more than one step? */
static bool
has_course(const struct curves *c, size_t metric)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->curve[i]->metric == metric &&
            c->curve[i]->first < c->curve[i]->last)
            return true;
    return false;
}

static bool
has_panel(const struct curves *c, size_t metric)
{
    const size_t of = baseline_of(c, metric);

    return has_course(c, metric) && (of == METRICS || !has_course(c, of));
}

/* How much a metric tells of what is learnt: that of training or of several
 * splits, then losses, then what is no figure after so many steps (NAME@5). */
static int
worth(const struct curves *c, size_t metric)
{
    const char *name = c->metric[metric];
    size_t splits = 0;
    bool train = false;

    for (size_t i = 0; i < c->n; i++)
        if (c->curve[i]->metric == metric) {
            splits++;
            train |= strcmp(c->curve[i]->split, "train") == 0;
        }
    return 4 * (train || splits > 1) + 2 * (strstr(name, "loss") != NULL) +
           !strchr(name, '@');
}

/* Which metrics have panels, in the order of the file; of how many. */
static size_t
choose(const struct curves *c, size_t chosen[PANELS], size_t *of)
{
    bool taken[METRICS] = { false };
    size_t n = 0;

    *of = 0;
    for (size_t i = 0; i < c->n_metrics; i++)
        *of += has_panel(c, i);
    for (int value = 7; value >= 0; value--)
        for (size_t i = 0; i < c->n_metrics && n < PANELS; i++)
            if (worth(c, i) == value && has_panel(c, i)) {
                taken[i] = true;
                n++;
            }
    n = 0;
    for (size_t i = 0; i < c->n_metrics; i++)
        if (taken[i])
            chosen[n++] = i;
    return n;
}

/* What is drawn, for the caption. */
struct drawn {
    uint64_t first, last;
    bool     bands, faint, baselines;
};

static void
look_at(const struct curves *c, const size_t *metric, size_t n,
        struct drawn *out)
{
    *out = (struct drawn){ .first = UINT64_MAX };
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < n; k++) {
            const struct curve *curve = c->curve[i];
            const bool blot = is_blot(curve, c->n_steps);

            if (curve->n == 0 || !is_in(c, curve, metric[k]))
                continue;
            out->first = MESA_MIN(out->first, curve->first);
            out->last = MESA_MAX(out->last, curve->last);
            out->bands |= blot;
            out->faint |= !blot && is_averaged(curve);
            out->baselines |= curve->metric != metric[k];
        }
}

static char *
caption(const struct drawn *d, size_t n, size_t of,
        const struct mesa_report *r)
{
    struct mesa_text text = { 0 };

    mesa_text_printf(&text, "What was reported in metrics.csv of the steps "
                            "from %llu to %llu",
                     (unsigned long long)d->first,
                     (unsigned long long)d->last);
    if (n < of)
        mesa_text_printf(&text, ", %zu of %zu figures", n, of);
    mesa_text_add(&text, d->baselines
                             ? ", each with its baseline if it has one." : ".");
    if (d->bands)
        mesa_text_add(&text, " Bands reach from the lowest to the highest of "
                             "every few steps.");
    if (d->faint)
        mesa_text_add(&text, " Faint lines are the figures themselves.");
    if (d->bands || d->faint)
        mesa_text_printf(&text, " %s are the mean of the last %d %% of the "
                                "figures (at least %d).",
                         d->faint ? "The lines over them" : "Lines",
                         100 / SHARE, LEAST);
    if (r->n_events > 0)
        mesa_text_add(&text, " A vertical line marks a step at which "
                             "something happened.");
    return mesa_text_take(&text);
}

static void
add_panel(struct mesa_plot *p, const struct curves *c, size_t metric,
          const struct mesa_report *r, bool first)
{
    for (size_t e = 0; e < r->n_events; e++)
        mesa_plot_rule(p, 'x', (double)r->event[e].step,
                       first ? r->event[e].label : "");
    for (size_t i = 0; i < c->n; i++) {
        struct curve *curve = c->curve[i];

        if (!is_in(c, curve, metric))
            continue;
        snprintf(curve->label, sizeof curve->label, "%s%s%s", curve->split,
                 curve->metric == metric || !*curve->split ? "" : ", ",
                 curve->metric == metric ? "" : "baseline");
        add_figures(p, curve, c->n_steps);
    }
    for (size_t i = 0; i < c->n; i++)
        if (is_in(c, c->curve[i], metric))
            add_average(p, c->curve[i]);
}

static mesa_status
add_picture(const struct curves *c, struct mesa_report *r,
            struct mesa_error *err)
{
    size_t metric[PANELS], of;
    const size_t n = choose(c, metric, &of);
    struct drawn drawn;
    struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_LEARNING,
        .name        = "learning",
        .title       = "Figures over the steps",
        .x_label     = "step",
        .y_label     = n == 1 ? c->metric[metric[0]] : "value"
    };
    struct mesa_plot *p;
    char *what;

    if (n == 0)
        return MESA_OK;
    look_at(c, metric, n, &drawn);
    what = caption(&drawn, n, of, r);
    if (!what)
        return mesa_nomem(err, 1, "caption");
    info.caption = what;
    p = mesa_report_plot(r, &info);
    mesa_free(what);
    for (size_t i = 0; i < n; i++) {
        if (n > 1)
            mesa_plot_panel(p, c->metric[metric[i]]);
        add_panel(p, c, metric[i], r, i == 0);
    }
    return MESA_OK;
}

mesa_status
mesa_run_add_curves(struct mesa_report *report, const char *folder,
                    uint64_t n_steps, struct mesa_error *err)
{
    struct curves curves = { .n_steps = n_steps };
    mesa_status st = MESA_OK;

    if (!report->draws || n_steps < 2)
        return MESA_OK;
    /* Who has a picture of that name knows better. */
    for (size_t i = 0; i < report->n_plots; i++)
        if (strcmp(report->plot[i]->name, "learning") == 0)
            return MESA_OK;
    st = read_curves(&curves, folder, err);
    if (st == MESA_OK && curves.n > 0)
        st = add_picture(&curves, report, err);
    for (size_t i = 0; i < curves.n; i++)
        mesa_free(curves.curve[i]);
    return st;
}
