/* SPDX-License-Identifier: MIT */
/*
 * inner_fixture.h - a learner and a sampler that tell what they were given,
 * for tests of learners that have others inside.
 */
#ifndef MESA_TESTS_INNER_FIXTURE_H
#define MESA_TESTS_INNER_FIXTURE_H

#include "maker.h"

/* Class c's probability is its share of the rows, but for the first column,
 * which is added to class 0, and a draw of the stream, to class 1. */
struct share {
    uint64_t n_classes;
    double   share[4], drawn;
};

/* How many rows the last fit was given. */
static size_t told_rows, told_valid;

static inline mesa_status
share_fit(void *self, const struct mesa_dataset *train,
          const struct mesa_dataset *valid, struct mesa_rng *rng,
          struct mesa_error *err)
{
    struct share *s = self;

    if (train->x.rows == 1)
        return mesa_fail(err, MESA_EDATA, "a single row");
    memset(s, 0, sizeof *s);
    told_rows = train->x.rows;
    told_valid = valid ? valid->x.rows : 0;
    s->n_classes = train->n_classes;
    s->drawn = mesa_rng_uniform(rng);
    for (size_t r = 0; r < train->x.rows; r++)
        s->share[train->y[r]] += 1.0 / (double)train->x.rows;
    return MESA_OK;
}

static inline mesa_status
share_predict_proba(const void *self, const struct mesa_cmatrix *x,
                    double *proba, struct mesa_error *err)
{
    const struct share *s = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++, proba += s->n_classes) {
        double first = mesa_row(x, r)[0], sum = 1 + first + s->drawn;

        for (size_t c = 0; c < s->n_classes; c++)
            proba[c] = (s->share[c] + (c == 0 ? first : 0) +
                        (c == 1 ? s->drawn : 0)) / sum;
    }
    return MESA_OK;
}

static inline mesa_status
share_importance(const void *self, double *importance, struct mesa_error *err)
{
    (void)self;
    (void)err;
    importance[0] = 1;
    return MESA_OK;
}

/* The share of class 0 and the first column. */
static inline mesa_status
share_embed(const void *self, const struct mesa_cmatrix *x, double *out,
            size_t *width, struct mesa_error *err)
{
    const struct share *s = self;

    (void)err;
    *width = 2;
    for (size_t r = 0; r < x->rows && out; r++) {
        out[2 * r] = s->share[0];
        out[2 * r + 1] = mesa_row(x, r)[0];
    }
    return MESA_OK;
}

static inline mesa_status
share_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    return mesa_archive_put_vector(to, "share", MESA_U8, sizeof(struct share),
                                   self, err);
}

static inline mesa_status
share_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    const size_t n = sizeof(struct share);
    const void *data;
    mesa_status st = mesa_archive_expect(from, "share", MESA_U8, 1, &n, &data,
                                         err);

    if (st == MESA_OK)
        memcpy(self, data, n);
    return st;
}

static const struct mesa_estimator_class share = {
    MESA_ESTIMATOR(struct share),
    .head.name     = "share",
    .head.title    = "Shares of the classes",
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_WEIGHTS,
    .head.save     = share_save,
    .head.load     = share_load,
    .fit           = share_fit,
    .predict_proba = share_predict_proba,
    .importance    = share_importance,
    .embed         = share_embed,
};

/* All rows, but of class 0 only one in `every`, which by chance. */
struct thin {
    int64_t every;
    bool    begun;
};

static const struct mesa_param thin_params[] = {
    MESA_INT(struct thin, every, "every", 2, 1, 1000, "One row in so many"),
    MESA_PARAM_END
};

static inline mesa_status
thin_begin(void *self, const struct mesa_dataset *data, struct mesa_error *err)
{
    struct thin *t = self;

    (void)data;
    (void)err;
    t->begun = true;
    return MESA_OK;
}

static inline mesa_status
thin_resample(void *self, const struct mesa_dataset *data,
              const struct mesa_feedback *feedback, struct mesa_sample *out,
              struct mesa_rng *rng, struct mesa_error *err)
{
    const struct thin *t = self;
    size_t seen = mesa_rng_below(rng, (size_t)t->every);
    mesa_status st = MESA_OK;

    (void)feedback;
    if (!t->begun)
        return mesa_fail(err, MESA_ESTATE, "nothing has begun");
    for (size_t r = 0; r < data->x.rows && st == MESA_OK; r++)
        if (data->y[r] != 0 || seen++ % (size_t)t->every == 0)
            st = mesa_sample_keep(out, r);
    return st;
}

static const struct mesa_sampler_class thin = {
    MESA_SAMPLER(struct thin),
    .head.name  = "thin",
    .head.title = "Fewer rows of class 0",
    .head.params = thin_params,
    .head.flags = MESA_CLASS_MULTICLASS,
    .resample   = thin_resample,
    .begin      = thin_begin,
};

static inline struct mesa_rng
seeded(uint64_t seed)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return rng;
}

/* One column: 0, 0.1, 0.2 ...; two of three rows are of class 0. */
enum { INNER_ROWS = 30 };

struct inner_rows {
    double              x[INNER_ROWS];
    int32_t             y[INNER_ROWS];
    struct mesa_dataset data;
};

static inline void
make_inner_rows(struct inner_rows *r)
{
    for (size_t i = 0; i < INNER_ROWS; i++) {
        r->x[i] = (double)i / 10;
        r->y[i] = i % 3 == 2;
    }
    r->data = (struct mesa_dataset){ .struct_size = sizeof r->data,
                                     .x = { r->x, INNER_ROWS, 1, 1, NULL },
                                     .y = r->y,
                                     .n_classes = 2 };
}

/* What the instance has learnt, in another one: MESA_OK and the same bytes
 * predicted. */
static inline void
expect_reloads(struct maker *m, const struct mesa_cmatrix *x)
{
    size_t n = x->rows * mesa_estimator_n_classes(m->made);
    double *p = calloc(2 * n, sizeof *p);
    struct mesa_archive *a = mesa_archive_new();
    struct mesa_instance *again;

    assert_non_null(p);
    assert_non_null(a);
    assert_ok(mesa_estimator_predict_proba(m->made, x, p, err));
    assert_ok(mesa_instance_save(m->made, a, "it", 0, err));
    assert_ok(mesa_instance_new(mesa_instance_component(m->made), &again,
                                err));
    assert_ok(mesa_instance_load(again, a, "it", 0, err));
    assert_ok(mesa_estimator_predict_proba(again, x, p + n, err));
    assert_memory_equal(p, p + n, n * sizeof *p);
    mesa_instance_free(again);
    mesa_archive_free(a);
    free(p);
}

#endif
