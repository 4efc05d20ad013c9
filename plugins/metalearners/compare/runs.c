/* SPDX-License-Identifier: MIT */
/*
 * runs.c - what a comparison of runs leaves: a table for each data set,
 * ordered by aulc, the mean over steps of the leading metric; compare.csv with
 * what each run ended with; curves.csv with means over runs, step by step; and
 * means in summary.json.
 *
 * Intervals are Student's, at 95 %, of the mean of one run from each fold and
 * repeat.  Runs may end at different steps: a mean is over those that got
 * there.
 */
#include "compare.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char aulc[] = "aulc";

static const char *
leading(const struct compare *c)
{
    return mesa_metric_name(mesa_trials_metric(c->trials[0], 0));
}

mesa_status
compare_runs_keys(const struct compare *c, struct compare_keys *out,
                  struct mesa_error *err)
{
    mesa_status st = compare_keys_join(
        c->curve, c->n_data * c->runs.n * c->n_fits, out, err);

    for (size_t i = 0; st == MESA_OK && i < out->n; i++)
        if (strcmp(out->key[i].name, leading(c)) == 0 &&
            compare_key_add(out, out->key[i].split, aulc) == SIZE_MAX)
            st = mesa_nomem(err, out->n, "names of figures");
    return st;
}

double
compare_runs_figure(const struct compare *c, size_t place,
                    const struct compare_key *key)
{
    return strcmp(key->name, aulc) == 0
               ? compare_curve_area(&c->curve[place], key->split, leading(c))
               : compare_curve_last(&c->curve[place], key->split, key->name);
}

/* The run that has no leading metric of the split; or how many there are. */
static size_t
lacking(const struct compare *c, size_t data, const char *split)
{
    for (size_t m = 0; m < c->runs.n; m++)
        for (size_t f = 0; f < c->n_fits; f++) {
            size_t place = compare_place(c, data, m, f);

            if (c->rows[place] > 0 &&
                isnan(compare_curve_area(&c->curve[place], split,
                                         leading(c))))
                return m;
        }
    return c->runs.n;
}

mesa_status
compare_runs_split(const struct compare *c, size_t data, const char **out,
                   struct mesa_error *err)
{
    static const char *const splits[] = { "test", "valid", "train" };

    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        *out = splits[i];
        if (lacking(c, data, splits[i]) == c->runs.n)
            return MESA_OK;
    }
    return mesa_fail(err, MESA_EINVAL,
                     "runs are compared by %s, the first of [evaluate] "
                     "metrics, and run %s reports none of test rows",
                     leading(c),
                     compare_method(c, lacking(c, data, "test")));
}

void
compare_runs_write(const struct compare *c, struct mesa_report *r,
                   size_t data, size_t run, size_t fit,
                   const struct compare_keys *keys)
{
    const size_t place = compare_place(c, data, run, fit);
    char where[400];

    compare_where(c, data, run, fit, where, sizeof where);
    for (size_t k = 0; k < keys->n; k++) {
        double value = compare_runs_figure(c, place, &keys->key[k]);

        if (isnan(value))
            continue;
        mesa_report_print(r, "compare.csv", "%s,%s", where,
                          keys->key[k].split);
        mesa_report_field(r, "compare.csv", ",", keys->key[k].name);
        mesa_report_value(r, "compare.csv", ",", value);
        mesa_report_print(r, "compare.csv", "\n");
    }
    mesa_report_print(r, "compare.csv", "%s,,steps,%llu\n", where,
                      (unsigned long long)c->rows[place]);
}

/* Over all repeats and folds, added up in their order. */
static struct compare_figure
figure_of(const struct compare *c, size_t data, size_t run,
          const struct compare_key *key)
{
    struct compare_figure out = { 0.0, 0.0, 0 };
    double square = 0.0;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t f = 0; f < c->n_fits; f++) {
            double v = compare_runs_figure(
                c, compare_place(c, data, run, f), key);

            if (isnan(v))
                continue;
            if (pass == 0)
                out.mean += v;
            else
                square += (v - out.mean) * (v - out.mean);
            out.n += pass == 0;
        }
        if (pass == 0 && out.n > 0)
            out.mean /= (double)out.n;
    }
    if (out.n > 1)
        out.std = sqrt(square / (double)(out.n - 1));
    return out;
}

/* Is key k the first one of its split? */
static bool
opens_split(const struct compare_keys *keys, size_t k)
{
    for (size_t i = 0; i < k; i++)
        if (strcmp(keys->key[i].split, keys->key[k].split) == 0)
            return false;
    return true;
}

static void
put_split(const struct compare *c, struct mesa_report *r, size_t data,
          size_t run, const struct compare_keys *keys, const char *split)
{
    for (size_t k = 0; k < keys->n; k++) {
        struct compare_figure f;

        if (strcmp(keys->key[k].split, split) != 0)
            continue;
        f = figure_of(c, data, run, &keys->key[k]);
        if (f.n > 0)
            compare_put_figure(r, keys->key[k].name, f);
    }
}

void
compare_runs_put(const struct compare *c, struct mesa_report *r, size_t data,
                 size_t run, const struct compare_keys *keys)
{
    mesa_report_open(r, compare_method(c, run));
    for (size_t k = 0; k < keys->n; k++) {
        const char *split = keys->key[k].split;

        if (!opens_split(keys, k))
            continue;
        if (*split)
            mesa_report_open(r, split);
        put_split(c, r, data, run, keys, split);
        if (*split)
            mesa_report_close(r);
    }
    compare_put_figure(r, "steps", compare_rows_of(c, data, run));
    mesa_report_close(r);
}

double
compare_half_width(struct compare_figure f)
{
    return compare_t_95(f.n - 1) * f.std / sqrt((double)f.n);
}

static void
print_interval(struct mesa_report *r, struct compare_figure f)
{
    char text[64];

    if (f.n > 1)
        snprintf(text, sizeof text, "%.3f [%.3f, %.3f]", f.mean,
                 f.mean - compare_half_width(f),
                 f.mean + compare_half_width(f));
    else
        snprintf(text, sizeof text, "%.3f", f.mean);
    mesa_report_cell(r, false, "%-20s", text);
}

static void
print_row(const struct compare *c, struct mesa_report *r, size_t data,
          size_t run, size_t rank, const char *split)
{
    const struct compare_key area = { split, aulc, NULL };
    const struct compare_key last = { split, leading(c), NULL };
    const struct compare_figure seconds = compare_seconds_of(c, data, run);

    mesa_report_cell(r, true, "%zu", rank);
    mesa_report_cell(r, false, "%s", compare_method(c, run));
    print_interval(r, figure_of(c, data, run, &area));
    print_interval(r, figure_of(c, data, run, &last));
    mesa_report_cell(r, true, "%.1f", compare_rows_of(c, data, run).mean);
    compare_print_seconds(r, seconds);
    mesa_report_row(r, rank == 1);
}

/* How many rows the run had labelled at a step; NaN: it does not say. */
static double
labelled_at(const struct compare_curve *curve, uint64_t step)
{
    const size_t key = compare_key_find(&curve->keys, "", "labelled");

    for (size_t i = 0; i < curve->n; i++)
        if (curve->point[i].key == key && curve->point[i].step == step)
            return curve->point[i].value;
    return NAN;
}

/* Have runs on the same rows learnt from different numbers of them at a
 * step? */
static bool
budgets_differ(const struct compare *c, size_t data)
{
    for (size_t f = 0; f < c->n_fits; f++)
        for (size_t m = 1; m < c->runs.n; m++) {
            const size_t a = compare_place(c, data, 0, f);
            const size_t b = compare_place(c, data, m, f);

            for (uint64_t i = 0; i < c->rows[a] && i < c->rows[b]; i++) {
                const double n = labelled_at(&c->curve[a], i);
                const double k = labelled_at(&c->curve[b], i);

                if (n < k || n > k)
                    return true;
            }
        }
    return false;
}

mesa_status
compare_runs_table(const struct compare *c, struct mesa_report *r,
                   size_t data, double *score, struct mesa_error *err)
{
    const bool larger = mesa_metric_larger_is_better(
        mesa_trials_metric(c->trials[0], 0));
    const char *split;
    mesa_status st = compare_runs_split(c, data, &split, err);

    if (st != MESA_OK)
        return st;
    for (size_t m = 0; m < c->runs.n; m++) {
        const struct compare_key area = { split, aulc, NULL };

        score[m] = figure_of(c, data, m, &area).mean;
    }
    mesa_report_print(r, NULL, "%s%s%s by %s, the mean over steps of %s of the "
                               "%s rows\n",
                      c->data.n ? "data " : "",
                      c->data.n ? mesa_trials_name(c->trials[data]) : "",
                      c->data.n ? ", ranked" : "ranked", aulc, leading(c),
                      split);
    mesa_report_cell(r, true, "rank");
    mesa_report_cell(r, false, "run");
    mesa_report_cell(r, false, "%s", aulc);
    mesa_report_cell(r, false, "at the end");
    mesa_report_cell(r, true, "%8s", "steps");
    mesa_report_cell(r, true, "%10s", "run ms");
    mesa_report_row(r, false);
    for (size_t rank = 0; rank < c->runs.n; rank++)
        print_row(c, r, data, compare_ranked(score, c->runs.n, larger, rank),
                  rank + 1, split);
    if (budgets_differ(c, data))
        mesa_report_print(r, NULL, "runs have labelled different numbers of "
                                   "rows at a step: %s is over steps, not "
                                   "over labels\n", aulc);
    mesa_report_print(r, NULL, "\n");
    return MESA_OK;
}

/* A figure of one run as it is walked through, step by step. */
struct walk {
    const struct compare_curve *curve;
    size_t                      key, at; /* the next point */
};

/* The value at a step, the last if there are several; NaN if none. */
static double
walk_to(struct walk *w, uint64_t step)
{
    double value = NAN;

    for (; w->at < w->curve->n && w->curve->point[w->at].step <= step;
         w->at++)
        if (w->curve->point[w->at].key == w->key &&
            w->curve->point[w->at].step == step)
            value = w->curve->point[w->at].value;
    return value;
}

static void
write_point(const struct compare *c, struct mesa_report *r, size_t data,
            size_t run, const struct compare_key *key, uint64_t step,
            struct compare_figure f)
{
    static const char file[] = "curves.csv";
    char *name = mesa_asprintf("%s%s%s",
                               c->data.n ? mesa_trials_name(c->trials[data])
                                         : "",
                               c->data.n ? "." : "", compare_method(c, run));

    mesa_report_field(r, file, "", name ? name : "");
    mesa_report_field(r, file, ",", key->split);
    mesa_report_field(r, file, ",", key->name);
    mesa_report_print(r, file, ",%llu", (unsigned long long)step);
    mesa_report_value(r, file, ",", f.mean);
    if (f.n > 1) {
        mesa_report_value(r, file, ",", f.mean - compare_half_width(f));
        mesa_report_value(r, file, ",", f.mean + compare_half_width(f));
    } else {
        mesa_report_print(r, file, ",,");
    }
    mesa_report_print(r, file, ",%zu\n", f.n);
    mesa_free(name);
}

/* Over all fits, at a step after the one before. */
static struct compare_figure
figure_at(struct walk *walk, double *value, size_t n, uint64_t step)
{
    for (size_t f = 0; f < n; f++)
        value[f] = walk_to(&walk[f], step);
    return compare_figure_of(value, n, 1);
}

mesa_status
compare_runs_steps(const struct compare *c, size_t data, size_t run,
                   const struct compare_key *key, struct compare_figure **out,
                   uint64_t *steps, struct mesa_error *err)
{
    double *value = mesa_alloc_array(c->n_fits, sizeof *value);
    struct walk *walk = mesa_alloc_array(c->n_fits, sizeof *walk);

    *out = NULL;
    *steps = 0;
    for (size_t f = 0; walk && f < c->n_fits; f++) {
        const size_t place = compare_place(c, data, run, f);

        *steps = c->rows[place] > *steps ? c->rows[place] : *steps;
        walk[f] = (struct walk){ &c->curve[place],
                                 compare_key_find(&c->curve[place].keys,
                                                  key->split, key->name),
                                 0 };
    }
    if (value && walk)
        *out = mesa_alloc_array((size_t)*steps, sizeof **out);
    for (uint64_t step = 0; *out && step < *steps; step++)
        (*out)[step] = figure_at(walk, value, c->n_fits, step);
    mesa_free(value);
    mesa_free(walk);
    return *out ? MESA_OK : mesa_nomem(err, c->n_fits, "curves");
}

static mesa_status
write_curve(const struct compare *c, struct mesa_report *r, size_t data,
            size_t run, const struct compare_key *key, struct mesa_error *err)
{
    struct compare_figure *figure;
    uint64_t steps;
    mesa_status st = compare_runs_steps(c, data, run, key, &figure, &steps,
                                        err);

    for (uint64_t step = 0; step < steps && st == MESA_OK; step++)
        if (figure[step].n > 0)
            write_point(c, r, data, run, key, step, figure[step]);
    mesa_free(figure);
    return st;
}

mesa_status
compare_runs_curves(const struct compare *c, struct mesa_report *r,
                    const struct compare_keys *keys, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    mesa_report_print(r, "curves.csv", "run,split,metric,step,mean,low,high,"
                                       "n\n");
    for (size_t d = 0; d < c->n_data; d++)
        for (size_t m = 0; m < c->runs.n; m++)
            for (size_t k = 0; k < keys->n && st == MESA_OK; k++)
                st = write_curve(c, r, d, m, &keys->key[k], err);
    return st;
}
