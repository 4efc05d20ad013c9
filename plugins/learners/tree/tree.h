/* SPDX-License-Identifier: MIT */
/* tree.h - what the files of the tree plugin share. */
#ifndef MESA_TREE_H
#define MESA_TREE_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <mesa/mesa.h>

/* Into every clone of its caller, so that it is cloned with it. */
#ifdef __GNUC__
#define TREE_INLINE static inline __attribute__((always_inline))
#else
#define TREE_INLINE static inline
#endif

/* Words that stand in place of a number ("none", "sqrt", "log2"). */
enum tree_word { TREE_NONE = -1, TREE_SQRT = -2, TREE_LOG2 = -3 };

enum tree_criterion { TREE_GINI, TREE_ENTROPY };
enum tree_splitter { TREE_BEST, TREE_RANDOM };
enum tree_method { TREE_EXACT, TREE_HIST };

/* Values of a column nearer than this are one value (FEATURE_THRESHOLD of
 * scikit-learn), and impurities below this are none (its EPSILON). */
#define TREE_SAME 1e-7
#define TREE_PURE 2.220446049250313e-16

/* One node.  Children are larger than their parent, left is the next one. */
struct tree_node {
    double   threshold; /* x <= threshold: left */
    double   impurity;
    double   weight; /* of the training rows in it */
    int64_t  n_rows;
    int32_t  feature; /* -1: a leaf */
    int32_t  left, right;
    uint32_t missing_left;
};

/* A node as prediction walks it: the left child is the next one, and a leaf
 * leads to itself: its threshold is NaN, with, in the lower half, the first
 * node of those that have its value (of the first values that turn up). */
struct tree_step {
    double   threshold;
    uint32_t feature;
    uint32_t right : 31;
    uint32_t missing_left : 1;
};

/* Prediction by bits (predict.c) takes trees of so many leaves, on so many
 * units of columns. */
enum { TREE_LEAVES = 256, TREE_UNIT = 4, TREE_UNITS = 64 };

/* An inner node as a test; what passes goes to the next node. */
struct tree_test {
    double   threshold;
    uint32_t place; /* unit x TREE_UNIT + column within it */
    uint16_t node, right;
    bool     missing_left;
};

/* A leaf, and which of the values that leaves have is its. */
struct tree_leaf {
    uint16_t node;
    uint8_t  number;
};

struct tree_model {
    size_t            n_nodes, capacity, n_columns, n_classes;
    struct tree_node *node;
    double           *value; /* n_nodes by n_classes */
    /* Either steps to walk, or, parents first, tests. */
    struct tree_step *step;
    struct tree_test *test;
    struct tree_leaf *leaf;  /* one more than tests */
    double           *share; /* n_shares by n_classes: values of leaves */
    size_t            n_tests, n_shares, n_units;
    uint32_t          unit[TREE_UNITS]; /* first columns of each */
};

struct tree {
    int               criterion, splitter, method;
    int64_t           max_depth, max_leaf_nodes, max_bins;
    double            min_samples_split, min_samples_leaf;
    double            min_weight_fraction_leaf, max_features;
    double            min_impurity_decrease, ccp_alpha;
    struct mesa_list  class_weight;
    struct tree_model model;
};

/* Training data and limits, in the units that the search works in. */
struct tree_problem {
    const struct mesa_cmatrix *x;
    size_t                     n, d, k; /* rows that count, columns, classes */
    size_t                    *row;     /* of x, or NULL: all               */
    uint32_t                  *y;
    double                    *w; /* on a grid: sums are exact; or NULL */
    double                     total;
    double                     unit; /* weights here per weight there */
    size_t                     min_split, min_leaf, max_depth, max_leaves;
    size_t                     max_features;
    double                     min_weight, min_decrease;
    int                        criterion, splitter;
    double                    *table; /* x log2 x for x = 0 ... table_max */
    double                     table_max;
};

enum tree_state { TREE_CONSTANT, TREE_NO_CUT, TREE_CUT };

/* Of a split that no missing value took part in: those to come follow the
 * heavier child. */
enum { TREE_LARGER = 2 };

struct tree_split {
    double   score, threshold;
    size_t   column;
    size_t   cut;    /* exact: valid rows on the left; hist: bins     */
    size_t   n_left; /* with missing rows, if they go there           */
    int      state;
    uint32_t missing_left;
};

/* What growing knows of a node beyond struct tree_node. */
struct tree_span {
    size_t   start, count;
    uint64_t id; /* a hash of the path from the root */
    uint32_t depth;
    int32_t  hist; /* slot of its histogram, or -1 */
};

struct tree_grow;

/* How nodes are searched and divided: exact.c and hist.c. */
struct tree_engine {
    size_t cells_at_once; /* rows x columns to run columns in parallel */
    /* Prepare a node that is going to be searched; *done if the engine has
     * grown all that is below it by itself. */
    mesa_status (*begin)(void *engine, struct tree_grow *g, size_t node,
                         bool *done, struct mesa_error *err);
    /* The best cut of one column, if it scores above out->score. */
    void (*search)(const void *engine, const struct tree_grow *g, size_t node,
                   size_t column, const struct mesa_rng *rng,
                   struct tree_split *out);
    /* Weight of each class on the left of a cut. */
    void (*count)(const void *engine, const struct tree_grow *g, size_t node,
                  const struct tree_split *split, double *left);
    /* Put the rows of the children side by side.  A child that is not open
     * is never looked at again. */
    mesa_status (*divide)(void *engine, struct tree_grow *g, size_t node,
                          const struct tree_split *split, bool open_left,
                          bool open_right, struct mesa_error *err);
    /* The node has been visited and, depth first, divided. */
    void (*end)(void *engine, struct tree_grow *g, size_t node);
};

struct tree_grow {
    const struct tree_problem *p;
    struct tree_model         *m;
    struct tree_span          *span; /* one per node */
    uint64_t                  *live; /* words per node: columns not constant */
    size_t                     words, capacity;
    uint32_t                  *stack;
    size_t                     n_stack, stack_capacity;
    struct mesa_rng            rng;
    uint32_t                  *column;    /* d: those to search         */
    uint32_t                  *order;     /* d: for drawing             */
    struct tree_split         *candidate; /* d                          */
    double                    *left;      /* d + 1 by k                 */
};

/* problem.c */
mesa_status tree_check(const struct tree *t, struct mesa_error *err);
mesa_status tree_problem_init(struct tree_problem *p, const struct tree *t,
                              const struct mesa_dataset *data,
                              struct mesa_error *err);
void tree_problem_free(struct tree_problem *p);

/* weights.c */
bool tree_word_is(const struct mesa_list *list, const char *word);
mesa_status tree_class_weights(const struct mesa_list *list,
                               const struct mesa_dataset *data, double *out,
                               struct mesa_error *err);

/* presort.c: rows of column value[n] in rising order, NaN last, into order[n]
 * as row << shift | y[row]; below TREE_RANKED entries (rows << shift) with the
 * rank of the value above them, from bit TREE_RANK on.  Returns whether two
 * different values are nearer than same.  pairs is scratch of 2 n. */
#define TREE_RANK 16
#define TREE_RANKED ((size_t)1 << TREE_RANK)

/* Cuts that are scored at a time; so many entries may be read past an end. */
#define TREE_LANES 8

bool tree_presort(const double *value, const uint32_t *y, size_t n,
                  unsigned shift, double same, uint64_t *pairs,
                  uint32_t *order);

/* grow.c */
mesa_status tree_grow_init(struct tree_grow *g, const struct tree_problem *p,
                           struct tree_model *m, const struct mesa_rng *rng,
                           struct mesa_error *err);
void tree_grow_root(struct tree_grow *g);
void tree_grow_free(struct tree_grow *g);
mesa_status tree_grow_below(struct tree_grow *g,
                            const struct tree_engine *engine, void *self,
                            size_t node, struct mesa_error *err);
mesa_status tree_grow_best(struct tree_grow *g,
                           const struct tree_engine *engine, void *self,
                           struct mesa_error *err);

/* bins.c: columns as bins.  Bin b of column c holds what exceeds
 * edge[c * TREE_BINS + b - 1] but not edge[c * TREE_BINS + b], the last one
 * those that are missing. */
#define TREE_BINS ((size_t)256)
#define TREE_MISSING (TREE_BINS - 1)

/* How bins are made of a column with more values than bins: about the same
 * number of rows in each; or between quantiles, as scikit-learn does. */
enum tree_rule { TREE_EVEN, TREE_QUANTILES };

struct tree_bins {
    double  *low, *high; /* values in a bin; not of TREE_QUANTILES */
    double  *edge;       /* d by TREE_BINS: upper ends, then infinity */
    size_t  *n;          /* of each column */
    uint8_t *code;       /* rows by d      */
};

mesa_status tree_bins_init(struct tree_bins *b, const struct tree_problem *p,
                           size_t max_bins, int rule, struct mesa_error *err);
void tree_bins_free(struct tree_bins *b);

/* The number of edges below x, by halving: eight steps, no branch. */
static inline uint8_t
tree_code(const double *edge, double x)
{
    size_t at = 0;

    for (size_t step = TREE_BINS / 2; step > 0; step /= 2)
        at += edge[at + step - 1] < x ? step : 0;
    return x != x ? TREE_MISSING : (uint8_t)at;
}

/* move.c: n rows (row << shift | anything) to the sides that the bin of their
 * row, code[row * stride], goes to, left ones first; spare holds n. */
struct tree_move {
    uint32_t      *row, *spare;
    size_t         n, stride;
    unsigned       shift;
    const uint8_t *code;
    uint8_t        goes[TREE_BINS]; /* 1: left */
};

mesa_status tree_move_rows(const struct tree_move *v, struct mesa_error *err);

/* Half way between two neighbours, and below b. */
static inline double
tree_between(double a, double b)
{
    double mid = a / 2 + b / 2;

    return mid < b ? mid : a;
}

/* exact_data.c, exact.c */
struct tree_exact {
    const struct tree_problem *p;
    size_t                     n; /* rows in the arrays below */
    unsigned                   shift;
    uint32_t                   rows;    /* bits of an entry, once shifted */
    double                    *value;   /* d by n */
    uint32_t                  *order;   /* d by n: see tree_presort */
    bool                      *ranked;  /* d: ranks tell values apart */
    bool                      *plain;   /* d: the same, none missing */
    bool                       even;    /* the node: see exact_ranked.c */
    float                     *share;   /* of its cuts: see there */
    uint32_t                  *spare;   /* d by n */
    uint8_t                   *left;    /* n: the row goes left */
    uint16_t                  *place;   /* d by n, or NULL: see exact_few.c */
    uint16_t                  *member;  /* n: rows, node by node */
    uint64_t                  *set;     /* a bit for each row */
    const double              *w;       /* n, or NULL */
    double                     same;    /* values this near are one */
    const struct tree_bins    *bins;    /* values are these, or NULL */
    void                      *block;
    size_t                     block_rows;
};

/* Rows x columns of a node from which columns go to threads. */
#define TREE_EXACT_CELLS ((size_t)1 << 17)

extern const struct tree_engine tree_exact_engine;
mesa_status tree_exact_init(struct tree_exact *e, const struct tree_problem *p,
                            struct mesa_error *err);
mesa_status tree_exact_reserve(struct tree_exact *e, size_t n,
                               struct mesa_error *err);
mesa_status tree_exact_sort(struct tree_exact *e, const uint32_t *y,
                            struct mesa_error *err);
void tree_exact_free(struct tree_exact *e);

/* hist.c */
mesa_status tree_hist_fit(struct tree_grow *g, size_t max_bins,
                          struct mesa_error *err);

/* model.c */
void tree_model_free(struct tree_model *m);
mesa_status tree_model_add(struct tree_model *m, size_t n,
                           struct mesa_error *err);
mesa_status tree_model_finish(struct tree_model *m, double unit,
                              double ccp_alpha, struct mesa_error *err);
mesa_status tree_model_pack(struct tree_model *m, struct mesa_error *err);

/* predict.c, predict_ranked.c, store.c: slots of the class */
mesa_status tree_predict_proba(const void *self, const struct mesa_cmatrix *x,
                               double *proba, struct mesa_error *err);
mesa_status tree_add_ranked(const void *self, const struct mesa_ranks *x,
                            size_t first, size_t n, double *sum,
                            struct mesa_error *err);
mesa_status tree_save(const void *self, struct mesa_archive *to,
                      struct mesa_error *err);
mesa_status tree_load(void *self, const struct mesa_archive *from,
                      struct mesa_error *err);
mesa_status tree_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                         uint32_t *proba, struct mesa_error *err);

/* For load: whoever asks has room for as many columns and classes as the file
 * says that the learner has. */
static inline mesa_status
tree_check_shape(const struct mesa_archive *from, size_t n_columns,
                 size_t n_classes, struct mesa_error *err)
{
    size_t columns, classes;

    if (mesa_archive_fitted_shape(from, &columns, &classes, NULL) !=
            MESA_OK ||
        (columns == n_columns && classes == n_classes))
        return MESA_OK;
    return mesa_fail(err, MESA_EPARSE,
                     "a tree of %zu columns and %zu classes in a model of "
                     "%zu and %zu",
                     n_columns, n_classes, columns, classes);
}

#endif
