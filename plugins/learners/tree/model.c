/* SPDX-License-Identifier: MIT */
/*
 * model.c - the nodes of a tree: growing, pruning, putting in order.
 *
 * A finished model lists its nodes depth first, left before right, so that
 * the left child of a node is the next one.  Pruning by cost and complexity
 * (Breiman et al. 1984, section 3.3; Ripley 1996, section 7.2) needs one pass
 * from the leaves up: of all subtrees with the same root, the smallest one
 * that minimises risk + ccp_alpha x leaves keeps a node's children exactly if
 * theirs is less than the node's own as a leaf.  That tree is where cutting
 * weakest links one by one, as scikit-learn does, ends.
 */
#include <math.h>
#include <string.h>

#include "tree.h"

void
tree_model_free(struct tree_model *m)
{
    mesa_free(m->node);
    mesa_free(m->value);
    mesa_free(m->step);
    mesa_free(m->test);
    mesa_free(m->leaf);
    *m = (struct tree_model){ 0 };
}

/* Room for n nodes more, and n more nodes; their contents are undefined. */
mesa_status
tree_model_add(struct tree_model *m, size_t n, struct mesa_error *err)
{
    size_t more = m->capacity ? m->capacity : 32;
    void *block;

    while (more < m->n_nodes + n)
        more *= 2;
    if (more > m->capacity) {
        block = mesa_realloc_array(m->node, more, sizeof *m->node);
        if (!block)
            return mesa_nomem(err, more, "nodes");
        m->node = block;
        block = mesa_realloc_array(m->value, more,
                                   m->n_classes * sizeof *m->value);
        if (!block)
            return mesa_nomem(err, more, "nodes");
        m->value = block;
        m->capacity = more;
    }
    m->n_nodes += n;
    return MESA_OK;
}

/* Make leaves of nodes whose branch is not worth ccp_alpha a leaf. */
static mesa_status
prune(struct tree_model *m, double ccp_alpha, struct mesa_error *err)
{
    double *cost = mesa_alloc_raw(m->n_nodes, sizeof *cost);

    if (!cost)
        return mesa_nomem(err, m->n_nodes, "nodes");
    for (size_t i = m->n_nodes; i-- > 0;) {
        struct tree_node *t = &m->node[i];
        double own = t->impurity * (t->weight / m->node[0].weight) + ccp_alpha;

        cost[i] = own;
        if (t->feature < 0)
            continue;
        cost[i] = cost[t->left] + cost[t->right];
        if (own <= cost[i]) {
            cost[i] = own;
            t->feature = -1;
        }
    }
    mesa_free(cost);
    return MESA_OK;
}

/* Copy a node, with class weights as shares of its weight. */
static void
copy_node(const struct tree_model *from, size_t i, double unit,
          struct tree_model *to, size_t j)
{
    struct tree_node *t = &to->node[j];

    *t = from->node[i];
    for (size_t c = 0; c < from->n_classes; c++)
        to->value[j * from->n_classes + c] =
            from->value[i * from->n_classes + c] / t->weight;
    t->weight /= unit;
    if (t->feature < 0) {
        t->left = t->right = -1;
        t->threshold = 0;
        t->missing_left = 0;
    }
}

/* Nodes still reached from the root, depth first; todo holds 2 n_nodes. */
static void
reorder(const struct tree_model *from, double unit, struct tree_model *to,
        int32_t *todo)
{
    size_t n = 0;

    todo[n++] = 0;
    todo[n++] = -1; /* whose right child it is */
    while (n > 0) {
        int32_t parent = todo[--n], i = todo[--n];
        size_t j = to->n_nodes++;

        copy_node(from, (size_t)i, unit, to, j);
        if (parent >= 0)
            to->node[parent].right = (int32_t)j;
        if (to->node[j].feature < 0)
            continue;
        todo[n++] = from->node[i].right;
        todo[n++] = (int32_t)j;
        todo[n++] = from->node[i].left;
        todo[n++] = -1;
        to->node[j].left = (int32_t)j + 1;
    }
}

/* Grown nodes into a model that predicts: prune, order, normalise, pack. */
mesa_status
tree_model_finish(struct tree_model *m, double unit, double ccp_alpha,
                  struct mesa_error *err)
{
    struct tree_model out = { .n_columns = m->n_columns,
                              .n_classes = m->n_classes };
    size_t n = m->n_nodes;
    int32_t *todo = NULL;
    mesa_status st = ccp_alpha > 0 ? prune(m, ccp_alpha, err) : MESA_OK;

    if (st != MESA_OK)
        return st;
    todo = mesa_alloc_raw(2 * n + 2, sizeof *todo);
    out.node = mesa_alloc_raw(n, sizeof *out.node);
    out.value = mesa_alloc_raw(n * m->n_classes, sizeof *out.value);
    out.capacity = n;
    if (!todo || !out.node || !out.value) {
        st = mesa_nomem(err, n, "nodes");
        goto out;
    }
    reorder(m, unit, &out, todo);
    st = tree_model_pack(&out, err);
    if (st != MESA_OK)
        goto out;
    tree_model_free(m);
    *m = out;
    out = (struct tree_model){ 0 };
out:
    tree_model_free(&out);
    mesa_free(todo);
    return st;
}

/* The place of a column among the units that tests read: four neighbours
 * each, the last ones where the columns end.  TREE_UNITS units are full. */
static bool
find_place(struct tree_model *m, size_t column, uint32_t *place)
{
    size_t last = m->n_columns < TREE_UNIT ? 0 : m->n_columns - TREE_UNIT;
    size_t start = column - column % TREE_UNIT, u = 0;

    if (start > last)
        start = last;
    while (u < m->n_units && m->unit[u] != start)
        u++;
    if (u == TREE_UNITS)
        return false;
    if (u == m->n_units)
        m->unit[m->n_units++] = (uint32_t)start;
    *place = (uint32_t)(u * TREE_UNIT + (column - start));
    return true;
}

/* The leaves from ... to - 1 that lie in word w. */
static uint32_t
leaves_in(uint32_t w, uint32_t from, uint32_t to)
{
    uint32_t low = w * TREE_WORD, high = low + TREE_WORD;
    uint32_t above = from > low ? UINT32_MAX << (from - low) : UINT32_MAX;

    return to < high ? above & ~(UINT32_MAX << (to - low)) : above;
}

/* Where the tests of each word start, in m->first; false if there are more
 * than prediction takes.  A node is a test in each word that the leaves on its
 * left lie in. */
static bool
count_tests(struct tree_model *m, const uint32_t *first_leaf)
{
    uint32_t sum = 0;

    memset(m->first, 0, sizeof m->first);
    for (size_t i = 0; i < m->n_nodes; i++) {
        const struct tree_node *t = &m->node[i];
        uint32_t w = first_leaf[i] / TREE_WORD;

        for (; t->feature >= 0
               && w * TREE_WORD < first_leaf[t->right]; w++)
            m->first[2 * w + !t->missing_left]++;
    }
    for (size_t j = 0; j <= 2 * TREE_WORDS; j++) {
        uint32_t n = m->first[j];

        m->first[j] = sum;
        sum += n;
    }
    return sum <= TREE_TESTS;
}

/* Tests on their own (predict.c), by word.  A tree that is too large for them
 * has no words, and is walked. */
static mesa_status
pack_tests(struct tree_model *m, const uint32_t *first_leaf,
           struct mesa_error *err)
{
    uint32_t at[2 * TREE_WORDS];

    m->n_words = m->n_units = 0;
    if (m->n_leaves > TREE_WORDS * TREE_WORD || !count_tests(m, first_leaf))
        return MESA_OK;
    m->test = mesa_alloc_raw(m->first[2 * TREE_WORDS] + 1, sizeof *m->test);
    if (!m->test)
        return mesa_nomem(err, m->first[2 * TREE_WORDS] + 1, "tests");
    memcpy(at, m->first, sizeof at);
    for (size_t i = 0; i < m->n_nodes; i++) {
        const struct tree_node *t = &m->node[i];
        uint32_t w = first_leaf[i] / TREE_WORD, to;
        struct tree_test test;

        if (t->feature < 0)
            continue;
        if (!find_place(m, (size_t)t->feature, &test.place))
            return MESA_OK;
        test.threshold = (float)t->threshold;
        to = first_leaf[t->right];
        for (; w * TREE_WORD < to; w++) {
            test.keep = ~leaves_in(w, first_leaf[i], to);
            m->test[at[2 * w + !t->missing_left]++] = test;
        }
    }
    m->n_words = (m->n_leaves + TREE_WORD - 1) / TREE_WORD;
    return MESA_OK;
}

/* What prediction reads, from a finished or loaded model. */
mesa_status
tree_model_pack(struct tree_model *m, struct mesa_error *err)
{
    size_t n = m->n_nodes, k = m->n_classes;
    uint32_t *first_leaf = mesa_alloc_raw(n, sizeof *first_leaf);
    mesa_status st;

    m->n_leaves = n / 2 + 1;
    m->step = mesa_alloc_raw(n, sizeof *m->step);
    m->leaf = mesa_alloc_raw(m->n_leaves * k, sizeof *m->leaf);
    if (!first_leaf || !m->step || !m->leaf) {
        mesa_free(first_leaf);
        return mesa_nomem(err, n, "nodes");
    }
    m->n_leaves = 0;
    for (size_t i = 0; i < n; i++) {
        const struct tree_node *t = &m->node[i];
        struct tree_step *s = &m->step[i];

        first_leaf[i] = (uint32_t)m->n_leaves;
        s->threshold = t->feature < 0 ? NAN : t->threshold;
        s->feature = t->feature < 0 ? 0 : (uint32_t)t->feature;
        s->right = (t->feature < 0 ? (uint32_t)i : (uint32_t)t->right)
                   & INT32_MAX;
        s->missing_left = t->missing_left & 1;
        if (t->feature < 0) {
            s->missing_left = 0;
            memcpy(m->leaf + m->n_leaves++ * k, m->value + i * k,
                   k * sizeof *m->leaf);
        }
    }
    st = pack_tests(m, first_leaf, err);
    mesa_free(first_leaf);
    return st;
}
