/* SPDX-License-Identifier: MIT */
/*
 * compare - several estimators, each with its parameters, on the same folds.
 *
 * A step of the outer loop is one repeat of [evaluate]: every method is
 * fitted on every fold of every data set, side by side on all threads, and
 * what came of it is put down by index.  Streams are named by data set,
 * method, repeat and fold, so a method's scores do not depend on which others
 * there are.  Costs as much as the fits; keeps their scores.  A step that is
 * asked to stop begins no more fits; made again, it makes those missing.
 *
 * In place of estimators there may be runs of metalearners: each is made to
 * its end on every fold, all with the same streams, so that they draw the
 * same where they do the same.  What they report is kept, step by step.
 *
 * Fit times are reported but never saved: after a resume those of earlier
 * processes are unknown.
 */
#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const part_name[MESA_TRIAL_PARTS] = { "train", "valid",
                                                         "test" };

static const struct mesa_param compare_params[] = {
    MESA_COMPONENTS(struct compare, methods, "methods", MESA_KIND_ESTIMATOR,
                    NULL, "The estimators to compare"),
    MESA_COMPONENTS(struct compare, runs, "runs", MESA_KIND_METALEARNER, NULL,
                    "The metalearners to compare, in place of methods: each "
                    "is made to its end"),
    MESA_COMPONENTS(struct compare, data, "data", MESA_KIND_SOURCE, NULL,
                    "Data sets to compare them on; the run's [data] if not "
                    "given"),
    MESA_PARAM_END
};

/* Tasks and environments are not what folds are cut from. */
static mesa_status
check_run(const struct mesa_component *run, struct mesa_error *err)
{
    const struct mesa_class *class_ = mesa_component_class(run);

    if (!(class_->flags & (MESA_CLASS_TASKS | MESA_CLASS_CONTROL)))
        return MESA_OK;
    return mesa_fail(err, MESA_EINVAL,
                     "run %s is of type %s, which %s: runs are compared on "
                     "rows",
                     mesa_component_name(run), class_->name,
                     class_->flags & MESA_CLASS_TASKS
                         ? "takes tasks"
                         : "acts in [environment]");
}

static mesa_status
compare_init(void *self, struct mesa_error *err)
{
    struct compare *c = self;
    mesa_status st = MESA_OK;

    c->entry = c->runs.n ? &c->runs : &c->methods;
    if (c->runs.n && c->methods.n)
        return mesa_fail(err, MESA_EINVAL,
                         "methods and runs are both given, expected one of "
                         "them");
    for (size_t i = 0; i < c->runs.n && st == MESA_OK; i++)
        st = check_run(c->runs.item[i], err);
    return st;
}

static size_t
n_places(const struct compare *c)
{
    return c->n_data * c->entry->n * c->n_fits;
}

static void
compare_fini(void *self)
{
    struct compare *c = self;

    for (size_t i = 0; c->curve && i < n_places(c); i++)
        compare_curve_free(&c->curve[i]);
    for (size_t d = 0; c->trials && d < c->n_data; d++)
        mesa_trials_free(c->trials[d]);
    mesa_free(c->trials);
    mesa_free(c->value);
    mesa_free(c->curve);
    mesa_free(c->rows);
    mesa_free(c->seconds);
}

size_t
compare_place(const struct compare *c, size_t data, size_t method, size_t fit)
{
    return (data * c->entry->n + method) * c->n_fits + fit;
}

double *
compare_scores(const struct compare *c, size_t place)
{
    return c->value + place * MESA_TRIAL_PARTS * c->n_metrics;
}

const char *
compare_method(const struct compare *c, size_t method)
{
    return mesa_component_name(c->entry->item[method]);
}

static size_t
n_values(const struct compare *c)
{
    return c->runs.n ? 0 : n_places(c) * MESA_TRIAL_PARTS * c->n_metrics;
}

static mesa_status
alloc_results(struct compare *c, struct mesa_error *err)
{
    size_t places = n_places(c);

    c->value = mesa_alloc_raw(n_values(c), sizeof *c->value);
    c->rows = mesa_alloc_array(places, sizeof *c->rows);
    c->seconds = mesa_alloc_raw(places, sizeof *c->seconds);
    if (c->runs.n)
        c->curve = mesa_alloc_array(places, sizeof *c->curve);
    if (!c->value || !c->rows || !c->seconds || (c->runs.n && !c->curve))
        return mesa_nomem(err, places, "scores");
    for (size_t i = 0; i < n_values(c); i++)
        c->value[i] = NAN;
    for (size_t i = 0; i < places; i++)
        c->seconds[i] = NAN;
    return MESA_OK;
}

static mesa_status
compare_begin(void *self, const struct mesa_host *host,
              struct mesa_error *err)
{
    struct compare *c = self;
    size_t n = c->data.n ? c->data.n : 1;
    mesa_status st = MESA_OK;

    if (c->entry->n == 0)
        return mesa_fail(err, MESA_EINVAL,
                         "[metalearner] needs methods, the estimators to "
                         "compare, or runs, the metalearners");
    c->trials = mesa_alloc_array(n, sizeof *c->trials);
    if (!c->trials)
        return mesa_nomem(err, n, "data sets");
    for (; c->n_data < n && st == MESA_OK; c->n_data++) {
        st = mesa_trials_new(host, c->data.n ? c->data.item[c->n_data] : NULL,
                             &c->trials[c->n_data], err);
        if (st != MESA_OK && c->data.n)
            mesa_error_prefix(err, st, "data %s",
                              mesa_component_name(c->data.item[c->n_data]));
    }
    if (st != MESA_OK)
        return st;
    c->n_folds = mesa_trials_folds(c->trials[0]);
    c->n_fits = mesa_trials_repeats(c->trials[0]) * c->n_folds;
    c->n_metrics = mesa_trials_n_metrics(c->trials[0]);
    return alloc_results(c, err);
}

/* A fit of a repeat, by its number: data set, fold, method, in that order. */
struct task {
    double seconds; /* it took in the repeat before; 0: unknown */
    size_t i;
};

/* The fits of a repeat as the pieces of a parallel loop. */
struct work {
    struct compare         *compare;
    const struct mesa_host *host;
    size_t                  repeat;
    struct task            *task;
};

static size_t
place_of(const struct compare *c, size_t repeat, size_t i)
{
    size_t fold = i / c->entry->n % c->n_folds;

    return compare_place(c, i / c->entry->n / c->n_folds, i % c->entry->n,
                         repeat * c->n_folds + fold);
}

static mesa_status
blame(const struct compare *c, size_t data, size_t method, size_t repeat,
      size_t fold, mesa_status st, struct mesa_error *err)
{
    const char *what = c->runs.n ? "run" : "method";
    char *where = c->data.n
                      ? mesa_asprintf("data %s, %s %s",
                                      mesa_trials_name(c->trials[data]), what,
                                      compare_method(c, method))
                      : mesa_asprintf("%s %s", what,
                                      compare_method(c, method));

    if (c->n_folds > 1)
        mesa_error_prefix(err, st, "%s, repeat %zu, fold %zu",
                          where ? where : "", repeat, fold);
    else
        mesa_error_prefix(err, st, "%s, repeat %zu", where ? where : "",
                          repeat);
    mesa_free(where);
    return st;
}

static mesa_status
fit(struct compare *c, size_t data, size_t method, size_t repeat, size_t fold,
    size_t place, struct mesa_error *err)
{
    struct mesa_trial trial = { .struct_size = sizeof trial,
                                .value = compare_scores(c, place) };
    mesa_status st = mesa_trials_run(c->trials[data],
                                     c->methods.item[method], repeat, fold,
                                     &trial, err);

    if (st != MESA_OK)
        return st;
    c->rows[place] = trial.rows;
    c->seconds[place] = trial.seconds;
    return MESA_OK;
}

static mesa_status
keep_point(void *curve, uint64_t step, const char *split, const char *name,
           double value)
{
    return compare_curve_add(curve, step, split, name, value);
}

/* A figure that the area would hide. */
static mesa_status
expect_no_area(const struct compare_curve *curve, struct mesa_error *err)
{
    for (size_t k = 0; k < curve->keys.n; k++)
        if (strcmp(curve->keys.key[k].name, "aulc") == 0)
            return mesa_fail(err, MESA_EINVAL,
                             "a metric aulc is reported, but that is what "
                             "compare calls the mean over steps");
    return MESA_OK;
}

/* One that was stopped begins anew when it is made again. */
static mesa_status
loop(struct compare *c, size_t data, size_t run, size_t repeat, size_t fold,
     size_t place, struct mesa_error *err)
{
    struct mesa_trial_loop loop = { .struct_size = sizeof loop,
                                    .metalearner = c->runs.item[run],
                                    .repeat = repeat,
                                    .fold = fold,
                                    .keep = keep_point,
                                    .context = &c->curve[place] };
    mesa_status st;

    compare_curve_free(&c->curve[place]);
    st = mesa_trials_loop(c->trials[data], &loop, err);
    if (st == MESA_OK)
        st = expect_no_area(&c->curve[place], err);
    if (st == MESA_OK && !loop.stopped) {
        c->rows[place] = loop.steps;
        c->seconds[place] = loop.seconds;
    } else {
        compare_curve_free(&c->curve[place]);
    }
    return st;
}

static mesa_status
fit_one(void *context, size_t i, struct mesa_error *err)
{
    const struct work *w = context;
    struct compare *c = w->compare;
    size_t method = i % c->entry->n;
    size_t fold = i / c->entry->n % c->n_folds;
    size_t data = i / c->entry->n / c->n_folds;
    size_t place = place_of(c, w->repeat, i);
    mesa_status st;

    if (c->rows[place] > 0 || mesa_host_cancelled(w->host))
        return MESA_OK;
    st = c->runs.n
             ? loop(c, data, method, w->repeat, fold, place, err)
             : fit(c, data, method, w->repeat, fold, place, err);
    return st == MESA_OK ? MESA_OK
                         : blame(c, data, method, w->repeat, fold, st, err);
}

static mesa_status
fit_next(void *context, size_t at, struct mesa_error *err)
{
    const struct work *w = context;

    return fit_one(context, w->task[at].i, err);
}

static int
longest_first(const void *a, const void *b)
{
    const struct task *s = a, *t = b;

    if (s->seconds != t->seconds)
        return s->seconds > t->seconds ? -1 : 1;
    return (s->i > t->i) - (s->i < t->i);
}

/* What took long in the repeat before comes first, so that no thread is left
 * alone with it.  Should fits fail, the first of them all is blamed, however
 * long it takes. */
static mesa_status
fit_all(struct work *w, struct mesa_error *err)
{
    struct compare *c = w->compare;
    size_t n = c->n_data * c->n_folds * c->entry->n;
    mesa_status st;

    w->task = mesa_alloc_array(n, sizeof *w->task);
    if (!w->task)
        return mesa_nomem(err, n, "fits");
    for (size_t i = 0; i < n; i++) {
        double before = w->repeat > 0
                            ? c->seconds[place_of(c, w->repeat - 1, i)]
                            : 0.0;

        w->task[i] = (struct task){ isnan(before) ? 0.0 : before, i };
    }
    qsort(w->task, n, sizeof *w->task, longest_first);
    st = mesa_parallel_for(n, fit_next, w, err);
    if (st != MESA_OK && st != MESA_ENOMEM)
        st = mesa_parallel_for(n, fit_one, w, err);
    mesa_free(w->task);
    return st;
}

/* The mean over the folds of a repeat; NaN if there is no such part. */
static double
fold_mean(const struct compare *c, size_t data, size_t method, size_t repeat,
          size_t part, size_t metric)
{
    double sum = 0.0;

    for (size_t f = 0; f < c->n_folds; f++)
        sum += compare_scores(c, compare_place(c, data, method,
                                               repeat * c->n_folds + f))
            [part * c->n_metrics + metric];
    return sum / (double)c->n_folds;
}

/* One row of metrics.csv for each score: METHOD.METRIC, or with several data
 * sets DATA.METHOD.METRIC. */
static mesa_status
put_row(const struct compare *c, size_t data, size_t method,
        const struct compare_key *score, double value,
        struct mesa_metrics *metrics, struct mesa_error *err)
{
    mesa_status st = MESA_OK;
    char *name;

    if (isnan(value))
        return MESA_OK;
    name = mesa_asprintf("%s%s%s.%s",
                         c->data.n ? mesa_trials_name(c->trials[data]) : "",
                         c->data.n ? "." : "", compare_method(c, method),
                         score->name);
    if (!name ||
        mesa_metrics_add(metrics, score->split, name, value) != MESA_OK)
        st = mesa_nomem(err, 1, "metric row");
    mesa_free(name);
    return st;
}

static mesa_status
record(const struct compare *c, size_t data, size_t method, size_t repeat,
       struct mesa_metrics *metrics, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < MESA_TRIAL_PARTS * c->n_metrics; i++) {
        size_t part = i / c->n_metrics, metric = i % c->n_metrics;
        const struct compare_key key = {
            part_name[part],
            mesa_metric_name(mesa_trials_metric(c->trials[data], metric)),
            NULL
        };

        if (st == MESA_OK)
            st = put_row(c, data, method, &key,
                         fold_mean(c, data, method, repeat, part, metric),
                         metrics, err);
    }
    return st;
}

/* The same of runs: the mean over those folds that have the figure. */
static mesa_status
record_run(const struct compare *c, size_t data, size_t run, size_t repeat,
           const struct compare_keys *keys, struct mesa_metrics *metrics,
           struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t k = 0; k < keys->n && st == MESA_OK; k++) {
        double sum = 0.0;
        size_t n = 0;

        for (size_t f = 0; f < c->n_folds; f++) {
            double value = compare_runs_figure(
                c, compare_place(c, data, run, repeat * c->n_folds + f),
                &keys->key[k]);

            if (isnan(value))
                continue;
            sum += value;
            n++;
        }
        st = put_row(c, data, run, &keys->key[k],
                     n > 0 ? sum / (double)n : NAN, metrics, err);
    }
    return st;
}

static mesa_status
record_runs(const struct compare *c, size_t repeat,
            struct mesa_metrics *metrics, struct mesa_error *err)
{
    struct compare_keys keys;
    mesa_status st = compare_runs_keys(c, &keys, err);
    const char *split;

    for (size_t d = 0; d < c->n_data && st == MESA_OK; d++) {
        st = compare_runs_split(c, d, &split, err);
        for (size_t m = 0; m < c->runs.n && st == MESA_OK; m++)
            st = record_run(c, d, m, repeat, &keys, metrics, err);
    }
    compare_keys_free(&keys);
    return st;
}

static mesa_status
compare_step(void *self, const struct mesa_host *host, uint64_t i,
             struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    struct compare *c = self;
    struct work work = { c, host, (size_t)i, NULL };
    mesa_status st;

    *done = i + 1 >= c->n_fits / c->n_folds;
    if (i >= c->n_fits / c->n_folds) /* says a checkpoint of another hand */
        return MESA_OK;
    st = fit_all(&work, err);
    if (mesa_host_cancelled(host))
        return st;
    if (c->runs.n)
        return st == MESA_OK ? record_runs(c, (size_t)i, metrics, err) : st;
    for (size_t d = 0; d < c->n_data; d++)
        for (size_t m = 0; m < c->methods.n && st == MESA_OK; m++)
            st = record(c, d, m, (size_t)i, metrics, err);
    return st;
}

static uint64_t
compare_total(const void *self, const struct mesa_host *host)
{
    const struct compare *c = self;

    (void)host;
    return c->n_folds ? c->n_fits / c->n_folds : 0;
}

static mesa_status
compare_save(const void *self, struct mesa_archive *to,
             struct mesa_error *err)
{
    const struct compare *c = self;
    mesa_status st = mesa_archive_put_vector(to, "scores", MESA_F64,
                                             n_values(c), c->value, err);

    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "rows", MESA_U64, n_places(c),
                                     c->rows, err);
    if (st == MESA_OK && c->runs.n)
        st = compare_curves_save(c->curve, n_places(c), to, err);
    return st;
}

static mesa_status
compare_load(void *self, const struct mesa_archive *from,
             struct mesa_error *err)
{
    struct compare *c = self;
    const size_t values = n_values(c), places = n_places(c);
    const void *score, *rows;
    mesa_status st;

    if (!c->value)
        return mesa_fail(err, MESA_ESTATE, "load comes after begin");
    st = mesa_archive_expect(from, "scores", MESA_F64, 1, &values, &score,
                             err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "rows", MESA_U64, 1, &places, &rows,
                                 err);
    if (st == MESA_OK && c->runs.n)
        st = compare_curves_load(c->curve, places, from, err);
    if (st != MESA_OK)
        return st;
    memcpy(c->value, score, values * sizeof *c->value);
    memcpy(c->rows, rows, places * sizeof *c->rows);
    return MESA_OK;
}

static const struct mesa_metalearner_class compare = {
    MESA_METALEARNER(struct compare),
    .head.name   = "compare",
    .head.title  = "Several estimators, or metalearners, on the same folds",
    .head.cite   = "Demsar 2006, JMLR 7 (tests over several data sets)",
    .head.params = compare_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                   MESA_CLASS_WEIGHTS,
    .head.init   = compare_init,
    .head.fini   = compare_fini,
    .head.save   = compare_save,
    .head.load   = compare_load,
    .begin       = compare_begin,
    .step        = compare_step,
    .total       = compare_total,
    .report      = compare_report,
};

MESA_PLUGIN(.name = "compare", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&compare.head));
