/* SPDX-License-Identifier: MIT */
/*
 * grow.c - one tree, the best cut first.
 *
 * The smaller of two children is counted, the larger one takes over its
 * parent's histogram.  Nodes that wait keep theirs as long as there are
 * histograms left; a child of one that has none is counted too, which changes
 * the time but not a bit.  Without a limit of leaves the tree does not depend
 * on the order of cuts: then the last node is cut first, and few wait.
 */
#include <string.h>

#include "gradient_boosting.h"

/* Histograms, beyond those that are no larger than the rows. */
enum { SPARE_SLOTS = 16 };

mesa_status
gb_grow_init(struct gb_grow *g, const struct gb_rows *rows,
             const struct gb_limits *limits, struct mesa_error *err)
{
    *g = (struct gb_grow){ .rows = rows, .limits = limits };
    g->max_slots = rows->n / TREE_BINS + SPARE_SLOTS;
    g->row = mesa_alloc_raw(rows->n, sizeof *g->row);
    g->spare = mesa_alloc_raw(rows->n, sizeof *g->spare);
    g->column = mesa_alloc_raw(rows->d, sizeof *g->column);
    g->found = mesa_alloc_raw(rows->d, sizeof *g->found);
    g->slot = mesa_alloc_array(g->max_slots, sizeof *g->slot);
    g->unused = mesa_alloc_array(g->max_slots, sizeof *g->unused);
    if (!g->row || !g->spare || !g->column || !g->found || !g->slot
        || !g->unused)
        return mesa_nomem(err, rows->n, "rows");
    return MESA_OK;
}

void
gb_grow_free(struct gb_grow *g)
{
    for (size_t i = 0; i < g->n_slots; i++)
        mesa_free(g->slot[i]);
    mesa_free(g->slot);
    mesa_free(g->unused);
    mesa_free(g->row);
    mesa_free(g->spare);
    mesa_free(g->column);
    mesa_free(g->found);
    mesa_free(g->open);
    mesa_free(g->heap);
}

/* A histogram for a node: what is in it is undefined. */
static mesa_status
take_slot(struct gb_grow *g, struct gb_open *node, struct mesa_error *err)
{
    size_t cells = g->rows->d * TREE_BINS;

    if (g->n_unused > 0) {
        node->hist = g->unused[--g->n_unused];
        return MESA_OK;
    }
    node->hist = mesa_alloc_raw(cells, sizeof *node->hist);
    if (!node->hist)
        return mesa_nomem(err, cells, "bins");
    g->slot[g->n_slots++] = node->hist;
    return MESA_OK;
}

static void
give_slot(struct gb_grow *g, struct gb_open *node)
{
    if (node->hist)
        g->unused[g->n_unused++] = node->hist;
    node->hist = NULL;
}

/* Whether node a is to be cut before node b. */
static bool
goes_first(const struct gb_grow *g, size_t a, size_t b)
{
    double gain_a = g->open[a].cut.gain, gain_b = g->open[b].cut.gain;

    if (g->limits->max_leaves == SIZE_MAX)
        return a > b;
    return gain_a > gain_b || (gain_a == gain_b && a < b);
}

static void
push(struct gb_grow *g, size_t node)
{
    size_t at = g->n_heap++;

    for (; at > 0 && goes_first(g, node, g->heap[(at - 1) / 2]);
         at = (at - 1) / 2)
        g->heap[at] = g->heap[(at - 1) / 2];
    g->heap[at] = node;
}

static size_t
pop(struct gb_grow *g)
{
    size_t top = g->heap[0], last = g->heap[--g->n_heap], at = 0, child;

    while ((child = 2 * at + 1) < g->n_heap) {
        if (child + 1 < g->n_heap
            && goes_first(g, g->heap[child + 1], g->heap[child]))
            child++;
        if (!goes_first(g, g->heap[child], last))
            break;
        g->heap[at] = g->heap[child];
        at = child;
    }
    g->heap[at] = last;
    return top;
}

/* Room for two nodes more. */
static mesa_status
reserve(struct gb_grow *g, struct mesa_error *err)
{
    size_t more = g->room ? g->room * 2 : 64;
    void *block;

    if (g->n_open + 2 <= g->room)
        return MESA_OK;
    block = mesa_realloc_array(g->open, more, sizeof *g->open);
    if (!block)
        return mesa_nomem(err, more, "nodes");
    g->open = block;
    block = mesa_realloc_array(g->heap, more, sizeof *g->heap);
    if (!block)
        return mesa_nomem(err, more, "nodes");
    g->heap = block;
    g->room = more;
    return MESA_OK;
}

static bool
may_be_cut(const struct gb_grow *g, const struct gb_open *node)
{
    return node->count / 2 >= g->limits->min_leaf
           && node->depth < g->limits->max_depth;
}

/* Search a node that has its histogram; it waits if there is a cut. */
static mesa_status
consider(struct gb_grow *g, size_t i, struct mesa_error *err)
{
    struct gb_open *node = &g->open[i];
    mesa_status st = gb_search(g, node, err);

    if (st != MESA_OK)
        return st;
    if (node->cut.gain > 0)
        push(g, i);
    if (!(node->cut.gain > 0)
        || g->n_slots - g->n_unused + 2 > g->max_slots)
        give_slot(g, node);
    return MESA_OK;
}

static mesa_status
count_node(struct gb_grow *g, struct gb_open *node, struct mesa_error *err)
{
    mesa_status st = take_slot(g, node, err);

    return st == MESA_OK ? gb_hist_count(g, node, err) : st;
}

/* Histograms of the children of a node, as far as they are to be searched. */
static mesa_status
count_children(struct gb_grow *g, struct gb_open *parent,
               struct mesa_error *err)
{
    struct gb_open *child = &g->open[parent->left];
    size_t s = child[1].count < child[0].count;
    struct gb_open *small = &child[s], *large = &child[!s];
    mesa_status st = MESA_OK;

    if (!may_be_cut(g, large)) {
        give_slot(g, parent);
        return MESA_OK;
    }
    if (parent->hist || may_be_cut(g, small))
        st = count_node(g, small, err);
    if (st != MESA_OK)
        return st;
    if (!parent->hist)
        return count_node(g, large, err);
    gb_hist_subtract(g, parent->hist, small->hist);
    large->hist = parent->hist;
    parent->hist = NULL;
    return MESA_OK;
}

/* Rows and sums to the children. */
static mesa_status
divide(struct gb_grow *g, size_t i, struct mesa_error *err)
{
    struct gb_open *node = &g->open[i], *left = &g->open[g->n_open];
    const struct gb_cut *cut = &node->cut;
    struct tree_move v = { .row = g->row + node->start, .spare = g->spare,
                           .n = node->count, .stride = g->rows->d,
                           .code = g->rows->bins.code + cut->column };

    for (size_t b = 0; b < TREE_MISSING; b++)
        v.goes[b] = b <= cut->bin;
    v.goes[TREE_MISSING] = cut->missing_left;
    left[0] = (struct gb_open){ .start = node->start, .sum = cut->left,
                                .depth = node->depth + 1 };
    left[0].count = gb_count(&g->units, &cut->left);
    left[1] = (struct gb_open){ .start = node->start + left[0].count,
                                .count = node->count - left[0].count,
                                .depth = node->depth + 1 };
    left[1].sum.g = node->sum.g - cut->left.g;
    left[1].sum.h = node->sum.h - cut->left.h;
    node->left = g->n_open;
    g->n_open += 2;
    return tree_move_rows(&v, err);
}

/* Cut a node, and look at its children. */
static mesa_status
cut_node(struct gb_grow *g, size_t i, bool last, struct mesa_error *err)
{
    mesa_status st = reserve(g, err);
    size_t left;

    if (st == MESA_OK)
        st = divide(g, i, err);
    if (st != MESA_OK || last)
        return st;
    left = g->open[i].left;
    st = count_children(g, &g->open[i], err);
    for (size_t c = left; c < left + 2 && st == MESA_OK; c++) {
        if (may_be_cut(g, &g->open[c]))
            st = consider(g, c, err);
        else
            give_slot(g, &g->open[c]);
    }
    return st;
}

/* The root: the sum of its rows is that of the bins of any column. */
static mesa_status
begin(struct gb_grow *g, struct mesa_error *err)
{
    struct gb_open *root;
    mesa_status st = reserve(g, err);

    if (st != MESA_OK)
        return st;
    g->n_open = 1;
    root = &g->open[0];
    *root = (struct gb_open){ .count = g->n };
    st = count_node(g, root, err);
    for (size_t b = 0; b < TREE_BINS && st == MESA_OK; b++) {
        root->sum.g += root->hist[b].g;
        root->sum.h += root->hist[b].h;
    }
    if (st == MESA_OK && may_be_cut(g, root))
        return consider(g, 0, err);
    give_slot(g, root);
    return st;
}

mesa_status
gb_grow_tree(struct gb_grow *g, struct mesa_error *err)
{
    mesa_status st;
    size_t leaves = 1;

    g->n_open = g->n_heap = 0;
    st = begin(g, err);
    while (st == MESA_OK && g->n_heap > 0 && leaves < g->limits->max_leaves)
        st = cut_node(g, pop(g), ++leaves == g->limits->max_leaves, err);
    g->n_unused = 0;
    for (size_t i = 0; i < g->n_slots; i++)
        g->unused[g->n_unused++] = g->slot[i];
    return st;
}
