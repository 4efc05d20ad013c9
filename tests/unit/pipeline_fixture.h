/* SPDX-License-Identifier: MIT */
/*
 * pipeline_fixture.h - a run of one's own to fit models of: rows, a learner
 * that goes on and has a hidden layer, a sampler that wants some rows, and an
 * acquisition that tells what it was shown.
 */
#ifndef MESA_TESTS_PIPELINE_FIXTURE_H
#define MESA_TESTS_PIPELINE_FIXTURE_H

#include "maker.h"

#include "host.h"

#include <math.h>

#include <mesa/pipeline.h>

const struct mesa_plugin *bagging_plugin(void);
const struct mesa_plugin *standard_plugin(void);

/* More rows than two blocks of a query have; the first FEW are labelled. */
enum { ROWS = 40000, FEW = 30 };

/* Knows the mean of the first column, and how many rows it has seen. */
struct deep {
    double   shift, sum, drawn;
    uint64_t n;
};

static const struct mesa_param deep_params[] = {
    MESA_REAL(struct deep, shift, "shift", 0.0, -9.0, 9.0, "Added to it"),
    MESA_PARAM_END
};

static inline mesa_status
deep_partial_fit(void *self, const struct mesa_dataset *train,
                 struct mesa_rng *rng, struct mesa_error *err)
{
    struct deep *d = self;

    (void)err;
    d->drawn = mesa_rng_uniform(rng);
    d->n += train->x.rows;
    for (size_t r = 0; r < train->x.rows; r++)
        d->sum += mesa_row(&train->x, r)[0];
    return MESA_OK;
}

static inline mesa_status
deep_fit(void *self, const struct mesa_dataset *train,
         const struct mesa_dataset *valid, struct mesa_rng *rng,
         struct mesa_error *err)
{
    struct deep *d = self;

    (void)valid;
    d->sum = 0;
    d->n = 0;
    return deep_partial_fit(self, train, rng, err);
}

static inline mesa_status
deep_predict_proba(const void *self, const struct mesa_cmatrix *x,
                   double *proba, struct mesa_error *err)
{
    const struct deep *d = self;
    const double mean = d->sum / (double)d->n + d->shift;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        proba[2 * r + 1] = mesa_math_sigmoid(mesa_row(x, r)[0] - mean);
        proba[2 * r] = 1 - proba[2 * r + 1];
    }
    return MESA_OK;
}

static inline mesa_status
deep_embed(const void *self, const struct mesa_cmatrix *x, double *out,
           size_t *width, struct mesa_error *err)
{
    (void)self;
    (void)err;
    *width = 2;
    for (size_t r = 0; out && r < x->rows; r++) {
        out[2 * r] = mesa_row(x, r)[0];
        out[2 * r + 1] = -out[2 * r];
    }
    return MESA_OK;
}

static inline mesa_status
deep_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, "deep", MESA_U8, sizeof(struct deep),
                                   self, err);
}

static inline mesa_status
deep_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    const size_t n = sizeof(struct deep);
    const void *data;
    mesa_status st = mesa_archive_expect(from, "deep", MESA_U8, 1, &n, &data,
                                         err);

    if (st == MESA_OK)
        memcpy(self, data, n);
    return st;
}

static const struct mesa_estimator_class deep = {
    MESA_ESTIMATOR(struct deep),
    .head.name = "deep",
    .head.title = "A mean",
    .head.params = deep_params,
    .head.save = deep_save,
    .head.load = deep_load,
    .fit = deep_fit,
    .predict_proba = deep_predict_proba,
    .partial_fit = deep_partial_fit,
    .embed = deep_embed,
};

/* The same of rows that lack something. */
static const struct mesa_estimator_class patient = {
    MESA_ESTIMATOR(struct deep),
    .head.name = "patient",
    .head.title = "A mean",
    .head.flags = MESA_CLASS_MISSING,
    .fit = deep_fit,
    .predict_proba = deep_predict_proba,
};

/* Every second row of at least four. */
static inline mesa_status
half_resample(void *self, const struct mesa_dataset *data,
              const struct mesa_feedback *feedback, struct mesa_sample *out,
              struct mesa_rng *rng, struct mesa_error *err)
{
    mesa_status st = MESA_OK;

    (void)self;
    (void)feedback;
    (void)rng;
    if (data->x.rows < 4)
        return mesa_fail(err, MESA_EDATA, "%zu rows are too few",
                         data->x.rows);
    for (size_t r = 0; r < data->x.rows && st == MESA_OK; r += 2)
        st = mesa_sample_keep(out, r);
    return st;
}

static const struct mesa_sampler_class half = {
    MESA_SAMPLER(char),
    .head.name = "half",
    .head.title = "Every second row",
    .resample = half_resample,
};

/* What acquisitions were shown, of the last query. */
static struct {
    bool   fails, labels;
    size_t calls, rows, n_members, width, labelled, labelled_width, n_labelled;
} seen;

struct spy {
    int64_t needs;
};

static const struct mesa_param spy_params[] = {
    MESA_INT(struct spy, needs, "needs", 0, 0, 15, "What it looks at"),
    MESA_PARAM_END
};

static inline uint32_t
spy_needs(const void *self)
{
    return (uint32_t)((const struct spy *)self)->needs;
}

static inline double
spy_utility(const struct mesa_pool *pool, size_t i)
{
    double u = 1 - fabs(pool->proba[2 * i] - pool->proba[2 * i + 1]);

    for (size_t m = 1; m < pool->n_members; m++)
        u += fabs(pool->committee[2 * i] -
                  pool->committee[2 * (m * pool->n + i)]);
    if (pool->embedding.rows)
        u += fabs(mesa_row(&pool->embedding, i)[1]);
    return u + 1 / (1 + fabs(mesa_row(&pool->x, i)[1]));
}

static inline mesa_status
spy_score(const void *self, const struct mesa_pool *pool, double *utility,
          struct mesa_rng *rng, struct mesa_error *err)
{
    (void)self;
    (void)rng;
    if (seen.fails)
        return mesa_fail(err, MESA_EDATA, "%zu rows seen", pool->n);
    seen.calls++;
    seen.rows += pool->n;
    seen.n_members = pool->n_members;
    seen.width = pool->embedding.rows ? pool->embedding.cols : 0;
    seen.labelled = pool->labelled.rows;
    seen.labelled_width = pool->labelled_embedding.rows
                              ? pool->labelled_embedding.cols
                              : 0;
    seen.n_labelled = pool->n_labelled;
    seen.labels = pool->label != NULL;
    for (size_t i = 0; i < pool->n; i++)
        utility[i] = spy_utility(pool, i);
    return MESA_OK;
}

static const struct mesa_acquisition_class spy = {
    MESA_ACQUISITION(struct spy),
    .head.name = "spy",
    .head.title = "Tells",
    .head.params = spy_params,
    .score = spy_score,
    .needs = spy_needs,
};

MESA_PLUGIN(.name = "fixture", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&deep.head, &patient.head, &half.head,
                                    &spy.head));

static const struct mesa_builtin plugins[] = {
    { "acquisitions", "spy", mesa_plugin },
    { "learners", "bagging", bagging_plugin },
    { "learners", "deep", mesa_plugin },
    { "learners", "patient", mesa_plugin },
    { "samplers", "half", mesa_plugin },
    { "transforms", "standard", standard_plugin },
    { NULL, NULL, NULL },
};

struct world {
    struct mesa_registry   registry;
    struct mesa_recipe     recipe;
    struct mesa_host       host;
    struct mesa_rng        rng;
    struct mesa_dataset    data, few;
    struct mesa_component *other; /* NULL: [estimator] */
    struct mesa_instance  *acquisition;
    struct mesa_query_job  query;
    bool                   without_labelled;
    bool                  *resampled;
    double                *x;
    int32_t               *y;
};

static inline void
resolve(struct world *w, uint32_t kind, const char *name,
        struct mesa_component **out)
{
    assert_ok(mesa_recipe_resolve(&w->recipe, kind, name, "t.ini", ".", out,
                                  err));
}

static inline void
make_rows(struct world *w)
{
    struct mesa_rng rng = mesa_rng_derive(&w->rng, "rows", 0);

    w->x = malloc(2 * ROWS * sizeof *w->x);
    w->y = malloc(ROWS * sizeof *w->y);
    assert_non_null(w->x);
    assert_non_null(w->y);
    /* Of few values, so that there are ties. */
    for (size_t i = 0; i < 2 * ROWS; i++)
        w->x[i] = (double)mesa_rng_below(&rng, 300) / 30 - 5;
    for (size_t i = 0; i < ROWS; i++)
        w->y[i] = w->x[2 * i] > 0;
    w->data = (struct mesa_dataset){ .struct_size = sizeof w->data,
                                     .x = { w->x, ROWS, 2, 2, NULL },
                                     .y = w->y,
                                     .n_classes = 2 };
}

/* The first rows of the data. */
static inline const struct mesa_dataset *
first_rows(struct world *w, size_t n)
{
    w->few = w->data;
    w->few.x.rows = n;
    return &w->few;
}

static inline const struct mesa_dataset *
few(struct world *w)
{
    return first_rows(w, FEW);
}

static inline void
open_world(struct world *w, const char *text)
{
    struct mesa_recipe *r = &w->recipe;

    memset(w, 0, sizeof *w);
    memset(&seen, 0, sizeof seen);
    w->registry.builtins = plugins;
    r->registry = &w->registry;
    w->host.recipe = r;
    mesa_rng_seed(&w->rng, 4);
    make_rows(w);
    assert_ok(mesa_ini_parse(&r->ini, text, strlen(text), "t.ini", ".", err));
    resolve(w, MESA_KIND_ESTIMATOR, "estimator", &r->estimator);
    if (strstr(text, "[transform]"))
        resolve(w, MESA_KIND_TRANSFORM, "transform", &r->transform);
    if (strstr(text, "[sampler]"))
        resolve(w, MESA_KIND_SAMPLER, "sampler", &r->sampler);
    if (!strstr(text, "[acquisition]"))
        return;
    resolve(w, MESA_KIND_ACQUISITION, "acquisition", &r->acquisition);
    assert_ok(mesa_instance_new(r->acquisition, &w->acquisition, err));
}

/* text has one %d, for what the acquisition needs. */
static inline void
open_world_asking(struct world *w, const char *text, int needs)
{
    const char *at = strstr(text, "%d");
    char filled[400];

    assert_non_null(at);
    snprintf(filled, sizeof filled, "%.*s%d%s", (int)(at - text), text, needs,
             at + 2);
    open_world(w, filled);
}

static inline void
close_world(struct world *w)
{
    mesa_instance_free(w->acquisition);
    mesa_recipe_free(&w->recipe);
    mesa_registry_free(&w->registry);
    free(w->x);
    free(w->y);
}

static inline struct mesa_pipeline_job
job_of(struct world *w, size_t rows)
{
    return (struct mesa_pipeline_job){ .struct_size =
                                           sizeof(struct mesa_pipeline_job),
                                       .estimator = w->other,
                                       .rows = first_rows(w, rows),
                                       .rng = &w->rng,
                                       .resampled = w->resampled };
}

static inline mesa_status
try_fit(struct world *w, size_t rows, struct mesa_pipeline **out,
        struct mesa_error *err)
{
    struct mesa_pipeline_job job = job_of(w, rows);

    return mesa_pipeline_fit(&w->host, &job, out, err);
}

static inline void
fit(struct world *w, size_t rows, struct mesa_pipeline **out)
{
    assert_ok(try_fit(w, rows, out, err));
}

static inline mesa_status
go_on(struct world *w, struct mesa_pipeline *p, size_t rows,
      struct mesa_error *err)
{
    struct mesa_pipeline_job job = job_of(w, rows);

    return mesa_pipeline_continue(p, &w->host, &job, err);
}

/* w->query, the first rows being labelled. */
static inline mesa_status
query(struct world *w, const struct mesa_pipeline *p, struct mesa_error *err)
{
    struct mesa_rng rng = mesa_rng_derive(&w->rng, "query", 0);

    w->query.struct_size = sizeof w->query;
    w->query.acquisition = w->acquisition;
    w->query.data = &w->data;
    w->query.labelled = w->without_labelled ? NULL : few(w);
    seen.calls = seen.rows = 0;
    return mesa_pipeline_query(p, &w->query, &rng, err);
}

/* The learner, if it is that. */
static inline const struct deep *
deep_of(const struct mesa_pipeline *p)
{
    const struct mesa_instance *e = mesa_pipeline_estimator(p);

    return mesa_instance_class(e)->self_size == sizeof(struct deep) &&
                   strcmp(mesa_instance_class(e)->name, "deep") == 0
               ? mesa_instance_view(e)
               : NULL;
}

#endif
