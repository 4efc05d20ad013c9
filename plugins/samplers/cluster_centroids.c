/* SPDX-License-Identifier: MIT */
/*
 * cluster_centroids - put cluster centres in place of the larger classes.
 *
 * The rows of each targeted class are put into as many clusters as rows are
 * to be left of it (k-means, mesa/cluster.h).  Soft voting makes a row of each
 * centre, hard voting keeps the row of the class nearest to it; centres may
 * have the same nearest row, which then comes out several times, as in
 * imbalanced-learn.  Yen and Lee 2009 keep rows of clusters; centres instead
 * are imbalanced-learn's.  Cost O(rows clusters columns) per pass at most.
 *
 * Kept rows come first, made ones behind, both by class.  The parent of a made
 * row, twice, is the row nearest to it.
 */
#include <mesa/mesa.h>

enum voting { AUTO, HARD, SOFT };

static const struct mesa_choice votings[] = {
    { "auto", AUTO, "soft" },
    { "hard", HARD, "keep the row nearest to each centre" },
    { "soft", SOFT, "make a row of each centre" },
    { NULL, 0, NULL }
};

struct cluster_centroids {
    const char *sampling_strategy;
    int         voting;
    int64_t     n_init, max_iter;
    double      tol;
};

static const struct mesa_param cluster_centroids_params[] = {
    MESA_STRING(struct cluster_centroids, sampling_strategy,
                "sampling_strategy", "auto", MESA_STRATEGY_HELP),
    MESA_CHOICE(struct cluster_centroids, voting, "voting", AUTO, votings,
                "What stands for a cluster"),
    MESA_INT(struct cluster_centroids, n_init, "n_init", 10, 1, 100000,
             "Starts of k-means, the best of which counts"),
    MESA_INT(struct cluster_centroids, max_iter, "max_iter", 300, 1,
             1000000, "Passes of k-means over the rows, per start"),
    MESA_REAL(struct cluster_centroids, tol, "tol", 1e-4, 0, 1e300,
              "Centres that move less, by the mean variance of a column, "
              "end a start"),
    MESA_PARAM_END
};

/* One call of resample. */
struct job {
    const struct cluster_centroids *self;
    const struct mesa_dataset      *data;
    size_t                         *target; /* rows to keep of each class */
    size_t                         *row;    /* of the class               */
    struct mesa_sample             *out;
    struct mesa_error              *err;
};

static mesa_status
nearest_rows(const struct job *job, const struct mesa_dataset *class_rows,
             const struct mesa_kmeans *found, size_t *nearest)
{
    const struct mesa_cmatrix centers = { found->center, found->n_clusters,
                                          found->cols, found->cols, NULL };
    const struct mesa_query query = { sizeof query, &centers, NULL, 1 };
    struct mesa_neighbors *nb;
    mesa_status st = mesa_neighbors_new(class_rows, MESA_EUCLIDEAN, &nb,
                                        job->err);

    if (st == MESA_OK)
        st = mesa_neighbors_find(nb, &query, nearest, NULL, job->err);
    mesa_neighbors_free(nb);
    return st;
}

static mesa_status
report(const struct job *job, const struct mesa_dataset *class_rows,
       const struct mesa_kmeans *found)
{
    size_t *nearest = mesa_alloc_raw(found->n_clusters, sizeof *nearest);
    mesa_status st = nearest ? nearest_rows(job, class_rows, found, nearest)
                             : MESA_ENOMEM;

    for (size_t c = 0; c < found->n_clusters && st == MESA_OK; c++) {
        size_t r = job->row[nearest[c]];

        st = job->self->voting == HARD
                 ? mesa_sample_keep(job->out, r)
                 : mesa_sample_make(job->out, r, r, 0,
                                    found->center + c * found->cols);
    }
    mesa_free(nearest);
    return st;
}

static mesa_status
cluster_class(const struct job *job, uint32_t class_,
              const struct mesa_rng *rng)
{
    const struct cluster_centroids *self = job->self;
    const struct mesa_kmeans_options options = {
        sizeof options, job->target[class_], (size_t)self->n_init,
        (size_t)self->max_iter, self->tol
    };
    size_t n = mesa_class_rows(job->data, class_, job->row);
    struct mesa_rng stream = mesa_rng_derive(rng, "class", class_);
    struct mesa_kmeans found = { 0 };
    struct mesa_subset rows = { 0 };
    mesa_status st = mesa_subset_init(&rows, job->data, job->row, n,
                                      job->err);

    if (st == MESA_OK)
        st = mesa_kmeans_fit(&rows.data.x, &options, &stream, &found,
                             job->err);
    if (st == MESA_OK)
        st = report(job, &rows.data, &found);
    mesa_kmeans_free(&found);
    mesa_subset_free(&rows);
    return st;
}

/* First what stays as it is, then what clusters stand for. */
static mesa_status
sample_classes(const struct job *job, const size_t *count,
               const struct mesa_rng *rng)
{
    mesa_status st = MESA_OK;

    for (uint32_t c = 0; c < job->data->n_classes && st == MESA_OK; c++)
        if (job->target[c] == count[c])
            st = mesa_sample_keep_rows(
                job->out, job->row, mesa_class_rows(job->data, c, job->row));
    for (uint32_t c = 0; c < job->data->n_classes && st == MESA_OK; c++)
        if (job->target[c] < count[c] && job->target[c] > 0)
            st = cluster_class(job, c, rng);
    return st;
}

/* A mean of categories is none. */
static mesa_status
refuse_categories(const struct mesa_dataset *data, struct mesa_error *err)
{
    const struct mesa_schema *schema = data->schema;

    for (size_t j = 0; schema && j < schema->n_columns; j++)
        if (schema->column[j].type == MESA_CATEGORICAL)
            return mesa_fail(err, MESA_EDATA,
                             "cluster_centroids takes means, which column "
                             "'%s' of categories does not have; make numbers "
                             "of it with transform onehot",
                             schema->column[j].name);
    return MESA_OK;
}

static mesa_status
cluster_centroids_resample(void *self, const struct mesa_dataset *data,
                           const struct mesa_feedback *feedback,
                           struct mesa_sample *out, struct mesa_rng *rng,
                           struct mesa_error *err)
{
    const struct cluster_centroids *cc = self;
    size_t *count = mesa_alloc_array(data->n_classes, 2 * sizeof *count);
    struct job job = { cc, data, count ? count + data->n_classes : NULL,
                       mesa_alloc_raw(data->x.rows, sizeof *job.row), out,
                       err };
    mesa_status st = refuse_categories(data, err);

    (void)feedback;
    if (!count || !job.row)
        st = MESA_ENOMEM;
    if (st == MESA_OK)
        st = mesa_strategy_resolve(cc->sampling_strategy,
                                   MESA_STRATEGY_UNDER, data, job.target,
                                   err);
    if (st == MESA_OK) {
        mesa_class_counts(data, count);
        st = sample_classes(&job, count, rng);
    }
    if (st == MESA_ENOMEM)
        mesa_nomem(err, data->x.rows, "sampled rows");
    mesa_free(job.row);
    mesa_free(count);
    return st;
}

static const struct mesa_sampler_class cluster_centroids = {
    MESA_SAMPLER(struct cluster_centroids),
    .head.name   = "cluster_centroids",
    .head.title  = "Cluster centres in place of the larger classes' rows",
    .head.cite   = "Yen and Lee 2009, Expert Systems with Applications 36(3)",
    .head.params = cluster_centroids_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = cluster_centroids_resample,
};

MESA_PLUGIN(.name = "cluster_centroids", .version = MESA_VERSION,
            .license = "MIT",
            .classes = MESA_CLASSES(&cluster_centroids.head));
