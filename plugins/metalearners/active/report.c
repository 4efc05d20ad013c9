/* SPDX-License-Identifier: MIT */
/* report.c - what was asked for, and what the learning curve adds up to. */
#include "active.h"

#include <math.h>

const char *const active_parts[ACTIVE_PARTS] = { "valid", "test" };

static const char *const why[] = { "",           "max_iter",
                                   "pool_empty", "stop_score",
                                   "stop_agreement", "told" };

/* The mean of the leading score on a part; NaN if it has none. */
static double
area(const struct active *a, size_t part)
{
    double sum = 0.0;

    for (size_t i = 0; i < a->n_steps; i++)
        sum += active_scores(a, i, part)[0];
    return sum / (double)a->n_steps;
}

/* The share of labelled rows at the first score that will do; NaN: none. */
static double
utilisation(const struct active *a, size_t part, double threshold)
{
    for (size_t i = 0; i < a->n_steps; i++)
        if (active_reaches(a, active_scores(a, i, part)[0], threshold))
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
        if (a->data->schema)
            mesa_report_field(report, "queries.csv", ",",
                              a->data->schema->class_name[r->label[i]]);
        else
            mesa_report_print(report, "queries.csv", ",%d", (int)r->label[i]);
        mesa_report_print(report, "queries.csv", "\n");
    }
}

/* dur@ of what has been reached to metrics.csv, for a comparison, which has
 * an aulc of its own. */
mesa_status
active_tell_end(const struct active *a, struct mesa_metrics *metrics,
                struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < ACTIVE_PARTS * a->thresholds.n; i++) {
        const size_t part = i / a->thresholds.n, t = i % a->thresholds.n;
        const double share = utilisation(a, part, a->thresholds.value[t]);
        char *name;

        if (isnan(share))
            continue;
        name = mesa_asprintf("dur@%s", a->thresholds.item[t]);
        if (!name || mesa_metrics_add(metrics, active_parts[part], name,
                                      share) != MESA_OK)
            st = mesa_nomem(err, 1, "metric row");
        mesa_free(name);
    }
    return st;
}

static void
report_scores(const struct active *a, size_t part, struct mesa_report *report)
{
    mesa_report_score(report, active_parts[part], "aulc", area(a, part));
    for (size_t i = 0; i < a->thresholds.n; i++) {
        char *name = mesa_asprintf("dur@%s", a->thresholds.item[i]);

        mesa_report_score(report, active_parts[part], name ? name : "",
                          utilisation(a, part, a->thresholds.value[i]));
        mesa_free(name);
    }
}

static void
report_curve(const struct active *a, struct mesa_report *report)
{
    bool first = true;

    for (size_t part = 0; part < ACTIVE_PARTS; part++) {
        if (isnan(area(a, part)))
            continue;
        report_scores(a, part, report);
        if (first)
            mesa_report_print(
                report, NULL, "; area under the learning curve (%s):",
                mesa_metric_name(mesa_trials_metric(a->trials, 0)));
        mesa_report_print(report, NULL, "%s %s %.3f", first ? "" : ",",
                          active_parts[part], area(a, part));
        first = false;
    }
}

/* Rows that the acquisition has not chosen, those known before left out. */
static size_t
begun_with(const struct active *a)
{
    size_t n = 0;

    for (size_t i = 0; i < a->rows.n; i++)
        n += a->rows.iteration[i] == 0;
    return n - a->known;
}

static void
report_labels(const struct active *a, size_t queries,
              struct mesa_report *report)
{
    const size_t asked = a->rows.n - a->known, first = begun_with(a);
    const char *many = queries == 1 ? "query" : "queries";

    mesa_report_print(report, NULL, "asked for %zu of %zu labels", asked,
                      a->data->x.rows - a->known);
    if (first > 0)
        mesa_report_print(report, NULL, ", %zu to begin with and %zu in %zu "
                                        "%s",
                          first, asked - first, queries, many);
    else
        mesa_report_print(report, NULL, " in %zu %s", queries, many);
    mesa_report_print(report, NULL, "; stopped by %s", why[a->end]);
}

mesa_status
active_report(const void *self, const struct mesa_host *host,
              struct mesa_report *report, struct mesa_error *err)
{
    const struct active *a = self;
    /* One between each fit and the next. */
    const size_t queries = a->n_steps - 1;
    const size_t asked = a->rows.n - a->known;

    (void)host;
    report_queries(a, report);
    report_labels(a, queries, report);
    report_curve(a, report);
    mesa_report_print(report, NULL, "\n");
    mesa_report_open(report, "active");
    mesa_report_count(report, "iterations", a->n_steps);
    mesa_report_count(report, "queries", queries);
    mesa_report_count(report, "begun_with", begun_with(a));
    mesa_report_count(report, "asked", asked);
    mesa_report_count(report, "labelled", a->rows.n);
    mesa_report_count(report, "not_resampled", a->n_plain);
    mesa_report_text(report, "stopped_by", why[a->end]);
    mesa_report_close(report);
    return active_pictures(a, report, err);
}
