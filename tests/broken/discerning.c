/* SPDX-License-Identifier: MIT */
/* discerning - an acquisition that looks at everything and breaks nothing. */
#include "picker.h"

/* Squared distance to the nearest of the labelled rows; 0 if there are none. */
static double
discerning_distance(const struct mesa_cmatrix *x, size_t i,
                    const struct mesa_cmatrix *labelled)
{
    double least = 0.0;

    for (size_t r = 0; r < labelled->rows; r++) {
        double sum = 0.0;

        for (size_t j = 0; j < x->cols; j++) {
            double d = mesa_row(x, i)[j] - mesa_row(labelled, r)[j];

            sum += d * d;
        }
        least = r == 0 || sum < least ? sum : least;
    }
    return least;
}

static mesa_status
discerning_score(const void *self, const struct mesa_pool *pool,
                 double *utility, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    const bool hidden = pool->embedding.rows > 0;
    mesa_status st = picker_score(self, pool, utility, rng, err);

    for (size_t i = 0; i < pool->n; i++) {
        utility[i] += hidden ? discerning_distance(&pool->embedding, i,
                                                   &pool->labelled_embedding)
                             : discerning_distance(&pool->x, i,
                                                   &pool->labelled);
        for (size_t m = 0; m < pool->n_members; m++)
            utility[i] += pool->committee[(m * pool->n + i) *
                                          pool->n_classes];
    }
    return st;
}

static mesa_status
discerning_select(const void *self, const struct mesa_pool *pool, size_t k,
                  size_t *pick, double *utility, struct mesa_rng *rng,
                  struct mesa_error *err)
{
    double *all = mesa_alloc_raw(pool->n, sizeof *all);
    mesa_status st = all ? discerning_score(self, pool, all, rng, err)
                         : mesa_nomem(err, pool->n, "utilities");

    if (st == MESA_OK)
        st = mesa_top_k(all, pool->n, k, pick, err);
    for (size_t i = 0; i < k && st == MESA_OK; i++)
        utility[i] = all[pick[i]];
    mesa_free(all);
    return st;
}

static uint32_t
discerning_needs(const void *self)
{
    (void)self;
    return MESA_POOL_WHOLE | MESA_POOL_COMMITTEE | MESA_POOL_EMBEDDING |
           MESA_POOL_LABELLED;
}

FAULTY_ACQUISITION(discerning, .score = discerning_score,
                   .select = discerning_select, .needs = discerning_needs);
