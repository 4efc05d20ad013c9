/* SPDX-License-Identifier: MIT */
/*
 * impute - values for those that are missing.
 *
 * scikit-learn's SimpleImputer: of each column the mean, the median or the
 * most frequent value of the training rows, the least of several, or one value
 * for all.  A column of categories gets its most frequent one instead of a
 * mean or a median, and a column of which nothing is known 0, with a warning,
 * where scikit-learn drops it.  add_indicator appends its MissingIndicator: a
 * column of 0 and 1 for each that had missing values in the training rows.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mesa/mesa.h>

enum strategy { MEAN, MEDIAN, MOST_FREQUENT, CONSTANT };

static const struct mesa_choice strategies[] = {
    { "mean", MEAN, "the mean of the column" },
    { "median", MEDIAN, "the median of the column" },
    { "most_frequent", MOST_FREQUENT, "the most frequent value" },
    { "constant", CONSTANT, "fill_value" },
    { NULL, 0, NULL }
};

struct impute {
    int     strategy;
    double  fill_value;
    bool    add_indicator;
    size_t  cols;
    double *fill; /* of each column */
    size_t  indicators;
    size_t *indicated;                    /* columns that have one  */
    struct mesa_transform_column *column; /* of the result, or NULL */
};

static const struct mesa_param impute_params[] = {
    MESA_CHOICE(struct impute, strategy, "strategy", MEAN, strategies,
                "What stands for a missing value; categories get the most "
                "frequent one instead of a mean or a median"),
    MESA_REAL(struct impute, fill_value, "fill_value", 0, -1e300, 1e300,
              "The value where strategy is constant; of a category its "
              "number, from 0"),
    MESA_BOOL(struct impute, add_indicator, "add_indicator", false,
              "Append a column missingindicator_NAME, 1 where a value was "
              "missing, for each column that had some when fitted"),
    MESA_PARAM_END
};

static void
impute_fini(void *self)
{
    struct impute *s = self;

    mesa_free(s->fill);
    mesa_free(s->indicated);
    mesa_free(s->column);
    s->fill = NULL;
    s->indicated = NULL;
    s->column = NULL;
    s->indicators = 0;
}

static mesa_status
resize(struct impute *s, size_t cols, struct mesa_error *err)
{
    impute_fini(s);
    s->cols = cols;
    s->fill = mesa_alloc_array(cols, sizeof *s->fill);
    s->indicated = mesa_alloc_array(cols, sizeof *s->indicated);
    return s->fill && s->indicated ? MESA_OK
                                   : mesa_nomem(err, cols, "columns");
}

/* The columns of the result, once those with an indicator are known. */
static mesa_status
list_columns(struct impute *s, struct mesa_error *err)
{
    size_t n = s->cols + s->indicators;

    if (!s->indicators)
        return MESA_OK;
    s->column = mesa_alloc_array(n, sizeof *s->column);
    if (!s->column)
        return mesa_nomem(err, n, "columns");
    for (size_t j = 0; j < s->cols; j++)
        s->column[j].from = j;
    for (size_t k = 0; k < s->indicators; k++)
        s->column[s->cols + k] = (struct mesa_transform_column){
            .from = s->indicated[k], .role = MESA_COLUMN_INDICATOR,
            .before = "missingindicator_"
        };
    return MESA_OK;
}

static size_t
impute_columns(const void *self, const struct mesa_transform_column **out)
{
    const struct impute *s = self;

    *out = s->column;
    return s->cols + s->indicators;
}

static int
compare_values(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Of sorted values; the first of those that are as frequent. */
static double
most_frequent(const double *value, size_t n)
{
    size_t most = 0, run;
    double found = 0;

    for (size_t i = 0; i < n; i += run) {
        for (run = 1; i + run < n && value[i + run] <= value[i]; run++)
            continue;
        if (run > most) {
            most = run;
            found = value[i];
        }
    }
    return found;
}

/* n > 0 values of a column, in a new order afterwards. */
static double
fill_of(int strategy, double *value, size_t n)
{
    double a, b;

    if (strategy == MEAN)
        return mesa_vsum(value, n) / (double)n;
    qsort(value, n, sizeof *value, compare_values);
    if (strategy == MOST_FREQUENT)
        return most_frequent(value, n);
    a = value[(n - 1) / 2];
    b = value[n / 2];
    return a + (b - a) / 2;
}

static const char *
column_name(const struct mesa_dataset *data, size_t j, char buffer[24])
{
    if (data->schema)
        return data->schema->column[j].name;
    snprintf(buffer, 24, "%zu", j);
    return buffer;
}

static mesa_status
fit_column(struct impute *s, const struct mesa_dataset *train, size_t j,
           double *value, struct mesa_error *err)
{
    const struct mesa_column *column =
        train->schema ? &train->schema->column[j] : NULL;
    bool category = column && column->type == MESA_CATEGORICAL;
    int strategy = category ? MOST_FREQUENT : s->strategy;
    double v = s->fill_value;
    char number[24];
    size_t n = 0;

    for (size_t r = 0; r < train->x.rows; r++) {
        double x = mesa_row(&train->x, r)[j];

        if (!isnan(x))
            value[n++] = x;
    }
    if (s->add_indicator && n < train->x.rows)
        s->indicated[s->indicators++] = j;
    if (s->strategy == CONSTANT) {
        if (category &&
            !(v >= 0 && v < column->n_categories && v == floor(v)))
            return mesa_fail(err, MESA_EINVAL,
                             "fill_value is %g, which is none of the %u "
                             "categories of column '%s'",
                             v, (unsigned)column->n_categories,
                             column->name);
        s->fill[j] = v;
        return MESA_OK;
    }
    if (n == 0)
        mesa_warn("impute: nothing is known of column %s; 0 is put there",
                  column_name(train, j, number));
    s->fill[j] = n ? fill_of(strategy, value, n) : 0;
    if (!isfinite(s->fill[j]))
        return mesa_fail(err, MESA_EDATA,
                         "the values of column %s are too large to be summed",
                         column_name(train, j, number));
    return MESA_OK;
}

static mesa_status
impute_fit(void *self, const struct mesa_dataset *train,
           struct mesa_error *err)
{
    struct impute *s = self;
    double *value = mesa_alloc_raw(train->x.rows, sizeof *value);
    mesa_status st = value ? resize(s, train->x.cols, err)
                           : mesa_nomem(err, train->x.rows, "values");

    for (size_t j = 0; st == MESA_OK && j < s->cols; j++)
        st = fit_column(s, train, j, value, err);
    mesa_free(value);
    return st == MESA_OK ? list_columns(s, err) : st;
}

static mesa_status
impute_apply(const void *self, const struct mesa_cmatrix *x, double *out,
             struct mesa_error *err)
{
    const struct impute *s = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        const double *row = mesa_row(x, r);

        for (size_t j = 0; j < x->cols; j++)
            *out++ = isnan(row[j]) ? s->fill[j] : row[j];
        for (size_t k = 0; k < s->indicators; k++)
            *out++ = isnan(row[s->indicated[k]]);
    }
    return MESA_OK;
}

/* Files of columns without an indicator are as they were before there were
 * any. */
static mesa_status
impute_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct impute *s = self;
    mesa_status st = mesa_archive_put_vector(to, "fill", MESA_F64, s->cols,
                                             s->fill, err);
    uint64_t *column;

    if (st != MESA_OK || !s->indicators)
        return st;
    column = mesa_alloc_array(s->indicators, sizeof *column);
    if (!column)
        return mesa_nomem(err, s->indicators, "columns");
    for (size_t k = 0; k < s->indicators; k++)
        column[k] = s->indicated[k];
    st = mesa_archive_put_vector(to, "indicated", MESA_U64, s->indicators,
                                 column, err);
    mesa_free(column);
    return st;
}

static mesa_status
load_indicators(struct impute *s, const struct mesa_archive *from,
                struct mesa_error *err)
{
    struct mesa_tensor t;
    const uint64_t *column;
    struct mesa_error none;

    if (mesa_archive_get(from, "indicated", &t, &none) != MESA_OK)
        return MESA_OK;
    if (t.dtype != MESA_U64 || t.n_dims != 1 || t.shape[0] > s->cols)
        return mesa_fail(err, MESA_EPARSE,
                         "indicated is not a list of at most %zu columns",
                         s->cols);
    column = t.data;
    for (size_t k = 0; k < t.shape[0]; k++) {
        if (column[k] >= s->cols)
            return mesa_fail(err, MESA_EPARSE,
                             "indicated has column %llu of %zu",
                             (unsigned long long)column[k], s->cols);
        s->indicated[s->indicators++] = column[k];
    }
    return list_columns(s, err);
}

static mesa_status
impute_load(void *self, const struct mesa_archive *from,
            struct mesa_error *err)
{
    struct impute *s = self;
    size_t cols;
    const void *fill;
    mesa_status st = mesa_archive_fitted_shape(from, &cols, NULL, err);

    if (st == MESA_OK)
        st = mesa_archive_expect(from, "fill", MESA_F64, 1, &cols, &fill,
                                 err);
    if (st == MESA_OK)
        st = resize(s, cols, err);
    if (st != MESA_OK)
        return st;
    memcpy(s->fill, fill, cols * sizeof *s->fill);
    return load_indicators(s, from, err);
}

/* Columns of x that have an indicator, after those that are full. */
static uint32_t
append_indicators(const struct impute *s, struct mesa_onnx *g, uint32_t full,
                  uint32_t missing)
{
    enum { ONNX_INT64 = 7, ONNX_DOUBLE = 11 };
    double *column = mesa_alloc_array(s->indicators, sizeof *column);
    uint32_t in[2];

    if (!column)
        return 0;
    for (size_t k = 0; k < s->indicators; k++)
        column[k] = (double)s->indicated[k];
    in[1] = mesa_onnx_doubles(g, s->indicators, column);
    mesa_free(column);
    in[1] = mesa_onnx_node(g, "", "Cast", &in[1], 1);
    mesa_onnx_int(g, "to", ONNX_INT64);
    in[0] = mesa_onnx_node(g, "", "Cast", &missing, 1);
    mesa_onnx_int(g, "to", ONNX_DOUBLE);
    in[1] = mesa_onnx_node(g, "", "Gather", in, 2);
    mesa_onnx_int(g, "axis", 1);
    in[0] = full;
    full = mesa_onnx_node(g, "", "Concat", in, 2);
    mesa_onnx_int(g, "axis", 1);
    return full;
}

static mesa_status
impute_to_onnx(const void *self, struct mesa_onnx *g, uint32_t x,
               uint32_t *out, struct mesa_error *err)
{
    const struct impute *s = self;
    uint32_t rows = mesa_onnx_to_double(g, x);
    uint32_t missing = mesa_onnx_node(g, "", "IsNaN", &rows, 1);
    uint32_t in[] = { missing, mesa_onnx_doubles(g, s->cols, s->fill), rows };

    *out = mesa_onnx_node(g, "", "Where", in, 3);
    if (!s->indicators)
        return MESA_OK;
    *out = append_indicators(s, g, *out, missing);
    return *out ? MESA_OK : mesa_nomem(err, s->indicators, "columns");
}

static const struct mesa_transform_class impute = {
    MESA_TRANSFORM(struct impute),
    .head.name   = "impute",
    .head.title  = "Values for those that are missing",
    .head.params = impute_params,
    .head.flags  = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING,
    .head.fini   = impute_fini,
    .head.save   = impute_save,
    .head.load   = impute_load,
    .fit         = impute_fit,
    .apply       = impute_apply,
    .to_onnx     = impute_to_onnx,
    .columns     = impute_columns,
};

MESA_PLUGIN(.name = "impute", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&impute.head));
