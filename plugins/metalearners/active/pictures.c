/* SPDX-License-Identifier: MIT */
/*
 * pictures.c - what the labels were worth, which rows got them and when, and
 * of which classes they were.
 *
 * Rows are shown by the two numeric columns that vary most, each relative to
 * the range of its values: a column far from the others in scale would win
 * whatever it says.
 */
#include "active.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PANELS = 4, MOST_DRAWN = 2000, MOST_CLASSES = 6 };

static void
draw_curve(const struct active *a, struct mesa_plot *p, size_t part,
           size_t metric)
{
    mesa_plot_series(p, MESA_MARK_LINE, part == ACTIVE_VALID
                                            ? "validation rows"
                                            : "test rows");
    for (size_t i = 0; i < a->n_steps; i++)
        mesa_plot_point(p, (double[]){ (double)a->size[i],
                                       active_scores(a, i, part)[metric] });
}

static void
draw_curves(const struct active *a, struct mesa_report *report)
{
    static const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_RESULT,
        .name        = "label_curve",
        .title       = "What labels are worth",
        .caption     = "Scores of the model that was fitted on the rows "
                       "labelled so far: one fit after each query.",
        .x_label     = "labelled rows",
        .y_label     = "score"
    };
    struct mesa_plot *p = mesa_report_plot(report, &info);
    const size_t n = a->n_metrics < PANELS ? a->n_metrics : PANELS;

    for (size_t m = 0; m < n; m++) {
        mesa_plot_panel(p, mesa_metric_name(mesa_trials_metric(a->trials,
                                                               m)));
        for (size_t part = 0; part < ACTIVE_PARTS; part++)
            if (!isnan(active_scores(a, 0, part)[m]))
                draw_curve(a, p, part, m);
    }
}

/* Variance of a numeric column relative to its range; negative: it is
 * constant or has categories. */
static double
spread(const struct mesa_dataset *d, size_t column)
{
    const struct mesa_schema *s = d->schema;
    double low = INFINITY, high = -INFINITY, sum = 0.0, square = 0.0, mean;
    size_t n = 0;

    if (s && s->column && s->column[column].n_categories > 0)
        return -1.0;
    for (size_t r = 0; r < d->x.rows; r++) {
        const double x = mesa_row(&d->x, r)[column];

        if (isnan(x))
            continue;
        low = x < low ? x : low;
        high = x > high ? x : high;
        sum += x;
        n++;
    }
    mean = sum / (double)n;
    for (size_t r = 0; r < d->x.rows; r++) {
        const double off = mesa_row(&d->x, r)[column] - mean;

        square += isnan(off) ? 0.0 : off * off;
    }
    return high > low ? square / (double)n / ((high - low) * (high - low))
                      : -1.0;
}

/* The two of largest spread, the lower one first; false: there are not two. */
static bool
choose_columns(const struct mesa_dataset *d, size_t column[2])
{
    double best[2] = { -1.0, -1.0 };

    for (size_t j = 0; j < d->x.cols; j++) {
        const double own = spread(d, j);
        const int worse = best[0] < best[1] ? 0 : 1;

        if (own > best[worse]) {
            best[worse] = own;
            column[worse] = j;
        }
    }
    if (column[0] > column[1]) {
        const size_t other = column[0];

        column[0] = column[1];
        column[1] = other;
    }
    return best[0] >= 0.0 && best[1] >= 0.0;
}

static void
put_row(const struct active *a, struct mesa_plot *p, size_t row,
        const size_t column[2], double value)
{
    const double *x = mesa_row(&a->data->x, row);

    mesa_plot_point(p, (double[]){ x[column[0]], x[column[1]], value });
}

static size_t
count_labelled(const struct active *a, int32_t class_)
{
    size_t n = 0;

    for (size_t i = 0; i < a->rows.n; i++)
        n += a->rows.label[i] == class_;
    return n;
}

/* The rarest class of those labelled.  *rare: is there one that has 1.5 times
 * as many rows? */
static int32_t
rarest(const struct active *a, bool *rare)
{
    size_t least = SIZE_MAX, most = 0;
    int32_t found = 0;

    for (uint32_t c = 0; c < a->data->n_classes; c++) {
        const size_t n = count_labelled(a, (int32_t)c);

        most = n > most ? n : most;
        if (n > 0 && n <= least) {
            least = n;
            found = (int32_t)c;
        }
    }
    *rare = least < SIZE_MAX && 2 * most >= 3 * least;
    return found;
}

static char *
name_class(const struct active *a, const char *before, int32_t class_)
{
    return a->data->schema
               ? mesa_asprintf("%s %s", before,
                               a->data->schema->class_name[class_])
               : mesa_asprintf("%s %d", before, (int)class_);
}

/* Of so many rows one in how many is drawn? */
static size_t
thinned(size_t rows)
{
    return rows > MOST_DRAWN ? (rows + MOST_DRAWN - 1) / MOST_DRAWN : 1;
}

static void
draw_left(const struct active *a, struct mesa_plot *p, const size_t column[2])
{
    const size_t rows = a->data->x.rows, every = thinned(rows - a->rows.n);
    size_t n = 0;

    mesa_plot_series(p, MESA_MARK_POINT, "");
    for (size_t row = 0; row < rows; row++)
        if (!a->rows.taken[row] && n++ % every == 0)
            put_row(a, p, row, column, 0.0);
}

/* Crosses stand on points: both are left out in the same way. */
static mesa_status
draw_rows(const struct active *a, struct mesa_plot *p, const size_t column[2],
          struct mesa_error *err)
{
    const struct active_rows *r = &a->rows;
    const size_t every = thinned(r->n);
    bool rare;
    const int32_t marked = rarest(a, &rare);
    char *name = name_class(a, "labelled, of class", marked);

    if (!name)
        return mesa_nomem(err, 1, "label");
    draw_left(a, p, column);
    mesa_plot_series(p, MESA_MARK_SCALED, "labelled");
    for (size_t i = 0; i < r->n; i += every)
        put_row(a, p, r->row[i], column, (double)r->iteration[i]);
    mesa_plot_series(p, MESA_MARK_CROSS, name);
    for (size_t i = 0; rare && i < r->n; i += every)
        if (r->label[i] == marked)
            put_row(a, p, r->row[i], column, 0.0);
    mesa_free(name);
    return MESA_OK;
}

static const char *
column_name(const struct mesa_dataset *d, size_t column, char *room,
            size_t size)
{
    if (d->schema && d->schema->column)
        return d->schema->column[column].name;
    snprintf(room, size, "column %zu", column);
    return room;
}

static char *
queries_caption(const struct active *a)
{
    const size_t left = thinned(a->data->x.rows - a->rows.n);
    const size_t own = thinned(a->rows.n);
    char of_left[96] = "", of_own[96] = "";
    bool rare;

    rarest(a, &rare);
    if (left > 1)
        snprintf(of_left, sizeof of_left,
                 " One in %zu of the rows without a label is drawn.", left);
    if (own > 1)
        snprintf(of_own, sizeof of_own,
                 " One in %zu of the labelled rows is drawn.", own);
    return mesa_asprintf(
        "Rows of the pool by the two numeric columns that vary most relative "
        "to their range: small grey points have no label, others are coloured "
        "by the query that asked for it (0: before the first).%s%s%s",
        rare ? " Crosses are of the rarest class among those labelled." : "",
        of_left, of_own);
}

static mesa_status
draw_queries(const struct active *a, struct mesa_report *report,
             struct mesa_error *err)
{
    size_t column[2] = { 0, 0 };
    const bool two = choose_columns(a->data, column);
    char *caption = queries_caption(a);
    char x[32], y[32];
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_LEARNING,
        .name        = "queries",
        .title       = "Which rows were labelled, and when",
        .caption     = caption,
        .x_label     = column_name(a->data, column[0], x, sizeof x),
        .y_label     = column_name(a->data, column[1], y, sizeof y),
        .value_label = "query"
    };
    struct mesa_plot *p;

    if (!caption)
        return mesa_nomem(err, 1, "caption");
    p = two ? mesa_report_plot(report, &info) : NULL;
    mesa_free(caption);
    return p ? draw_rows(a, p, column, err) : MESA_OK;
}

/* The share of a class among the rows labelled so far, after each query. */
static void
draw_share(const struct active *a, struct mesa_plot *p, int32_t class_,
           const char *name)
{
    size_t i = 0, n = 0;

    mesa_plot_series(p, MESA_MARK_LINE, name);
    for (size_t step = 0; step < a->n_steps; step++) {
        for (; i < a->size[step]; i++)
            n += a->rows.label[i] == class_;
        mesa_plot_point(p, (double[]){ (double)a->size[step],
                                       (double)n / (double)a->size[step] });
    }
}

/* The share of a class in the pool; negative: not all of it is known. */
static double
pool_share(const struct active *a, int32_t class_)
{
    size_t n = 0;

    for (size_t r = 0; r < a->data->x.rows; r++) {
        if (a->data->y[r] < 0)
            return -1.0;
        n += a->data->y[r] == class_;
    }
    return (double)n / (double)a->data->x.rows;
}

static void
draw_pool(const struct active *a, struct mesa_plot *p, int32_t class_)
{
    const double share = pool_share(a, class_);

    if (share < 0.0)
        return;
    mesa_plot_series(p, MESA_MARK_REFERENCE, "share in the pool");
    for (size_t end = 0; end < 2; end++)
        mesa_plot_point(p, (double[]){
            (double)a->size[end ? a->n_steps - 1 : 0], share });
}

/* Of two classes the rarer one says it all, of many the rarest.  count: of
 * labelled rows of each. */
static bool
is_shown(const struct active *a, uint32_t class_, const size_t *count)
{
    const uint32_t n = a->data->n_classes;
    size_t before = 0;
    bool rare;

    if (n <= 2)
        return (int32_t)class_ == rarest(a, &rare);
    for (uint32_t c = 0; n > MOST_CLASSES && c < n; c++)
        before += count[c] < count[class_] ||
                  (c < class_ && count[c] == count[class_]);
    return before < MOST_CLASSES;
}

/* The class whose word names the line of class_ too: the first that is near
 * and has a word; or class_ itself. */
static uint32_t
named_at(const struct active *a, uint32_t class_)
{
    const double near = 0.04, share = pool_share(a, (int32_t)class_);

    for (uint32_t c = 0; c < class_; c++)
        if (fabs(pool_share(a, (int32_t)c) - share) < near &&
            named_at(a, c) == c)
            return c;
    return class_;
}

/* Whose a dashed line is, to its right; lines too near to each other for
 * words of their own have one word, at the first of them. */
static mesa_status
name_pool(const struct active *a, struct mesa_plot *p, uint32_t class_,
          struct mesa_error *err)
{
    const double share = pool_share(a, (int32_t)class_);
    const double at = (double)a->size[a->n_steps - 1];
    char *name;

    if (share < 0.0 || named_at(a, class_) != class_)
        return MESA_OK;
    name = name_class(a, " pool:", (int32_t)class_);
    for (uint32_t c = class_ + 1; name && c < a->data->n_classes; c++)
        if (named_at(a, c) == class_) {
            char *more = mesa_asprintf("%s,", name);

            mesa_free(name);
            name = more ? name_class(a, more, (int32_t)c) : NULL;
            mesa_free(more);
        }
    if (!name)
        return mesa_nomem(err, 1, "label");
    mesa_plot_note(p, 'l', at, share, name);
    /* The axis goes on for as long as the word is. */
    mesa_plot_series(p, MESA_MARK_FAINT, "");
    for (size_t i = 0; i < 2; i++)
        mesa_plot_point(p, (double[]){
            at + (at - (double)a->size[0]) *
                     fmin(0.5, (double)strlen(name) / 60.0), share });
    mesa_free(name);
    return MESA_OK;
}

static mesa_status
draw_class(const struct active *a, struct mesa_plot *p, uint32_t class_,
           struct mesa_error *err)
{
    const uint32_t n = a->data->n_classes;
    char *name = name_class(a, "class", (int32_t)class_);

    if (!name)
        return mesa_nomem(err, 1, "label");
    draw_share(a, p, (int32_t)class_, name);
    draw_pool(a, p, (int32_t)class_);
    mesa_free(name);
    return n > 2 && n <= MOST_CLASSES ? name_pool(a, p, class_, err)
                                      : MESA_OK;
}

static mesa_status
draw_classes(const struct active *a, struct mesa_plot *p,
             struct mesa_error *err)
{
    const uint32_t n = a->data->n_classes;
    size_t *count = mesa_alloc_array(n, sizeof *count);
    mesa_status st = MESA_OK;

    if (!count)
        return mesa_nomem(err, n, "counts");
    for (uint32_t c = 0; c < n; c++)
        count[c] = 0;
    for (size_t i = 0; i < a->rows.n; i++)
        count[a->rows.label[i]]++;
    for (uint32_t c = 0; c < n && st == MESA_OK; c++)
        if (is_shown(a, c, count))
            st = draw_class(a, p, c, err);
    mesa_free(count);
    return st;
}

static mesa_status
draw_balance(const struct active *a, struct mesa_report *report,
             struct mesa_error *err)
{
    const uint32_t n = a->data->n_classes;
    char which[64] = "classes";
    struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_LEARNING,
        .name        = "label_balance",
        .title       = "Classes of the labelled rows",
        .x_label     = "labelled rows",
        .y_label     = "share of labelled rows"
    };
    struct mesa_plot *p;
    char *caption;

    if (n > MOST_CLASSES)
        snprintf(which, sizeof which, "classes (the rarest %d of %u)",
                 MOST_CLASSES, (unsigned)n);
    caption = mesa_asprintf("The share of %s among all rows labelled so far; "
                            "dashed: their shares in the whole pool, where it "
                            "is known.", which);
    if (!caption)
        return mesa_nomem(err, 1, "caption");
    info.caption = caption;
    p = mesa_report_plot(report, &info);
    mesa_free(caption);
    return p ? draw_classes(a, p, err) : MESA_OK;
}

mesa_status
active_pictures(const struct active *a, struct mesa_report *report,
                struct mesa_error *err)
{
    mesa_status st;

    if (a->n_steps == 0)
        return MESA_OK;
    draw_curves(a, report);
    st = draw_balance(a, report, err);
    return st == MESA_OK ? draw_queries(a, report, err) : st;
}
