/* SPDX-License-Identifier: MIT */
/*
 * store.c - a model as tensors, and back.
 *
 * One vector per member of a node, trees one after the other, and the edges
 * between bins of all columns.  A file may hold anything: before it is used,
 * every node is checked to be where a walk from its root, left first, meets
 * it, which rules out cycles, gaps and shared branches at once.
 */
#include <float.h>
#include <math.h>

#include "gradient_boosting.h"

/* Member m of every item as a vector of type ctype. */
#define PUT(name, n, dtype, ctype, expression)                            \
    do {                                                                  \
        ctype *v = buffer;                                                \
                                                                          \
        for (size_t i = 0; i < (n); i++)                                  \
            v[i] = (ctype)(expression);                                   \
        if (st == MESA_OK)                                                \
            st = mesa_archive_put_vector(to, name, dtype, n, v, err);     \
    } while (0)

/* Edges of a column, that is bins but one. */
static size_t
count_edges(const double *edge)
{
    size_t n = 0;

    while (n < TREE_MISSING && edge[n] < INFINITY)
        n++;
    return n;
}

static mesa_status
save_edges(const struct gb_model *m, double *buffer, struct mesa_archive *to,
           struct mesa_error *err)
{
    int32_t *count = mesa_alloc_raw(m->n_columns, sizeof *count);
    size_t n = 0;
    mesa_status st;

    if (!count)
        return mesa_nomem(err, m->n_columns, "columns");
    for (size_t c = 0; c < m->n_columns; c++) {
        const double *edge = m->edge + c * TREE_BINS;

        count[c] = (int32_t)count_edges(edge);
        for (int32_t i = 0; i < count[c]; i++)
            buffer[n++] = edge[i];
    }
    st = mesa_archive_put_vector(to, "n_edges", MESA_I32, m->n_columns, count,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "edge", MESA_F64, n, buffer, err);
    mesa_free(count);
    return st;
}

/* Fails only before fit, or when memory is out. */
mesa_status
gb_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct gb_model *m = &((const struct gb *)self)->model;
    size_t n = m->n_nodes, room = n + m->n_trees + m->n_columns * TREE_BINS;
    int64_t classes = (int64_t)m->n_classes;
    void *buffer;
    mesa_status st;

    if (m->n_columns == 0)
        return mesa_fail(err, MESA_ESTATE, "the trees have not been fitted");
    buffer = mesa_alloc_raw(room, sizeof(double));
    if (!buffer)
        return mesa_nomem(err, room, "nodes and edges");
    st = mesa_archive_put_vector(to, "n_classes", MESA_I64, 1, &classes, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "base", MESA_F64, m->n_outputs,
                                     m->base, err);
    if (st == MESA_OK)
        st = save_edges(m, buffer, to, err);
    PUT("n_nodes", m->n_trees, MESA_I64, int64_t, m->tree[i].n_nodes);
    PUT("value", n, MESA_F64, double, m->node[i].value);
    PUT("gain", n, MESA_F64, double, m->node[i].gain);
    PUT("column", n, MESA_I32, int32_t, m->node[i].column);
    PUT("right", n, MESA_I32, int32_t, m->node[i].right);
    PUT("bin", n, MESA_U8, uint8_t, m->node[i].bin);
    PUT("missing_left", n, MESA_U8, uint8_t, m->node[i].missing_left);
    mesa_free(buffer);
    return st;
}

struct stored {
    const int64_t *n_nodes;
    const double  *value, *gain;
    const int32_t *column, *right;
    const uint8_t *bin, *missing_left;
};

/* A vector of any length; how long it is. */
static mesa_status
read_vector(const struct mesa_archive *from, const char *name,
            enum mesa_dtype dtype, size_t *n, const void **data,
            struct mesa_error *err)
{
    struct mesa_tensor t;
    mesa_status st = mesa_archive_expect(from, name, dtype, 1, n, data, err);

    if (st == MESA_OK)
        st = mesa_archive_get(from, name, &t, err);
    if (st == MESA_OK)
        *n = t.shape[0];
    return st;
}

static mesa_status
load_edges(struct gb_model *m, const struct mesa_archive *from,
           struct mesa_error *err)
{
    size_t n = SIZE_MAX, n_columns = SIZE_MAX, at = 0;
    const void *count, *data;
    const double *edge;
    mesa_status st = read_vector(from, "n_edges", MESA_I32, &n_columns,
                                 &count, err);

    if (st == MESA_OK)
        st = read_vector(from, "edge", MESA_F64, &n, &data, err);
    if (st != MESA_OK)
        return st;
    if (n_columns < 1 || n_columns > INT32_MAX)
        return mesa_fail(err, MESA_EPARSE, "%zu columns", n_columns);
    edge = data;
    m->n_columns = n_columns;
    m->edge = mesa_alloc_raw(n_columns, TREE_BINS * sizeof *m->edge);
    if (!m->edge)
        return mesa_nomem(err, n_columns, "columns");
    for (size_t c = 0; c < n_columns; c++) {
        int32_t k = ((const int32_t *)count)[c];

        if (k < 0 || (size_t)k >= TREE_MISSING || (size_t)k > n - at)
            return mesa_fail(err, MESA_EPARSE, "column %zu has %d edges of "
                             "%zu", c, k, n - at);
        for (size_t i = 0; i < TREE_BINS; i++)
            m->edge[c * TREE_BINS + i] = i < (size_t)k ? edge[at + i]
                                                       : INFINITY;
        for (size_t i = 0; i < (size_t)k; i++)
            if (!isfinite(edge[at + i])
                || (i > 0 && edge[at + i] < edge[at + i - 1]))
                return mesa_fail(err, MESA_EPARSE, "edge %zu of column %zu is "
                                 "%g", i, c, edge[at + i]);
        at += (size_t)k;
    }
    if (at != n)
        return mesa_fail(err, MESA_EPARSE, "%zu edges of no column", n - at);
    return MESA_OK;
}

static mesa_status
load_base(struct gb_model *m, const struct mesa_archive *from,
          struct mesa_error *err)
{
    size_t one = 1;
    const void *data;
    int64_t k;
    mesa_status st = mesa_archive_expect(from, "n_classes", MESA_I64, 1, &one,
                                         &data, err);

    if (st != MESA_OK)
        return st;
    k = *(const int64_t *)data;
    if (k < 1 || k > INT32_MAX)
        return mesa_fail(err, MESA_EPARSE, "n_classes is %lld", (long long)k);
    m->n_classes = (size_t)k;
    m->n_outputs = k > 2 ? (size_t)k : 1;
    st = mesa_archive_expect(from, "base", MESA_F64, 1, &m->n_outputs, &data,
                             err);
    if (st != MESA_OK)
        return st;
    m->base = mesa_alloc_raw(m->n_outputs, sizeof *m->base);
    if (!m->base)
        return mesa_nomem(err, m->n_outputs, "classes");
    for (size_t o = 0; o < m->n_outputs; o++) {
        m->base[o] = ((const double *)data)[o];
        if (!isfinite(m->base[o]))
            return mesa_fail(err, MESA_EPARSE, "the first score of class %zu "
                             "is %g", o, m->base[o]);
    }
    return MESA_OK;
}

/* All members of n nodes, borrowed from the archive. */
static mesa_status
read_nodes(const struct mesa_archive *from, size_t n, struct stored *v,
           struct mesa_error *err)
{
    static const struct {
        const char     *name;
        enum mesa_dtype dtype;
    } part[] = {
        { "value", MESA_F64 }, { "gain", MESA_F64 }, { "column", MESA_I32 },
        { "right", MESA_I32 }, { "bin", MESA_U8 }, { "missing_left", MESA_U8 }
    };
    const void *data[6];

    for (size_t i = 0; i < 6; i++) {
        mesa_status st = mesa_archive_expect(from, part[i].name,
                                             part[i].dtype, 1, &n, &data[i],
                                             err);

        if (st != MESA_OK)
            return st;
    }
    v->value = data[0];
    v->gain = data[1];
    v->column = data[2];
    v->right = data[3];
    v->bin = data[4];
    v->missing_left = data[5];
    return MESA_OK;
}

/* The members of node i that are numbers. */
static mesa_status
check_numbers(const struct gb_model *m, const struct stored *v, size_t i,
              struct mesa_error *err)
{
    if (!isfinite(v->value[i]))
        return mesa_fail(err, MESA_EPARSE, "node %zu has value %g", i,
                         v->value[i]);
    if (!(v->gain[i] >= 0 && v->gain[i] <= DBL_MAX))
        return mesa_fail(err, MESA_EPARSE, "node %zu has gain %g", i,
                         v->gain[i]);
    if (v->column[i] < 0 || (size_t)v->column[i] >= m->n_columns)
        return mesa_fail(err, MESA_EPARSE, "node %zu cuts column %d of %zu",
                         i, v->column[i], m->n_columns);
    if (v->bin[i] == TREE_MISSING || v->missing_left[i] > 1)
        return mesa_fail(err, MESA_EPARSE, "node %zu has bin %d and "
                         "missing_left %d", i, v->bin[i], v->missing_left[i]);
    return MESA_OK;
}

/* A walk from the root, left first, meets node 0, 1, 2 ... of a tree; wait[n]
 * holds the right children still to come. */
static mesa_status
check_links(const int32_t *right, size_t n, size_t tree, int32_t *wait,
            struct mesa_error *err)
{
    size_t waiting = 0;

    for (size_t i = 0; i < n; i++) {
        if (right[i] != 0) {
            if (right[i] < 0 || (size_t)right[i] < i + 2
                || (size_t)right[i] >= n)
                break;
            wait[waiting++] = right[i];
        } else if (waiting == 0 && i + 1 == n) {
            return MESA_OK;
        } else if (waiting == 0 || (size_t)wait[--waiting] != i + 1) {
            break;
        }
    }
    return mesa_fail(err, MESA_EPARSE, "the %zu nodes of tree %zu are no "
                     "tree", n, tree);
}

static mesa_status
load_tree(struct gb_model *m, const struct stored *v, size_t n, int32_t *wait,
          struct mesa_error *err)
{
    size_t at = m->n_nodes;
    mesa_status st = check_links(v->right + at, n, m->n_trees, wait, err);

    for (size_t i = at; i < at + n && st == MESA_OK; i++)
        st = check_numbers(m, v, i, err);
    if (st == MESA_OK)
        st = gb_model_add(m, n, err);
    for (size_t i = at; i < at + n && st == MESA_OK; i++)
        m->node[i] = (struct gb_node){
            .value = v->value[i], .gain = v->gain[i],
            .column = (uint32_t)v->column[i], .right = (uint32_t)v->right[i],
            .bin = v->bin[i], .missing_left = v->missing_left[i]
        };
    return st;
}

static mesa_status
load_trees(struct gb_model *m, const struct mesa_archive *from,
           struct mesa_error *err)
{
    size_t n_trees = SIZE_MAX, n = SIZE_MAX;
    struct stored v;
    const void *data;
    int32_t *wait;
    mesa_status st = read_vector(from, "n_nodes", MESA_I64, &n_trees, &data,
                                 err);

    v.n_nodes = data;
    if (st == MESA_OK)
        st = read_vector(from, "value", MESA_F64, &n, &data, err);
    if (st == MESA_OK)
        st = read_nodes(from, n, &v, err);
    if (st != MESA_OK)
        return st;
    if (n_trees % m->n_outputs != 0)
        return mesa_fail(err, MESA_EPARSE, "%zu trees of %zu outputs",
                         n_trees, m->n_outputs);
    wait = mesa_alloc_raw(n, sizeof *wait);
    if (!wait)
        return mesa_nomem(err, n, "nodes");
    for (size_t t = 0; t < n_trees && st == MESA_OK; t++) {
        if (v.n_nodes[t] < 1 || (size_t)v.n_nodes[t] > n - m->n_nodes)
            st = mesa_fail(err, MESA_EPARSE, "tree %zu has %lld nodes of %zu",
                           t, (long long)v.n_nodes[t], n - m->n_nodes);
        else
            st = load_tree(m, &v, (size_t)v.n_nodes[t], wait, err);
    }
    mesa_free(wait);
    if (st == MESA_OK && m->n_nodes != n)
        st = mesa_fail(err, MESA_EPARSE, "%zu nodes of no tree",
                       n - m->n_nodes);
    return st;
}

/* self keeps what it has learnt before unless all of the archive is good. */
mesa_status
gb_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    struct gb *b = self;
    struct gb_model m = { 0 };
    mesa_status st = load_edges(&m, from, err);

    if (st == MESA_OK)
        st = load_base(&m, from, err);
    if (st == MESA_OK)
        st = tree_check_shape(from, m.n_columns, m.n_classes, err);
    if (st == MESA_OK)
        st = load_trees(&m, from, err);
    if (st == MESA_OK)
        st = gb_pack(&m, err);
    if (st != MESA_OK) {
        gb_model_free(&m);
        return st;
    }
    gb_model_free(&b->model);
    b->model = m;
    return MESA_OK;
}
