/* SPDX-License-Identifier: MIT */
/*
 * tree - a classification tree: CART, grown on sorted columns or histograms.
 *
 * Parameters, their meaning and their defaults are those of scikit-learn's
 * DecisionTreeClassifier, and so is the tree, but for ties: of cuts of exactly
 * equal score the lowest column wins, then the lowest threshold, where
 * scikit-learn draws the order of columns.  method = exact looks at every cut
 * (exact.c), O(rows x columns) for each level after sorting; method = hist at
 * those between max_bins bins of a column (hist.c).
 *
 * Missing values: a cut sends the rows without a value to the side that scores
 * better, left if both are equal; "missing" against the rest is a cut too.
 * Where training met none, they follow the child with more rows (by weight),
 * left if both have as many.
 *
 * Breiman, Friedman, Olshen and Stone (1984).
 */
#include "tree.h"

static const struct mesa_choice tree_criteria[] = {
    { "gini", TREE_GINI, "Gini impurity" },
    { "entropy", TREE_ENTROPY, "Shannon entropy in bits" },
    { "log_loss", TREE_ENTROPY, "another name of entropy" },
    { NULL, 0, NULL }
};

static const struct mesa_choice tree_splitters[] = {
    { "best", TREE_BEST, "the best cut of each column" },
    { "random", TREE_RANDOM, "one cut of each column, drawn between its "
                             "least and largest value" },
    { NULL, 0, NULL }
};

static const struct mesa_choice tree_methods[] = {
    { "exact", TREE_EXACT, "every cut between two values" },
    { "hist", TREE_HIST, "cuts between max_bins bins of a column" },
    { NULL, 0, NULL }
};

static const struct mesa_choice tree_no_limit[] = {
    { "none", TREE_NONE, "no limit" },
    { NULL, 0, NULL }
};

static const struct mesa_choice tree_features[] = {
    { "none", TREE_NONE, "all columns" },
    { "sqrt", TREE_SQRT, "the square root of their number" },
    { "log2", TREE_LOG2, "the binary logarithm of their number" },
    { NULL, 0, NULL }
};

static const struct mesa_param tree_params[] = {
    MESA_CHOICE(struct tree, criterion, "criterion", TREE_GINI, tree_criteria,
                "Impurity that a cut is to lower"),
    MESA_CHOICE(struct tree, splitter, "splitter", TREE_BEST, tree_splitters,
                "How the cut of a column is chosen"),
    MESA_INT(struct tree, max_depth, "max_depth", TREE_NONE, 1, 1000000,
             "Largest number of cuts above a leaf",
             .choices = tree_no_limit),
    MESA_REAL(struct tree, min_samples_split, "min_samples_split", 2, 0, 1e15,
              "Rows that a node needs to be cut, as a count or a share",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct tree, min_samples_leaf, "min_samples_leaf", 1, 0, 1e15,
              "Rows that a leaf needs, as a count or a share",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct tree, min_weight_fraction_leaf,
              "min_weight_fraction_leaf", 0, 0, 0.5,
              "Share of the total weight that a leaf needs"),
    MESA_REAL(struct tree, max_features, "max_features", TREE_NONE, 0, 1e15,
              "Columns looked at for a cut, as a count or a share",
              .flags = MESA_PARAM_OPEN_MIN, .choices = tree_features),
    MESA_INT(struct tree, max_leaf_nodes, "max_leaf_nodes", TREE_NONE, 2,
             1000000000, "Largest number of leaves, the best cuts first",
             .choices = tree_no_limit),
    MESA_REAL(struct tree, min_impurity_decrease, "min_impurity_decrease", 0,
              0, 1e15, "Weighted fall of impurity that a cut needs"),
    MESA_LIST(struct tree, class_weight, "class_weight", "none",
              "Weights of classes: none, balanced or class:weight pairs"),
    MESA_REAL(struct tree, ccp_alpha, "ccp_alpha", 0, 0, 1e15,
              "Cost of a leaf in pruning by cost and complexity"),
    MESA_CHOICE(struct tree, method, "method", TREE_EXACT, tree_methods,
                "Which cuts are looked at"),
    MESA_INT(struct tree, max_bins, "max_bins", 255, 2, 255,
             "Bins of a column for method = hist"),
    MESA_PARAM_END
};

static mesa_status
tree_init(void *self, struct mesa_error *err)
{
    return tree_check(self, err);
}

static void
tree_fini(void *self)
{
    struct tree *t = self;

    tree_model_free(&t->model);
}

static mesa_status
fit_exact(struct tree_grow *g, struct mesa_error *err)
{
    struct tree_exact e;
    mesa_status st = tree_exact_init(&e, g->p, err);

    if (st == MESA_OK && g->p->max_leaves == SIZE_MAX)
        st = tree_grow_below(g, &tree_exact_engine, &e, 0, err);
    else if (st == MESA_OK)
        st = tree_grow_best(g, &tree_exact_engine, &e, err);
    tree_exact_free(&e);
    return st;
}

static mesa_status
tree_fit(void *self, const struct mesa_dataset *train,
         const struct mesa_dataset *valid, struct mesa_rng *rng,
         struct mesa_error *err)
{
    struct tree *t = self;
    struct tree_problem p;
    struct tree_model m = { 0 };
    struct tree_grow g = { 0 };
    mesa_status st = tree_problem_init(&p, t, train, err);

    (void)valid;
    tree_model_free(&t->model);
    if (st != MESA_OK)
        goto out;
    st = tree_grow_init(&g, &p, &m, rng, err);
    if (st != MESA_OK)
        goto out;
    tree_grow_root(&g);
    if (t->method == TREE_EXACT)
        st = fit_exact(&g, err);
    else
        st = tree_hist_fit(&g, (size_t)t->max_bins, err);
    if (st == MESA_OK)
        st = tree_model_finish(&m, p.unit, t->ccp_alpha, err);
    if (st != MESA_OK)
        goto out;
    t->model = m;
    m = (struct tree_model){ 0 };
out:
    tree_grow_free(&g);
    tree_model_free(&m);
    tree_problem_free(&p);
    return st;
}

/* The weighted fall of the impurity at all cuts of a column, as a share. */
static mesa_status
tree_importance(const void *self, double *importance, struct mesa_error *err)
{
    const struct tree_model *m = &((const struct tree *)self)->model;
    double sum = 0;

    if (m->n_nodes == 0)
        return mesa_fail(err, MESA_ESTATE, "the tree has not been fitted");
    for (size_t c = 0; c < m->n_columns; c++)
        importance[c] = 0;
    for (size_t i = 0; i < m->n_nodes; i++) {
        const struct tree_node *t = &m->node[i], *l, *r;

        if (t->feature < 0)
            continue;
        l = &m->node[t->left];
        r = &m->node[t->right];
        importance[t->feature] += t->weight * t->impurity
                                  - l->weight * l->impurity
                                  - r->weight * r->impurity;
    }
    for (size_t c = 0; c < m->n_columns; c++) {
        if (importance[c] < 0)
            importance[c] = 0;
        sum += importance[c];
    }
    for (size_t c = 0; c < m->n_columns && sum > 0; c++)
        importance[c] /= sum;
    return MESA_OK;
}

/* Children stand behind their parents. */
static mesa_status
tree_counts(const void *self, struct mesa_counts *out, struct mesa_error *err)
{
    const struct tree_model *m = &((const struct tree *)self)->model;
    uint32_t *depth = mesa_alloc_array(m->n_nodes, sizeof *depth);
    uint32_t deepest = 0;
    size_t leaves = 0;

    if (!depth)
        return mesa_nomem(err, m->n_nodes, "depths");
    for (size_t i = 0; i < m->n_nodes; i++) {
        const struct tree_node *t = &m->node[i];

        if (t->feature < 0) {
            leaves++;
            deepest = depth[i] > deepest ? depth[i] : deepest;
        } else {
            depth[t->left] = depth[i] + 1;
            depth[t->right] = depth[i] + 1;
        }
    }
    mesa_free(depth);
    mesa_count(out, "nodes", m->n_nodes);
    mesa_count(out, "leaves", leaves);
    mesa_count(out, "levels", deepest);
    return MESA_OK;
}

static const struct mesa_estimator_class tree = {
    MESA_ESTIMATOR(struct tree),
    .head.name = "tree",
    .head.title = "Classification tree (CART)",
    .head.cite = "Breiman, Friedman, Olshen and Stone, Classification and "
                 "Regression Trees, 1984",
    .head.params = tree_params,
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING
                  | MESA_CLASS_WEIGHTS,
    .head.init = tree_init,
    .head.fini = tree_fini,
    .head.save = tree_save,
    .head.load = tree_load,
    .fit = tree_fit,
    .predict_proba = tree_predict_proba,
    .importance = tree_importance,
    .to_onnx = tree_to_onnx,
    .add_ranked = tree_add_ranked,
    .counts = tree_counts,
};

MESA_PLUGIN(.name = "tree", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&tree.head));
