/* SPDX-License-Identifier: MIT */
/*
 * imbalanced_tasks - many tables of two classes, of which one is rare: to
 * learn what makes for good training on such tables.
 *
 * A table has n_clusters Gaussian clusters in each class, with centers and
 * axes of their own, all drawn at random.  Rows lie at lognormal multiples
 * of a cluster's spread (tail), and some of the rare class come from the
 * clusters of the other (overlap).  Columns are brought to mean 0 and
 * variance 1, which follow from the clusters.
 *
 * Rows to judge by are new ones of the same table, with the same share of the
 * rare class.  O(rows n_features^2).
 */
#include "tasks.h"

#include <math.h>

enum { CLASSES = 2, CLUSTERS_MOST = 64, FEATURES_MOST = 256 };

struct imbalanced {
    int64_t          n_features, n_clusters;
    struct mesa_list minority, separation, overlap;
    double           tail;
    struct task_rows rows;

    struct span      share, distance, mixed;
    struct task_size size[SIDES];
};

static const struct mesa_param imbalanced_params[] = {
    MESA_INT(struct imbalanced, n_features, "n_features", 6, 1, FEATURES_MOST,
             "Columns of x"),
    MESA_INT(struct imbalanced, n_clusters, "n_clusters", 2, 1, CLUSTERS_MOST,
             "Clusters of each class"),
    SPAN_LIST(struct imbalanced, minority, "minority", "0.03, 0.15",
              "Share of the rare class: from, to; its logarithm is uniform"),
    SPAN_LIST(struct imbalanced, separation, "separation", "0.7, 2",
              "How far clusters lie from the middle in each column, as a "
              "standard deviation, in their spreads: from, to"),
    SPAN_LIST(struct imbalanced, overlap, "overlap", "0, 0.3",
              "Share of the rare class that lies where the other does: from, "
              "to"),
    MESA_REAL(struct imbalanced, tail, "tail", 0.5, 0.0, 2.0,
              "Standard deviation of the logarithm of how far rows lie from "
              "their cluster's center; 0: Gaussian clusters"),
    MESA_INT(struct imbalanced, rows.shots, "shots", 300, 2, TASKS_MOST,
             "Rows to adapt to in a held-out task"),
    TASK_ROWS_TRAIN(struct imbalanced, rows),
    TASK_ROWS_QUERY(struct imbalanced, rows),
    MESA_INT(struct imbalanced, rows.test_query, "test_query", 1000, 2,
             TASKS_MOST, "Rows to judge held-out tasks by"),
    MESA_PARAM_END
};

/* Both ends are shares. */
static mesa_status
check_share(const struct span *s, const char *key, bool none, double most,
            struct mesa_error *err)
{
    if (s->low >= 0 && (none || s->low > 0) && s->high <= most)
        return MESA_OK;
    return mesa_fail(err, MESA_EINVAL,
                     "%s is from %g to %g, expected shares %s 0 and <= %g",
                     key, s->low, s->high, none ? ">=" : ">", most);
}

static mesa_status
imbalanced_init(void *self, struct mesa_error *err)
{
    struct imbalanced *t = self;
    mesa_status st = span_need(&t->minority, "minority", &t->share, err);

    if (st == MESA_OK)
        st = check_share(&t->share, "minority", false, 0.5, err);
    if (st == MESA_OK)
        st = span_need(&t->separation, "separation", &t->distance, err);
    if (st == MESA_OK && t->distance.low < 0)
        st = mesa_fail(err, MESA_EINVAL,
                       "separation is from %g, expected 0 or more",
                       t->distance.low);
    if (st == MESA_OK)
        st = span_need(&t->overlap, "overlap", &t->mixed, err);
    if (st == MESA_OK)
        st = check_share(&t->mixed, "overlap", true, 1.0, err);
    task_sizes(&t->rows, t->size);
    return st;
}

static mesa_status
check_rows(size_t n, const char *key, struct mesa_error *err)
{
    return n >= CLASSES
               ? MESA_OK
               : mesa_fail(err, MESA_EINVAL,
                           "%s is %zu, but both classes need a row", key, n);
}

static mesa_status
imbalanced_tasks(void *self, struct mesa_task_shape *shape,
                 struct mesa_rng *rng, struct mesa_error *err)
{
    const struct imbalanced *t = self;
    mesa_status st = check_rows(t->size[TRAIN].support, "train_shots", err);

    (void)rng;
    if (st == MESA_OK)
        st = check_rows(t->size[TRAIN].query, "query", err);
    if (st != MESA_OK)
        return st;
    regression_shapes(t->size, (size_t)t->n_features, shape);
    for (int p = MESA_PART_TRAIN; p < MESA_PART_COUNT_; p++) {
        shape[p].n_classes = CLASSES;
        shape[p].n_outputs = CLASSES;
    }
    return MESA_OK;
}

/* Where the rows of one table come from. */
struct table {
    size_t  features, clusters;
    double  share, mixed, tail;
    double *center; /* classes by clusters by features             */
    double *axes;   /* classes by clusters by features by features */
    double *mean, *scale, *z;
};

/* Which clusters a row of that class comes from, on the average. */
static double
weight_of(const struct table *t, size_t from)
{
    double rare = t->share * (1 - t->mixed);

    return (from ? rare : 1 - rare) / (double)t->clusters;
}

/* Mean and variance of column j, over all clusters. */
static void
scale_column(struct table *t, size_t j)
{
    double mean = 0, square = 0;
    double stretch = mesa_math_exp(2 * t->tail * t->tail);

    for (size_t k = 0; k < CLASSES * t->clusters; k++) {
        const double *row = t->axes + (k * t->features + j) * t->features;
        double at = t->center[k * t->features + j], spread = 0;
        double w = weight_of(t, k / t->clusters);

        for (size_t i = 0; i < t->features; i++)
            spread += row[i] * row[i];
        mean += w * at;
        square += w * (at * at + stretch * spread);
    }
    t->mean[j] = mean;
    t->scale[j] = 1 / sqrt(square - mean * mean);
}

/* Room, and what is drawn once for a table. */
static mesa_status
table_new(const struct imbalanced *of, const struct mesa_rng *rng,
          struct table *t, struct mesa_error *err)
{
    size_t d = (size_t)of->n_features, n = CLASSES * (size_t)of->n_clusters;
    struct mesa_rng whole = mesa_rng_derive(rng, "table", 0);
    struct mesa_rng cluster = mesa_rng_derive(rng, "clusters", 0);
    double distance, unit = 1 / sqrt((double)d), low, high;

    *t = (struct table){ .features = d, .clusters = (size_t)of->n_clusters,
                         .tail = of->tail };
    t->center = mesa_alloc_raw(n * d * (d + 1) + 3 * d, sizeof *t->center);
    if (!t->center)
        return mesa_nomem(err, n, "clusters");
    t->axes = t->center + n * d;
    t->mean = t->axes + n * d * d;
    t->scale = t->mean + d;
    t->z = t->scale + d;
    low = mesa_math_log(of->share.low);
    high = mesa_math_log(of->share.high);
    t->share = mesa_math_exp(low + (high - low) * mesa_rng_uniform(&whole));
    t->mixed = span_draw(&of->mixed, &whole);
    distance = span_draw(&of->distance, &whole);
    for (size_t i = 0; i < n * d; i++)
        t->center[i] = distance * mesa_rng_normal(&cluster);
    for (size_t i = 0; i < n * d * d; i++)
        t->axes[i] = unit * mesa_rng_normal(&cluster);
    for (size_t j = 0; j < d; j++)
        scale_column(t, j);
    return MESA_OK;
}

static void
draw_row(const struct table *t, size_t class_, struct mesa_rng *rng,
         double *x)
{
    bool away = mesa_rng_uniform(rng) < t->mixed;
    size_t k = mesa_rng_below(rng, t->clusters);
    double far = mesa_math_exp(t->tail * mesa_rng_normal(rng));

    k += class_ && !away ? t->clusters : 0;
    for (size_t i = 0; i < t->features; i++)
        t->z[i] = far * mesa_rng_normal(rng);
    for (size_t j = 0; j < t->features; j++) {
        const double *row = t->axes + (k * t->features + j) * t->features;
        double at = t->center[k * t->features + j] - t->mean[j];

        for (size_t i = 0; i < t->features; i++)
            at += row[i] * t->z[i];
        x[j] = at * t->scale[j];
    }
}

/* Of n rows, those of the rare class: one at least, and not all. */
static size_t
count_rare(const struct table *t, size_t n)
{
    size_t k = (size_t)(t->share * (double)n + 0.5);

    return k < 1 ? 1 : k < n ? k : n - 1;
}

/* n rows, the rare ones evenly among the others. */
static void
draw_rows(const struct table *t, struct mesa_rng *rng, size_t n, double *x,
          double *y)
{
    size_t rare = count_rare(t, n);

    for (size_t r = 0; r < n; r++) {
        size_t c = (r + 1) * rare / n - r * rare / n;

        y[r * CLASSES] = c == 0;
        y[r * CLASSES + 1] = c == 1;
        draw_row(t, c, rng, x + r * t->features);
    }
}

static mesa_status
imbalanced_task(const void *self, enum mesa_part part, uint64_t i,
                const struct mesa_task *out, struct mesa_rng *rng,
                struct mesa_error *err)
{
    const struct imbalanced *of = self;
    const struct task_size *size = &of->size[side_of(part)];
    struct table t;
    mesa_status st = table_new(of, rng, &t, err);

    (void)i;
    if (st != MESA_OK)
        return st;
    draw_rows(&t, rng, size->support, out->support_x, out->support_y);
    draw_rows(&t, rng, size->query, out->query_x, out->query_y);
    mesa_free(t.center);
    return MESA_OK;
}

static const struct mesa_source_class imbalanced = {
    MESA_SOURCE(struct imbalanced),
    .head.name = "imbalanced_tasks",
    .head.title = "Tasks from tables of two classes, one of them rare",
    .head.params = imbalanced_params,
    .head.init = imbalanced_init,
    .tasks = imbalanced_tasks,
    .task = imbalanced_task,
};

MESA_PLUGIN(.name = "imbalanced_tasks", .version = MESA_VERSION,
            .license = "MIT", .classes = MESA_CLASSES(&imbalanced.head));
