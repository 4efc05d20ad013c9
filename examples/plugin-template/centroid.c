/* SPDX-License-Identifier: MIT */
/*
 * centroid - the class whose centre is nearest.
 *
 * Each class is a round Gaussian cloud around the mean of its rows, all
 * clouds equally wide; probabilities follow from Bayes' rule.  This is linear
 * discriminant analysis with a spherical covariance (Hastie, Tibshirani and
 * Friedman 2009, section 4.3).  Cost O(rows * columns) to fit, O(classes *
 * columns) to predict a row.
 *
 * Copy this file, replace every "centroid" by the name of your plugin, and
 * change what is inside the functions.
 */
#include <math.h>
#include <string.h>

#include <mesa/mesa.h>

struct centroid {
    /* Parameters: filled by the core before init. */
    double width;
    bool   priors;

    /* What was learnt: zero until fit or load. */
    size_t  columns, classes;
    double *centre;   /* classes by columns                   */
    double *log_prior; /* one per class, -inf for an absent one */
    double  precision; /* 1 / (2 variance)                     */
};

static const struct mesa_param centroid_params[] = {
    MESA_REAL(struct centroid, width, "width", 1.0, 0.0, 100.0,
              "Width of the clouds, in units of that of the training rows",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_BOOL(struct centroid, priors, "priors", true,
              "Count a class as likelier, the more training rows it has"),
    MESA_PARAM_END
};

/* Runs exactly once if init did, and before each refit here.  Takes a self
 * that nothing was ever stored in. */
static void
centroid_fini(void *self)
{
    struct centroid *s = self;

    mesa_free(s->centre);
    mesa_free(s->log_prior);
    s->centre = NULL;
    s->log_prior = NULL;
}

static mesa_status
resize(struct centroid *s, size_t columns, size_t classes,
       struct mesa_error *err)
{
    centroid_fini(s);
    s->columns = columns;
    s->classes = classes;
    s->log_prior = mesa_alloc_array(classes, sizeof *s->log_prior);
    if (columns <= SIZE_MAX / sizeof *s->centre)
        s->centre = mesa_alloc_array(classes, columns * sizeof *s->centre);
    if (s->centre && s->log_prior)
        return MESA_OK;
    return mesa_nomem(err, classes, "class centres");
}

static double
weight_of(const struct mesa_dataset *train, size_t r)
{
    return train->weight ? train->weight[r] : 1.0;
}

/* The weight of all rows, and of each class into s->log_prior for now. */
static double
find_centres(struct centroid *s, const struct mesa_dataset *train)
{
    double total = 0.0;

    for (size_t r = 0; r < train->x.rows; r++) {
        const double *row = mesa_row(&train->x, r);
        size_t c = (size_t)train->y[r];
        double w = weight_of(train, r);

        total += w;
        s->log_prior[c] += w;
        for (size_t j = 0; j < s->columns; j++)
            s->centre[c * s->columns + j] += w * row[j];
    }
    for (size_t c = 0; c < s->classes; c++)
        for (size_t j = 0; j < s->columns; j++)
            if (s->log_prior[c] > 0.0)
                s->centre[c * s->columns + j] /= s->log_prior[c];
    return total;
}

static double
squared_distance(const double *a, const double *b, size_t n)
{
    double sum = 0.0;

    for (size_t j = 0; j < n; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

/* Mean squared distance to the class's centre, per column. */
static double
find_variance(const struct centroid *s, const struct mesa_dataset *train,
              double total)
{
    double sum = 0.0;

    for (size_t r = 0; r < train->x.rows; r++)
        sum += weight_of(train, r) *
               squared_distance(mesa_row(&train->x, r),
                                s->centre + (size_t)train->y[r] * s->columns,
                                s->columns);
    return sum / total / (double)s->columns;
}

static mesa_status
centroid_fit(void *self, const struct mesa_dataset *train,
             const struct mesa_dataset *valid, struct mesa_rng *rng,
             struct mesa_error *err)
{
    struct centroid *s = self;
    mesa_status st = resize(s, train->x.cols, train->n_classes, err);
    double total, variance;

    (void)valid;
    (void)rng;
    if (st != MESA_OK)
        return st;
    total = find_centres(s, train);
    if (!(total > 0.0))
        return mesa_fail(err, MESA_EDATA, "all %zu weights are zero",
                         train->x.rows);
    variance = find_variance(s, train, total);
    if (!isfinite(variance))
        return mesa_fail(err, MESA_ENUMERIC,
                         "the variance of %zu rows overflows",
                         train->x.rows);
    s->precision = variance > 0.0
                       ? 0.5 / (variance * s->width * s->width)
                       : 1.0;
    for (size_t c = 0; c < s->classes; c++)
        s->log_prior[c] = s->log_prior[c] <= 0.0 ? -INFINITY
                          : s->priors ? mesa_math_log(s->log_prior[c] / total)
                                      : 0.0;
    return MESA_OK;
}

/* From logarithms to shares of 1, the largest taken out first. */
static void
normalise(double *p, size_t n)
{
    double best = p[0], sum = 0.0;

    for (size_t c = 1; c < n; c++)
        best = p[c] > best ? p[c] : best;
    for (size_t c = 0; c < n; c++) {
        p[c] = mesa_math_exp(p[c] - best);
        sum += p[c];
    }
    for (size_t c = 0; c < n; c++)
        p[c] /= sum;
}

/* self is const: several threads are in here at once. */
static mesa_status
centroid_predict_proba(const void *self, const struct mesa_cmatrix *x,
                       double *proba, struct mesa_error *err)
{
    const struct centroid *s = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        double *p = proba + r * s->classes;

        for (size_t c = 0; c < s->classes; c++)
            p[c] = s->log_prior[c] -
                   s->precision *
                       squared_distance(mesa_row(x, r),
                                        s->centre + c * s->columns,
                                        s->columns);
        normalise(p, s->classes);
    }
    return MESA_OK;
}

static mesa_status
centroid_save(const void *self, struct mesa_archive *to,
              struct mesa_error *err)
{
    const struct centroid *s = self;
    const struct mesa_tensor centre = {
        MESA_F64, 2, { s->classes, s->columns }, s->centre
    };
    mesa_status st = mesa_archive_put(to, "centre", &centre, err);

    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "log_prior", MESA_F64, s->classes,
                                     s->log_prior, err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "precision", MESA_F64, 1,
                                     &s->precision, err);
    return st;
}

/* The file may come from anybody: every shape and value is checked before it
 * is used. */
static mesa_status
centroid_load(void *self, const struct mesa_archive *from,
              struct mesa_error *err)
{
    struct centroid *s = self;
    const size_t one = 1;
    size_t shape[2];
    const void *centre, *log_prior, *precision;
    mesa_status st = mesa_archive_fitted_shape(from, &shape[1], &shape[0],
                                               err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "centre", MESA_F64, 2, shape, &centre,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "log_prior", MESA_F64, 1, shape,
                                 &log_prior, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "precision", MESA_F64, 1, &one,
                                 &precision, err);
    if (st == MESA_OK && !(*(const double *)precision > 0.0))
        st = mesa_fail(err, MESA_EPARSE, "precision is %g, expected > 0",
                       *(const double *)precision);
    if (st == MESA_OK)
        st = resize(s, shape[1], shape[0], err);
    if (st != MESA_OK)
        return st;
    memcpy(s->centre, centre, shape[0] * shape[1] * sizeof *s->centre);
    memcpy(s->log_prior, log_prior, shape[0] * sizeof *s->log_prior);
    s->precision = *(const double *)precision;
    return MESA_OK;
}

static const struct mesa_estimator_class centroid = {
    MESA_ESTIMATOR(struct centroid),
    .head.name     = "centroid",
    .head.title    = "Nearest class centre, as round Gaussian clouds",
    .head.cite     = "Hastie, Tibshirani and Friedman 2009, The Elements of "
                     "Statistical Learning, section 4.3",
    .head.params   = centroid_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_WEIGHTS |
                     MESA_CLASS_DETERMINISTIC,
    .head.fini     = centroid_fini,
    .head.save     = centroid_save,
    .head.load     = centroid_load,
    .fit           = centroid_fit,
    .predict_proba = centroid_predict_proba,
};

MESA_PLUGIN(.name = "centroid", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&centroid.head));
