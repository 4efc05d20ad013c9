/* SPDX-License-Identifier: MIT */
/*
 * hist.c - the best cut of a node among those between bins.
 *
 * Columns become bytes (bins.c), row by row, so that a node of scattered rows
 * touches each row's cache line once.  A node counts its rows, and those of
 * each class but the first, by bin; the larger of two siblings is what the
 * smaller leaves of their parent.  Counts are whole numbers and weights lie on
 * a grid, hence no sum depends on its order: neither how the columns are
 * dealt to threads nor subtraction changes a bit.  Where every column has a
 * bin for each of its values, the cuts and scores, and so the tree, are those
 * of the exact search.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "criterion.h"
#include "hist.h"

/* Columns that are counted together: their counts fit the first cache. */
enum { GROUP = 16 };

/* Nodes of so many rows or fewer are left to the exact search. */
#define SMALL_ROWS ((size_t)2048)

/* Rows x columns from which searching bins is worth more threads. */
#define SEARCH_ALONE ((size_t)1 << 16)

static void
free_slot(struct tree_histogram *s)
{
    mesa_free(s->rows);
    mesa_free(s->ones);
    mesa_free(s->weight);
}

/* A histogram for node; what is in it is undefined. */
static mesa_status
take_slot(struct tree_hist *h, struct tree_span *span, struct mesa_error *err)
{
    size_t cells = h->p->d * TREE_BINS, k = h->p->k, n = h->n_slots;
    struct tree_histogram s = { 0 };
    void *block;

    if (h->n_unused > 0) {
        span->hist = h->unused[--h->n_unused];
        return MESA_OK;
    }
    block = mesa_realloc_array(h->slot, n + 1, sizeof *h->slot);
    if (!block)
        return mesa_nomem(err, n + 1, "histograms");
    h->slot = block;
    block = mesa_realloc_array(h->unused, n + 1, sizeof *h->unused);
    if (!block)
        return mesa_nomem(err, n + 1, "histograms");
    h->unused = block;
    s.rows = mesa_alloc_raw(cells, sizeof *s.rows);
    if (h->p->w)
        s.weight = mesa_alloc_raw(cells, k * sizeof *s.weight);
    else
        s.ones = mesa_alloc_raw(cells, (k - 1) * sizeof *s.ones);
    if (!s.rows || (!s.weight && !s.ones)) {
        free_slot(&s);
        return mesa_nomem(err, cells, "bins");
    }
    h->slot[n] = s;
    h->n_slots = n + 1;
    span->hist = (int32_t)n;
    return MESA_OK;
}

static void
give_slot(struct tree_hist *h, struct tree_span *span)
{
    if (span->hist >= 0)
        h->unused[h->n_unused++] = span->hist;
    span->hist = -1;
}

/* One node's rows, to be counted by groups of columns. */
struct counting {
    const struct tree_hist      *h;
    const struct tree_histogram *s;
    const uint32_t              *row; /* of the node */
    size_t                       n;
};

/* The weight of every class, in columns from ... to - 1. */
static void
count_weights(const struct counting *t, size_t from, size_t to)
{
    const struct tree_problem *p = t->h->p;
    size_t d = p->d, plane = d * TREE_BINS;
    uint32_t mask = (1u << t->h->shift) - 1;

    for (size_t c = 0; c < p->k; c++)
        memset(t->s->weight + c * plane + from * TREE_BINS, 0,
               (to - from) * TREE_BINS * sizeof *t->s->weight);
    for (size_t i = 0; i < t->n; i++) {
        size_t r = t->row[i] >> t->h->shift;
        const uint8_t *code = t->h->bins.code + r * d;
        double *weight = t->s->weight + (t->row[i] & mask) * plane;

        for (size_t c = from; c < to; c++)
            weight[c * TREE_BINS + code[c]] += p->w[r];
    }
}

/* Rows of every class but the first.  That is mostly the largest one, and then
 * of most rows nothing more is to be read. */
static void
count_ones(const struct counting *t, size_t from, size_t to)
{
    size_t d = t->h->p->d, plane = d * TREE_BINS;
    uint32_t mask = (1u << t->h->shift) - 1;

    for (size_t c = 1; c < t->h->p->k; c++)
        memset(t->s->ones + (c - 1) * plane + from * TREE_BINS, 0,
               (to - from) * TREE_BINS * sizeof *t->s->ones);
    for (size_t i = 0; i < t->n; i++) {
        uint32_t class = t->row[i] & mask;
        const uint8_t *code;
        uint32_t *ones;

        if (class == 0)
            continue;
        code = t->h->bins.code + (t->row[i] >> t->h->shift) * d;
        ones = t->s->ones + (class - 1) * plane;
        for (size_t c = from; c < to; c++)
            ones[c * TREE_BINS + code[c]]++;
    }
}

/* Count the rows of a node in one group of columns. */
static mesa_status
count_group(void *context, size_t group, struct mesa_error *err)
{
    const struct counting *t = context;
    size_t d = t->h->p->d, from = group * GROUP;
    size_t to = from + GROUP < d ? from + GROUP : d;
    uint32_t *rows = t->s->rows + from * TREE_BINS;

    (void)err;
    memset(rows, 0, (to - from) * TREE_BINS * sizeof *rows);
    for (size_t i = 0; i < t->n; i++) {
        const uint8_t *code = t->h->bins.code
                              + (t->row[i] >> t->h->shift) * d + from;

        for (size_t c = 0; c < to - from; c++)
            rows[c * TREE_BINS + code[c]]++;
    }
    if (t->s->weight)
        count_weights(t, from, to);
    else
        count_ones(t, from, to);
    return MESA_OK;
}

/* The histogram of a node from its rows. */
static mesa_status
count_node(struct tree_hist *h, struct tree_span *span, struct mesa_error *err)
{
    struct counting t = { .h = h, .n = span->count };
    size_t groups = (h->p->d + GROUP - 1) / GROUP;
    mesa_status st = take_slot(h, span, err);

    if (st != MESA_OK)
        return st;
    t.s = &h->slot[span->hist];
    t.row = h->row + span->start;
    if (span->count * h->p->d >= (size_t)1 << 17)
        return mesa_parallel_for(groups, count_group, &t, err);
    for (size_t i = 0; i < groups; i++)
        count_group(&t, i, err);
    return MESA_OK;
}

/* Leave in large, which is the parent's, what small does not hold. */
static void
subtract(const struct tree_hist *h, const struct tree_histogram *large,
         const struct tree_histogram *small)
{
    size_t cells = h->p->d * TREE_BINS, k = h->p->k;

    for (size_t i = 0; i < cells; i++)
        large->rows[i] -= small->rows[i];
    if (large->weight)
        for (size_t i = 0; i < cells * k; i++)
            large->weight[i] -= small->weight[i];
    else
        for (size_t i = 0; i < cells * (k - 1); i++)
            large->ones[i] -= small->ones[i];
}

/* A small node is set aside; a large one needs its histogram. */
static mesa_status
hist_begin(void *engine, struct tree_grow *g, size_t node, bool *done,
           struct mesa_error *err)
{
    struct tree_hist *h = engine;
    struct tree_span *span = &g->span[node];

    if (span->count <= h->small) {
        *done = true;
        return tree_hist_later(h, node, err);
    }
    return span->hist < 0 ? count_node(h, span, err) : MESA_OK;
}

/* Add one bin to the left side. */
static inline double
add_bin(const struct tree_hist *h, const struct tree_histogram *s, size_t at,
        double *left)
{
    size_t plane = h->p->d * TREE_BINS, k = h->p->k;
    double sum = 0, rest = s->rows[at];

    if (s->weight) {
        for (size_t c = 0; c < k; c++) {
            left[c] += s->weight[c * plane + at];
            sum += s->weight[c * plane + at];
        }
        return sum;
    }
    for (size_t c = 1; c < k; c++) {
        left[c] += s->ones[(c - 1) * plane + at];
        rest -= s->ones[(c - 1) * plane + at];
    }
    left[0] += rest;
    return s->rows[at];
}

/* The search of one column: the sums so far go into left. */
struct bin_search {
    const struct tree_hist      *h;
    const struct tree_histogram *s;
    const double                *total;
    double                       weight;
    size_t                       n, n_bins, at; /* at: first bin */
    double                      *left;
    struct tree_split           *best;
};

/* A cut above bin cut; the next bin with rows is bin next. */
static void
try_bin(const struct bin_search *b, size_t cut, size_t next, size_t n_left,
        double l, uint32_t missing_left)
{
    const struct tree_problem *p = b->h->p;
    double score;

    if (n_left < p->min_leaf || b->n - n_left < p->min_leaf
        || l < p->min_weight || b->weight - l < p->min_weight)
        return;
    if (p->k == 2 && !p->w)
        score = tree_score_counts(p, l, b->left[1], b->weight, b->total[1]);
    else
        score = tree_score(p, b->left, l, b->total, b->weight);
    if (!(score > b->best->score))
        return;
    b->best->score = score;
    b->best->cut = cut;
    b->best->n_left = n_left;
    b->best->missing_left = missing_left;
    b->best->state = TREE_CUT;
    b->best->threshold = next == TREE_MISSING
                       ? DBL_MAX
                       : tree_between(b->h->bins.high[b->at + cut],
                                      b->h->bins.low[b->at + next]);
}

/* All cuts of a column with the missing rows on one side. */
static void
search_bins(const struct bin_search *b, uint32_t missing_left)
{
    const uint32_t *rows = b->s->rows + b->at;
    size_t n_left = 0, last = TREE_MISSING;
    double l = 0;

    memset(b->left, 0, b->h->p->k * sizeof *b->left);
    if (missing_left) {
        l = add_bin(b->h, b->s, b->at + TREE_MISSING, b->left);
        n_left = rows[TREE_MISSING];
    }
    for (size_t i = 0; i < b->n_bins; i++) {
        if (rows[i] == 0)
            continue;
        if (last != TREE_MISSING)
            try_bin(b, last, i, n_left, l, missing_left);
        l += add_bin(b->h, b->s, b->at + i, b->left);
        n_left += rows[i];
        last = i;
    }
    if (!missing_left && rows[TREE_MISSING] > 0 && last != TREE_MISSING)
        try_bin(b, last, TREE_MISSING, n_left, l, missing_left);
}

/* As the exact search, on bins with rows in them: missing rows go left, then
 * right, and right only if that is better. */
static void
hist_search(const void *engine, const struct tree_grow *g, size_t node,
            size_t column, const struct mesa_rng *rng, struct tree_split *out)
{
    const struct tree_hist *h = engine;
    const struct tree_span *span = &g->span[node];
    struct bin_search b = { .h = h, .best = out };
    size_t used = 0;

    (void)rng; /* method = hist has no random splitter */
    b.s = &h->slot[span->hist];
    b.total = g->m->value + node * g->p->k;
    b.weight = g->m->node[node].weight;
    b.n = span->count;
    b.n_bins = h->bins.n[column];
    b.at = column * TREE_BINS;
    b.left = g->left + column * g->p->k;
    *out = (struct tree_split){ .score = out->score, .column = column };
    for (size_t i = 0; i < b.n_bins; i++)
        used += b.s->rows[b.at + i] > 0;
    used += b.s->rows[b.at + TREE_MISSING] > 0;
    if (used < 2)
        return;
    out->state = TREE_NO_CUT;
    if (b.s->rows[b.at + TREE_MISSING] > 0)
        search_bins(&b, 1);
    search_bins(&b, 0);
    if (out->state == TREE_CUT && b.s->rows[b.at + TREE_MISSING] == 0)
        out->missing_left = TREE_LARGER;
}

/* Which bins go left. */
static void
mark_bins(const struct tree_split *split, uint8_t *left)
{
    for (size_t i = 0; i < TREE_MISSING; i++)
        left[i] = i <= split->cut;
    left[TREE_MISSING] = split->missing_left == 1;
}

/* The same from the histogram of the node, if it is still there. */
static void
count_bins(const struct tree_hist *h, const struct tree_histogram *s,
           const struct tree_split *split, double *left)
{
    size_t at = split->column * TREE_BINS;
    uint8_t goes[TREE_BINS];

    mark_bins(split, goes);
    for (size_t i = 0; i < TREE_BINS; i++)
        if (goes[i] && s->rows[at + i] > 0)
            add_bin(h, s, at + i, left);
}

/* Classes on the left of a cut, from bins or, best first, from rows. */
static void
hist_count(const void *engine, const struct tree_grow *g, size_t node,
           const struct tree_split *split, double *left)
{
    const struct tree_hist *h = engine;
    const struct tree_span *span = &g->span[node];
    uint32_t mask = (1u << h->shift) - 1;
    uint8_t goes[TREE_BINS];

    memset(left, 0, g->p->k * sizeof *left);
    if (span->hist >= 0) {
        count_bins(h, &h->slot[span->hist], split, left);
        return;
    }
    mark_bins(split, goes);
    for (size_t i = 0; i < span->count; i++) {
        uint32_t entry = h->row[span->start + i];
        size_t r = entry >> h->shift;

        if (goes[h->bins.code[r * g->p->d + split->column]])
            left[entry & mask] += g->p->w ? g->p->w[r] : 1;
    }
}

/* Rows of a node to their sides, in order. */
static mesa_status
move_rows(const struct tree_hist *h, const struct tree_span *span,
          const struct tree_split *split, struct mesa_error *err)
{
    struct tree_move v = { .row = h->row + span->start, .spare = h->spare,
                           .n = span->count, .shift = h->shift,
                           .code = h->bins.code + split->column,
                           .stride = h->p->d };

    mark_bins(split, v.goes);
    return tree_move_rows(&v, err);
}

/* Histograms of the children that will be searched by them: the smaller one
 * is counted, the larger one takes over its parent's. */
static mesa_status
count_children(struct tree_hist *h, struct tree_span *parent,
               struct tree_span *small, struct tree_span *large,
               bool open_small, struct mesa_error *err)
{
    mesa_status st = count_node(h, small, err);

    if (st != MESA_OK)
        return st;
    subtract(h, &h->slot[parent->hist], &h->slot[small->hist]);
    large->hist = parent->hist;
    parent->hist = -1;
    if (!open_small || small->count <= h->small)
        give_slot(h, small);
    return MESA_OK;
}

/* Best first, histograms are not kept, and children count their own. */
static mesa_status
hist_divide(void *engine, struct tree_grow *g, size_t node,
            const struct tree_split *split, bool open_left, bool open_right,
            struct mesa_error *err)
{
    struct tree_hist *h = engine;
    struct tree_span *span = &g->span[node];
    struct tree_span *child = &g->span[g->m->node[node].left];
    bool open[2] = { open_left, open_right };
    mesa_status st = move_rows(h, span, split, err);
    size_t s;

    if (st != MESA_OK)
        return st;
    s = child[1].count < child[0].count;
    if (g->p->max_leaves != SIZE_MAX || !open[!s]
        || child[!s].count <= h->small)
        return MESA_OK;
    return count_children(h, span, &child[s], &child[!s], open[s], err);
}

/* Best first, nodes wait to be divided in any number, but not their
 * histograms: counting and dividing look at rows. */
static void
hist_end(void *engine, struct tree_grow *g, size_t node)
{
    give_slot(engine, &g->span[node]);
}

static const struct tree_engine hist_engine = {
    .cells_at_once = SEARCH_ALONE,
    .begin = hist_begin,
    .search = hist_search,
    .count = hist_count,
    .divide = hist_divide,
    .end = hist_end,
};

/* Bins, and rows in order of number: all in the root. */
static mesa_status
hist_init(struct tree_hist *h, const struct tree_problem *p, size_t max_bins,
          struct mesa_error *err)
{
    mesa_status st;

    h->p = p;
    h->small = p->max_leaves == SIZE_MAX ? SMALL_ROWS : 0;
    for (h->shift = 1; (size_t)1 << h->shift < p->k;)
        h->shift++;
    if (p->n > UINT32_MAX >> h->shift)
        return mesa_fail(err, MESA_EDATA, "%zu rows of %zu classes: at most "
                         "%zu rows", p->n, p->k,
                         (size_t)(UINT32_MAX >> h->shift));
    st = tree_bins_init(&h->bins, p, max_bins, TREE_EVEN, err);
    if (st != MESA_OK)
        return st;
    h->row = mesa_alloc_raw(p->n, sizeof *h->row);
    h->spare = mesa_alloc_raw(p->n, sizeof *h->spare);
    if (!h->row || !h->spare)
        return mesa_nomem(err, p->n, "rows");
    for (size_t r = 0; r < p->n; r++)
        h->row[r] = (uint32_t)r << h->shift | p->y[r];
    return MESA_OK;
}

mesa_status
tree_hist_fit(struct tree_grow *g, size_t max_bins, struct mesa_error *err)
{
    struct tree_hist h = { 0 };
    mesa_status st = hist_init(&h, g->p, max_bins, err);

    if (st == MESA_OK && g->p->max_leaves != SIZE_MAX)
        st = tree_grow_best(g, &hist_engine, &h, err);
    else if (st == MESA_OK)
        st = tree_grow_below(g, &hist_engine, &h, 0, err);
    if (st == MESA_OK)
        st = tree_hist_finish(&h, g, err);
    for (size_t i = 0; i < h.n_slots; i++)
        free_slot(&h.slot[i]);
    mesa_free(h.slot);
    mesa_free(h.unused);
    mesa_free(h.later);
    mesa_free(h.row);
    mesa_free(h.spare);
    tree_bins_free(&h.bins);
    return st;
}
