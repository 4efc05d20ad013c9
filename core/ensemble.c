/* SPDX-License-Identifier: MIT */
/*
 * ensemble.c - sequential averaging with a sampler in the loop.
 *
 * A sampler that reads feedback makes the rounds depend on each other: a
 * learner's predictions are added to running sums, whose mean the next
 * round's sampler sees.  Otherwise the rounds are independent and run in
 * parallel; both ways derive their streams from the round alone.
 */
#include "instance.h"

#include <string.h>

/* Rows that a member predicts at a time, a divisor of MESA_CHUNK. */
#define BLOCK ((size_t)1024)

/* What the members say of one part of the data. */
struct running {
    const struct mesa_dataset *data;  /* NULL: there is no such part */
    const struct mesa_ranks   *ranks; /* or NULL */
    double                    *sum, *mean;
};

struct mesa_ensemble_loop {
    struct mesa_ensemble    *e;
    struct mesa_ensemble_job job;
    size_t                   n_summed; /* members that are in the sums */
    struct running           train, valid;
    double                  *one; /* predictions of one member, by block */
};

mesa_status
mesa_member_fit(const struct mesa_component *estimator,
                struct mesa_sample *sample, const struct mesa_dataset *all,
                const struct mesa_dataset *valid, struct mesa_rng *rng,
                struct mesa_instance **out, struct mesa_error *err)
{
    const struct mesa_dataset *rows = all;
    mesa_status st = sample ? mesa_sample_dataset(sample, &rows, err)
                            : MESA_OK;

    if (st == MESA_OK)
        st = mesa_instance_new(estimator, out, err);
    return st == MESA_OK ? mesa_estimator_fit(*out, rows, valid, rng, err)
                         : st;
}

/* Member i, from what the sampler (NULL: none) makes of the training rows. */
static mesa_status
fit_member(const struct mesa_ensemble_job *job, struct mesa_instance *sampler,
           size_t i, const struct mesa_feedback *feedback,
           struct mesa_instance **out, struct mesa_error *err)
{
    struct mesa_rng draw = mesa_rng_derive(job->rng, "sample", i);
    struct mesa_rng rng = mesa_rng_derive(job->rng, "member", i);
    struct mesa_sample *sample = NULL;
    mesa_status st = MESA_OK;

    if (sampler) {
        sample = mesa_sample_new(job->train);
        st = sample ? mesa_sampler_resample(sampler, job->train, feedback,
                                            sample, &draw, err)
                    : mesa_nomem(err, 1, "sample");
    }
    if (st == MESA_OK)
        st = mesa_member_fit(job->estimator, sample, job->train, job->valid,
                             &rng, out, err);
    mesa_sample_free(sample);
    return st;
}

mesa_status
mesa_members_alloc(struct mesa_ensemble *e, size_t n, struct mesa_error *err)
{
    mesa_ensemble_free(e);
    e->member = mesa_alloc_array(n, sizeof *e->member);
    return e->member ? MESA_OK : mesa_nomem(err, n, "members");
}

static mesa_status
running_init(struct running *r, const struct mesa_dataset *data,
             const struct mesa_ranks *ranks, struct mesa_error *err)
{
    size_t width = data->n_classes * sizeof(double);

    r->data = data;
    r->ranks = ranks;
    r->sum = mesa_alloc_array(data->x.rows, width);
    r->mean = mesa_alloc_raw(data->x.rows, width);
    return r->sum && r->mean ? MESA_OK
                             : mesa_nomem(err, data->x.rows, "predictions");
}

static mesa_status
alloc_sums(struct mesa_ensemble_loop *loop, struct mesa_error *err)
{
    const struct mesa_ensemble_job *job = &loop->job;
    size_t rows = MESA_MAX(job->train->x.rows,
                           job->valid ? job->valid->x.rows : 0);
    mesa_status st = running_init(&loop->train, job->train, job->train_ranks,
                                  err);

    if (st == MESA_OK && job->valid)
        st = running_init(&loop->valid, job->valid, job->valid_ranks, err);
    if (st != MESA_OK)
        return st;
    loop->one = mesa_alloc_raw(MESA_CHUNKS(rows) * BLOCK,
                               job->train->n_classes * sizeof(double));
    return loop->one ? MESA_OK : mesa_nomem(err, rows, "predictions");
}

mesa_status
mesa_ensemble_begin(struct mesa_ensemble *e,
                    const struct mesa_ensemble_job *job,
                    struct mesa_ensemble_loop **out, struct mesa_error *err)
{
    struct mesa_ensemble_loop *loop = mesa_alloc_array(1, sizeof *loop);
    mesa_status st;

    *out = loop;
    if (!loop)
        return mesa_nomem(err, 1, "ensemble");
    loop->e = e;
    memcpy(&loop->job, job, MESA_MIN(job->struct_size, sizeof *job));
    st = mesa_members_alloc(e, job->n, err);
    if (st == MESA_OK && job->sampler)
        st = mesa_sampler_begin(job->sampler, job->train, err);
    return st;
}

void
mesa_ensemble_end(struct mesa_ensemble_loop *loop)
{
    if (!loop)
        return;
    mesa_free(loop->train.sum);
    mesa_free(loop->train.mean);
    mesa_free(loop->valid.sum);
    mesa_free(loop->valid.mean);
    mesa_free(loop->one);
    mesa_free(loop);
}

MESA_INLINE void
add_run(double *restrict sum, double *restrict mean,
        const double *restrict one, size_t n, double members)
{
    for (size_t k = 0; k < n; k++) {
        sum[k] += one[k];
        mean[k] = sum[k] / members;
    }
}

MESA_CLONES static void
add(double *restrict sum, double *restrict mean, const double *restrict one,
    size_t n, double members)
{
    size_t k = 0;

    for (; k + MESA_LANES <= n; k += MESA_LANES)
        add_run(sum + k, mean + k, one + k, MESA_LANES, members);
    add_run(sum + k, mean + k, one + k, n - k, members);
}

MESA_INLINE void
divide_run(double *restrict mean, const double *restrict sum, size_t n,
           double members)
{
    for (size_t k = 0; k < n; k++)
        mean[k] = sum[k] / members;
}

/* Of sums that are there already. */
MESA_CLONES static void
divide(double *restrict mean, const double *restrict sum, size_t n,
       double members)
{
    size_t k = 0;

    for (; k + MESA_LANES <= n; k += MESA_LANES)
        divide_run(mean + k, sum + k, MESA_LANES, members);
    divide_run(mean + k, sum + k, n - k, members);
}

/* Rows from one on, a block at most. */
static struct mesa_cmatrix
block_of(const struct mesa_cmatrix *x, size_t at, size_t end)
{
    struct mesa_cmatrix block = *x;

    block.rows = MESA_MIN(BLOCK, end - at);
    if (x->index)
        block.index += at;
    else
        block.data += at * x->stride;
    return block;
}

/* A member whose predictions are added, chunk by chunk. */
struct addition {
    const struct mesa_instance *member;
    const struct running       *part;
    double                     *one;
    double                      members;
};

/* A chunk whose ranks are known; MESA_ENOTSUP if they are of no use. */
static mesa_status
add_ranked(const struct addition *a, size_t start, size_t end,
           struct mesa_error *err)
{
    const struct running *r = a->part;
    const size_t width = r->data->n_classes, n = end - start;
    double *sum = r->sum + start * width;
    mesa_status st = mesa_estimator_add_ranked(a->member, r->ranks, start, n,
                                               sum, err);

    if (st == MESA_OK)
        divide(r->mean + start * width, sum, n * width, a->members);
    return st;
}

/* A chunk, by blocks that stay in the cache. */
static mesa_status
add_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct addition *a = context;
    const struct running *r = a->part;
    const size_t width = r->data->n_classes, start = chunk * MESA_CHUNK;
    const size_t end = MESA_MIN(r->data->x.rows, start + MESA_CHUNK);
    double *one = a->one + chunk * BLOCK * width;
    mesa_status st = r->ranks ? add_ranked(a, start, end, err) : MESA_ENOTSUP;

    if (st != MESA_ENOTSUP)
        return st;
    st = MESA_OK;
    for (size_t at = start; at < end && st == MESA_OK; at += BLOCK) {
        struct mesa_cmatrix x = block_of(&r->data->x, at, end);

        st = mesa_estimator_predict_proba(a->member, &x, one, err);
        if (st == MESA_OK)
            add(r->sum + at * width, r->mean + at * width, one,
                x.rows * width, a->members);
    }
    return st;
}

/* Add a member's predictions to the sums and refresh the means. */
static mesa_status
add_predictions(const struct mesa_ensemble_loop *loop,
                const struct running *r, size_t i, struct mesa_error *err)
{
    struct addition a = { loop->e->member[i], r, loop->one, (double)(i + 1) };

    return mesa_parallel_for(MESA_CHUNKS(r->data->x.rows), add_chunk, &a,
                             err);
}

/* Members are asked for their predictions only once somebody wants them. */
static mesa_status
catch_up(struct mesa_ensemble_loop *loop, struct mesa_error *err)
{
    mesa_status st = loop->one ? MESA_OK : alloc_sums(loop, err);

    for (; loop->n_summed < loop->e->n && st == MESA_OK; loop->n_summed++) {
        st = add_predictions(loop, &loop->train, loop->n_summed, err);
        if (st == MESA_OK && loop->valid.data)
            st = add_predictions(loop, &loop->valid, loop->n_summed, err);
        if (st != MESA_OK)
            break;
    }
    return st;
}

static struct mesa_feedback
without_predictions(const struct mesa_ensemble_job *job, size_t round)
{
    return (struct mesa_feedback){
        .struct_size = sizeof(struct mesa_feedback),
        .n_classes = job->train->n_classes,
        .round = round,
        .n_rounds = job->n,
        .valid = job->valid,
    };
}

mesa_status
mesa_ensemble_feedback(struct mesa_ensemble_loop *loop,
                       struct mesa_feedback *out, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    *out = without_predictions(&loop->job, loop->e->n);
    if (loop->e->n == 0)
        return MESA_OK;
    st = catch_up(loop, err);
    out->proba = loop->train.mean;
    out->valid_proba = loop->valid.mean;
    return st;
}

static bool
reads_feedback(const struct mesa_class *sampler)
{
    return sampler->flags & MESA_CLASS_FEEDBACK;
}

mesa_status
mesa_ensemble_round(struct mesa_ensemble_loop *loop,
                    enum mesa_sampler_mode mode, struct mesa_error *err)
{
    const struct mesa_ensemble_job *job = &loop->job;
    struct mesa_ensemble *e = loop->e;
    struct mesa_feedback feedback = without_predictions(job, e->n);
    struct mesa_instance *made = NULL;
    mesa_status st = MESA_OK;

    if (e->n >= job->n)
        return mesa_fail(err, MESA_ESTATE, "all %zu members are fitted",
                         job->n);
    if (job->sampler && reads_feedback(mesa_instance_class(job->sampler)))
        st = mesa_ensemble_feedback(loop, &feedback, err);
    feedback.mode = mode;
    if (st == MESA_OK)
        st = fit_member(job, job->sampler, e->n, &feedback, &made, err);
    if (st == MESA_OK)
        e->member[e->n++] = made;
    else
        mesa_instance_free(made);
    return st;
}

/* An ensemble whose members do not depend on each other. */
struct crowd {
    struct mesa_ensemble           *e;
    const struct mesa_ensemble_job *job;
    const struct mesa_component    *sampler;
};

static mesa_status
fit_independent(void *context, size_t i, struct mesa_error *err)
{
    const struct crowd *c = context;
    struct mesa_feedback feedback = without_predictions(c->job, i);
    struct mesa_instance *sampler = NULL;
    mesa_status st = MESA_OK;

    if (c->sampler)
        st = mesa_instance_new(c->sampler, &sampler, err);
    if (st == MESA_OK && sampler)
        st = mesa_sampler_begin(sampler, c->job->train, err);
    if (st == MESA_OK)
        st = fit_member(c->job, sampler, i, &feedback, &c->e->member[i], err);
    mesa_instance_free(sampler);
    return st;
}

static mesa_status
fit_all_at_once(struct mesa_ensemble *e, const struct mesa_ensemble_job *job,
                const struct mesa_component *sampler, struct mesa_error *err)
{
    struct crowd c = { e, job, sampler };
    mesa_status st = mesa_members_alloc(e, job->n, err);

    if (st != MESA_OK)
        return st;
    e->n = job->n;
    return mesa_parallel_for(job->n, fit_independent, &c, err);
}

static mesa_status
fit_in_turn(struct mesa_ensemble *e, struct mesa_ensemble_job *job,
            const struct mesa_component *sampler, struct mesa_error *err)
{
    struct mesa_ensemble_loop *loop = NULL;
    mesa_status st = mesa_instance_new(sampler, &job->sampler, err);

    if (st == MESA_OK)
        st = mesa_ensemble_begin(e, job, &loop, err);
    for (size_t i = 0; i < job->n && st == MESA_OK; i++)
        st = mesa_ensemble_round(loop, MESA_SAMPLER_USE, err);
    mesa_ensemble_end(loop);
    mesa_instance_free(job->sampler);
    return st;
}

mesa_status
mesa_ensemble_fit(struct mesa_ensemble *e, size_t n,
                  const struct mesa_component *estimator,
                  const struct mesa_component *sampler,
                  const struct mesa_dataset *train,
                  const struct mesa_dataset *valid, struct mesa_rng *rng,
                  struct mesa_error *err)
{
    struct mesa_ensemble_job job = { sizeof job, n,    estimator, NULL, train,
                                     valid,      rng, NULL,      NULL };
    mesa_status st =
        sampler && reads_feedback(mesa_component_class(sampler))
            ? fit_in_turn(e, &job, sampler, err)
            : fit_all_at_once(e, &job, sampler, err);

    if (st != MESA_OK)
        mesa_ensemble_free(e);
    return st;
}

/* Predictions whose mean is wanted. */
struct average {
    const struct mesa_ensemble *e;
    const struct mesa_cmatrix  *x;
    const struct mesa_ranks    *ranks; /* or NULL */
    size_t                      width;
    double                     *one; /* MESA_CHUNK rows for each chunk */
    double                     *proba;
};

MESA_INLINE void
sum_run(double *restrict sum, const double *restrict one, size_t n)
{
    for (size_t k = 0; k < n; k++)
        sum[k] += one[k];
}

/* The same where no mean is wanted yet: divisions cost the most. */
MESA_CLONES static void
add_sum(double *restrict sum, const double *restrict one, size_t n)
{
    size_t k = 0;

    for (; k + MESA_LANES <= n; k += MESA_LANES)
        sum_run(sum + k, one + k, MESA_LANES);
    sum_run(sum + k, one + k, n - k);
}

/* A chunk whose ranks are known; MESA_ENOTSUP if they are of no use. */
static mesa_status
average_ranked(const struct average *a, size_t start, size_t end,
               struct mesa_error *err)
{
    const size_t n = (end - start) * a->width;
    double *sum = a->one + start * a->width;
    mesa_status st = MESA_OK;

    memset(sum, 0, n * sizeof *sum);
    for (size_t i = 0; i < a->e->n && st == MESA_OK; i++)
        st = mesa_estimator_add_ranked(a->e->member[i], a->ranks, start,
                                       end - start, sum, err);
    if (st == MESA_OK)
        divide(a->proba + start * a->width, sum, n, (double)a->e->n);
    return st;
}

static mesa_status
average_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct average *a = context;
    const size_t start = chunk * MESA_CHUNK;
    const size_t end = MESA_MIN(a->x->rows, start + MESA_CHUNK);
    const size_t last = a->e->n - 1;
    double *one = a->one + start * a->width;
    double *sum = one + BLOCK * a->width;
    mesa_status st = a->ranks ? average_ranked(a, start, end, err)
                              : MESA_ENOTSUP;

    if (st != MESA_ENOTSUP)
        return st;
    st = MESA_OK;
    for (size_t at = start; at < end && st == MESA_OK; at += BLOCK) {
        struct mesa_cmatrix x = block_of(a->x, at, end);
        size_t n = x.rows * a->width;

        memset(sum, 0, n * sizeof *sum);
        for (size_t i = 0; i <= last && st == MESA_OK; i++) {
            st = mesa_estimator_predict_proba(a->e->member[i], &x, one, err);
            if (st == MESA_OK && i < last)
                add_sum(sum, one, n);
        }
        if (st == MESA_OK)
            add(sum, a->proba + at * a->width, one, n, (double)(last + 1));
    }
    return st;
}

mesa_status
mesa_ensemble_predict_ranked(const struct mesa_ensemble *e,
                             const struct mesa_cmatrix *x,
                             const struct mesa_ranks *ranks, double *proba,
                             struct mesa_error *err)
{
    struct average a = { .e = e, .x = x, .ranks = ranks, .proba = proba };
    mesa_status st;

    if (e->n == 0)
        return MESA_OK;
    a.width = mesa_estimator_n_classes(e->member[0]);
    a.one = mesa_alloc_raw(MESA_CHUNKS(x->rows) * MESA_CHUNK,
                           a.width * sizeof *a.one);
    if (!a.one)
        return mesa_nomem(err, x->rows, "predictions");
    st = mesa_parallel_for(MESA_CHUNKS(x->rows), average_chunk, &a, err);
    mesa_free(a.one);
    return st;
}

mesa_status
mesa_ensemble_predict_proba(const struct mesa_ensemble *e,
                            const struct mesa_cmatrix *x, double *proba,
                            struct mesa_error *err)
{
    return mesa_ensemble_predict_ranked(e, x, NULL, proba, err);
}
