/* SPDX-License-Identifier: MIT */
/* pool.c - rows without a label, and asking acquisitions about them. */
#include "pool.h"

#include "toy.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 3, WIDTH = 4, MEMBERS = 3, LABELLED = 9 };

/* A pool, and its memory as something that may be written to. */
struct toy_pool {
    struct mesa_pool pool;
    double          *proba, *committee, *x, *embedding;
    size_t          *row;
};

/* Room for n rows in one block. */
static struct toy_pool *
pool_new(struct bench *b, size_t n, size_t n_classes)
{
    const size_t each = n * n_classes;
    struct toy_pool *t = bench_array(b, 1, sizeof *t);
    double *block = bench_array(b, each * (1 + MEMBERS) +
                                       n * (COLUMNS + WIDTH),
                                sizeof *block);
    size_t *row = bench_array(b, n, sizeof *row);

    if (!going(b))
        return NULL;
    t->row = row;
    t->proba = block;
    t->committee = t->proba + each;
    t->x = t->committee + MEMBERS * each;
    t->embedding = t->x + n * COLUMNS;
    t->pool = (struct mesa_pool){
        .struct_size = sizeof t->pool,
        .n = n,
        .n_classes = n_classes,
        .proba = t->proba,
        .x = { t->x, n, COLUMNS, COLUMNS, NULL },
        .row = row
    };
    return t;
}

static void
lend_committee(struct toy_pool *t)
{
    t->pool.committee = t->committee;
    t->pool.n_members = MEMBERS;
}

static void
lend_embedding(struct toy_pool *t)
{
    t->pool.embedding = (struct mesa_cmatrix){ t->embedding, t->pool.n, WIDTH,
                                               WIDTH, NULL };
}

/* What a member says of a row, into p[n]. */
static void
draw_opinion(const struct pool_plan *plan, size_t member, size_t r, double *p,
             struct mesa_rng *rng)
{
    const size_t n = plan->n_classes;
    double sum = 0.0;

    for (size_t c = 0; c < n; c++) {
        double u = mesa_rng_uniform(rng);

        if (plan->look == POOL_CERTAIN)
            p[c] = c == (r + member * (r % 2)) % n;
        else
            p[c] = plan->look == POOL_BLANK ? 1.0 : 0.01 + u * u * u;
        sum += p[c];
    }
    for (size_t c = 0; c < n; c++)
        p[c] /= sum;
}

/* Opinions of all members, and their mean as that of the model; a model that
 * is certain says what its first member does. */
static void
draw_opinions(const struct pool_plan *plan, struct toy_pool *t,
              struct mesa_rng *rng)
{
    const size_t each = plan->rows * plan->n_classes;
    const size_t heard = plan->look == POOL_CERTAIN ? 1 : MEMBERS;

    for (size_t m = 0; m < MEMBERS; m++)
        for (size_t r = 0; r < plan->rows; r++) {
            double *p = t->committee + m * each + r * plan->n_classes;

            if (plan->look == POOL_ALIKE && r > 0)
                memcpy(p, p - plan->n_classes, plan->n_classes * sizeof *p);
            else
                draw_opinion(plan, m, r, p, rng);
        }
    for (size_t i = 0; i < each; i++) {
        t->proba[i] = 0.0;
        for (size_t m = 0; m < heard; m++)
            t->proba[i] += t->committee[m * each + i] / (double)heard;
    }
}

static void
draw_values(enum pool_look look, double *x, size_t n, struct mesa_rng *rng)
{
    for (size_t i = 0; i < n; i++) {
        double z = mesa_rng_normal(rng);

        x[i] = look == POOL_ALIKE ? 2.5 : look == POOL_BLANK ? 0.0 : z;
    }
}

/* Of every class one row or more, as far as they go. */
static void
add_labelled(struct bench *b, const struct pool_plan *plan,
             struct mesa_pool *pool, struct mesa_rng *rng)
{
    double *x = bench_array(b, LABELLED, (COLUMNS + WIDTH) * sizeof *x);
    int32_t *label = bench_array(b, LABELLED, sizeof *label);

    if (!going(b) || !(plan->parts & MESA_POOL_LABELLED))
        return;
    draw_values(plan->look, x, LABELLED * (COLUMNS + WIDTH), rng);
    for (size_t i = 0; i < LABELLED; i++)
        label[i] = (int32_t)(i % plan->n_classes);
    pool->label = label;
    pool->n_labelled = LABELLED;
    if (!(plan->needs & MESA_POOL_LABELLED))
        return;
    pool->labelled = (struct mesa_cmatrix){ x, LABELLED, COLUMNS, COLUMNS,
                                            NULL };
    if (pool->embedding.rows)
        pool->labelled_embedding = (struct mesa_cmatrix){
            x + LABELLED * COLUMNS, LABELLED, WIDTH, WIDTH, NULL
        };
}

struct mesa_pool *
toy_pool(struct bench *b, const struct pool_plan *plan)
{
    const uint32_t lent = plan->parts & plan->needs;
    struct toy_pool *t = pool_new(b, plan->rows, plan->n_classes);
    struct mesa_rng rng = bench_rng(b, "pool", plan->seed);

    if (!going(b))
        return NULL;
    for (size_t i = 0; i < plan->rows; i++)
        t->row[i] = 5 + 3 * i;
    draw_opinions(plan, t, &rng);
    draw_values(plan->look, t->x, plan->rows * (COLUMNS + WIDTH), &rng);
    if (lent & MESA_POOL_COMMITTEE)
        lend_committee(t);
    if (lent & MESA_POOL_EMBEDDING)
        lend_embedding(t);
    add_labelled(b, plan, &t->pool, &rng);
    return going(b) ? &t->pool : NULL;
}

struct mesa_pool *
pool_rows(struct bench *b, const struct mesa_pool *pool, const size_t *place,
          size_t n)
{
    const size_t k = going(b) ? pool->n_classes : 0;
    struct toy_pool *t = going(b) ? pool_new(b, n, k) : NULL;

    if (!going(b))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        t->row[i] = pool->row[place[i]];
        memcpy(t->proba + i * k, pool->proba + place[i] * k,
               k * sizeof(double));
        memcpy(t->x + i * COLUMNS, mesa_row(&pool->x, place[i]),
               COLUMNS * sizeof(double));
        if (pool->embedding.rows)
            memcpy(t->embedding + i * WIDTH,
                   mesa_row(&pool->embedding, place[i]),
                   WIDTH * sizeof(double));
        for (size_t m = 0; m < pool->n_members; m++)
            memcpy(t->committee + (m * n + i) * k,
                   pool->committee + (m * pool->n + place[i]) * k,
                   k * sizeof(double));
    }
    if (pool->committee)
        lend_committee(t);
    if (pool->embedding.rows)
        lend_embedding(t);
    t->pool.labelled = pool->labelled;
    t->pool.label = pool->label;
    t->pool.n_labelled = pool->n_labelled;
    t->pool.labelled_embedding = pool->labelled_embedding;
    return &t->pool;
}

static void
scatter(struct bench *b, struct mesa_cmatrix *m)
{
    const struct mesa_dataset d = { .struct_size = sizeof d, .x = *m };
    const struct mesa_dataset *s;

    if (!going(b) || m->rows == 0)
        return;
    s = toy_scattered(b, &d);
    if (s)
        *m = s->x;
}

struct mesa_pool *
pool_scattered(struct bench *b, const struct mesa_pool *pool)
{
    struct mesa_pool *s = bench_array(b, 1, sizeof *s);

    if (!going(b))
        return NULL;
    *s = *pool;
    scatter(b, &s->x);
    scatter(b, &s->embedding);
    scatter(b, &s->labelled);
    scatter(b, &s->labelled_embedding);
    return going(b) ? s : NULL;
}

/* Fowler, Noll and Vo's hash, enough to notice a change. */
static uint64_t
hash_bytes(uint64_t hash, const void *block, size_t size)
{
    const unsigned char *byte = block;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t
hash_matrix(uint64_t hash, const struct mesa_cmatrix *m)
{
    for (size_t r = 0; r < m->rows; r++)
        hash = hash_bytes(hash, mesa_row(m, r), m->cols * sizeof(double));
    return hash;
}

uint64_t
pool_checksum(const struct mesa_pool *pool)
{
    const size_t each = pool->n * pool->n_classes * sizeof(double);
    uint64_t hash = hash_bytes(UINT64_C(0xcbf29ce484222325), pool,
                               sizeof *pool);

    hash = hash_bytes(hash, pool->proba, each);
    hash = hash_matrix(hash, &pool->x);
    hash = hash_bytes(hash, pool->committee, pool->n_members * each);
    hash = hash_matrix(hash, &pool->embedding);
    hash = hash_matrix(hash, &pool->labelled);
    hash = hash_bytes(hash, pool->row, pool->n * sizeof *pool->row);
    hash = hash_bytes(hash, pool->label,
                      pool->n_labelled * sizeof *pool->label);
    return hash_matrix(hash, &pool->labelled_embedding);
}

struct mesa_pool *
pool_for(struct bench *b, const struct mesa_instance *a, size_t rows,
         enum pool_look look)
{
    return going(b) ? toy_pool(b, &(struct pool_plan){
                                      rows, 2, look, POOL_PARTS,
                                      mesa_acquisition_needs(a), 1 })
                    : NULL;
}

double *
bench_blank(struct bench *b, size_t n)
{
    double *x = bench_array(b, n, sizeof *x);

    for (size_t i = 0; x && i < n; i++)
        x[i] = NAN;
    return x;
}

mesa_status
try_score(struct bench *b, const struct mesa_instance *a,
          const struct mesa_pool *pool, double *utility, uint64_t seed,
          struct mesa_error *err)
{
    struct mesa_rng rng = bench_rng(b, "query", seed);

    return mesa_acquisition_score(a, pool, utility, &rng, err);
}

double *
must_score(struct bench *b, const struct mesa_instance *a,
           const struct mesa_pool *pool, uint64_t seed)
{
    double *utility = going(b) ? bench_blank(b, pool->n + BEHIND) : NULL;
    struct mesa_error err;

    if (going(b))
        succeeded(b, try_score(b, a, pool, utility, seed, &err), &err,
                  "score");
    return going(b) ? utility : NULL;
}

static mesa_status
try_select(struct bench *b, const struct mesa_instance *a,
           const struct mesa_pool *pool, size_t k, struct choice *out,
           uint64_t seed, struct mesa_error *err)
{
    struct mesa_rng rng = bench_rng(b, "query", seed);

    out->pick = bench_array(b, k + BEHIND, sizeof *out->pick);
    out->utility = bench_blank(b, k + BEHIND);
    if (!going(b))
        return mesa_nomem(err, k, "rows");
    for (size_t i = 0; i < k + BEHIND; i++)
        out->pick[i] = SIZE_MAX;
    return mesa_acquisition_select(a, pool, k, out->pick, out->utility, &rng,
                                   err);
}

struct choice
must_select(struct bench *b, const struct mesa_instance *a,
            const struct mesa_pool *pool, size_t k, uint64_t seed)
{
    struct choice made = { NULL, NULL };
    struct mesa_error err;

    if (going(b))
        succeeded(b, try_select(b, a, pool, k, &made, seed, &err), &err,
                  "select");
    return made;
}

void
use(struct bench *b, const struct mesa_instance *a,
    const struct mesa_pool *pool)
{
    const struct mesa_acquisition_class *c = (const void *)b->class_;

    must_score(b, a, pool, 1);
    if (going(b) && c->select)
        must_select(b, a, pool, MESA_MIN(pool->n, (size_t)5), 1);
}

void
expect_same_choice(struct bench *b, const struct choice *one,
                   const struct choice *other, size_t k, const char *what)
{
    if (!going(b))
        return;
    expect_bytes(b, one->pick, other->pick, k * sizeof *one->pick, what);
    expect_bytes(b, one->utility, other->utility, k * sizeof *one->utility,
                 what);
}
