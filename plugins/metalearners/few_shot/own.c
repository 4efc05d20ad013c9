/* SPDX-License-Identifier: MIT */
/*
 * own.c - adaptation to rows of the user's own: the training rows are the
 * support, and the model then predicts every part of the data.
 */
#include "few_shot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const enum mesa_part parts[] = { MESA_PART_TRAIN, MESA_PART_VALID,
                                        MESA_PART_TEST };
static const char *const part_name[MESA_PART_COUNT_] = { "", "train", "valid",
                                                         "test" };
#define N_PARTS (sizeof parts / sizeof *parts)

/* Rows that are predicted at a time. */
#define CHUNK ((size_t)256)

static size_t
outputs(const struct mesa_dataset *d)
{
    return d->y ? d->n_classes : d->target.cols;
}

mesa_status
few_own_shape(const struct mesa_host *host, struct mesa_task_shape *shape,
              struct mesa_error *err)
{
    const struct mesa_dataset *train = mesa_host_data(host, MESA_PART_TRAIN);

    if (mesa_host_tasks(host) || !train)
        return mesa_fail(err, MESA_EDATA,
                         "mode = adapt takes rows of your own: [data] with a "
                         "training part");
    for (size_t i = 0; i < N_PARTS; i++) {
        const struct mesa_dataset *d = mesa_host_data(host, parts[i]);

        for (size_t r = 0; d && r < d->x.rows; r++)
            for (size_t j = 0; j < d->x.cols; j++)
                if (mesa_row(&d->x, r)[j] != mesa_row(&d->x, r)[j])
                    return mesa_fail(err, MESA_EDATA,
                                     "%s row %zu has a missing value",
                                     part_name[parts[i]], r);
    }
    *shape = (struct mesa_task_shape){
        .struct_size = sizeof *shape,
        .n_classes = train->y ? train->n_classes : 0,
        .n_inputs = train->x.cols,
        .n_outputs = outputs(train),
        .n_support = train->x.rows,
        .n_query = CHUNK,
    };
    return MESA_OK;
}

/* n rows from `first` on as numbers of a program; the rest zeros. */
static void
fill(const struct mesa_dataset *d, size_t first, size_t n, float *x, float *y)
{
    size_t cols = d->x.cols, out = outputs(d);

    for (size_t i = 0; i < n; i++) {
        size_t r = first + i;

        for (size_t j = 0; j < cols; j++)
            x[i * cols + j] = (float)mesa_row(&d->x, r)[j];
        for (size_t j = 0; j < out; j++)
            y[i * out + j] = d->y ? (float)((size_t)d->y[r] == j)
                                  : (float)mesa_row(&d->target, r)[j];
    }
}

/* Memory for the support and a chunk of query rows, one task. */
static mesa_status
rows_new(const struct mesa_task_shape *s, struct mesa_task_batch *rows,
         struct mesa_error *err)
{
    size_t width = s->n_inputs + s->n_outputs;
    float *at = mesa_alloc_array(s->n_support + s->n_query,
                                 width * sizeof *at);

    *rows = (struct mesa_task_batch){ .n = 1, .dtype = MESA_F32,
                                      .block_ = at };
    if (!at)
        return mesa_nomem(err, s->n_support, "rows");
    rows->support_x = at;
    rows->support_y = at += s->n_support * s->n_inputs;
    rows->query_x = at += s->n_support * s->n_outputs;
    rows->query_y = at + s->n_query * s->n_inputs;
    return MESA_OK;
}

/* What the model, as it is by now, says of all rows, and what that is worth:
 * score[0] before adaptation, score[1] after. */
static mesa_status
predict_part(struct few_own *own, struct few_adapter *a,
             const struct mesa_task_batch *rows, const struct mesa_dataset *d,
             enum mesa_part part, int after, struct mesa_error *err)
{
    const struct few_model *m = a->model;
    double *score = own->score[part][after];
    mesa_status st = MESA_OK;

    for (size_t r = 0; r < d->x.rows && st == MESA_OK; r += CHUNK) {
        size_t n = d->x.rows - r < CHUNK ? d->x.rows - r : CHUNK;
        const float *p = a->prediction;
        double chunk[FEW_METRICS];

        fill(d, r, n, rows->query_x, rows->query_y);
        st = few_adapter_predict(a, err);
        few_score_rows(m, p, rows->query_y, 0, n, chunk);
        for (int k = 0; k < FEW_METRICS; k++)
            score[k] += chunk[k] * (double)n / (double)d->x.rows;
        for (size_t i = 0; i < n * m->n_outputs; i++)
            own->prediction[part][r * m->n_outputs + i] = (double)p[i];
    }
    return st;
}

static mesa_status
predict(struct few_own *own, struct few_adapter *a,
        const struct mesa_task_batch *rows, const struct mesa_host *host,
        int after, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < N_PARTS && st == MESA_OK; i++) {
        const struct mesa_dataset *d = mesa_host_data(host, parts[i]);
        double **out = &own->prediction[parts[i]];

        if (!d)
            continue;
        if (!*out)
            *out = mesa_alloc_array(d->x.rows,
                                    a->model->n_outputs * sizeof **out);
        st = *out ? predict_part(own, a, rows, d, parts[i], after, err)
                  : mesa_nomem(err, d->x.rows, "predictions");
    }
    return st;
}

static mesa_status
add_rows(const struct few_own *own, const struct few_model *m,
         struct mesa_metrics *metrics, struct mesa_error *err)
{
    const size_t step[2] = { 0, own->steps };

    for (size_t i = 0; i < N_PARTS; i++)
        for (int after = 0; after < 2; after++)
            for (size_t k = 0; k < FEW_METRICS; k++) {
                char name[64];

                if (!own->prediction[parts[i]])
                    continue;
                snprintf(name, sizeof name, "%s@%zu", few_metric_name(m, k),
                         step[after]);
                if (mesa_metrics_add(metrics, part_name[parts[i]], name,
                                     own->score[parts[i]][after][k]))
                    return mesa_nomem(err, 1, "metric row");
            }
    return MESA_OK;
}

mesa_status
few_own_adapt(struct few_own *own, struct few_model *m,
              const struct few_rule *rule, const struct mesa_host *host,
              size_t steps, struct mesa_metrics *metrics,
              struct mesa_error *err)
{
    const struct mesa_dataset *train = mesa_host_data(host, MESA_PART_TRAIN);
    struct mesa_task_shape shape;
    struct mesa_task_batch rows = { .n = 0 };
    struct few_adapter a = { .weight = NULL };
    mesa_status st = few_own_shape(host, &shape, err);

    few_own_free(own);
    own->steps = steps;
    if (st == MESA_OK)
        st = rows_new(&shape, &rows, err);
    if (st == MESA_OK) {
        fill(train, 0, train->x.rows, rows.support_x, rows.support_y);
        st = few_adapter_new(m, rule, &shape, &rows, &a, err);
    }
    if (st == MESA_OK) {
        few_adapter_reset(&a);
        st = predict(own, &a, &rows, host, 0, err);
    }
    for (size_t k = 0; k < steps && st == MESA_OK; k++) {
        if (mesa_host_cancelled(host))
            goto out; /* this step will be made again */
        st = few_adapter_step(&a, k, err);
    }
    if (st == MESA_OK)
        st = predict(own, &a, &rows, host, 1, err);
    if (st == MESA_OK)
        few_adapter_take(&a, m->weights);
    if (st == MESA_OK && !mesa_weights_finite(m->weights))
        st = mesa_fail(err, MESA_EDATA,
                       "adaptation diverged within %zu steps: take fewer, or "
                       "a smaller inner_lr",
                       steps);
    if (st == MESA_OK)
        st = add_rows(own, m, metrics, err);
out:
    few_adapter_free(&a);
    mesa_task_batch_free(&rows);
    return st;
}

static void
report_scores(const struct few_own *own, const struct few_model *m,
              struct mesa_report *report)
{
    const size_t step[2] = { 0, own->steps };
    const char *last = own->steps == 1 ? "step" : "steps";

    mesa_report_open(report, "scores");
    mesa_report_print(report, NULL, "%-8s  %-10s  before     after %zu %s\n",
                      "", "", own->steps, last);
    for (size_t i = 0; i < N_PARTS; i++) {
        if (!own->prediction[parts[i]])
            continue;
        mesa_report_open(report, part_name[parts[i]]);
        for (size_t k = 0; k < FEW_METRICS; k++) {
            const char *metric = few_metric_name(m, k);
            double before = own->score[parts[i]][0][k];
            double after = own->score[parts[i]][1][k];

            mesa_report_print(report, NULL, "%-8s  %-10s  %-9.4g  %.4g\n",
                              part_name[parts[i]], metric, before, after);
            for (int s = 0; s < 2 && (s == 0 || step[1] > 0); s++) {
                char name[64];

                snprintf(name, sizeof name, "%s@%zu", metric, step[s]);
                mesa_report_open(report, name);
                mesa_report_number(report, "mean", s ? after : before);
                mesa_report_number(report, "std", 0);
                mesa_report_count(report, "n", 1);
                mesa_report_close(report);
            }
        }
        mesa_report_close(report);
    }
    mesa_report_close(report);
}

static const char *const file = "predictions.csv";

static void
put_number(struct mesa_report *report, double value)
{
    char digits[MESA_DOUBLE_TEXT];

    mesa_format_double(value, digits);
    mesa_report_print(report, file, ",%s", digits);
}

/* row,split,label,prediction and p_CLASS...; or, for several targets,
 * label_TARGET and prediction_TARGET of each. */
static void
put_header(const struct few_model *m, const struct mesa_schema *schema,
           struct mesa_report *report)
{
    mesa_report_print(report, file, "row,split");
    if (m->classes || m->n_outputs == 1)
        mesa_report_print(report, file, ",label,prediction");
    for (size_t c = 0; m->classes ? c < m->n_outputs
                                  : m->n_outputs > 1 && c < m->n_outputs;
         c++) {
        const char *name = m->classes ? schema->class_name[c]
                                      : schema->target[c];
        const char *prefix[2] = { m->classes ? "p_" : "label_",
                                  "prediction_" };

        for (int k = 0; k < (m->classes ? 1 : 2); k++) {
            char field[400];

            snprintf(field, sizeof field, "%s%.380s", prefix[k], name);
            mesa_report_field(report, file, ",", field);
        }
    }
    mesa_report_print(report, file, "\n");
}

static void
put_row(const struct few_model *m, const struct mesa_dataset *d, size_t r,
        const double *p, struct mesa_report *report)
{
    size_t best = 0;

    if (!m->classes) {
        for (size_t j = 0; j < m->n_outputs; j++) {
            put_number(report, mesa_row(&d->target, r)[j]);
            put_number(report, p[j]);
        }
        return;
    }
    for (size_t c = 0; c < m->n_outputs; c++)
        best = p[c] > p[best] ? c : best;
    mesa_report_field(report, file, ",", d->schema->class_name[d->y[r]]);
    mesa_report_field(report, file, ",", d->schema->class_name[best]);
    for (size_t c = 0; c < m->n_outputs; c++)
        put_number(report, p[c]);
}

void
few_own_report(const struct few_own *own, const struct few_model *m,
               const struct mesa_host *host, struct mesa_report *report)
{
    const struct mesa_dataset *train = mesa_host_data(host, MESA_PART_TRAIN);

    report_scores(own, m, report);
    put_header(m, train->schema, report);
    for (size_t i = 0; i < N_PARTS; i++) {
        const struct mesa_dataset *d = mesa_host_data(host, parts[i]);

        for (size_t r = 0; d && r < d->x.rows; r++) {
            mesa_report_print(report, file, "%zu,%s", r, part_name[parts[i]]);
            put_row(m, d, r, own->prediction[parts[i]] + r * m->n_outputs,
                    report);
            mesa_report_print(report, file, "\n");
        }
    }
}

/* Predictions of a part: over the input, or over what is true. */
static void
draw_part(const struct few_own *own, const struct mesa_dataset *d,
          enum mesa_part part, bool one, struct mesa_plot *p)
{
    char label[40];

    snprintf(label, sizeof label, one ? "%s rows" : "%s", part_name[part]);
    mesa_plot_series(p, MESA_MARK_POINT, label);
    for (size_t r = 0; r < d->x.rows; r++) {
        const double truth = mesa_row(&d->target, r)[0];

        if (one)
            mesa_plot_point(p, (double[]){ mesa_row(&d->x, r)[0], truth });
        else
            mesa_plot_point(p, (double[]){ truth, own->prediction[part][r] });
    }
    if (!one)
        return;
    mesa_plot_series(p, MESA_MARK_CROSS, "predicted");
    for (size_t r = 0; r < d->x.rows; r++)
        mesa_plot_point(p, (double[]){ mesa_row(&d->x, r)[0],
                                       own->prediction[part][r] });
}

/* From the lowest to the highest true value: where predictions are right. */
static void
draw_right(const struct mesa_host *host, struct mesa_plot *p)
{
    double low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < N_PARTS; i++) {
        const struct mesa_dataset *d = mesa_host_data(host, parts[i]);

        for (size_t r = 0; d && r < d->x.rows; r++) {
            low = fmin(low, mesa_row(&d->target, r)[0]);
            high = fmax(high, mesa_row(&d->target, r)[0]);
        }
    }
    mesa_plot_series(p, MESA_MARK_REFERENCE, "right");
    mesa_plot_point(p, (double[]){ low, low });
    mesa_plot_point(p, (double[]){ high, high });
}

void
few_own_draw(const struct few_own *own, const struct few_model *m,
             const struct mesa_host *host, struct mesa_report *report)
{
    const struct mesa_schema *s =
        mesa_host_data(host, MESA_PART_TRAIN)->schema;
    const bool one = m->n_inputs == 1;
    const struct mesa_plot_info info = {
        .struct_size = sizeof info,
        .section     = MESA_PLOT_RESULT,
        .name        = "predictions",
        .title       = "Predictions after adaptation",
        .caption     = one ? "Rows of the data, and what the model that was "
                             "adapted to the training rows makes of them."
                           : "What the model that was adapted to the training "
                             "rows predicts, over what is true. Dashed: where "
                             "both are the same.",
        .x_label     = one ? s->column[0].name : s->target[0],
        .y_label     = one ? s->target[0] : "prediction"
    };
    struct mesa_plot *p;

    if (m->classes || m->n_outputs != 1 ||
        !own->prediction[MESA_PART_TRAIN])
        return;
    p = mesa_report_plot(report, &info);
    if (p && !one)
        draw_right(host, p);
    for (size_t i = 0; p && i < N_PARTS; i++) {
        const struct mesa_dataset *d = mesa_host_data(host, parts[i]);

        if (d)
            draw_part(own, d, parts[i], one, p);
    }
}

void
few_own_free(struct few_own *own)
{
    for (size_t p = 0; p < MESA_PART_COUNT_; p++)
        mesa_free(own->prediction[p]);
    memset(own, 0, sizeof *own);
}
