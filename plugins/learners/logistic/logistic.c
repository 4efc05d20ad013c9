/* SPDX-License-Identifier: MIT */
/*
 * logistic - logistic regression, multinomial for more than two classes.
 *
 * The objective of scikit-learn's LogisticRegression: the log loss times c
 * plus half the squares (l2) or the sizes (l1) of the coefficients, never of
 * the intercepts.  Newton's method (newton.c) on centred and scaled columns,
 * which changes the way and not the goal; each iteration costs a few passes
 * over the rows, O(rows x columns x classes) each.
 *
 * Deviations: tol bounds the gradient of the mean loss in scaled columns and
 * is small by default, so that probabilities are good to 1e-6 and better;
 * class_weight = balanced counts a row as often as its weight says; classes
 * without rows have probability 0.
 */
#include "logistic.h"

#include <string.h>

struct logistic {
    int      penalty, balanced;
    double   c, tol;
    bool     fit_intercept;
    int64_t  max_iter;
    size_t   cols, n_classes;
    size_t   n_present; /* classes with rows                         */
    size_t   n_scores;  /* one for two classes                       */
    int64_t *present;   /* those classes                             */
    double  *coef;      /* n_scores by cols, then n_scores intercepts */
};

static const struct mesa_choice penalties[] = {
    { "l2", PENALTY_L2, "half the sum of squares" },
    { "l1", PENALTY_L1, "the sum of sizes, which makes many 0" },
    { "none", PENALTY_NONE, "nothing" },
    { NULL, 0, NULL }
};

static const struct mesa_param logistic_params[] = {
    MESA_CHOICE(struct logistic, penalty, "penalty", PENALTY_L2, penalties,
                "What is added for large coefficients"),
    MESA_REAL(struct logistic, c, "c", 1.0, 0.0, 1e300,
              "How much the loss counts against the penalty",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_BOOL(struct logistic, fit_intercept, "fit_intercept", true,
              "Add a constant to each class's score"),
    DENSE_CLASS_WEIGHT(struct logistic, balanced),
    MESA_INT(struct logistic, max_iter, "max_iter", 100, 1, 1000000,
             "Iterations at most"),
    MESA_REAL(struct logistic, tol, "tol", 1e-8, 0.0, 1.0,
              "Stop when no component of the gradient is larger",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_PARAM_END
};

static void
logistic_fini(void *self)
{
    struct logistic *l = self;

    mesa_free(l->present);
    mesa_free(l->coef);
    l->present = NULL;
    l->coef = NULL;
}

static mesa_status
resize(struct logistic *l, size_t cols, size_t n_classes, size_t n_present,
       struct mesa_error *err)
{
    logistic_fini(l);
    l->cols = cols;
    l->n_classes = n_classes;
    l->n_present = n_present;
    l->n_scores = n_present > 2 ? n_present : 1;
    l->present = mesa_alloc_array(n_present, sizeof *l->present);
    l->coef = mesa_alloc_array(l->n_scores, (cols + 1) * sizeof *l->coef);
    return l->present && l->coef ? MESA_OK
                                 : mesa_nomem(err, cols, "coefficients");
}

/* What each class counts in all, and how many count. */
static size_t
weigh(const struct mesa_dataset *data, double *weight)
{
    size_t present = 0;

    for (size_t r = 0; r < data->x.rows; r++)
        weight[data->y[r]] += dense_weight(data, r);
    for (uint32_t c = 0; c < data->n_classes; c++)
        present += weight[c] > 0.0;
    return present;
}

/* Labels without the classes that do not count, and weights that sum to 1:
 * *all is what they were divided by. */
static mesa_status
prepare_rows(struct logistic *l, struct problem *f, const double *weight,
             double *all, struct mesa_error *err)
{
    const struct mesa_dataset *d = f->data;
    int32_t at = 0;
    double sum = 0.0;
    int32_t *dense = mesa_alloc_array(l->n_classes, sizeof *dense);

    f->label = mesa_alloc_array(d->x.rows, sizeof *f->label);
    f->weight = mesa_alloc_array(d->x.rows, sizeof *f->weight);
    if (!dense || !f->label || !f->weight) {
        mesa_free(dense);
        return mesa_nomem(err, d->x.rows, "labels");
    }
    for (size_t c = 0; c < l->n_classes; c++) {
        sum += weight[c];
        dense[c] = at;
        if (weight[c] > 0.0)
            l->present[at++] = (int64_t)c;
    }
    *all = sum;
    for (size_t r = 0; r < d->x.rows; r++) {
        double share = weight[d->y[r]] * (double)l->n_present / sum;

        /* A row of a class that does not count has no weight either. */
        f->label[r] = share > 0.0 ? dense[d->y[r]] : 0;
        f->weight[r] = share > 0.0 ? dense_weight(d, r) / sum /
                                         (l->balanced ? share : 1.0)
                                   : 0.0;
    }
    mesa_free(dense);
    return MESA_OK;
}

/* From centred and scaled columns back to those of the data. */
static void
take_coefficients(struct logistic *l, const struct problem *f,
                  const double *w)
{
    double *intercept = l->coef + l->n_scores * l->cols;

    for (size_t k = 0; k < l->n_scores; k++) {
        double *coef = l->coef + k * l->cols;

        for (size_t j = 0; j < l->cols; j++)
            coef[j] = w[k * f->width + j] * f->inverse[j];
        intercept[k] = w[k * f->width + l->cols] -
                       dense_dot(coef, f->mean, l->cols);
    }
}

static mesa_status
solve(struct logistic *l, struct problem *f, const double *weight,
      struct mesa_error *err)
{
    double all = 0.0, left = 0.0, *w = NULL;
    mesa_status st = prepare_rows(l, f, weight, &all, err);

    if (st == MESA_OK)
        st = logistic_problem_init(f, l->c * all, err);
    if (st == MESA_OK)
        w = mesa_alloc_array(f->n, sizeof *w);
    if (st == MESA_OK && !w)
        st = mesa_nomem(err, f->n, "coefficients");
    if (st == MESA_OK && l->n_present > 1)
        st = logistic_minimise(f, w, (size_t)l->max_iter, l->tol, &left, err);
    if (st == MESA_OK && !(left <= l->tol))
        mesa_warn("logistic has stopped before its gradient is below tol = "
                  "%g; max_iter is %lld",
                  l->tol, (long long)l->max_iter);
    if (st == MESA_OK)
        take_coefficients(l, f, w);
    mesa_free(w);
    return st;
}

static mesa_status
logistic_fit(void *self, const struct mesa_dataset *train,
             const struct mesa_dataset *valid, struct mesa_rng *rng,
             struct mesa_error *err)
{
    struct logistic *l = self;
    double *weight = mesa_alloc_array(train->n_classes, sizeof *weight);
    size_t present = weight ? weigh(train, weight) : 0;
    struct problem f = { .data = train, .intercept = l->fit_intercept,
                         .penalty = (enum penalty)l->penalty };
    mesa_status st = MESA_OK;

    (void)valid;
    (void)rng;
    if (!weight)
        st = mesa_nomem(err, train->n_classes, "classes");
    else if (present == 0)
        st = mesa_fail(err, MESA_EDATA, "all weights are 0");
    else
        st = resize(l, train->x.cols, train->n_classes, present, err);
    f.n_scores = l->n_scores;
    if (st == MESA_OK)
        st = solve(l, &f, weight, err);
    logistic_problem_free(&f);
    mesa_free(weight);
    return st;
}

static mesa_status
logistic_predict_proba(const void *self, const struct mesa_cmatrix *x,
                       double *proba, struct mesa_error *err)
{
    const struct logistic *l = self;
    const double *intercept = l->coef + l->n_scores * l->cols;
    const size_t first = l->n_present == l->n_scores ? 0 : 1;

    for (size_t r = 0; r < x->rows; r++, proba += l->n_classes) {
        const double *row = mesa_row(x, r);

        for (size_t c = 0; c < l->n_classes; c++)
            proba[c] = -INFINITY;
        proba[l->present[0]] = 0.0;
        for (size_t k = 0; k < l->n_scores; k++)
            proba[l->present[first + k]] =
                intercept[k] + dense_dot(row, l->coef + k * l->cols, l->cols);
        if (!dense_softmax(proba, l->n_classes))
            return mesa_fail(err, MESA_ENUMERIC,
                             "the values of a row are too large to be summed");
    }
    return MESA_OK;
}

static mesa_status
logistic_save(const void *self, struct mesa_archive *to,
              struct mesa_error *err)
{
    const struct logistic *l = self;
    const struct mesa_tensor coef = { MESA_F64, 2, { l->n_scores, l->cols },
                                      l->coef };
    mesa_status st = mesa_archive_put_vector(to, "classes", MESA_I64,
                                             l->n_present, l->present, err);

    if (st == MESA_OK)
        st = mesa_archive_put(to, "coef", &coef, err);
    if (st != MESA_OK)
        return st;
    return mesa_archive_put_vector(to, "intercept", MESA_F64, l->n_scores,
                                   l->coef + l->n_scores * l->cols, err);
}

static mesa_status
check_loaded(const struct logistic *l, struct mesa_error *err)
{
    for (size_t k = 0; k < l->n_present; k++)
        if (l->present[k] < (k ? l->present[k - 1] + 1 : 0) ||
            (uint64_t)l->present[k] >= l->n_classes)
            return mesa_fail(err, MESA_EPARSE, "class %zu is %lld", k,
                             (long long)l->present[k]);
    for (size_t i = 0; i < l->n_scores * (l->cols + 1); i++)
        if (!isfinite(l->coef[i]))
            return mesa_fail(err, MESA_EPARSE, "coefficient %zu is %g", i,
                             l->coef[i]);
    return MESA_OK;
}

static mesa_status
logistic_load(void *self, const struct mesa_archive *from,
              struct mesa_error *err)
{
    struct logistic *l = self;
    struct mesa_tensor classes;
    const void *present = NULL, *coef = NULL, *intercept = NULL;
    size_t cols, n_classes, any = SIZE_MAX;
    mesa_status st = dense_shape(from, &cols, &n_classes, err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "classes", MESA_I64, 1, &any, &present,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_get(from, "classes", &classes, err);
    if (st == MESA_OK && classes.shape[0] - 1 >= n_classes)
        st = mesa_fail(err, MESA_EPARSE, "there are %zu of %zu classes",
                       classes.shape[0], n_classes);
    if (st == MESA_OK)
        st = resize(l, cols, n_classes, classes.shape[0], err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "coef", MESA_F64, 2,
                                 (const size_t[]){ l->n_scores, cols }, &coef,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "intercept", MESA_F64, 1, &l->n_scores,
                                 &intercept, err);
    if (st != MESA_OK)
        return st;
    memcpy(l->present, present, l->n_present * sizeof *l->present);
    memcpy(l->coef, coef, l->n_scores * cols * sizeof *l->coef);
    memcpy(l->coef + l->n_scores * cols, intercept,
           l->n_scores * sizeof *l->coef);
    return check_loaded(l, err);
}

/* A score for each class: of those without rows -inf, and of the first of two
 * 0. */
static mesa_status
logistic_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                 uint32_t *proba, struct mesa_error *err)
{
    const struct logistic *l = self;
    const double *intercept = l->coef + l->n_scores * l->cols;
    const size_t k = l->n_classes;
    const size_t first = l->n_present == l->n_scores ? 0 : 1;
    double *coef = mesa_alloc_array(l->cols + 1, k * sizeof *coef);
    const struct mesa_tensor t = { MESA_F64, 2, { l->cols, k }, coef };
    double *add = coef ? coef + l->cols * k : NULL;
    uint32_t in[2];

    if (!coef)
        return mesa_nomem(err, l->cols, "coefficients");
    for (size_t c = 0; c < k; c++)
        add[c] = -INFINITY;
    add[l->present[0]] = 0;
    for (size_t s = 0; s < l->n_scores; s++) {
        size_t c = (size_t)l->present[first + s];

        add[c] = intercept[s];
        for (size_t j = 0; j < l->cols; j++)
            coef[j * k + c] = l->coef[s * l->cols + j];
    }
    in[0] = mesa_onnx_to_double(g, x);
    in[1] = mesa_onnx_constant(g, &t);
    in[0] = mesa_onnx_node(g, "", "MatMul", in, 2);
    in[1] = mesa_onnx_doubles(g, k, add);
    in[0] = mesa_onnx_node(g, "", "Add", in, 2);
    *proba = mesa_onnx_node(g, "", "Softmax", in, 1);
    mesa_free(coef);
    return MESA_OK;
}

static const struct mesa_estimator_class logistic = {
    MESA_ESTIMATOR(struct logistic),
    .head.name     = "logistic",
    .head.title    = "Logistic regression",
    .head.cite     = "Dembo and Steihaug 1983, Mathematical Programming 26; "
                     "Andrew and Gao 2007, ICML",
    .head.params   = logistic_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_WEIGHTS |
                     MESA_CLASS_DETERMINISTIC,
    .head.fini     = logistic_fini,
    .head.save     = logistic_save,
    .head.load     = logistic_load,
    .fit           = logistic_fit,
    .predict_proba = logistic_predict_proba,
    .to_onnx       = logistic_to_onnx,
};

MESA_PLUGIN(.name = "logistic", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&logistic.head));
