/* SPDX-License-Identifier: MIT */
/* doubling - when all rows are to be chosen, the first one stands for the
 * last. */
#include "picker.h"

static mesa_status
doubling_select(const void *self, const struct mesa_pool *pool, size_t k,
                size_t *pick, double *utility, struct mesa_rng *rng,
                struct mesa_error *err)
{
    double *all = mesa_alloc_raw(pool->n, sizeof *all);
    mesa_status st = all ? picker_score(self, pool, all, rng, err)
                         : mesa_nomem(err, pool->n, "utilities");

    if (st == MESA_OK)
        st = mesa_top_k(all, pool->n, k, pick, err);
    for (size_t i = 0; i < k && st == MESA_OK; i++)
        utility[i] = all[pick[i]];
    if (st == MESA_OK && k == pool->n)
        pick[k - 1] = pick[0];
    mesa_free(all);
    return st;
}

FAULTY_ACQUISITION(doubling, .select = doubling_select);
