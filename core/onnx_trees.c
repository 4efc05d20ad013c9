/* SPDX-License-Identifier: MIT */
/*
 * onnx_trees.c - trees as the attributes of one node.
 *
 * A float x goes left by x <= t if and only if it does by the largest float
 * that is not above t; so thresholds are rounded down where rows are float,
 * and kept where they are double.
 */
#include "onnx.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/* Lists of a tree node's attributes, filled tree by tree. */
enum { TREE_ID, NODE_ID, COLUMN, LEFT, RIGHT, MISSING_LEFT, LEAF_TREE,
       LEAF_NODE, LEAF_CLASS, N_INTS };

static const char *const node_ints[LEAF_TREE] = {
    "nodes_treeids",     "nodes_nodeids",
    "nodes_featureids",  "nodes_truenodeids",
    "nodes_falsenodeids", "nodes_missing_value_tracks_true"
};

/* Of a classifier, and of a sum. */
static const char *const leaf_ints[2][N_INTS - LEAF_TREE] = {
    { "class_treeids", "class_nodeids", "class_ids" },
    { "target_treeids", "target_nodeids", "target_ids" }
};

struct lists {
    struct mesa_bytes ints[N_INTS], modes, thresholds, weights;
    size_t            n_nodes, n_weights;
};

/* As float: rounded down, which for a threshold changes no decision. */
static float
round_down(double t)
{
    float f = t > FLT_MAX ? FLT_MAX : (float)t;

    return (double)f > t ? nextafterf(f, -INFINITY) : f;
}

static void
add_number(struct mesa_bytes *to, double v, bool is_double, bool down)
{
    float f = down ? round_down(v) : (float)v;

    if (is_double)
        mesa_bytes_add(to, &v, sizeof v);
    else
        mesa_bytes_add(to, &f, sizeof f);
}

static void
add_leaf(struct lists *l, size_t tree, size_t node, const double *share,
         const struct mesa_onnx_value *v)
{
    for (size_t c = 0; c < v->n_classes; c++) {
        /* A tree of a sum adds to some outputs; one weight a leaf must have. */
        if (v->is_sum && c > 0 && !(fabs(share[c]) > 0))
            continue;
        mesa_pb_packed_int(&l->ints[LEAF_TREE], (int64_t)tree);
        mesa_pb_packed_int(&l->ints[LEAF_NODE], (int64_t)node);
        mesa_pb_packed_int(&l->ints[LEAF_CLASS], (int64_t)c);
        add_number(&l->weights, share[c], v->is_double, false);
        l->n_weights++;
    }
}

static void
add_tree(struct lists *l, size_t tree, const struct mesa_onnx_value *v)
{
    const struct mesa_onnx_tree *t = &v->tree[tree];

    for (size_t i = 0; i < t->n; i++, l->n_nodes++) {
        const struct mesa_onnx_branch *b = &t->node[i];
        bool leaf = b->column < 0;

        mesa_pb_packed_int(&l->ints[TREE_ID], (int64_t)tree);
        mesa_pb_packed_int(&l->ints[NODE_ID], (int64_t)i);
        mesa_pb_packed_int(&l->ints[COLUMN], leaf ? 0 : b->column);
        mesa_pb_packed_int(&l->ints[LEFT], leaf ? 0 : b->left);
        mesa_pb_packed_int(&l->ints[RIGHT], leaf ? 0 : b->right);
        mesa_pb_packed_int(&l->ints[MISSING_LEFT], !leaf && b->missing_left);
        mesa_pb_text(&l->modes, ATTRIBUTE_TEXTS,
                     leaf ? "LEAF" : "BRANCH_LEQ");
        add_number(&l->thresholds, leaf ? 0 : b->threshold, v->is_double,
                   true);
        if (leaf)
            add_leaf(l, tree, i, t->value + i * v->n_classes, v);
    }
}

/* Numbers as a list of floats, or under another name a tensor of doubles. */
static void
put_numbers(struct mesa_bytes *node, const char *name, bool is_double,
            size_t n, struct mesa_bytes *data)
{
    struct mesa_bytes t = { 0 };
    char tensor[40];

    if (!is_double) {
        mesa_onnx_put_attribute(node, name, ATTRIBUTE_FLOATS, TYPE_FLOATS,
                                data);
        return;
    }
    snprintf(tensor, sizeof tensor, "%s_as_tensor", name);
    mesa_onnx_put_tensor(&t, 1, &n, DOUBLE, data->at, data->n);
    t.failed |= data->failed;
    mesa_free(data->at);
    mesa_onnx_put_attribute(node, tensor, ATTRIBUTE_TENSOR, TYPE_TENSOR, &t);
}

/* The numbers of the classes; of a sum how many outputs there are. */
static void
put_outputs(struct mesa_bytes *node, const struct mesa_onnx_value *v)
{
    struct mesa_bytes a = { 0 };

    if (v->is_sum) {
        mesa_pb_text(&a, ATTRIBUTE_NAME, "n_targets");
        mesa_pb_int(&a, ATTRIBUTE_INT, (int64_t)v->n_classes);
        mesa_pb_int(&a, ATTRIBUTE_TYPE, TYPE_INT);
        mesa_pb_message(node, NODE_ATTRIBUTE, &a);
        return;
    }
    for (size_t c = 0; c < v->n_classes; c++)
        mesa_pb_packed_int(&a, (int64_t)c);
    mesa_onnx_put_attribute(node, "classlabels_int64s", ATTRIBUTE_INTS,
                            TYPE_INTS, &a);
}

void
mesa_onnx_put_trees(struct mesa_bytes *node, const struct mesa_onnx_value *v)
{
    struct lists l = { 0 };
    struct mesa_bytes modes = { 0 };

    for (size_t i = 0; i < v->n_trees; i++)
        add_tree(&l, i, v);
    for (size_t i = 0; i < N_INTS; i++)
        mesa_onnx_put_attribute(node, i < LEAF_TREE
                                          ? node_ints[i]
                                          : leaf_ints[v->is_sum]
                                                     [i - LEAF_TREE],
                                ATTRIBUTE_INTS, TYPE_INTS, &l.ints[i]);
    put_outputs(node, v);
    put_numbers(node, "nodes_values", v->is_double, l.n_nodes, &l.thresholds);
    put_numbers(node, v->is_sum ? "target_weights" : "class_weights",
                v->is_double, l.n_weights, &l.weights);
    mesa_pb_text(&modes, ATTRIBUTE_NAME, "nodes_modes");
    mesa_bytes_add(&modes, l.modes.at, l.modes.n);
    modes.failed |= l.modes.failed;
    mesa_free(l.modes.at);
    mesa_pb_int(&modes, ATTRIBUTE_TYPE, TYPE_TEXTS);
    mesa_pb_message(node, NODE_ATTRIBUTE, &modes);
    mesa_onnx_put_text(node, "post_transform", "NONE");
}
