/* SPDX-License-Identifier: MIT */
/*
 * hist_small.c - below a few thousand rows, bins are searched exactly.
 *
 * Clearing and scanning 255 bins a column costs more than a small node is
 * worth.  Nodes that are small enough are set aside; when no large ones are
 * left, each is grown to its end by the exact search, with the numbers of the
 * bins for values, in parallel, and what has grown is appended in order.
 */
#include <math.h>
#include <string.h>

#include "hist.h"

mesa_status
tree_hist_later(struct tree_hist *h, size_t node, struct mesa_error *err)
{
    if (h->n_later == h->later_capacity) {
        size_t more = h->later_capacity ? h->later_capacity * 2 : 64;
        void *block = mesa_realloc_array(h->later, more, sizeof *h->later);

        if (!block)
            return mesa_nomem(err, more, "nodes");
        h->later = block;
        h->later_capacity = more;
    }
    h->later[h->n_later++] = (struct tree_later){ .node = node };
    return MESA_OK;
}

struct finishing {
    struct tree_hist *h;
    struct tree_grow *g;
};

/* Values, classes and weights of the rows of a node into e, y and w. */
static void
take_rows(const struct tree_hist *h, const struct tree_span *span,
          struct tree_exact *e, uint32_t *y, double *w)
{
    size_t d = h->p->d;

    for (size_t i = 0; i < span->count; i++) {
        uint32_t entry = h->row[span->start + i];
        size_t r = entry >> h->shift;
        const uint8_t *code = h->bins.code + r * d;

        y[i] = entry & ((1u << h->shift) - 1);
        if (w)
            w[i] = h->p->w[r];
        for (size_t c = 0; c < d; c++)
            e->value[c * e->n + i] = code[c] == TREE_MISSING ? NAN : code[c];
    }
}

/* The root of a subtree is the node that it belongs to. */
static void
take_root(const struct tree_grow *from, size_t node, struct tree_grow *g)
{
    g->m->node[0] = from->m->node[node];
    memcpy(g->m->value, from->m->value + node * from->p->k,
           from->p->k * sizeof *g->m->value);
    memcpy(g->live, from->live + node * from->words,
           from->words * sizeof *g->live);
    g->span[0] = from->span[node];
    g->span[0].start = 0;
}

static mesa_status
grow_small(void *context, size_t i, struct mesa_error *err)
{
    const struct finishing *f = context;
    struct tree_later *later = &f->h->later[i];
    const struct tree_problem *p = f->h->p;
    const struct tree_span *span = &f->g->span[later->node];
    struct tree_exact e = { .p = p, .shift = f->h->shift, .same = 0.5,
                            .bins = &f->h->bins };
    struct tree_grow g = { 0 };
    uint32_t *y = mesa_alloc_raw(span->count, sizeof *y);
    double *w = p->w ? mesa_alloc_raw(span->count, sizeof *w) : NULL;
    mesa_status st;

    if (!y || (p->w && !w)) {
        st = mesa_nomem(err, span->count, "rows");
        goto out;
    }
    st = tree_exact_reserve(&e, span->count, err);
    if (st != MESA_OK)
        goto out;
    e.w = w;
    take_rows(f->h, span, &e, y, w);
    st = tree_exact_sort(&e, y, err);
    if (st == MESA_OK)
        st = tree_grow_init(&g, p, &later->model, &f->g->rng, err);
    if (st == MESA_OK) {
        take_root(f->g, later->node, &g);
        st = tree_grow_below(&g, &tree_exact_engine, &e, 0, err);
    }
out:
    tree_grow_free(&g);
    tree_exact_free(&e);
    mesa_free(y);
    mesa_free(w);
    return st;
}

/* Append a subtree: its root is there already. */
static mesa_status
append(struct tree_model *m, const struct tree_later *later,
       struct mesa_error *err)
{
    const struct tree_model *sub = &later->model;
    size_t base = m->n_nodes, k = m->n_classes;
    mesa_status st = tree_model_add(m, sub->n_nodes - 1, err);

    if (st != MESA_OK)
        return st;
    if (m->n_nodes > INT32_MAX)
        return mesa_fail(err, MESA_EDATA, "more than %d nodes", INT32_MAX);
    for (size_t i = 0; i < sub->n_nodes; i++) {
        struct tree_node *to = &m->node[i == 0 ? later->node : base + i - 1];

        *to = sub->node[i];
        if (to->feature >= 0) {
            to->left += (int32_t)base - 1;
            to->right += (int32_t)base - 1;
        }
    }
    memcpy(m->value + base * k, sub->value + k,
           (sub->n_nodes - 1) * k * sizeof *m->value);
    return MESA_OK;
}

/* Grow all that was set aside. */
mesa_status
tree_hist_finish(struct tree_hist *h, struct tree_grow *g,
                 struct mesa_error *err)
{
    struct finishing f = { h, g };
    mesa_status st = mesa_parallel_for(h->n_later, grow_small, &f, err);

    for (size_t i = 0; i < h->n_later; i++) {
        if (st == MESA_OK)
            st = append(g->m, &h->later[i], err);
        tree_model_free(&h->later[i].model);
    }
    return st;
}
