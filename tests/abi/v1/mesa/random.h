/* SPDX-License-Identifier: MIT */
/* mesa/random.h - counter-based random streams (Random123 Philox4x32-10). */
#ifndef MESA_RANDOM_H
#define MESA_RANDOM_H

#include <mesa/status.h>

/*
 * A stream of random numbers: value = f(key, stream, index), so that any
 * element can be had without those before it.  A plain value: copy it to
 * replay it.  Not to be shared between threads; derive one per piece of work
 * with mesa_rng_derive instead.  The members are private.
 */
struct mesa_rng {
    uint64_t key;      /* of Philox                               */
    uint64_t stream;   /* upper half of its counter               */
    uint64_t index;    /* next block: lower half of its counter   */
    uint32_t block[4]; /* the last block drawn                    */
    uint32_t left;     /* words of it not yet handed out          */
};

MESA_BEGIN

/* The root stream of a run. */
MESA_API void mesa_rng_seed(struct mesa_rng *rng, uint64_t seed);

/*
 * A child stream, a function of the parent's identity, name and i alone: not
 * of what has been drawn from the parent, whose position does not move.
 */
MESA_API struct mesa_rng mesa_rng_derive(const struct mesa_rng *parent,
                                         const char *name, uint64_t i);

/* 64 random bits; one of 0 ... n-1 without bias (n > 0; 0 for n = 0). */
MESA_API uint64_t mesa_rng_bits(struct mesa_rng *rng);
MESA_API size_t mesa_rng_below(struct mesa_rng *rng, size_t n);

/* Uniform in [0, 1), a multiple of 2^-53; standard normal. */
MESA_API double mesa_rng_uniform(struct mesa_rng *rng);
MESA_API double mesa_rng_normal(struct mesa_rng *rng);

/* Element i of the stream as a uniform in (0, 1): stateless, so that loops
 * over rows can run in parallel.  Use a stream either this way or in order. */
MESA_API double mesa_rng_uniform_at(const struct mesa_rng *rng, uint64_t i);

/* A random order of 0 ... n-1 into out[n]. */
MESA_API void mesa_rng_permutation(struct mesa_rng *rng, size_t n,
                                   size_t *out);

/*
 * k of 0 ... n-1 into out[k], in the order drawn; with replacement, or
 * without (then MESA_EINVAL if k > n).
 */
MESA_API mesa_status mesa_rng_choice(struct mesa_rng *rng, size_t n, size_t k,
                                     bool replacement, size_t *out,
                                     struct mesa_error *err);

/*
 * k of 0 ... n-1 without replacement, with probability proportional to
 * weight[i] >= 0, into out[k], first drawn first.  Parallel where k is not
 * small, and the same for any number of threads.  MESA_EINVAL if a weight is
 * negative or not finite, or fewer than k are positive.
 */
MESA_API mesa_status mesa_rng_weighted(struct mesa_rng *rng, size_t n,
                                       const double *weight, size_t k,
                                       size_t *out, struct mesa_error *err);

MESA_END

#endif
