/* SPDX-License-Identifier: MIT */
/* seeds.h - the rows that cnn and oss start from. */
#ifndef SEEDS_H
#define SEEDS_H

#include "clean.h"

/* The parameters that both have. */
struct seeds {
    int64_t          n;
    struct mesa_list rows;
};

#define SEEDS_N_HELP                                                       \
    "Rows drawn from each class to start from (imbalanced-learn's " \
    "n_seeds_S)"
#define SEEDS_ROWS_HELP                                                    \
    "Rows to start from instead of drawn ones, 0 being the first training " \
    "row, of each targeted class at least one"

/* MESA_EINVAL unless given rows are rows of targeted classes, and not of the
 * smallest. */
mesa_status seeds_check(const struct seeds *s, const struct clean *c,
                        struct mesa_error *err);

/* Mark the seeds of a class, which has the n rows in row[]; how many. */
mesa_status seeds_choose(const struct seeds *s, const struct clean *c,
                         uint32_t class_, const size_t *row, size_t n,
                         const struct mesa_rng *rng, bool *chosen,
                         size_t *n_chosen, struct mesa_error *err);

/* MESA_EINVAL unless k neighbours are there among the smallest class and that
 * many seeds. */
mesa_status seeds_k(const struct clean *c, int64_t k, size_t n_seeds,
                    struct mesa_error *err);

#endif
