/* SPDX-License-Identifier: MIT */
/*
 * onnx.c - a model as one sum of trees, and what makes probabilities of it.
 *
 * Rows are doubles by then, so that every edge between bins is a threshold
 * as it is.
 */
#include "gradient_boosting.h"

/* The scores before any tree: a tree of one leaf. */
static uint32_t
base_tree(const struct gb_model *m, struct mesa_onnx *g, uint32_t x)
{
    const struct mesa_onnx_branch leaf = { .column = -1 };

    return mesa_onnx_tree(g, x, 1, &leaf, m->n_outputs, m->base);
}

/* Tree t, in room for its nodes and for n_outputs values of each. */
static uint32_t
one_tree(const struct gb_model *m, size_t t, struct mesa_onnx *g, uint32_t x,
         struct mesa_onnx_branch *node, double *value)
{
    const struct gb_tree *tree = &m->tree[t];
    const size_t k = m->n_outputs;

    for (size_t i = 0; i < tree->n_nodes; i++) {
        const struct gb_node *from = &m->node[tree->node + i];
        bool leaf = from->right == 0;

        node[i] = (struct mesa_onnx_branch){ .column = -1 };
        if (!leaf)
            node[i] = (struct mesa_onnx_branch){
                .threshold    = m->edge[from->column * TREE_BINS + from->bin],
                .column       = from->column,
                .left         = (uint32_t)i + 1,
                .right        = from->right,
                .missing_left = from->missing_left,
            };
        for (size_t o = 0; o < k; o++)
            value[i * k + o] = leaf && o == t % k ? from->value : 0;
    }
    return mesa_onnx_tree(g, x, tree->n_nodes, node, k, value);
}

/* Of two classes there is one score, that of the second; the first's is 0. */
static uint32_t
both_scores(struct mesa_onnx *g, uint32_t raw)
{
    static const double pick[] = { 0, 1 };
    const struct mesa_tensor t = { MESA_F64, 2, { 1, 2 }, pick };
    const uint32_t in[] = { raw, mesa_onnx_constant(g, &t) };

    return mesa_onnx_node(g, "", "MatMul", in, 2);
}

static size_t
largest_tree(const struct gb_model *m)
{
    size_t most = 1;

    for (size_t t = 0; t < m->n_trees; t++)
        if (m->tree[t].n_nodes > most)
            most = m->tree[t].n_nodes;
    return most;
}

mesa_status
gb_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
           uint32_t *proba, struct mesa_error *err)
{
    const struct gb_model *m = &((const struct gb *)self)->model;
    const size_t most = largest_tree(m);
    struct mesa_onnx_branch *node = mesa_alloc_array(most, sizeof *node);
    double *value = mesa_alloc_array(most, m->n_outputs * sizeof *value);
    uint32_t *tree = mesa_alloc_array(m->n_trees + 1, sizeof *tree), raw;
    mesa_status st = node && value && tree
                         ? MESA_OK
                         : mesa_nomem(err, m->n_trees, "trees");

    if (st == MESA_OK) {
        x = mesa_onnx_to_double(g, x);
        tree[0] = base_tree(m, g, x);
        for (size_t t = 0; t < m->n_trees; t++)
            tree[t + 1] = one_tree(m, t, g, x, node, value);
        raw = mesa_onnx_to_double(g, mesa_onnx_sum(g, tree, m->n_trees + 1));
        if (m->n_outputs == 1)
            raw = both_scores(g, raw);
        *proba = mesa_onnx_node(g, "", "Softmax", &raw, 1);
    }
    mesa_free(node);
    mesa_free(value);
    mesa_free(tree);
    return st;
}
