/* SPDX-License-Identifier: MIT */
/*
 * entropy - rows whose classes are the least certain: - sum p log p.
 *
 * The natural logarithm, and 0 log 0 = 0.  O(n * n_classes), no memory.
 */
#include "uncertainty.h"

static mesa_status
entropy_score(const void *self, const struct mesa_pool *pool, double *utility,
              struct mesa_rng *rng, struct mesa_error *err)
{
    const size_t n = pool->n * pool->n_classes;
    struct row_sums rows = { .k = pool->n_classes, .out = utility };
    double value[PIECE];

    (void)self;
    (void)rng;
    (void)err;
    for (size_t at = 0; at < n; at += PIECE) {
        const double *p = pool->proba + at;
        const size_t m = at_most(n - at, PIECE);

        log_of_proba(p, value, m);
        for (size_t i = 0; i < m; i++)
            value[i] *= -p[i];
        add_to_rows(&rows, value, m);
    }
    return MESA_OK;
}

static const struct mesa_acquisition_class entropy = {
    MESA_ACQUISITION(char),
    .head.name  = "entropy",
    .head.title = "Rows whose classes have the largest entropy",
    .head.cite  = "Settles and Craven 2008, An analysis of active learning "
                  "strategies for sequence labeling tasks, EMNLP",
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .score      = entropy_score,
};

MESA_PLUGIN(.name = "entropy", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&entropy.head));
