/* SPDX-License-Identifier: MIT */
/*
 * search.c - the best cut of a node.
 *
 * The gain of a cut is G_l^2 / (H_l + lambda) + G_r^2 / (H_r + lambda)
 * - G^2 / (H + lambda) (Chen and Guestrin 2016, equation 7, without the factor
 * 1/2).  Of equal gains the lowest column wins, then missing rows on the right
 * and the lowest bin, then missing rows on the left and the highest bin: the
 * order in which scikit-learn looks at them.
 */
#include "gradient_boosting.h"

/* Cuts that are scored at a time. */
enum { LANES = 16 };

struct searching {
    struct gb_grow       *g;
    const struct gb_open *node;
};

/* What scoring needs of a node. */
struct scoring {
    struct gb_sum   total;
    struct gb_units units;
    int64_t         mask, min_leaf;
    double          l2, own; /* own: of the node as it is */
};

TREE_INLINE double
side_score(const struct scoring *s, int64_t sum_g, int64_t sum_h, double *h)
{
    double g = (double)sum_g * s->units.g;

    *h = (double)(sum_h >> s->units.shift) * s->units.h;
    return g * g / (*h + s->l2 + 1e-15);
}

/* The gain of LANES cuts from what is on their left; 0 where a side is too
 * small. */
MESA_CLONES
static void
score_lanes(const struct scoring *s, const int64_t *left_g,
            const int64_t *left_h, double *gain)
{
    for (size_t i = 0; i < LANES; i++) {
        int64_t right_h = s->total.h - left_h[i];
        double hl, hr;
        double l = side_score(s, left_g[i], left_h[i], &hl);
        double r = side_score(s, s->total.g - left_g[i], right_h, &hr);
        int fits = ((left_h[i] & s->mask) >= s->min_leaf)
                 & ((right_h & s->mask) >= s->min_leaf)
                 & (hl >= GB_MIN_HESSIAN) & (hr >= GB_MIN_HESSIAN);

        gain[i] = fits ? l + r - s->own : 0;
    }
}

/* A column as sums over the bins up to each; room for whole lanes. */
struct column {
    int64_t g[TREE_BINS + LANES], h[TREE_BINS + LANES];
    double  gain[TREE_BINS + LANES];
    size_t  n_cuts;
};

static void
score_column(const struct scoring *s, struct column *c)
{
    for (size_t i = 0; i < c->n_cuts; i += LANES)
        score_lanes(s, c->g + i, c->h + i, c->gain + i);
}

static void
take_cut(const struct column *c, size_t bin, uint8_t missing_left,
         struct gb_cut *out)
{
    if (!(c->gain[bin] > out->gain))
        return;
    out->gain = c->gain[bin];
    out->left = (struct gb_sum){ c->g[bin], c->h[bin] };
    out->bin = (uint8_t)bin;
    out->missing_left = missing_left;
}

/* Missing rows go right, and "missing" against the rest is a cut too; then,
 * from the highest bin down, they go left. */
static void
search_column(const struct gb_grow *g, const struct scoring *s,
              const struct gb_sum *hist, size_t column, struct gb_cut *out)
{
    size_t n = g->rows->bins.n[column];
    bool missing = g->rows->missing[column];
    struct gb_sum sum = { 0, 0 };
    struct column c;

    c.n_cuts = n + missing > 0 ? n + missing - 1 : 0;
    for (size_t i = 0; i < c.n_cuts; i++) {
        sum.g += hist[i].g;
        sum.h += hist[i].h;
        c.g[i] = sum.g;
        c.h[i] = sum.h;
    }
    for (size_t i = c.n_cuts; i % LANES != 0; i++)
        c.g[i] = c.h[i] = 0;
    score_column(s, &c);
    for (size_t i = 0; i < c.n_cuts; i++)
        take_cut(&c, i, 0, out);
    if (!missing || n < 2)
        return;
    for (size_t i = 0; i < n - 1; i++) {
        c.g[i] += hist[TREE_MISSING].g;
        c.h[i] += hist[TREE_MISSING].h;
    }
    c.n_cuts = n - 1;
    score_column(s, &c);
    for (size_t i = n - 1; i-- > 0;)
        take_cut(&c, i, 1, out);
}

static mesa_status
search_one(void *context, size_t i, struct mesa_error *err)
{
    const struct searching *t = context;
    struct gb_grow *g = t->g;
    const struct gb_open *node = t->node;
    uint32_t column = g->column[i];
    struct scoring s = { .total = node->sum, .units = g->units,
                         .l2 = g->limits->l2 };
    double h;

    (void)err;
    s.mask = ((int64_t)1 << g->units.shift) - 1;
    s.min_leaf = (int64_t)g->limits->min_leaf;
    s.own = side_score(&s, s.total.g, s.total.h, &h);
    g->found[i] = (struct gb_cut){ .column = column };
    search_column(g, &s, node->hist + column * TREE_BINS, column,
                  &g->found[i]);
    return MESA_OK;
}

/* Without missing rows in training, those to come follow the child with more
 * rows, right if both have as many. */
mesa_status
gb_search(struct gb_grow *g, struct gb_open *node, struct mesa_error *err)
{
    struct searching t = { g, node };
    struct gb_cut *best = &node->cut;
    size_t n_left;
    mesa_status st = MESA_OK;

    if (mesa_parallel_threads() > 1 && g->n_columns * TREE_BINS >= 4096)
        st = mesa_parallel_for(g->n_columns, search_one, &t, err);
    else
        for (size_t i = 0; i < g->n_columns; i++)
            search_one(&t, i, err);
    *best = (struct gb_cut){ .gain = 0 };
    for (size_t i = 0; i < g->n_columns; i++)
        if (g->found[i].gain > best->gain)
            *best = g->found[i];
    if (best->gain > 0 && !g->rows->missing[best->column]) {
        n_left = gb_count(&g->units, &best->left);
        best->missing_left = n_left > node->count - n_left;
    }
    return st;
}
