/* SPDX-License-Identifier: MIT */
/*
 * classification - Gaussian clusters at the corners of a hypercube.
 *
 * The distribution of scikit-learn's make_classification (after Guyon's design
 * of the Madelon data, NIPS 2003): per cluster, standard normal rows times a
 * random matrix, moved to a corner of its own; columns that are combinations
 * or copies of these; columns of noise; some labels drawn again; columns
 * moved, stretched and, like the rows, put in random order.  Numbers differ
 * from scikit-learn's, class counts before flip_y are the same.  Every row
 * has a stream of its own.  O(rows * n_informative * columns).
 */
#include <mesa/mesa.h>

#include <limits.h>

/* In place of a shift or scale: one per column, at random. */
#define RANDOM_SHIFT INT_MIN
#define RANDOM_SCALE 0

struct classification {
    int64_t          n_samples, n_features, n_informative, n_redundant;
    int64_t          n_repeated, n_classes, n_clusters_per_class;
    struct mesa_list weights;
    double           flip_y, class_sep, shift, scale;
    bool             hypercube, shuffle;
};

static const struct mesa_choice classification_shifts[] = {
    { "none", RANDOM_SHIFT, "at random within class_sep around 0" },
    { NULL, 0, NULL }
};

static const struct mesa_choice classification_scales[] = {
    { "none", RANDOM_SCALE, "at random between 1 and 100" },
    { NULL, 0, NULL }
};

#define COUNT(field, d, lo, help)                                      \
    MESA_INT(struct classification, field, #field, d, lo, 1000000, help)

static const struct mesa_param classification_params[] = {
    MESA_INT(struct classification, n_samples, "n_samples", 100, 1,
             INT64_C(1) << 40, "Rows"),
    COUNT(n_features, 20, 1, "Columns"),
    COUNT(n_informative, 2, 1, "Columns that hold the clusters"),
    COUNT(n_redundant, 2, 0,
          "Columns that are random combinations of informative ones"),
    COUNT(n_repeated, 0, 0,
          "Columns that repeat informative or redundant ones"),
    COUNT(n_classes, 2, 1, "Classes"),
    COUNT(n_clusters_per_class, 2, 1, "Clusters per class"),
    MESA_LIST(struct classification, weights, "weights", "",
              "Share of each class; the last may be left out; equal if empty",
              .min.r = 0.0, .max.r = 1.0),
    MESA_REAL(struct classification, flip_y, "flip_y", 0.01, 0.0, 1.0,
              "Share of rows whose class is drawn again at random"),
    MESA_REAL(struct classification, class_sep, "class_sep", 1.0, 0.0, 1e6,
              "Half the side of the hypercube; larger is easier"),
    MESA_BOOL(struct classification, hypercube, "hypercube", true,
              "Clusters at the corners of a cube, else of a random polytope"),
    MESA_REAL(struct classification, shift, "shift", 0.0, -1e9, 1e9,
              "Added to every value", .choices = classification_shifts),
    MESA_REAL(struct classification, scale, "scale", 1.0, 0.0, 1e9,
              "Every value is multiplied by this after the shift",
              .flags = MESA_PARAM_OPEN_MIN,
              .choices = classification_scales),
    MESA_BOOL(struct classification, shuffle, "shuffle", true,
              "Put rows and columns in random order"),
    MESA_PARAM_END
};

/* Everything that is drawn once, and where rows go. */
struct plan {
    const struct classification *c;
    size_t  rows, cols, informative, redundant, repeated, clusters;
    size_t *start;    /* first row of each cluster, and the end */
    double *centroid; /* clusters by informative                */
    double *mix;      /* clusters of informative by informative */
    double *combine;  /* informative by redundant               */
    size_t *copy;     /* which column each repeated one repeats */
    double *shift, *scale;
    size_t *column;   /* of the output, by column before the shuffle */
    size_t *row;      /* before the shuffle, by row of the output    */
    struct mesa_rng rows_rng;
    double  *x;
    int32_t *y;
};

/* What no single parameter can tell. */
static mesa_status
check_sizes(const struct classification *c, struct mesa_error *err)
{
    int64_t used = c->n_informative + c->n_redundant + c->n_repeated;
    int64_t clusters = c->n_classes * c->n_clusters_per_class;
    size_t given = c->weights.n;

    if (used > c->n_features)
        return mesa_fail(err, MESA_EINVAL,
                         "n_informative, n_redundant and n_repeated sum to "
                         "%lld but n_features is %lld",
                         (long long)used, (long long)c->n_features);
    if (c->n_informative < 62 && clusters > INT64_C(1) << c->n_informative)
        return mesa_fail(err, MESA_EINVAL,
                         "%lld classes of %lld clusters need %lld corners but "
                         "n_informative = %lld gives %lld",
                         (long long)c->n_classes,
                         (long long)c->n_clusters_per_class,
                         (long long)clusters, (long long)c->n_informative,
                         1LL << c->n_informative);
    if (given && given != (size_t)c->n_classes &&
        given + 1 != (size_t)c->n_classes)
        return mesa_fail(err, MESA_EINVAL,
                         "%zu weights for %lld classes", given,
                         (long long)c->n_classes);
    return MESA_OK;
}

/* The share of class k, as scikit-learn computes it. */
static double
weight_of(const struct classification *c, size_t k)
{
    double sum = 0;

    if (c->weights.n == 0)
        return 1.0 / (double)c->n_classes;
    if (k < c->weights.n)
        return c->weights.value[k];
    for (size_t i = 0; i < c->weights.n; i++)
        sum += c->weights.value[i];
    return 1.0 - sum;
}

/* Rows of each cluster: cut to integers, the rest dealt out one by one. */
static mesa_status
place_clusters(struct plan *p, struct mesa_error *err)
{
    const struct classification *c = p->c;
    double per_class = (double)c->n_clusters_per_class, n = (double)p->rows;
    size_t total = 0, at = 0;

    for (size_t k = 0; k < p->clusters; k++) {
        double w = weight_of(c, k % (size_t)c->n_classes);

        if (w < 0)
            return mesa_fail(err, MESA_EINVAL,
                             "the weights leave %g for the last class", w);
        p->start[k] = (size_t)(n * w / per_class);
        total += p->start[k];
    }
    if (total > p->rows)
        return mesa_fail(err, MESA_EINVAL,
                         "the weights ask for %zu rows of %zu", total,
                         p->rows);
    for (size_t i = 0; total + i < p->rows; i++)
        p->start[i % p->clusters]++;
    for (size_t k = 0; k <= p->clusters; k++) {
        size_t size = p->start[k];

        p->start[k] = at;
        at += size;
    }
    return MESA_OK;
}

/* n numbers from a stream of their own, so that no draw moves another. */
static void
draw_uniform(const struct mesa_rng *rng, const char *name, size_t i,
             double *out, size_t n, double lo, double hi)
{
    struct mesa_rng stream = mesa_rng_derive(rng, name, i);

    for (size_t k = 0; k < n; k++)
        out[k] = lo + (hi - lo) * mesa_rng_uniform(&stream);
}

/* A corner per cluster: different in the last 30 columns, as scikit-learn's. */
static mesa_status
draw_centroids(struct plan *p, const struct mesa_rng *rng,
               struct mesa_error *err)
{
    struct mesa_rng stream = mesa_rng_derive(rng, "corners", 0);
    size_t d = p->informative, last = d < 30 ? d : 30;
    size_t *corner = mesa_alloc_raw(p->clusters, sizeof *corner);
    double sep = p->c->class_sep;
    mesa_status st;

    if (!corner)
        return mesa_nomem(err, p->clusters, "corners");
    st = mesa_rng_choice(&stream, (size_t)1 << last, p->clusters, false,
                         corner, err);
    for (size_t k = 0; k < p->clusters && st == MESA_OK; k++) {
        double *at = p->centroid + k * d;

        for (size_t j = 0; j < d; j++) {
            size_t bit = j + last < d ? mesa_rng_below(&stream, 2)
                                      : corner[k] >> (d - 1 - j) & 1;

            at[j] = bit ? sep : -sep;
        }
    }
    mesa_free(corner);
    return st;
}

/* hypercube = no: shorter edges, by cluster and by column. */
static mesa_status
squash_centroids(struct plan *p, const struct mesa_rng *rng,
                 struct mesa_error *err)
{
    size_t d = p->informative;
    double *factor = mesa_alloc_raw(p->clusters + d, sizeof *factor);

    if (!factor)
        return mesa_nomem(err, p->clusters + d, "factors");
    draw_uniform(rng, "polytope", 0, factor, p->clusters + d, 0, 1);
    for (size_t k = 0; k < p->clusters; k++)
        for (size_t j = 0; j < d; j++)
            p->centroid[k * d + j] *= factor[k] * factor[p->clusters + j];
    mesa_free(factor);
    return MESA_OK;
}

/* A value for each column: given, or at random. */
static void
set_columns(const struct plan *p, const struct mesa_rng *rng)
{
    const struct classification *c = p->c;

    for (size_t j = 0; j < p->cols; j++) {
        p->shift[j] = c->shift;
        p->scale[j] = c->scale;
        p->column[j] = j;
    }
    if (c->shift == RANDOM_SHIFT)
        draw_uniform(rng, "shift", 0, p->shift, p->cols, -c->class_sep,
                     c->class_sep);
    if (c->scale == RANDOM_SCALE)
        draw_uniform(rng, "scale", 0, p->scale, p->cols, 1, 101);
}

/* Everything that is drawn once, after the corners. */
static void
draw_plan(struct plan *p, const struct mesa_rng *rng)
{
    size_t d = p->informative, known = d + p->redundant;
    struct mesa_rng copies = mesa_rng_derive(rng, "repeated", 0);
    struct mesa_rng columns = mesa_rng_derive(rng, "columns", 0);
    struct mesa_rng rows = mesa_rng_derive(rng, "shuffle", 0);

    for (size_t k = 0; k < p->clusters; k++)
        draw_uniform(rng, "mix", k, p->mix + k * d * d, d * d, -1, 1);
    draw_uniform(rng, "combine", 0, p->combine, d * p->redundant, -1, 1);
    for (size_t j = 0; j < p->repeated; j++)
        p->copy[j] = (size_t)((double)(known - 1) * mesa_rng_uniform(&copies) +
                              0.5);
    set_columns(p, rng);
    for (size_t r = 0; r < p->rows; r++)
        p->row[r] = r;
    if (p->c->shuffle) {
        mesa_rng_permutation(&columns, p->cols, p->column);
        mesa_rng_permutation(&rows, p->rows, p->row);
    }
    p->rows_rng = mesa_rng_derive(rng, "rows", 0);
}

/* out[j] = sum over i of z[i] * m[i][j], in the order of i. */
static void
multiply(const double *z, size_t n, const double *m, size_t cols, double *out)
{
    for (size_t j = 0; j < cols; j++)
        out[j] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < cols; j++)
            out[j] += z[i] * m[i * cols + j];
}

/* The last cluster that starts at or before row k; empty ones start where the
 * next does, so that the last is never empty. */
static size_t
cluster_of(const struct plan *p, size_t k)
{
    size_t lo = 0, hi = p->clusters;

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        *(p->start[mid] <= k ? &lo : &hi) = mid;
    }
    return lo;
}

/* Row k before the shuffle into v, with z for its normal numbers. */
static int32_t
make_row(const struct plan *p, size_t k, double *z, double *v)
{
    size_t d = p->informative, known = d + p->redundant;
    size_t cluster = cluster_of(p, k), n_classes = (size_t)p->c->n_classes;
    struct mesa_rng rng = mesa_rng_derive(&p->rows_rng, "row", k);
    int32_t y = (int32_t)(cluster % n_classes);

    for (size_t j = 0; j < d; j++)
        z[j] = mesa_rng_normal(&rng);
    multiply(z, d, p->mix + cluster * d * d, d, v);
    for (size_t j = 0; j < d; j++)
        v[j] += p->centroid[cluster * d + j];
    multiply(v, d, p->combine, p->redundant, v + d);
    for (size_t j = 0; j < p->repeated; j++)
        v[known + j] = v[p->copy[j]];
    for (size_t j = known + p->repeated; j < p->cols; j++)
        v[j] = mesa_rng_normal(&rng);
    if (mesa_rng_uniform(&rng) < p->c->flip_y)
        y = (int32_t)mesa_rng_below(&rng, n_classes);
    return y;
}

/* Rows of the output; each looks up which row it is before the shuffle. */
static mesa_status
make_chunk(void *context, size_t chunk, struct mesa_error *err)
{
    const struct plan *p = context;
    size_t end = (chunk + 1) * MESA_CHUNK;
    double *v = mesa_alloc_raw(p->cols + p->informative, sizeof *v);

    if (!v)
        return mesa_nomem(err, p->cols, "values of a row");
    for (size_t r = chunk * MESA_CHUNK; r < end && r < p->rows; r++) {
        double *x = p->x + r * p->cols;

        p->y[r] = make_row(p, p->row[r], v + p->cols, v);
        for (size_t j = 0; j < p->cols; j++)
            x[p->column[j]] = (v[j] + p->shift[j]) * p->scale[j];
    }
    mesa_free(v);
    return MESA_OK;
}

/* Room for the plan.  What fails is freed with the rest. */
static mesa_status
plan_alloc(struct plan *p, const struct classification *c,
           struct mesa_error *err)
{
    size_t d = (size_t)c->n_informative;

    *p = (struct plan){
        .c = c, .rows = (size_t)c->n_samples, .cols = (size_t)c->n_features,
        .informative = d, .redundant = (size_t)c->n_redundant,
        .repeated = (size_t)c->n_repeated,
        .clusters = (size_t)(c->n_classes * c->n_clusters_per_class),
    };
    p->start = mesa_alloc_array(p->clusters + 1, sizeof *p->start);
    p->centroid = mesa_alloc_raw(p->clusters, d * sizeof *p->centroid);
    p->mix = mesa_alloc_raw(p->clusters, d * d * sizeof *p->mix);
    p->combine = mesa_alloc_raw(d, p->redundant * sizeof *p->combine);
    p->copy = mesa_alloc_raw(p->repeated, sizeof *p->copy);
    p->shift = mesa_alloc_raw(p->cols, sizeof *p->shift);
    p->scale = mesa_alloc_raw(p->cols, sizeof *p->scale);
    p->column = mesa_alloc_raw(p->cols, sizeof *p->column);
    p->row = mesa_alloc_raw(p->rows, sizeof *p->row);
    if (!p->start || !p->centroid || !p->mix || !p->combine || !p->copy ||
        !p->shift || !p->scale || !p->column || !p->row)
        return mesa_nomem(err, p->rows, "rows to plan");
    return MESA_OK;
}

static void
plan_free(struct plan *p)
{
    mesa_free(p->start);
    mesa_free(p->centroid);
    mesa_free(p->mix);
    mesa_free(p->combine);
    mesa_free(p->copy);
    mesa_free(p->shift);
    mesa_free(p->scale);
    mesa_free(p->column);
    mesa_free(p->row);
}

/* Classes called 0, 1, 2, ... */
static mesa_status
give_classes(struct mesa_bundle *out, size_t n, struct mesa_error *err)
{
    char(*text)[MESA_DOUBLE_TEXT] = mesa_alloc_raw(n, sizeof *text);
    const char **name = mesa_alloc_array(n, sizeof *name);
    mesa_status st = text && name ? MESA_OK : mesa_nomem(err, n, "classes");

    for (size_t i = 0; i < n && st == MESA_OK; i++) {
        mesa_format_double((double)i, text[i]);
        name[i] = text[i];
    }
    if (st == MESA_OK)
        st = mesa_bundle_classes(out, n, name, NULL, err);
    mesa_free(name);
    mesa_free(text);
    return st;
}

static mesa_status
classification_open(void *self, struct mesa_bundle *out,
                    struct mesa_rng *rng, struct mesa_error *err)
{
    const struct classification *c = self;
    struct plan plan = { 0 };
    mesa_status st = check_sizes(c, err);

    if (st == MESA_OK)
        st = plan_alloc(&plan, c, err);
    if (st == MESA_OK)
        st = place_clusters(&plan, err);
    if (st == MESA_OK)
        st = draw_centroids(&plan, rng, err);
    if (st == MESA_OK && !c->hypercube)
        st = squash_centroids(&plan, rng, err);
    if (st == MESA_OK)
        draw_plan(&plan, rng);
    if (st == MESA_OK)
        st = mesa_bundle_columns(out, plan.cols, NULL, err);
    if (st == MESA_OK)
        st = give_classes(out, (size_t)c->n_classes, err);
    if (st == MESA_OK)
        st = mesa_bundle_part(out, MESA_PART_ALL, plan.rows, &plan.x, &plan.y,
                              err);
    if (st == MESA_OK)
        st = mesa_parallel_for(MESA_CHUNKS(plan.rows), make_chunk, &plan, err);
    plan_free(&plan);
    return st;
}

static const struct mesa_source_class classification = {
    MESA_SOURCE(struct classification),
    .head.name = "classification",
    .head.title = "Gaussian clusters at the corners of a hypercube",
    .head.cite = "Guyon (2003), Design of experiments for the NIPS 2003 "
                 "variable selection benchmark",
    .head.params = classification_params,
    .open = classification_open,
};

MESA_PLUGIN(.name = "classification", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&classification.head));
