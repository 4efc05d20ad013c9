/* SPDX-License-Identifier: MIT */
/*
 * gnb - naive Bayes with a normal distribution per class and column.
 *
 * scikit-learn's GaussianNB: means and population variances of each class in
 * two passes (Chan, Golub and LeVeque 1983), variances raised by
 * var_smoothing times the largest variance of a column.  Cost O(rows x
 * columns) to fit, times classes to predict.
 *
 * Deviations: that largest variance is weighted as everything else is, so
 * that a weight of 2 is a row twice; where all columns are constant it is
 * taken to be 1; a class without rows has probability 0.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "dense.h"

#define LOG_2PI 1.8378770664093454836

struct gnb {
    struct mesa_list priors;
    double           var_smoothing;
    size_t           cols, n_classes;
    double          *prior; /* of each class, and for each its columns': */
    double          *theta; /* mean                                      */
    double          *var;   /* variance                                  */
    double          *half;  /* -1 / (2 variance)                         */
    double          *start; /* log density at the mean, and log prior    */
};

static const struct mesa_param gnb_params[] = {
    MESA_LIST(struct gnb, priors, "priors", NULL,
              "Prior probabilities of the classes, in order; their shares of "
              "the training rows if not given",
              .min.r = 0.0, .max.r = 1.0),
    MESA_REAL(struct gnb, var_smoothing, "var_smoothing", 1e-9, 0.0, 1e9,
              "Share of the largest variance of a column that is added to "
              "all variances",
              .flags = MESA_PARAM_LOG),
    MESA_PARAM_END
};

static void
gnb_fini(void *self)
{
    struct gnb *g = self;

    mesa_free(g->prior);
    g->prior = NULL;
}

static mesa_status
resize(struct gnb *g, size_t cols, size_t n_classes, struct mesa_error *err)
{
    size_t width = cols * n_classes;

    gnb_fini(g);
    g->cols = cols;
    g->n_classes = n_classes;
    g->prior = mesa_alloc_array(3 * width + 2 * n_classes, sizeof(double));
    if (!g->prior)
        return mesa_nomem(err, width, "means and variances");
    g->theta = g->prior + n_classes;
    g->var = g->theta + width;
    g->half = g->var + width;
    g->start = g->half + width;
    return MESA_OK;
}

/* Sums over the rows of each chunk: per class weight, then per class and
 * column; for all rows together the class after the last. */
struct sums {
    const struct gnb          *g;
    const struct mesa_dataset *data;
    const double              *mean; /* NULL: the pass that sums values */
    double                    *sum;
    size_t                     width, n_chunks;
};

static void
add_row(const double *row, const double *mean, double w, double *sum,
        size_t cols)
{
    if (!mean) {
        dense_axpy(w, row, sum, cols);
        return;
    }
    for (size_t j = 0; j < cols; j++) {
        double d = row[j] - mean[j];

        sum[j] += w * d * d;
    }
}

static mesa_status
add_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct sums *s = context;
    const struct mesa_dataset *d = s->data;
    const size_t k = s->g->n_classes, cols = s->g->cols;
    const size_t end = (chunk + 1) * MESA_CHUNK;
    double *sum = s->sum + chunk * s->width;

    (void)err;
    memset(sum, 0, s->width * sizeof *sum);
    for (size_t r = chunk * MESA_CHUNK; r < end && r < d->x.rows; r++) {
        const size_t c = (size_t)d->y[r];
        const double *row = mesa_row(&d->x, r), w = dense_weight(d, r);
        const double *mean = s->mean ? s->mean + c * cols : NULL;

        sum[c] += w;
        add_row(row, mean, w, sum + k + c * cols, cols);
        if (mean)
            add_row(row, s->mean + k * cols, w, sum + k + k * cols, cols);
    }
    return MESA_OK;
}

/* Into s->sum[0 ... width-1], chunks in their order. */
static mesa_status
add_up(struct sums *s, const double *mean, struct mesa_error *err)
{
    mesa_status st;

    s->mean = mean;
    st = mesa_parallel_for(s->n_chunks, add_chunk, s, err);
    for (size_t i = 1; i < s->n_chunks && st == MESA_OK; i++)
        dense_axpy(1.0, s->sum + i * s->width, s->sum, s->width);
    return st;
}

/* Means of the classes, and of all rows, from the sums of the first pass. */
static void
set_means(const struct sums *s, double *mean)
{
    const size_t k = s->g->n_classes, cols = s->g->cols;
    double all = 0.0, *total = mean + k * cols;

    memset(total, 0, cols * sizeof *total);
    for (size_t c = 0; c < k; c++) {
        dense_axpy(1.0, s->sum + k + c * cols, total, cols);
        all += s->sum[c];
        for (size_t j = 0; j < cols; j++)
            mean[c * cols + j] =
                s->sum[c] > 0.0 ? s->sum[k + c * cols + j] / s->sum[c] : 0.0;
    }
    for (size_t j = 0; j < cols; j++)
        total[j] = all > 0.0 ? total[j] / all : 0.0;
}

/* What is added to all variances.  A mean is rounded, so that the variance of
 * a constant is not quite 0. */
static double
smoothing(const struct gnb *g, const struct sums *s, const double *mean)
{
    const size_t k = g->n_classes, cols = g->cols;
    const double *square = s->sum + k + k * cols;
    double all = 0.0, largest = 0.0;

    for (size_t c = 0; c < k; c++)
        all += s->sum[c];
    for (size_t j = 0; j < cols; j++) {
        double v = square[j] / all;
        double rounding = fabs(mean[k * cols + j]) * 8 * DBL_EPSILON;

        if (v > rounding * rounding && !(v <= largest))
            largest = v;
    }
    return g->var_smoothing * (largest > 0.0 ? largest : 1.0);
}

/* What predictions need and is a function of the rest. */
static void
prepare(struct gnb *g)
{
    for (size_t c = 0; c < g->n_classes; c++) {
        double sum = 0.0;

        for (size_t j = c * g->cols; j < (c + 1) * g->cols; j++) {
            g->half[j] = -0.5 / g->var[j];
            sum += mesa_math_log(g->var[j]);
        }
        g->start[c] = mesa_math_log(g->prior[c]) -
                      0.5 * ((double)g->cols * LOG_2PI + sum);
    }
}

static mesa_status
set_variances(struct gnb *g, const struct sums *s, const double *mean,
              struct mesa_error *err)
{
    const double added = smoothing(g, s, mean);

    for (size_t c = 0; c < g->n_classes; c++) {
        for (size_t j = 0; j < g->cols; j++) {
            size_t at = c * g->cols + j;

            g->theta[at] = mean[at];
            g->var[at] = 1.0;
            if (s->sum[c] == 0.0)
                continue;
            g->var[at] = s->sum[g->n_classes + at] / s->sum[c] + added;
            if (!isfinite(mean[at]) || !isfinite(g->var[at]))
                return mesa_fail(err, MESA_ENUMERIC,
                                 "the values of column %zu are too large to "
                                 "be squared and summed",
                                 j);
            if (g->var[at] < DBL_MIN)
                return mesa_fail(err, MESA_EDATA,
                                 "column %zu is constant in class %zu; raise "
                                 "var_smoothing, which is %g",
                                 j, c, g->var_smoothing);
        }
    }
    return MESA_OK;
}

static mesa_status
set_priors(struct gnb *g, const double *weight, struct mesa_error *err)
{
    double sum = 0.0, left = 0.0;

    if (g->priors.n && g->priors.n != g->n_classes)
        return mesa_fail(err, MESA_EINVAL,
                         "priors has %zu values for %zu classes", g->priors.n,
                         g->n_classes);
    for (size_t c = 0; c < g->n_classes; c++)
        sum += g->priors.n ? g->priors.value[c] : weight[c];
    if (g->priors.n && fabs(sum - 1.0) > 1e-8)
        return mesa_fail(err, MESA_EINVAL, "priors sum to %g, not to 1", sum);
    for (size_t c = 0; c < g->n_classes; c++) {
        double p = (g->priors.n ? g->priors.value[c] : weight[c]) / sum;

        g->prior[c] = weight[c] > 0.0 ? p : 0.0;
        left += g->prior[c];
    }
    if (!(left > 0.0))
        return mesa_fail(err, MESA_EDATA,
                         "no class has both weight and a prior above 0");
    return MESA_OK;
}

static mesa_status
learn(struct gnb *g, struct sums *s, double *mean, struct mesa_error *err)
{
    mesa_status st = add_up(s, NULL, err);

    if (st == MESA_OK)
        st = set_priors(g, s->sum, err);
    if (st != MESA_OK)
        return st;
    set_means(s, mean);
    st = add_up(s, mean, err);
    if (st == MESA_OK)
        st = set_variances(g, s, mean, err);
    if (st == MESA_OK)
        prepare(g);
    return st;
}

static mesa_status
gnb_fit(void *self, const struct mesa_dataset *train,
        const struct mesa_dataset *valid, struct mesa_rng *rng,
        struct mesa_error *err)
{
    struct gnb *g = self;
    const size_t k = train->n_classes, cols = train->x.cols;
    struct sums s = { g, train, NULL, NULL, k + (k + 1) * cols,
                      MESA_CHUNKS(train->x.rows) };
    double *mean = mesa_alloc_raw((k + 1) * cols, sizeof *mean);
    mesa_status st = resize(g, cols, k, err);

    (void)valid;
    (void)rng;
    s.sum = mesa_alloc_raw(s.n_chunks * s.width, sizeof *s.sum);
    if (st == MESA_OK && (!mean || !s.sum))
        st = mesa_nomem(err, s.n_chunks * s.width, "sums");
    if (st == MESA_OK)
        st = learn(g, &s, mean, err);
    mesa_free(mean);
    mesa_free(s.sum);
    return st;
}

/* sum half[j] (x[j] - theta[j])^2 */
static double
exponent(const double *x, const double *theta, const double *half, size_t n)
{
    double s[8] = { 0 };
    size_t j = 0;

    for (; j + 8 <= n; j += 8) {
        for (size_t k = 0; k < 8; k++) {
            double d = x[j + k] - theta[j + k];

            s[k] += half[j + k] * (d * d);
        }
    }
    for (size_t k = 0; j < n; j++, k++)
        s[k] += half[j] * ((x[j] - theta[j]) * (x[j] - theta[j]));
    return dense_add_lanes(s);
}

static mesa_status
gnb_predict_proba(const void *self, const struct mesa_cmatrix *x,
                  double *proba, struct mesa_error *err)
{
    const struct gnb *g = self;

    for (size_t r = 0; r < x->rows; r++, proba += g->n_classes) {
        const double *row = mesa_row(x, r);

        for (size_t c = 0; c < g->n_classes; c++)
            proba[c] = g->start[c] + exponent(row, g->theta + c * g->cols,
                                              g->half + c * g->cols, g->cols);
        if (!dense_softmax(proba, g->n_classes))
            return mesa_fail(err, MESA_ENUMERIC,
                             "the values of a row are too large to be "
                             "squared and summed");
    }
    return MESA_OK;
}

static mesa_status
gnb_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct gnb *g = self;
    const struct mesa_tensor theta = { MESA_F64, 2, { g->n_classes, g->cols },
                                       g->theta };
    struct mesa_tensor var = theta;
    mesa_status st = mesa_archive_put_vector(to, "prior", MESA_F64,
                                             g->n_classes, g->prior, err);

    var.data = g->var;
    if (st == MESA_OK)
        st = mesa_archive_put(to, "theta", &theta, err);
    return st == MESA_OK ? mesa_archive_put(to, "var", &var, err) : st;
}

static mesa_status
check_loaded(const struct gnb *g, struct mesa_error *err)
{
    double sum = 0.0;
    bool good = true;

    for (size_t c = 0; c < g->n_classes; c++) {
        good = good && g->prior[c] >= 0.0;
        sum += g->prior[c];
    }
    for (size_t i = 0; i < g->n_classes * g->cols; i++)
        good = good && isfinite(g->theta[i]) && isfinite(g->var[i]) &&
               g->var[i] >= DBL_MIN;
    if (good && sum > 0.0 && isfinite(sum))
        return MESA_OK;
    return mesa_fail(err, MESA_EPARSE,
                     "a prior, mean or variance is out of range");
}

static mesa_status
gnb_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    struct gnb *g = self;
    size_t shape[2] = { 0, 0 };
    const void *prior = NULL, *theta = NULL, *var = NULL;
    mesa_status st = dense_shape(from, &shape[1], &shape[0], err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "prior", MESA_F64, 1, shape, &prior,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "theta", MESA_F64, 2, shape, &theta,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "var", MESA_F64, 2, shape, &var, err);
    if (st == MESA_OK)
        st = resize(g, shape[1], shape[0], err);
    if (st != MESA_OK)
        return st;
    memcpy(g->prior, prior, shape[0] * sizeof *g->prior);
    memcpy(g->theta, theta, shape[0] * shape[1] * sizeof *g->theta);
    memcpy(g->var, var, shape[0] * shape[1] * sizeof *g->var);
    prepare(g);
    return check_loaded(g, err);
}

/* The sum of squares is that of differences, as in predict: multiplied out,
 * a class far from 0 would lose its digits. */
static mesa_status
gnb_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
            uint32_t *proba, struct mesa_error *err)
{
    const struct gnb *m = self;
    struct mesa_tensor half = { MESA_F64, 2, { m->cols, 1 }, NULL };
    uint32_t *score = mesa_alloc_array(m->n_classes, sizeof *score), in[2];

    if (!score)
        return mesa_nomem(err, m->n_classes, "classes");
    x = mesa_onnx_to_double(g, x);
    for (size_t c = 0; c < m->n_classes; c++) {
        half.data = m->half + c * m->cols;
        in[0] = x;
        in[1] = mesa_onnx_doubles(g, m->cols, m->theta + c * m->cols);
        in[0] = in[1] = mesa_onnx_node(g, "", "Sub", in, 2);
        in[0] = mesa_onnx_node(g, "", "Mul", in, 2);
        in[1] = mesa_onnx_constant(g, &half);
        score[c] = mesa_onnx_node(g, "", "MatMul", in, 2);
    }
    in[0] = mesa_onnx_node(g, "", "Concat", score, m->n_classes);
    mesa_onnx_int(g, "axis", 1);
    in[1] = mesa_onnx_doubles(g, m->n_classes, m->start);
    in[0] = mesa_onnx_node(g, "", "Add", in, 2);
    *proba = mesa_onnx_node(g, "", "Softmax", in, 1);
    mesa_free(score);
    return MESA_OK;
}

static const struct mesa_estimator_class gnb = {
    MESA_ESTIMATOR(struct gnb),
    .head.name     = "gnb",
    .head.title    = "Gaussian naive Bayes",
    .head.cite     = "Chan, Golub and LeVeque 1983, The American "
                     "Statistician 37",
    .head.params   = gnb_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_WEIGHTS |
                     MESA_CLASS_DETERMINISTIC,
    .head.fini     = gnb_fini,
    .head.save     = gnb_save,
    .head.load     = gnb_load,
    .fit           = gnb_fit,
    .predict_proba = gnb_predict_proba,
    .to_onnx       = gnb_to_onnx,
};

MESA_PLUGIN(.name = "gnb", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&gnb.head));
