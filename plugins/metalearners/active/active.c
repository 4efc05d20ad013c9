/* SPDX-License-Identifier: MIT */
/*
 * active - pool-based active learning: label few rows, those that matter.
 *
 * The training part is the pool.  A step fits [estimator] (with [transform]
 * and [sampler], which see labelled rows only) on the rows labelled so far,
 * scores it on the validation and test parts, and asks for the labels of the
 * rows that the acquisition wants most: those that the data hold, or, with
 * mesa-core query, those that somebody gives.  Then [evaluate] fits on what
 * has been labelled.  Until there are two classes, and rows enough of both for
 * the estimator, rows are asked for at random.
 *
 * Costs a fit and a prediction of the pool per step, and whatever the
 * acquisition does.  Streams: "active.initial", "active.more" of
 * the number of labelled rows, "active.fit" and "active.query" of the step.
 */
#include "active.h"

#include <math.h>

static const struct mesa_choice initials[] = {
    { "random", ACTIVE_RANDOM, "drawn at random" },
    { "kmeans", ACTIVE_KMEANS, "far from each other: seeds of k-means++" },
    { "file", ACTIVE_FILE, "all that initial_rows lists" },
    { NULL, 0, NULL }
};

static const struct mesa_choice nevers[] = {
    { "none", ACTIVE_NEVER, "go on, whatever it is" },
    { NULL, 0, NULL }
};

/* Rows of a class from which on a learner that refuses them has another
 * reason than that there are too few. */
enum { ENOUGH = 2 };

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
              "Rows labelled before the first fit, unless some have a label "
              "already: a number, or a share of the pool if below 1",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct active, budget, "budget", 0.02, 0, 1e15,
              "Rows labelled by each query: a number, or a share of the "
              "pool if below 1", .flags = MESA_PARAM_OPEN_MIN),
    MESA_INT(struct active, max_iter, "max_iter", 0, 0, INT32_MAX,
             "Fits, with a query between one and the next; 0: until every row "
             "is labelled"),
    MESA_CHOICE(struct active, initial, "initial", ACTIVE_RANDOM, initials,
                "How the first rows are chosen"),
    MESA_STRING(struct active, initial_rows, "initial_rows", NULL,
                "For initial = file: row numbers from 0, one on each line, or "
                "a CSV file with a column row, such as queries.csv",
                .flags = MESA_PARAM_PATH),
    MESA_BOOL(struct active, every_class, "every_class", true,
              "See that the first rows have one of every class, where the "
              "data know"),
    MESA_BOOL(struct active, continue_training, "continue_training", false,
              "Go on from what the estimator has learnt, by one more pass "
              "over all labelled rows, in place of a new fit; [evaluate] fits "
              "anew all the same"),
    MESA_REAL(struct active, stop_score, "stop_score", ACTIVE_NEVER, -1e9,
              1e9,
              "Stop when the first of [evaluate] metrics reaches this, on "
              "validation rows if there are any, else on test rows",
              .choices = nevers),
    MESA_REAL(struct active, stop_agreement, "stop_agreement", ACTIVE_NEVER,
              -1, 1,
              "Stop when predictions of the pool agree with those before by "
              "this much: Cohen's kappa, of which 0.99 is usual",
              .choices = nevers),
    MESA_INT(struct active, stop_window, "stop_window", 3, 1, 1000000,
             "Of so many successive agreements stop_agreement takes the mean"),
    MESA_LIST(struct active, thresholds, "thresholds", "0.8, 0.9",
              "Scores, of each of which is reported what share of the rows had "
              "to be labelled for it", .min.r = -1e9, .max.r = 1e9),
    MESA_PARAM_END
};

/* A threshold names a figure: two that are equal would be one. */
static mesa_status
active_init(void *self, struct mesa_error *err)
{
    const struct mesa_list *t = &((const struct active *)self)->thresholds;

    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; j < i; j++)
            if (!(t->value[i] < t->value[j] || t->value[i] > t->value[j]))
                return mesa_fail(err, MESA_EINVAL,
                                 "thresholds: %s and %s are the same",
                                 t->item[j], t->item[i]);
    return MESA_OK;
}

static void
active_fini(void *self)
{
    struct active *a = self;

    mesa_trials_free(a->trials);
    mesa_instance_free(a->query);
    mesa_pipeline_free(a->pipeline);
    mesa_subset_free(&a->labelled);
    mesa_free(a->listed);
    active_rows_free(&a->rows);
    active_curve_free(a);
}

/* What the data know already is not asked for. */
static mesa_status
take_known(struct active *a, struct mesa_error *err)
{
    for (size_t r = 0; r < a->data->x.rows; r++)
        if ((a->data->flags & MESA_DATA_UNLABELLED) && a->data->y[r] >= 0)
            active_rows_add(&a->rows, r, 0, NAN, a->data->y[r]);
    a->known = a->rows.n;
    if (a->known > 0)
        a->start = a->known;
    return a->known > 0 && a->listed
               ? mesa_fail(err, MESA_EDATA,
                           "initial_rows lists rows to begin with, but %zu "
                           "training rows have a label: those come first",
                           a->known)
               : MESA_OK;
}

/* Is there anything to learn with, and to learn from? */
static mesa_status
expect_task(const struct active *a, struct mesa_error *err)
{
    const struct mesa_estimator_class *c;

    if (!a->estimator)
        return mesa_fail(err, MESA_EINVAL,
                         "there is no [estimator]: what is to learn?");
    c = (const void *)mesa_component_class(a->estimator);
    if (a->continue_training && !c->partial_fit)
        return mesa_fail(err, MESA_EINVAL,
                         "continue_training = yes, but %s cannot go on from "
                         "what it has learnt",
                         c->head.name);
    if (!a->data)
        return mesa_fail(err, MESA_EDATA,
                         "there is no training part: folds are for compare");
    if ((a->initial == ACTIVE_FILE) != (a->initial_rows != NULL))
        return mesa_fail(err, MESA_EINVAL,
                         a->initial_rows
                             ? "initial_rows is for initial = file"
                             : "initial = file needs initial_rows");
    return MESA_OK;
}

/* Nobody is asked for labels that an acquisition could then not go on from. */
static mesa_status
expect_members(const struct active *a, struct mesa_error *err)
{
    const struct mesa_estimator_class *c =
        (const void *)mesa_component_class(a->estimator);

    if (c->members ||
        !(mesa_acquisition_needs(a->query) & MESA_POOL_COMMITTEE))
        return MESA_OK;
    return mesa_fail(err, MESA_EINVAL,
                     "acquisition %s asks the members of an ensemble, but %s "
                     "has none: forest, bagging and others have",
                     mesa_instance_class(a->query)->name, c->head.name);
}

/* How many rows to ask for, and which ones first. */
static mesa_status
plan(struct active *a, struct mesa_error *err)
{
    const size_t rows = a->data->x.rows;
    mesa_status st = active_count("budget", a->budget, rows, &a->batch, err);

    if (st == MESA_OK && a->initial == ACTIVE_FILE)
        return active_read_rows(a->initial_rows, rows, &a->listed, &a->start,
                                err);
    return st == MESA_OK
               ? active_count("n_init", a->n_init, rows, &a->start, err)
               : st;
}

static mesa_status
active_begin(void *self, const struct mesa_host *host, struct mesa_error *err)
{
    struct active *a = self;
    mesa_status st;

    a->host = host;
    a->data = mesa_host_data(host, MESA_PART_TRAIN);
    st = expect_task(a, err);
    if (st == MESA_OK)
        st = mesa_trials_new(host, NULL, &a->trials, err);
    if (st == MESA_OK)
        st = plan(a, err);
    if (st == MESA_OK)
        st = mesa_instance_new(a->acquisition, &a->query, err);
    if (st == MESA_OK)
        st = expect_members(a, err);
    if (st == MESA_OK)
        st = active_rows_init(&a->rows, a->data->x.rows, err);
    if (st != MESA_OK)
        return st;
    a->n_metrics = mesa_trials_n_metrics(a->trials);
    st = take_known(a, err);
    return st == MESA_OK ? active_curve_init(a, err) : st;
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
    const size_t room = a->start + a->data->n_classes;
    size_t *pick = mesa_alloc_raw(room, sizeof *pick);
    struct mesa_question q = { .struct_size = sizeof q, .row = pick };
    mesa_status st = pick ? active_initial(a, host, pick, &q.n, err)
                          : mesa_nomem(err, room, "rows");

    if (st == MESA_OK)
        st = ask(a, host, 0, &q, answer, err);
    mesa_free(pick);
    if (st == MESA_OK && *answer == MESA_ANSWER_NEVER)
        st = mesa_fail(err, MESA_EDATA,
                       "no row has a label, nothing can be learnt");
    return st;
}

/* A model of what is labelled, in a->pipeline. */
static mesa_status
fit(struct active *a, const struct mesa_host *host, uint64_t i,
    const struct mesa_dataset *rows, bool *resampled, struct mesa_error *err)
{
    const struct mesa_rng rng = mesa_host_rng(host, "active.fit", i);
    const struct mesa_pipeline_job job = {
        .struct_size = sizeof job,
        .estimator = a->estimator,
        .rows = rows,
        .valid = mesa_host_data(host, MESA_PART_VALID),
        .rng = &rng,
        .resampled = resampled
    };

    if (a->continue_training && a->pipeline)
        return mesa_pipeline_continue(a->pipeline, host, &job, err);
    mesa_pipeline_free(a->pipeline);
    return mesa_pipeline_fit(host, &job, &a->pipeline, err);
}

/* The same, where the sampler may have had its say. */
static mesa_status
fit_and_tell(struct active *a, const struct mesa_host *host, uint64_t i,
             const struct mesa_dataset *rows, struct mesa_error *err)
{
    bool resampled = true;
    mesa_status st = fit(a, host, i, rows, &resampled, err);

    a->plain = st == MESA_OK && !resampled;
    if (!a->plain)
        return st;
    if (a->n_plain == 0)
        mesa_host_say(host,
                      "%zu labelled rows are learnt from as they are: %s",
                      rows->x.rows, err->message);
    a->n_plain++;
    return MESA_OK;
}

/* The rows to label next, and their labels. */
static mesa_status
query(struct active *a, const struct mesa_host *host, uint64_t i,
      const struct mesa_dataset *labelled, struct mesa_metrics *metrics,
      enum mesa_answer *answer, struct mesa_error *err)
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
        mesa_metrics_histogram(metrics, "asked", "utility", utility, k);
    if (st == MESA_OK)
        st = ask(a, host, i + 1, &q, answer, err);
    mesa_free(row);
    mesa_free(utility);
    return st;
}

/* A model of the rows that are labelled, and its scores.  A step that is made
 * again, because its answer came late, has them but for those models that are
 * not kept, of which the same can be made. */
static mesa_status
learn(struct active *a, const struct mesa_host *host, uint64_t i,
      const struct mesa_dataset *labelled, struct mesa_error *err)
{
    bool ignored;
    mesa_status st;

    if (a->n_steps > i)
        return a->pipeline ? MESA_OK
                           : fit(a, host, i, labelled, &ignored, err);
    st = fit_and_tell(a, host, i, labelled, err);
    return st == MESA_OK ? active_curve_add(a, err) : st;
}

/* Rows for a first model that could not be made of those labelled: as many as
 * a query has, drawn at random. */
static mesa_status
ask_more(struct active *a, const struct mesa_host *host,
         enum mesa_answer *answer, struct mesa_error *err)
{
    const struct mesa_error why = *err;
    const size_t n = a->data->x.rows - a->rows.n;
    const size_t k = a->batch < n ? a->batch : n;
    struct mesa_rng rng = mesa_host_rng(host, "active.more", a->rows.n);
    size_t *row = mesa_alloc_raw(n + k, sizeof *row), *pick = row + n;
    const struct mesa_question q = { .struct_size = sizeof q, .n = k,
                                     .row = pick };
    mesa_status st = MESA_OK;

    if (!row)
        return mesa_nomem(err, n, "rows");
    active_rows_left(&a->rows, a->data->x.rows, row);
    st = mesa_rng_choice(&rng, n, k, false, pick, err);
    for (size_t i = 0; i < k && st == MESA_OK; i++)
        pick[i] = row[pick[i]];
    if (st == MESA_OK)
        st = ask(a, host, 0, &q, answer, err);
    mesa_free(row);
    if (st == MESA_OK && *answer == MESA_ANSWER_NEVER) {
        *err = why;
        return why.status;
    }
    if (st == MESA_OK && *answer == MESA_ANSWER_GIVEN)
        mesa_host_say(host, "%zu rows more are labelled, drawn at random: %s",
                      k, why.message);
    return st;
}

/* Rows of the rarest class that has been seen; 0 if no other has been. */
static size_t
fewest(const struct active *a)
{
    size_t least = SIZE_MAX;

    for (uint32_t c = 0; c < a->data->n_classes; c++) {
        size_t n = 0;

        for (size_t i = 0; i < a->rows.n; i++)
            n += a->rows.label[i] == (int32_t)c;
        if (n == a->rows.n)
            return 0;
        if (n > 0 && n < least)
            least = n;
    }
    return least;
}

/* A model of what is labelled, in *labelled.  For the first one, rows are
 * added while there is one class only, or so few of one that the estimator
 * does not take them. */
static mesa_status
learn_first(struct active *a, const struct mesa_host *host, uint64_t i,
            struct mesa_subset *labelled, enum mesa_answer *answer,
            struct mesa_error *err)
{
    mesa_status st;

    do {
        mesa_subset_free(labelled);
        st = active_rows_subset(&a->rows, a->data, labelled, err);
        if (st == MESA_OK && a->n_steps == 0 && fewest(a) == 0)
            st = mesa_fail(err, MESA_EDATA,
                           "all %zu labelled rows are of class '%s', nothing "
                           "can be learnt",
                           a->rows.n,
                           a->data->schema->class_name[a->rows.label[0]]);
        else if (st == MESA_OK)
            st = learn(a, host, i, &labelled->data, err);
        if (st != MESA_EDATA || a->n_steps > 0 || a->pipeline ||
            fewest(a) >= ENOUGH || a->rows.n == a->data->x.rows)
            return st;
        st = ask_more(a, host, answer, err);
    } while (st == MESA_OK && *answer == MESA_ANSWER_GIVEN);
    return st;
}

static mesa_status
learn_and_query(struct active *a, const struct mesa_host *host, uint64_t i,
                struct mesa_metrics *metrics, enum mesa_answer *answer,
                struct mesa_error *err)
{
    struct mesa_subset labelled = { .block_ = NULL };
    mesa_status st = learn_first(a, host, i, &labelled, answer, err);
    const bool asks = st == MESA_OK && *answer != MESA_ANSWER_GIVEN;

    if (st == MESA_OK && !asks)
        st = active_curve_tell(a, metrics, err);
    if (st == MESA_OK && !asks)
        a->end = active_curve_end(a);
    if (st == MESA_OK && !asks && a->end == ACTIVE_GOING)
        st = query(a, host, i, &labelled.data, metrics, answer, err);
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
    return st == MESA_OK && *done ? active_tell_end(a, metrics, err) : st;
}

static mesa_status
active_finish(void *self, const struct mesa_host *host,
              struct mesa_error *err)
{
    struct active *a = self;
    mesa_status st;

    if (a->n_steps > 0 && a->n_plain == a->n_steps)
        mesa_host_say(host, "[sampler] has refused the labelled rows each "
                            "time: no model was made of resampled rows");
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

static const struct mesa_component *
active_result(const void *self)
{
    return ((const struct active *)self)->estimator;
}

enum { END, N_PLAIN, PLAIN, N_STATES };

static mesa_status
active_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct active *a = self;
    const uint64_t state[N_STATES] = { (uint64_t)a->end, a->n_plain,
                                        a->plain };
    mesa_status st = mesa_archive_put_vector(to, "state", MESA_U64, N_STATES,
                                             state, err);

    if (st == MESA_OK)
        st = active_rows_save(&a->rows, to, err);
    if (st == MESA_OK)
        st = active_curve_save(a, to, err);
    if (st == MESA_OK && a->continue_training && a->pipeline)
        st = mesa_pipeline_save(a->pipeline, to, err);
    return st;
}

static mesa_status
load_pipeline(struct active *a, const struct mesa_archive *from,
              struct mesa_error *err)
{
    mesa_pipeline_free(a->pipeline);
    a->pipeline = NULL;
    if (!a->continue_training || a->n_steps == 0)
        return MESA_OK;
    return mesa_pipeline_load(a->host, a->estimator, from, &a->pipeline, err);
}

static mesa_status
active_load(void *self, const struct mesa_archive *from,
            struct mesa_error *err)
{
    static const size_t n_states = N_STATES;
    struct active *a = self;
    const void *data;
    const uint64_t *state;
    mesa_status st;

    if (!a->value)
        return mesa_fail(err, MESA_ESTATE, "load comes after begin");
    st = mesa_archive_expect(from, "state", MESA_U64, 1, &n_states, &data,
                             err);
    if (st != MESA_OK)
        return st;
    state = data;
    if (state[END] > ACTIVE_TOLD)
        return mesa_fail(err, MESA_EPARSE, "state[0] is %llu",
                         (unsigned long long)state[END]);
    a->end = (enum active_end)state[END];
    a->n_plain = state[N_PLAIN];
    a->plain = state[PLAIN] != 0;
    st = active_rows_load(&a->rows, a->data, from, err);
    if (st == MESA_OK)
        st = active_curve_load(a, from, err);
    return st == MESA_OK ? load_pipeline(a, from, err) : st;
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
    .head.init   = active_init,
    .head.fini   = active_fini,
    .head.save   = active_save,
    .head.load   = active_load,
    .begin       = active_begin,
    .step        = active_step,
    .finish      = active_finish,
    .total       = active_total,
    .result      = active_result,
    .report      = active_report,
};

MESA_PLUGIN(.name = "active", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&active.head));
