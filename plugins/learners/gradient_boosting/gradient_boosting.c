/* SPDX-License-Identifier: MIT */
/*
 * gradient_boosting - boosted trees on histograms, for log loss.
 *
 * Parameters, their meaning and their defaults are those of scikit-learn's
 * HistGradientBoostingClassifier, and so are bins, cuts and leaves, with these
 * differences: subsample and colsample draw rows and columns for each tree;
 * early_stopping looks at the validation part, if there is one, before it
 * holds out rows; of more than 262,144 rows, 131,072 at equal distances set
 * the bins instead of 200,000 drawn ones; of splits that gain the same but
 * for rounding it may take another; categories and constraints are not there.
 * As there, bins and min_samples_leaf count rows whatever they weigh.
 *
 * A tree costs O(rows x columns) for its first levels, where sums of
 * derivatives by bin are counted for the smaller of two children.  The
 * derivatives are rounded to whole numbers (loss.c), so that all sums are
 * exact and no result depends on the number of threads.
 *
 * Friedman 2001; Chen and Guestrin 2016; Ke et al. 2017.
 */
#include "gradient_boosting.h"

enum { GB_LOG_LOSS };

static const struct mesa_choice gb_losses[] = {
    { "log_loss", GB_LOG_LOSS, "minus the log of the class's probability" },
    { NULL, 0, NULL }
};

static const struct mesa_choice gb_no_limit[] = {
    { "none", GB_NONE, "no limit" },
    { NULL, 0, NULL }
};

static const struct mesa_choice gb_stopping[] = {
    { "auto", GB_AUTO, "true for more than 10,000 rows" },
    { "true", GB_TRUE, "stop when validation rows say so" },
    { "false", GB_FALSE, "max_iter rounds" },
    { NULL, 0, NULL }
};

static const struct mesa_choice gb_no_rows[] = {
    { "none", GB_NONE, "none: stop by the rows that are learnt from" },
    { NULL, 0, NULL }
};

static const struct mesa_param gb_params[] = {
    MESA_CHOICE(struct gb, loss, "loss", GB_LOG_LOSS, gb_losses,
                "What is minimised"),
    MESA_REAL(struct gb, learning_rate, "learning_rate", 0.1, 0, 1e6,
              "Factor of the leaves of every tree",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_INT(struct gb, max_iter, "max_iter", 100, 1, 1000000,
             "Rounds at most: trees, or trees of each of several classes"),
    MESA_INT(struct gb, max_leaf_nodes, "max_leaf_nodes", 31, 2, 1000000000,
             "Largest number of leaves of a tree, the best cuts first",
             .choices = gb_no_limit),
    MESA_INT(struct gb, max_depth, "max_depth", GB_NONE, 1, 1000000,
             "Largest number of cuts above a leaf", .choices = gb_no_limit),
    MESA_INT(struct gb, min_samples_leaf, "min_samples_leaf", 20, 1,
             1000000000, "Rows that a leaf needs"),
    MESA_REAL(struct gb, l2_regularization, "l2_regularization", 0, 0, 1e15,
              "Penalty on squared leaves"),
    MESA_INT(struct gb, max_bins, "max_bins", 255, 2, 255,
             "Bins of a column, missing values aside"),
    MESA_LIST(struct gb, class_weight, "class_weight", "none",
              "Weights of classes: none, balanced or class:weight pairs"),
    MESA_REAL(struct gb, subsample, "subsample", 1, 0, 1,
              "Share of the rows that a round learns from",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct gb, colsample, "colsample", 1, 0, 1,
              "Share of the columns that a tree may cut",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_CHOICE(struct gb, early_stopping, "early_stopping", GB_AUTO,
                gb_stopping, "Whether to stop before max_iter"),
    MESA_REAL(struct gb, validation_fraction, "validation_fraction", 0.1, 0,
              1, "Share of the rows that early_stopping holds out where "
              "there is no validation part", .choices = gb_no_rows,
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_OPEN_MAX),
    MESA_INT(struct gb, n_iter_no_change, "n_iter_no_change", 10, 1,
             1000000, "Rounds without a lower loss before it stops"),
    MESA_REAL(struct gb, tol, "tol", 1e-7, 0, 1e15,
              "Fall of the loss that counts as lower"),
    MESA_PARAM_END
};

static void
gb_fini(void *self)
{
    gb_model_free(&((struct gb *)self)->model);
}

/* The gain of all cuts of a column, as a share. */
static mesa_status
gb_importance(const void *self, double *importance, struct mesa_error *err)
{
    const struct gb_model *m = &((const struct gb *)self)->model;
    double sum = 0;

    if (m->n_columns == 0)
        return mesa_fail(err, MESA_ESTATE, "the trees have not been fitted");
    for (size_t c = 0; c < m->n_columns; c++)
        importance[c] = 0;
    for (size_t i = 0; i < m->n_nodes; i++)
        if (m->node[i].right != 0)
            importance[m->node[i].column] += m->node[i].gain;
    for (size_t c = 0; c < m->n_columns; c++)
        sum += importance[c];
    for (size_t c = 0; c < m->n_columns && sum > 0; c++)
        importance[c] /= sum;
    return MESA_OK;
}

static mesa_status
gb_counts(const void *self, struct mesa_counts *out, struct mesa_error *err)
{
    const struct gb_model *m = &((const struct gb *)self)->model;

    (void)err;
    mesa_count(out, "trees", m->n_trees);
    for (size_t i = 0; i < m->n_trees; i++) {
        const struct gb_tree *t = &m->tree[i];
        size_t leaves = 0;

        for (size_t j = 0; j < t->n_nodes; j++)
            leaves += m->node[t->node + j].right == 0;
        mesa_count(out, "nodes", t->n_nodes);
        mesa_count(out, "leaves", leaves);
    }
    return MESA_OK;
}

static const struct mesa_estimator_class gradient_boosting = {
    MESA_ESTIMATOR(struct gb),
    .head.name = "gradient_boosting",
    .head.title = "Gradient boosting of trees on histograms",
    .head.cite = "Friedman 2001, Annals of Statistics 29; Ke et al. 2017, "
                 "NIPS (LightGBM)",
    .head.params = gb_params,
    .head.flags = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING
                  | MESA_CLASS_WEIGHTS,
    .head.fini = gb_fini,
    .head.save = gb_save,
    .head.load = gb_load,
    .fit = gb_fit,
    .predict_proba = gb_predict_proba,
    .importance = gb_importance,
    .to_onnx = gb_to_onnx,
    .counts = gb_counts,
};

MESA_PLUGIN(.name = "gradient_boosting", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&gradient_boosting.head));
