/* SPDX-License-Identifier: MIT */
/*
 * svm - support vector machines with probabilities.
 *
 * C-SVMs for each pair of classes (smo.c), Platt's sigmoid on decision values
 * of rows that a machine was not fitted on (five folds), and pairwise
 * coupling (Wu, Lin and Weng 2004, algorithm 2) for more than two classes.
 * Costs six fits per pair, each between the square and the cube of its rows.
 *
 * Decision values are those of scikit-learn's SVC, which is libsvm.  It is
 * not libsvm itself: that calls libm, whose exp differs between machines,
 * draws from rand, and takes no weights of rows.  Deviations: folds hold as
 * much of each class as possible and are drawn from the run's seed; the
 * sigmoid and gamma = scale count rows by their weights; coupling goes on to
 * the last digits; probabilities are always estimated.
 */
#include "fit.h"

#include <string.h>

static const struct mesa_choice kernels[] = {
    { "rbf", KERNEL_RBF, "exp(-gamma |a - b|^2)" },
    { "linear", KERNEL_LINEAR, "a b" },
    { "poly", KERNEL_POLY, "(gamma a b + coef0)^degree" },
    { "sigmoid", KERNEL_SIGMOID, "tanh(gamma a b + coef0)" },
    { NULL, 0, NULL }
};

static const struct mesa_choice gammas[] = {
    { "scale", SVM_SCALE, "1 / (columns * variance of all values)" },
    { "auto", SVM_AUTO, "1 / columns" },
    { NULL, 0, NULL }
};

static const struct mesa_choice limits[] = {
    { "none", 0, "ten million, or a hundred per row if that is more" },
    { NULL, 0, NULL }
};

static const struct mesa_param svm_params[] = {
    MESA_REAL(struct svm, c, "c", 1.0, 0.0, 1e300,
              "What rows on the wrong side of the margin cost",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_CHOICE(struct svm, kernel_kind, "kernel", KERNEL_RBF, kernels,
                "The product of two rows"),
    MESA_INT(struct svm, degree, "degree", 3, 0, 100, "Of the kernel poly"),
    MESA_REAL(struct svm, gamma, "gamma", SVM_SCALE, 0.0, 1e300,
              "Of all kernels but linear", .choices = gammas,
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_REAL(struct svm, coef0, "coef0", 0.0, -1e300, 1e300,
              "Of the kernels poly and sigmoid"),
    DENSE_CLASS_WEIGHT(struct svm, balanced),
    MESA_REAL(struct svm, tol, "tol", 1e-3, 0.0, 1.0,
              "Stop when no pair of rows violates optimality by more",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_INT(struct svm, max_iter, "max_iter", 0, 1, INT32_MAX,
             "Iterations of each machine at most", .choices = limits),
    MESA_REAL(struct svm, cache_size, "cache_size", 200.0, 1.0, 1e6,
              "Megabytes of kernel values to keep, for each thread",
              .flags = MESA_PARAM_ADVANCED),
    MESA_PARAM_END
};

static void
svm_fini(void *self)
{
    svm_forget(self);
}

/*
 * Wu, Lin and Weng 2004, algorithm 2: p minimises the squares of
 * r[j][i] p[i] - r[i][j] p[j], where r[i][j] is the probability of i among i
 * and j.  q: room for k * k + k.
 */
static void
couple(const double *r, size_t k, double *q, double *p)
{
    double *qp = q + k * k;

    for (size_t i = 0; i < k; i++) {
        p[i] = 1.0 / (double)k;
        q[i * k + i] = 0.0;
        for (size_t j = 0; j < k; j++) {
            if (j == i)
                continue;
            q[i * k + i] += r[j * k + i] * r[j * k + i];
            q[i * k + j] = -r[j * k + i] * r[i * k + j];
        }
    }
    for (int it = 0; it < 1000; it++) {
        double pqp = 0.0, worst = 0.0;

        for (size_t i = 0; i < k; i++) {
            qp[i] = dense_dot(q + i * k, p, k);
            pqp += p[i] * qp[i];
        }
        for (size_t i = 0; i < k; i++)
            worst = fabs(qp[i] - pqp) > worst ? fabs(qp[i] - pqp) : worst;
        if (worst < 1e-13)
            break;
        for (size_t i = 0; i < k; i++) {
            double d = (pqp - qp[i]) / q[i * k + i];

            p[i] += d;
            pqp = (pqp + d * (d * q[i * k + i] + 2.0 * qp[i])) / (1.0 + d) /
                  (1.0 + d);
            for (size_t j = 0; j < k; j++) {
                qp[j] = (qp[j] + d * q[i * k + j]) / (1.0 + d);
                p[j] /= 1.0 + d;
            }
        }
    }
}

/* Room of one row: kernel values; r, q and p of the coupling. */
static size_t
room(const struct svm *s)
{
    return s->n_sv + (2 * s->n_present + 2) * s->n_present;
}

static mesa_status
predict_row(const struct svm *s, const double *row, double *work,
            double *proba, struct mesa_error *err)
{
    const size_t k = s->n_present;
    double *r = work + s->n_sv, *q = r + k * k, *p = q + k * k + k;
    size_t pair = 0;

    for (size_t i = 0; i < s->n_sv; i++)
        work[i] = svm_kernel_value(&s->kernel, s->sv + i * s->cols, row);
    for (size_t i = 0; i < k; i++) {
        for (size_t j = i + 1; j < k; j++, pair++) {
            double f = dense_dot(s->coef + pair * s->n_sv, work, s->n_sv) -
                       s->rho[pair];
            double v = mesa_math_sigmoid(-(s->a[pair] * f + s->b[pair]));

            if (isnan(v))
                return mesa_fail(err, MESA_ENUMERIC,
                                 "the values of a row are too large for the "
                                 "kernel");
            v = v < 1e-7 ? 1e-7 : v > 1.0 - 1e-7 ? 1.0 - 1e-7 : v;
            r[j * k + i] = v;
            r[i * k + j] = 1.0 - v;
        }
    }
    if (k == 2) {
        p[0] = r[1];
        p[1] = r[2];
    } else {
        couple(r, k, q, p);
    }
    for (size_t i = 0; i < k; i++)
        proba[s->present[i]] = p[i];
    return MESA_OK;
}

static mesa_status
svm_predict_proba(const void *self, const struct mesa_cmatrix *x,
                  double *proba, struct mesa_error *err)
{
    const struct svm *s = self;
    double *work = mesa_alloc_raw(room(s), sizeof *work);
    mesa_status st = work ? MESA_OK : mesa_nomem(err, room(s), "numbers");

    memset(proba, 0, x->rows * s->n_classes * sizeof *proba);
    for (size_t r = 0; r < x->rows && st == MESA_OK; r++) {
        if (s->n_present == 1)
            proba[r * s->n_classes + (size_t)s->present[0]] = 1.0;
        else
            st = predict_row(s, mesa_row(x, r), work,
                             proba + r * s->n_classes, err);
    }
    mesa_free(work);
    return st;
}

static mesa_status
svm_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct svm *s = self;
    const size_t pairs = svm_pairs(s->n_present);
    const struct mesa_tensor sv = { MESA_F64, 2, { s->n_sv, s->cols }, s->sv };
    const struct mesa_tensor coef = { MESA_F64, 2, { pairs, s->n_sv },
                                      s->coef };
    mesa_status st = mesa_archive_put_vector(to, "classes", MESA_I64,
                                             s->n_present, s->present, err);

    if (st != MESA_OK || s->n_present == 1)
        return st;
    st = mesa_archive_put(to, "sv", &sv, err);
    if (st == MESA_OK)
        st = mesa_archive_put(to, "coef", &coef, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "gamma", MESA_F64, 1,
                                     &s->kernel.gamma, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "rho", MESA_F64, pairs, s->rho, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "a", MESA_F64, pairs, s->a, err);
    return st == MESA_OK
               ? mesa_archive_put_vector(to, "b", MESA_F64, pairs, s->b, err)
               : st;
}

/* The tensor of that name, finite, into out. */
static mesa_status
load_into(const struct mesa_archive *from, const char *name, uint32_t rank,
          const size_t *shape, double *out, struct mesa_error *err)
{
    size_t n = rank == 2 ? shape[0] * shape[1] : shape[0];
    const void *data;
    mesa_status st = mesa_archive_expect(from, name, MESA_F64, rank, shape,
                                         &data, err);

    if (st != MESA_OK)
        return st;
    memcpy(out, data, n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(out[i]))
            return mesa_fail(err, MESA_EPARSE, "%s holds %g", name, out[i]);
    return MESA_OK;
}

static mesa_status
load_machines(struct svm *s, const struct mesa_archive *from,
              struct mesa_error *err)
{
    const size_t pairs = svm_pairs(s->n_present), one = 1;
    const size_t sv[2] = { s->n_sv, s->cols }, coef[2] = { pairs, s->n_sv };
    mesa_status st = load_into(from, "sv", 2, sv, s->sv, err);

    if (st == MESA_OK)
        st = load_into(from, "coef", 2, coef, s->coef, err);
    if (st == MESA_OK)
        st = load_into(from, "gamma", 1, &one, &s->kernel.gamma, err);
    if (st == MESA_OK)
        st = load_into(from, "rho", 1, &pairs, s->rho, err);
    if (st == MESA_OK)
        st = load_into(from, "a", 1, &pairs, s->a, err);
    return st == MESA_OK ? load_into(from, "b", 1, &pairs, s->b, err) : st;
}

static mesa_status
load_classes(struct svm *s, const void *classes, struct mesa_error *err)
{
    memcpy(s->present, classes, s->n_present * sizeof *s->present);
    for (size_t k = 0; k < s->n_present; k++)
        if (s->present[k] < (k ? s->present[k - 1] + 1 : 0) ||
            (uint64_t)s->present[k] >= s->n_classes)
            return mesa_fail(err, MESA_EPARSE, "class %zu is %lld", k,
                             (long long)s->present[k]);
    return MESA_OK;
}

static mesa_status
svm_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    struct svm *s = self;
    struct mesa_tensor classes = { .shape = { 0 } }, sv = classes;
    size_t cols, n_classes, any = SIZE_MAX;
    const void *data = NULL;
    mesa_status st = dense_shape(from, &cols, &n_classes, err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "classes", MESA_I64, 1, &any, &data,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_get(from, "classes", &classes, err);
    if (st == MESA_OK && classes.shape[0] - 1 >= n_classes)
        st = mesa_fail(err, MESA_EPARSE, "there are %zu of %zu classes",
                       classes.shape[0], n_classes);
    if (st == MESA_OK && classes.shape[0] > 1)
        st = mesa_archive_expect(from, "sv", MESA_F64, 2,
                                 (const size_t[]){ SIZE_MAX, cols },
                                 &(const void *){ NULL }, err);
    if (st == MESA_OK && classes.shape[0] > 1)
        st = mesa_archive_get(from, "sv", &sv, err);
    if (st == MESA_OK)
        st = svm_resize(s, cols, n_classes, classes.shape[0], err);
    if (st == MESA_OK)
        st = load_classes(s, data, err);
    if (st == MESA_OK && s->n_present > 1)
        st = svm_resize_vectors(s, sv.shape[0], err);
    if (st != MESA_OK || s->n_present == 1)
        return st;
    svm_set_kernel(s);
    return load_machines(s, from, err);
}

static mesa_status
svm_counts(const void *self, struct mesa_counts *out, struct mesa_error *err)
{
    const struct svm *s = self;

    (void)err;
    mesa_count(out, "support_vectors", s->n_present > 1 ? s->n_sv : 0);
    return MESA_OK;
}

static const struct mesa_estimator_class svm = {
    MESA_ESTIMATOR(struct svm),
    .head.name     = "svm",
    .head.title    = "Support vector machine with probabilities",
    .head.cite     = "Fan, Chen and Lin 2005, JMLR 6; Wu, Lin and Weng 2004, "
                     "JMLR 5; Lin, Lin and Weng 2007, Machine Learning 68",
    .head.params   = svm_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_WEIGHTS,
    .head.fini     = svm_fini,
    .head.save     = svm_save,
    .head.load     = svm_load,
    .fit           = svm_fit,
    .predict_proba = svm_predict_proba,
    .to_onnx       = svm_to_onnx,
    .counts        = svm_counts,
};

MESA_PLUGIN(.name = "svm", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&svm.head));
