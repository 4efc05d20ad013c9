/* SPDX-License-Identifier: MIT */
/*
 * least_confidence - rows of which no class is likely: 1 - p1.
 *
 * p1 is the largest probability of a class.  O(n * n_classes), no memory.
 */
#include "uncertainty.h"

static mesa_status
least_confidence_score(const void *self, const struct mesa_pool *pool,
                       double *utility, struct mesa_rng *rng,
                       struct mesa_error *err)
{
    const size_t k = pool->n_classes;

    (void)self;
    (void)rng;
    (void)err;
    for (size_t i = 0; i < pool->n; i++) {
        double first, second;

        top_two(pool->proba + i * k, k, &first, &second);
        utility[i] = not_negative(1.0 - first);
    }
    return MESA_OK;
}

static const struct mesa_acquisition_class least_confidence = {
    MESA_ACQUISITION(char),
    .head.name  = "least_confidence",
    .head.title = "Rows whose likeliest class is not likely",
    .head.cite  = "Lewis and Gale 1994, A sequential algorithm for training "
                  "text classifiers, SIGIR",
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .score      = least_confidence_score,
};

MESA_PLUGIN(.name = "least_confidence", .version = MESA_VERSION,
            .license = "MIT",
            .classes = MESA_CLASSES(&least_confidence.head));
