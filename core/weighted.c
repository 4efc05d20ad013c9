/* SPDX-License-Identifier: MIT */
/*
 * weighted.c - weighted sampling without replacement.
 *
 * Many of the rows are drawn by exponential keys (Efraimidis and Spirakis,
 * Information Processing Letters 97, 2006): O(n + k log k), with a logarithm
 * for each row.  Few of many are drawn one after the other with replacement,
 * and what was drawn before is passed over: the next row that is new has just
 * the probabilities that it should have, and a row costs an addition.
 */
#include "internal.h"

#include <float.h>
#include <string.h>

struct item {
    double key;
    size_t row;
};

/* Total: no two rows are equal. */
static bool
before(const struct item *a, const struct item *b)
{
    return a->key < b->key || (a->key == b->key && a->row < b->row);
}

static void
swap(struct item *a, struct item *b)
{
    struct item t = *a;

    *a = *b;
    *b = t;
}

static void
insertion_sort(struct item *item, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && before(&item[j], &item[j - 1]); j--)
            swap(&item[j], &item[j - 1]);
}

/* Hoare's partition about the median of three; returns the size of the left
 * part, which is neither 0 nor n. */
static size_t
partition(struct item *item, size_t n)
{
    struct item *a = item, *b = item + n / 2, *c = item + n - 1, pivot;
    size_t i = 0, j = n - 1;

    if (before(b, a))
        swap(a, b);
    if (before(c, b))
        swap(b, c);
    if (before(b, a))
        swap(a, b);
    pivot = *b;
    for (;;) {
        while (before(&item[i], &pivot))
            i++;
        while (before(&pivot, &item[j]))
            j--;
        if (i >= j)
            return i;
        swap(&item[i++], &item[j--]);
    }
}

/*
 * Put the k smallest first, in order: quicksort that leaves alone what lies
 * wholly beyond k.  Keys are random whatever the weights are, so that no
 * input makes it quadratic.
 */
static void
sort_smallest(struct item *item, size_t n, size_t k)
{
    while (n > 16 && k > 0) {
        size_t left = partition(item, n);

        if (k > left) {
            sort_smallest(item, left, left);
            item += left;
            n -= left;
            k -= left;
        } else {
            n = left;
        }
    }
    if (k > 0)
        insertion_sort(item, n);
}

struct weighted {
    struct mesa_rng rng;
    size_t          n;
    const double   *weight;
    double          scale;
    struct item    *item; /* one per row; rows of weight 0 at infinity */
};

/*
 * The keys -log(u) / w of one chunk.  Weights some 2^1970 times below the
 * largest share the last key before that of the rows of weight 0.
 */
static mesa_status
weighted_keys(void *context, size_t chunk, struct mesa_error *err)
{
    const struct weighted *w = context;
    size_t end = MESA_MIN(w->n, (chunk + 1) * MESA_CHUNK);
    double u[256];

    (void)err;
    for (size_t at = chunk * MESA_CHUNK; at < end; at += MESA_COUNT(u)) {
        size_t m = MESA_MIN(end - at, MESA_COUNT(u));

        for (size_t i = 0; i < m; i++)
            u[i] = mesa_rng_uniform_at(&w->rng, at + i);
        mesa_vlog(u, u, m);
        for (size_t i = 0; i < m; i++) {
            double weight = w->weight[at + i];
            double key = -u[i] / (weight * w->scale);

            key = MESA_MIN(key, DBL_MAX);
            w->item[at + i].key = weight > 0 ? key : __builtin_inf();
            w->item[at + i].row = at + i;
        }
    }
    return MESA_OK;
}

/* What is known of the weights, gathered without a branch: the bits of
 * doubles that are not negative are in their order. */
struct survey {
    uint64_t bad, positive;
    int64_t  top;
};

MESA_INLINE void
look_at_run(const double *weight, size_t n, struct survey *s)
{
    uint64_t bad = 0, positive = 0;
    int64_t top = s->top;

    for (size_t i = 0; i < n; i++) {
        int64_t bits;

        memcpy(&bits, &weight[i], sizeof bits);
        bad += !(weight[i] >= 0) | !(weight[i] <= DBL_MAX);
        positive += weight[i] > 0;
        top = bits > top ? bits : top;
    }
    s->bad += bad;
    s->positive += positive;
    s->top = top;
}

MESA_CLONES static void
look_at(const double *weight, size_t n, struct survey *s)
{
    size_t i = 0;

    for (; i + MESA_LANES <= n; i += MESA_LANES)
        look_at_run(weight + i, MESA_LANES, s);
    look_at_run(weight + i, n - i, s);
}

/* Checks the weights; the largest into *top. */
static mesa_status
check_weights(size_t n, const double *weight, size_t k, double *top,
              struct mesa_error *err)
{
    struct survey seen = { 0, 0, 0 };

    look_at(weight, n, &seen);
    for (size_t i = 0; i < n && seen.bad; i++)
        if (!(weight[i] >= 0 && weight[i] <= DBL_MAX))
            return mesa_fail(err, MESA_EINVAL, "weight %zu is %g", i,
                             weight[i]);
    if (seen.positive < k)
        return mesa_fail(err, MESA_EINVAL,
                         "cannot draw %zu of %zu with a positive weight", k,
                         (size_t)seen.positive);
    memcpy(top, &seen.top, sizeof *top);
    return MESA_OK;
}

/* A power of two that brings x > 0 near 2^960: then neither the least key of
 * the largest weight nor the keys of far smaller weights leave the range of
 * doubles. */
static double
normalizer(double x)
{
    uint64_t bits;
    double scale;

    memcpy(&bits, &x, sizeof bits);
    bits = MESA_MIN(1023 + 960 + 1023 - (bits >> 52), 2046) << 52;
    memcpy(&scale, &bits, sizeof scale);
    return scale;
}

/* All k by their keys; rows that were drawn before have weight 0. */
static mesa_status
draw_by_keys(struct weighted *w, size_t k, size_t *out, struct mesa_error *err)
{
    mesa_status st;

    w->item = mesa_alloc_raw(w->n, sizeof *w->item);
    if (!w->item)
        return mesa_nomem(err, w->n, "sampling keys");
    st = mesa_parallel_for(MESA_CHUNKS(w->n), weighted_keys, w, err);
    if (st == MESA_OK) {
        sort_smallest(w->item, w->n, k);
        for (size_t i = 0; i < k; i++)
            out[i] = w->item[i].row;
    }
    mesa_free(w->item);
    return st;
}

/* Rows in groups: below[g] is the weight of groups 0 ... g, so that a search
 * and a look at one group find a row. */
#define GROUP ((size_t)16)

struct ladder {
    const struct weighted *w;
    size_t                 n_groups;
    double                *below;
    uint8_t               *taken; /* per row */
};

static double
group_weight(const struct weighted *w, size_t g)
{
    size_t end = MESA_MIN(w->n, (g + 1) * GROUP);
    double sum = 0;

    for (size_t i = g * GROUP; i < end; i++)
        sum += w->weight[i] * w->scale;
    return sum;
}

/* Of every group; four at a time, whose sums do not wait for each other. */
static void
group_weights(const struct weighted *w, size_t n_groups, double *out)
{
    const double scale = w->scale;
    size_t g = 0;

    for (; (g + 4) * GROUP <= w->n; g += 4) {
        const double *x = w->weight + g * GROUP;
        double a = 0, b = 0, c = 0, d = 0;

        for (size_t i = 0; i < GROUP; i++) {
            a += x[i] * scale;
            b += x[i + GROUP] * scale;
            c += x[i + 2 * GROUP] * scale;
            d += x[i + 3 * GROUP] * scale;
        }
        out[g] = a;
        out[g + 1] = b;
        out[g + 2] = c;
        out[g + 3] = d;
    }
    for (; g < n_groups; g++)
        out[g] = group_weight(w, g);
}

static mesa_status
ladder_init(struct ladder *l, const struct weighted *w, struct mesa_error *err)
{
    double total = 0;

    l->w = w;
    l->n_groups = (w->n + GROUP - 1) / GROUP;
    l->below = mesa_alloc_raw(l->n_groups, sizeof *l->below);
    l->taken = mesa_alloc_array(w->n, 1);
    if (!l->below || !l->taken)
        return mesa_nomem(err, w->n, "sampling sums");
    group_weights(w, l->n_groups, l->below);
    for (size_t g = 0; g < l->n_groups; g++) {
        total += l->below[g];
        l->below[g] = total;
    }
    return MESA_OK;
}

static void
ladder_fini(struct ladder *l)
{
    mesa_free(l->below);
    mesa_free(l->taken);
}

/* So many rows are looked up at a time: their searches do not wait for each
 * other. */
enum { AHEAD = 8 };

/* The groups that lie wholly at or below each place. */
static void
find_groups(const struct ladder *l, const double at[AHEAD],
            size_t group[AHEAD])
{
    size_t half;

    memset(group, 0, AHEAD * sizeof *group);
    for (size_t n = l->n_groups - 1; n > 0; n -= half) {
        half = (n + 1) / 2;
        /* Arithmetic, not a branch that is wrong half the time. */
        for (size_t j = 0; j < AHEAD; j++) {
            const double *below = l->below + group[j] + half - 1;

            group[j] += half & -(size_t)(*below <= at[j]);
        }
    }
}

/* The row at `at`, seen from the lower end of all weights, in its group.  The
 * rows wholly at or below it are counted, without a branch that nobody can
 * guess; where rounding leaves none beyond, it is the last with a weight. */
static size_t
ladder_row(const struct ladder *l, size_t group, double at)
{
    const double *weight = l->w->weight + group * GROUP;
    size_t n = MESA_MIN(l->w->n - group * GROUP, GROUP), row = 0;
    double below = 0;

    if (group > 0)
        at -= l->below[group - 1];
    for (size_t i = 0; i < n; i++) {
        below += weight[i] * l->w->scale;
        row += below <= at;
    }
    if (row == n)
        while (--row > 0 && !(weight[row] > 0))
            ;
    return group * GROUP + row;
}

/* The first of k rows, as many as a bounded number of attempts gives.  When
 * to give up depends on what was drawn only, so that what is drawn of the
 * other rows afterwards has the right probabilities too. */
static size_t
draw_one_by_one(const struct ladder *l, struct mesa_rng *rng, size_t k,
                size_t *out)
{
    double total = l->below[l->n_groups - 1], at[AHEAD];
    size_t group[AHEAD], tries = 4 * k + 64, n = 0;

    for (size_t t = 0; n < k && t < tries; t++) {
        size_t j = t % AHEAD, row;

        if (j == 0) {
            for (size_t i = 0; i < AHEAD; i++)
                at[i] = mesa_rng_uniform(rng) * total;
            find_groups(l, at, group);
        }
        row = ladder_row(l, group[j], at[j]);
        out[n] = row;
        n += !l->taken[row];
        l->taken[row] = 1;
    }
    return n;
}

/* The rest of the k, from the weights of the rows that are left. */
static mesa_status
draw_rest(struct weighted *w, const struct ladder *l, size_t k, size_t *out,
          struct mesa_error *err)
{
    double *left = mesa_alloc_raw(w->n, sizeof *left);
    double top = 0;
    mesa_status st;

    if (!left)
        return mesa_nomem(err, w->n, "weights");
    for (size_t i = 0; i < w->n; i++) {
        left[i] = l->taken[i] ? 0 : w->weight[i];
        top = MESA_MAX(top, left[i]);
    }
    w->weight = left;
    w->scale = normalizer(top);
    w->rng = mesa_rng_derive(&w->rng, "rest", 0);
    st = draw_by_keys(w, k, out, err);
    mesa_free(left);
    return st;
}

static mesa_status
draw_few(struct weighted *w, size_t k, size_t *out, struct mesa_error *err)
{
    struct mesa_rng rng = w->rng;
    struct ladder l = { .n_groups = 0 };
    size_t n = 0;
    mesa_status st = ladder_init(&l, w, err);

    if (st == MESA_OK)
        n = draw_one_by_one(&l, &rng, k, out);
    if (st == MESA_OK && n < k)
        st = draw_rest(w, &l, k - n, out + n, err);
    ladder_fini(&l);
    return st;
}

mesa_status
mesa_rng_weighted(struct mesa_rng *rng, size_t n, const double *weight,
                  size_t k, size_t *out, struct mesa_error *err)
{
    struct weighted w = { .n = n, .weight = weight };
    double top;
    mesa_status st = check_weights(n, weight, k, &top, err);

    if (st != MESA_OK || k == 0)
        return st;
    w.scale = normalizer(top);
    /* A stream of its own, so that any element can be had at once. */
    w.rng.key = mesa_rng_bits(rng);
    w.rng.stream = mesa_rng_bits(rng);
    return k < n / 16 ? draw_few(&w, k, out, err)
                      : draw_by_keys(&w, k, out, err);
}
