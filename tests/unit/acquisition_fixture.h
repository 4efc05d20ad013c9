/* SPDX-License-Identifier: MIT */
/*
 * acquisition_fixture.h - pools of given probabilities, and acquisitions
 * asked about them.
 */
#ifndef MESA_TESTS_ACQUISITION_FIXTURE_H
#define MESA_TESTS_ACQUISITION_FIXTURE_H

#include "maker.h"

#include <math.h>

enum { MOST_ROWS = 20000 };

/* Numbers 0, 1, ... of rows, for pools that are whole. */
static inline const size_t *
row_numbers(void)
{
    static size_t row[MOST_ROWS];

    for (size_t i = 0; i < MOST_ROWS; i++)
        row[i] = i;
    return row;
}

static inline struct mesa_pool
pool_of(const double *proba, size_t n, size_t n_classes)
{
    assert_true(n <= MOST_ROWS);
    return (struct mesa_pool){ .struct_size = sizeof(struct mesa_pool),
                               .n = n,
                               .n_classes = n_classes,
                               .proba = proba,
                               .row = row_numbers() };
}

static inline struct mesa_rng
seeded(uint64_t seed)
{
    struct mesa_rng rng;

    mesa_rng_seed(&rng, seed);
    return rng;
}

static inline void
make(struct maker *m, const char *name, const char *words)
{
    assert_ok(maker_make(m, MESA_KIND_ACQUISITION, name, words, err));
}

static inline mesa_status
score(const struct maker *m, const struct mesa_pool *pool, double *utility,
      struct mesa_error *err)
{
    struct mesa_rng rng = seeded(5);

    return mesa_acquisition_score(m->made, pool, utility, &rng, err);
}

/* n rows that sum to 1, with zeros and with many that are alike. */
static inline void
draw_proba(double *p, size_t n, size_t k, uint64_t seed)
{
    struct mesa_rng rng = seeded(seed);

    for (size_t i = 0; i < n; i++, p += k) {
        double sum = 0;

        for (size_t c = 0; c < k; c++)
            sum += p[c] = (double)mesa_rng_below(&rng, 5);
        for (size_t c = 0; c < k; c++)
            p[c] = sum > 0 ? p[c] / sum : 1.0 / (double)k;
    }
}

#endif
