/* SPDX-License-Identifier: MIT */
/* sampler_fixture.h - the rows that a sampler keeps, as text. */
#ifndef MESA_TESTS_SAMPLER_FIXTURE_H
#define MESA_TESTS_SAMPLER_FIXTURE_H

#include "maker.h"

/* Rows of `cols` columns, the class of each being a digit of the text. */
static inline struct mesa_dataset
sampler_data(const double *x, size_t cols, const char *digits, int32_t *y,
             uint32_t n_classes)
{
    struct mesa_dataset d = { sizeof d, 0, { x, 0, cols, cols, NULL }, y,
                              NULL, { NULL, 0, 0, 0, NULL }, n_classes,
                              NULL };

    for (; digits[d.x.rows]; d.x.rows++)
        y[d.x.rows] = digits[d.x.rows] - '0';
    return d;
}

/* One more run of what was made last, into kept: per row how often it was
 * kept, a digit.  Rows are to come out in order. */
static inline mesa_status
sampler_again(struct maker *m, const struct mesa_dataset *d, uint64_t seed,
              char *kept, struct mesa_error *err)
{
    struct mesa_sample *out = mesa_sample_new(d);
    struct mesa_rng rng;
    mesa_status st;

    assert_non_null(out);
    mesa_rng_seed(&rng, seed);
    st = mesa_sampler_resample(m->made, d, NULL, out, &rng, err);
    memset(kept, '0', d->x.rows);
    kept[d->x.rows] = '\0';
    for (size_t i = 0; i < mesa_sample_rows(out) && st == MESA_OK; i++) {
        const struct mesa_origin o = mesa_sample_origin(out, i);

        assert_true(o.kept < d->x.rows);
        assert_true(i == 0 ||
                    o.kept > mesa_sample_origin(out, i - 1).kept);
        kept[o.kept]++;
    }
    mesa_sample_free(out);
    return st;
}

/* Make the sampler from words, and run it. */
static inline mesa_status
sampler_run(struct maker *m, const char *name, const char *words,
            const struct mesa_dataset *d, uint64_t seed, char *kept,
            struct mesa_error *err)
{
    mesa_status st = maker_make(m, MESA_KIND_SAMPLER, name, words, err);

    return st == MESA_OK ? sampler_again(m, d, seed, kept, err) : st;
}

#endif
