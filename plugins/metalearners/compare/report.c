/* SPDX-License-Identifier: MIT */
/*
 * report.c - what a comparison leaves: a ranked table for each data set,
 * compare.csv with every score, compare_times.csv, and means and tests in
 * summary.json.
 *
 * Methods are ranked by the mean of the leading metric on the test rows, or
 * for want of those on the validation or training rows; ties in the order
 * they are listed.
 */
#include "compare.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const part_name[MESA_TRIAL_PARTS] = { "train", "valid",
                                                         "test" };

struct compare_figure
compare_figure_of(const double *x, size_t n, size_t stride)
{
    struct compare_figure out = { 0.0, 0.0, 0 };
    double square = 0.0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i * stride])) {
            out.mean += x[i * stride];
            out.n++;
        }
    if (out.n > 0)
        out.mean /= (double)out.n;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i * stride]))
            square += (x[i * stride] - out.mean) * (x[i * stride] - out.mean);
    if (out.n > 1)
        out.std = sqrt(square / (double)(out.n - 1));
    return out;
}

static struct compare_figure
score_of(const struct compare *c, size_t data, size_t method, size_t part,
         size_t metric)
{
    const double *first = compare_scores(c, compare_place(c, data, method,
                                                          0));

    return compare_figure_of(first + part * c->n_metrics + metric, c->n_fits,
                             MESA_TRIAL_PARTS * c->n_metrics);
}

struct compare_figure
compare_rows_of(const struct compare *c, size_t data, size_t method)
{
    const uint64_t *rows = c->rows + compare_place(c, data, method, 0);
    struct compare_figure out = { 0.0, 0.0, c->n_fits };
    double square = 0.0;

    for (size_t i = 0; i < c->n_fits; i++)
        out.mean += (double)rows[i]; /* exact: there are whole numbers */
    out.mean /= (double)c->n_fits;
    for (size_t i = 0; i < c->n_fits; i++)
        square += ((double)rows[i] - out.mean) * ((double)rows[i] - out.mean);
    if (out.n > 1)
        out.std = sqrt(square / (double)(out.n - 1));
    return out;
}

struct compare_figure
compare_seconds_of(const struct compare *c, size_t data, size_t method)
{
    return compare_figure_of(c->seconds + compare_place(c, data, method, 0),
                             c->n_fits, 1);
}

static bool
has_part(const struct compare *c, size_t data, size_t part)
{
    return score_of(c, data, 0, part, 0).n > 0;
}

size_t
compare_leading_part(const struct compare *c, size_t data)
{
    size_t part = MESA_TRIAL_PARTS - 1;

    while (part > 0 && !has_part(c, data, part))
        part--;
    return part;
}

static void
print_figure(struct mesa_report *r, struct compare_figure f)
{
    char text[48] = "";

    if (f.n > 1)
        snprintf(text, sizeof text, "%.3f +- %.3f", f.mean, f.std);
    else
        snprintf(text, sizeof text, "%.3f", f.mean);
    mesa_report_cell(r, false, "%-15s", text);
}

void
compare_print_seconds(struct mesa_report *r, struct compare_figure seconds)
{
    if (seconds.n)
        mesa_report_cell(r, true, "%.3f", 1000.0 * seconds.mean);
    else
        mesa_report_cell(r, true, "-");
}

static void
print_row(const struct compare *c, struct mesa_report *r, size_t data,
          size_t method, size_t rank)
{
    struct compare_figure seconds = compare_seconds_of(c, data, method);

    mesa_report_cell(r, true, "%zu", rank);
    mesa_report_cell(r, false, "%s", compare_method(c, method));
    for (size_t p = 0; p < MESA_TRIAL_PARTS; p++)
        if (has_part(c, data, p))
            print_figure(r, score_of(c, data, method, p, 0));
    mesa_report_cell(r, true, "%.0f", compare_rows_of(c, data, method).mean);
    compare_print_seconds(r, seconds);
    mesa_report_row(r, rank == 1);
}

static void
print_table(const struct compare *c, struct mesa_report *r, size_t data,
            const double *score)
{
    const struct mesa_metric *metric = mesa_trials_metric(c->trials[0], 0);

    mesa_report_print(r, NULL, "%s%s%s by %s of the %s rows\n",
                      c->data.n ? "data " : "",
                      c->data.n ? mesa_trials_name(c->trials[data]) : "",
                      c->data.n ? ", ranked" : "ranked",
                      mesa_metric_name(metric),
                      part_name[compare_leading_part(c, data)]);
    mesa_report_cell(r, true, "rank");
    mesa_report_cell(r, false, "method");
    for (size_t p = 0; p < MESA_TRIAL_PARTS; p++)
        if (has_part(c, data, p))
            mesa_report_cell(r, false, "%s", part_name[p]);
    mesa_report_cell(r, true, "%10s", "rows used");
    mesa_report_cell(r, true, "%10s", "fit ms");
    mesa_report_row(r, false);
    for (size_t rank = 0; rank < c->methods.n; rank++)
        print_row(c, r, data,
                  compare_ranked(score, c->methods.n,
                                 mesa_metric_larger_is_better(metric), rank),
                  rank + 1);
    mesa_report_print(r, NULL, "\n");
}

/* The name of a section or plugin as a field of a CSV file: in quotes, those
 * in it doubled, where it holds one or a comma. */
static void
put_field(char *out, size_t size, const char *name)
{
    bool quoted = name[strcspn(name, ",\"")] != '\0';
    size_t n = 0;

    if (quoted)
        out[n++] = '"';
    for (; *name && n + 4 < size; name++) {
        if (*name == '"')
            out[n++] = '"';
        out[n++] = *name;
    }
    if (quoted)
        out[n++] = '"';
    out[n] = '\0';
}

void
compare_where(const struct compare *c, size_t data, size_t method, size_t fit,
              char *out, size_t size)
{
    char of[150], by[150];

    put_field(of, sizeof of, mesa_trials_name(c->trials[data]));
    put_field(by, sizeof by, compare_method(c, method));
    snprintf(out, size, "%s,%s,%zu,%zu", of, by, fit / c->n_folds,
             fit % c->n_folds);
}

/* compare.csv: everything that was scored; the rows used as one more metric
 * of the training rows. */
static void
write_fit(const struct compare *c, struct mesa_report *r, size_t data,
          size_t method, size_t fit)
{
    size_t place = compare_place(c, data, method, fit);
    const double *value = compare_scores(c, place);
    char digits[MESA_DOUBLE_TEXT], where[400];

    compare_where(c, data, method, fit, where, sizeof where);
    for (size_t p = 0; p < MESA_TRIAL_PARTS; p++)
        for (size_t m = 0; m < c->n_metrics; m++) {
            double v = value[p * c->n_metrics + m];

            if (isnan(v))
                continue;
            mesa_format_double(v, digits);
            mesa_report_print(
                r, "compare.csv", "%s,%s,%s,%s\n", where, part_name[p],
                mesa_metric_name(mesa_trials_metric(c->trials[data], m)),
                digits);
        }
    mesa_report_print(r, "compare.csv", "%s,train,rows,%llu\n", where,
                      (unsigned long long)c->rows[place]);
}

static void
write_time(const struct compare *c, struct mesa_report *r, size_t data,
           size_t method, size_t fit)
{
    double seconds = c->seconds[compare_place(c, data, method, fit)];
    char where[400];

    compare_where(c, data, method, fit, where, sizeof where);
    if (!isnan(seconds))
        mesa_report_print(r, "compare_times.csv", "%s,%.6f\n", where,
                          seconds);
}

static void
write_files(const struct compare *c, struct mesa_report *r,
            const struct compare_keys *keys)
{
    mesa_report_print(r, "compare.csv",
                      "data,method,repeat,fold,split,metric,value\n");
    mesa_report_print(r, "compare_times.csv",
                      "data,method,repeat,fold,seconds\n");
    for (size_t d = 0; d < c->n_data; d++)
        for (size_t m = 0; m < c->entry->n; m++)
            for (size_t f = 0; f < c->n_fits; f++) {
                if (c->runs.n)
                    compare_runs_write(c, r, d, m, f, keys);
                else
                    write_fit(c, r, d, m, f);
                write_time(c, r, d, m, f);
            }
}

void
compare_put_figure(struct mesa_report *r, const char *key,
                   struct compare_figure f)
{
    mesa_report_open(r, key);
    mesa_report_number(r, "mean", f.mean);
    mesa_report_number(r, "std", f.std);
    mesa_report_count(r, "n", f.n);
    mesa_report_close(r);
}

static void
put_method(const struct compare *c, struct mesa_report *r, size_t data,
           size_t method)
{
    mesa_report_open(r, compare_method(c, method));
    for (size_t p = 0; p < MESA_TRIAL_PARTS; p++) {
        if (!has_part(c, data, p))
            continue;
        mesa_report_open(r, part_name[p]);
        for (size_t m = 0; m < c->n_metrics; m++)
            compare_put_figure(
                r, mesa_metric_name(mesa_trials_metric(c->trials[data], m)),
                score_of(c, data, method, p, m));
        mesa_report_close(r);
    }
    compare_put_figure(r, "rows", compare_rows_of(c, data, method));
    mesa_report_close(r);
}

/* methods.METHOD.SPLIT.METRIC; with [metalearner] data one level more:
 * methods.DATA.METHOD. */
static void
put_methods(const struct compare *c, struct mesa_report *r,
            const struct compare_keys *keys)
{
    mesa_report_open(r, "methods");
    for (size_t d = 0; d < c->n_data; d++) {
        if (c->data.n)
            mesa_report_open(r, mesa_trials_name(c->trials[d]));
        for (size_t m = 0; m < c->entry->n; m++)
            if (c->runs.n)
                compare_runs_put(c, r, d, m, keys);
            else
                put_method(c, r, d, m);
        if (c->data.n)
            mesa_report_close(r);
    }
    mesa_report_close(r);
}

static void
put_times(const struct compare *c, struct mesa_report *r)
{
    for (size_t d = 0; d < c->n_data; d++)
        for (size_t m = 0; m < c->entry->n; m++) {
            struct compare_figure f = compare_seconds_of(c, d, m);
            char name[400];

            snprintf(name, sizeof name, "%.150s%s%.150s",
                     c->data.n ? mesa_trials_name(c->trials[d]) : "",
                     c->data.n ? "." : "", compare_method(c, m));
            if (f.n)
                mesa_report_seconds(r, name, f.mean);
        }
}

/* Pairs that differ, for people; all of them in summary.json. */
static void
report_pairs(const struct compare *c, struct mesa_report *r,
             const struct compare_pair *pair)
{
    size_t n = c->entry->n * (c->entry->n - 1) / 2, differing = 0;

    mesa_report_open(r, "pairs");
    for (size_t i = 0; i < n; i++) {
        const char *a = compare_method(c, pair[i].a);
        const char *b = compare_method(c, pair[i].b);
        char name[400];

        snprintf(name, sizeof name, "%.150s - %.150s", a, b);
        mesa_report_open(r, name);
        mesa_report_number(r, "z", pair[i].z);
        mesa_report_number(r, "p", pair[i].p);
        mesa_report_number(r, "holm", pair[i].holm);
        mesa_report_close(r);
        if (pair[i].holm >= COMPARE_LEVEL)
            continue;
        if (differing++ == 0)
            mesa_report_print(r, NULL, "pairs that differ (Holm):\n");
        mesa_report_print(r, NULL, "  %s: z = %.3f, p = %.3g\n", name,
                          pair[i].z, pair[i].holm);
    }
    mesa_report_close(r);
    if (differing == 0)
        mesa_report_print(r, NULL, "no pair differs at %g (Holm)\n",
                          COMPARE_LEVEL);
    mesa_report_print(r, NULL, "\n");
}

/* Those of all data sets taken together: the best one first. */
static void
print_ranks(const struct compare *c, struct mesa_report *r,
            const double *rank)
{
    mesa_report_print(r, NULL, "mean ranks over %zu data sets\n", c->n_data);
    mesa_report_cell(r, true, "rank");
    mesa_report_cell(r, false, "%s", c->runs.n ? "run" : "method");
    mesa_report_cell(r, true, "mean rank");
    mesa_report_row(r, false);
    for (size_t i = 0; i < c->entry->n; i++) {
        const size_t m = compare_ranked(rank, c->entry->n, false, i);

        mesa_report_cell(r, true, "%zu", i + 1);
        mesa_report_cell(r, false, "%s", compare_method(c, m));
        mesa_report_cell(r, true, "%.2f", rank[m]);
        mesa_report_row(r, i == 0);
    }
}

static void
report_ranks(const struct compare *c, struct mesa_report *r,
             const double *rank, const struct compare_friedman *f)
{
    print_ranks(c, r, rank);
    mesa_report_open(r, "friedman");
    mesa_report_open(r, "mean_ranks");
    for (size_t m = 0; m < c->entry->n; m++)
        mesa_report_number(r, compare_method(c, m), rank[m]);
    mesa_report_close(r);
    mesa_report_number(r, "chi_square", f->statistic);
    mesa_report_count(r, "degrees", f->degrees);
    mesa_report_number(r, "p", f->p);
    mesa_report_print(r, NULL,
                      "Friedman: chi-square %.3f, %zu degrees of freedom, p = "
                      "%.3g\n",
                      f->statistic, f->degrees, f->p);
}

/* score[data * n_methods + method] is what methods are ranked by. */
static mesa_status
report_tests(const struct compare *c, struct mesa_report *r,
             const double *score, struct mesa_error *err)
{
    size_t k = c->entry->n;
    struct compare_friedman f;
    struct compare_pair *pair;
    double *rank;

    if (c->n_data < 2 || k < 2) {
        mesa_report_print(r, NULL,
                          "no test of differences: it takes two or more data "
                          "sets and %s, here are %zu and %zu\n",
                          c->runs.n ? "runs" : "methods", c->n_data, k);
        return MESA_OK;
    }
    pair = mesa_alloc_array(k * (k - 1) / 2, sizeof *pair);
    rank = mesa_alloc_array(k, sizeof *rank);
    if (pair && rank) {
        compare_friedman(score, c->n_data, k,
                         mesa_metric_larger_is_better(
                             mesa_trials_metric(c->trials[0], 0)),
                         rank, &f);
        compare_pairs(rank, c->n_data, k, pair);
        report_ranks(c, r, rank, &f);
        report_pairs(c, r, pair);
        mesa_report_close(r);
    }
    mesa_free(rank);
    mesa_free(pair);
    return pair && rank ? MESA_OK : mesa_nomem(err, k, "ranks");
}

static mesa_status
report_data(const struct compare *c, struct mesa_report *r, size_t data,
            double *score, struct mesa_error *err)
{
    if (c->runs.n)
        return compare_runs_table(c, r, data, score, err);
    for (size_t m = 0; m < c->methods.n; m++)
        score[m] = score_of(c, data, m, compare_leading_part(c, data),
                            0).mean;
    print_table(c, r, data, score);
    return MESA_OK;
}

/* keys: of runs; none of methods.  alone: no table follows. */
static mesa_status
report_all(const struct compare *c, struct mesa_report *r,
           const struct compare_keys *keys, bool alone, double *score,
           struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    put_methods(c, r, keys);
    for (size_t d = 0; d < c->n_data && st == MESA_OK; d++)
        st = report_data(c, r, d, score + d * c->entry->n, err);
    if (st == MESA_OK)
        st = report_tests(c, r, score, err);
    if (c->n_fits > 1)
        mesa_report_print(r, NULL,
                          c->runs.n ? "mean of %zu runs [95 %% interval]%s"
                                    : "mean +- standard deviation of %zu "
                                      "fits%s",
                          c->n_fits, alone ? "; " : "\n\n");
    write_files(c, r, keys);
    put_times(c, r);
    if (st == MESA_OK && c->runs.n)
        st = compare_runs_curves(c, r, keys, err);
    return st == MESA_OK ? compare_pictures(c, r, score, err) : st;
}

mesa_status
compare_report(const void *self, const struct mesa_host *host,
               struct mesa_report *r, struct mesa_error *err)
{
    const struct compare *c = self;
    size_t n = c->n_data * c->entry->n;
    double *score = mesa_alloc_array(n, sizeof *score);
    struct compare_keys keys = { .n = 0 };
    mesa_status st = score ? MESA_OK : mesa_nomem(err, n, "scores");

    if (st == MESA_OK && c->runs.n)
        st = compare_runs_keys(c, &keys, err);
    if (st == MESA_OK)
        st = report_all(c, r, &keys,
                        !mesa_host_component(host, MESA_KIND_ESTIMATOR),
                        score, err);
    compare_keys_free(&keys);
    mesa_free(score);
    return st;
}
