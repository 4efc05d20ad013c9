/* SPDX-License-Identifier: MIT */
/*
 * knn - the classes of the nearest training rows.
 *
 * Cover and Hart 1967, IEEE Transactions on Information Theory 13, with the
 * weights of scikit-learn's KNeighborsClassifier.  The search is exact
 * (mesa/neighbors.h); fitting sorts the rows, O(rows log rows), and a model
 * holds them all.
 *
 * Deviates from scikit-learn where training rows tie for the last place:
 * there the lower row takes it, or whichever a heap has kept; here all that
 * tie share what places are left, so that rows that are equal count as the
 * classes among them do.
 */
#include <string.h>

#include "dense.h"

enum { UNIFORM, BY_DISTANCE };
enum { BLOCK = 1024 /* rows whose neighbours are held at a time */ };

struct knn {
    int64_t                n_neighbors;
    int                    weights, metric;
    double                *x;
    int32_t               *y;
    uint8_t               *categorical; /* per column */
    struct mesa_column    *column;
    struct mesa_schema     schema;
    struct mesa_dataset    data;
    struct mesa_neighbors *rows;
};

static const struct mesa_choice knn_weights[] = {
    { "uniform", UNIFORM, "each neighbour counts the same" },
    { "distance", BY_DISTANCE, "by the inverse of the distance; equal rows "
                               "alone, if there are any" },
    { NULL, 0, NULL }
};

static const struct mesa_choice knn_metrics[] = {
    { "euclidean", MESA_EUCLIDEAN, "straight-line distance" },
    { "manhattan", MESA_MANHATTAN, "sum of absolute differences" },
    { "heom", MESA_HEOM, "differences over the range of a column, 1 where "
                         "categories differ" },
    { NULL, 0, NULL }
};

static const struct mesa_param knn_params[] = {
    MESA_INT(struct knn, n_neighbors, "n_neighbors", 5, 1, 1000000,
             "Training rows that are asked; those that tie for the last "
             "place share it"),
    MESA_CHOICE(struct knn, weights, "weights", UNIFORM, knn_weights,
                "How much a neighbour counts"),
    MESA_CHOICE(struct knn, metric, "metric", MESA_EUCLIDEAN, knn_metrics,
                "Distance between rows"),
    MESA_PARAM_END
};

static void
knn_fini(void *self)
{
    struct knn *k = self;

    mesa_neighbors_free(k->rows);
    mesa_free(k->x);
    mesa_free(k->y);
    mesa_free(k->categorical);
    mesa_free(k->column);
    k->rows = NULL;
    k->x = NULL;
    k->y = NULL;
    k->categorical = NULL;
    k->column = NULL;
}

/* Room for what is learnt; what was before is forgotten. */
static mesa_status
resize(struct knn *k, size_t rows, size_t cols, uint32_t classes,
       struct mesa_error *err)
{
    knn_fini(k);
    k->x = mesa_alloc_raw(rows, cols * sizeof *k->x);
    k->y = mesa_alloc_raw(rows, sizeof *k->y);
    k->categorical = mesa_alloc_array(cols, sizeof *k->categorical);
    k->column = mesa_alloc_array(cols, sizeof *k->column);
    if (!k->x || !k->y || !k->categorical || !k->column)
        return mesa_nomem(err, rows, "training rows");
    k->schema = (struct mesa_schema){ .struct_size = sizeof k->schema,
                                      .n_classes = classes,
                                      .n_columns = cols,
                                      .column = k->column };
    k->data = (struct mesa_dataset){
        .struct_size = sizeof k->data, .x = { k->x, rows, cols, cols, NULL },
        .y = k->y, .n_classes = classes, .schema = &k->schema
    };
    return MESA_OK;
}

/* With x, y and categorical in place. */
static mesa_status
make_ready(struct knn *k, struct mesa_error *err)
{
    size_t rows = k->data.x.rows, cols = k->data.x.cols;

    if ((uint64_t)k->n_neighbors > rows)
        return mesa_fail(err, MESA_EDATA,
                         "n_neighbors is %lld, but there are %zu training "
                         "rows",
                         (long long)k->n_neighbors, rows);
    for (size_t j = 0; j < cols; j++)
        k->column[j].type = k->categorical[j] ? MESA_CATEGORICAL
                                              : MESA_NUMERIC;
    return mesa_neighbors_new(&k->data, (enum mesa_distance)k->metric,
                              &k->rows, err);
}

static mesa_status
knn_fit(void *self, const struct mesa_dataset *train,
        const struct mesa_dataset *valid, struct mesa_rng *rng,
        struct mesa_error *err)
{
    struct knn *k = self;
    size_t cols = train->x.cols;
    mesa_status st = resize(k, train->x.rows, cols, train->n_classes, err);

    (void)valid;
    (void)rng;
    if (st != MESA_OK)
        return st;
    for (size_t r = 0; r < train->x.rows; r++)
        memcpy(k->x + r * cols, mesa_row(&train->x, r), cols * sizeof *k->x);
    memcpy(k->y, train->y, train->x.rows * sizeof *k->y);
    for (size_t j = 0; j < cols && train->schema; j++)
        k->categorical[j] = train->schema->column[j].type == MESA_CATEGORICAL;
    return make_ready(k, err);
}

/*
 * The weights of one row's neighbours by class, in place of their votes.
 * Of the votes, those of rows closer than the last count by their own
 * distance, and what is left, shared by all that tie, by the last one's.
 */
static void
weigh(const struct knn *k, const size_t *index, const double *distance,
      double *votes)
{
    size_t n = (size_t)k->n_neighbors, classes = k->data.n_classes;
    double cut = distance[n - 1];
    bool alone = isinf(1 / distance[0]) != 0; /* equal rows only */

    if (isinf(distance[0]) || (alone && isinf(1 / cut)))
        return;
    for (size_t i = 0; i < n && distance[i] < cut; i++)
        votes[k->y[index[i]]] -= 1;
    for (size_t c = 0; c < classes; c++)
        votes[c] = alone ? 0 : votes[c] / cut;
    for (size_t i = 0; i < n && distance[i] < cut; i++) {
        double w = 1 / distance[i];

        votes[k->y[index[i]]] += alone ? (isinf(w) ? 1 : 0) : w;
    }
}

/* Votes of a block of rows, weighed. */
static mesa_status
predict_block(const struct knn *k, const struct mesa_query *query,
              size_t *index, double *distance, double *votes,
              struct mesa_error *err)
{
    size_t n = query->k, classes = k->data.n_classes;
    mesa_status st = mesa_neighbors_votes(k->rows, query, votes, err);

    if (st == MESA_OK && k->weights == BY_DISTANCE)
        st = mesa_neighbors_find(k->rows, query, index, distance, err);
    for (size_t r = 0; r < query->x->rows && st == MESA_OK; r++) {
        double *v = votes + r * classes, sum = 0;

        if (k->weights == BY_DISTANCE)
            weigh(k, index + r * n, distance + r * n, v);
        for (size_t c = 0; c < classes; c++)
            sum += v[c];
        for (size_t c = 0; c < classes; c++)
            v[c] /= sum;
    }
    return st;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static mesa_status
knn_predict_proba(const void *self, const struct mesa_cmatrix *x,
                  double *proba, struct mesa_error *err)
{
    const struct knn *k = self;
    size_t n = (size_t)k->n_neighbors;
    size_t room = k->weights == BY_DISTANCE ? least(x->rows, BLOCK) : 0;
    size_t *index = mesa_alloc_raw(room, n * sizeof *index);
    double *distance = mesa_alloc_raw(room, n * sizeof *distance);
    mesa_status st = index && distance ? MESA_OK
                                       : mesa_nomem(err, room * n,
                                                    "neighbours");

    for (size_t start = 0; start < x->rows && st == MESA_OK;) {
        struct mesa_cmatrix block = *x;
        struct mesa_query query = { sizeof query, &block, NULL, n };

        block.rows = room ? least(x->rows - start, room) : x->rows;
        block.index = x->index ? x->index + start : NULL;
        block.data = x->index ? x->data : x->data + start * x->stride;
        st = predict_block(k, &query, index, distance,
                           proba + start * k->data.n_classes, err);
        start += block.rows;
    }
    mesa_free(index);
    mesa_free(distance);
    return st;
}

static mesa_status
knn_save(const void *self, struct mesa_archive *to, struct mesa_error *err)
{
    const struct knn *k = self;
    const struct mesa_tensor x = {
        MESA_F64, 2, { k->data.x.rows, k->data.x.cols }, k->x
    };
    mesa_status st = mesa_archive_put(to, "x", &x, err);

    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "y", MESA_I32, k->data.x.rows, k->y,
                                     err);
    if (st == MESA_OK)
        st = mesa_archive_put_vector(to, "categorical", MESA_U8,
                                     k->data.x.cols, k->categorical, err);
    return st;
}

/* What a file says may be anything. */
static mesa_status
check_loaded(const struct knn *k, struct mesa_error *err)
{
    size_t cols = k->data.x.cols;

    for (size_t r = 0; r < k->data.x.rows; r++) {
        if (k->y[r] < 0 || (uint32_t)k->y[r] >= k->data.n_classes)
            return mesa_fail(err, MESA_EPARSE,
                             "training row %zu is of class %d of %u", r,
                             (int)k->y[r], (unsigned)k->data.n_classes);
        for (size_t j = 0; j < cols; j++)
            if (!isfinite(k->x[r * cols + j]))
                return mesa_fail(err, MESA_EPARSE,
                                 "training row %zu has no number in column "
                                 "%zu",
                                 r, j);
    }
    return MESA_OK;
}

static mesa_status
knn_load(void *self, const struct mesa_archive *from, struct mesa_error *err)
{
    struct knn *k = self;
    struct mesa_tensor tensor;
    size_t cols, classes, shape[2];
    const void *x = NULL, *y = NULL, *categorical = NULL;
    mesa_status st = dense_shape(from, &cols, &classes, err);

    if (st == MESA_OK)
        st = mesa_archive_get(from, "y", &tensor, err);
    if (st != MESA_OK)
        return st;
    shape[0] = tensor.shape[0];
    shape[1] = cols;
    st = mesa_archive_expect(from, "y", MESA_I32, 1, shape, &y, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "x", MESA_F64, 2, shape, &x, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "categorical", MESA_U8, 1, &cols,
                                 &categorical, err);
    if (st == MESA_OK)
        st = resize(k, shape[0], cols, (uint32_t)classes, err);
    if (st != MESA_OK)
        return st;
    memcpy(k->x, x, shape[0] * cols * sizeof *k->x);
    memcpy(k->y, y, shape[0] * sizeof *k->y);
    memcpy(k->categorical, categorical, cols);
    st = check_loaded(k, err);
    return st == MESA_OK ? make_ready(k, err) : st;
}

static mesa_status
knn_counts(const void *self, struct mesa_counts *out, struct mesa_error *err)
{
    const struct knn *k = self;

    (void)err;
    mesa_count(out, "rows", k->data.x.rows);
    return MESA_OK;
}

static const struct mesa_estimator_class knn = {
    MESA_ESTIMATOR(struct knn),
    .head.name     = "knn",
    .head.title    = "The classes of the nearest training rows",
    .head.cite     = "Cover and Hart 1967, IEEE Transactions on Information "
                     "Theory 13",
    .head.params   = knn_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_DETERMINISTIC,
    .head.fini     = knn_fini,
    .head.save     = knn_save,
    .head.load     = knn_load,
    .fit           = knn_fit,
    .predict_proba = knn_predict_proba,
    .counts        = knn_counts,
};

MESA_PLUGIN(.name = "knn", .version = MESA_VERSION, .license = "MIT",
            .classes = MESA_CLASSES(&knn.head));
