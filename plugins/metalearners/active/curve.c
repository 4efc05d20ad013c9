/* SPDX-License-Identifier: MIT */
/*
 * curve.c - the learning curve: scores after each query, what they add up to,
 * and when to stop.
 */
#include "active.h"

#include <math.h>
#include <string.h>

static const enum mesa_part part_of[ACTIVE_PARTS] = { MESA_PART_VALID,
                                                      MESA_PART_TEST };
static const char *const part_name[ACTIVE_PARTS] = { "valid", "test" };

/* Steps there can be: a fit, and one after each query. */
static size_t
most_steps(const struct active *a)
{
    return 2 + a->data->x.rows / a->batch;
}

mesa_status
active_curve_init(struct active *a, struct mesa_error *err)
{
    const size_t n = most_steps(a), values = n * ACTIVE_PARTS * a->n_metrics;

    a->size = mesa_alloc_array(n, sizeof *a->size);
    a->kappa = mesa_alloc_array(n, sizeof *a->kappa);
    a->value = mesa_alloc_raw(values, sizeof *a->value);
    if (!a->size || !a->kappa || !a->value)
        return mesa_nomem(err, values, "scores");
    return MESA_OK;
}

void
active_curve_free(struct active *a)
{
    mesa_free(a->size);
    mesa_free(a->kappa);
    mesa_free(a->value);
    mesa_free(a->said);
}

static double *
scores_of(const struct active *a, size_t step, size_t part)
{
    return a->value + (step * ACTIVE_PARTS + part) * a->n_metrics;
}

static mesa_status
score_part(struct active *a, const struct mesa_pipeline *p,
           const struct mesa_dataset *rows, size_t part,
           struct mesa_metrics *metrics, struct mesa_error *err)
{
    double *value = scores_of(a, a->n_steps, part);
    double *proba = mesa_alloc_raw(rows->x.rows,
                                   rows->n_classes * sizeof *proba);
    mesa_status st = proba ? mesa_pipeline_predict_proba(p, rows, proba, err)
                           : mesa_nomem(err, rows->x.rows, "predictions");

    if (st == MESA_OK)
        st = mesa_trials_score(a->trials, part_of[part], rows, proba, value,
                               err);
    for (size_t m = 0; m < a->n_metrics && st == MESA_OK; m++)
        if (mesa_metrics_add(
                metrics, part_name[part],
                mesa_metric_name(mesa_trials_metric(a->trials, m)),
                value[m]) != MESA_OK)
            st = mesa_nomem(err, 1, "metric row");
    mesa_free(proba);
    return st;
}

mesa_status
active_curve_add(struct active *a, const struct mesa_host *host,
                 const struct mesa_pipeline *p, struct mesa_metrics *metrics,
                 struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < ACTIVE_PARTS * a->n_metrics; i++)
        scores_of(a, a->n_steps, 0)[i] = NAN;
    if (mesa_metrics_add(metrics, "", "labelled", (double)a->rows.n) !=
        MESA_OK)
        return mesa_nomem(err, 1, "metric row");
    for (size_t part = 0; part < ACTIVE_PARTS && st == MESA_OK; part++) {
        const struct mesa_dataset *rows = mesa_host_data(host, part_of[part]);

        if (rows && rows->x.rows > 0)
            st = score_part(a, p, rows, part, metrics, err);
    }
    a->size[a->n_steps] = a->rows.n;
    a->n_steps += st == MESA_OK;
    return st;
}

/* The leading score: of validation rows, if there are any. */
static double
leading(const struct active *a, size_t step)
{
    double valid = scores_of(a, step, ACTIVE_VALID)[0];

    return isnan(valid) ? scores_of(a, step, ACTIVE_TEST)[0] : valid;
}

static bool
reaches(const struct active *a, double score, double wanted)
{
    return mesa_metric_larger_is_better(mesa_trials_metric(a->trials, 0))
               ? score >= wanted
               : score <= wanted;
}

enum active_end
active_curve_end(const struct active *a)
{
    if (a->stop_score != ACTIVE_NEVER &&
        reaches(a, leading(a, a->n_steps - 1), a->stop_score))
        return ACTIVE_SCORE;
    if (a->rows.n == a->data->x.rows)
        return ACTIVE_POOL_EMPTY;
    if (a->max_iter > 0 && a->n_steps >= (size_t)a->max_iter)
        return ACTIVE_MAX_ITER;
    return ACTIVE_GOING;
}

mesa_status
active_curve_save(const struct active *a, struct mesa_archive *to,
                  struct mesa_error *err)
{
    mesa_status st = mesa_archive_put_vector(to, "size", MESA_U64, a->n_steps,
                                             a->size, err);

    if (st == MESA_OK)
        st = mesa_archive_put_vector(
            to, "scores", MESA_F64,
            a->n_steps * ACTIVE_PARTS * a->n_metrics, a->value, err);
    return st;
}

mesa_status
active_curve_load(struct active *a, const struct mesa_archive *from,
                  struct mesa_error *err)
{
    struct mesa_tensor size;
    const void *value;
    mesa_status st = mesa_archive_get(from, "size", &size, err);
    size_t values;

    if (st != MESA_OK)
        return st;
    if (size.dtype != MESA_U64 || size.n_dims != 1 ||
        size.shape[0] >= most_steps(a))
        return mesa_fail(err, MESA_EPARSE,
                         "tensor 'size' is no list of fewer than %zu numbers",
                         most_steps(a));
    values = size.shape[0] * ACTIVE_PARTS * a->n_metrics;
    st = mesa_archive_expect(from, "scores", MESA_F64, 1, &values, &value,
                             err);
    if (st != MESA_OK)
        return st;
    a->n_steps = size.shape[0];
    memcpy(a->size, size.data, a->n_steps * sizeof *a->size);
    memcpy(a->value, value, values * sizeof *a->value);
    return MESA_OK;
}

/* The mean of the leading score on a part; NaN if it has none. */
static double
area(const struct active *a, size_t part)
{
    double sum = 0.0;

    for (size_t i = 0; i < a->n_steps; i++)
        sum += scores_of(a, i, part)[0];
    return sum / (double)a->n_steps;
}

/* The share of labelled rows at the first score that will do; NaN: none. */
static double
utilisation(const struct active *a, size_t part, double threshold)
{
    for (size_t i = 0; i < a->n_steps; i++)
        if (reaches(a, scores_of(a, i, part)[0], threshold))
            return (double)a->size[i] / (double)a->data->x.rows;
    return NAN;
}

static void
report_queries(const struct active *a, struct mesa_report *report)
{
    const struct active_rows *r = &a->rows;

    mesa_report_print(report, "queries.csv", "row,iteration,utility,label\n");
    for (size_t i = 0; i < r->n; i++) {
        mesa_report_print(report, "queries.csv", "%zu,%llu", r->row[i],
                          (unsigned long long)r->iteration[i]);
        if (isnan(r->utility[i]))
            mesa_report_print(report, "queries.csv", ",");
        else
            mesa_report_value(report, "queries.csv", ",", r->utility[i]);
        mesa_report_field(report, "queries.csv", ",",
                          a->data->schema->class_name[r->label[i]]);
        mesa_report_print(report, "queries.csv", "\n");
    }
}

mesa_status
active_report(const void *self, const struct mesa_host *host,
              struct mesa_report *report, struct mesa_error *err)
{
    static const char *const why[] = {
        "", "max_iter", "pool_empty", "stop_score", "stop_agreement", "told"
    };
    const struct active *a = self;

    (void)host;
    (void)err;
    report_queries(a, report);
    for (size_t part = 0; part < ACTIVE_PARTS; part++) {
        if (isnan(area(a, part)))
            continue;
        mesa_report_score(report, part_name[part], "aulc", area(a, part));
        for (size_t i = 0; i < a->thresholds.n; i++) {
            char *name = mesa_asprintf("dur@%s", a->thresholds.item[i]);

            mesa_report_score(report, part_name[part], name ? name : "",
                              utilisation(a, part, a->thresholds.value[i]));
            mesa_free(name);
        }
    }
    mesa_report_open(report, "active");
    mesa_report_count(report, "iterations", a->n_steps);
    mesa_report_count(report, "labelled", a->rows.n);
    mesa_report_text(report, "stopped_by", why[a->end]);
    mesa_report_close(report);
    return MESA_OK;
}
