/* SPDX-License-Identifier: MIT */
/*
 * evaluate_regions.c - the rows that the kept model was fitted on, with what
 * the sampler makes and leaves out, over what the model predicts around them.
 *
 * Rows are seen as the estimator sees them, transformed.  What takes long is
 * left out by the number of values alone, never by the clock: pictures are
 * the same on every machine.
 */
#include "evaluate_regions.h"

#include "evaluate_plane.h"
#include "instance.h"
#include "text.h"

#include <math.h>
#include <string.h>

enum {
    GRID         = 60,
    SHOWN        = 800,    /* rows of a class */
    MOST_CLASSES = 12,
    MOST_ROWS    = 10000,  /* to resample once more */
    MOST_VALUES  = 500000, /* of rows, for predictions that ask all of them */
    MOST_WORK    = 20000000
};

/* The sampler's answer, from the stream of the fit that has been kept; none
 * if it needs an ensemble to answer, or has none to give. */
static mesa_status
resample(struct mesa_seen *seen, const struct mesa_evaluate *e,
         const struct mesa_host *host, struct mesa_error *err)
{
    const struct mesa_component *c = mesa_recipe_row_sampler(host->recipe);
    const uint64_t step = e->folds > 0
                              ? (uint64_t)e->repeats *
                                    mesa_evaluate_n_folds(e)
                              : 0;
    struct mesa_rng rng = mesa_host_rng(host, "sampler", step);
    struct mesa_instance *sampler = NULL;
    mesa_status st;

    if (!c || (c->class_->flags & MESA_CLASS_FEEDBACK) ||
        seen->rows.x.rows > MOST_ROWS ||
        seen->rows.x.rows * seen->rows.x.cols > MOST_VALUES)
        return MESA_OK;
    seen->sample = mesa_sample_new(&seen->rows);
    st = seen->sample ? mesa_instance_new(c, &sampler, err)
                      : mesa_nomem(err, 1, "sample");
    if (st == MESA_OK)
        st = mesa_instance_accepts(sampler, &seen->rows, err);
    if (st == MESA_OK)
        st = mesa_sampler_resample(sampler, &seen->rows, NULL, seen->sample,
                                   &rng, err);
    mesa_instance_free(sampler);
    if (st == MESA_OK || st == MESA_ENOMEM)
        return st;
    mesa_sample_free(seen->sample);
    seen->sample = NULL;
    return MESA_OK;
}

mesa_status
mesa_seen_open(struct mesa_seen *out, const struct mesa_evaluate *e,
               const struct mesa_host *host, struct mesa_error *err)
{
    const struct mesa_dataset *train =
        e->folds > 0 ? mesa_host_data(host, MESA_PART_ALL)
                     : mesa_host_training(host);
    mesa_status st;

    *out = (struct mesa_seen){ .model = &e->model,
                               .positive = e->scores_positive };
    if (!e->model.estimator || !train || train->x.rows == 0 ||
        (train->flags & MESA_DATA_UNLABELLED) ||
        train->x.rows * train->x.cols > MOST_VALUES)
        return MESA_OK;
    st = mesa_transformed(e->model.transform, train, &out->rows, &out->block,
                          err);
    if (st == MESA_OK)
        st = resample(out, e, host, err);
    return st;
}

void
mesa_seen_close(struct mesa_seen *seen)
{
    mesa_sample_free(seen->sample);
    mesa_free(seen->block);
}

static bool
is_shown(const struct mesa_dataset *d)
{
    const size_t values = d->x.rows * d->x.cols;

    if (d->x.rows == 0 || d->x.cols < 2 || d->n_classes > MOST_CLASSES ||
        values > MOST_VALUES ||
        (d->x.cols > 2 && values * d->x.cols > MOST_WORK))
        return false;
    for (size_t j = 0; d->schema && j < d->x.cols; j++)
        if (d->schema->column[j].type == MESA_CATEGORICAL)
            return false;
    return true;
}

/* What is drawn, and with what. */
struct scene {
    const struct mesa_seen *seen;
    struct mesa_plane       plane;
    bool                   *kept;          /* by the sampler; NULL: all */
    double                  low[2], high[2];
    struct mesa_plot       *plot;
};

static mesa_status
mark_kept(struct scene *s, struct mesa_error *err)
{
    const struct mesa_sample *sample = s->seen->sample;

    if (!sample)
        return MESA_OK;
    s->kept = mesa_alloc_array(s->seen->rows.x.rows, sizeof *s->kept);
    if (!s->kept)
        return mesa_nomem(err, s->seen->rows.x.rows, "marks");
    for (size_t i = 0; i < mesa_sample_rows(sample); i++) {
        const struct mesa_origin o = mesa_sample_origin(sample, i);

        if (o.kept != SIZE_MAX)
            s->kept[o.kept] = true;
    }
    return MESA_OK;
}

/* All rows with some room around them; false if there is nothing to be seen:
 * they are all at one place, or too far apart for numbers. */
static bool
find_corners(struct scene *s)
{
    const struct mesa_cmatrix *x = &s->seen->rows.x;

    for (int i = 0; i < 2; i++) {
        s->low[i] = INFINITY;
        s->high[i] = -INFINITY;
    }
    for (size_t r = 0; r < x->rows; r++) {
        double place[2];

        mesa_plane_place(&s->plane, mesa_row(x, r), place);
        for (int i = 0; i < 2; i++) {
            s->low[i] = fmin(s->low[i], place[i]);
            s->high[i] = fmax(s->high[i], place[i]);
        }
    }
    if (s->low[0] >= s->high[0] && s->low[1] >= s->high[1])
        return false;
    for (int i = 0; i < 2; i++) {
        const double length = s->high[i] - s->low[i];
        const double room = length > 0 ? 0.04 * length : 0.5;

        s->low[i] -= room;
        s->high[i] += room;
        if (!isfinite(s->high[i] - s->low[i]))
            return false;
    }
    return true;
}

static void
cell_place(const struct scene *s, size_t cell, double place[2])
{
    const size_t at[2] = { cell % GRID, cell / GRID };

    for (int i = 0; i < 2; i++)
        place[i] = s->low[i] + ((double)at[i] + 0.5) / GRID *
                                   (s->high[i] - s->low[i]);
}

/* A model that cannot tell draws no cells, which is no failure. */
static mesa_status
add_cells(struct scene *s, struct mesa_error *err)
{
    const struct mesa_dataset *d = &s->seen->rows;
    const size_t n = GRID * GRID, cols = d->x.cols;
    double *x = mesa_alloc_raw(n, cols * sizeof *x);
    double *proba = mesa_alloc_raw(n, d->n_classes * sizeof *proba);
    const struct mesa_cmatrix rows = { x, n, cols, cols, NULL };
    double place[2];
    mesa_status st = MESA_OK;

    if (!x || !proba)
        st = mesa_nomem(err, n, "cells");
    for (size_t c = 0; c < n && st == MESA_OK; c++) {
        cell_place(s, c, place);
        mesa_plane_row(&s->plane, place, x + c * cols);
    }
    if (st == MESA_OK)
        st = mesa_estimator_predict_proba(s->seen->model->estimator, &rows,
                                          proba, err);
    mesa_plot_series(s->plot, MESA_MARK_CELL, "");
    for (size_t c = 0; c < n && st == MESA_OK; c++) {
        cell_place(s, c, place);
        mesa_plot_point(s->plot, (double[]){
            place[0], place[1], proba[c * d->n_classes + s->seen->positive] });
    }
    mesa_free(x);
    mesa_free(proba);
    return st == MESA_ENOMEM ? st : MESA_OK;
}

static void
add_row(const struct scene *s, const double *x)
{
    double place[2];

    mesa_plane_place(&s->plane, x, place);
    mesa_plot_point(s->plot, place);
}

static bool
is_of(const struct scene *s, size_t r, uint32_t class_, bool kept)
{
    return (!s->kept || s->kept[r] == kept) &&
           (class_ == UINT32_MAX || s->seen->rows.y[r] == (int32_t)class_);
}

/* Rows of a class (UINT32_MAX: of any), evenly over all of them. */
static void
add_rows(const struct scene *s, uint32_t class_, bool kept, const char *label)
{
    const struct mesa_dataset *d = &s->seen->rows;
    size_t n = 0, i = 0, taken = 0;

    for (size_t r = 0; r < d->x.rows; r++)
        n += is_of(s, r, class_, kept);
    mesa_plot_series(s->plot, MESA_MARK_POINT, label);
    for (size_t r = 0; r < d->x.rows; r++) {
        if (!is_of(s, r, class_, kept))
            continue;
        if (n <= SHOWN || i * SHOWN / n >= taken) {
            add_row(s, mesa_row(&d->x, r));
            taken++;
        }
        i++;
    }
}

/* Is what the sample has there made, and of the class? */
static bool
is_made(const struct mesa_seen *seen, size_t i, uint32_t class_)
{
    const struct mesa_origin o = mesa_sample_origin(seen->sample, i);

    return o.kept == SIZE_MAX && seen->rows.y[o.parent_a] == (int32_t)class_;
}

static mesa_status
add_made(const struct scene *s, uint32_t class_, struct mesa_error *err)
{
    const struct mesa_sample *sample = s->seen->sample;
    const size_t rows = sample ? mesa_sample_rows(sample) : 0;
    double *x = mesa_alloc_raw(s->plane.cols, sizeof *x);
    size_t n = 0, at = 0, taken = 0;

    if (!x)
        return mesa_nomem(err, s->plane.cols, "values of a row");
    for (size_t i = 0; i < rows; i++)
        n += is_made(s->seen, i, class_);
    mesa_plot_series(s->plot, MESA_MARK_CROSS,
                     s->seen->rows.schema->class_name[class_]);
    for (size_t i = 0; i < rows && n > 0; i++) {
        if (!is_made(s->seen, i, class_))
            continue;
        if (n <= SHOWN || at * SHOWN / n >= taken) {
            mesa_sample_row(sample, i, x);
            add_row(s, x);
            taken++;
        }
        at++;
    }
    mesa_free(x);
    return MESA_OK;
}

/* Frequent classes first and the positive one last, so that rare ones lie on
 * top, and the positive one has the colour of cells that predict it. */
static uint32_t
next_class(const size_t *count, uint32_t n_classes, uint32_t positive)
{
    uint32_t next = UINT32_MAX;

    for (uint32_t c = 0; c < n_classes; c++)
        if (count[c] != SIZE_MAX && c != positive &&
            (next == UINT32_MAX || count[c] > count[next]))
            next = c;
    return next == UINT32_MAX ? positive : next;
}

static mesa_status
add_classes(const struct scene *s, struct mesa_error *err)
{
    const struct mesa_dataset *d = &s->seen->rows;
    size_t *count = mesa_alloc_array(d->n_classes, sizeof *count);
    mesa_status st = MESA_OK;

    if (!count)
        return mesa_nomem(err, d->n_classes, "counts");
    mesa_class_counts(d, count);
    for (uint32_t i = 0; i < d->n_classes && st == MESA_OK; i++) {
        const uint32_t c = next_class(count, d->n_classes,
                                      s->seen->positive);

        st = add_made(s, c, err);
        add_rows(s, c, true, d->schema->class_name[c]);
        count[c] = SIZE_MAX;
    }
    mesa_free(count);
    return st;
}

static char *
axis_label(const struct scene *s, int i)
{
    const struct mesa_schema *schema = s->seen->rows.schema;

    if (s->plane.direct)
        return mesa_asprintf("%s%s", schema->column[i].name,
                             s->seen->model->transform ? " (transformed)"
                                                       : "");
    return mesa_asprintf("principal component %d (%.0f %% of variance)",
                         i + 1, 100 * s->plane.share[i]);
}

static char *
caption(const struct scene *s)
{
    const struct mesa_dataset *d = &s->seen->rows;
    struct mesa_text t = { 0 };

    mesa_text_printf(&t, "Training rows%s, at most %d of each class, over the "
                         "probability that the model predicts for '%s'%s.",
                     s->seen->model->transform ? " as the estimator sees them"
                                               : "",
                     SHOWN, d->schema->class_name[s->seen->positive],
                     d->n_classes > 2 ? " against all other classes; which of "
                                        "these it predicts is not shown"
                                      : "");
    if (!s->plane.direct)
        mesa_text_printf(&t, " The plane is that of the two directions in "
                             "which the %zu standardised columns vary most, "
                             "through their mean: rows lie above and below "
                             "it, predictions are made in it.",
                         d->x.cols);
    if (d->flags & MESA_DATA_MISSING)
        mesa_text_add(&t, " Missing values are at the mean.");
    if (s->seen->sample)
        mesa_text_add(&t, " Crosses are rows that the sampler makes, grey "
                          "points rows that it leaves out.");
    return mesa_text_take(&t);
}

static mesa_status
start_plot(struct scene *s, struct mesa_report *report,
           struct mesa_error *err)
{
    char *text[] = { axis_label(s, 0), axis_label(s, 1), caption(s),
                     mesa_asprintf("predicted probability of %s",
                                   s->seen->rows.schema->class_name
                                       [s->seen->positive]) };
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_DATA,
        .name        = "regions",
        .title       = s->seen->rows.n_classes > 2
                           ? "Rows and the predicted probability of one class"
                           : "Rows and decision regions",
        .caption     = text[2],
        .x_label     = text[0],
        .y_label     = text[1],
        .value_label = text[3]
    };
    bool whole = true;

    for (size_t i = 0; i < MESA_COUNT(text); i++)
        whole &= text[i] != NULL;
    if (whole)
        s->plot = mesa_report_plot(report, &info);
    for (size_t i = 0; i < MESA_COUNT(text); i++)
        mesa_free(text[i]);
    return whole ? MESA_OK : mesa_nomem(err, 1, "caption");
}

static mesa_status
draw_scene(struct scene *s, struct mesa_report *report, struct mesa_error *err)
{
    mesa_status st = mark_kept(s, err);

    if (st == MESA_OK)
        st = start_plot(s, report, err);
    if (st == MESA_OK)
        st = add_cells(s, err);
    if (st == MESA_OK && s->kept)
        add_rows(s, UINT32_MAX, false, "");
    return st == MESA_OK ? add_classes(s, err) : st;
}

mesa_status
mesa_seen_draw(const struct mesa_seen *seen, struct mesa_report *report,
               struct mesa_error *err)
{
    struct scene s = { .seen = seen };
    mesa_status st;

    if (!is_shown(&seen->rows) || !seen->rows.schema)
        return MESA_OK;
    st = mesa_plane_init(&s.plane, &seen->rows.x, err);
    if (st == MESA_OK && mesa_plane_is_sound(&s.plane) && find_corners(&s))
        st = draw_scene(&s, report, err);
    mesa_free(s.kept);
    mesa_plane_free(&s.plane);
    return st;
}
