/* SPDX-License-Identifier: MIT */
/* run_summary.c - summary.json: what a run found, for machines. */
#include "run_state.h"

#include "bundle.h"
#include "files.h"
#include "json.h"

#include <math.h>
#include <string.h>

struct mesa_summary
mesa_summarise(const struct mesa_scores *s, size_t part, size_t metric)
{
    struct mesa_summary out = { 0.0, 0.0, 0 };
    double square = 0.0;

    for (size_t i = 0; i < s->n_steps; i++) {
        double v = s->value[(i * MESA_SCORED_PARTS + part) * s->n_metrics +
                            metric];

        if (isnan(v))
            continue;
        out.mean += v;
        out.n++;
    }
    if (out.n == 0)
        return out;
    out.mean /= (double)out.n;
    for (size_t i = 0; i < s->n_steps; i++) {
        double v = s->value[(i * MESA_SCORED_PARTS + part) * s->n_metrics +
                            metric];

        if (!isnan(v))
            square += (v - out.mean) * (v - out.mean);
    }
    if (out.n > 1)
        out.std = sqrt(square / (double)(out.n - 1));
    return out;
}

static void
put_score(struct mesa_json_writer *w, const char *name, struct mesa_summary v)
{
    mesa_json_key(w, name);
    mesa_json_open(w, '{');
    mesa_json_key(w, "mean");
    mesa_json_double(w, v.mean);
    mesa_json_key(w, "std");
    mesa_json_double(w, v.std);
    mesa_json_key(w, "n");
    mesa_json_uint(w, v.n);
    mesa_json_close(w, '}');
}

/* Those that the metalearner has reported of a part. */
static void
put_reported(struct mesa_json_writer *w, const struct mesa_report *report,
             const char *part)
{
    for (size_t i = 0; i < report->n_scores; i++) {
        const struct mesa_report_score *s = &report->score[i];

        if (strcmp(s->part, part) == 0)
            put_score(w, s->name,
                      (struct mesa_summary){ s->value, 0.0, !isnan(s->value) });
    }
}

static void
put_scores(struct mesa_json_writer *w, const struct mesa_scores *s,
           const struct mesa_report *report)
{
    mesa_json_key(w, "scores");
    mesa_json_open(w, '{');
    for (size_t p = 0; p < MESA_SCORED_PARTS; p++) {
        if (mesa_summarise(s, p, 0).n == 0)
            continue;
        mesa_json_key(w, mesa_part_names[MESA_PART_TRAIN + p]);
        mesa_json_open(w, '{');
        for (size_t m = 0; m < s->n_metrics; m++)
            put_score(w, mesa_metric_name(s->metric[m]),
                      mesa_summarise(s, p, m));
        put_reported(w, report, mesa_part_names[MESA_PART_TRAIN + p]);
        mesa_json_close(w, '}');
    }
    mesa_json_close(w, '}');
}

static mesa_status
put_classes(struct mesa_json_writer *w, const struct mesa_dataset *d,
            struct mesa_error *err)
{
    size_t *count = mesa_alloc_array(d->n_classes, sizeof *count);

    if (!count)
        return mesa_nomem(err, d->n_classes, "counts");
    mesa_class_counts(d, count);
    mesa_json_key(w, "classes");
    mesa_json_open(w, '{');
    for (uint32_t c = 0; c < d->n_classes; c++) {
        mesa_json_key(w, d->schema->class_name[c]);
        mesa_json_uint(w, count[c]);
    }
    mesa_json_close(w, '}');
    mesa_free(count);
    return MESA_OK;
}

/* Rows of one part, and those of each class. */
static mesa_status
put_part(struct mesa_json_writer *w, const char *name,
         const struct mesa_dataset *d, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    mesa_json_key(w, name);
    mesa_json_open(w, '{');
    mesa_json_key(w, "rows");
    mesa_json_uint(w, d->x.rows);
    if (d->y)
        st = put_classes(w, d, err);
    mesa_json_close(w, '}');
    return st;
}

static void
put_targets(struct mesa_json_writer *w, const struct mesa_schema *schema)
{
    size_t n = mesa_schema_targets(schema);

    if (n == 0)
        return;
    mesa_json_key(w, "targets");
    mesa_json_open(w, '[');
    for (size_t t = 0; t < n; t++)
        mesa_json_string(w, schema->target[t]);
    mesa_json_close(w, ']');
}

static mesa_status
put_data(struct mesa_json_writer *w, const char *name,
         const struct mesa_parts *parts, uint64_t hash, const char *positive,
         struct mesa_error *err)
{
    char text[17];
    mesa_status st = MESA_OK;

    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    mesa_json_key(w, name);
    mesa_json_open(w, '{');
    mesa_json_key(w, "hash");
    mesa_json_string(w, text);
    mesa_json_key(w, "columns");
    mesa_json_uint(w, mesa_parts_schema(parts)->n_columns);
    put_targets(w, mesa_parts_schema(parts));
    if (positive) {
        mesa_json_key(w, "positive");
        mesa_json_string(w, positive);
    }
    for (int p = 0; p < MESA_PART_COUNT_ && st == MESA_OK; p++)
        if (parts->data[p])
            st = put_part(w, mesa_part_names[p], parts->data[p], err);
    mesa_json_close(w, '}');
    return st;
}

/* In place of rows: what the tasks look like. */
static mesa_status
put_tasks(struct mesa_json_writer *w, const struct mesa_tasks *tasks,
          struct mesa_error *err)
{
    const struct mesa_task_shape *train =
        mesa_tasks_shape(tasks, MESA_PART_TRAIN);
    uint64_t hash;
    char text[17];
    mesa_status st = mesa_tasks_hash(tasks, &hash, err);

    if (st != MESA_OK)
        return st;
    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    mesa_json_key(w, "tasks");
    mesa_json_open(w, '{');
    mesa_json_key(w, "hash");
    mesa_json_string(w, text);
    mesa_json_key(w, "inputs");
    mesa_json_uint(w, train->n_inputs);
    mesa_json_key(w, train->n_classes ? "classes" : "targets");
    mesa_json_uint(w, train->n_outputs);
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        const struct mesa_task_shape *s =
            mesa_tasks_shape(tasks, (enum mesa_part)p);

        if (!s)
            continue;
        mesa_json_key(w, mesa_part_names[p]);
        mesa_json_open(w, '{');
        mesa_json_key(w, "support");
        mesa_json_uint(w, s->n_support);
        mesa_json_key(w, "query");
        mesa_json_uint(w, s->n_query);
        mesa_json_close(w, '}');
    }
    mesa_json_close(w, '}');
    return MESA_OK;
}

/* What metalearners made trials on, by the names of the sources. */
static mesa_status
put_trials(struct mesa_json_writer *w, const struct run *run,
           struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    /* Of one source, and scored by [evaluate], it has been said. */
    if (!run->trials ||
        (mesa_run_evaluates(run) && !mesa_trials_next(run->trials) &&
         mesa_trials_parts(run->trials) == &run->host.parts))
        return MESA_OK;
    mesa_json_key(w, "sources");
    mesa_json_open(w, '{');
    for (const struct mesa_trials *t = run->trials; t && st == MESA_OK;
         t = mesa_trials_next(t))
        st = put_data(w, mesa_trials_name(t), mesa_trials_parts(t),
                      mesa_run_parts_hash(mesa_trials_parts(t)),
                      mesa_trials_positive(t), err);
    mesa_json_close(w, '}');
    return st;
}

/* Hashes of the files that components started from. */
static void
put_states(struct mesa_json_writer *w, const struct run *run)
{
    bool any = false;

    for (const struct mesa_component *c = run->recipe->components; c;
         c = c->next) {
        char hash[17];

        if (!c->state.file)
            continue;
        if (!any) {
            mesa_json_key(w, "states");
            mesa_json_open(w, '{');
        }
        any = true;
        snprintf(hash, sizeof hash, "%016llx",
                 (unsigned long long)c->state_hash);
        mesa_json_key(w, c->section);
        mesa_json_string(w, hash);
    }
    if (any)
        mesa_json_close(w, '}');
}

static void
put_plugins(struct mesa_json_writer *w, const struct run *run)
{
    mesa_json_key(w, "plugins");
    mesa_json_open(w, '{');
    for (const struct mesa_component *c = run->recipe->components; c;
         c = c->next) {
        const struct mesa_plugin *p =
            mesa_registry_plugin(run->recipe->registry, c->class_);
        bool repeated = false;
        char name[200];

        for (const struct mesa_component *d = run->recipe->components; d != c;
             d = d->next)
            repeated |= d->class_ == c->class_;
        if (!p || repeated)
            continue;
        /* Two kinds may have plugins of one name. */
        snprintf(name, sizeof name, "%s/%s",
                 mesa_kind_info(c->class_->kind)->section, c->class_->name);
        mesa_json_key(w, name);
        mesa_json_string(w, p->version);
    }
    mesa_json_close(w, '}');
}

mesa_status
mesa_run_write_summary(struct run *run, struct mesa_error *err)
{
    struct mesa_text text = { 0 };
    struct mesa_json_writer w = mesa_json_writer(&text);
    struct mesa_scores scores;
    char *result;
    mesa_status st = MESA_OK;

    mesa_json_open(&w, '{');
    mesa_json_key(&w, "mesa");
    mesa_json_string(&w, MESA_VERSION);
    mesa_json_key(&w, "seed");
    mesa_json_uint(&w, (uint64_t)run->recipe->run.seed);
    mesa_json_key(&w, "steps");
    mesa_json_uint(&w, run->global_step);
    if (run->host.tasks)
        st = put_tasks(&w, run->host.tasks, err);
    else if (run->host.parts.bundle)
        st = put_data(&w, "data", &run->host.parts, mesa_run_data_hash(run),
                      NULL, err);
    if (st == MESA_OK)
        st = put_trials(&w, run, err);
    put_states(&w, run);
    put_plugins(&w, run);
    if (mesa_run_evaluates(run)) {
        mesa_evaluate_scores(run->loop[run->n_loops - 1].self, &scores);
        mesa_json_key(&w, "positive");
        mesa_json_string(&w, mesa_parts_schema(&run->host.parts)
                                 ->class_name[scores.positive]);
        put_scores(&w, &scores, &run->report);
    }
    if (run->report_summary.at)
        mesa_text_printf(&text, "%s", run->report_summary.at);
    mesa_json_close(&w, '}');
    mesa_text_printf(&text, "\n");
    result = mesa_text_take(&text);
    if (st == MESA_OK)
        st = result ? mesa_file_put(run->folder, "summary.json", result, err)
                    : mesa_nomem(err, 1, "summary");
    mesa_free(result);
    return st;
}
