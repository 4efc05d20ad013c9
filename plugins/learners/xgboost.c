/* SPDX-License-Identifier: MIT */
/*
 * xgboost - gradient boosted trees by the XGBoost library.
 *
 * A wrapper of its C interface: logistic loss, softmax for more than two
 * classes, histogram trees, one thread.  Values become floats; what a float
 * cannot hold becomes the largest one.  Whether two machines agree to the
 * last bit is up to the library and its libm.
 *
 * Its reader trusts the files that it is given, so what is saved carries a
 * checksum (FNV-1a), which is looked at first.
 */
#include <mesa/mesa.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include <xgboost/c_api.h>

struct xgboost {
    int64_t       n_estimators, max_depth;
    double        learning_rate, subsample, colsample_bytree, reg_lambda;
    double        min_child_weight, scale_pos_weight;
    size_t        n_classes;
    BoosterHandle booster; /* NULL before fit */
    uint8_t      *model;   /* the same as it is saved */
    size_t        n_model;
};

static const struct mesa_param xgboost_params[] = {
    MESA_INT(struct xgboost, n_estimators, "n_estimators", 100, 1, 1000000,
             "Trees, for each class if there are more than two"),
    MESA_INT(struct xgboost, max_depth, "max_depth", 6, 1, 30,
             "Depth of each tree at most"),
    MESA_REAL(struct xgboost, learning_rate, "learning_rate", 0.3, 0.0, 1.0,
              "What each tree counts",
              .flags = MESA_PARAM_OPEN_MIN | MESA_PARAM_LOG),
    MESA_REAL(struct xgboost, subsample, "subsample", 1.0, 0.0, 1.0,
              "Share of the rows that each tree is grown on",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct xgboost, colsample_bytree, "colsample_bytree", 1.0, 0.0,
              1.0, "Share of the columns that each tree is grown on",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_REAL(struct xgboost, reg_lambda, "reg_lambda", 1.0, 0.0, 1e30,
              "Penalty on the squares of leaves"),
    MESA_REAL(struct xgboost, min_child_weight, "min_child_weight", 1.0, 0.0,
              1e30, "Sum of second derivatives that a leaf needs"),
    MESA_REAL(struct xgboost, scale_pos_weight, "scale_pos_weight", 1.0, 0.0,
              1e30, "What rows of class 1 count, of two classes",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_PARAM_END
};

static void
xgboost_fini(void *self)
{
    struct xgboost *x = self;

    if (x->booster)
        XGBoosterFree(x->booster);
    mesa_free(x->model);
    x->booster = NULL;
    x->model = NULL;
}

/* The library's codes: 0 is good; it has a message of many lines for others,
 * of which the first one counts. */
static mesa_status
check(int code, const char *what, struct mesa_error *err)
{
    const char *said = code ? XGBGetLastError() : "";

    if (!code)
        return MESA_OK;
    return mesa_fail(err, MESA_ENUMERIC, "%s: %.*s", what,
                     (int)strcspn(said, "\n"), said);
}

static float *
copy_rows(const struct mesa_cmatrix *x)
{
    float *out = mesa_alloc_raw(x->rows * x->cols, sizeof *out), *at = out;

    for (size_t r = 0; r < x->rows && out; r++) {
        const double *row = mesa_row(x, r);

        for (size_t j = 0; j < x->cols; j++)
            *at++ = row[j] > (double)FLT_MAX    ? FLT_MAX
                    : row[j] < (double)-FLT_MAX ? -FLT_MAX
                                                : (float)row[j];
    }
    return out;
}

static mesa_status
set_labels(DMatrixHandle m, const struct mesa_dataset *d,
           struct mesa_error *err)
{
    const size_t n = d->x.rows;
    float *v = mesa_alloc_raw(n, sizeof *v);
    mesa_status st = v ? MESA_OK : mesa_nomem(err, n, "labels");

    for (size_t r = 0; r < n && v; r++)
        v[r] = (float)d->y[r];
    if (st == MESA_OK)
        st = check(XGDMatrixSetFloatInfo(m, "label", v, n), "labels", err);
    for (size_t r = 0; r < n && st == MESA_OK && d->weight; r++) {
        v[r] = (float)d->weight[r];
        if (isinf(v[r]))
            st = mesa_fail(err, MESA_EDATA,
                           "the weight of row %zu is %g, more than a float "
                           "holds", r, d->weight[r]);
    }
    if (st == MESA_OK && d->weight)
        st = check(XGDMatrixSetFloatInfo(m, "weight", v, n), "weights", err);
    mesa_free(v);
    return st;
}

/* Rows and labels in the library's form; free also after a failure. */
static mesa_status
make_matrix(const struct mesa_dataset *d, DMatrixHandle *out,
            struct mesa_error *err)
{
    float *x = copy_rows(&d->x);
    mesa_status st;

    if (!x)
        return mesa_nomem(err, d->x.rows, "rows");
    st = check(XGDMatrixCreateFromMat(x, d->x.rows, d->x.cols, NAN, out),
               "rows", err);
    mesa_free(x);
    return st == MESA_OK ? set_labels(*out, d, err) : st;
}

static mesa_status
set_real(BoosterHandle b, const char *name, double value,
         struct mesa_error *err)
{
    char text[MESA_DOUBLE_TEXT];

    mesa_format_double(value, text);
    return check(XGBoosterSetParam(b, name, text), name, err);
}

static mesa_status
set_params(const struct xgboost *x, uint64_t seed, struct mesa_error *err)
{
    const struct { const char *name, *value; } words[] = {
        { "verbosity", "0" }, { "nthread", "1" }, { "tree_method", "hist" },
        { "objective", x->n_classes > 2 ? "multi:softprob"
                                        : "binary:logistic" },
    };
    const struct { const char *name; double value; } numbers[] = {
        { "num_class", x->n_classes > 2 ? (double)x->n_classes : 0 },
        { "seed", (double)seed },
        { "max_depth", (double)x->max_depth },
        { "learning_rate", x->learning_rate },
        { "subsample", x->subsample },
        { "colsample_bytree", x->colsample_bytree },
        { "reg_lambda", x->reg_lambda },
        { "min_child_weight", x->min_child_weight },
        { "scale_pos_weight", x->n_classes > 2 ? 1 : x->scale_pos_weight },
    };
    mesa_status st = MESA_OK;

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (st == MESA_OK)
            st = check(XGBoosterSetParam(x->booster, words[i].name,
                                         words[i].value),
                       words[i].name, err);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (st == MESA_OK)
            st = set_real(x->booster, numbers[i].name, numbers[i].value, err);
    return st;
}

/* Kept at once, so that what is saved does not depend on what came later. */
static mesa_status
keep_model(struct xgboost *x, const void *bytes, size_t n,
           struct mesa_error *err)
{
    x->model = mesa_alloc_raw(n, 1);
    if (!x->model)
        return mesa_nomem(err, n, "bytes of a model");
    memcpy(x->model, bytes, n);
    x->n_model = n;
    return MESA_OK;
}

static mesa_status
boost(struct xgboost *x, DMatrixHandle rows, uint64_t seed,
      struct mesa_error *err)
{
    const char *bytes;
    bst_ulong n;
    mesa_status st = check(XGBoosterCreate(&rows, 1, &x->booster), "booster",
                           err);

    if (st == MESA_OK)
        st = set_params(x, seed, err);
    for (int i = 0; i < x->n_estimators && st == MESA_OK; i++)
        st = check(XGBoosterUpdateOneIter(x->booster, i, rows), "boosting",
                   err);
    if (st == MESA_OK)
        st = check(XGBoosterSaveModelToBuffer(
                       x->booster, "{\"format\": \"ubj\"}", &n, &bytes),
                   "model", err);
    return st == MESA_OK ? keep_model(x, bytes, (size_t)n, err) : st;
}

static mesa_status
xgboost_fit(void *self, const struct mesa_dataset *train,
            const struct mesa_dataset *valid, struct mesa_rng *rng,
            struct mesa_error *err)
{
    struct xgboost *x = self;
    DMatrixHandle rows = NULL;
    mesa_status st;

    (void)valid;
    xgboost_fini(self);
    x->n_classes = train->n_classes;
    st = make_matrix(train, &rows, err);
    if (st == MESA_OK)
        st = boost(x, rows, mesa_rng_bits(rng) >> 33, err);
    if (rows)
        XGDMatrixFree(rows);
    return st;
}

/* Whether there are as many as the classes need. */
static mesa_status
check_proba(const struct xgboost *x, size_t rows, const bst_ulong *shape,
            bst_ulong rank, struct mesa_error *err)
{
    size_t n = 1, needed = rows * (x->n_classes > 2 ? x->n_classes : 1);

    for (bst_ulong i = 0; i < rank; i++)
        n *= (size_t)shape[i];
    if (n == needed)
        return MESA_OK;
    return mesa_fail(err, MESA_EPARSE,
                     "the model gives %zu probabilities for %zu rows of %zu "
                     "classes",
                     n, rows, x->n_classes);
}

/* The library's probabilities, of class 1 alone if there are two. */
static void
take_proba(const struct xgboost *x, const float *p, size_t rows, double *proba)
{
    for (size_t r = 0; r < rows; r++, proba += x->n_classes) {
        double sum = 0.0;

        if (x->n_classes <= 2) {
            proba[x->n_classes - 1] = x->n_classes == 1 ? 1.0 : (double)p[r];
            if (x->n_classes == 2)
                proba[0] = 1.0 - proba[1];
            continue;
        }
        for (size_t c = 0; c < x->n_classes; c++)
            sum += (double)p[r * x->n_classes + c];
        for (size_t c = 0; c < x->n_classes; c++)
            proba[c] = (double)p[r * x->n_classes + c] / sum;
    }
}

static mesa_status
xgboost_predict_proba(const void *self, const struct mesa_cmatrix *rows,
                      double *proba, struct mesa_error *err)
{
    const struct xgboost *x = self;
    float *copy = copy_rows(rows);
    char *array = mesa_asprintf("{\"data\": [%llu, true], \"shape\": "
                                "[%zu, %zu], \"typestr\": \"<f4\", "
                                "\"version\": 3}",
                                (unsigned long long)(uintptr_t)copy,
                                rows->rows, rows->cols);
    const bst_ulong *shape;
    bst_ulong rank;
    const float *p;
    mesa_status st = copy && array ? MESA_OK
                                   : mesa_nomem(err, rows->rows, "rows");

    if (st == MESA_OK)
        st = check(XGBoosterPredictFromDense(
                       x->booster, array,
                       "{\"type\": 0, \"training\": false, "
                       "\"iteration_begin\": 0, \"iteration_end\": 0, "
                       "\"strict_shape\": false, \"missing\": NaN, "
                       "\"cache_id\": 0}",
                       NULL, &shape, &rank, &p),
                   "predictions", err);
    if (st == MESA_OK)
        st = check_proba(x, rows->rows, shape, rank, err);
    if (st == MESA_OK)
        take_proba(x, p, rows->rows, proba);
    mesa_free(copy);
    mesa_free(array);
    return st;
}

static uint64_t
checksum(const uint8_t *bytes, size_t n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
    return h;
}

static mesa_status
xgboost_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct xgboost *x = self;
    const uint64_t sum = checksum(x->model, x->n_model);
    mesa_status st = mesa_archive_put_vector(to, "model", MESA_U8, x->n_model,
                                             x->model, err);

    return st == MESA_OK ? mesa_archive_put_vector(to, "checksum", MESA_U64,
                                                   1, &sum, err)
                         : st;
}

static mesa_status
check_shape(const struct xgboost *x, size_t columns, struct mesa_error *err)
{
    bst_ulong n = 0;
    mesa_status st = check(XGBoosterGetNumFeature(x->booster, &n), "model",
                           err);

    if (st == MESA_OK && (n != columns || x->n_classes > INT32_MAX))
        st = mesa_fail(err, MESA_EPARSE,
                       "a model of %zu columns is in the place of one of %zu",
                       (size_t)n, columns);
    return st;
}

static mesa_status
xgboost_load(void *self, const struct mesa_archive *from,
             struct mesa_error *err)
{
    const size_t one = 1, any = SIZE_MAX;
    struct xgboost *x = self;
    const void *model = NULL, *sum = NULL;
    struct mesa_tensor t = { .shape = { 0 } };
    size_t columns = 0;
    mesa_status st;

    xgboost_fini(self);
    st = mesa_archive_fitted_shape(from, &columns, &x->n_classes, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "model", MESA_U8, 1, &any, &model,
                                 err);
    if (st == MESA_OK)
        st = mesa_archive_get(from, "model", &t, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "checksum", MESA_U64, 1, &one, &sum,
                                 err);
    if (st == MESA_OK &&
        checksum(model, t.shape[0]) != *(const uint64_t *)sum)
        st = mesa_fail(err, MESA_EPARSE,
                       "the model and its checksum do not agree");
    if (st == MESA_OK)
        st = keep_model(x, model, t.shape[0], err);
    if (st == MESA_OK)
        st = check(XGBoosterCreate(NULL, 0, &x->booster), "booster", err);
    if (st == MESA_OK)
        st = check(XGBoosterLoadModelFromBuffer(x->booster, x->model,
                                                x->n_model), "model", err);
    if (st == MESA_OK)
        st = check(XGBoosterSetParam(x->booster, "nthread", "1"), "nthread",
                   err);
    return st == MESA_OK ? check_shape(x, columns, err) : st;
}

static const struct mesa_estimator_class xgboost = {
    MESA_ESTIMATOR(struct xgboost),
    .head.name     = "xgboost",
    .head.title    = "Gradient boosted trees of the XGBoost library",
    .head.cite     = "Chen and Guestrin 2016, KDD",
    .head.params   = xgboost_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_MISSING |
                     MESA_CLASS_WEIGHTS,
    .head.fini     = xgboost_fini,
    .head.save     = xgboost_save,
    .head.load     = xgboost_load,
    .fit           = xgboost_fit,
    .predict_proba = xgboost_predict_proba,
};

MESA_PLUGIN(.name = "xgboost", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&xgboost.head));
