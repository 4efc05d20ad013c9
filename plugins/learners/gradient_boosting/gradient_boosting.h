/* SPDX-License-Identifier: MIT */
/* gradient_boosting.h - what the files of the plugin share. */
#ifndef MESA_GRADIENT_BOOSTING_H
#define MESA_GRADIENT_BOOSTING_H

#include "../tree/tree.h"

/* Words that stand in place of a number or of a list's items. */
enum gb_word { GB_NONE = -1, GB_FALSE = 0, GB_TRUE = 1, GB_AUTO = 2 };

/* Children with a smaller sum of second derivatives are not made. */
#define GB_MIN_HESSIAN 1e-3

/* One node; the nodes of a tree stand depth first, so that the left child is
 * the next one.  Rows in a bin up to the node's go left. */
struct gb_node {
    double   value; /* of a leaf, times the learning rate */
    double   gain;  /* of a cut */
    uint32_t column;
    uint32_t right; /* of this tree's nodes; 0: a leaf */
    uint8_t  bin, missing_left;
};

/* A node as a test on its own: bins from low on, fewer than span of them, go
 * right and rule out the leaves that keep lacks. */
struct gb_test {
    uint32_t place; /* of the column among those that are used */
    uint32_t low, span, keep;
};

/* Trees of up to GB_LEAVES leaves are tested, larger ones walked. */
enum { GB_LEAVES = 32 };

struct gb_tree {
    size_t node, n_nodes; /* first one */
    size_t test, n_tests; /* no tests: one leaf, or to be walked */
    size_t leaf, n_leaves;
};

struct gb_model {
    size_t          n_columns, n_classes, n_outputs; /* trees a round */
    size_t          n_trees, n_nodes, tree_room, node_room;
    double         *base;   /* n_outputs: raw scores before any tree */
    double         *edge;   /* n_columns by TREE_BINS, as tree_bins */
    struct gb_tree *tree;
    struct gb_node *node;
    /* What prediction reads, made of the above by gb_pack. */
    struct gb_test *test;
    double         *leaf;   /* values, left to right */
    uint32_t       *place;  /* of each column among those used */
    uint32_t       *column; /* and back */
    size_t          n_used;
};

struct gb {
    int              loss, early_stopping;
    double           learning_rate, l2_regularization, tol;
    double           validation_fraction, subsample, colsample;
    int64_t          max_iter, max_leaf_nodes, max_depth, min_samples_leaf;
    int64_t          max_bins, n_iter_no_change;
    struct mesa_list class_weight;
    struct gb_model  model;
};

/*
 * Derivatives of one row, or of a sum of rows, as whole numbers of units: the
 * first one g; the second one << shift, plus the number of rows.
 */
struct gb_sum {
    int64_t g, h;
};

struct gb_units {
    double   g, h; /* what one unit is worth */
    unsigned shift;
};

/* The rows that are learnt from. */
struct gb_rows {
    size_t                     n, d, n_outputs;
    const struct mesa_dataset *data;
    const double              *factor; /* of each class's weight */
    double                    *w;      /* NULL: all 1 */
    double                     max_w, total_w;
    struct tree_bins           bins;
    uint8_t                   *missing; /* d: some value is missing */
    double                    *raw;     /* n_outputs by n */
    double                    *lse;     /* n: log of the sum of exp(raw) */
    struct gb_sum             *gh;      /* n: of the output at work */
};

/* Of one output: what gb_derive knows, and finds out for the next round. */
struct gb_scale {
    struct gb_units units;
    double          total_h; /* bound of the sum of second derivatives */
    struct gb_sum   sum;     /* of all rows */
};

struct gb_cut {
    double        gain; /* 0: none */
    struct gb_sum left;
    uint32_t      column;
    uint8_t       bin, missing_left;
};

/* Limits of a tree. */
struct gb_limits {
    size_t   max_leaves, max_depth, min_leaf;
    double   l2, rate;
};

/* A node while its tree grows. */
struct gb_open {
    size_t        start, count; /* its rows */
    struct gb_sum sum;
    struct gb_cut cut;
    size_t        left; /* its children are left and left + 1; 0: a leaf */
    size_t        depth;
    uint32_t      parent; /* in the model, once it is copied there */
    struct gb_sum *hist; /* d by TREE_BINS, or NULL */
};

struct gb_grow {
    const struct gb_rows   *rows;
    const struct gb_limits *limits;
    struct gb_units         units;
    uint32_t               *row, *spare; /* n, and scratch */
    size_t                  n;
    uint32_t               *column; /* those that may be cut */
    size_t                  n_columns;
    struct gb_cut          *found; /* d: the best cut of each */
    struct gb_open         *open;
    size_t                  n_open, room;
    size_t                 *heap; /* of nodes that may be cut */
    size_t                  n_heap;
    struct gb_sum         **slot, **unused; /* histograms */
    size_t                  n_slots, n_unused, max_slots;
};

/* Rows x columns of a node from which work on it goes to threads. */
#define GB_CELLS ((size_t)1 << 15)

static inline double
gb_leaf_value(const struct gb_grow *g, const struct gb_sum *s)
{
    double h = (double)(s->h >> g->units.shift) * g->units.h;

    return -((double)s->g * g->units.g) / (h + g->limits->l2 + 1e-15);
}

static inline size_t
gb_count(const struct gb_units *u, const struct gb_sum *s)
{
    return (size_t)s->h & (((size_t)1 << u->shift) - 1);
}

/* histogram.c */
mesa_status gb_hist_count(const struct gb_grow *g, const struct gb_open *node,
                          struct mesa_error *err);
void gb_hist_subtract(const struct gb_grow *g, struct gb_sum *from,
                      const struct gb_sum *what);

/* search.c: the best cut of a node into its cut. */
mesa_status gb_search(struct gb_grow *g, struct gb_open *node,
                      struct mesa_error *err);

/* grow.c: nodes into g->open, root first. */
mesa_status gb_grow_init(struct gb_grow *g, const struct gb_rows *rows,
                         const struct gb_limits *limits,
                         struct mesa_error *err);
void gb_grow_free(struct gb_grow *g);
mesa_status gb_grow_tree(struct gb_grow *g, struct mesa_error *err);

/* loss.c */
mesa_status gb_base(const struct gb_rows *rows, double *base,
                    struct mesa_error *err);
mesa_status gb_normalize(const struct gb_rows *rows, struct mesa_error *err);
mesa_status gb_derive(const struct gb_rows *rows, size_t output,
                      struct gb_scale *scale, struct mesa_error *err);
void gb_rescale(const struct gb_rows *rows, double step,
                struct gb_scale *scale);
void gb_proba(const struct gb_model *m, const double *raw, size_t n,
              size_t stride, double *proba);
mesa_status gb_loss(const struct gb_model *m, const double *raw,
                    const struct mesa_dataset *data, const double *factor,
                    double *loss, struct mesa_error *err);

/* fit.c */
mesa_status gb_fit(void *self, const struct mesa_dataset *train,
                   const struct mesa_dataset *valid, struct mesa_rng *rng,
                   struct mesa_error *err);

/* model.c */
void gb_model_free(struct gb_model *m);
mesa_status gb_model_add(struct gb_model *m, size_t n_nodes,
                         struct mesa_error *err);
mesa_status gb_pack(struct gb_model *m, struct mesa_error *err);

/* predict.c: add the last round's trees to the scores, n_outputs by n, of rows
 * in bins, n by n_columns. */
mesa_status gb_add_round(const struct gb_model *m, const uint8_t *code,
                         size_t n, double *raw, struct mesa_error *err);
mesa_status gb_predict_proba(const void *self, const struct mesa_cmatrix *x,
                             double *proba, struct mesa_error *err);

/* onnx.c */
mesa_status gb_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                       uint32_t *proba, struct mesa_error *err);

/* store.c */
mesa_status gb_save(const void *self, struct mesa_archive *to,
                    struct mesa_error *err);
mesa_status gb_load(void *self, const struct mesa_archive *from,
                    struct mesa_error *err);

#endif
