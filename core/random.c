/* SPDX-License-Identifier: MIT */
/*
 * random.c - counter-based random streams and what is drawn from them.
 *
 * Block b of the stream (key, stream) is Philox4x32-10 of the counter
 * (b, stream) under key: Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011.  A block holds two elements of 64
 * bits, so element i is half i % 2 of block i / 2.
 *
 * Normal numbers invert the distribution function with the rational
 * approximations of Wichura, Applied Statistics 37 (1988), algorithm AS 241;
 * one element each.
 */
#include "internal.h"
#include "wide.h"

#include <string.h>

#include <Random123/philox.h>

static void
philox(uint64_t key, uint64_t hi, uint64_t lo, uint32_t out[4])
{
    philox4x32_key_t k = { { (uint32_t)key, (uint32_t)(key >> 32) } };
    philox4x32_ctr_t c = { { (uint32_t)lo, (uint32_t)(lo >> 32),
                             (uint32_t)hi, (uint32_t)(hi >> 32) } };

    c = philox4x32_R(10, c, k);
    memcpy(out, c.v, sizeof c.v);
}

static uint64_t
pair(const uint32_t word[2])
{
    return (uint64_t)word[1] << 32 | word[0];
}

void
mesa_rng_seed(struct mesa_rng *rng, uint64_t seed)
{
    memset(rng, 0, sizeof *rng);
    rng->key = seed;
}

/*
 * One step of a Davies-Meyer chain: the 128-bit state is enciphered with the
 * message as the key, and added to the result so that the step cannot be
 * run backwards.
 */
static void
absorb(uint64_t state[2], uint64_t message)
{
    uint32_t out[4];

    philox(message, state[1], state[0], out);
    state[0] ^= pair(out);
    state[1] ^= pair(out + 2);
}

/*
 * The chain starts at the parent's identity and absorbs the name eight bytes
 * at a time, then its length, then i.  The length, always the last message
 * but one, makes the encoding one-to-one; what remains are the collisions of
 * a 128-bit hash, to be expected after some 2^64 children.
 */
struct mesa_rng
mesa_rng_derive(const struct mesa_rng *parent, const char *name, uint64_t i)
{
    uint64_t state[2] = { parent->key, parent->stream };
    size_t length = strlen(name);
    struct mesa_rng child = { 0 };

    for (size_t at = 0; at < length; at += 8) {
        size_t end = MESA_MIN(length, at + 8);
        uint64_t message = 0;

        for (size_t b = at; b < end; b++)
            message |= (uint64_t)(unsigned char)name[b] << (b - at) * 8;
        absorb(state, message);
    }
    absorb(state, length);
    absorb(state, i);
    child.key = state[0];
    child.stream = state[1];
    return child;
}

uint64_t
mesa_rng_bits(struct mesa_rng *rng)
{
    if (rng->left == 0) {
        philox(rng->key, rng->stream, rng->index++, rng->block);
        rng->left = 4;
    }
    rng->left -= 2;
    return pair(rng->block + (2 - rng->left));
}

/*
 * The high half of bits * n, drawn again while the low half lies in the
 * 2^64 mod n values that would favour some results (Lemire, ACM TOMACS 29,
 * 2019).  The division is needed in n of 2^64 cases only.
 */
size_t
mesa_rng_below(struct mesa_rng *rng, size_t n)
{
    struct wide product;

    if (n == 0)
        return 0;
    product = wide_multiply(mesa_rng_bits(rng), n);
    if (product.lo < n) {
        uint64_t unfair = (0 - (uint64_t)n) % n;

        while (product.lo < unfair)
            product = wide_multiply(mesa_rng_bits(rng), n);
    }
    return (size_t)product.hi;
}

double
mesa_rng_uniform(struct mesa_rng *rng)
{
    return (double)(mesa_rng_bits(rng) >> 11) * 0x1p-53;
}

/* 52 bits and a half: neither 0 nor 1 can come out. */
static double
open_uniform(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

double
mesa_rng_uniform_at(const struct mesa_rng *rng, uint64_t i)
{
    uint32_t block[4];

    philox(rng->key, rng->stream, i / 2, block);
    return open_uniform(pair(block + i % 2 * 2));
}

/* Numerator and denominator of AS 241's three approximations, lowest power
 * first: around the median, in the tails, and far out. */
static const double normal_ratio[3][2][8] = {
    { { 3.3871328727963666080e0, 1.3314166789178437745e2,
        1.9715909503065514427e3, 1.3731693765509461125e4,
        4.5921953931549871457e4, 6.7265770927008700853e4,
        3.3430575583588128105e4, 2.5090809287301226727e3 },
      { 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2,
        5.3941960214247511077e3, 2.1213794301586595867e4,
        3.9307895800092710610e4, 2.8729085735721942674e4,
        5.2264952788528545610e3 } },
    { { 1.42343711074968357734e0, 4.63033784615654529590e0,
        5.76949722146069140550e0, 3.64784832476320460504e0,
        1.27045825245236838258e0, 2.41780725177450611770e-1,
        2.27238449892691845833e-2, 7.74545014278341407640e-4 },
      { 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
        6.89767334985100004550e-1, 1.48103976427480074590e-1,
        1.51986665636164571966e-2, 5.47593808499534494600e-4,
        1.05075007164441684324e-9 } },
    { { 6.65790464350110377720e0, 5.46378491116411436990e0,
        1.78482653991729133580e0, 2.96560571828504891230e-1,
        2.65321895265761230930e-2, 1.24266094738807843860e-3,
        2.71155556874348757815e-5, 2.01033439929228813265e-7 },
      { 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
        1.48753612908506148525e-2, 7.86869131145613259100e-4,
        1.84631831751005468180e-5, 1.42151175831644588870e-7,
        2.04426310338993978564e-15 } }
};

static double
ratio(const double part[2][8], double r)
{
    double p = part[0][7], q = part[1][7];

    for (int i = 6; i >= 0; i--) {
        p = p * r + part[0][i];
        q = q * r + part[1][i];
    }
    return p / q;
}

/*
 * One bit chooses the side and 63 the distance from that side's end, so both
 * tails are resolved down to 2^-64 (9.1 standard deviations) alike.
 */
double
mesa_rng_normal(struct mesa_rng *rng)
{
    uint64_t bits = mesa_rng_bits(rng);
    double tail = ((double)(bits >> 1) + 0.5) * 0x1p-64;
    double q = 0.5 - tail, r, x;

    if (q <= 0.425) {
        x = q * ratio(normal_ratio[0], 0.180625 - q * q);
    } else {
        r = __builtin_sqrt(-mesa_math_log(tail));
        x = r <= 5.0 ? ratio(normal_ratio[1], r - 1.6)
                     : ratio(normal_ratio[2], r - 5.0);
    }
    return bits & 1 ? -x : x;
}

void
mesa_rng_permutation(struct mesa_rng *rng, size_t n, size_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = i;
    for (size_t i = 0; i + 1 < n; i++) {
        size_t j = i + mesa_rng_below(rng, n - i), t = out[i];

        out[i] = out[j];
        out[j] = t;
    }
}

/*
 * Positions k ... n-1 of the array that a partial Fisher-Yates shuffle works
 * on; the first k are the result itself.  Dense when that is not much longer
 * than the result, else a table of the few positions that were touched.
 */
struct rest {
    size_t  first, mask; /* mask = 0: dense                  */
    size_t *position;    /* of the table; SIZE_MAX: empty    */
    size_t *value;
};

static mesa_status
rest_init(struct rest *rest, size_t n, size_t k, struct mesa_error *err)
{
    size_t size = n - k;
    bool dense = size / 8 <= k;

    if (!dense)
        for (size = 16; size / 2 < k; size *= 2)
            ;
    rest->first = k;
    rest->mask = dense ? 0 : size - 1;
    rest->position = dense ? NULL : mesa_alloc_raw(size, sizeof(size_t));
    rest->value = mesa_alloc_raw(size, sizeof(size_t));
    if (!rest->value || (!dense && !rest->position))
        return mesa_nomem(err, size, "positions to draw from");
    for (size_t i = 0; i < size; i++) {
        if (dense)
            rest->value[i] = k + i;
        else
            rest->position[i] = SIZE_MAX;
    }
    return MESA_OK;
}

static void
rest_fini(struct rest *rest)
{
    mesa_free(rest->position);
    mesa_free(rest->value);
}

/* Where the value at position j is kept. */
static size_t *
rest_at(struct rest *rest, size_t j)
{
    uint64_t hash = (uint64_t)j * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot;

    if (rest->mask == 0)
        return &rest->value[j - rest->first];
    slot = (size_t)(hash >> 32) & rest->mask;
    while (rest->position[slot] != j && rest->position[slot] != SIZE_MAX)
        slot = (slot + 1) & rest->mask;
    if (rest->position[slot] == SIZE_MAX) {
        rest->position[slot] = j;
        rest->value[slot] = j;
    }
    return &rest->value[slot];
}

/* The first k steps of mesa_rng_permutation, in O(k) time and memory. */
static mesa_status
choose_distinct(struct mesa_rng *rng, size_t n, size_t k, size_t *out,
                struct mesa_error *err)
{
    struct rest rest;
    mesa_status st = rest_init(&rest, n, k, err);

    if (st != MESA_OK)
        goto out;
    for (size_t i = 0; i < k; i++)
        out[i] = i;
    for (size_t i = 0; i < k; i++) {
        size_t j = i + mesa_rng_below(rng, n - i);
        size_t *place = j < k ? &out[j] : rest_at(&rest, j), t = *place;

        *place = out[i];
        out[i] = t;
    }
out:
    rest_fini(&rest);
    return st;
}

mesa_status
mesa_rng_choice(struct mesa_rng *rng, size_t n, size_t k, bool replacement,
                size_t *out, struct mesa_error *err)
{
    if (k == 0)
        return MESA_OK;
    if (n == 0 || (!replacement && k > n))
        return mesa_fail(err, MESA_EINVAL, "cannot draw %zu of %zu%s", k, n,
                         replacement ? "" : " without replacement");
    if (!replacement)
        return choose_distinct(rng, n, k, out, err);
    for (size_t i = 0; i < k; i++)
        out[i] = mesa_rng_below(rng, n);
    return MESA_OK;
}
