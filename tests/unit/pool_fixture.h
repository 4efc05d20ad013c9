/* SPDX-License-Identifier: MIT */
/* pool_fixture.h - pools of few rows, and asking acquisitions about them. */
#ifndef MESA_TESTS_POOL_FIXTURE_H
#define MESA_TESTS_POOL_FIXTURE_H

#include "maker.h"

#include "builtin.h"

#include <math.h>

static struct maker maker;

enum { MOST = 64, CLASSES = 3 };

/* A pool and what it points to. */
struct rows {
    double           x[MOST * 2], proba[MOST * CLASSES], labelled[MOST * 2];
    double           embedding[MOST * 2], labelled_embedding[MOST * 2];
    size_t           row[MOST];
    int32_t          label[MOST];
    struct mesa_pool pool;
};

static inline void
make(const char *name, const char *words)
{
    assert_ok(maker_make(&maker, MESA_KIND_ACQUISITION, name, words, err));
}

static inline struct mesa_cmatrix
matrix(const double *data, size_t rows, size_t cols)
{
    return (struct mesa_cmatrix){ data, rows, cols, cols, NULL };
}

/* n rows of one column and two classes of equal probability. */
static inline void
make_line(struct rows *r, const double *x, size_t n, const double *labelled,
          size_t n_labelled)
{
    memset(r, 0, sizeof *r);
    for (size_t i = 0; i < n; i++) {
        r->x[i] = x[i];
        r->proba[2 * i] = r->proba[2 * i + 1] = 0.5;
        r->row[i] = 10 + i;
    }
    r->pool = (struct mesa_pool){ .struct_size = sizeof r->pool,
                                  .n = n, .n_classes = 2,
                                  .proba = r->proba,
                                  .x = matrix(r->x, n, 1),
                                  .labelled = matrix(labelled, n_labelled, 1),
                                  .row = r->row,
                                  .label = r->label,
                                  .n_labelled = n_labelled };
}

/* Without a pattern: n rows of two columns and three classes. */
static inline void
make_mixed(struct rows *r, size_t n, uint64_t seed)
{
    struct mesa_rng rng;

    memset(r, 0, sizeof *r);
    mesa_rng_seed(&rng, seed);
    for (size_t i = 0; i < n; i++) {
        double *p = r->proba + CLASSES * i, sum = 0;

        for (size_t c = 0; c < CLASSES; c++)
            sum += p[c] = mesa_rng_uniform(&rng);
        for (size_t c = 0; c < CLASSES; c++)
            p[c] /= sum;
        for (size_t j = 0; j < 2; j++) {
            r->x[2 * i + j] = mesa_rng_normal(&rng);
            r->embedding[2 * i + j] = mesa_rng_normal(&rng);
            r->labelled[2 * i + j] = mesa_rng_normal(&rng);
            r->labelled_embedding[2 * i + j] = mesa_rng_normal(&rng);
        }
        r->row[i] = i;
        r->label[i] = i % 5 == 0;
    }
    r->pool = (struct mesa_pool){ .struct_size = sizeof r->pool,
                                  .n = n, .n_classes = CLASSES,
                                  .proba = r->proba,
                                  .x = matrix(r->x, n, 2),
                                  .labelled = matrix(r->labelled, 5, 2),
                                  .row = r->row,
                                  .label = r->label,
                                  .n_labelled = 5 };
}

static inline mesa_status
choose(const struct mesa_pool *pool, size_t k, size_t *pick, double *utility,
       uint64_t seed, struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return mesa_acquisition_select(maker.made, pool, k, pick, utility, &rng,
                                   err);
}

static inline mesa_status
score(const struct mesa_pool *pool, double *utility, struct mesa_error *err)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, 1);
    return mesa_acquisition_score(maker.made, pool, utility, &rng, err);
}

static inline void
expect_scores(const struct mesa_pool *pool, const double *expected)
{
    double utility[MOST];

    assert_ok(score(pool, utility, err));
    for (size_t i = 0; i < pool->n; i++)
        if (!(fabs(utility[i] - expected[i]) < 1e-12))
            fail_msg("row %zu is worth %.17g, expected %.17g", i, utility[i],
                     expected[i]);
}

static inline void
expect_picks(const struct mesa_pool *pool, size_t k, const size_t *expected,
             const double *worth)
{
    size_t pick[MOST];
    double utility[MOST];

    assert_ok(choose(pool, k, pick, utility, 1, err));
    for (size_t i = 0; i < k; i++) {
        if (pick[i] != expected[i])
            fail_msg("pick %zu is %zu, expected %zu", i, pick[i],
                     expected[i]);
        if (!(fabs(utility[i] - worth[i]) < 1e-12))
            fail_msg("pick %zu is worth %.17g, expected %.17g", i, utility[i],
                     worth[i]);
    }
}

static inline int
open_all(void **state)
{
    (void)state;
    assert_ok(mesa_registry_init(&maker.registry, mesa_builtins, err));
    return 0;
}

static inline int
close_all(void **state)
{
    (void)state;
    maker_free(&maker);
    return 0;
}

#endif
