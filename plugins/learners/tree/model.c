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

#include "predict.h"

void
tree_model_free(struct tree_model *m)
{
    mesa_free(m->node);
    mesa_free(m->value);
    mesa_free(m->step);
    mesa_free(m->test);
    mesa_free(m->leaf);
    mesa_free(m->share);
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

/* Which of the values that leaves have is that of node i; a new one joins
 * them.  Values that many leaves share turn up early: only the first ones are
 * compared. */
static uint8_t
number_of(struct tree_model *m, size_t i)
{
    size_t k = m->n_classes, n = m->n_shares < 8 ? m->n_shares : 8, j = 0;

    while (j < n
           && memcmp(m->share + j * k, m->value + i * k,
                     k * sizeof *m->share) != 0)
        j++;
    if (j < n)
        return (uint8_t)j;
    memcpy(m->share + m->n_shares * k, m->value + i * k,
           k * sizeof *m->share);
    return (uint8_t)m->n_shares++;
}

/* Nodes as tests and leaves (predict.c).  False if they read too many
 * columns. */
static bool
fill_tests(struct tree_model *m)
{
    size_t n = 0, n_leaves = 0;

    for (size_t i = 0; i < m->n_nodes; i++) {
        const struct tree_node *t = &m->node[i];
        struct tree_test *test = &m->test[n];

        if (t->feature < 0) {
            m->leaf[n_leaves++] = (struct tree_leaf){ (uint16_t)i,
                                                      number_of(m, i) };
            continue;
        }
        if (!find_place(m, (size_t)t->feature, &test->place))
            return false;
        test->threshold = t->threshold;
        test->node = (uint16_t)i;
        test->right = (uint16_t)t->right;
        test->missing_left = t->missing_left != 0;
        n++;
    }
    m->n_tests = n;
    return true;
}

/* The first of the nodes that have the value of leaf i, or i itself where
 * those found so far, *n of KNOWN, have others. */
enum { KNOWN = 8 };

static uint32_t
first_like(const struct tree_model *m, size_t i, uint32_t *known, size_t *n)
{
    const size_t size = m->n_classes * sizeof *m->value;

    for (size_t j = 0; j < *n; j++)
        if (memcmp(m->value + known[j] * m->n_classes,
                   m->value + i * m->n_classes, size) == 0)
            return known[j];
    if (*n < KNOWN)
        known[(*n)++] = (uint32_t)i;
    return (uint32_t)i;
}

/* Nodes as a walk takes them. */
static void
fill_steps(struct tree_model *m)
{
    uint32_t known[KNOWN];
    size_t n_known = 0;

    for (size_t i = 0; i < m->n_nodes; i++) {
        const struct tree_node *t = &m->node[i];
        struct tree_step *s = &m->step[i];

        if (t->feature < 0)
            *s = (struct tree_step){
                .threshold = tree_leaf_mark(first_like(m, i, known, &n_known)),
                .right = (uint32_t)i & INT32_MAX
            };
        else
            *s = (struct tree_step){ .threshold = t->threshold,
                                     .feature = (uint32_t)t->feature,
                                     .right = (uint32_t)t->right & INT32_MAX,
                                     .missing_left = t->missing_left & 1 };
    }
}

/* What prediction reads, from a finished or loaded model: tests if there are
 * few, else steps. */
mesa_status
tree_model_pack(struct tree_model *m, struct mesa_error *err)
{
    size_t n_leaves = m->n_nodes / 2 + 1;

    m->n_tests = m->n_shares = m->n_units = 0;
    if (m->n_nodes > 1 && n_leaves <= TREE_LEAVES) {
        m->test = mesa_alloc_raw(n_leaves, sizeof *m->test);
        m->leaf = mesa_alloc_raw(n_leaves, sizeof *m->leaf);
        m->share = mesa_alloc_raw(n_leaves * m->n_classes, sizeof *m->share);
        if (!m->test || !m->leaf || !m->share)
            return mesa_nomem(err, n_leaves, "leaves");
        if (fill_tests(m))
            return MESA_OK;
    }
    m->step = mesa_alloc_raw(m->n_nodes, sizeof *m->step);
    if (!m->step)
        return mesa_nomem(err, m->n_nodes, "nodes");
    fill_steps(m);
    return MESA_OK;
}
