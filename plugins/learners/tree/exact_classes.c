/* SPDX-License-Identifier: MIT */
/*
 * exact_classes.c - the best cut of a column, three classes or more.
 *
 * Gini, no weights, no limits, no value missing, and ranks that tell values
 * apart.  With l of n rows on the left, l_c of the n_c of class c, the score's
 * sum is
 *
 *     sum_c (l_c n - n_c l)^2
 *         = n^2 sum_c l_c^2 - 2 n l sum_c l_c n_c + l^2 sum_c n_c^2,
 *
 * of which a row changes two sums by a number each.  All are whole numbers, of
 * at most n^4 and, on the way, twice that: doubles hold them up to n = 2^13,
 * hence the score has the bits that criterion.h gives it.  Cuts are scored
 * many at a time; one within a run of one class is none, see exact.c.
 */
#include <string.h>

#include "criterion.h"
#include "exact.h"

/* Cuts that are summed up before they are scored; classes; rows of a node. */
enum { STRETCH = 256, MOST_CLASSES = 32, MOST_ROWS = 1 << 13 };

typedef double  eight __attribute__((vector_size(TREE_LANES * 8)));
typedef int64_t longs __attribute__((vector_size(TREE_LANES * 8)));
typedef int32_t ints __attribute__((vector_size(TREE_LANES * 4)));
typedef uint32_t words __attribute__((vector_size(TREE_LANES * 4)));

/* A column of a node, on the way from its lowest value to its highest. */
struct passage {
    double   n, squares; /* rows; sum_c n_c^2 */
    uint32_t mask;       /* an entry's class */
    int32_t  left[MOST_CLASSES], total[MOST_CLASSES];
    int32_t  own, both;        /* sums over c of l_c^2, l_c n_c */
    int32_t  owns[STRETCH], boths[STRETCH]; /* behind each row */
    eight    best, at;         /* of each lane: score, rows on the left */
    words    tied;             /* classes that differ where values do not */
};

/* Whether nodes of this kind can be searched this way. */
bool
tree_classes_serve(const struct tree_exact *e, size_t n)
{
    const struct tree_problem *p = e->p;

    return p->k > 2 && p->k <= MOST_CLASSES && n <= MOST_ROWS && !e->w &&
           p->criterion == TREE_GINI && p->splitter == TREE_BEST &&
           p->min_leaf <= 1 && !(p->min_weight > 0);
}

static void
begin(struct passage *s, const struct tree_exact *e, size_t n,
      const double *total)
{
    s->n = (double)n;
    s->squares = 0;
    s->mask = (1u << e->shift) - 1;
    s->own = s->both = 0;
    for (size_t c = 0; c < e->p->k; c++) {
        s->left[c] = 0;
        s->total[c] = (int32_t)total[c];
        s->squares += total[c] * total[c];
    }
    s->best = (eight){ 0 } - 1;
    s->at = (eight){ 0 };
    s->tied = (words){ 0 };
}

TREE_INLINE void
add_rows(struct passage *s, const uint32_t *entry, size_t n)
{
    int32_t own = s->own, both = s->both;

    for (size_t i = 0; i < n; i++) {
        const uint32_t c = entry[i] & s->mask;

        own += 2 * s->left[c]++ + 1;
        both += s->total[c];
        s->owns[i] = own;
        s->boths[i] = both;
    }
    s->own = own;
    s->both = both;
}

/* Those behind entries from + i, i < n; what is read beyond is none. */
TREE_INLINE void
score_cuts(struct passage *s, const uint32_t *entry, size_t from, size_t n)
{
    const eight lane = { 1, 2, 3, 4, 5, 6, 7, 8 };
    const double rows = s->n, square = rows * rows;

    for (size_t i = 0; i < n; i += TREE_LANES) {
        const eight l = lane + (double)(from + i), r = rows - l;
        words a, b, parts, differ;
        ints own, both;
        eight score;
        longs better;

        memcpy(&a, entry + i, sizeof a);
        memcpy(&b, entry + i + 1, sizeof b);
        memcpy(&own, s->owns + i, sizeof own);
        memcpy(&both, s->boths + i, sizeof both);
        parts = (words)((a ^ b) >= (uint32_t)TREE_RANKED);
        differ = (words)(((a ^ b) & s->mask) != 0);
        differ &= (words)__builtin_convertvector(r > 0, ints);
        s->tied |= differ & ~parts;
        score = square * __builtin_convertvector(own, eight) -
                l * (2 * rows * __builtin_convertvector(both, eight) -
                     l * s->squares);
        score /= l * r;
        better = __builtin_convertvector((ints)(parts & differ), longs);
        better &= score > s->best;
        s->best = (eight)(((longs)score & better) |
                          ((longs)s->best & ~better));
        s->at = (eight)(((longs)l & better) | ((longs)s->at & ~better));
    }
}

/* The lowest of the best cuts, if it beats best. */
static void
finish(const struct passage *s, struct tree_split *best)
{
    size_t most = 0;

    for (size_t j = 1; j < TREE_LANES; j++)
        if (s->best[j] > s->best[most] ||
            (!(s->best[j] < s->best[most]) && s->at[j] < s->at[most]))
            most = j;
    if (!(s->at[most] > 0) || !(s->best[most] > best->score))
        return;
    best->score = s->best[most];
    best->cut = best->n_left = (size_t)s->at[most];
    best->state = TREE_CUT;
}

MESA_CLONES
static bool
search(const struct tree_exact *e, const uint32_t *entry, size_t n,
       const double *total, struct tree_split *best)
{
    struct passage s;

    begin(&s, e, n, total);
    for (size_t from = 0; from < n; from += STRETCH) {
        const size_t rows = n - from < STRETCH ? n - from : STRETCH;
        const size_t rest = (0 - rows) % TREE_LANES;

        add_rows(&s, entry + from, rows);
        memset(s.owns + rows, 0, rest * sizeof *s.owns);
        memset(s.boths + rows, 0, rest * sizeof *s.boths);
        score_cuts(&s, entry + from, from, rows);
    }
    for (size_t j = 0; j < TREE_LANES; j++)
        if (s.tied[j] != 0)
            return false;
    finish(&s, best);
    return true;
}

/* The best cut between n entries, if it beats best.  False, and nothing has
 * happened, where rows of one value are of several classes.  The last lanes
 * are read beyond the end.  Clang cannot call clones in another file. */
bool
tree_classes_search(const struct tree_exact *e, const uint32_t *entry,
                    size_t n, const double *total, struct tree_split *best)
{
    return search(e, entry, n, total, best);
}
