/* SPDX-License-Identifier: MIT */
/*
 * grow.c - from the root to the leaves, depth first or best first.
 *
 * The same for every engine: a node is visited (its best cut is looked for),
 * and divided.  What a node does depends on its own rows and on a random
 * stream derived from its place in the tree, never on when its turn comes.
 * Depth first uses a stack, not recursion; with max_leaf_nodes, a heap hands
 * out the node whose cut lowers the impurity most, ties to the older node.
 */
#include <float.h>
#include <string.h>

#include "criterion.h"
#include "tree.h"

/* n nodes more, with a span and a set of live columns each. */
static mesa_status
grow_reserve(struct tree_grow *g, size_t n, struct mesa_error *err)
{
    size_t more = g->capacity ? g->capacity * 2 : 64;
    void *block;
    mesa_status st = tree_model_add(g->m, n, err);

    if (st != MESA_OK || g->m->n_nodes <= g->capacity)
        return st;
    block = mesa_realloc_array(g->span, more, sizeof *g->span);
    if (!block)
        return mesa_nomem(err, more, "nodes");
    g->span = block;
    block = mesa_realloc_array(g->live, more, g->words * sizeof *g->live);
    if (!block)
        return mesa_nomem(err, more, "nodes");
    g->live = block;
    g->capacity = more;
    return MESA_OK;
}

/* All rows of the problem in the first node. */
void
tree_grow_root(struct tree_grow *g)
{
    const struct tree_problem *p = g->p;
    struct tree_node *root = &g->m->node[0];
    double *total = g->m->value;

    memset(total, 0, p->k * sizeof *total);
    for (size_t r = 0; r < p->n; r++)
        total[p->y[r]] += p->w ? p->w[r] : 1;
    *root = (struct tree_node){ .weight = p->total, .feature = -1,
                                .n_rows = (int64_t)p->n };
    root->impurity = tree_impurity(p, total, p->total);
    g->span[0] = (struct tree_span){ .count = p->n, .id = 1, .hist = -1 };
    memset(g->live, 0, g->words * sizeof *g->live);
    for (size_t c = 0; c < p->d; c++)
        g->live[c / 64] |= UINT64_C(1) << c % 64;
}

/* Room to grow in, and a first node that the caller fills.  On failure too,
 * tree_grow_free gives everything back. */
mesa_status
tree_grow_init(struct tree_grow *g, const struct tree_problem *p,
               struct tree_model *m, const struct mesa_rng *rng,
               struct mesa_error *err)
{
    *g = (struct tree_grow){ .p = p, .m = m, .rng = *rng };
    g->words = (p->d + 63) / 64;
    m->n_nodes = 0;
    m->n_columns = p->d;
    m->n_classes = p->k;
    g->column = mesa_alloc_raw(2 * p->d, sizeof *g->column);
    g->candidate = mesa_alloc_raw(p->d, sizeof *g->candidate);
    g->left = mesa_alloc_raw((p->d + 1) * p->k, sizeof *g->left);
    if (!g->column || !g->candidate || !g->left)
        return mesa_nomem(err, p->d, "columns");
    g->order = g->column + p->d;
    return grow_reserve(g, 1, err);
}

void
tree_grow_free(struct tree_grow *g)
{
    mesa_free(g->span);
    mesa_free(g->live);
    mesa_free(g->stack);
    mesa_free(g->column);
    mesa_free(g->candidate);
    mesa_free(g->left);
}

/* Whether a node may be divided at all, as scikit-learn decides. */
static bool
is_open(const struct tree_grow *g, size_t node)
{
    const struct tree_problem *p = g->p;
    const struct tree_node *t = &g->m->node[node];
    const struct tree_span *span = &g->span[node];

    return span->depth < p->max_depth && span->count >= p->min_split
           && span->count / 2 >= p->min_leaf
           && !(t->weight < 2 * p->min_weight) && t->impurity > TREE_PURE;
}

/* What the search of one node needs; columns of g->column one by one. */
struct searching {
    const struct tree_engine *engine;
    void                     *self;
    const struct tree_grow   *g;
    size_t                    node;
    struct mesa_rng           rng; /* of the node */
};

/* The column's own stream makes a drawn cut independent of the others. */
static mesa_status
search_column(void *context, size_t i, struct mesa_error *err)
{
    const struct searching *s = context;
    size_t c = s->g->column[i];
    struct mesa_rng cut;

    (void)err;
    if (s->g->p->splitter == TREE_RANDOM)
        cut = mesa_rng_derive(&s->rng, "cut", c);
    s->engine->search(s->self, s->g, s->node, c,
                      s->g->p->splitter == TREE_RANDOM ? &cut : NULL,
                      &s->g->candidate[i]);
    return MESA_OK;
}

/* Take over a candidate if it is better, ties to the lower column. */
static void
consider(struct tree_grow *g, size_t node, const struct tree_split *candidate,
         struct tree_split *best)
{
    size_t c = candidate->column;

    if (candidate->state == TREE_CONSTANT)
        g->live[node * g->words + c / 64] &= ~(UINT64_C(1) << c % 64);
    if (candidate->state != TREE_CUT)
        return;
    if (best->state != TREE_CUT || candidate->score > best->score
        || (!(candidate->score < best->score) && c < best->column))
        *best = *candidate;
}

/* A column found constant in a node is so in all below it. */
static bool
is_live(const struct tree_grow *g, size_t node, size_t c)
{
    return (g->live[node * g->words + c / 64] >> c % 64 & 1) != 0;
}

/* Every live column, in parallel where the node is large.  Candidates are
 * compared in order of column either way. */
static mesa_status
search_all(struct searching *s, struct tree_grow *g, struct tree_split *best,
           struct mesa_error *err)
{
    size_t n = 0;
    mesa_status st = MESA_OK;

    for (size_t c = 0; c < g->p->d; c++)
        if (is_live(g, s->node, c))
            g->column[n++] = (uint32_t)c;
    if (g->span[s->node].count * n < s->engine->cells_at_once) {
        /* a column need only beat those before it */
        for (size_t i = 0; i < n; i++) {
            g->candidate[i].score = best->score;
            search_column(s, i, err);
            consider(g, s->node, &g->candidate[i], best);
        }
        return MESA_OK;
    }
    for (size_t i = 0; i < n; i++)
        g->candidate[i].score = -INFINITY;
    st = mesa_parallel_for(n, search_column, s, err);
    for (size_t i = 0; i < n; i++)
        consider(g, s->node, &g->candidate[i], best);
    return st;
}

/* Columns drawn without replacement, constant ones included, until there
 * are max_features and one of them is not constant (as scikit-learn). */
static void
search_some(struct searching *s, struct tree_grow *g, struct tree_split *best,
            struct mesa_error *err)
{
    size_t d = g->p->d;
    bool found = false;

    for (size_t c = 0; c < d; c++)
        g->order[c] = (uint32_t)c;
    for (size_t i = 0; i < d && (i < g->p->max_features || !found); i++) {
        size_t j = i + mesa_rng_below(&s->rng, d - i);
        uint32_t c = g->order[j];

        g->order[j] = g->order[i];
        if (!is_live(g, s->node, c))
            continue;
        g->column[0] = c;
        g->candidate[0].score = -INFINITY;
        search_column(s, 0, err);
        found = found || g->candidate[0].state != TREE_CONSTANT;
        consider(g, s->node, &g->candidate[0], best);
    }
}

/* The weighted fall of the impurity that a cut brings; leaves the classes on
 * its left in g->left. */
static double
improvement(struct tree_grow *g, const struct tree_engine *engine, void *self,
            size_t node, const struct tree_split *split)
{
    const struct tree_node *t = &g->m->node[node];
    const double *total = g->m->value + node * g->p->k;
    double *left = g->left + g->p->d * g->p->k, *right = g->left;
    double l = 0, r, before = t->impurity, after;

    engine->count(self, g, node, split, left);
    for (size_t c = 0; c < g->p->k; c++) {
        l += left[c];
        right[c] = total[c] - left[c];
    }
    r = t->weight - l;
    after = l / t->weight * tree_impurity(g->p, left, l)
            + r / t->weight * tree_impurity(g->p, right, r);
    return t->weight / g->p->total * (before - after);
}

/* Look for the best cut of an open node; split->state says whether there is
 * one.  With *gain wanted, its improvement. */
static mesa_status
visit(struct tree_grow *g, const struct tree_engine *engine, void *self,
      size_t node, struct tree_split *split, double *gain,
      struct mesa_error *err)
{
    const struct tree_problem *p = g->p;
    struct searching s = { .engine = engine, .self = self, .g = g,
                           .node = node };
    mesa_status st = MESA_OK;
    bool done = false;

    *split = (struct tree_split){ .score = -INFINITY, .state = TREE_NO_CUT };
    if (engine->begin) {
        st = engine->begin(self, g, node, &done, err);
        if (st != MESA_OK || done)
            return st;
    }
    if (p->max_features < p->d || p->splitter == TREE_RANDOM)
        s.rng = mesa_rng_derive(&g->rng, "node", g->span[node].id);
    if (p->max_features < p->d)
        search_some(&s, g, split, err);
    else
        st = search_all(&s, g, split, err);
    if (st != MESA_OK || split->state != TREE_CUT)
        return st;
    if (gain || p->min_decrease > 0) {
        double fall = improvement(g, engine, self, node, split);

        if (fall + DBL_EPSILON < p->min_decrease)
            split->state = TREE_NO_CUT;
        if (gain)
            *gain = fall;
    }
    return MESA_OK;
}

/* A child with its classes, rows and inheritance.  Its id continues the
 * parent's: a hash of the turns taken from the root, the same in whatever
 * order nodes are made. */
static void
fill_child(struct tree_grow *g, size_t parent, size_t child, size_t start,
           size_t count, const double *total)
{
    struct tree_node *t = &g->m->node[child];
    struct tree_span *span = &g->span[child];
    double *value = g->m->value + child * g->p->k;

    *t = (struct tree_node){ .feature = -1, .n_rows = (int64_t)count };
    for (size_t c = 0; c < g->p->k; c++) {
        value[c] = total[c];
        t->weight += total[c];
    }
    t->impurity = tree_impurity(g->p, total, t->weight);
    span->start = start;
    span->count = count;
    span->id = g->span[parent].id * UINT64_C(0x9e3779b97f4a7c15) + child % 2;
    span->depth = g->span[parent].depth + 1;
    span->hist = -1;
    memcpy(g->live + child * g->words, g->live + parent * g->words,
           g->words * sizeof *g->live);
}

/* Divide a node: make both children and set their rows side by side.  The
 * left child gets an odd number, the right one is next to it. */
static mesa_status
divide(struct tree_grow *g, const struct tree_engine *engine, void *self,
       size_t node, const struct tree_split *split, bool open[2],
       struct mesa_error *err)
{
    size_t k = g->p->k, child = g->m->n_nodes;
    double *left = g->left + g->p->d * k, *right = g->left;
    const struct tree_span *span;
    struct tree_node *t;
    mesa_status st = grow_reserve(g, 2, err);

    if (st != MESA_OK)
        return st;
    if (child > INT32_MAX - 2)
        return mesa_fail(err, MESA_EDATA, "more than %d nodes",
                         INT32_MAX - 2);
    engine->count(self, g, node, split, left);
    for (size_t c = 0; c < k; c++)
        right[c] = g->m->value[node * k + c] - left[c];
    span = &g->span[node];
    fill_child(g, node, child, span->start, split->n_left, left);
    fill_child(g, node, child + 1, span->start + split->n_left,
               span->count - split->n_left, right);
    t = &g->m->node[node];
    t->feature = (int32_t)split->column;
    t->threshold = split->threshold;
    t->missing_left = split->missing_left;
    if (t->missing_left == TREE_LARGER)
        t->missing_left = !(g->m->node[child].weight
                            < g->m->node[child + 1].weight);
    t->left = (int32_t)child;
    t->right = (int32_t)child + 1;
    open[0] = is_open(g, child);
    open[1] = is_open(g, child + 1);
    if (!open[0] && !open[1])
        return MESA_OK;
    return engine->divide(self, g, node, split, open[0], open[1], err);
}

/* The stack holds nodes that are open and have not been visited. */
static mesa_status
push(struct tree_grow *g, size_t node, struct mesa_error *err)
{
    if (g->n_stack == g->stack_capacity) {
        size_t more = g->stack_capacity ? g->stack_capacity * 2 : 64;
        void *block = mesa_realloc_array(g->stack, more, sizeof *g->stack);

        if (!block)
            return mesa_nomem(err, more, "nodes to divide");
        g->stack = block;
        g->stack_capacity = more;
    }
    g->stack[g->n_stack++] = (uint32_t)node;
    return MESA_OK;
}

/* Everything below a node, depth first, left first. */
mesa_status
tree_grow_below(struct tree_grow *g, const struct tree_engine *engine,
                void *self, size_t node, struct mesa_error *err)
{
    size_t base = g->n_stack;
    mesa_status st = is_open(g, node) ? push(g, node, err) : MESA_OK;

    while (st == MESA_OK && g->n_stack > base) {
        struct tree_split split;
        bool open[2] = { false, false };

        node = g->stack[--g->n_stack];
        st = visit(g, engine, self, node, &split, NULL, err);
        if (st == MESA_OK && split.state == TREE_CUT)
            st = divide(g, engine, self, node, &split, open, err);
        if (st == MESA_OK && engine->end)
            engine->end(self, g, node);
        if (st == MESA_OK && open[1])
            st = push(g, (size_t)g->m->node[node].right, err);
        if (st == MESA_OK && open[0])
            st = push(g, (size_t)g->m->node[node].left, err);
    }
    return st;
}

/* A visited node that waits to be divided. */
struct waiting {
    struct tree_split split;
    double            gain;
    size_t            node;
};

struct heap {
    struct waiting *item;
    size_t          n, capacity;
};

/* The order of the heap: more gain first, then the older node. */
static bool
is_before(const struct waiting *a, const struct waiting *b)
{
    return a->gain > b->gain || (!(a->gain < b->gain) && a->node < b->node);
}

static mesa_status
heap_push(struct heap *h, const struct waiting *w, struct mesa_error *err)
{
    size_t i = h->n;

    if (h->n == h->capacity) {
        size_t more = h->capacity ? h->capacity * 2 : 16;
        void *block = mesa_realloc_array(h->item, more, sizeof *h->item);

        if (!block)
            return mesa_nomem(err, more, "nodes to divide");
        h->item = block;
        h->capacity = more;
    }
    h->n++;
    for (; i > 0 && is_before(w, &h->item[(i - 1) / 2]); i = (i - 1) / 2)
        h->item[i] = h->item[(i - 1) / 2];
    h->item[i] = *w;
    return MESA_OK;
}

static struct waiting
heap_pop(struct heap *h)
{
    struct waiting top = h->item[0], last = h->item[--h->n];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < h->n) {
        if (child + 1 < h->n
            && is_before(&h->item[child + 1], &h->item[child]))
            child++;
        if (!is_before(&h->item[child], &last))
            break;
        h->item[i] = h->item[child];
        i = child;
    }
    h->item[i] = last;
    return top;
}

/* Visit a node; if it can be cut, it waits for its turn. */
static mesa_status
wait_for(struct tree_grow *g, const struct tree_engine *engine, void *self,
         struct heap *h, size_t node, struct mesa_error *err)
{
    struct waiting w = { .node = node };
    mesa_status st = visit(g, engine, self, node, &w.split, &w.gain, err);

    if (st == MESA_OK && w.split.state == TREE_CUT)
        st = heap_push(h, &w, err);
    if (engine->end)
        engine->end(self, g, node);
    return st;
}

/* The whole tree, the most useful cut first, up to max_leaves leaves. */
mesa_status
tree_grow_best(struct tree_grow *g, const struct tree_engine *engine,
               void *self, struct mesa_error *err)
{
    struct heap h = { NULL, 0, 0 };
    size_t leaves = 1;
    mesa_status st = MESA_OK;

    if (is_open(g, 0))
        st = wait_for(g, engine, self, &h, 0, err);
    for (; st == MESA_OK && h.n > 0 && leaves < g->p->max_leaves; leaves++) {
        struct waiting w = heap_pop(&h);
        bool open[2] = { false, false };

        st = divide(g, engine, self, w.node, &w.split, open, err);
        for (int i = 0; i < 2 && st == MESA_OK; i++)
            if (open[i])
                st = wait_for(g, engine, self, &h,
                              (size_t)g->m->node[w.node].left + (size_t)i,
                              err);
    }
    mesa_free(h.item);
    return st;
}
