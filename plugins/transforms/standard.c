/* SPDX-License-Identifier: MIT */
/*
 * standard - columns to zero mean and unit variance.
 *
 * scikit-learn's StandardScaler: the population variance of the training
 * rows, in two passes; a constant column is only shifted.  NaN is passed over
 * when fitting and stays NaN.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include <mesa/mesa.h>

struct standard {
    bool    with_mean, with_std;
    size_t  cols;
    double *mean, *scale;
};

static const struct mesa_param standard_params[] = {
    MESA_BOOL(struct standard, with_mean, "with_mean", true,
              "Subtract the mean"),
    MESA_BOOL(struct standard, with_std, "with_std", true,
              "Divide by the standard deviation"),
    MESA_PARAM_END
};

static void
standard_fini(void *self)
{
    struct standard *s = self;

    mesa_free(s->mean);
    s->mean = NULL;
}

static mesa_status
resize(struct standard *s, size_t cols, struct mesa_error *err)
{
    standard_fini(s);
    s->cols = cols;
    s->mean = mesa_alloc_array(cols, 2 * sizeof *s->mean);
    s->scale = s->mean + (s->mean ? cols : 0);
    return s->mean ? MESA_OK : mesa_nomem(err, cols, "columns");
}

/* Mean and standard deviation of the values that are there; none where it is
 * within what rounding makes of a constant (Chan, Golub and LeVeque 1983). */
static void
measure(const struct mesa_cmatrix *x, size_t j, double *mean, double *std)
{
    double sum = 0.0, square = 0.0, rounding;
    size_t n = 0;

    for (size_t r = 0; r < x->rows; r++) {
        double v = mesa_row(x, r)[j];

        if (!isnan(v)) {
            sum += v;
            n++;
        }
    }
    *mean = n ? sum / (double)n : 0.0;
    for (size_t r = 0; r < x->rows; r++) {
        double d = mesa_row(x, r)[j] - *mean;

        if (!isnan(d))
            square += d * d;
    }
    *std = n ? sqrt(square / (double)n) : 0.0;
    rounding = (double)n * fabs(*mean) * DBL_EPSILON;
    if (*std * *std <= (double)n * DBL_EPSILON * *std * *std +
                           rounding * rounding)
        *std = 0.0;
}

static mesa_status
standard_fit(void *self, const struct mesa_dataset *train,
             struct mesa_error *err)
{
    struct standard *s = self;
    mesa_status st = resize(s, train->x.cols, err);

    for (size_t j = 0; j < s->cols && st == MESA_OK; j++) {
        measure(&train->x, j, &s->mean[j], &s->scale[j]);
        if (!isfinite(s->mean[j]) || !isfinite(s->scale[j]))
            return mesa_fail(err, MESA_EDATA,
                             "the values of column %zu are too large to be "
                             "squared and summed",
                             j);
        if (s->scale[j] == 0.0 || !s->with_std)
            s->scale[j] = 1.0;
        if (!s->with_mean)
            s->mean[j] = 0.0;
    }
    return st;
}

static mesa_status
standard_apply(const void *self, const struct mesa_cmatrix *x, double *out,
               struct mesa_error *err)
{
    const struct standard *s = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++)
            *out++ = (mesa_row(x, r)[j] - s->mean[j]) / s->scale[j];
    return MESA_OK;
}

static mesa_status
standard_invert(const void *self, const struct mesa_cmatrix *x, double *out,
                struct mesa_error *err)
{
    const struct standard *s = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++)
            *out++ = mesa_row(x, r)[j] * s->scale[j] + s->mean[j];
    return MESA_OK;
}

static mesa_status
standard_save(const void *self, struct mesa_archive *to,
              struct mesa_error *err)
{
    const struct standard *s = self;
    mesa_status st = mesa_archive_put_vector(to, "mean", MESA_F64, s->cols,
                                             s->mean, err);

    return st == MESA_OK ? mesa_archive_put_vector(to, "scale", MESA_F64,
                                                   s->cols, s->scale, err)
                         : st;
}

static mesa_status
standard_load(void *self, const struct mesa_archive *from,
              struct mesa_error *err)
{
    struct standard *s = self;
    size_t cols;
    const void *mean, *scale;
    mesa_status st = mesa_archive_fitted_shape(from, &cols, NULL, err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "mean", MESA_F64, 1, &cols, &mean,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "scale", MESA_F64, 1, &cols, &scale,
                                 err);
    if (st == MESA_OK)
        st = resize(s, cols, err);
    if (st != MESA_OK)
        return st;
    memcpy(s->mean, mean, cols * sizeof *s->mean);
    memcpy(s->scale, scale, cols * sizeof *s->scale);
    return MESA_OK;
}

static mesa_status
standard_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
                 uint32_t *out, struct mesa_error *err)
{
    const struct standard *s = self;
    uint32_t in[] = { mesa_onnx_to_double(g, x),
                      mesa_onnx_doubles(g, s->cols, s->mean) };

    (void)err;
    in[0] = mesa_onnx_node(g, "", "Sub", in, 2);
    in[1] = mesa_onnx_doubles(g, s->cols, s->scale);
    *out = mesa_onnx_node(g, "", "Div", in, 2);
    return MESA_OK;
}

static const struct mesa_transform_class standard = {
    MESA_TRANSFORM(struct standard),
    .head.name   = "standard",
    .head.title  = "Columns to zero mean and unit variance",
    .head.params = standard_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING,
    .head.fini   = standard_fini,
    .head.save   = standard_save,
    .head.load   = standard_load,
    .fit         = standard_fit,
    .apply       = standard_apply,
    .invert      = standard_invert,
    .to_onnx     = standard_to_onnx,
};

MESA_PLUGIN(.name = "standard", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&standard.head));
