/* SPDX-License-Identifier: MIT */
/*
 * exact.c - the best cut of a node among all there are.
 *
 * Every column keeps the rows of a node side by side, in order of their
 * values.  Dividing a node splits these stretches stably, so that nothing is
 * ever sorted again (SPRINT: Shafer, Agrawal and Mehta 1996): a level of the
 * tree costs O(rows x columns) in sequential sweeps.  An entry carries the row
 * and its class, so that a sweep reads four bytes a row and looks at a value
 * only where the class changes.
 *
 * That this is enough (Fayyad and Irani 1993): move k rows of one class c from
 * right to left.  With F(v) = sum v_c^2 / sum v, or sum v_c log v_c - (sum v)
 * log sum v, the score is F(left + k e_c) + F(right - k e_c) and F is convex,
 * so the score is convex in k: inside a run of one class it is nowhere above
 * both ends.  If it equals the larger end inside, it is constant over the run,
 * and the lower end, which is looked at first, keeps the tie as a lower
 * threshold should.  A run from the first row on starts at the score of not
 * cutting, which is the least there is, or, with missing rows on the left, at
 * the cut "missing | the rest", which is looked at with them on the right.
 * Where a limit forbids an end of a run, the cut nearest to it is looked at.
 */
#include <float.h>
#include <string.h>

#include "criterion.h"
#include "exact.h"

/* One pass over a column of a node, missing rows on one side. */
struct sweep {
    const struct tree_exact   *e;
    const struct tree_problem *p;
    const uint32_t            *order; /* of the node */
    const double              *value; /* of the column */
    const double              *total; /* weight of each class in the node */
    double                     weight;
    size_t                     n, m;       /* rows, those with a value */
    size_t                     first, last; /* cuts within the limits  */
    size_t                     extra;      /* missing rows on the left */
    uint32_t                   missing_left;
    bool                       ranked; /* ranks tell values apart */
    struct tree_split         *best;
};

TREE_INLINE double
value_at(const struct sweep *s, size_t i)
{
    return s->value[row_of(s->e, s->order[i])];
}

/* Whether a cut between rows i - 1 and i tells them apart. */
TREE_INLINE bool
parts(const struct sweep *s, size_t i)
{
    if (s->ranked)
        return s->order[i] >> TREE_RANK != s->order[i - 1] >> TREE_RANK;
    return value_at(s, i) > value_at(s, i - 1) + s->e->same;
}

/* Whether all rows, none of which is missing, have one value. */
TREE_INLINE bool
is_constant(const struct sweep *s)
{
    if (s->ranked)
        return s->order[0] >> TREE_RANK == s->order[s->n - 1] >> TREE_RANK;
    return value_at(s, s->n - 1) <= value_at(s, 0) + s->e->same;
}

/* The first i in (from, to] with rows from and i differing, knowing that
 * values rise: doubling steps, then halving them. */
static size_t
leave_value(const struct sweep *s, size_t from, size_t to)
{
    double x = value_at(s, from);
    size_t step = 1, low = from, high;

    while (low + step < to && value_at(s, low + step) <= x) {
        low += step;
        step *= 2;
    }
    high = low + step < to ? low + step : to;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;

        if (value_at(s, mid) <= x)
            low = mid;
        else
            high = mid;
    }
    return high;
}

/* The mirror image: the least i in [to, from] equal to row from. */
static size_t
enter_value(const struct sweep *s, size_t from, size_t to)
{
    double x = value_at(s, from);
    size_t step = 1, high = from, low;

    while (high >= to + step && value_at(s, high - step) >= x) {
        high -= step;
        step *= 2;
    }
    low = high >= to + step ? high - step + 1 : to;
    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (value_at(s, mid) >= x)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* The first cut at or above i; m if there is none. */
static size_t
next_cut(const struct sweep *s, size_t i)
{
    while (i < s->m && !parts(s, i))
        i = leave_value(s, i, s->m);
    return i;
}

/* The last cut at or below i, but not below to. */
static size_t
previous_cut(const struct sweep *s, size_t i, size_t to)
{
    while (i > to && !parts(s, i))
        i = enter_value(s, i - 1, to);
    return i;
}

/* Strictly better only: the lowest threshold of equals came first. */
TREE_INLINE void
keep_cut(const struct sweep *s, size_t cut, double score)
{
    if (!(score > s->best->score))
        return;
    s->best->score = score;
    s->best->cut = cut;
    s->best->n_left = cut + s->extra;
    s->best->missing_left = s->missing_left;
    s->best->state = TREE_CUT;
}

/* Two classes, all weights 1. */
TREE_INLINE void
try_counts(const struct sweep *s, size_t cut, size_t ones)
{
    if (cut < s->first || cut > s->last)
        return;
    keep_cut(s, cut, tree_score_counts(s->p, (double)(cut + s->extra),
                                       (double)ones, (double)s->n,
                                       s->total[1]));
}

/* The end of the run of one class that starts at i. */
TREE_INLINE size_t
run_end(const uint32_t *order, size_t i, size_t m, uint32_t mask)
{
    uint32_t c = order[i];

    for (i++; i + 16 <= m; i += 16) {
        uint32_t differ = 0;

        for (size_t j = 0; j < 16; j++)
            differ |= order[i + j] ^ c;
        if ((differ & mask) != 0)
            break;
    }
    while (i < m && ((order[i] ^ c) & mask) == 0)
        i++;
    return i;
}

/* Cuts within the run [from, to) that a limit makes the nearest to an end
 * out of reach. */
TREE_INLINE void
try_limits(const struct sweep *s, size_t from, size_t to, size_t ones, size_t c)
{
    if (s->first > from && s->first < to) {
        size_t cut = next_cut(s, s->first);

        if (cut < to)
            try_counts(s, cut, ones + c * (cut - from));
    }
    if (s->last > from && s->last < to) {
        size_t cut = previous_cut(s, s->last, from);

        if (cut > from)
            try_counts(s, cut, ones + c * (cut - from));
    }
}

/* ones: of the missing rows on the left. */
MESA_CLONES
static void
sweep_counts(const struct sweep *s, size_t ones)
{
    const uint32_t *order = s->order;
    bool limited = s->p->min_leaf > 1;
    size_t tried = 0;

    for (size_t i = 0; i < s->m && i <= s->last;) {
        size_t c = order[i] & 1, end = run_end(order, i, s->m, 1), low;

        if (limited)
            try_limits(s, i, end, ones, c);
        ones += c * (end - i);
        i = end;
        if (i == s->m)
            break;
        if (!parts(s, i)) {
            /* Rows of one value and several classes: both its ends are cuts.
             * All of it before row i is of class c. */
            low = previous_cut(s, i, tried);
            if (low > tried)
                try_counts(s, low, ones - c * (i - low));
            end = next_cut(s, i);
            ones += count_ones(order, i, end);
            i = end;
        }
        if (i < s->m)
            try_counts(s, i, ones);
        tried = i;
    }
    if (s->last == s->m)
        try_counts(s, s->m, ones);
}

/* Any classes and weights: the limit on weight applies too. */
TREE_INLINE void
try_weights(const struct sweep *s, size_t cut, const double *left, double l)
{
    if (cut < s->first || cut > s->last || l < s->p->min_weight
        || s->weight - l < s->p->min_weight)
        return;
    if (s->p->criterion == TREE_GINI
        && !tree_may_exceed(s->p, left, l, s->total, s->weight,
                            s->best->score))
        return;
    keep_cut(s, cut, tree_score(s->p, left, l, s->total, s->weight));
}

/* Any classes and weights.  Under a limit every cut is looked at. */
MESA_CLONES
static void
sweep_weights(const struct sweep *s, double *left, double l)
{
    const uint32_t *order = s->order;
    uint32_t mask = (1u << s->e->shift) - 1;
    bool dense = s->p->min_leaf > 1 || s->p->min_weight > 0;
    size_t tried = 0;

    for (size_t i = 0; i < s->m;) {
        size_t end = dense ? i + 1 : run_end(order, i, s->m, mask), low;

        l += move_run(s->e, order, i, end, left);
        i = end;
        if (i == s->m)
            break;
        if (!parts(s, i)) {
            low = previous_cut(s, i, tried);
            if (low > tried) {
                l += move_rows(s->e, order, low, i, -1, left);
                try_weights(s, low, left, l);
                l += move_rows(s->e, order, low, i, 1, left);
            }
            end = next_cut(s, i);
            l += move_rows(s->e, order, i, end, 1, left);
            i = end;
        }
        if (i < s->m)
            try_weights(s, i, left, l);
        tried = i;
    }
    if (s->last == s->m)
        try_weights(s, s->m, left, l);
}

/* Rows with a value: the rest of the column is missing. */
static size_t
count_present(const struct sweep *s)
{
    size_t low = 0, high = s->n;

    if (!isnan(value_at(s, s->n - 1)))
        return s->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (isnan(value_at(s, mid)))
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* Classes of the missing rows, if those go left. */
static double
start_left(const struct sweep *s, double *left)
{
    memset(left, 0, s->p->k * sizeof *left);
    return move_rows(s->e, s->order, s->n - s->extra, s->n, 1, left);
}

/* One cut at a value drawn between the least and the largest. */
static void
try_random(struct sweep *s, const struct mesa_rng *rng, double *left)
{
    struct mesa_rng own = *rng;
    double low = value_at(s, 0), high = value_at(s, s->m - 1);
    double at = low + mesa_rng_uniform(&own) * (high - low), l;
    size_t from = 0, to = s->m;

    if (!(at < high))
        at = low;
    while (from < to) {
        size_t mid = from + (to - from) / 2;

        if (value_at(s, mid) <= at)
            from = mid + 1;
        else
            to = mid;
    }
    l = start_left(s, left) + move_rows(s->e, s->order, 0, from, 1, left);
    try_weights(s, from, left, l);
    s->best->threshold = at;
}

/* Search with the missing rows on the side that s says. */
static void
search_side(struct sweep *s, const struct mesa_rng *rng, double *left)
{
    size_t leaf = s->p->min_leaf, rest = s->n - s->extra;

    s->first = leaf > s->extra + 1 ? leaf - s->extra : 1;
    if (rest < leaf)
        return;
    s->last = rest - leaf;
    if (s->last > s->m)
        s->last = s->m;
    if (s->last == s->m && s->m == rest)
        s->last--; /* all on one side is no cut */
    if (s->first > s->last)
        return;
    if (rng) {
        try_random(s, rng, left);
    } else if (s->p->k == 2 && !s->e->w && !(s->p->min_weight > 0)) {
        start_left(s, left);
        sweep_counts(s, (size_t)left[1]);
    } else {
        double l = start_left(s, left);

        sweep_weights(s, left, l);
    }
}

/* The threshold of the cut found: half way between its neighbours. */
static double
threshold_of(const struct sweep *s, bool drawn)
{
    size_t bin = s->best->column * TREE_BINS;
    double a, b;

    if (s->best->cut == s->m)
        return DBL_MAX;
    if (drawn)
        return s->best->threshold;
    a = value_at(s, s->best->cut - 1);
    b = value_at(s, s->best->cut);
    if (s->e->bins) {
        a = s->e->bins->high[bin + (size_t)a];
        b = s->e->bins->low[bin + (size_t)b];
    }
    return tree_between(a, b);
}

/* Missing rows left, then right; the last candidate with them on the right
 * is all values against none. */
static void
search_sides(struct sweep *s, const struct mesa_rng *rng, double *left)
{
    s->extra = s->n - s->m;
    s->missing_left = 1;
    search_side(s, rng, left);
    if (s->m < s->n) {
        s->extra = 0;
        s->missing_left = 0;
        search_side(s, rng, left);
    }
}

static void
exact_search(const void *engine, const struct tree_grow *g, size_t node,
             size_t column, const struct mesa_rng *rng, struct tree_split *out)
{
    const struct tree_exact *e = engine;
    const struct tree_span *span = &g->span[node];
    double *left = g->left + column * g->p->k;
    struct sweep s = { .e = e, .p = g->p, .n = span->count, .best = out };

    if (e->place)
        tree_exact_gather(e, column, span->start, span->count);
    s.order = tree_exact_entries(e, column, span->start);
    s.value = e->value + column * e->n;
    s.total = g->m->value + node * g->p->k;
    s.weight = g->m->node[node].weight;
    *out = (struct tree_split){ .score = out->score, .column = column };
    s.ranked = e->ranked[column];
    s.m = e->plain[column] ? s.n : count_present(&s);
    if (s.m == 0 || (s.m == s.n && is_constant(&s)))
        return;
    out->state = TREE_NO_CUT;
    if (e->even && e->plain[column])
        tree_exact_ranked(e, s.order, s.n, s.total[1], out);
    else if (!e->plain[column] || !tree_classes_serve(e, s.n) ||
             !tree_classes_search(e, s.order, s.n, s.total, out))
        search_sides(&s, rng, left);
    if (out->state != TREE_CUT)
        return;
    out->threshold = threshold_of(&s, rng != NULL);
    if (s.m == s.n)
        out->missing_left = TREE_LARGER;
}

const struct tree_engine tree_exact_engine = {
    .cells_at_once = TREE_EXACT_CELLS,
    .begin = tree_exact_begin,
    .search = exact_search,
    .count = tree_exact_count,
    .divide = tree_exact_divide,
};
