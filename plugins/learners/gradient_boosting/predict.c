/* SPDX-License-Identifier: MIT */
/*
 * predict.c - the sum of the leaves that a row falls into.
 *
 * Rows become bins first, which decides every comparison once and for all;
 * then all trees are run on a block of rows.  A tree of up to 32 leaves is not
 * walked: each node is a test that, when it says "right", rules out the leaves
 * on its left, and the first leaf not ruled out is the row's (QuickScorer:
 * Lucchese et al. 2015).  That takes no branch, and many rows at a time.
 */
#include <math.h>
#include <string.h>

#include "gradient_boosting.h"

enum { BLOCK = 64 };

/* The leaf of each row that is the lowest bit of alive, which is not 0: the
 * exponent of its value as a float. */
TREE_INLINE void
add_lowest(const uint32_t *alive, const double *leaf, double *raw)
{
    float value[BLOCK];
    uint32_t at[BLOCK];

    for (size_t r = 0; r < BLOCK; r++)
        value[r] = (float)(int32_t)(alive[r] & (0 - alive[r]));
    memcpy(at, value, sizeof at);
    for (size_t r = 0; r < BLOCK; r++)
        at[r] = (at[r] >> 23 & 255) - 127;
    for (size_t r = 0; r < BLOCK; r++)
        raw[r] += leaf[at[r]];
}

MESA_CLONES
static void
run_tests(const struct gb_test *test, size_t n, const uint32_t *block,
          const double *leaf, double *raw)
{
    uint32_t alive[BLOCK];

    for (size_t r = 0; r < BLOCK; r++)
        alive[r] = UINT32_MAX;
    for (const struct gb_test *end = test + n; test < end; test++) {
        const uint32_t *x = block + (size_t)test->place * BLOCK;
        uint32_t low = test->low, span = test->span, keep = test->keep;

        for (size_t r = 0; r < BLOCK; r++)
            alive[r] &= x[r] - low < span ? keep : UINT32_MAX;
    }
    add_lowest(alive, leaf, raw);
}

/* Whether a row in this bin of a node's column goes right. */
static inline uint32_t
goes_right(const struct gb_node *t, uint32_t code)
{
    return code > t->bin && !(t->missing_left && code == TREE_MISSING);
}

/* A larger tree, row by row. */
static void
walk_block(const struct gb_model *m, const struct gb_tree *tree,
           const uint32_t *block, double *raw)
{
    const struct gb_node *node = m->node + tree->node;

    for (size_t r = 0; r < BLOCK; r++) {
        size_t i = 0;

        while (node[i].right != 0)
            i = goes_right(&node[i], block[m->place[node[i].column] * BLOCK
                                           + r])
              ? node[i].right : i + 1;
        raw[r] += node[i].value;
    }
}

/* Bins of a block's rows in the columns that are used; rows beyond n repeat
 * the first. */
static void
code_block(const struct gb_model *m, const struct mesa_cmatrix *x, size_t from,
           size_t n, uint32_t *block)
{
    const double *row[BLOCK];

    for (size_t r = 0; r < BLOCK; r++)
        row[r] = mesa_row(x, from + (r < n ? r : 0));
    for (size_t u = 0; u < m->n_used; u++) {
        const double *edge = m->edge + m->column[u] * TREE_BINS;

        for (size_t r = 0; r < BLOCK; r++)
            block[u * BLOCK + r] = tree_code(edge, row[r][m->column[u]]);
    }
}

struct predicting {
    const struct gb_model     *m;
    const struct mesa_cmatrix *x;
    double                    *proba;
};

/* Scores of a block, n_outputs by BLOCK, and probabilities of n rows. */
static void
predict_block(const struct predicting *p, size_t from, size_t n,
              uint32_t *block, double *raw)
{
    const struct gb_model *m = p->m;

    code_block(m, p->x, from, n, block);
    for (size_t o = 0; o < m->n_outputs; o++)
        for (size_t r = 0; r < BLOCK; r++)
            raw[o * BLOCK + r] = m->base[o];
    for (size_t t = 0; t < m->n_trees; t++) {
        const struct gb_tree *tree = &m->tree[t];
        double *out = raw + t % m->n_outputs * BLOCK;

        if (tree->n_leaves <= GB_LEAVES)
            run_tests(m->test + tree->test, tree->n_tests, block,
                      m->leaf + tree->leaf, out);
        else
            walk_block(m, tree, block, out);
    }
    gb_proba(m, raw, n, BLOCK, p->proba + from * m->n_classes);
}

static mesa_status
predict_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct predicting *p = context;
    const struct gb_model *m = p->m;
    uint32_t *block = mesa_alloc_raw(m->n_used * BLOCK, sizeof *block);
    double *raw = mesa_alloc_raw(m->n_outputs * BLOCK, sizeof *raw);
    size_t end = (chunk + 1) * MESA_CHUNK;
    mesa_status st = MESA_OK;

    if (end > p->x->rows)
        end = p->x->rows;
    if (!block || !raw)
        st = mesa_nomem(err, BLOCK, "rows to predict");
    for (size_t r = chunk * MESA_CHUNK; r < end && st == MESA_OK; r += BLOCK)
        predict_block(p, r, end - r < BLOCK ? end - r : BLOCK, block, raw);
    mesa_free(block);
    mesa_free(raw);
    return st;
}

mesa_status
gb_predict_proba(const void *self, const struct mesa_cmatrix *x,
                 double *proba, struct mesa_error *err)
{
    const struct gb_model *m = &((const struct gb *)self)->model;
    struct predicting p = { m, x, proba };

    if (m->n_columns == 0)
        return mesa_fail(err, MESA_ESTATE, "the trees have not been fitted");
    if (x->cols != m->n_columns)
        return mesa_fail(err, MESA_ESHAPE, "%zu columns, but the trees were "
                         "fitted on %zu", x->cols, m->n_columns);
    return mesa_parallel_for(MESA_CHUNKS(x->rows), predict_chunk, &p, err);
}

struct adding {
    const struct gb_model *m;
    const uint8_t         *code;
    size_t                 n;
    double                *raw;
};

static mesa_status
add_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct adding *a = context;
    const struct gb_model *m = a->m;
    size_t end = (chunk + 1) * MESA_CHUNK;

    (void)err;
    if (end > a->n)
        end = a->n;
    for (size_t o = 0; o < m->n_outputs; o++) {
        const struct gb_node *node =
            m->node + m->tree[m->n_trees - m->n_outputs + o].node;

        for (size_t r = chunk * MESA_CHUNK; r < end; r++) {
            const uint8_t *code = a->code + r * m->n_columns;
            size_t i = 0;

            while (node[i].right != 0)
                i = goes_right(&node[i], code[node[i].column])
                  ? node[i].right : i + 1;
            a->raw[o * a->n + r] += node[i].value;
        }
    }
    return MESA_OK;
}

mesa_status
gb_add_round(const struct gb_model *m, const uint8_t *code, size_t n,
             double *raw, struct mesa_error *err)
{
    struct adding a = { m, code, n, raw };

    return mesa_parallel_for(MESA_CHUNKS(n), add_chunk, &a, err);
}
