/* SPDX-License-Identifier: MIT */
/*
 * store.c - a tree as tensors, and back.
 *
 * One vector per member of a node, nodes depth first.  A file may hold
 * anything: before it is used, every node is checked to be where a walk from
 * the root, left first, meets it, which rules out cycles, gaps and shared
 * branches at once.
 */
#include <float.h>
#include <math.h>

#include "tree.h"

/* How far the shares of a leaf may be from summing to 1. */
#define SHARE_SLACK 1e-9

/* Member m of every node as a vector of type ctype. */
#define PUT(m, dtype, ctype)                                              \
    do {                                                                  \
        ctype *v = buffer;                                                \
                                                                          \
        for (size_t i = 0; i < n; i++)                                    \
            v[i] = (ctype)model->node[i].m;                               \
        if (st == MESA_OK)                                                \
            st = mesa_archive_put_vector(to, #m, dtype, n, v, err);       \
    } while (0)

/* Fails only before fit, or when memory is out. */
mesa_status
tree_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct tree_model *model = &((const struct tree *)self)->model;
    size_t n = model->n_nodes;
    int64_t columns = (int64_t)model->n_columns;
    struct mesa_tensor value = { MESA_F64, 2, { n, model->n_classes },
                                 model->value };
    void *buffer;
    mesa_status st;

    if (n == 0)
        return mesa_fail(err, MESA_ESTATE, "the tree has not been fitted");
    buffer = mesa_alloc_raw(n, sizeof(double));
    if (!buffer)
        return mesa_nomem(err, n, "nodes");
    st = mesa_archive_put_vector(to, "n_columns", MESA_I64, 1, &columns, err);
    if (st == MESA_OK)
        st = mesa_archive_put(to, "value", &value, err);
    PUT(feature, MESA_I32, int32_t);
    PUT(threshold, MESA_F64, double);
    PUT(left, MESA_I32, int32_t);
    PUT(right, MESA_I32, int32_t);
    PUT(missing_left, MESA_U8, uint8_t);
    PUT(n_rows, MESA_I64, int64_t);
    PUT(impurity, MESA_F64, double);
    PUT(weight, MESA_F64, double);
    mesa_free(buffer);
    return st;
}

enum { FEATURE, THRESHOLD, LEFT, RIGHT, MISSING_LEFT, N_ROWS, IMPURITY, WEIGHT,
       N_VECTORS };

struct stored {
    const int32_t *feature, *left, *right;
    const double  *threshold, *impurity, *weight, *value;
    const int64_t *n_rows;
    const uint8_t *missing_left;
};

/* All members of n nodes, borrowed from the archive. */
static mesa_status
read_vectors(const struct mesa_archive *from, size_t n, struct stored *v,
             struct mesa_error *err)
{
    static const struct {
        const char     *name;
        enum mesa_dtype dtype;
    } part[N_VECTORS] = {
        [FEATURE] = { "feature", MESA_I32 },
        [THRESHOLD] = { "threshold", MESA_F64 },
        [LEFT] = { "left", MESA_I32 },
        [RIGHT] = { "right", MESA_I32 },
        [MISSING_LEFT] = { "missing_left", MESA_U8 },
        [N_ROWS] = { "n_rows", MESA_I64 },
        [IMPURITY] = { "impurity", MESA_F64 },
        [WEIGHT] = { "weight", MESA_F64 },
    };
    const void *data[N_VECTORS] = { NULL };

    for (size_t i = 0; i < N_VECTORS; i++) {
        mesa_status st = mesa_archive_expect(from, part[i].name,
                                             part[i].dtype, 1, &n, &data[i],
                                             err);

        if (st != MESA_OK)
            return st;
    }
    v->feature = data[FEATURE];
    v->threshold = data[THRESHOLD];
    v->left = data[LEFT];
    v->right = data[RIGHT];
    v->missing_left = data[MISSING_LEFT];
    v->n_rows = data[N_ROWS];
    v->impurity = data[IMPURITY];
    v->weight = data[WEIGHT];
    return MESA_OK;
}

/* The members of a node that are numbers. */
static mesa_status
check_numbers(const struct stored *v, size_t i, size_t k,
              struct mesa_error *err)
{
    double sum = 0;

    if (v->n_rows[i] < 1)
        return mesa_fail(err, MESA_EPARSE, "node %zu has %lld rows", i,
                         (long long)v->n_rows[i]);
    if (!(v->weight[i] > 0 && v->weight[i] <= DBL_MAX))
        return mesa_fail(err, MESA_EPARSE, "node %zu has weight %g", i,
                         v->weight[i]);
    if (!(v->impurity[i] >= 0 && v->impurity[i] <= DBL_MAX))
        return mesa_fail(err, MESA_EPARSE, "node %zu has impurity %g", i,
                         v->impurity[i]);
    if (!isfinite(v->threshold[i]))
        return mesa_fail(err, MESA_EPARSE, "node %zu has threshold %g", i,
                         v->threshold[i]);
    if (v->missing_left[i] > 1)
        return mesa_fail(err, MESA_EPARSE, "node %zu has missing_left %d", i,
                         v->missing_left[i]);
    for (size_t c = 0; c < k; c++) {
        double q = v->value[i * k + c];

        if (!(q >= 0 && q <= 1))
            return mesa_fail(err, MESA_EPARSE, "node %zu gives class %zu the "
                             "share %g", i, c, q);
        sum += q;
    }
    if (fabs(sum - 1) > SHARE_SLACK)
        return mesa_fail(err, MESA_EPARSE, "the shares of node %zu sum to "
                         "%.12g", i, sum);
    return MESA_OK;
}

/* A walk from the root, left first, meets node 0, 1, 2 ...; todo[n] holds
 * the right children still to come. */
static mesa_status
check_links(const struct stored *v, size_t n, size_t n_columns, int32_t *todo,
            struct mesa_error *err)
{
    size_t waiting = 0;

    for (size_t i = 0; i < n; i++) {
        int32_t f = v->feature[i], l = v->left[i], r = v->right[i];

        if (f >= 0) {
            if ((size_t)f >= n_columns)
                return mesa_fail(err, MESA_EPARSE, "node %zu cuts column %d "
                                 "of %zu", i, f, n_columns);
            if (l < 0 || (size_t)l != i + 1 || r <= l || (size_t)r >= n)
                return mesa_fail(err, MESA_EPARSE, "node %zu of %zu has the "
                                 "children %d and %d", i, n, l, r);
            todo[waiting++] = r;
            continue;
        }
        if (f != -1 || l != -1 || r != -1)
            return mesa_fail(err, MESA_EPARSE, "node %zu is a leaf of column "
                             "%d with children %d and %d", i, f, l, r);
        if (waiting == 0 && i + 1 == n)
            return MESA_OK;
        if (waiting == 0 || (size_t)todo[--waiting] != i + 1)
            return mesa_fail(err, MESA_EPARSE, "node %zu follows leaf %zu but "
                             "is not the right child next in turn", i + 1, i);
    }
    return mesa_fail(err, MESA_EPARSE, "the last of %zu nodes is not a leaf",
                     n);
}

/* Nodes that passed every check into a model. */
static mesa_status
fill(struct tree_model *m, const struct stored *v, size_t n,
     struct mesa_error *err)
{
    mesa_status st = tree_model_add(m, n, err);

    if (st != MESA_OK)
        return st;
    for (size_t i = 0; i < n; i++)
        m->node[i] = (struct tree_node){
            .threshold = v->threshold[i], .impurity = v->impurity[i],
            .weight = v->weight[i], .n_rows = v->n_rows[i],
            .feature = v->feature[i], .left = v->left[i],
            .right = v->right[i], .missing_left = v->missing_left[i]
        };
    for (size_t i = 0; i < n * m->n_classes; i++)
        m->value[i] = v->value[i];
    return tree_model_pack(m, err);
}

/* Sizes that every other tensor has to meet. */
static mesa_status
read_sizes(const struct mesa_archive *from, struct tree_model *m, size_t *n,
           struct stored *v, struct mesa_error *err)
{
    size_t one = 1, any[2] = { SIZE_MAX, SIZE_MAX };
    struct mesa_tensor value;
    const void *data;
    mesa_status st = mesa_archive_expect(from, "n_columns", MESA_I64, 1, &one,
                                         &data, err);

    if (st != MESA_OK)
        return st;
    if (*(const int64_t *)data < 1 || *(const int64_t *)data > INT32_MAX)
        return mesa_fail(err, MESA_EPARSE, "n_columns is %lld",
                         (long long)*(const int64_t *)data);
    m->n_columns = (size_t)*(const int64_t *)data;
    st = mesa_archive_expect(from, "value", MESA_F64, 2, any, &data, err);
    if (st == MESA_OK)
        st = mesa_archive_get(from, "value", &value, err);
    if (st != MESA_OK)
        return st;
    v->value = data;
    *n = value.shape[0];
    m->n_classes = value.shape[1];
    if (*n < 1 || *n > INT32_MAX || m->n_classes < 1)
        return mesa_fail(err, MESA_EPARSE, "%zu nodes of %zu classes", *n,
                         m->n_classes);
    return MESA_OK;
}

/* self keeps what it has learnt before unless all of the archive is good. */
mesa_status
tree_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    struct tree *t = self;
    struct tree_model m = { 0 };
    struct stored v = { 0 };
    int32_t *todo = NULL;
    size_t n = 0;
    mesa_status st = read_sizes(from, &m, &n, &v, err);

    if (st == MESA_OK)
        st = tree_check_shape(from, m.n_columns, m.n_classes, err);
    if (st == MESA_OK)
        st = read_vectors(from, n, &v, err);
    if (st != MESA_OK)
        return st;
    todo = mesa_alloc_raw(n, sizeof *todo);
    if (!todo)
        return mesa_nomem(err, n, "nodes");
    st = check_links(&v, n, m.n_columns, todo, err);
    mesa_free(todo);
    for (size_t i = 0; i < n && st == MESA_OK; i++)
        st = check_numbers(&v, i, m.n_classes, err);
    if (st == MESA_OK)
        st = fill(&m, &v, n, err);
    if (st != MESA_OK) {
        tree_model_free(&m);
        return st;
    }
    tree_model_free(&t->model);
    t->model = m;
    return MESA_OK;
}

mesa_status
tree_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
             uint32_t *proba, struct mesa_error *err)
{
    const struct tree_model *m = &((const struct tree *)self)->model;
    struct mesa_onnx_branch *node = mesa_alloc_array(m->n_nodes,
                                                     sizeof *node);

    if (!node)
        return mesa_nomem(err, m->n_nodes, "nodes");
    for (size_t i = 0; i < m->n_nodes; i++) {
        const struct tree_node *t = &m->node[i];
        bool leaf = t->feature < 0;

        node[i] = (struct mesa_onnx_branch){
            .threshold    = leaf ? 0 : t->threshold,
            .column       = t->feature,
            .left         = leaf ? 0 : (uint32_t)t->left,
            .right        = leaf ? 0 : (uint32_t)t->right,
            .missing_left = t->missing_left,
        };
    }
    *proba = mesa_onnx_tree(g, x, m->n_nodes, node, m->n_classes, m->value);
    mesa_free(node);
    return MESA_OK;
}
