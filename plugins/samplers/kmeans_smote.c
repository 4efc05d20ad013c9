/* SPDX-License-Identifier: MIT */
/*
 * kmeans_smote - SMOTE within clusters in which a class is at home.
 *
 * All rows are put into clusters (k-means, mesa/cluster.h).  A class grows in
 * those of which it is at least the share cluster_balance_threshold and in
 * which it has more rows than neighbours are wanted: new rows lie between rows
 * of the class and cluster, and the more there are of them, the sparser it is:
 * (mean distance of two rows)^e / rows, where e depends on the rows.  Cost of
 * k-means, and O(n^2 columns) for n rows of a class in a cluster.
 *
 * As in imbalanced-learn, but for three things.  k-means looks at all rows in
 * each pass (there: mini-batches), once for all classes.  As many rows are made
 * as are wanted (there the share of each cluster is rounded up).  Where no
 * cluster reaches the threshold `auto`, which is an error there, the class's
 * share in the data takes its place, with a warning.
 */
#include <math.h>

#include "over.h"

struct kmeans_smote {
    const char *sampling_strategy;
    int64_t     k_neighbors, n_clusters, n_init;
    double      threshold, exponent;
};

enum { AUTO = -1 };

static const struct mesa_choice autos[] = {
    { "auto", AUTO, "from the data" },
    { NULL, 0, NULL }
};

static const struct mesa_param kmeans_smote_params[] = {
    MESA_STRING(struct kmeans_smote, sampling_strategy, "sampling_strategy",
                "auto", MESA_STRATEGY_HELP),
    MESA_INT(struct kmeans_smote, k_neighbors, "k_neighbors", 2, 1,
             INT32_MAX, OVER_K_HELP, .choices = over_auto),
    MESA_INT(struct kmeans_smote, n_clusters, "n_clusters", 8, 1, INT32_MAX,
             "Clusters of all rows; no more than there are rows are made"),
    MESA_INT(struct kmeans_smote, n_init, "n_init", 3, 1, 100000,
             "Starts of k-means, the best of which counts"),
    MESA_REAL(struct kmeans_smote, threshold, "cluster_balance_threshold",
              AUTO, 0, 1,
              "Share of a cluster that a class must have to grow there; auto "
              "is half the class's share of all new rows",
              .choices = autos),
    MESA_REAL(struct kmeans_smote, exponent, "density_exponent", AUTO, 0,
              100,
              "Power of the mean distance in what counts as sparse; auto is "
              "0.16 (log n / log 1.6)^1.8 for n rows",
              .choices = autos),
    MESA_PARAM_END
};

/* One call of resample. */
struct job {
    const struct kmeans_smote *self;
    struct mesa_kmeans         found;
    size_t                    *size;   /* rows of each cluster             */
    size_t                     made;   /* rows to make of all classes      */
    struct over_rows          *member; /* the class's rows of each cluster */
    double                    *weight; /* of each cluster; 0: none here    */
    double                    *sum;    /* room for a number per row        */
};

struct pairs {
    const struct mesa_cmatrix *x;
    const struct over_rows    *rows;
    double                    *sum;
};

/* The distances of a row from those after it. */
static mesa_status
sum_distances(void *context, size_t i, struct mesa_error *err)
{
    const struct pairs *p = context;
    const double *a = mesa_row(p->x, p->rows->row[i]);

    (void)err;
    p->sum[i] = 0;
    for (size_t o = i + 1; o < p->rows->n; o++) {
        const double *b = mesa_row(p->x, p->rows->row[o]);
        double square = 0;

        for (size_t j = 0; j < p->x->cols; j++)
            square += (a[j] - b[j]) * (a[j] - b[j]);
        p->sum[i] += sqrt(square);
    }
    return MESA_OK;
}

static mesa_status
sparsity(const struct job *job, struct over *o, const struct over_rows *rows,
         double *out)
{
    struct pairs pairs = { &o->data->x, rows, job->sum };
    double n = (double)rows->n, e = job->self->exponent;
    mesa_status st = mesa_parallel_for(rows->n, sum_distances, &pairs,
                                       o->err);
    double mean = mesa_vsum(job->sum, rows->n) / (n * (n - 1) / 2);

    if (e < 0)
        e = 0.16 * mesa_math_pow(mesa_math_log(n) / mesa_math_log(1.6), 1.8);
    *out = mesa_math_pow(mean, e) / n;
    return st;
}

/* The class's rows of each cluster, one behind the other in row[]. */
static void
split_class(const struct job *job, const struct over *o, size_t *row)
{
    for (size_t c = 0; c < job->found.n_clusters; c++) {
        struct over_rows *m = &job->member[c];

        *m = (struct over_rows){ 0, row };
        for (size_t i = 0; i < o->own.n; i++)
            if (job->found.label[o->own.row[i]] == c)
                m->row[m->n++] = o->own.row[i];
        row += m->n;
    }
}

/* Clusters with that share of the class: their weights, and how many. */
static mesa_status
weigh_clusters(const struct job *job, struct over *o, size_t k,
               double threshold, size_t *n)
{
    size_t clusters = job->found.n_clusters;
    mesa_status st = MESA_OK;

    *n = 0;
    for (size_t c = 0; c < clusters && st == MESA_OK; c++) {
        const struct over_rows *m = &job->member[c];

        job->weight[c] = 0;
        if (m->n <= k || (clusters > 1 && (double)m->n < threshold *
                                              (double)job->size[c]))
            continue;
        st = sparsity(job, o, m, &job->weight[c]);
        /* Rows that are all equal are not sparse, but may be all there is. */
        if (!(job->weight[c] > 1e-300))
            job->weight[c] = 1e-300;
        ++*n;
    }
    return st;
}

/* Where the class grows, and how much. */
static mesa_status
choose_clusters(const struct job *job, struct over *o, size_t k)
{
    bool from_data = job->self->threshold < 0;
    double threshold = from_data
                           ? (double)o->wanted / (double)job->made / 2
                           : job->self->threshold;
    double usual = (double)o->own.n / (double)o->data->x.rows;
    char number[16];
    size_t n;
    mesa_status st = weigh_clusters(job, o, k, threshold, &n);

    if (st == MESA_OK && n == 0 && from_data && usual < threshold) {
        mesa_warn("kmeans_smote: no cluster has a share of %.3g of class %s; "
                  "its share in the data, %.3g, is taken instead",
                  threshold, over_class(o, number), usual);
        threshold = usual;
        st = weigh_clusters(job, o, k, threshold, &n);
    }
    if (st == MESA_OK && n == 0)
        st = mesa_fail(o->err, MESA_EDATA,
                       "in none of %zu clusters class %s has more than %zu "
                       "rows and a share of at least %.3g: lower "
                       "cluster_balance_threshold, or change n_clusters",
                       job->found.n_clusters, over_class(o, number), k,
                       threshold);
    return st;
}

static mesa_status
grow_clusters(const struct job *job, struct over *o, size_t k)
{
    double share = 0, total = mesa_vsum(job->weight, job->found.n_clusters);
    size_t made = 0;
    mesa_status st = MESA_OK;

    for (size_t c = 0; c < job->found.n_clusters && st == MESA_OK; c++) {
        struct over_ends ends = { NULL, 0, NULL };
        size_t end;

        if (!(job->weight[c] > 0))
            continue;
        share += job->weight[c] / total;
        end = (size_t)rint(share * (double)o->wanted);
        end = end < o->wanted ? end : o->wanted;
        st = over_find(o, &job->member[c], &job->member[c], k, &ends);
        if (st == MESA_OK)
            st = over_between(o, &ends, end - made, 1.0);
        mesa_free(ends.toward);
        made = end;
    }
    return st;
}

static mesa_status
kmeans_smote_class(struct over *o)
{
    const struct job *job = o->self;
    size_t *row, k;
    mesa_status st = mesa_neighbors_k("k_neighbors", job->self->k_neighbors,
                                      2, o->data, o->label, o->own.n, &k,
                                      o->err);

    if (st != MESA_OK)
        return st;
    row = mesa_alloc_raw(o->own.n, sizeof *row);
    if (!row)
        return MESA_ENOMEM;
    split_class(job, o, row);
    st = choose_clusters(job, o, k);
    if (st == MESA_OK)
        st = grow_clusters(job, o, k);
    mesa_free(row);
    return st;
}

/* Clusters of all rows, and how many rows all classes are to get. */
static mesa_status
prepare(struct job *job, const struct mesa_dataset *data,
        const struct mesa_rng *rng, struct mesa_error *err)
{
    size_t wanted = (size_t)job->self->n_clusters, rows = data->x.rows;
    size_t k = wanted < rows ? wanted : rows;
    const struct mesa_kmeans_options options = {
        sizeof options, k, (size_t)job->self->n_init, 300, 1e-4
    };
    size_t *target = mesa_alloc_raw(data->n_classes, sizeof *target);
    mesa_status st = MESA_OK;

    job->size = mesa_alloc_array(k, sizeof *job->size);
    job->member = mesa_alloc_array(k, sizeof *job->member);
    job->weight = mesa_alloc_array(k, sizeof *job->weight);
    job->sum = mesa_alloc_raw(rows, sizeof *job->sum);
    if (!target || !job->size || !job->member || !job->weight || !job->sum)
        st = mesa_nomem(err, rows, "clustered rows");
    if (st == MESA_OK)
        st = mesa_strategy_resolve(job->self->sampling_strategy,
                                   MESA_STRATEGY_OVER, data, target, err);
    if (st == MESA_OK)
        st = mesa_kmeans_fit(&data->x, &options, rng, &job->found, err);
    job->made = 0;
    for (uint32_t c = 0; c < data->n_classes && st == MESA_OK; c++)
        job->made += target[c];
    job->made -= st == MESA_OK ? rows : 0;
    for (size_t i = 0; i < rows && st == MESA_OK; i++)
        job->size[job->found.label[i]]++;
    mesa_free(target);
    return st;
}

static mesa_status
kmeans_smote_resample(void *self, const struct mesa_dataset *data,
                      const struct mesa_feedback *feedback,
                      struct mesa_sample *out, struct mesa_rng *rng,
                      struct mesa_error *err)
{
    struct job job = { .self = self };
    struct over o = { .name = "kmeans_smote", .self = &job, .data = data,
                      .out = out, .err = err };
    struct mesa_rng stream = mesa_rng_derive(rng, "clusters", 0);
    mesa_status st = prepare(&job, data, &stream, err);

    (void)feedback;
    if (st == MESA_OK)
        st = over_sample(&o, job.self->sampling_strategy, rng,
                         kmeans_smote_class);
    mesa_kmeans_free(&job.found);
    mesa_free(job.size);
    mesa_free(job.member);
    mesa_free(job.weight);
    mesa_free(job.sum);
    return st;
}

static const struct mesa_sampler_class kmeans_smote = {
    MESA_SAMPLER(struct kmeans_smote),
    .head.name   = "kmeans_smote",
    .head.title  = "New rows between near rows of clusters in which a class "
                   "is at home",
    .head.cite   = "Douzas, Bacao and Last 2018, Information Sciences 465",
    .head.params = kmeans_smote_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = kmeans_smote_resample,
};

MESA_PLUGIN(.name = "kmeans_smote", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&kmeans_smote.head));
