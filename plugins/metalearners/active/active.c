/* SPDX-License-Identifier: MIT */
/*
 * active - pool-based active learning: label few rows, those that matter.
 *
 * The training part is the pool.  A step fits [estimator] (with [transform]
 * and [sampler], which see labelled rows only) on the rows labelled so far,
 * scores it on the validation and test parts, and asks for the labels of the
 * rows that the acquisition wants most: those that the data hold, or, with
 * mesa-core query, those that somebody gives.  Then [evaluate] fits on what
 * has been labelled.
 *
 * Costs a fit and a prediction of the pool per step, and whatever the
 * acquisition does.  Streams: "active.initial", "active.fit" and
 * "active.query" of the step.
 */
#include "active.h"

#include <math.h>
#include <string.h>

static const struct mesa_choice initials[] = {
    { "random", ACTIVE_RANDOM, "drawn at random" },
    { NULL, 0, NULL }
};

static const struct mesa_choice nevers[] = {
    { "none", ACTIVE_NEVER, "whatever the score" },
    { NULL, 0, NULL }
};

static const struct mesa_param active_params[] = {
    MESA_COMPONENT(struct active, acquisition, "acquisition",
                   MESA_KIND_ACQUISITION, "breaking_ties",
                   "Which rows to ask for; [acquisition] if there is one",
                   .flags = MESA_PARAM_SECTION),
    MESA_COMPONENT(struct active, estimator, "estimator",
                   MESA_KIND_ESTIMATOR, NULL,
                   "What learns; [estimator] if there is one",
                   .flags = MESA_PARAM_SECTION),
    MESA_REAL(struct active, n_init, "n_init", 0.02, 0, 1e15,
              "Rows labelled before the first fit: a number, or a share of "
              "the pool if below 1", .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct active, budget, "budget", 0.02, 0, 1e15,
              "Rows labelled by each query: a number, or a share of the "
              "pool if below 1", .flags = MESA_PARAM_OPEN_MIN),
    MESA_INT(struct active, max_iter, "max_iter", 0, 0, INT32_MAX,
             "Fits, with a query between one and the next; 0: until every row "
             "is labelled"),
    MESA_CHOICE(struct active, initial, "initial", ACTIVE_RANDOM, initials,
                "How the first rows are chosen"),
    MESA_BOOL(struct active, every_class, "every_class", true,
              "See that the first rows have one of every class, where the "
              "data know"),
    MESA_BOOL(struct active, continue_training, "continue_training", false,
              "Go on from what the estimator has learnt, in place of a new "
              "fit"),
    MESA_REAL(struct active, stop_score, "stop_score", ACTIVE_NEVER, -1e9,
              1e9,
              "Stop when the first of [evaluate] metrics reaches this, on "
              "validation rows if there are any, else on test rows",
              .choices = nevers),
    MESA_LIST(struct active, thresholds, "thresholds", "0.8, 0.9",
              "Scores, of each of which is reported what share of the rows had "
              "to be labelled for it", .min.r = -1e9, .max.r = 1e9),
    MESA_PARAM_END
};

static void
active_fini(void *self)
{
    struct active *a = self;

    mesa_trials_free(a->trials);
    mesa_instance_free(a->query);
    mesa_pipeline_free(a->pipeline);
    mesa_subset_free(&a->labelled);
    active_rows_free(&a->rows);
    active_curve_free(a);
}

/* What the data know already is not asked for. */
static void
take_known(struct active *a)
{
    for (size_t r = 0; r < a->data->x.rows; r++)
        if ((a->data->flags & MESA_DATA_UNLABELLED) && a->data->y[r] >= 0)
            active_rows_add(&a->rows, r, 0, NAN, a->data->y[r]);
}

static mesa_status
active_begin(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    struct active *a = self;
    mesa_status st;

    a->data = mesa_host_data(host, MESA_PART_TRAIN);
    if (!a->estimator)
        return mesa_fail(err, MESA_EINVAL,
                         "there is no [estimator]: what is to learn?");
    if (!a->data || !a->data->y)
        return mesa_fail(err, MESA_EDATA,
                         a->data ? "the data have no classes to ask for"
                                 : "there is no training part: folds are for "
                                   "compare");
    st = active_count("n_init", a->n_init, a->data->x.rows, &a->start, err);
    if (st == MESA_OK)
        st = active_count("budget", a->budget, a->data->x.rows, &a->batch,
                          err);
    if (st == MESA_OK)
        st = mesa_trials_new(host, NULL, &a->trials, err);
    if (st == MESA_OK)
        st = mesa_instance_new(a->acquisition, &a->query, err);
    if (st != MESA_OK)
        return st;
    a->n_metrics = mesa_trials_n_metrics(a->trials);
    st = active_rows_init(&a->rows, a->data->x.rows, err);
    if (st == MESA_OK)
        st = active_curve_init(a, err);
    if (st == MESA_OK)
        take_known(a);
    return st;
}

/* Ask for n rows; whether labels came is in *answer. */
static mesa_status
ask(struct active *a, const struct mesa_host *host, uint64_t iteration,
    const struct mesa_question *q, enum mesa_answer *answer,
    struct mesa_error *err)
{
    int32_t *label = mesa_alloc_raw(q->n, sizeof *label);
    mesa_status st = label ? mesa_host_ask(host, q, label, answer, err)
                           : mesa_nomem(err, q->n, "labels");

    for (size_t i = 0; i < q->n; i++)
        if (st == MESA_OK && *answer == MESA_ANSWER_GIVEN)
            active_rows_add(&a->rows, q->row[i], iteration,
                            q->utility ? q->utility[i] : NAN, label[i]);
    mesa_free(label);
    return st;
}

/* The first rows: there is no model to choose them by. */
static mesa_status
start(struct active *a, const struct mesa_host *host,
      enum mesa_answer *answer, struct mesa_error *err)
{
    size_t *pick = mesa_alloc_raw(a->start, sizeof *pick);
    const struct mesa_question q = { .struct_size = sizeof q, .n = a->start,
                                     .row = pick };
    mesa_status st = pick ? active_initial(a, host, pick, err)
                          : mesa_nomem(err, a->start, "rows");

    if (st == MESA_OK && !(a->data->flags & MESA_DATA_UNLABELLED)) {
        *answer = MESA_ANSWER_GIVEN;
        for (size_t i = 0; i < a->start; i++)
            active_rows_add(&a->rows, pick[i], 0, NAN, a->data->y[pick[i]]);
    } else if (st == MESA_OK) {
        st = ask(a, host, 0, &q, answer, err);
    }
    mesa_free(pick);
    if (st == MESA_OK && *answer == MESA_ANSWER_NEVER)
        st = mesa_fail(err, MESA_EDATA,
                       "no row has a label, nothing can be learnt");
    return st;
}

/* A model of what is labelled, in a->pipeline. */
static mesa_status
fit(struct active *a, const struct mesa_host *host, uint64_t i,
    const struct mesa_dataset *rows, struct mesa_error *err)
{
    const struct mesa_rng rng = mesa_host_rng(host, "active.fit", i);
    bool resampled;
    const struct mesa_pipeline_job job = {
        .struct_size = sizeof job,
        .estimator = a->estimator,
        .rows = rows,
        .valid = mesa_host_data(host, MESA_PART_VALID),
        .rng = &rng,
        .resampled = &resampled
    };
    mesa_status st;

    if (a->continue_training && a->pipeline)
        return mesa_pipeline_continue(a->pipeline, host, &job, err);
    mesa_pipeline_free(a->pipeline);
    st = mesa_pipeline_fit(host, &job, &a->pipeline, err);
    if (st == MESA_OK && !resampled && !a->warned) {
        mesa_host_say(host,
                      "%zu labelled rows are learnt from as they are: %s",
                      rows->x.rows, err->message);
        a->warned = true;
    }
    return st;
}

/* The rows to label next, and their labels. */
static mesa_status
query(struct active *a, const struct mesa_host *host, uint64_t i,
      const struct mesa_dataset *labelled, enum mesa_answer *answer,
      struct mesa_error *err)
{
    const size_t n = a->data->x.rows - a->rows.n;
    const size_t k = a->batch < n ? a->batch : n;
    size_t *row = mesa_alloc_raw(n + k, sizeof *row);
    double *utility = mesa_alloc_raw(
        k, (1 + (size_t)a->data->n_classes) * sizeof *utility);
    struct mesa_query_job job = { .struct_size = sizeof job,
                                  .acquisition = a->query,
                                  .data = a->data,
                                  .labelled = labelled,
                                  .row = row,
                                  .n = n,
                                  .k = k };
    struct mesa_question q = { .struct_size = sizeof q, .n = k,
                               .utility = utility };
    struct mesa_rng rng = mesa_host_rng(host, "active.query", i);
    mesa_status st = MESA_OK;

    if (!row || !utility)
        st = mesa_nomem(err, n, "rows");
    if (st == MESA_OK) {
        active_rows_left(&a->rows, a->data->x.rows, row);
        job.pick = row + n;
        job.utility = utility;
        job.proba = utility + k;
        q.row = job.pick;
        q.proba = job.proba;
        st = mesa_pipeline_query(a->pipeline, &job, &rng, err);
    }
    if (st == MESA_OK)
        st = ask(a, host, i + 1, &q, answer, err);
    mesa_free(row);
    mesa_free(utility);
    return st;
}

static mesa_status
learn_and_query(struct active *a, const struct mesa_host *host, uint64_t i,
                struct mesa_metrics *metrics, enum mesa_answer *answer,
                struct mesa_error *err)
{
    struct mesa_subset labelled;
    mesa_status st = active_rows_subset(&a->rows, a->data, &labelled, err);

    if (st == MESA_OK)
        st = fit(a, host, i, &labelled.data, err);
    if (st == MESA_OK)
        st = active_curve_add(a, host, a->pipeline, metrics, err);
    if (st == MESA_OK)
        a->end = active_curve_end(a);
    if (st == MESA_OK && a->end == ACTIVE_GOING)
        st = query(a, host, i, &labelled.data, answer, err);
    /* The scores will come again, with this step. */
    if (st == MESA_OK && *answer == MESA_ANSWER_LATER)
        a->n_steps--;
    mesa_subset_free(&labelled);
    return st == MESA_OK
               ? st
               : mesa_error_prefix(err, st, "iteration %llu, %zu labelled rows",
                                   (unsigned long long)i, a->rows.n);
}

static mesa_status
active_step(void *self, const struct mesa_host *host, uint64_t i,
            struct mesa_metrics *metrics, bool *done, struct mesa_error *err)
{
    struct active *a = self;
    enum mesa_answer answer = MESA_ANSWER_GIVEN;
    mesa_status st = MESA_OK;

    if (a->rows.n == 0)
        st = start(a, host, &answer, err);
    if (st == MESA_OK && answer == MESA_ANSWER_GIVEN)
        st = learn_and_query(a, host, i, metrics, &answer, err);
    if (st == MESA_OK && answer == MESA_ANSWER_NEVER)
        a->end = ACTIVE_TOLD;
    *done = a->end != ACTIVE_GOING;
    return st;
}

static mesa_status
active_finish(void *self, const struct mesa_host *host,
              struct mesa_error *err)
{
    struct active *a = self;
    mesa_status st;

    mesa_subset_free(&a->labelled);
    st = active_rows_subset(&a->rows, a->data, &a->labelled, err);
    if (st == MESA_OK)
        mesa_host_train_on(host, &a->labelled.data);
    return st;
}

static uint64_t
active_total(const void *self, const struct mesa_host *host)
{
    const struct active *a = self;
    const size_t left = a->data->x.rows - a->start;
    const uint64_t most = 1 + (left + a->batch - 1) / a->batch;

    (void)host;
    return a->max_iter > 0 && (uint64_t)a->max_iter < most
               ? (uint64_t)a->max_iter
               : most;
}

static mesa_status
active_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct active *a = self;
    const uint64_t end = (uint64_t)a->end;
    mesa_status st = mesa_archive_put_vector(to, "end", MESA_U64, 1, &end,
                                             err);

    if (st == MESA_OK)
        st = active_rows_save(&a->rows, to, err);
    if (st == MESA_OK)
        st = active_curve_save(a, to, err);
    return st;
}

static mesa_status
active_load(void *self, const struct mesa_archive *from,
            struct mesa_error *err)
{
    static const size_t one = 1;
    struct active *a = self;
    const void *end;
    mesa_status st;

    if (!a->value)
        return mesa_fail(err, MESA_ESTATE, "load comes after begin");
    a->rows.n = 0;
    memset(a->rows.taken, 0, a->data->x.rows * sizeof *a->rows.taken);
    st = mesa_archive_expect(from, "end", MESA_U64, 1, &one, &end, err);
    if (st == MESA_OK && *(const uint64_t *)end > ACTIVE_TOLD)
        st = mesa_fail(err, MESA_EPARSE, "end is %llu",
                       (unsigned long long)*(const uint64_t *)end);
    if (st == MESA_OK)
        st = active_rows_load(&a->rows, a->data, from, err);
    if (st == MESA_OK)
        st = active_curve_load(a, from, err);
    if (st == MESA_OK)
        a->end = (enum active_end)*(const uint64_t *)end;
    return st;
}

static const struct mesa_metalearner_class active = {
    MESA_METALEARNER(struct active),
    .head.name   = "active",
    .head.title  = "Learn from few labels: ask for those of some rows",
    .head.cite   = "Settles 2009, Active learning literature survey, "
                   "University of Wisconsin-Madison, report 1648",
    .head.params = active_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                   MESA_CLASS_UNLABELLED,
    .head.fini   = active_fini,
    .head.save   = active_save,
    .head.load   = active_load,
    .begin       = active_begin,
    .step        = active_step,
    .finish      = active_finish,
    .total       = active_total,
    .report      = active_report,
};

MESA_PLUGIN(.name = "active", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&active.head));
