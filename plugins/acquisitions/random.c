/* SPDX-License-Identifier: MIT */
/*
 * random - rows drawn at random, without replacement: what the others are to
 * be better than.
 *
 * A row's utility is the element of the stream that its number picks, so it
 * does not depend on which other rows are left.
 */
#include <mesa/mesa.h>

static mesa_status
random_score(const void *self, const struct mesa_pool *pool, double *utility,
             struct mesa_rng *rng, struct mesa_error *err)
{
    (void)self;
    (void)err;
    for (size_t i = 0; i < pool->n; i++)
        utility[i] = mesa_rng_uniform_at(rng, pool->row[i]);
    return MESA_OK;
}

static const struct mesa_acquisition_class random_acquisition = {
    MESA_ACQUISITION(char),
    .head.name  = "random",
    .head.title = "Rows drawn at random, without replacement",
    .head.flags = MESA_CLASS_MULTICLASS,
    .score      = random_score,
};

MESA_PLUGIN(.name = "random", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&random_acquisition.head));
