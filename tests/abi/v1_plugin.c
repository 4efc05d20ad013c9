/* SPDX-License-Identifier: MIT */
/*
 * v1_plugin - one class of each kind, as they were written for version 1 of
 * the plugin interface.
 *
 * Compiled against the headers in v1, which never change: whatever mesa
 * becomes, this has to load and keep its promises.  Do not edit.
 */
#include <string.h>

#include <mesa/mesa.h>

/* An estimator: the share of each class on either side of a cut through the
 * first column. */
struct v1_estimator {
    double   smoothing;
    int64_t  halvings;
    uint32_t n_classes;
    double   cut;
    double  *share; /* 2 sides by n_classes */
};

static const struct mesa_param v1_estimator_params[] = {
    MESA_REAL(struct v1_estimator, smoothing, "smoothing", 0.01, 0.0, 10.0,
              "Rows that every class is given on either side",
              .flags = MESA_PARAM_OPEN_MIN),
    MESA_INT(struct v1_estimator, halvings, "halvings", 20, 1, 60,
             "Steps of the search for the cut"),
    MESA_PARAM_END
};

static void
v1_estimator_fini(void *self)
{
    struct v1_estimator *e = self;

    mesa_free(e->share);
    e->share = NULL;
}

static void
find_ends(const struct mesa_cmatrix *x, double *low, double *high)
{
    *low = *high = mesa_row(x, 0)[0];
    for (size_t r = 1; r < x->rows; r++) {
        double v = mesa_row(x, r)[0];

        *low = v < *low ? v : *low;
        *high = v > *high ? v : *high;
    }
}

/* Shares for a cut, and how far apart the sides are. */
static double
try_cut(struct v1_estimator *e, const struct mesa_dataset *d, double cut)
{
    double total[2] = { 0.0, 0.0 }, apart = 0.0;

    for (size_t i = 0; i < 2 * (size_t)e->n_classes; i++)
        e->share[i] = e->smoothing;
    total[0] = total[1] = e->smoothing * e->n_classes;
    for (size_t r = 0; r < d->x.rows; r++) {
        size_t side = mesa_row(&d->x, r)[0] > cut;
        double w = d->weight ? d->weight[r] : 1.0;

        e->share[side * e->n_classes + (size_t)d->y[r]] += w;
        total[side] += w;
    }
    for (size_t c = 0; c < e->n_classes; c++) {
        double a = e->share[c] /= total[0];
        double b = e->share[e->n_classes + c] /= total[1];

        apart += a > b ? a - b : b - a;
    }
    e->cut = cut;
    return apart;
}

static mesa_status
v1_estimator_fit(void *self, const struct mesa_dataset *train,
                 const struct mesa_dataset *valid, struct mesa_rng *rng,
                 struct mesa_error *err)
{
    struct v1_estimator *e = self;
    double low, high, best = -1.0, chosen;

    (void)valid, (void)rng;
    v1_estimator_fini(self);
    e->n_classes = train->n_classes;
    e->share = mesa_alloc_array(train->n_classes, 2 * sizeof *e->share);
    if (!e->share)
        return mesa_nomem(err, train->n_classes, "shares");
    find_ends(&train->x, &low, &high);
    chosen = low;
    for (int64_t i = 1; i <= e->halvings; i++) {
        double share = (double)i / (double)(e->halvings + 1);
        double cut = low * (1.0 - share) + high * share;
        double apart = try_cut(e, train, cut);

        if (apart > best) {
            best = apart;
            chosen = cut;
        }
    }
    try_cut(e, train, chosen);
    return MESA_OK;
}

static mesa_status
v1_estimator_predict_proba(const void *self, const struct mesa_cmatrix *x,
                           double *proba, struct mesa_error *err)
{
    const struct v1_estimator *e = self;

    (void)err;
    for (size_t r = 0; r < x->rows; r++) {
        size_t side = mesa_row(x, r)[0] > e->cut;

        memcpy(proba + r * e->n_classes, e->share + side * e->n_classes,
               e->n_classes * sizeof *proba);
    }
    return MESA_OK;
}

static mesa_status
v1_estimator_save(const void *self, struct mesa_archive *to,
                  struct mesa_error *err)
{
    const struct v1_estimator *e = self;
    mesa_status st = mesa_archive_put_vector(to, "cut", MESA_F64, 1, &e->cut,
                                             err);

    return st == MESA_OK
               ? mesa_archive_put_vector(to, "share", MESA_F64,
                                         2 * (size_t)e->n_classes, e->share,
                                         err)
               : st;
}

static mesa_status
v1_estimator_load(void *self, const struct mesa_archive *from,
                  struct mesa_error *err)
{
    struct v1_estimator *e = self;
    const size_t one = 1;
    size_t columns, classes, n;
    const void *cut, *share;
    mesa_status st = mesa_archive_fitted_shape(from, &columns, &classes, err);

    if (st == MESA_OK && (classes == 0 || classes > UINT32_MAX / 2))
        st = mesa_fail(err, MESA_EPARSE, "%zu classes", classes);
    if (st != MESA_OK)
        return st;
    n = 2 * classes;
    st = mesa_archive_expect(from, "cut", MESA_F64, 1, &one, &cut, err);
    if (st == MESA_OK)
        st = mesa_archive_expect(from, "share", MESA_F64, 1, &n, &share, err);
    if (st != MESA_OK)
        return st;
    v1_estimator_fini(self);
    e->share = mesa_alloc_array(n, sizeof *e->share);
    if (!e->share)
        return mesa_nomem(err, n, "shares");
    e->n_classes = (uint32_t)classes;
    memcpy(e->share, share, n * sizeof *e->share);
    memcpy(&e->cut, cut, sizeof e->cut);
    return MESA_OK;
}

static const struct mesa_estimator_class v1_estimator = {
    MESA_ESTIMATOR(struct v1_estimator),
    .head.name     = "v1_plugin",
    .head.title    = "Shares on either side of a cut",
    .head.params   = v1_estimator_params,
    .head.flags    = MESA_CLASS_MULTICLASS | MESA_CLASS_WEIGHTS |
                     MESA_CLASS_DETERMINISTIC,
    .head.fini     = v1_estimator_fini,
    .head.save     = v1_estimator_save,
    .head.load     = v1_estimator_load,
    .fit           = v1_estimator_fit,
    .predict_proba = v1_estimator_predict_proba,
};

/* A sampler: as many rows of each class as the smallest has, and a made row
 * on top of each class. */
struct v1_sampler {
    bool make;
};

static const struct mesa_param v1_sampler_params[] = {
    MESA_BOOL(struct v1_sampler, make, "make", true,
              "Make one row more for each class"),
    MESA_PARAM_END
};

static mesa_status
sample_class(const struct v1_sampler *s, const struct mesa_dataset *data,
             uint32_t label, size_t n, struct mesa_sample *out,
             struct mesa_rng *rng)
{
    size_t last = SIZE_MAX;
    mesa_status st = MESA_OK;

    for (size_t r = 0; r < data->x.rows && n > 0 && st == MESA_OK; r++)
        if ((uint32_t)data->y[r] == label) {
            st = mesa_sample_keep(out, r);
            last = r;
            n--;
        }
    if (st == MESA_OK && s->make && last != SIZE_MAX)
        st = mesa_sample_make(out, last, last, mesa_rng_uniform(rng), NULL);
    return st;
}

static mesa_status
v1_sampler_resample(void *self, const struct mesa_dataset *data,
                    const struct mesa_feedback *feedback,
                    struct mesa_sample *out, struct mesa_rng *rng,
                    struct mesa_error *err)
{
    size_t *count = mesa_alloc_array(data->n_classes, sizeof *count);
    size_t least = SIZE_MAX;
    mesa_status st = MESA_OK;

    (void)feedback;
    if (!count)
        return mesa_nomem(err, data->n_classes, "counts");
    mesa_class_counts(data, count);
    for (uint32_t c = 0; c < data->n_classes; c++)
        if (count[c] > 0 && count[c] < least)
            least = count[c];
    for (uint32_t c = 0; c < data->n_classes && st == MESA_OK; c++)
        st = sample_class(self, data, c, least, out, rng);
    if (st == MESA_ENOMEM)
        mesa_nomem(err, data->x.rows, "rows");
    mesa_free(count);
    return st;
}

static const struct mesa_sampler_class v1_sampler = {
    MESA_SAMPLER(struct v1_sampler),
    .head.name   = "v1_sampler",
    .head.title  = "First rows of each class, and one made",
    .head.params = v1_sampler_params,
    .head.flags  = MESA_CLASS_MULTICLASS,
    .resample    = v1_sampler_resample,
};

/* A transform: the mean of all training values taken off. */
struct v1_transform {
    double mean;
};

static mesa_status
v1_transform_fit(void *self, const struct mesa_dataset *train,
                 struct mesa_error *err)
{
    struct v1_transform *t = self;
    double sum = 0.0;

    (void)err;
    for (size_t r = 0; r < train->x.rows; r++)
        for (size_t j = 0; j < train->x.cols; j++)
            sum += mesa_row(&train->x, r)[j];
    t->mean = sum / (double)train->x.rows / (double)train->x.cols;
    return MESA_OK;
}

static void
shift(const struct mesa_cmatrix *x, double by, double *out)
{
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++)
            *out++ = mesa_row(x, r)[j] + by;
}

static mesa_status
v1_transform_apply(const void *self, const struct mesa_cmatrix *x,
                   double *out, struct mesa_error *err)
{
    const struct v1_transform *t = self;

    (void)err;
    shift(x, -t->mean, out);
    return MESA_OK;
}

static mesa_status
v1_transform_invert(const void *self, const struct mesa_cmatrix *x,
                    double *out, struct mesa_error *err)
{
    const struct v1_transform *t = self;

    (void)err;
    shift(x, t->mean, out);
    return MESA_OK;
}

static const struct mesa_transform_class v1_transform = {
    MESA_TRANSFORM(struct v1_transform),
    .head.name  = "v1_transform",
    .head.title = "The mean of all values to zero",
    .fit        = v1_transform_fit,
    .apply      = v1_transform_apply,
    .invert     = v1_transform_invert,
};

/* A source: rows on a line, one in four of class 1. */
struct v1_source {
    int64_t n_samples;
};

static const struct mesa_param v1_source_params[] = {
    MESA_INT(struct v1_source, n_samples, "n_samples", 100, 8, INT64_MAX,
             "Rows to make"),
    MESA_PARAM_END
};

static mesa_status
v1_source_open(void *self, struct mesa_bundle *out, struct mesa_rng *rng,
               struct mesa_error *err)
{
    static const char *const names[] = { "common", "rare" };
    const struct v1_source *s = self;
    double *x = NULL;
    int32_t *y = NULL;
    mesa_status st = mesa_bundle_columns(out, 1, NULL, err);

    if (st == MESA_OK)
        st = mesa_bundle_classes(out, 2, names, NULL, err);
    if (st == MESA_OK)
        st = mesa_bundle_part(out, MESA_PART_ALL, (size_t)s->n_samples, &x,
                              &y, err);
    for (int64_t r = 0; r < s->n_samples && st == MESA_OK; r++) {
        x[r] = mesa_rng_uniform_at(rng, (uint64_t)r);
        y[r] = r % 4 == 0;
    }
    return st;
}

static const struct mesa_source_class v1_source = {
    MESA_SOURCE(struct v1_source),
    .head.name   = "v1_source",
    .head.title  = "Rows on a line",
    .head.params = v1_source_params,
    .open        = v1_source_open,
};

/* An outer loop: draws a number per step and adds them up. */
struct v1_metalearner {
    double sum;
};

static mesa_status
v1_metalearner_begin(void *self, const struct mesa_host *host,
                     struct mesa_error *err)
{
    struct v1_metalearner *m = self;

    if (!mesa_host_data(host, MESA_PART_TRAIN))
        return mesa_fail(err, MESA_EINVAL, "there are no training rows");
    m->sum = 0.0;
    return MESA_OK;
}

static mesa_status
v1_metalearner_step(void *self, const struct mesa_host *host, uint64_t i,
                    struct mesa_metrics *metrics, bool *done,
                    struct mesa_error *err)
{
    struct v1_metalearner *m = self;
    struct mesa_rng rng = mesa_host_rng(host, "step", i);
    mesa_status st;

    if (mesa_host_cancelled(host))
        return MESA_OK;
    *done = i >= 9;
    m->sum += mesa_rng_uniform(&rng);
    st = mesa_metrics_add(metrics, "train", "sum", m->sum);
    return st == MESA_OK ? st : mesa_nomem(err, 1, "metric");
}

static mesa_status
v1_metalearner_save(const void *self, struct mesa_archive *to,
                    struct mesa_error *err)
{
    const struct v1_metalearner *m = self;

    return mesa_archive_put_vector(to, "sum", MESA_F64, 1, &m->sum, err);
}

static mesa_status
v1_metalearner_load(void *self, const struct mesa_archive *from,
                    struct mesa_error *err)
{
    struct v1_metalearner *m = self;
    const size_t one = 1;
    const void *sum;
    mesa_status st = mesa_archive_expect(from, "sum", MESA_F64, 1, &one, &sum,
                                         err);

    if (st == MESA_OK)
        memcpy(&m->sum, sum, sizeof m->sum);
    return st;
}

static const struct mesa_metalearner_class v1_metalearner = {
    MESA_METALEARNER(struct v1_metalearner),
    .head.name  = "v1_metalearner",
    .head.title = "A sum of random numbers",
    .head.save  = v1_metalearner_save,
    .head.load  = v1_metalearner_load,
    .begin      = v1_metalearner_begin,
    .step       = v1_metalearner_step,
};

MESA_PLUGIN(.name = "v1_plugin", .version = "1.0", .license = "MIT",
            .classes = MESA_CLASSES(&v1_estimator.head, &v1_sampler.head,
                                    &v1_transform.head, &v1_source.head,
                                    &v1_metalearner.head));
