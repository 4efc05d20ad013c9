/* SPDX-License-Identifier: MIT */
/*
 * model.c - the trees of a model, and what prediction makes of them.
 */
#include <string.h>

#include "gradient_boosting.h"

void
gb_model_free(struct gb_model *m)
{
    mesa_free(m->base);
    mesa_free(m->edge);
    mesa_free(m->tree);
    mesa_free(m->node);
    mesa_free(m->test);
    mesa_free(m->leaf);
    mesa_free(m->place);
    mesa_free(m->column);
    *m = (struct gb_model){ 0 };
}

/* One tree more, of n nodes, whose contents are undefined. */
mesa_status
gb_model_add(struct gb_model *m, size_t n, struct mesa_error *err)
{
    size_t more;
    void *block;

    if (m->n_trees == m->tree_room) {
        more = m->tree_room ? 2 * m->tree_room : 64;
        block = mesa_realloc_array(m->tree, more, sizeof *m->tree);
        if (!block)
            return mesa_nomem(err, more, "trees");
        m->tree = block;
        m->tree_room = more;
    }
    for (more = m->node_room ? m->node_room : 256; more < m->n_nodes + n;)
        more *= 2;
    if (more > m->node_room) {
        block = mesa_realloc_array(m->node, more, sizeof *m->node);
        if (!block)
            return mesa_nomem(err, more, "nodes");
        m->node = block;
        m->node_room = more;
    }
    m->tree[m->n_trees++] = (struct gb_tree){ .node = m->n_nodes,
                                              .n_nodes = n };
    m->n_nodes += n;
    return MESA_OK;
}

/* The columns that some tree cuts. */
static void
find_columns(struct gb_model *m)
{
    m->n_used = 0;
    for (size_t c = 0; c < m->n_columns; c++)
        m->place[c] = UINT32_MAX;
    for (size_t i = 0; i < m->n_nodes; i++) {
        const struct gb_node *t = &m->node[i];

        if (t->right != 0 && m->place[t->column] == UINT32_MAX) {
            m->place[t->column] = (uint32_t)m->n_used;
            m->column[m->n_used++] = t->column;
        }
    }
}

/* Bits from ... to - 1. */
static uint32_t
bits(uint32_t from, uint32_t to)
{
    uint32_t below = to < GB_LEAVES ? ((uint32_t)1 << to) - 1 : UINT32_MAX;

    return below & (UINT32_MAX << from);
}

/* Leaves of a tree from left to right, and its tests if it is small.  Of a
 * node, first[] is the first leaf below it. */
static void
pack_tree(struct gb_model *m, struct gb_tree *tree, uint32_t *first,
          size_t *n_tests, size_t *n_leaves)
{
    const struct gb_node *node = m->node + tree->node;
    uint32_t n = 0;

    tree->leaf = *n_leaves;
    tree->test = *n_tests;
    for (size_t i = 0; i < tree->n_nodes; i++) {
        first[i] = n;
        if (node[i].right == 0)
            m->leaf[tree->leaf + n++] = node[i].value;
    }
    tree->n_leaves = n;
    *n_leaves += n;
    tree->n_tests = 0;
    for (size_t i = 0; i < tree->n_nodes && n <= GB_LEAVES; i++) {
        struct gb_test *t = &m->test[*n_tests];

        if (node[i].right == 0)
            continue;
        t->place = m->place[node[i].column];
        t->low = node[i].bin + 1u;
        t->span = (uint32_t)TREE_MISSING + !node[i].missing_left - t->low;
        t->keep = ~bits(first[i], first[node[i].right]);
        tree->n_tests++;
        ++*n_tests;
    }
}

/* What prediction reads. */
mesa_status
gb_pack(struct gb_model *m, struct mesa_error *err)
{
    size_t n = m->n_nodes + 1, n_tests = 0, n_leaves = 0;
    uint32_t *first = mesa_alloc_raw(n, sizeof *first);

    m->test = mesa_alloc_raw(n, sizeof *m->test);
    m->leaf = mesa_alloc_raw(n, sizeof *m->leaf);
    m->place = mesa_alloc_raw(m->n_columns, sizeof *m->place);
    m->column = mesa_alloc_raw(m->n_columns, sizeof *m->column);
    if (!first || !m->test || !m->leaf || !m->place || !m->column) {
        mesa_free(first);
        return mesa_nomem(err, n, "nodes");
    }
    find_columns(m);
    for (size_t t = 0; t < m->n_trees; t++)
        pack_tree(m, &m->tree[t], first, &n_tests, &n_leaves);
    mesa_free(first);
    return MESA_OK;
}
