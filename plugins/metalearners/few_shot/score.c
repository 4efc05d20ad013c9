/* SPDX-License-Identifier: MIT */
/*
 * score.c - how good the models of held-out tasks are after 0, 1, ... steps.
 *
 * A task that more steps than were trained for have thrown off can have any
 * error, and a mean over tasks is then that error: the median is reported
 * beside it, and how many tasks are worse than before their first step.
 */
#include "few_shot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tasks that adapt at the same time. */
#define AT_ONCE ((size_t)50)

const char *
few_metric_name(const struct few_model *m, size_t metric)
{
    static const char *const name[2][FEW_METRICS] = {
        { "mse", "mae" }, { "accuracy", "logloss" }
    };

    return name[m->classes][metric];
}

static bool
larger_is_better(const struct few_model *m, size_t metric)
{
    return m->classes && metric == 0;
}

mesa_status
few_check_eval(const struct few_eval *eval, struct mesa_error *err)
{
    const struct mesa_list *steps = &eval->steps;

    if (steps->n == 0 || steps->n > FEW_MOST_STEPS)
        return mesa_fail(err, MESA_EINVAL,
                         "eval_steps has %zu numbers, expected 1 to %d",
                         steps->n, FEW_MOST_STEPS);
    for (size_t i = 0; i < steps->n; i++) {
        double k = steps->value[i];

        if (k != floor(k) || (i > 0 && k <= steps->value[i - 1]))
            return mesa_fail(err, MESA_EINVAL,
                             "eval_steps has %g, expected whole numbers, "
                             "each larger than the one before",
                             k);
    }
    return MESA_OK;
}

mesa_status
few_check_tasks(const struct mesa_host *host, const struct few_eval *eval,
                struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);

    if (!tasks)
        return mesa_fail(err, MESA_EINVAL,
                         "[data] %s gives rows, not tasks; few_shot_classes "
                         "and tabular_tasks make tasks of them",
                         mesa_component_class(
                             mesa_host_component(host, MESA_KIND_SOURCE))
                             ->name);
    if (!mesa_tasks_shape(tasks, MESA_PART_TEST))
        return mesa_fail(err, MESA_EDATA, "there are no test tasks to score");
    if (eval->interval && !mesa_tasks_shape(tasks, MESA_PART_VALID))
        return mesa_fail(err, MESA_EDATA,
                         "eval_interval is %lld, but there are no validation "
                         "tasks to score",
                         (long long)eval->interval);
    return MESA_OK;
}

mesa_status
few_score_new(struct few_score *s, const char *split, size_t n_tasks,
              size_t n_steps, struct mesa_error *err)
{
    few_score_free(s);
    s->split = split;
    s->n_tasks = n_tasks;
    s->n_steps = n_steps;
    s->step = mesa_alloc_array(n_steps, sizeof *s->step);
    s->value = mesa_alloc_array(n_tasks, FEW_METRICS * (n_steps + 1) *
                                             sizeof *s->value);
    if (!s->step || !s->value)
        return mesa_nomem(err, n_tasks, "scores");
    for (size_t i = 0; i < n_steps; i++)
        s->step[i] = i;
    return MESA_OK;
}

static mesa_status
score_new(const struct few_eval *eval, const struct mesa_task_shape *shape,
          enum mesa_part part, struct few_score *out, struct mesa_error *err)
{
    bool test = part == MESA_PART_TEST;
    size_t n = (size_t)(test ? eval->tasks : eval->valid_tasks);
    mesa_status st;

    if (shape->n_distinct && shape->n_distinct < n)
        n = shape->n_distinct; /* each counts once */
    st = few_score_new(out, test ? "test" : "valid", n, eval->steps.n, err);
    for (size_t i = 0; i < eval->steps.n && st == MESA_OK; i++)
        out->step[i] = (size_t)eval->steps.value[i];
    return st;
}

void
few_score_free(struct few_score *s)
{
    mesa_free(s->step);
    mesa_free(s->value);
    memset(s, 0, sizeof *s);
}

static double *
value_at(const struct few_score *s, size_t metric, size_t step)
{
    if (step == FEW_BEFORE) /* whether that is among the steps or not */
        step = s->n_steps;
    return s->value + (metric * (s->n_steps + 1) + step) * s->n_tasks;
}

double
few_score_value(const struct few_score *s, size_t metric, size_t step,
                size_t task)
{
    return value_at(s, metric, step)[task];
}

static double
number(const void *x, size_t i, enum mesa_dtype dtype)
{
    return dtype == MESA_F32 ? (double)((const float *)x)[i]
                             : ((const double *)x)[i];
}

/* Mean squared and mean absolute error over n numbers. */
static void
score_targets(const void *p, const void *y, size_t at, size_t n,
              enum mesa_dtype dtype, double out[FEW_METRICS])
{
    for (size_t i = at; i < at + n; i++) {
        double d = number(p, i, dtype) - number(y, i, dtype);

        out[0] += d * d;
        out[1] += fabs(d);
    }
    out[0] /= (double)n;
    out[1] /= (double)n;
}

/* As scikit-learn's log_loss has them: never 0 or 1, and then of sum 1. */
static double
clipped(double p)
{
    const double least = 0x1p-52;

    p = p < least ? least : p;
    return p > 1 - least ? 1 - least : p;
}

/* Share of rows whose largest probability, the first of equal ones, is that
 * of the true class; mean of -log of the true class's. */
static void
score_classes(const void *p, const void *y, size_t at, size_t rows,
              size_t classes, enum mesa_dtype dtype, double out[FEW_METRICS])
{
    double total = 0;

    for (size_t r = 0; r < rows; r++, at += classes) {
        size_t best = 0, truth = 0;
        double sum = 0;

        for (size_t c = 0; c < classes; c++) {
            if (number(p, at + c, dtype) > number(p, at + best, dtype))
                best = c;
            if (number(y, at + c, dtype) > 0)
                truth = c;
            total += number(p, at + c, dtype);
            sum += clipped(number(p, at + c, dtype));
        }
        out[0] += best == truth;
        out[1] -= mesa_math_log(clipped(number(p, at + truth, dtype)) / sum);
    }
    for (int k = 0; k < FEW_METRICS; k++)
        out[k] = isfinite(total) ? out[k] / (double)rows : NAN;
}

void
few_score_rows(const struct few_model *m, const void *prediction,
               const void *truth, size_t at, size_t rows,
               double out[FEW_METRICS])
{
    memset(out, 0, FEW_METRICS * sizeof *out);
    if (m->classes)
        score_classes(prediction, truth, at, rows, m->n_outputs, m->dtype,
                      out);
    else
        score_targets(prediction, truth, at, rows * m->n_outputs, m->dtype,
                      out);
}

void
few_score_take(const struct few_score *s, const struct few_adapter *a,
               const struct mesa_task_batch *rows, size_t first, size_t step)
{
    size_t n = a->n_query * a->model->n_outputs;

    for (size_t t = 0; t < a->n_tasks && first + t < s->n_tasks; t++) {
        double out[FEW_METRICS];

        few_score_rows(a->model, a->prediction, rows->query_y, t * n,
                       a->n_query, out);
        for (size_t k = 0; k < FEW_METRICS; k++)
            value_at(s, k, step)[first + t] = out[k];
    }
}

static mesa_status
evaluate_batch(struct few_adapter *a, const struct mesa_task_batch *rows,
               size_t first, const struct few_score *s,
               struct mesa_error *err)
{
    size_t made = 0;
    mesa_status st = MESA_OK;

    few_adapter_reset(a);
    st = few_adapter_predict(a, err);
    if (st == MESA_OK)
        few_score_take(s, a, rows, first, FEW_BEFORE);
    for (size_t i = 0; i < s->n_steps && st == MESA_OK; i++) {
        for (; made < s->step[i] && st == MESA_OK; made++)
            st = few_adapter_step(a, made, err);
        if (st == MESA_OK && s->step[i] > 0)
            st = few_adapter_predict(a, err);
        if (st == MESA_OK)
            few_score_take(s, a, rows, first, i);
    }
    return st;
}

static mesa_status
evaluate(const struct few_model *m, const struct few_rule *rule,
         const struct mesa_host *host, enum mesa_part part,
         struct few_score *out, struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    const size_t at_once = out->n_tasks < AT_ONCE ? out->n_tasks : AT_ONCE;
    struct mesa_task_batch rows;
    struct few_adapter a = { .weight = NULL };
    mesa_status st = mesa_task_batch_new(tasks, part, at_once, m->dtype,
                                         &rows, err);

    if (st == MESA_OK)
        st = few_adapter_new(m, rule, mesa_tasks_shape(tasks, part), &rows,
                             &a, err);
    for (size_t i = 0; i < out->n_tasks && st == MESA_OK; i += at_once) {
        /* Validation comes after training in a step, which then has to count:
         * made again, it would train twice. */
        if (part == MESA_PART_TEST && mesa_host_cancelled(host))
            break;
        st = mesa_tasks_draw(tasks, part, i, &rows, err);
        if (st == MESA_OK)
            st = evaluate_batch(&a, &rows, i, out, err);
    }
    few_adapter_free(&a);
    mesa_task_batch_free(&rows);
    return st;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of the finite ones; scratch has room for all. */
static double
median(const double *value, size_t n, double *scratch)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (isfinite(value[i]))
            scratch[kept++] = value[i];
    if (kept == 0)
        return NAN;
    qsort(scratch, kept, sizeof *scratch, compare);
    return kept % 2 ? scratch[kept / 2]
                    : (scratch[kept / 2 - 1] + scratch[kept / 2]) / 2;
}

struct few_summary
few_score_summary(const struct few_model *m, const struct few_score *s,
                  size_t metric, size_t step)
{
    const double *value = value_at(s, metric, step);
    const double *first = value_at(s, metric, FEW_BEFORE);
    struct few_summary out = { .n = 0 };
    double *scratch = mesa_alloc_raw(s->n_tasks, sizeof *scratch);
    double square = 0;

    for (size_t i = 0; i < s->n_tasks; i++) {
        out.diverged += !isfinite(value[i]);
        out.worse += larger_is_better(m, metric) ? !(value[i] >= first[i])
                                                 : !(value[i] <= first[i]);
        out.mean += isfinite(value[i]) ? value[i] : 0;
    }
    out.n = s->n_tasks - out.diverged;
    out.mean = out.n ? out.mean / (double)out.n : NAN;
    for (size_t i = 0; i < s->n_tasks; i++)
        if (isfinite(value[i]))
            square += (value[i] - out.mean) * (value[i] - out.mean);
    out.std = out.n > 1 ? sqrt(square / (double)(out.n - 1)) : 0;
    out.interval = out.n > 1 ? 1.96 * out.std / sqrt((double)out.n) : 0;
    out.median = scratch ? median(value, s->n_tasks, scratch) : NAN;
    mesa_free(scratch);
    return out;
}

mesa_status
few_score_rows_add(const struct few_model *m, const struct few_score *s,
                   const char *prefix, size_t step,
                   struct mesa_metrics *metrics, struct mesa_error *err)
{
    for (size_t k = 0; k < FEW_METRICS; k++) {
        struct few_summary v = few_score_summary(m, s, k, step);
        char name[64], interval[64];

        snprintf(name, sizeof name, "%s%s@%zu", prefix, few_metric_name(m, k),
                 s->step[step]);
        snprintf(interval, sizeof interval, "%.48s_ci95", name);
        if (mesa_metrics_add(metrics, s->split, name, v.mean) ||
            mesa_metrics_add(metrics, s->split, interval, v.interval))
            return mesa_nomem(err, 1, "metric row");
    }
    return MESA_OK;
}

mesa_status
few_evaluate_after(const struct few_model *m, const struct few_rule *rule,
                   const struct mesa_host *host, const struct few_eval *eval,
                   uint64_t i, uint64_t n, struct few_score *out,
                   struct mesa_metrics *metrics, struct mesa_error *err)
{
    const uint64_t interval = (uint64_t)eval->interval;
    const bool last = i >= n;
    const enum mesa_part part = last ? MESA_PART_TEST : MESA_PART_VALID;
    mesa_status st;

    if (!last && (interval == 0 || (i + 1) % interval != 0))
        return MESA_OK;
    st = score_new(eval, mesa_tasks_shape(mesa_host_tasks(host), part), part,
                   out, err);
    if (st == MESA_OK)
        st = evaluate(m, rule, host, part, out, err);
    for (size_t k = 0; k < out->n_steps && st == MESA_OK; k++)
        st = few_score_rows_add(m, out, "", k, metrics, err);
    return st;
}

mesa_status
few_log_losses(struct few_log *log, const float outcome[2], uint64_t i,
               uint64_t n, uint64_t interval, struct mesa_metrics *metrics,
               struct mesa_error *err)
{
    static const char *const name[2] = { "support_loss", "query_loss" };

    return few_log_named(log, name, outcome, i, n, interval, metrics, err);
}

mesa_status
few_log_named(struct few_log *log, const char *const name[2],
              const float outcome[2], uint64_t i, uint64_t n,
              uint64_t interval, struct mesa_metrics *metrics,
              struct mesa_error *err)
{
    for (int k = 0; k < 2; k++)
        log->sum[k] += (double)outcome[k];
    log->n++;
    if ((i + 1) % interval != 0 && i + 1 != n)
        return MESA_OK;
    for (int k = 0; k < 2; k++) {
        if (mesa_metrics_add(metrics, "train", name[k],
                             log->sum[k] / (double)log->n) != MESA_OK)
            return mesa_nomem(err, 1, "metric row");
        log->sum[k] = 0;
    }
    log->n = 0;
    return MESA_OK;
}

void
few_score_members(const struct few_model *m, const struct few_score *s,
                  const char *prefix, size_t step, struct mesa_report *report)
{
    for (size_t k = 0; k < FEW_METRICS; k++) {
        struct few_summary v = few_score_summary(m, s, k, step);
        char name[64];

        snprintf(name, sizeof name, "%s%s@%zu", prefix, few_metric_name(m, k),
                 s->step[step]);
        mesa_report_open(report, name);
        mesa_report_number(report, "mean", v.mean);
        mesa_report_number(report, "std", v.std);
        mesa_report_count(report, "n", v.n);
        mesa_report_number(report, "ci95", v.interval);
        mesa_report_number(report, "median", v.median);
        mesa_report_count(report, "diverged", v.diverged);
        mesa_report_count(report, "worse", v.worse);
        mesa_report_close(report);
    }
}

/* "3.061 +- 0.112", however large. */
static void
print_score(struct mesa_report *report, const struct few_summary *v)
{
    char text[64];

    if (v->n == 0)
        snprintf(text, sizeof text, "all diverged");
    else
        snprintf(text, sizeof text, fabs(v->mean) < 1e4 ? "%.3f +- %.3f"
                                                        : "%.2e +- %.1e",
                 v->mean, v->interval);
    mesa_report_print(report, NULL, "  %-22s", text);
}

/* Learnt rates are good for as many steps as they were learnt with. */
static void
warn_worse(const struct few_model *m, const struct few_score *s,
           size_t trained)
{
    for (size_t i = 0; i < s->n_steps; i++) {
        struct few_summary v = few_score_summary(m, s, 0, i);

        if (trained == 0 || s->step[i] <= trained || 20 * v.worse < s->n_tasks)
            continue;
        mesa_warn("after %zu steps %zu of %zu %s tasks are worse than before "
                  "the first; training was for %zu: train with a larger "
                  "inner_steps to take more",
                  s->step[i], v.worse, s->n_tasks, s->split, trained);
        return;
    }
}

void
few_score_report(const struct few_model *m, const struct few_score *s,
                 size_t trained, struct mesa_report *report)
{
    if (s->n_steps == 0)
        return; /* nothing has been scored yet */
    mesa_report_open(report, "scores");
    mesa_report_open(report, s->split);
    for (size_t i = 0; i < s->n_steps; i++)
        few_score_members(m, s, "", i, report);
    mesa_report_close(report);
    mesa_report_close(report);
    mesa_report_print(report, NULL, "%-5s  %-22s  %-22s  %s\n", "steps",
                      few_metric_name(m, 0), few_metric_name(m, 1),
                      "median    worse than before");
    for (size_t i = 0; i < s->n_steps; i++) {
        struct few_summary v = few_score_summary(m, s, 0, i);
        struct few_summary w = few_score_summary(m, s, 1, i);

        mesa_report_print(report, NULL, "%5zu", s->step[i]);
        print_score(report, &v);
        print_score(report, &w);
        mesa_report_print(report, NULL,
                          v.median < 1e4 ? "  %-8.3f  %zu\n"
                                         : "  %-8.2e  %zu\n",
                          v.median, v.worse);
    }
    mesa_report_print(report, NULL,
                      "mean +- half of a 95 %% interval over %zu %s tasks\n",
                      s->n_tasks, s->split);
    for (size_t i = 0; i < s->n_steps; i++) {
        struct few_summary v = few_score_summary(m, s, 0, i);

        if (v.diverged)
            mesa_report_print(report, NULL,
                              "%zu of them left out after %zu steps: they "
                              "diverged\n",
                              v.diverged, s->step[i]);
    }
    warn_worse(m, s, trained);
}
