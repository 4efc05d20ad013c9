/* SPDX-License-Identifier: MIT */
/*
 * pipeline.c - models of the run for metalearners, and what they know of rows
 * that have no label yet.
 */
#include "evaluate.h"
#include "instance.h"

#include <mesa/pipeline.h>

#include <string.h>

struct mesa_pipeline {
    struct mesa_model model;
};

static struct mesa_model_job
job_of(const struct mesa_host *host, const struct mesa_pipeline_job *job)
{
    return (struct mesa_model_job){
        host->recipe->transform, mesa_recipe_free_sampler(host->recipe),
        job->estimator ? job->estimator : host->recipe->estimator,
        job->rng, 0, job->resampled
    };
}

mesa_status
mesa_pipeline_fit(const struct mesa_host *host,
                  const struct mesa_pipeline_job *job,
                  struct mesa_pipeline **out, struct mesa_error *err)
{
    struct mesa_pipeline *p = mesa_alloc_array(1, sizeof *p);
    const struct mesa_model_job model = job_of(host, job);
    mesa_status st = p ? mesa_model_fit(&p->model, &model, job->rows,
                                        job->valid, err)
                       : mesa_nomem(err, 1, "pipeline");

    *out = p;
    if (st != MESA_OK) {
        mesa_pipeline_free(p);
        *out = NULL;
    }
    return st;
}

mesa_status
mesa_pipeline_continue(struct mesa_pipeline *p, const struct mesa_host *host,
                       const struct mesa_pipeline_job *job,
                       struct mesa_error *err)
{
    const struct mesa_model_job model = job_of(host, job);

    return mesa_model_continue(&p->model, &model, job->rows, err);
}

void
mesa_pipeline_free(struct mesa_pipeline *p)
{
    if (!p)
        return;
    mesa_model_free(&p->model);
    mesa_free(p);
}

const struct mesa_instance *
mesa_pipeline_estimator(const struct mesa_pipeline *p)
{
    return p->model.estimator;
}

mesa_status
mesa_pipeline_apply(const struct mesa_pipeline *p,
                    const struct mesa_dataset *rows, struct mesa_applied *out,
                    struct mesa_error *err)
{
    double *block;
    mesa_status st = mesa_transformed(p->model.transform, rows, &out->data,
                                      &block, err);

    out->block_ = block;
    if (st == MESA_OK)
        st = mesa_instance_accepts(p->model.estimator, &out->data, err);
    return st;
}

void
mesa_applied_free(struct mesa_applied *a)
{
    mesa_free(a->block_);
    *a = (struct mesa_applied){ .block_ = NULL };
}

mesa_status
mesa_pipeline_predict_proba(const struct mesa_pipeline *p,
                            const struct mesa_dataset *rows, double *proba,
                            struct mesa_error *err)
{
    return mesa_model_predict(&p->model, rows, proba, err);
}

mesa_status
mesa_pipeline_save(const struct mesa_pipeline *p, struct mesa_archive *to,
                   struct mesa_error *err)
{
    return mesa_model_save(&p->model, to, err);
}

mesa_status
mesa_pipeline_load(const struct mesa_host *host,
                   const struct mesa_component *estimator,
                   const struct mesa_archive *from,
                   struct mesa_pipeline **out, struct mesa_error *err)
{
    struct mesa_pipeline *p = mesa_alloc_array(1, sizeof *p);
    const struct mesa_component *transform = host->recipe->transform;
    mesa_status st = p ? MESA_OK : mesa_nomem(err, 1, "pipeline");

    if (st == MESA_OK && transform)
        st = mesa_instance_new(transform, &p->model.transform, err);
    if (st == MESA_OK && transform)
        st = mesa_instance_load(p->model.transform, from, "transform", 0,
                                err);
    if (st == MESA_OK)
        st = mesa_instance_new(estimator ? estimator
                                         : host->recipe->estimator,
                               &p->model.estimator, err);
    if (st == MESA_OK)
        st = mesa_instance_load(p->model.estimator, from, "estimator", 0,
                                err);
    *out = p;
    if (st != MESA_OK) {
        mesa_pipeline_free(p);
        *out = NULL;
    }
    return st;
}

/* A pool, and the memory that it points to. */
struct known {
    struct mesa_pool    pool;
    struct mesa_applied x, labelled;
    double             *proba, *committee, *embedding, *labelled_embedding;
};

static void
forget(struct known *k)
{
    mesa_applied_free(&k->x);
    mesa_applied_free(&k->labelled);
    mesa_free(k->proba);
    mesa_free(k->committee);
    mesa_free(k->embedding);
    mesa_free(k->labelled_embedding);
    memset(k, 0, sizeof *k);
}

static mesa_status
add_committee(struct known *k, const struct mesa_instance *estimator,
              struct mesa_error *err)
{
    const struct mesa_ensemble *e = mesa_estimator_members(estimator);
    const size_t each = k->pool.n * k->pool.n_classes;
    mesa_status st = MESA_OK;

    if (!e)
        return MESA_OK;
    k->committee = mesa_alloc_raw(e->n, each * sizeof *k->committee);
    if (!k->committee)
        return mesa_nomem(err, e->n * each, "members' predictions");
    for (size_t i = 0; i < e->n && st == MESA_OK; i++)
        st = mesa_estimator_predict_proba(e->member[i], &k->pool.x,
                                          k->committee + i * each, err);
    k->pool.committee = k->committee;
    k->pool.n_members = e->n;
    return st;
}

/* What the last hidden layer makes of x, in fresh memory. */
static mesa_status
add_embedding(const struct mesa_instance *estimator,
              const struct mesa_cmatrix *x, double **block,
              struct mesa_cmatrix *out, struct mesa_error *err)
{
    size_t width;
    mesa_status st = mesa_estimator_embed(estimator, x, NULL, &width, err);

    if (st != MESA_OK || width == 0)
        return st;
    *block = mesa_alloc_raw(MESA_MAX(x->rows, 1), width * sizeof **block);
    if (!*block)
        return mesa_nomem(err, x->rows * width, "values of hidden layers");
    *out = (struct mesa_cmatrix){ *block, x->rows, width, width, NULL };
    return mesa_estimator_embed(estimator, x, *block, &width, err);
}

/* Those that look at features beside what the model makes of them. */
enum { FEATURES = MESA_POOL_WHOLE | MESA_POOL_EMBEDDING | MESA_POOL_LABELLED };

/* A model may take missing values where distances between rows cannot. */
static mesa_status
check_features(const struct mesa_query_job *job,
               const struct mesa_dataset *rows, uint32_t needs,
               struct mesa_error *err)
{
    struct mesa_error why;

    if (!(needs & FEATURES) ||
        mesa_instance_accepts(job->acquisition, rows, &why) == MESA_OK)
        return MESA_OK;
    return mesa_fail(err, MESA_EDATA,
                     "[acquisition] %s: fill them in with [transform] impute",
                     why.message);
}

static mesa_status
add_labelled(struct known *k, const struct mesa_pipeline *p,
             const struct mesa_query_job *job, uint32_t needs,
             struct mesa_error *err)
{
    const struct mesa_dataset *labelled = job->labelled;
    mesa_status st;

    k->pool.label = labelled->y;
    k->pool.n_labelled = labelled->x.rows;
    if (!(needs & MESA_POOL_LABELLED))
        return MESA_OK;
    st = mesa_pipeline_apply(p, labelled, &k->labelled, err);
    if (st == MESA_OK)
        st = check_features(job, &k->labelled.data, needs, err);
    k->pool.labelled = k->labelled.data.x;
    if (st == MESA_OK && (needs & MESA_POOL_EMBEDDING))
        st = add_embedding(p->model.estimator, &k->pool.labelled,
                           &k->labelled_embedding,
                           &k->pool.labelled_embedding, err);
    return st;
}

/* What there is to know of rows, none of which has a label. */
static mesa_status
learn_of(struct known *k, const struct mesa_pipeline *p,
         const struct mesa_query_job *job, const struct mesa_dataset *rows,
         const size_t *row, uint32_t needs, struct mesa_error *err)
{
    const struct mesa_instance *estimator = p->model.estimator;
    const size_t classes = mesa_estimator_n_classes(estimator);
    mesa_status st;

    memset(k, 0, sizeof *k);
    k->pool = (struct mesa_pool){ .struct_size = sizeof k->pool,
                                  .n = rows->x.rows,
                                  .n_classes = classes,
                                  .row = row };
    k->proba = mesa_alloc_raw(k->pool.n, classes * sizeof *k->proba);
    if (!k->proba)
        return mesa_nomem(err, k->pool.n, "predictions");
    k->pool.proba = k->proba;
    st = mesa_pipeline_apply(p, rows, &k->x, err);
    if (st == MESA_OK)
        st = check_features(job, &k->x.data, needs, err);
    k->pool.x = k->x.data.x;
    if (st == MESA_OK)
        st = mesa_estimator_predict_proba(estimator, &k->pool.x, k->proba,
                                          err);
    if (st == MESA_OK && (needs & MESA_POOL_COMMITTEE))
        st = add_committee(k, estimator, err);
    if (st == MESA_OK && (needs & MESA_POOL_EMBEDDING))
        st = add_embedding(estimator, &k->pool.x, &k->embedding,
                           &k->pool.embedding, err);
    if (st == MESA_OK && job->labelled)
        st = add_labelled(k, p, job, needs, err);
    return st;
}

/* n of the rows of a dataset, as one without labels. */
static mesa_status
take_rows(const struct mesa_dataset *data, const size_t *row, size_t n,
          size_t *index, struct mesa_dataset *out, struct mesa_error *err)
{
    *out = *data;
    out->y = NULL;
    out->weight = NULL;
    out->target = (struct mesa_cmatrix){ 0 };
    out->x.rows = n;
    out->x.index = index;
    for (size_t i = 0; i < n; i++) {
        if (row[i] >= data->x.rows)
            return mesa_fail(err, MESA_EINVAL, "row %zu of %zu", row[i],
                             data->x.rows);
        index[i] = data->x.index ? data->x.index[row[i]] : row[i];
    }
    return MESA_OK;
}

static void
keep_answer(const struct mesa_query_job *job, size_t at, double utility,
            size_t row, const double *proba, size_t n_classes)
{
    job->pick[at] = row;
    job->utility[at] = utility;
    if (job->proba)
        memcpy(job->proba + at * n_classes, proba, n_classes * sizeof *proba);
}

static mesa_status
query_whole(const struct mesa_pipeline *p, const struct mesa_query_job *job,
            const struct mesa_dataset *rows, uint32_t needs,
            struct mesa_rng *rng, struct mesa_error *err)
{
    size_t *place = mesa_alloc_raw(job->k, sizeof *place);
    struct known k = { .proba = NULL };
    mesa_status st = place ? learn_of(&k, p, job, rows, job->row, needs, err)
                           : mesa_nomem(err, job->k, "rows");

    if (st == MESA_OK)
        st = mesa_acquisition_select(job->acquisition, &k.pool, job->k, place,
                                     job->utility, rng, err);
    for (size_t i = 0; i < job->k && st == MESA_OK; i++)
        keep_answer(job, i, job->utility[i], job->row[place[i]],
                    k.proba + place[i] * k.pool.n_classes, k.pool.n_classes);
    forget(&k);
    mesa_free(place);
    return st;
}

enum { BLOCK = 16384 }; /* rows */

static mesa_status
score_blocks(const struct mesa_pipeline *p, const struct mesa_query_job *job,
             const struct mesa_dataset *rows, uint32_t needs, double *utility,
             const struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    for (size_t first = 0; first < job->n && st == MESA_OK; first += BLOCK) {
        struct mesa_rng stream = *rng;
        struct mesa_dataset block = *rows;
        struct known k;

        block.x.index += first;
        block.x.rows = MESA_MIN(job->n - first, (size_t)BLOCK);
        st = learn_of(&k, p, job, &block, job->row + first, needs, err);
        if (st == MESA_OK)
            st = mesa_acquisition_score(job->acquisition, &k.pool,
                                        utility + first, &stream, err);
        forget(&k);
    }
    return st;
}

/* The probabilities of those picked are predicted once more. */
static mesa_status
query_blocks(const struct mesa_pipeline *p, const struct mesa_query_job *job,
             const struct mesa_dataset *rows, uint32_t needs,
             struct mesa_rng *rng, struct mesa_error *err)
{
    double *utility = mesa_alloc_raw(job->n, sizeof *utility);
    size_t *index = mesa_alloc_raw(job->k, sizeof *index);
    struct mesa_dataset picked;
    mesa_status st = utility && index
                         ? score_blocks(p, job, rows, needs, utility, rng, err)
                         : mesa_nomem(err, job->n, "utilities");

    if (st == MESA_OK)
        st = mesa_top_k(utility, job->n, job->k, job->pick, err);
    for (size_t i = 0; i < job->k && st == MESA_OK; i++) {
        job->utility[i] = utility[job->pick[i]];
        job->pick[i] = job->row[job->pick[i]];
    }
    if (st == MESA_OK && job->proba)
        st = take_rows(job->data, job->pick, job->k, index, &picked, err);
    if (st == MESA_OK && job->proba)
        st = mesa_model_predict(&p->model, &picked, job->proba, err);
    mesa_free(utility);
    mesa_free(index);
    return st;
}

mesa_status
mesa_pipeline_query(const struct mesa_pipeline *p,
                    const struct mesa_query_job *job, struct mesa_rng *rng,
                    struct mesa_error *err)
{
    const uint32_t needs = mesa_acquisition_needs(job->acquisition);
    struct mesa_dataset rows;
    size_t *index;
    mesa_status st;

    if (job->k > job->n)
        return mesa_fail(err, MESA_EINVAL, "%zu of %zu rows are wanted",
                         job->k, job->n);
    if (job->k == 0)
        return MESA_OK;
    index = mesa_alloc_raw(job->n, sizeof *index);
    st = index ? take_rows(job->data, job->row, job->n, index, &rows, err)
               : mesa_nomem(err, job->n, "rows");
    if (st == MESA_OK)
        st = needs & MESA_POOL_WHOLE
                 ? query_whole(p, job, &rows, needs, rng, err)
                 : query_blocks(p, job, &rows, needs, rng, err);
    mesa_free(index);
    return st;
}

const struct mesa_ensemble *
mesa_estimator_members(const struct mesa_instance *e)
{
    const struct mesa_estimator_class *c =
        (const void *)mesa_instance_class(e);

    return c->head.kind == MESA_KIND_ESTIMATOR && c->members &&
                   mesa_estimator_n_columns(e) > 0
               ? c->members(mesa_instance_view(e))
               : NULL;
}

mesa_status
mesa_estimator_embed(const struct mesa_instance *e,
                     const struct mesa_cmatrix *x, double *out, size_t *width,
                     struct mesa_error *err)
{
    const struct mesa_estimator_class *c =
        (const void *)mesa_instance_class(e);
    const size_t columns = mesa_estimator_n_columns(e);

    *width = 0;
    if (c->head.kind != MESA_KIND_ESTIMATOR || !c->embed)
        return MESA_OK;
    if (columns == 0)
        return mesa_fail(err, MESA_ESTATE, "%s is not fitted yet",
                         c->head.name);
    if (x->cols != columns)
        return mesa_fail(err, MESA_ESHAPE,
                         "%s was fitted on %zu columns but these rows have "
                         "%zu",
                         c->head.name, columns, x->cols);
    return c->embed(mesa_instance_view(e), x, out, width, err);
}
