/* SPDX-License-Identifier: MIT */
/*
 * boosting.c - the boosting loop: AdaBoost.M2, SAMME and SAMME.R, with a
 * sampler in each round or without.
 *
 * A round costs a sample, a fit, a prediction of all rows and a pass over
 * their weights.  Beside the data there are the weights, a learner's
 * predictions, and the rows of one sample.
 */
#include "boosting_rules.h"

#include <math.h>
#include <string.h>

/* The loop under way. */
struct loop {
    struct mesa_boosting    *b;
    struct mesa_boosting_job job;
    struct mesa_dataset      data;  /* the rows so far, without weights */
    struct mesa_sample      *grown; /* whose they are, if not the job's */
    struct mesa_boost_rows   rows;
    double                  *row_weight; /* n, summing to 1 */
    double                  *proba;      /* n by n_classes */
    struct mesa_instance    *sampler;
};

/* The rows that a member is fitted on. */
struct drawn {
    struct mesa_sample *sample; /* NULL: all */
    struct mesa_dataset data;
    double             *weight;
};

static mesa_status
alloc_rows(struct loop *l, size_t n, struct mesa_error *err)
{
    struct mesa_boost_rows *r = &l->rows;

    r->n = n;
    mesa_free(r->scratch);
    mesa_free(l->proba);
    mesa_free(l->row_weight);
    r->scratch = mesa_alloc_raw(n, r->n_classes * sizeof(double));
    l->proba = mesa_alloc_raw(n, r->n_classes * sizeof(double));
    l->row_weight = mesa_alloc_raw(n, sizeof(double));
    return r->scratch && l->proba && l->row_weight
               ? MESA_OK
               : mesa_nomem(err, n, "predictions");
}

/* Give row i the weight; with a weight for each class, shares of it. */
static void
put_weight(struct mesa_boost_rows *r, double *w, size_t i, int32_t label,
           double weight)
{
    if (r->width == 1) {
        w[i] = weight;
        return;
    }
    for (size_t c = 0; c < r->width; c++)
        w[i * r->width + c] =
            c == (size_t)label ? 0.0 : weight / ((double)r->width - 1.0);
}

/* The weights of the rows themselves. */
static void
sum_weights(struct loop *l)
{
    const struct mesa_boost_rows *r = &l->rows;

    for (size_t i = 0; i < r->n; i++) {
        double sum = 0;

        for (size_t c = 0; c < r->width; c++)
            sum += r->w[i * r->width + c];
        l->row_weight[i] = sum;
    }
}

static mesa_status
loop_init(struct loop *l, struct mesa_error *err)
{
    const struct mesa_dataset *train = l->job.train;
    struct mesa_boost_rows *r = &l->rows;
    mesa_status st;

    l->data = *train;
    l->data.weight = NULL;
    r->y = train->y;
    r->n_classes = train->n_classes;
    /* Of one class there are no wrong labels, and nothing to boost. */
    r->algorithm = r->n_classes < 2 ? MESA_SAMME : l->job.algorithm;
    r->width = r->algorithm == MESA_ADABOOST_M2 ? r->n_classes : 1;
    st = alloc_rows(l, train->x.rows, err);
    if (st != MESA_OK)
        return st;
    r->w = mesa_alloc_raw(r->n, r->width * sizeof *r->w);
    if (!r->w)
        return mesa_nomem(err, r->n, "weights");
    for (size_t i = 0; i < r->n; i++)
        put_weight(r, r->w, i, r->y[i],
                   train->weight ? train->weight[i] : 1.0);
    if (!mesa_boost_normalise(r))
        return mesa_fail(err, MESA_EDATA, "all %zu weights are 0", r->n);
    if (l->job.sampler)
        st = mesa_instance_new(l->job.sampler, &l->sampler, err);
    return st == MESA_OK && l->sampler
               ? mesa_sampler_begin(l->sampler, train, err)
               : st;
}

static void
loop_free(struct loop *l)
{
    mesa_sample_free(l->grown);
    mesa_instance_free(l->sampler);
    mesa_free(l->rows.w);
    mesa_free(l->rows.scratch);
    mesa_free(l->row_weight);
    mesa_free(l->proba);
}

/* Only the first made rows of each class, in a sample of its own. */
static mesa_status
limit_made(const struct loop *l, struct mesa_sample **sample,
           struct mesa_error *err)
{
    size_t *made = mesa_alloc_array(l->rows.n_classes, sizeof *made);
    struct mesa_sample *out = mesa_sample_new(&l->data);
    size_t n = mesa_sample_rows(*sample);
    mesa_status st = made && out ? MESA_OK : MESA_ENOMEM;

    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        const struct mesa_origin o = mesa_sample_origin(*sample, i);

        if (o.kept != SIZE_MAX ||
            made[l->data.y[o.parent_a]]++ < l->job.n_made)
            st = mesa_sample_copy(out, *sample, i);
    }
    mesa_free(made);
    mesa_sample_free(*sample);
    *sample = out;
    return st == MESA_OK ? st : mesa_nomem(err, n, "sampled rows");
}

/* What the sampler makes of the rows, with their weights; made rows get the
 * mean weight. */
static mesa_status
weigh_sample(const struct loop *l, struct drawn *d, struct mesa_error *err)
{
    const double mean = mesa_vsum(l->row_weight, l->rows.n) /
                        (double)l->rows.n;
    const struct mesa_dataset *rows;
    mesa_status st = mesa_sample_dataset(d->sample, &rows, err);

    if (st != MESA_OK)
        return st;
    d->data = *rows;
    d->weight = mesa_alloc_raw(rows->x.rows, sizeof *d->weight);
    if (!d->weight)
        return mesa_nomem(err, rows->x.rows, "weights");
    for (size_t i = 0; i < rows->x.rows; i++) {
        size_t kept = mesa_sample_origin(d->sample, i).kept;

        d->weight[i] = kept == SIZE_MAX ? mean : l->row_weight[kept];
        if (rows->weight)
            d->weight[i] *= rows->weight[i];
    }
    d->data.weight = d->weight;
    return MESA_OK;
}

static mesa_status
draw(const struct loop *l, size_t round, struct drawn *d,
     struct mesa_error *err)
{
    const struct mesa_feedback feedback = {
        .struct_size = sizeof feedback,
        .n_classes = l->data.n_classes,
        .round = round,
        .n_rounds = l->job.n,
        .valid = l->job.valid,
    };
    struct mesa_rng rng = mesa_rng_derive(l->job.rng, "sample", round);
    struct mesa_dataset weighted = l->data;
    mesa_status st;

    weighted.weight = l->row_weight;
    if (!l->sampler) {
        d->data = weighted;
        return MESA_OK;
    }
    d->sample = mesa_sample_new(&l->data);
    st = d->sample ? mesa_sampler_resample(l->sampler, &weighted, &feedback,
                                           d->sample, &rng, err)
                   : mesa_nomem(err, 1, "sample");
    if (st == MESA_OK && l->job.n_made != SIZE_MAX)
        st = limit_made(l, &d->sample, err);
    return st == MESA_OK ? weigh_sample(l, d, err) : st;
}

static bool
has_made(const struct mesa_sample *sample)
{
    for (size_t i = mesa_sample_rows(sample); i-- > 0;)
        if (mesa_sample_origin(sample, i).kept == SIZE_MAX)
            return true;
    return false;
}

/* The sample becomes the data, if it has rows of its own. */
static mesa_status
grow(struct loop *l, struct drawn *d, struct mesa_error *err)
{
    struct mesa_boost_rows *r = &l->rows;
    const size_t n = d->data.x.rows;
    double *w;

    if (!d->sample || !has_made(d->sample))
        return MESA_OK;
    w = mesa_alloc_raw(n, r->width * sizeof *w);
    if (!w)
        return mesa_nomem(err, n, "weights");
    for (size_t i = 0; i < n; i++) {
        size_t kept = mesa_sample_origin(d->sample, i).kept;

        if (kept == SIZE_MAX)
            put_weight(r, w, i, d->data.y[i], d->weight[i]);
        else
            memcpy(w + i * r->width, r->w + kept * r->width,
                   r->width * sizeof *w);
    }
    mesa_free(r->w);
    r->w = w;
    mesa_sample_free(l->grown);
    l->grown = d->sample;
    d->sample = NULL;
    l->data = d->data;
    l->data.weight = NULL;
    r->y = l->data.y;
    r->n = n;
    mesa_boost_normalise(r);
    return alloc_rows(l, n, err);
}

static mesa_status
fit_member(struct loop *l, size_t round, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_rng_derive(l->job.rng, "member", round);
    struct mesa_instance **member = &l->b->ensemble.member[round];
    struct drawn d = { .sample = NULL };
    mesa_status st;

    sum_weights(l);
    st = draw(l, round, &d, err);
    if (st == MESA_OK)
        st = mesa_instance_new(l->job.estimator, member, err);
    if (st == MESA_OK) {
        l->b->ensemble.n++;
        st = mesa_estimator_fit(*member, &d.data, l->job.valid, &rng, err);
    }
    if (st == MESA_OK && l->job.accumulate)
        st = grow(l, &d, err);
    mesa_free(d.weight);
    mesa_sample_free(d.sample);
    return st;
}

/* How the newest member did decides its vote and the weights; *done where the
 * loop is to end. */
static mesa_status
judge(struct loop *l, bool *done, struct mesa_error *err)
{
    struct mesa_ensemble *e = &l->b->ensemble;
    const size_t last = e->n - 1;
    struct mesa_boost_score score;
    mesa_status st = mesa_estimator_predict_proba(e->member[last],
                                                  &l->data.x, l->proba, err);

    if (st != MESA_OK)
        return st;
    score = mesa_boost_measure(&l->rows, l->proba);
    if (score.loss >= score.chance) {
        *done = !l->job.persist;
        l->b->weight[last] = 0;
        if (*done && last > 0)
            mesa_instance_free(e->member[--e->n]);
        return MESA_OK;
    }
    l->b->weight[last] = mesa_boost_vote(&l->rows, score.loss,
                                         l->job.learning_rate);
    *done = score.loss <= 0 && !l->job.persist;
    if (*done || last + 1 == l->job.n)
        return MESA_OK;
    mesa_boost_update(&l->rows, l->proba, l->b->weight[last],
                      l->job.learning_rate);
    *done = !mesa_boost_normalise(&l->rows);
    return MESA_OK;
}

/* Without any vote all members have the same. */
static void
settle_votes(struct mesa_boosting *b)
{
    bool any = false;

    for (size_t i = 0; i < b->ensemble.n; i++)
        any |= b->weight[i] > 0;
    for (size_t i = 0; i < b->ensemble.n && !any; i++)
        b->weight[i] = 1.0;
}

mesa_status
mesa_boosting_fit(struct mesa_boosting *b, const struct mesa_boosting_job *job,
                  struct mesa_error *err)
{
    struct loop l = { .b = b };
    bool done = false;
    mesa_status st;

    mesa_boosting_free(b);
    memcpy(&l.job, job, MESA_MIN(job->struct_size, sizeof *job));
    b->algorithm = l.job.algorithm;
    b->ensemble.member = mesa_alloc_array(l.job.n,
                                          sizeof *b->ensemble.member);
    b->weight = mesa_alloc_array(l.job.n, sizeof *b->weight);
    st = b->ensemble.member && b->weight
             ? loop_init(&l, err)
             : mesa_nomem(err, l.job.n, "members");
    for (size_t i = 0; i < l.job.n && st == MESA_OK && !done; i++) {
        st = fit_member(&l, i, err);
        if (st == MESA_OK)
            st = judge(&l, &done, err);
    }
    loop_free(&l);
    if (st == MESA_OK)
        settle_votes(b);
    else
        mesa_boosting_free(b);
    return st;
}

void
mesa_boosting_free(struct mesa_boosting *b)
{
    mesa_ensemble_free(&b->ensemble);
    mesa_free(b->weight);
    b->weight = NULL;
}
