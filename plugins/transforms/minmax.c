/* SPDX-License-Identifier: MIT */
/*
 * minmax - columns to a given range.
 *
 * scikit-learn's MinMaxScaler: the smallest training value becomes `low`, the
 * largest `high`; a constant column is only shifted.  NaN is passed over when
 * fitting and stays NaN.
 */
#include <math.h>
#include <string.h>

#include <mesa/mesa.h>

struct minmax {
    double  low, high;
    bool    clip;
    size_t  cols;
    double *scale, *shift; /* out = x * scale + shift */
};

static const struct mesa_param minmax_params[] = {
    MESA_REAL(struct minmax, low, "low", 0.0, -INFINITY, INFINITY,
              "Where the smallest value goes"),
    MESA_REAL(struct minmax, high, "high", 1.0, -INFINITY, INFINITY,
              "Where the largest value goes"),
    MESA_BOOL(struct minmax, clip, "clip", false,
              "Cut values of later rows to the range"),
    MESA_PARAM_END
};

static mesa_status
minmax_init(void *self, struct mesa_error *err)
{
    const struct minmax *m = self;

    if (m->low < m->high && isfinite(m->high - m->low))
        return MESA_OK;
    return mesa_fail(err, MESA_EINVAL, "low is %g but high is %g", m->low,
                     m->high);
}

static void
minmax_fini(void *self)
{
    struct minmax *m = self;

    mesa_free(m->scale);
    m->scale = NULL;
}

static mesa_status
resize(struct minmax *m, size_t cols, struct mesa_error *err)
{
    minmax_fini(m);
    m->cols = cols;
    m->scale = mesa_alloc_array(cols, 2 * sizeof *m->scale);
    m->shift = m->scale + (m->scale ? cols : 0);
    return m->scale ? MESA_OK : mesa_nomem(err, cols, "columns");
}

static void
fit_column(struct minmax *m, const struct mesa_cmatrix *x, size_t j)
{
    double least = INFINITY, most = -INFINITY;

    for (size_t r = 0; r < x->rows; r++) {
        double v = mesa_row(x, r)[j];

        least = v < least ? v : least;
        most = v > most ? v : most;
    }
    if (least > most)
        least = most = 0.0;
    m->scale[j] = (m->high - m->low) / (most > least ? most - least : 1.0);
    m->shift[j] = m->low - least * m->scale[j];
}

static mesa_status
minmax_fit(void *self, const struct mesa_dataset *train,
           struct mesa_error *err)
{
    struct minmax *m = self;
    mesa_status st = resize(m, train->x.cols, err);

    for (size_t j = 0; j < m->cols && st == MESA_OK; j++) {
        fit_column(m, &train->x, j);
        if (m->scale[j] == 0.0 || !isfinite(m->scale[j]) ||
            !isfinite(m->shift[j]))
            st = mesa_fail(err, MESA_EDATA,
                           "the range of column %zu cannot be scaled", j);
    }
    return st;
}

static mesa_status
minmax_apply(const void *self, const struct mesa_cmatrix *x, double *out,
             struct mesa_error *err)
{
    const struct minmax *m = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        for (size_t j = 0; j < x->cols; j++) {
            double v = mesa_row(x, r)[j] * m->scale[j] + m->shift[j];

            if (m->clip)
                v = v < m->low ? m->low : v > m->high ? m->high : v;
            *out++ = v;
        }
    }
    return MESA_OK;
}

static mesa_status
minmax_invert(const void *self, const struct mesa_cmatrix *x, double *out,
              struct mesa_error *err)
{
    const struct minmax *m = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++)
            *out++ = (mesa_row(x, r)[j] - m->shift[j]) / m->scale[j];
    return MESA_OK;
}

static mesa_status
minmax_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct minmax *m = self;
    mesa_status st = mesa_archive_put_vector(to, "scale", MESA_F64, m->cols,
                                             m->scale, err);

    return st == MESA_OK ? mesa_archive_put_vector(to, "shift", MESA_F64,
                                                   m->cols, m->shift, err)
                         : st;
}

static mesa_status
minmax_load(void *self, const struct mesa_archive *from,
            struct mesa_error *err)
{
    struct minmax *m = self;
    size_t cols;
    const void *scale, *shift;
    mesa_status st = mesa_archive_fitted_shape(from, &cols, NULL, err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "scale", MESA_F64, 1, &cols, &scale,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "shift", MESA_F64, 1, &cols, &shift,
                                 err);
    if (st == MESA_OK)
        st = resize(m, cols, err);
    if (st != MESA_OK)
        return st;
    memcpy(m->scale, scale, cols * sizeof *m->scale);
    memcpy(m->shift, shift, cols * sizeof *m->shift);
    return MESA_OK;
}

static mesa_status
minmax_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
               uint32_t *out, struct mesa_error *err)
{
    const struct minmax *m = self;
    uint32_t in[] = { mesa_onnx_to_double(g, x),
                      mesa_onnx_doubles(g, m->cols, m->scale) };

    (void)err;
    in[0] = mesa_onnx_node(g, "", "Mul", in, 2);
    in[1] = mesa_onnx_doubles(g, m->cols, m->shift);
    *out = mesa_onnx_node(g, "", "Add", in, 2);
    if (m->clip) {
        in[0] = *out;
        in[1] = mesa_onnx_doubles(g, 1, &m->low);
        in[0] = mesa_onnx_node(g, "", "Max", in, 2);
        in[1] = mesa_onnx_doubles(g, 1, &m->high);
        *out = mesa_onnx_node(g, "", "Min", in, 2);
    }
    return MESA_OK;
}

static const struct mesa_transform_class minmax = {
    MESA_TRANSFORM(struct minmax),
    .head.name   = "minmax",
    .head.title  = "Columns to a given range",
    .head.params = minmax_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING,
    .head.init   = minmax_init,
    .head.fini   = minmax_fini,
    .head.save   = minmax_save,
    .head.load   = minmax_load,
    .fit         = minmax_fit,
    .apply       = minmax_apply,
    .invert      = minmax_invert,
    .to_onnx     = minmax_to_onnx,
};

MESA_PLUGIN(.name = "minmax", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&minmax.head));
