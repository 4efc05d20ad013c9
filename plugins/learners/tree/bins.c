/* SPDX-License-Identifier: MIT */
/*
 * bins.c - columns as numbers of bins.
 *
 * A column of up to max_bins different values has a bin for each; otherwise
 * bins hold about the same number of rows.  Up to ALL_ROWS rows are sorted for
 * this; of more, SAMPLE_ROWS at equal distances.  A value belongs to the first
 * bin whose upper edge, half way to the next bin, it does not exceed: whatever
 * bins a node lacks, a threshold half way between two of its bins divides its
 * rows as their numbers do.
 *
 * TREE_QUANTILES makes the edges that scikit-learn's gradient boosting has: of
 * more values than bins, the quantiles, without regard to the rows between
 * them, so that edges may coincide and bins be empty.
 */
#include <math.h>
#include <string.h>

#include "tree.h"

#define ALL_ROWS ((size_t)1 << 18)
#define SAMPLE_ROWS ((size_t)1 << 17)

/* Rows that are coded column by column: what they read stays in cache. */
enum { STRIP = 64 };

/* Shared by the columns, then by the chunks of rows. */
struct binning {
    const struct tree_problem *p;
    struct tree_bins          *b;
    size_t                     max_bins, n; /* rows looked at */
    const uint32_t            *zero;        /* n */
    int                        rule;
};

/* Row r of those that count. */
static const double *
problem_row(const struct tree_problem *p, size_t r)
{
    return mesa_row(p->x, p->row ? p->row[r] : r);
}

/* Sorted values [from, to) that are one: each near to the one before. */
static size_t
end_of_value(const double *x, size_t from, size_t to)
{
    for (from++; from < to && !(x[from] > x[from - 1] + TREE_SAME); from++)
        continue;
    return from;
}

/* Bins of one column from its n sorted values. */
static size_t
make_bins(const double *x, size_t n, size_t max_bins, double *low,
          double *high)
{
    size_t n_values = 0, n_bins = 0, open = 0, rest = n;

    for (size_t i = 0; i < n; i = end_of_value(x, i, n))
        n_values++;
    for (size_t i = 0, end; i < n; i = end) {
        size_t wanted = rest / (max_bins - n_bins);

        end = end_of_value(x, i, n);
        if (open == 0)
            low[n_bins] = x[i];
        high[n_bins] = x[end - 1];
        open += end - i;
        if (n_values <= max_bins
            || (open >= wanted && n_bins + 1 < max_bins) || end == n) {
            n_bins++;
            rest -= open;
            open = 0;
        }
    }
    return n_bins;
}

/* The quantile q of n sorted values: of two neighbours, the middle. */
static double
quantile(const double *x, size_t n, double q)
{
    double at = (double)(n - 1) * q, low = floor(at);
    size_t i = (size_t)low;

    return at > low ? x[i + 1] - (x[i + 1] - x[i]) * 0.5 : x[i];
}

/* Edges between all n sorted values if they are few, else the quantiles;
 * returns the number of bins. */
static size_t
make_quantiles(const double *x, size_t n, size_t max_bins, double *edge)
{
    double step = 100 / (double)max_bins;
    size_t n_edges = 0;

    for (size_t i = 1; i < n && n_edges < max_bins; i++)
        if (x[i] > x[i - 1]) {
            if (n_edges + 1 < max_bins)
                edge[n_edges] = tree_between(x[i - 1], x[i]);
            n_edges++;
        }
    if (n_edges < max_bins)
        return n > 0 ? n_edges + 1 : 0;
    for (size_t i = 1; i < max_bins; i++)
        edge[i - 1] = quantile(x, n, (double)i * step / 100);
    return max_bins;
}

/* Bins and edges of column c from its n sorted values. */
static void
set_bins(const struct binning *g, size_t c, const double *x, size_t n)
{
    struct tree_bins *b = g->b;
    size_t at = c * TREE_BINS;

    for (size_t i = 0; i < TREE_BINS; i++)
        b->edge[at + i] = INFINITY;
    if (g->rule == TREE_QUANTILES) {
        b->n[c] = make_quantiles(x, n, g->max_bins, b->edge + at);
        return;
    }
    b->n[c] = make_bins(x, n, g->max_bins, b->low + at, b->high + at);
    for (size_t i = 0; i + 1 < b->n[c]; i++)
        b->edge[at + i] = tree_between(b->high[at + i], b->low[at + i + 1]);
}

/* Sort what is looked at of one column, bin it, and set the edges. */
static mesa_status
bin_column(void *context, size_t c, struct mesa_error *err)
{
    const struct binning *g = context;
    size_t n = g->n, present = 0;
    uint64_t *pairs = mesa_alloc_raw(2 * n, sizeof *pairs);
    uint32_t *order = mesa_alloc_raw(n, sizeof *order);
    double *x = mesa_alloc_raw(2 * n, sizeof *x), *sorted;
    size_t mask;
    mesa_status st = MESA_OK;

    if (!pairs || !order || !x) {
        st = mesa_nomem(err, n, "values");
        goto out;
    }
    sorted = x + n;
    for (size_t i = 0; i < n; i++) {
        size_t r = (size_t)((double)i * ((double)g->p->n / (double)n));

        x[i] = problem_row(g->p, n == g->p->n ? i : r)[c];
    }
    tree_presort(x, g->zero, n, 0, 0, pairs, order);
    mask = n <= TREE_RANKED ? TREE_RANKED - 1 : UINT32_MAX;
    for (; present < n && !isnan(x[order[present] & mask]); present++)
        sorted[present] = x[order[present] & mask];
    set_bins(g, c, sorted, present);
out:
    mesa_free(pairs);
    mesa_free(order);
    mesa_free(x);
    return st;
}

/* The bins of a chunk of rows, in strips. */
static mesa_status
code_rows(void *context, size_t chunk, struct mesa_error *err)
{
    const struct binning *g = context;
    size_t d = g->p->d, end = (chunk + 1) * MESA_CHUNK;

    (void)err;
    if (end > g->p->n)
        end = g->p->n;
    for (size_t from = chunk * MESA_CHUNK; from < end; from += STRIP) {
        size_t to = from + STRIP < end ? from + STRIP : end;

        for (size_t c = 0; c < d; c++)
            for (size_t r = from; r < to; r++)
                g->b->code[r * d + c] = tree_code(g->b->edge + c * TREE_BINS,
                                                  problem_row(g->p, r)[c]);
    }
    return MESA_OK;
}

mesa_status
tree_bins_init(struct tree_bins *b, const struct tree_problem *p,
               size_t max_bins, int rule, struct mesa_error *err)
{
    struct binning g = { .p = p, .b = b, .max_bins = max_bins, .rule = rule };
    bool ends = rule == TREE_EVEN;
    uint32_t *zero;
    mesa_status st = MESA_OK;

    *b = (struct tree_bins){ 0 };
    g.n = p->n <= ALL_ROWS ? p->n : SAMPLE_ROWS;
    g.zero = zero = mesa_alloc_array(g.n, sizeof *zero);
    b->edge = mesa_alloc_raw(p->d, TREE_BINS * sizeof *b->edge);
    if (ends) {
        b->low = mesa_alloc_raw(p->d, TREE_BINS * sizeof *b->low);
        b->high = mesa_alloc_raw(p->d, TREE_BINS * sizeof *b->high);
    }
    b->n = mesa_alloc_raw(p->d, sizeof *b->n);
    b->code = mesa_alloc_raw(p->n, p->d);
    if (!zero || !b->edge || (ends && (!b->low || !b->high)) || !b->n
        || !b->code)
        st = mesa_nomem(err, p->n, "rows to put into bins");
    if (st == MESA_OK)
        st = mesa_parallel_for(p->d, bin_column, &g, err);
    if (st == MESA_OK)
        st = mesa_parallel_for(MESA_CHUNKS(p->n), code_rows, &g, err);
    mesa_free(zero);
    return st;
}

void
tree_bins_free(struct tree_bins *b)
{
    mesa_free(b->edge);
    mesa_free(b->low);
    mesa_free(b->high);
    mesa_free(b->n);
    mesa_free(b->code);
}
