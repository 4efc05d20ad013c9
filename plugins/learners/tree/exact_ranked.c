/* SPDX-License-Identifier: MIT */
/*
 * exact_ranked.c - the best cut of a column whose entries tell all.
 *
 * Gini, two classes of about the same size, no weights, no limit on them, no
 * value missing, and ranks that tell values apart: then entries are all that a
 * search reads.  All cuts are scored at once, instead of going from one change
 * of class to the next, but in float: with n rows, n1 of class 1, a cut that
 * has l rows and l1 of class 1 on its left scores t^2 / (l (n - l)), where
 * t = l1 n - n1 l, and what does not depend on the column, 1 / (l (n - l)), is
 * computed once for the node.  Only cuts that come near the best are scored
 * again in double, in order, so that what float rounds decides nothing.
 */
#include <string.h>

#include "criterion.h"
#include "exact.h"

#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define HAVE_SHUFFLE
#define MIX(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#endif
#endif

typedef uint32_t words __attribute__((vector_size(TREE_LANES * 4)));
typedef int32_t  ints __attribute__((vector_size(TREE_LANES * 4)));
typedef float    floats __attribute__((vector_size(TREE_LANES * 4)));

/* Cuts that are looked at before the best of them are scored again. */
enum { STRETCH = 256 };

/*
 * Ranks leave room for n = 2^15 rows at most: t, which is exact, is at most
 * n^2 / 4 = 2^28, l and n - l are exact as floats, and nothing over- or
 * underflows.  A score in float is thus within 6 roundings, 6 x 2^-24, of the
 * true one: that of t, twice, as it is squared, and one each of t t, l (n - l),
 * its inverse and the product.  Two of them, the best one that came as double
 * and what is multiplied by this share make 14 roundings, less than its 64:
 * what is below it is truly lower, by more than double rounds.
 */
#define NEAR (1 - 0x1p-18f)

/* Where one class has fewer rows than this share of all, going from change to
 * change of class is faster (exact.c). */
#define FEW (1.0 / 256)

/* 1 / (l (n - l)) of the cuts first ... last, and what makes scores
 * negative of those before and after, up to a whole number of lanes. */
MESA_CLONES
static void
fill_shares(float *share, size_t n, size_t first, size_t last)
{
    for (size_t i = 0; i < n; i += TREE_LANES)
        for (size_t j = 0; j < TREE_LANES; j++) {
            float l = (float)(int32_t)(i + j + 1);

            share[i + j] = 1 / (l * ((float)(int32_t)n - l));
        }
    for (size_t i = 1; i < first; i++)
        share[i - 1] = -1;
    for (size_t i = last; i < n + TREE_LANES; i++)
        share[i] = -1;
}

/* Slot of the engine: see whether the node can be searched this way. */
mesa_status
tree_exact_begin(void *engine, struct tree_grow *g, size_t node, bool *done,
                 struct mesa_error *err)
{
    struct tree_exact *e = engine;
    const struct tree_problem *p = g->p;
    const double *total = g->m->value + node * p->k;
    size_t n = g->span[node].count;

    (void)done;
    (void)err;
    e->even = p->k == 2 && !e->w && p->criterion == TREE_GINI
              && p->splitter == TREE_BEST && !(p->min_weight > 0)
              && (total[0] < total[1] ? total[0] : total[1])
                 > FEW * (double)n;
    if (e->even)
        fill_shares(e->share, n, p->min_leaf, n - p->min_leaf);
    return MESA_OK;
}

/* To every lane all before it, and the last lane of before, which then is
 * that of v. */
TREE_INLINE void
add_up(ints *v, ints *before)
{
#ifdef HAVE_SHUFFLE
    const ints none = { 0 };
    ints sum = *v;

    sum += MIX(none, sum, 7, 8, 9, 10, 11, 12, 13, 14);
    sum += MIX(none, sum, 6, 7, 8, 9, 10, 11, 12, 13);
    sum += MIX(none, sum, 4, 5, 6, 7, 8, 9, 10, 11);
    *v = sum + *before;
    *before = MIX(*v, *v, 7, 7, 7, 7, 7, 7, 7, 7);
#else
    (*v)[0] += (*before)[TREE_LANES - 1];
    for (size_t j = 1; j < TREE_LANES; j++)
        (*v)[j] += (*v)[j - 1];
    *before = *v;
#endif
}

/* A stretch of a column. */
struct stretch {
    size_t  n;          /* cuts, rounded up to lanes */
    int32_t t[STRETCH];
    int32_t score[STRETCH]; /* bits of floats: see below */
};

/* t and the score of the cuts behind n entries; returns the largest score.
 * Bits of a float compare as a whole number as long as none is negative; those
 * of a cut that parts equal values, or is not allowed, are.  before has t of
 * the cut before in each lane, zero and one what a row adds to it. */
TREE_INLINE int32_t
score_cuts(struct stretch *s, const uint32_t *entry, const float *share,
           int32_t zero, int32_t one, ints *before)
{
    ints most = (ints){ 0 } - 1;
    int32_t all = -1;

    for (size_t i = 0; i < s->n; i += TREE_LANES) {
        words a, b;
        ints t, bits, larger;
        floats x, w;

        memcpy(&a, entry + i, sizeof a);
        memcpy(&b, entry + i + 1, sizeof b);
        memcpy(&w, share + i, sizeof w);
        t = zero + (-(ints)(a & 1) & (one - zero));
        add_up(&t, before);
        x = __builtin_convertvector(t, floats);
        bits = (ints)(x * x * w) | ((a ^ b) < (uint32_t)TREE_RANKED);
        larger = bits > most;
        most = (bits & larger) | (most & ~larger);
        memcpy(s->t + i, &t, sizeof t);
        memcpy(s->score + i, &bits, sizeof bits);
    }
    for (size_t j = 0; j < TREE_LANES; j++)
        all = most[j] > all ? most[j] : all;
    return all;
}

/* Cuts that score at least so much again in double; strictly better only, as
 * the lowest threshold of equals comes first. */
static void
rescore(const struct stretch *s, int32_t least, size_t from, size_t rows,
        struct tree_split *best)
{
    for (size_t i = 0; i < s->n; i++) {
        double l = (double)(from + i + 1), t = s->t[i], score;

        if (s->score[i] < least)
            continue;
        score = t * t / (l * ((double)rows - l));
        if (!(score > best->score))
            continue;
        best->score = score;
        best->cut = best->n_left = from + i + 1;
        best->state = TREE_CUT;
    }
}

/* The bits of a score that is near the larger of two. */
TREE_INLINE int32_t
near_larger(int32_t most, double best)
{
    float score;
    int32_t bits;

    memcpy(&score, &most, sizeof score);
    if (score < (float)best)
        score = (float)best;
    score *= NEAR;
    memcpy(&bits, &score, sizeof bits);
    return bits;
}

MESA_CLONES
static void
search_ranked(const struct tree_exact *e, const uint32_t *order, size_t n,
              double n1, struct tree_split *best)
{
    int32_t zero = -(int32_t)n1, one = zero + (int32_t)n;
    ints before = { 0 };
    struct stretch s;

    for (size_t from = 0; from < n; from += STRETCH) {
        int32_t most, least;

        s.n = n - from < STRETCH ? n - from : STRETCH;
        s.n = (s.n + TREE_LANES - 1) / TREE_LANES * TREE_LANES;
        most = score_cuts(&s, order + from, e->share + from, zero, one,
                          &before);
        if (most < 0)
            continue;
        least = near_larger(most, best->score);
        if (most >= least)
            rescore(&s, least, from, n, best);
    }
}

/* The best cut between n entries, n1 of class 1, if it beats best.  The last
 * lanes are read beyond the end, where tree_exact_reserve left room and shares
 * rule out whatever is there.  Clang cannot call clones in another file. */
void
tree_exact_ranked(const struct tree_exact *e, const uint32_t *order, size_t n,
                  double n1, struct tree_split *best)
{
    search_ranked(e, order, n, n1, best);
}
