/* SPDX-License-Identifier: MIT */
/*
 * mesa - teach a sampler by building ensembles with it, again and again.
 *
 * A step of the outer loop is an episode: an ensemble is built from its first
 * member on, and each further member earns the sampler what it adds to the
 * ensemble's score on the validation rows (Liu et al. 2020, algorithm 3).
 * The first start_steps members are drawn at random.  As in the published
 * code the number of members is looked at between episodes only.
 *
 * With more than two classes episode i is about class i mod n_classes against
 * the rest; that is an extension.  The test rows are scored for the record
 * and never learnt from.
 */
#include "mesa.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const split_name[N_SPLITS] = { "train", "valid", "test" };

static const struct mesa_param mesa_params[] = {
    MESA_INT(struct mesa, update_steps, "update_steps", 1000, 0,
             1000000000000,
             "Members whose reward the sampler learns from"),
    MESA_INT(struct mesa, start_steps, "start_steps", 500, 0,
             1000000000000,
             "Members before that, drawn at random to gain experience"),
    MESA_INT(struct mesa, max_estimators, "max_estimators", 10, 2, 1000000,
             "Members of the ensemble that an episode builds"),
    MESA_REAL(struct mesa, train_ratio, "train_ratio", 1.0, 0.0, 1.0,
              "Share of the training rows of each class to use",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_INT(struct mesa, verbose, "meta_verbose", 10, 0,
             1000000000000,
             "Episodes between two lines about progress; 0 means none"),
    MESA_INT(struct mesa, mean_episodes, "meta_verbose_mean_episodes", 25, 1,
             1000000, "Episodes whose mean score such a line shows"),
    MESA_STRING(struct mesa, metric_name, "metric", "aucprc",
                "Score of the validation rows whose growth is the reward"),
    MESA_COMPONENT(struct mesa, estimator, "estimator", MESA_KIND_ESTIMATOR,
                   "tree", "The learner of the episodes' members",
                   .flags = MESA_PARAM_SECTION),
    MESA_COMPONENT(struct mesa, ensemble, "ensemble", MESA_KIND_ESTIMATOR,
                   "mesa", "What [evaluate] fits once the sampler has learnt"),
    MESA_PARAM_END
};

static mesa_status
mesa_meta_init(void *self, struct mesa_error *err)
{
    struct mesa *m = self;

    m->metric = mesa_metric_find(m->metric_name ? m->metric_name : "");
    if (!m->metric)
        return mesa_fail(err, MESA_EINVAL,
                         "metric is '%s', which is none of the scores that "
                         "[evaluate] knows",
                         m->metric_name ? m->metric_name : "");
    m->recent = mesa_alloc_array((size_t)m->mean_episodes,
                                 N_SPLITS * sizeof *m->recent);
    m->shown.view = mesa_alloc_array(SHOWN_MEMBERS, sizeof *m->shown.view);
    return m->recent && m->shown.view
               ? MESA_OK
               : mesa_nomem(err, (size_t)m->mean_episodes, "scores");
}

static void
mesa_meta_fini(void *self)
{
    struct mesa *m = self;

    mesa_instance_free(m->sampler);
    mesa_subset_free(&m->subset);
    for (int p = 0; p < N_SPLITS; p++) {
        mesa_free(m->part[p].y);
        mesa_ranks_free(m->part[p].ranks);
    }
    mesa_free(m->test_proba);
    mesa_free(m->recent);
    mesa_free(m->shown.view);
}

/* The first rows, in a random order, of each class: as many as its share. */
static mesa_status
take_share(struct mesa *m, const struct mesa_dataset *train,
           struct mesa_rng *rng, struct mesa_error *err)
{
    size_t n = train->x.rows, kept = 0;
    size_t *order = mesa_alloc_raw(n, 2 * sizeof *order);
    size_t *left = mesa_alloc_array(train->n_classes, sizeof *left);
    mesa_status st = MESA_OK;

    if (!order || !left) {
        st = mesa_nomem(err, n, "row numbers");
        goto out;
    }
    mesa_class_counts(train, left);
    for (uint32_t c = 0; c < train->n_classes; c++) {
        double share = m->train_ratio * (double)left[c];

        left[c] = (size_t)share + ((double)(size_t)share < share);
    }
    mesa_rng_permutation(rng, n, order);
    memset(order + n, 0, n * sizeof *order);
    for (size_t i = 0; i < n; i++) {
        size_t *of_class = &left[train->y[order[i]]];

        order[n + order[i]] = *of_class > 0;
        *of_class -= *of_class > 0;
    }
    for (size_t r = 0; r < n; r++)
        if (order[n + r])
            order[kept++] = r;
    st = mesa_subset_init(&m->subset, train, order, kept, err);
out:
    mesa_free(order);
    mesa_free(left);
    return st;
}

/* The data, ready to learn from; what is missing is said with a way out. */
static mesa_status
open_parts(struct mesa *m, const struct mesa_host *host,
           struct mesa_error *err)
{
    static const enum mesa_part part[N_SPLITS] = {
        MESA_PART_TRAIN, MESA_PART_VALID, MESA_PART_TEST
    };
    mesa_status st = MESA_OK;

    for (int p = 0; p < N_SPLITS && st == MESA_OK; p++)
        st = mesa_host_prepared(host, part[p], &m->part[p].all, err);
    if (st != MESA_OK)
        return st;
    if (!m->part[TRAIN].all)
        return mesa_fail(err, MESA_EDATA,
                         "there are no training rows to learn on: [evaluate] "
                         "folds takes them all, set it to 0");
    if (!m->part[TRAIN].all->y)
        return mesa_fail(err, MESA_EDATA,
                         "mesa needs classes, the data have targets");
    if (m->part[VALID].all && m->part[VALID].all->x.rows == 0)
        return mesa_fail(err, MESA_EDATA,
                         "the validation part is empty: %zu training rows of "
                         "%u classes have left none",
                         m->part[TRAIN].all->x.rows,
                         (unsigned)m->part[TRAIN].all->n_classes);
    if (!m->part[VALID].all)
        return mesa_fail(err, MESA_EDATA,
                         "there are no validation rows to earn rewards on: "
                         "give [data] a valid part, or three shares in "
                         "split");
    if (m->part[TEST].all && m->part[TEST].all->x.rows == 0)
        m->part[TEST].all = NULL;
    return MESA_OK;
}

/* Room for two-class labels, where there are more classes. */
static mesa_status
alloc_labels(struct mesa *m, struct mesa_error *err)
{
    for (int p = 0; p < N_SPLITS; p++) {
        struct part *part = &m->part[p];

        if (!part->all)
            continue;
        part->data = *part->all;
        if (part->all->n_classes <= 2)
            continue;
        part->y = mesa_alloc_raw(part->all->x.rows, sizeof *part->y);
        if (!part->y)
            return mesa_nomem(err, part->all->x.rows, "labels");
        part->data.y = part->y;
        part->data.n_classes = 2;
        part->data.schema = NULL;
    }
    return MESA_OK;
}

/* All members compare the same rows: ranks pay, if the members know them. */
static mesa_status
rank_parts(struct mesa *m, struct mesa_error *err)
{
    const struct mesa_estimator_class *c =
        (const void *)mesa_component_class(m->estimator);
    mesa_status st = MESA_OK;

    if (!c->add_ranked)
        return MESA_OK;
    for (int p = 0; p < N_SPLITS && st == MESA_OK; p++)
        if (m->part[p].all)
            st = mesa_ranks_new(&m->part[p].all->x, &m->part[p].ranks, err);
    return st;
}

static mesa_status
check_components(const struct mesa *m, const struct mesa_component *sampler,
                 struct mesa_error *err)
{
    const struct mesa_sampler_class *c;

    if (!sampler)
        return mesa_fail(err, MESA_EINVAL,
                         "there is no [sampler] section: which sampler is to "
                         "learn?");
    c = (const void *)mesa_component_class(sampler);
    if (!c->reward)
        return mesa_fail(err, MESA_EINVAL, "[sampler] %s does not learn",
                         c->head.name);
    if (mesa_component_class(m->estimator) ==
        mesa_component_class(m->ensemble))
        return mesa_fail(err, MESA_EINVAL,
                         "estimator is %s, which is what the ensemble is: "
                         "name the learner of its members",
                         mesa_component_class(m->estimator)->name);
    return MESA_OK;
}

static mesa_status
mesa_meta_begin(void *self, const struct mesa_host *host,
                struct mesa_error *err)
{
    struct mesa *m = self;
    const struct mesa_component *sampler =
        mesa_host_component(host, MESA_KIND_SAMPLER);
    struct mesa_rng rng = mesa_host_rng(host, "mesa.train_ratio", 0);
    mesa_status st = check_components(m, sampler, err);

    if (st == MESA_OK)
        st = open_parts(m, host, err);
    if (st == MESA_OK && m->train_ratio < 1) {
        st = take_share(m, m->part[TRAIN].all, &rng, err);
        m->part[TRAIN].all = &m->subset.data;
    }
    if (st == MESA_OK)
        st = alloc_labels(m, err);
    if (st == MESA_OK)
        st = rank_parts(m, err);
    if (st == MESA_OK && m->part[TEST].all) {
        m->test_proba = mesa_alloc_raw(m->part[TEST].all->x.rows,
                                       2 * sizeof *m->test_proba);
        if (!m->test_proba)
            st = mesa_nomem(err, m->part[TEST].all->x.rows, "predictions");
    }
    return st == MESA_OK ? mesa_instance_new(sampler, &m->sampler, err) : st;
}

void
mesa_meta_choose_class(const struct mesa *m, uint64_t i)
{
    for (int p = 0; p < N_SPLITS; p++) {
        const struct part *part = &m->part[p];
        uint32_t class_;

        if (!part->y)
            continue;
        class_ = (uint32_t)(i % part->all->n_classes);
        for (size_t r = 0; r < part->all->x.rows; r++)
            part->y[r] = (uint32_t)part->all->y[r] == class_;
    }
}

/* Larger is better. */
static mesa_status
score(const struct mesa *m, int split, const double *proba, uint32_t positive,
      double *value, struct mesa_error *err)
{
    const struct mesa_dataset *d = &m->part[split].data;
    const struct mesa_outcome outcome = { sizeof outcome, 2,     d->x.rows,
                                          d->y,           proba, positive };
    mesa_status st = mesa_metric_value(m->metric, &outcome, value, err);

    return st == MESA_OK
               ? st
               : mesa_error_prefix(err, st, "%s rows", split_name[split]);
}

/* One episode under way. */
struct episode {
    struct mesa_ensemble       ensemble;
    struct mesa_ensemble_loop *loop;
    struct mesa_feedback       now;
    struct mesa_rng            rng;
    uint32_t                   positive;
    double                     valid; /* score of the ensemble so far */
    bool                       shown; /* looked at for pictures       */
    double                    *mu;    /* what was aimed at; or NULL   */
    size_t                     n_mu;
};

static mesa_status
add_member(struct mesa *m, struct episode *e, enum mesa_sampler_mode mode,
           struct mesa_error *err)
{
    mesa_status st = mesa_ensemble_round(e->loop, mode, err);

    if (st == MESA_OK)
        st = mesa_ensemble_feedback(e->loop, &e->now, err);
    e->now.mode = mode;
    if (st == MESA_OK)
        st = score(m, VALID, e->now.valid_proba, e->positive, &e->valid, err);
    return st;
}

/* A member that the sampler is rewarded for. */
static mesa_status
learn_member(struct mesa *m, struct episode *e, struct mesa_error *err)
{
    double before = e->valid, gain;
    bool last = e->ensemble.n + 1 == (size_t)m->max_estimators;
    struct mesa_rng rng = mesa_rng_derive(&e->rng, "reward", e->ensemble.n);
    mesa_status st = add_member(m, e,
                                m->n_steps < (uint64_t)m->start_steps
                                    ? MESA_SAMPLER_EXPLORE
                                    : MESA_SAMPLER_LEARN,
                                err);

    gain = mesa_metric_larger_is_better(m->metric) ? e->valid - before
                                                   : before - e->valid;
    if (st == MESA_OK)
        st = mesa_sampler_reward(m->sampler, gain, last, &m->part[TRAIN].data,
                                 &e->now, &rng, err);
    if (st != MESA_OK)
        return mesa_error_prefix(err, st, "step %llu",
                                 (unsigned long long)m->n_steps);
    m->n_steps++;
    return MESA_OK;
}

/* Scores of the whole ensemble into metrics.csv and among the recent ones. */
static mesa_status
record(struct mesa *m, struct episode *e, struct mesa_metrics *metrics,
       struct mesa_error *err)
{
    double *value = m->recent + (m->n_episodes % (uint64_t)m->mean_episodes) *
                                    N_SPLITS;
    mesa_status st = score(m, TRAIN, e->now.proba, e->positive, &value[TRAIN],
                           err);

    value[VALID] = e->valid;
    if (st == MESA_OK && m->part[TEST].all)
        st = mesa_ensemble_predict_ranked(
            &e->ensemble, &m->part[TEST].data.x, m->part[TEST].ranks,
            m->test_proba, err);
    if (st == MESA_OK && m->part[TEST].all)
        st = score(m, TEST, m->test_proba, e->positive, &value[TEST], err);
    for (int p = 0; p < N_SPLITS && st == MESA_OK; p++)
        if (m->part[p].all &&
            mesa_metrics_add(metrics, split_name[p],
                             mesa_metric_name(m->metric),
                             value[p]) != MESA_OK)
            st = mesa_nomem(err, 1, "metric row");
    return st;
}

/* For pictures. */
static mesa_status
look_at(struct mesa *m, struct episode *e, struct mesa_error *err)
{
    double aim[3];
    mesa_status st = e->shown ? mesa_meta_show(m, &e->now, e->ensemble.n,
                                               e->positive, err)
                              : MESA_OK;

    if (st != MESA_OK || !e->mu || e->ensemble.n == (size_t)m->max_estimators)
        return st;
    st = mesa_sampler_aim(m->sampler, &m->part[TRAIN].data, &e->now, aim, err);
    if (st == MESA_OK && isfinite(aim[0]))
        e->mu[e->n_mu++] = aim[0];
    return st;
}

static mesa_status
show_episode(const struct mesa *m, const struct episode *e,
             struct mesa_metrics *metrics, struct mesa_error *err)
{
    mesa_metrics_histogram(metrics, "sampler", "mu", e->mu, e->n_mu);
    return mesa_meta_show_errors(m, &e->now, metrics, err);
}

static mesa_status
run_episode(struct mesa *m, struct episode *e, struct mesa_metrics *metrics,
            struct mesa_error *err)
{
    const struct mesa_ensemble_job job = {
        .struct_size = sizeof job,
        .n = (size_t)m->max_estimators,
        .estimator = m->estimator,
        .sampler = m->sampler,
        .train = &m->part[TRAIN].data,
        .valid = &m->part[VALID].data,
        .rng = &e->rng,
        .train_ranks = m->part[TRAIN].ranks,
        .valid_ranks = m->part[VALID].ranks,
    };
    size_t rows;
    mesa_status st = mesa_hardness_minority(&m->part[TRAIN].data, &e->positive,
                                            &rows, err);

    if (st == MESA_OK && mesa_metrics_shows(metrics)) {
        e->mu = mesa_alloc_array(job.n, sizeof *e->mu);
        if (!e->mu)
            st = mesa_nomem(err, job.n, "aims");
    }
    if (st == MESA_OK)
        st = mesa_ensemble_begin(&e->ensemble, &job, &e->loop, err);
    if (st == MESA_OK)
        st = add_member(m, e, MESA_SAMPLER_USE, err);
    if (st == MESA_OK)
        st = look_at(m, e, err);
    while (st == MESA_OK && e->ensemble.n < job.n) {
        st = learn_member(m, e, err);
        if (st == MESA_OK)
            st = look_at(m, e, err);
    }
    if (st == MESA_OK)
        st = record(m, e, metrics, err);
    if (st == MESA_OK)
        st = show_episode(m, e, metrics, err);
    mesa_free(e->mu);
    mesa_ensemble_end(e->loop);
    mesa_ensemble_free(&e->ensemble);
    return st;
}

/* Means of the recent episodes, for whoever waits. */
static void
tell(const struct mesa *m, const struct mesa_host *host)
{
    uint64_t n = (uint64_t)m->mean_episodes;
    double mean[N_SPLITS] = { 0 };
    char test[32] = "";

    n = m->n_episodes < n ? m->n_episodes : n;
    for (uint64_t i = 0; i < n; i++)
        for (int p = 0; p < N_SPLITS; p++)
            mean[p] += m->recent[i * N_SPLITS + (uint64_t)p] / (double)n;
    if (m->part[TEST].all)
        snprintf(test, sizeof test, ", test %.3f", mean[TEST]);
    mesa_host_say(host,
                  "mesa: episode %llu, step %llu: %s of the last %llu: train "
                  "%.3f, valid %.3f%s",
                  (unsigned long long)m->n_episodes,
                  (unsigned long long)m->n_steps, mesa_metric_name(m->metric),
                  (unsigned long long)n, mean[TRAIN], mean[VALID], test);
}

static uint64_t
steps_left(const struct mesa *m)
{
    const uint64_t all = (uint64_t)(m->update_steps + m->start_steps);

    return m->n_steps < all ? all - m->n_steps : 0;
}

static mesa_status
mesa_meta_step(void *self, const struct mesa_host *host, uint64_t i,
               struct mesa_metrics *metrics, bool *done,
               struct mesa_error *err)
{
    struct mesa *m = self;
    struct episode e = { .loop = NULL };
    mesa_status st;

    e.rng = mesa_host_rng(host, "mesa.episode", i);
    e.shown = steps_left(m) <= (uint64_t)m->max_estimators - 1;
    m->shown.n = 0;
    mesa_meta_choose_class(m, i);
    st = run_episode(m, &e, metrics, err);
    if (st != MESA_OK)
        return mesa_error_prefix(err, st, "episode %llu",
                                 (unsigned long long)i);
    m->n_episodes++;
    if (m->verbose && m->n_episodes % (uint64_t)m->verbose == 0)
        tell(m, host);
    *done = steps_left(m) == 0;
    return MESA_OK;
}

static uint64_t
mesa_meta_total(const void *self, const struct mesa_host *host)
{
    const struct mesa *m = self;
    uint64_t per_episode = (uint64_t)m->max_estimators - 1;
    uint64_t steps = (uint64_t)(m->update_steps + m->start_steps);

    (void)host;
    return steps ? (steps + per_episode - 1) / per_episode : 1;
}

static mesa_status
mesa_meta_finish(void *self, const struct mesa_host *host,
                 struct mesa_error *err)
{
    struct mesa *m = self;

    return mesa_host_learned(host, m->sampler, err);
}

static const struct mesa_component *
mesa_meta_result(const void *self)
{
    const struct mesa *m = self;

    return m->ensemble;
}

static mesa_status
mesa_meta_save(const void *self, struct mesa_archive *to,
               struct mesa_error *err)
{
    const struct mesa *m = self;
    const uint64_t count[2] = { m->n_steps, m->n_episodes };
    size_t n = (size_t)m->mean_episodes * N_SPLITS;
    mesa_status st = mesa_archive_put_vector(to, "counts", MESA_U64, 2, count,
                                             err);

    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "recent", MESA_F64, n, m->recent,
                                     err);
    if (st == MESA_OK)
        st = mesa_meta_shown_save(&m->shown, to, err);
    return st == MESA_OK && m->sampler
               ? mesa_instance_save(m->sampler, to, "sampler", 0, err)
               : st;
}

static mesa_status
mesa_meta_load(void *self, const struct mesa_archive *from,
               struct mesa_error *err)
{
    struct mesa *m = self;
    const size_t two = 2, n = (size_t)m->mean_episodes * N_SPLITS;
    const void *count, *recent;
    mesa_status st = mesa_archive_expect(from, "counts", MESA_U64, 1, &two,
                                         &count, err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "recent", MESA_F64, 1, &n, &recent,
                                 err);
    if (st == MESA_OK && !m->sampler)
        return mesa_fail(err, MESA_ESTATE, "load comes after begin");
    if (st == MESA_OK)
        st = mesa_meta_shown_load(&m->shown, from, err);
    if (st == MESA_OK)
        st = mesa_instance_load(m->sampler, from, "sampler", 0, err);
    if (st != MESA_OK)
        return st;
    m->n_steps = ((const uint64_t *)count)[0];
    m->n_episodes = ((const uint64_t *)count)[1];
    memcpy(m->recent, recent, n * sizeof *m->recent);
    return MESA_OK;
}

static const struct mesa_metalearner_class mesa_meta = {
    MESA_METALEARNER(struct mesa),
    .head.name   = "mesa",
    .head.title  = "Teach a sampler what makes ensembles better",
    .head.cite   = "Liu et al. 2020, NeurIPS 33 (MESA)",
    .head.params = mesa_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                   MESA_CLASS_WEIGHTS,
    .head.init   = mesa_meta_init,
    .head.fini   = mesa_meta_fini,
    .head.save   = mesa_meta_save,
    .head.load   = mesa_meta_load,
    .begin       = mesa_meta_begin,
    .step        = mesa_meta_step,
    .finish      = mesa_meta_finish,
    .total       = mesa_meta_total,
    .result      = mesa_meta_result,
    .report      = mesa_meta_report,
};

MESA_PLUGIN(.name = "mesa", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&mesa_meta.head));
