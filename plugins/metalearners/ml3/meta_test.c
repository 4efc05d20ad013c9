/* SPDX-License-Identifier: MIT */
/*
 * meta_test.c - what a learned loss is worth: models that begin anew on each
 * task, trained with it alone, beside the same trained with a loss of today.
 *
 * Tests draw from streams of their own, and training does not notice them.
 * Tasks and initial weights are the same at each test, so that the baseline's
 * scores are too: they are found out once.
 */
#include "ml3.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Tasks that learn at the same time. */
#define AT_ONCE ((size_t)50)

static const char *const prefix[ML3_SIDES] = { "", "baseline_" };

static mesa_node
learned_loss(void *context, struct mesa_graph *g,
             const struct mesa_loss_terms *terms)
{
    struct ml3 *m = context;

    teacher_inputs(&m->teacher, g);
    return teacher_loss(&m->teacher, g, terms);
}

static void
learned_bind(void *context, struct mesa_program *p)
{
    teacher_bind(&((struct ml3 *)context)->teacher, p);
}

static size_t
last_step(const struct ml3 *m)
{
    return (size_t)m->eval.steps.value[m->eval.steps.n - 1];
}

/* Judged by the rows they learn from, or by others. */
static void
choose_rows(struct ml3_test *t, int rows)
{
    t->judged = t->rows;
    if (rows == ML3_QUERY)
        return;
    t->shape.n_query = t->shape.n_support;
    t->judged.query_x = t->rows.support_x;
    t->judged.query_y = t->rows.support_y;
}

static mesa_status
open_test(struct ml3 *m, const struct mesa_host *host, struct ml3_test *t,
          int64_t wanted, const char *split, struct mesa_error *err)
{
    const struct mesa_tasks *tasks = mesa_host_tasks(host);
    const struct mesa_task_shape *shape = mesa_tasks_shape(tasks, t->part);
    size_t n = (size_t)wanted;
    mesa_status st;

    t->shape = *shape;
    if (shape->n_distinct && shape->n_distinct < n)
        n = shape->n_distinct; /* each counts once */
    st = mesa_task_batch_new(tasks, t->part, n < AT_ONCE ? n : AT_ONCE,
                             m->tested.dtype, &t->rows, err);
    if (st != MESA_OK)
        return st;
    choose_rows(t, m->eval_rows);
    for (int side = 0; side < ML3_SIDES && st == MESA_OK; side++) {
        st = few_adapter_new(&m->tested, &m->rule[side], &t->shape,
                             &t->judged, &t->adapter[side], err);
        if (st == MESA_OK)
            st = few_score_new(&t->score[side], split, n, last_step(m) + 1,
                               err);
    }
    return st == MESA_OK ? ml3_watch_new(&t->watch, m, shape, n,
                                         last_step(m) + 1, err)
                         : st;
}

static void
set_rules(struct ml3 *m)
{
    const double learned = m->eval_lr == ML3_AUTO ? m->inner_lr : m->eval_lr;
    const double rate[ML3_SIDES] = {
        learned, m->baseline_lr == ML3_AUTO ? learned : m->baseline_lr
    };

    for (int side = 0; side < ML3_SIDES; side++) {
        m->solver[side] = mesa_optimizer_defaults();
        m->solver[side].solver = MESA_SGD;
        m->solver[side].learning_rate = rate[side];
        m->rule[side] = (struct few_rule){ .solver = &m->solver[side] };
    }
    m->rule[ML3_LEARNED].context = m;
    m->rule[ML3_LEARNED].loss = learned_loss;
    m->rule[ML3_LEARNED].bind = learned_bind;
}

mesa_status
ml3_tests_open(struct ml3 *m, const struct mesa_host *host,
               struct mesa_error *err)
{
    const struct mesa_component *estimator =
        m->eval_estimator ? m->eval_estimator
                          : mesa_host_component(host, MESA_KIND_ESTIMATOR);
    mesa_status st;

    set_rules(m);
    m->tested.dtype = m->model.dtype;
    m->test[0].part = MESA_PART_TRAIN;
    m->test[1].part = MESA_PART_TEST;
    st = few_model_make(&m->tested, estimator,
                        m->baseline_loss ? m->baseline_loss : m->task_loss,
                        &m->shape, err);
    if (st == MESA_OK)
        st = open_test(m, host, &m->test[0], m->eval.valid_tasks, "train",
                       err);
    return st == MESA_OK ? open_test(m, host, &m->test[1], m->eval.tasks,
                                     "test", err)
                         : st;
}

void
ml3_tests_close(struct ml3 *m)
{
    for (int i = 0; i < 2; i++) {
        struct ml3_test *t = &m->test[i];

        for (int side = 0; side < ML3_SIDES; side++) {
            few_adapter_free(&t->adapter[side]);
            few_score_free(&t->score[side]);
        }
        ml3_watch_free(&t->watch);
        mesa_task_batch_free(&t->rows);
    }
    few_model_close(&m->tested);
}

static bool
is_asked_for(const struct ml3 *m, size_t step)
{
    for (size_t i = 0; i < m->eval.steps.n; i++)
        if ((size_t)m->eval.steps.value[i] == step)
            return true;
    return false;
}

/* Tasks first ... with one of the losses, as long as the host wants it. */
static mesa_status
learn(const struct ml3 *m, const struct mesa_host *host, struct ml3_test *t,
      int side, bool every, size_t first, struct mesa_error *err)
{
    const struct mesa_rng rng = mesa_host_rng(host, "ml3.test",
                                              (uint64_t)t->part);
    struct few_adapter *a = &t->adapter[side];
    mesa_status st;

    few_adapter_draw(a, &rng, first);
    st = few_adapter_predict(a, err);
    if (st == MESA_OK) {
        ml3_watch_take(&t->watch, side, a, first, 0);
        few_score_take(&t->score[side], a, &t->judged, first, FEW_BEFORE);
        few_score_take(&t->score[side], a, &t->judged, first, 0);
    }
    for (size_t k = 1; k <= last_step(m) && st == MESA_OK; k++) {
        if (mesa_host_cancelled(host))
            break;
        st = few_adapter_step(a, k - 1, err);
        ml3_watch_take(&t->watch, side, a, first, k);
        if (st != MESA_OK || !(every || is_asked_for(m, k)))
            continue;
        st = few_adapter_predict(a, err);
        if (st == MESA_OK)
            few_score_take(&t->score[side], a, &t->judged, first, k);
    }
    return st;
}

static mesa_status
run_test(const struct ml3 *m, const struct mesa_host *host,
         struct ml3_test *t, bool every, struct mesa_error *err)
{
    const size_t n = t->score[ML3_LEARNED].n_tasks;
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < n && st == MESA_OK; i += t->rows.n) {
        st = mesa_tasks_draw(mesa_host_tasks(host), t->part, i, &t->rows,
                             err);
        if (st == MESA_OK)
            ml3_watch_truth(&t->watch, &t->rows, &t->shape, i);
        if (st == MESA_OK && !t->known)
            st = learn(m, host, t, ML3_BASELINE, true, i, err);
        if (st == MESA_OK)
            st = learn(m, host, t, ML3_LEARNED, every, i, err);
        if (mesa_host_cancelled(host))
            return st;
    }
    t->known = st == MESA_OK;
    return st;
}

/* Scores of one loss after k steps, for metrics.csv. */
static mesa_status
add_rows(const struct ml3 *m, const struct ml3_test *t, int side, size_t k,
         struct mesa_metrics *metrics, struct mesa_error *err)
{
    mesa_status st = few_score_rows_add(&m->tested, &t->score[side],
                                        prefix[side], k, metrics, err);

    return st == MESA_OK
               ? ml3_watch_rows_add(&t->watch, m, side, prefix[side],
                                    t->score[side].split, k, metrics)
               : st;
}

mesa_status
ml3_tests_run(struct ml3 *m, const struct mesa_host *host, bool every,
              struct mesa_metrics *metrics, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (int i = 0; i < 2 && st == MESA_OK; i++) {
        struct ml3_test *t = &m->test[i];

        st = run_test(m, host, t, every, err);
        if (st != MESA_OK || mesa_host_cancelled(host))
            return st;
        for (int side = 0; side < ML3_SIDES; side++)
            for (size_t k = 0; k < m->eval.steps.n && st == MESA_OK; k++)
                st = add_rows(m, t, side, (size_t)m->eval.steps.value[k],
                              metrics, err);
    }
    m->done = every && st == MESA_OK;
    return st;
}

/* One task after so many steps. */
static void
write_scores(const struct ml3_test *t, size_t task, size_t step,
             struct mesa_report *report, const char *file)
{
    const struct few_score *s = t->score;

    mesa_report_print(report, file, "%s,%zu,%zu", s->split, task, step);
    for (size_t v = 0; v < ML3_SIDES * FEW_METRICS; v++)
        mesa_report_value(report, file, ",",
                          few_score_value(&s[v / FEW_METRICS],
                                          v % FEW_METRICS, step, task));
    ml3_watch_print(&t->watch, task, step, report, file);
    mesa_report_print(report, file, "\n");
}

static void
write_curves(const struct ml3 *m, struct mesa_report *report)
{
    static const char file[] = "adaptation.csv";

    mesa_report_print(report, file, "split,task,step");
    for (int side = 0; side < ML3_SIDES; side++)
        for (size_t k = 0; k < FEW_METRICS; k++)
            mesa_report_print(report, file, ",%s%s", prefix[side],
                              few_metric_name(&m->tested, k));
    ml3_watch_header(&m->test[0].watch, m, report, file);
    mesa_report_print(report, file, "\n");
    for (int i = 0; i < 2; i++) {
        const struct few_score *s = m->test[i].score;

        for (size_t task = 0; task < s->n_tasks; task++)
            for (size_t step = 0; step < s->n_steps; step++)
                write_scores(&m->test[i], task, step, report, file);
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
    mesa_report_print(report, NULL, "  %-18s", text);
}

static void
print_table(const struct ml3 *m, const struct ml3_test *t,
            struct mesa_report *report)
{
    struct few_summary v = { .n = 0 };

    mesa_report_print(report, NULL, "%-5s  steps  %-18s  %s\n",
                      t->score[0].split, few_metric_name(&m->tested, 0),
                      "baseline            median    of baseline");
    for (size_t k = 0; k < m->eval.steps.n; k++) {
        size_t step = (size_t)m->eval.steps.value[k];
        double median[ML3_SIDES];

        mesa_report_print(report, NULL, "%5s  %5zu", "", step);
        for (int side = 0; side < ML3_SIDES; side++) {
            v = few_score_summary(&m->tested, &t->score[side], 0, step);
            median[side] = v.median;
            print_score(report, &v);
        }
        mesa_report_print(report, NULL, "  %-8.3g  %.3g\n", median[0],
                          median[1]);
    }
}

/* Means are of the other tasks. */
static void
print_diverged(const struct ml3 *m, const struct ml3_test *t,
               struct mesa_report *report)
{
    static const char *const loss[ML3_SIDES] = { "the learned loss",
                                                 "the baseline" };

    for (int side = 0; side < ML3_SIDES; side++)
        for (size_t k = 0; k < m->eval.steps.n; k++) {
            const size_t step = (size_t)m->eval.steps.value[k];
            const struct few_summary v =
                few_score_summary(&m->tested, &t->score[side], 0, step);

            if (v.diverged)
                mesa_report_print(report, NULL,
                                  "%zu of %zu %s tasks left out after %zu "
                                  "steps: %s made them diverge\n",
                                  v.diverged, t->score[side].n_tasks,
                                  t->score[side].split, step, loss[side]);
        }
}

void
ml3_tests_report(const struct ml3 *m, struct mesa_report *report)
{
    if (!m->done)
        return; /* stopped before the end */
    mesa_report_open(report, "scores");
    for (int i = 0; i < 2; i++) {
        const struct ml3_test *t = &m->test[i];

        mesa_report_open(report, t->score[0].split);
        for (int side = 0; side < ML3_SIDES; side++)
            for (size_t k = 0; k < m->eval.steps.n; k++) {
                const size_t step = (size_t)m->eval.steps.value[k];

                few_score_members(&m->tested, &t->score[side], prefix[side],
                                  step, report);
                ml3_watch_members(&t->watch, m, side, prefix[side], step,
                                  report);
            }
        mesa_report_close(report);
        print_table(m, t, report);
    }
    mesa_report_close(report);
    mesa_report_print(report, NULL,
                      "mean +- half of a 95 %% interval over %zu and %zu "
                      "tasks\n",
                      m->test[0].score[0].n_tasks,
                      m->test[1].score[0].n_tasks);
    print_diverged(m, &m->test[0], report);
    print_diverged(m, &m->test[1], report);
    write_curves(m, report);
}
